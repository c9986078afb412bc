"""Indicators, reports of progress and the figures of the programme over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.canonical import digest
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role
from cluster_api.partnerships.models import Partner, Partnership
from cluster_api.programme.models import ProgressReport
from tests.callers import given_key
from tests.grants.given import GRANTS
from tests.grants.given import World as Exchanges
from tests.partnerships.given import Headers, given_office, given_partner, given_partnership, kind, post
from tests.register import given_label

FIGURES = "/v1/statistics/programme"
PILOT = "COS-CLUSTER-2018-03-02"
WON = (date(2020, 12, 1), date(2022, 11, 30))


class World:
    """A partnership of two partners, its office and the secretariat."""

    def __init__(self, client: TestClient, database: Database, clock: FixedClock) -> None:
        self.client, self.database, self.clock = client, database, clock
        with database.transaction() as session:
            self.secretariat = given_key(session, Role.SECRETARIAT)
            self.organisation, self.office = given_office(session)
            self.first, self.partner = given_partner(session, "First")
            self.second, _ = given_partner(session, "Second", country="FR")
            self.other, self.stranger = given_partner(session, "Other")
            targets = {"NEW_SERVICES": 14, "SMES_REACHED": 300}
            made = given_partnership(session, self.organisation, (self.first, self.second), targets=targets)
            self.id, self.path = made.id, f"/v1/partnerships/{made.id}"

    def did(self, what: str, day: str = "2021-01-11", path: str | None = None, **who: list[str]) -> None:
        """Record an activity of one day."""
        said = {"kind": what, "title": "Workshop", "begins_on": day, "ends_on": day, **who}
        answer = post(self.client, f"{path or self.path}/activities", self.office, said, of=path or self.path)
        assert answer.status_code == 201, answer.text

    def declare(self, kpi: str, value: int, day: str) -> None:
        """Declare an indicator."""
        said = {"kpi": kpi, "value": value, "reached_on": day, "evidence": "https://example.org"}
        assert post(self.client, f"{self.path}/declare", self.office, said).status_code == 200

    def kpis(self, headers: Headers | None = None, **query: str) -> dict[str, dict[str, Any]]:
        """Answer the indicators by code."""
        answer = self.client.get(f"{self.path}/kpis", headers=headers or self.office, params=query)
        assert answer.status_code == 200, answer.text
        return {one["kpi"]: one for one in answer.json()["indicators"]}

    def figures(self, **query: str) -> dict[str, Any]:
        """Answer the figures of the programme."""
        answer = self.client.get(FIGURES, params=query)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def report(self, until: str = "2021-01-14", headers: Headers | None = None) -> Any:
        """Send a report of progress."""
        said = {"until": until, "summary": "Done."}
        return post(self.client, f"{self.path}/reports", headers or self.office, said, of=self.path)


@pytest.fixture
def world(client: TestClient, database: Database, clock: FixedClock) -> World:
    return World(client, database, clock)


def test_indicators_are_computed_from_records_and_declared_where_there_are_none(world: World) -> None:
    world.did("training", managers=["A1", "A2"], smes=["BE0123.456.749"])
    world.did("coaching", managers=["A2"], smes=["be0123456749", "FR1"])
    world.declare("NEW_SERVICES", 3, "2021-01-10")
    world.declare("NEW_SERVICES", 5, "2021-01-12")
    told = world.kpis()
    found = {kpi: one["value"] for kpi, one in told.items() if one["value"]}
    assert found == {"TRAINING_SESSIONS": 1, "MANAGERS_TRAINED": 2, "SMES_REACHED": 2, "NEW_SERVICES": 5}
    assert {kpi: one["target"] for kpi, one in told.items() if one["target"] is not None} == {
        "NEW_SERVICES": 14, "SMES_REACHED": 300,
    }  # fmt: skip
    assert (told["NEW_SERVICES"]["source"], told["NEW_SERVICES"]["reached_on"]) == ("declared", "2021-01-12")
    assert told["NEW_SERVICES"]["evidence"] == "https://example.org"
    assert (told["SMES_REACHED"]["source"], told["SMES_REACHED"]["evidence"]) == ("computed", None)
    assert told["VALUE_CHAINS"]["value"] is None
    assert told["CXC_EXCHANGES"]["value"] == 0


def test_programme_invariant_28_indicators_of_a_day_leave_out_what_came_later(world: World) -> None:
    world.did("training", "2021-01-11", managers=["A1"])
    world.did("training", "2021-01-13", managers=["A2"])
    world.declare("NEW_SERVICES", 5, "2021-01-13")
    told = world.kpis(at="2021-01-12")
    assert [told[kpi]["value"] for kpi in ("TRAINING_SESSIONS", "MANAGERS_TRAINED", "NEW_SERVICES")] == [1, 1, None]
    assert world.figures(at="2020-08-31")["partnerships"] == 0
    assert [one["value"] for one in world.figures(at="2021-01-12")["indicators"] if one["kpi"] == "NEW_SERVICES"] == [
        None
    ]


def test_labels_count_that_partners_were_awarded_while_they_were_partners(world: World) -> None:
    with world.database.transaction() as session:
        for cluster, level, since in (
            (world.first, "bronze", date(2020, 8, 31)),
            (world.first, "silver", date(2020, 9, 1)),
            (world.second, "silver", date(2020, 12, 1)),
            (world.other, "silver", date(2020, 12, 1)),
            (world.second, "gold", date(2021, 1, 16)),
        ):
            given_label(session, cluster, level, (since, WON[1]))
    levels = ("LABELS_BRONZE", "LABELS_SILVER", "LABELS_GOLD")
    assert [world.kpis()[kpi]["value"] for kpi in levels] == [0, 2, 0]
    world.clock.instant = world.clock.instant.replace(day=16)
    assert [world.kpis()[kpi]["value"] for kpi in levels] == [0, 2, 1]
    with world.database.transaction() as session:
        left = sa.update(Partner).where(Partner.cluster_id == world.second)
        session.execute(left.values(left_on=date(2020, 11, 30)))
    assert [world.kpis()[kpi]["value"] for kpi in levels] == [0, 1, 0]


def test_indicators_are_for_who_takes_part(world: World) -> None:
    path = f"{world.path}/kpis"
    assert kind(world.client.get(path)) == (401, "credentials-required")
    assert kind(world.client.get(path, headers=world.stranger)) == (403, "permission-missing")
    assert set(world.kpis(world.partner)) == set(world.kpis(world.secretariat)) == set(world.kpis())


def test_exchange_counts_for_the_partnership_of_the_visitor_alone(
    client: TestClient, database: Database, clock: FixedClock
) -> None:
    world = Exchanges(client, database, clock)
    number = world.agreed("virtual")
    world.on("2021-03-08")
    world.move(GRANTS, number, "report", world.vo, {"side": "visitor", "text": "Done."})

    def counted(partnership: str, headers: Headers) -> list[int]:
        told = client.get(f"/v1/partnerships/{partnership}/kpis", headers=headers).json()["indicators"]
        return [one["value"] for one in told if one["kpi"] in {"CXC_EXCHANGES", "CXC_EXCHANGES_SME"}]

    assert counted(world.partnership, world.vop) == [0, 0]
    world.move(GRANTS, number, "validate", world.vop)
    assert counted(world.partnership, world.vop) == [1, 1]
    assert counted(world.host_partnership, world.hop) == [0, 0]
    indicators = {one["kpi"]: one for one in client.get(FIGURES).json()["indicators"]}
    assert (indicators["CXC_EXCHANGES"]["value"], indicators["CXC_EXCHANGES"]["flag"]) == (None, "c")
    assert "CXC_EXCHANGES_SME" not in indicators


def test_report_freezes_its_indicators(world: World) -> None:
    world.did("training", "2021-01-11", managers=["A1"])
    sent = world.report()
    assert sent.status_code == 201, sent.text
    told = sent.json()
    assert (told["number"], told["since"], told["until"], told["state"]) == (1, "2020-09-01", "2021-01-14", "submitted")
    world.did("training", "2021-01-12", managers=["A2"])
    shown = world.client.get(f"{world.path}/reports/1", headers=world.partner).json()
    frozen = {one["kpi"]: one["value"] for one in shown["indicators"]}
    assert (frozen["TRAINING_SESSIONS"], world.kpis()["TRAINING_SESSIONS"]["value"]) == (1, 2)
    names = ("partnership_id", "since", "until", "summary", "deviations", "indicators")
    assert shown["digest"] == digest({name: shown[name] for name in names})
    assert shown["allowed_moves"] == []


def test_reports_are_answered_one_at_a_time_and_follow_each_other(world: World) -> None:
    assert kind(world.report("2021-01-16")) == (409, "period-not-possible")
    assert kind(world.report(headers=world.partner)) == (403, "permission-missing")
    assert world.report("2020-12-31").status_code == 201
    assert kind(world.report()) == (409, "report-awaits-answer")
    first, second = f"{world.path}/reports/1", f"{world.path}/reports/2"
    said = {"answer": "Which trainings?"}
    assert kind(post(world.client, f"{first}/return", world.office, said)) == (403, "permission-missing")
    assert post(world.client, f"{first}/return", world.secretariat, said).json()["state"] == "returned"
    assert kind(post(world.client, f"{first}/accept", world.secretariat, said)) == (409, "move-not-allowed")
    again = world.report("2020-12-31").json()
    assert (again["number"], again["since"]) == (2, "2020-09-01")
    accepted = post(world.client, f"{second}/accept", world.secretariat, {"answer": "In line."}).json()
    assert (accepted["state"], accepted["answer"], accepted["version"]) == ("accepted", "In line.", 2)
    assert world.report().json()["since"] == "2021-01-01"
    listed = world.client.get(f"{world.path}/reports", headers=world.office).json()["items"]
    assert [(one["number"], one["state"]) for one in listed] == [(1, "returned"), (2, "accepted"), (3, "submitted")]
    chosen = world.client.get(f"{world.path}/reports", headers=world.office, params={"state": "accepted"}).json()
    assert [one["number"] for one in chosen["items"]] == [2]
    assert kind(world.client.get(f"{world.path}/reports/4", headers=world.office))[1] == "progress-report-not-found"


def test_two_reports_at_one_moment_are_one(world: World) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = [one.result() for one in [threads.submit(world.report) for _ in range(4)]]
    assert sorted(one.status_code == 201 for one in answers) == [False, False, False, True]
    assert {kind(one) for one in answers if one.status_code != 201} <= {(409, "report-awaits-answer"), (412, "stale")}
    assert len(world.client.get(f"{world.path}/reports", headers=world.office).json()["items"]) == 1


def test_what_was_reported_never_changes(world: World) -> None:
    world.report()
    changes = (
        sa.update(ProgressReport).values(summary="Better."),
        sa.update(ProgressReport).values(until=date(2020, 12, 31)),
        sa.delete(ProgressReport),
    )
    for change in changes:
        with pytest.raises(sa.exc.DBAPIError, match="progress_report_kept"), world.database.transaction() as session:
            session.execute(change)


def test_programme_adds_up_and_counts_once_what_several_have_reached(world: World) -> None:
    with world.database.transaction() as session:
        other = given_partnership(session, world.organisation, (world.first, world.other), call_code=PILOT)
        path = f"/v1/partnerships/{other.id}"
    world.did("training", smes=["A", "B", "C"], managers=["M1"])
    world.did("training", path=path, smes=["c", "D"])
    told = world.figures()
    whole = {name: told[name] for name in ("partnerships", "partner_organisations", "countries", "grants_cents")}
    assert whole == {"partnerships": 2, "partner_organisations": 3, "countries": 1, "grants_cents": 72_000_000}
    assert [(one["call"], one["partnerships"], one["partner_organisations"]) for one in told["calls"]] == [
        (PILOT, 1, 2), ("COS-CLUSTER-2021-1-01", 1, 2),
    ]  # fmt: skip
    indicators = {one["kpi"]: one for one in told["indicators"]}
    assert (indicators["SMES_REACHED"]["value"], indicators["SMES_REACHED"]["target"]) == (4, 300)
    assert (indicators["MANAGERS_TRAINED"]["value"], indicators["MANAGERS_TRAINED"]["flag"]) == (None, "c")
    assert indicators["TRAINING_SESSIONS"]["value"] == 2


def test_published_figures_stand_beside_what_is_recorded(world: World) -> None:
    with world.database.transaction() as session:
        session.execute(sa.update(Partnership).values(call_code=PILOT, begins_on=date(2020, 2, 3)))
        session.execute(sa.update(Partner).values(joined_on=date(2020, 2, 3)))
        given_partnership(session, world.organisation, (world.other,), call_code="COS-CLUSTER-2014-3-04")
    world.did("training", smes=["A", "B", "C"])
    told = {one["code"]: one for one in world.figures()["published"]}
    pilot = told["pilot-partner-organisations-2020-02-03"]
    assert (pilot["value"], pilot["recorded"], pilot["calls"], pilot["as_of"]) == (69, 2, [PILOT], "2020-02-03")
    assert pilot["source"].startswith("https://")
    assert told["pilot-partnerships-2020-02-03"]["recorded"] == 1
    assert told["2022-generation-grants-2022-02"]["recorded"] == 0
    reached = told["smes-reached-by-the-first-11-projects-2020"]
    assert (reached["value_as_published"], reached["recorded"], reached["flag"]) == ("almost 11,000", 0, None)
    assert told["cluster-organisations-supported-by-the-first-11-projects-2020"]["recorded"] == 1


def test_figures_of_a_day_to_come_are_those_of_today(world: World) -> None:
    assert world.figures(at="2030-01-01")["at"] == "2021-01-15"
    assert world.client.get(FIGURES).headers["Cache-Control"].startswith("public")


def outcomes_of(told: dict[str, Any], kpi: str) -> dict[str, int | None]:
    """Answer what is told of an indicator by call."""
    return {call["call"]: one["value"] for call in told["calls"] for one in call["outcomes"] if one["kpi"] == kpi}


def test_programme_invariant_27_outcomes_are_told_by_call_and_few_are_not(world: World) -> None:
    other_call = "COS-CLUSTER-2020-3-03"
    with world.database.transaction() as session:
        made = given_partnership(session, world.organisation, (world.other,), call_code=other_call)
    path = f"/v1/partnerships/{made.id}"
    world.did("training", managers=["A1", "A2", "A3", "A4"], smes=["BE1", "BE2", "BE3"])
    world.did("training", path=path, managers=["B1", "B2"], smes=["BE1", "FR1", "FR2"])
    told = world.figures()
    first_call = next(one["call"] for one in told["calls"] if one["call"] != other_call)
    assert outcomes_of(told, "TRAINING_SESSIONS") == {first_call: 1, other_call: 1}
    assert outcomes_of(told, "SMES_REACHED") == {first_call: 3, other_call: 3}
    # Two of the second call alone are not told, and the first with them; together they are six.
    assert outcomes_of(told, "MANAGERS_TRAINED") == {first_call: None, other_call: None}
    whole = {one["kpi"]: (one["value"], one["flag"]) for one in told["indicators"]}
    assert whole["MANAGERS_TRAINED"] == (6, None)
    # Three enterprises and three, one of them in both: the whole would tell of the other two.
    assert whole["SMES_REACHED"] == (None, "c")
    world.did("training", "2021-01-12", path=path, managers=["B3"], smes=["FR3"])
    world.did("training", "2021-01-12", smes=["BE4"])
    told = world.figures()
    assert outcomes_of(told, "MANAGERS_TRAINED") == {first_call: 4, other_call: 3}
    assert {one["kpi"]: one["value"] for one in told["indicators"]}["SMES_REACHED"] == 7
    assert outcomes_of(world.figures(at="2021-01-11"), "MANAGERS_TRAINED") == {first_call: None, other_call: None}
