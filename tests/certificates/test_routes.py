"""Certificates and badges over HTTP: the same bytes for the same label, and none before its time."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role
from cluster_api.labels.models import Label
from tests.billing.given import GROSS, act, issued, kind
from tests.callers import given_key
from tests.decisions.given import DAY, decided, given_board, given_reported, told
from tests.register import given_cluster, given_label

DAYS = (date(2019, 3, 1), date(2021, 3, 1))
WRONG = "LB-2019-000123-08"
UNKNOWN = "LB-2019-999999-09"


@pytest.fixture
def number(database: Database) -> str:
    """Give the number of a label that was taken into the register."""
    with database.transaction() as session:
        return given_label(session, given_cluster(session, "Énergie du Nord"), "gold", DAYS)


def certificate(client: TestClient, number: str) -> Any:
    return client.get(f"/v1/labels/{number}/certificate.pdf")


def test_certificate_is_a_file_with_the_same_bytes_each_time(client: TestClient, number: str) -> None:
    first, second = certificate(client, number), certificate(client, number.lower().replace("-", " "))
    assert (first.status_code, first.headers["Content-Type"]) == (200, "application/pdf")
    assert first.headers["Content-Disposition"] == f'inline; filename="{number}.pdf"'
    assert first.content.startswith(b"%PDF-")
    assert first.content == second.content
    again = client.get(f"/v1/labels/{number}/certificate.pdf", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_certificates_of_two_labels_differ(client: TestClient, database: Database, number: str) -> None:
    with database.transaction() as session:
        other = given_label(session, given_cluster(session, "Énergie du Nord"), "gold", DAYS)
    assert certificate(client, number).content != certificate(client, other).content


def test_certificate_says_the_day_and_not_the_hour_it_is_asked_for(
    client: TestClient, number: str, clock: FixedClock
) -> None:
    first = certificate(client, number).content
    clock.instant = datetime(2021, 6, 1, 9, tzinfo=UTC)
    expired = certificate(client, number)
    assert (expired.status_code, expired.content) == (200, first)


@pytest.mark.parametrize("path", ["certificate.pdf", "badge.svg"])
@pytest.mark.parametrize(
    ("asked", "expected"),
    [(UNKNOWN, "label-not-found"), (WRONG, "label-number-mistyped"), ("X", "label-number-mistyped")],
)
def test_what_is_not_in_the_register_has_neither(
    client: TestClient, number: str, path: str, asked: str, expected: str
) -> None:
    assert kind(client.get(f"/v1/labels/{asked}/{path}")) == (404, expected)


@pytest.mark.parametrize("event", ["suspended", "withdrawn"])
def test_no_certificate_of_what_is_suspended_or_withdrawn(
    client: TestClient, database: Database, clock: FixedClock, event: str
) -> None:
    with database.transaction() as session:
        events = [(event, date(2021, 1, 10))]
        number = given_label(session, given_cluster(session, "A"), "gold", DAYS, events)
    assert kind(certificate(client, number)) == (409, "label-not-shown")
    clock.instant = datetime(2021, 1, 9, 9, tzinfo=UTC)
    assert certificate(client, number).status_code == 200


def test_invariant_23_certificate_is_issued_when_the_case_is_paid(
    client: TestClient, database: Database, clock: FixedClock
) -> None:
    with database.transaction() as session:
        secretariat = given_key(session, Role.SECRETARIAT)
        case = given_reported(session)
        decision = told(session, decided(session, case, given_board(session)))
        number = session.scalars(sa.select(Label.number).where(Label.id == decision.label_id)).one()
        cluster_id, case_id = case.cluster_id, case.id
        other = given_label(session, given_cluster(session, "A"), "gold", DAYS)
    clock.instant = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)
    refused = certificate(client, number)
    assert kind(refused) == (409, "certificate-not-issued")
    # Strangers are not told that somebody has not paid.
    assert not {"pay", "invoice", "paid"} & set(refused.text.lower().split())
    invoice = issued(client, secretariat, cluster_id, case_id=case_id)["number"]
    payment = {"reference": "BK-1", "amount_cents": GROSS - 1, "paid_on": str(DAY)}
    act(client, invoice, "payment", secretariat, payment)
    assert certificate(client, number).status_code == 409
    act(client, invoice, "payment", secretariat, {**payment, "reference": "BK-2", "amount_cents": 1})
    assert certificate(client, number).status_code == 200
    assert certificate(client, other).status_code == 200
    # The label itself never waited.
    assert client.get(f"/v1/verifications/{number}?at=2021-04-02").json()["is_valid"] is True


@pytest.mark.parametrize(
    ("asked", "said"),
    [("", "valid until 2021-03-01"), ("?at=2021-03-02", "expired on 2021-03-01"), ("?at=2019-02-28", "not yet")],
)
def test_badge_tells_of_today_or_another_day(client: TestClient, number: str, asked: str, said: str) -> None:
    answer = client.get(f"/v1/labels/{number}/badge.svg{asked}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    assert f"<title>European Cluster Excellence: gold · {said}</title>" in answer.text
    assert len(answer.content) < 1000


def test_badge_of_what_was_not_known_yet_is_not_there(client: TestClient, number: str) -> None:
    answer = client.get(f"/v1/labels/{number}/badge.svg?known_at=2018-01-01T00:00:00Z")
    assert kind(answer) == (404, "label-not-found")
