"""Certificates of exchanges: issued by the validation, the same each time, verified by whoever holds them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.canonical import digest
from cluster_api.grants.models import ExchangeCertificate
from cluster_api.grants.rules import working_days_done
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.rounds.schemas import StayDay
from tests.grants.given import GRANTS, World
from tests.partnerships.given import kind

VERIFY = "/v1/exchange-certificates"


def validated(world: World, mode: str = "physical") -> str:
    """Answer the number of an exchange of five days that was validated on 10 March 2021."""
    number = world.agreed(mode)
    world.on("2021-03-08")
    world.reported(number)
    world.on("2021-03-10")
    assert world.move(GRANTS, number, "validate", world.vop).status_code == 200
    return number


def sha256_of(world: World, number: str) -> str:
    """Answer the digest of the certificate of an exchange, as its parties are told it."""
    return str(world.shown(number)["certificate_sha256"])


def test_certificate_is_issued_by_the_validation(world: World, client: TestClient) -> None:
    number = world.agreed()
    path = f"{GRANTS}/{number}/certificate.pdf"
    assert world.shown(number)["certificate_sha256"] is None
    assert kind(client.get(path, headers=world.vo)) == (404, "not-certified")
    world.on("2021-03-08")
    world.reported(number)
    assert kind(client.get(path, headers=world.vo)) == (404, "not-certified")
    world.move(GRANTS, number, "validate", world.vop)
    answers = [client.get(path, headers=party) for party in (world.vo, world.ho, world.vop, world.hop)]
    assert {(one.status_code, one.headers["Content-Type"]) for one in answers} == {(200, "application/pdf")}
    assert answers[0].headers["Content-Disposition"] == f'inline; filename="{number}.pdf"'
    assert answers[0].content.startswith(b"%PDF-")
    assert {one.content for one in answers} == {answers[0].content}
    assert kind(client.get(path)) == (401, "credentials-required")
    assert kind(client.get(path, headers=world.organisation("FR", "Other"))) == (404, "exchange-not-found")


def test_whoever_holds_a_certificate_verifies_it(world: World, client: TestClient) -> None:
    number = validated(world)
    sha256 = sha256_of(world, number)
    answer = client.get(f"{VERIFY}/{sha256}")
    assert answer.headers["Cache-Control"].startswith("public")
    told = answer.json()
    assert digest(told) == sha256
    acronyms = [
        client.get(f"/v1/partnerships/{one}").json()["acronym"] for one in (world.partnership, world.host_partnership)
    ]
    assert told == {
        "number": number, "scheme": "ClusterXchange", "round": "pilot", "mode": "physical",
        "visitor": {"name": "Tide SME", "country": "FR", "partnership": acronyms[0]},
        "host": {"name": "Fab lab", "country": "PT", "partnership": acronyms[1]},
        "begins_on": "2021-03-01", "done_until": "2021-03-05", "working_days": 5, "validated_on": "2021-03-10",
    }  # fmt: skip
    assert kind(client.get(f"{VERIFY}/{'0' * 64}")) == (404, "certificate-unknown")


def test_what_was_certified_stays_as_it_was(world: World, client: TestClient) -> None:
    sha256 = sha256_of(world, validated(world))
    with world.database.transaction() as session:
        session.execute(sa.update(ExchangeParticipant).values(country="AT"))
    assert client.get(f"{VERIFY}/{sha256}").json()["visitor"]["country"] == "FR"
    changes = (sa.update(ExchangeCertificate).values(sha256="f" * 64), sa.delete(ExchangeCertificate))
    for change in changes:
        refused = pytest.raises(sa.exc.DBAPIError, match="exchange_certificate_kept")
        with refused, world.database.transaction() as session:
            session.execute(change)


def test_of_four_who_validate_at_once_one_does_and_one_certificate_is_issued(world: World) -> None:
    number = world.agreed()
    world.on("2021-03-08")
    world.reported(number)

    def validate(tab: int) -> int:
        sent = {**world.vop, "If-Match": "*", "Idempotency-Key": f"tab-{tab}"}
        return int(world.client.post(f"{GRANTS}/{number}/validate", headers=sent).status_code)

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(validate, range(4))) == [200, 409, 409, 409]
    with world.database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ExchangeCertificate)) == 1
    assert world.held() == {"available": 922_000, "due": 78_000}


def test_virtual_exchange_is_certified_too(world: World, client: TestClient) -> None:
    number = world.agreed("virtual")
    world.on("2021-03-08")
    world.move(GRANTS, number, "report", world.vo, {"side": "visitor", "text": "Done."})
    world.move(GRANTS, number, "validate", world.vop)
    assert client.get(f"{GRANTS}/{number}/certificate.pdf", headers=world.ho).status_code == 200
    assert client.get(f"{VERIFY}/{sha256_of(world, number)}").json()["mode"] == "virtual"


@pytest.mark.parametrize(("until", "expected"), [(4, 0), (5, 1), (7, 1), (8, 2), (9, 2)])
def test_days_after_the_last_one_done_and_days_off_are_not_certified(until: int, expected: int) -> None:
    days = [StayDay(day=date(2021, 3, day), is_working=day not in {6, 7}, reason="Plan.") for day in (5, 6, 7, 8)]
    assert working_days_done(days, date(2021, 3, until)) == expected
