"""Figures of exchanges over HTTP move by one with an exchange that is validated."""

from datetime import date

import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.exchanges.queries import counts_of
from cluster_api.grants.models import ExchangeGrant
from tests.grants.given import GRANTS, PLAN, World

PATH = "/v1/statistics/exchanges"


def test_programme_invariant_20_exchange_counts_once_for_the_partnership_of_the_visitor(
    world: World, client: TestClient
) -> None:
    number = world.agreed()
    today = world.clock.instant.date().replace(year=2022)
    world.on("2021-03-08")
    world.reported(number)
    with world.database.transaction() as session:
        assert counts_of(session, [world.partnership, world.host_partnership], today) == {}
    world.move(GRANTS, number, "validate", world.vop)
    with world.database.transaction() as session:
        assert counts_of(session, [world.partnership], today) == {"CXC_EXCHANGES": 1, "CXC_EXCHANGES_SME": 1}
        assert counts_of(session, [world.host_partnership], today) == {}
    told = client.get(PATH).json()
    assert [(one["total"], one["flag"]) for one in told["cells"]] == [(None, "c")]
    assert (told["all"]["total"], told["fewest"]) == (None, 3)


def test_figures_of_a_day_leave_out_what_came_later(world: World, client: TestClient) -> None:
    number = world.agreed("virtual")
    world.on("2021-03-08")
    world.move(GRANTS, number, "report", world.vo, {"side": "visitor", "text": "Done."})
    world.move(GRANTS, number, "validate", world.vop)
    assert client.get(PATH, params={"at": "2021-03-07"}).json()["cells"] == []
    for by, key in (("year", "2021"), ("host_country", "PT"), ("visitor_country", "FR"), ("visitor_kind", "sme")):
        assert [one["key"] for one in client.get(PATH, params={"by": by}).json()["cells"]] == [key]
    assert client.get(PATH, params={"round": "second"}).json()["all"]["total"] == 0


def recomputed(world: World, at: date) -> dict[str, int | None]:
    """Answer how many exchanges of each form count on a day, from the rows alone; nothing of fewer than three."""
    with world.database.session() as session:
        rows = session.execute(
            sa.select(ExchangeGrant.mode, ExchangeGrant.visitor_organisation_id, ExchangeGrant.validated_on)
        )
        counted = [(row.mode.value, row[1]) for row in rows if row.validated_on is not None and row.validated_on <= at]
    if counted and len({visitor for _, visitor in counted}) < 3:
        return {"physical": None, "virtual": None, "total": None}
    forms = [form for form, _ in counted]
    return {"physical": forms.count("physical"), "virtual": forms.count("virtual"), "total": len(counted)}


def test_programme_invariant_28_figures_of_a_day_are_recomputed_from_what_is_stored(
    world: World, client: TestClient
) -> None:
    host, built = world.host(), []
    for name in ("Tide SME", "Wave SME", "Dune SME", "Reef SME"):
        world.vo = world.named.get(name) or world.organisation("FR", name)
        number = str(world.build(world.match(world.visitor(world.vo), host), "virtual").json()["number"])
        assert world.plan(number, world.vo, PLAN).status_code == 200
        world.sign_all(number)
        assert world.move(GRANTS, number, "agree", world.vop).status_code == 200
        built.append((number, world.vo))
    told_then: dict[str, object] = {}
    for day, (number, visitor) in zip(("2021-03-08", "2021-03-08", "2021-03-10", "2021-03-12"), built, strict=True):
        world.on(day)
        world.move(GRANTS, number, "report", visitor, {"side": "visitor", "text": "Done."})
        assert world.move(GRANTS, number, "validate", world.vop).json()["state"] == "closed"
        told_then[day] = client.get(PATH, params={"at": day}).json()
    world.on("2021-05-01")
    for at in ("2021-03-07", "2021-03-08", "2021-03-09", "2021-03-10", "2021-03-11", "2021-03-12", "2021-04-30"):
        told = client.get(PATH, params={"at": at}).json()
        assert {name: told["all"][name] for name in ("physical", "virtual", "total")} == recomputed(
            world, date.fromisoformat(at)
        )
        assert told == told_then.get(at, told)
    assert client.get(PATH).json()["all"]["total"] == 4
