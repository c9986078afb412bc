"""Budgets over HTTP: set within the grant, never below what is bound, the book entry by entry."""

import csv
import io

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.ledger.actions import move
from cluster_api.ledger.states import EntryKind
from tests.conftest import unguarded
from tests.partnerships.given import given_office, given_partner, given_partnership, kind, post


@pytest.fixture
def given(database: Database) -> tuple[str, dict[str, str], dict[str, str]]:
    """Answer a partnership, its office, and the machine of a partner."""
    with database.transaction() as session:
        organisation, office = given_office(session)
        cluster, partner = given_partner(session, "First")
        return given_partnership(session, organisation, (cluster,)).id, office, partner


Given = tuple[str, dict[str, str], dict[str, str]]


def wanted(cents: int) -> dict[str, object]:
    return {"budget_cents": cents, "reason": "Fifty exchanges."}


def test_budget_is_set_and_told_account_by_account(client: TestClient, given: Given, admin: dict[str, str]) -> None:
    path = f"/v1/budgets/{given[0]}"
    assert kind(client.get(path, headers=given[1])) == (404, "budget-not-found")
    made = post(client, f"{path}/set", given[1], wanted(5_500_000))
    assert made.status_code == 200, made.text
    assert (made.json()["budget_cents"], made.json()["available_cents"], made.json()["balance_cents"]) == (
        5_500_000, 5_500_000, 0,
    )  # fmt: skip
    cut = post(client, f"{path}/set", given[1], wanted(5_000_000))
    assert (cut.json()["budget_cents"], cut.json()["entries"]) == (5_000_000, 2)
    same = post(client, f"{path}/set", given[1], wanted(5_000_000))
    assert same.json()["entries"] == 2
    shown = client.get(path, headers=admin)
    assert shown.json()["available_cents"] == 5_000_000
    listed = client.get("/v1/budgets", headers=given[1]).json()["items"]
    assert [one["partnership_id"] for one in listed] == [given[0]]
    entries = client.get(f"{path}/entries", headers=given[1]).json()["items"]
    assert [(one["kind"], one["cents"]) for one in entries] == [("set", 5_500_000), ("cut", 500_000)]
    only = client.get(f"{path}/entries", headers=given[1], params={"kind": "cut"}).json()["items"]
    assert [one["number"] for one in only] == [2]


def test_budget_is_seen_by_its_office_and_who_sees_all(client: TestClient, given: Given, database: Database) -> None:
    path = f"/v1/budgets/{given[0]}"
    post(client, f"{path}/set", given[1], wanted(100))
    with database.transaction() as session:
        _, other = given_office(session, "Another office")
    assert kind(client.get(path, headers=other)) == (404, "budget-not-found")
    assert client.get("/v1/budgets", headers=other).json()["items"] == []
    assert kind(client.get(path, headers=given[2])) == (403, "permission-missing")
    assert kind(post(client, f"{path}/set", other, wanted(1))) == (404, "budget-not-found")


def test_budget_stays_between_what_is_bound_and_the_grant(
    client: TestClient, given: Given, database: Database, administrator: Actor
) -> None:
    path = f"/v1/budgets/{given[0]}"
    assert kind(post(client, f"{path}/set", given[1], wanted(36_000_001))) == (422, "budget-not-possible")
    post(client, f"{path}/set", given[1], wanted(36_000_000))
    with database.transaction() as session:
        move(session, administrator, given[0], EntryKind.RESERVE, 78_000, subject_id=str(uuid7()))
    assert kind(post(client, f"{path}/set", given[1], wanted(77_999))) == (422, "budget-not-possible")
    assert post(client, f"{path}/set", given[1], wanted(78_000)).json()["available_cents"] == 0


def test_trial_balance_of_a_day_sums_to_zero(
    client: TestClient, given: Given, administrator: Actor, database: Database
) -> None:
    path = f"/v1/budgets/{given[0]}"
    assert kind(client.get(f"{path}/trial-balance", headers=given[1])) == (404, "budget-not-found")
    post(client, f"{path}/set", given[1], wanted(100_000))
    exchange = str(uuid7())
    with database.transaction() as session:
        for what, cents in ((EntryKind.RESERVE, 78_000), (EntryKind.RELEASE, 39_000)):
            move(session, administrator, given[0], what, cents, subject_id=exchange)
    told = client.get(f"{path}/trial-balance", headers=given[1]).json()
    accounts = {one["account"]: (one["debit_cents"], one["credit_cents"], one["balance_cents"])
                for one in told["accounts"] if one["debit_cents"] or one["credit_cents"]}  # fmt: skip
    assert accounts == {
        "funding": (0, 100_000, -100_000), "available": (139_000, 78_000, 61_000), "reserved": (78_000, 39_000, 39_000),
    }  # fmt: skip
    assert (told["debit_cents"], told["credit_cents"], told["balance_cents"]) == (217_000, 217_000, 0)
    assert told["agrees"] is True
    before = client.get(f"{path}/trial-balance", headers=given[1], params={"at": "2021-01-14"}).json()
    assert (before["at"], before["debit_cents"], before["agrees"]) == ("2021-01-14", 0, True)
    with database.transaction() as session, unguarded(session):
        session.execute(sa.text("UPDATE budget SET due_cents = due_cents + 1, reserved_cents = reserved_cents - 1"))
    told = client.get(f"{path}/trial-balance", headers=given[1]).json()
    assert (told["debit_cents"], told["balance_cents"], told["agrees"]) == (217_000, 0, False)
    assert kind(client.get(f"{path}/trial-balance", headers=given[2])) == (403, "permission-missing")


def test_book_is_a_file_for_the_accounts(
    client: TestClient, given: Given, administrator: Actor, database: Database
) -> None:
    path = f"/v1/budgets/{given[0]}"
    assert kind(client.get(f"{path}/journal.csv", headers=given[1])) == (404, "budget-not-found")
    post(client, f"{path}/set", given[1], {"budget_cents": 100_005, "reason": '=HYPERLINK("x"), "first"'})
    exchange = str(uuid7())
    with database.transaction() as session:
        move(session, administrator, given[0], EntryKind.RESERVE, 78_000, subject_id=exchange)
    answer = client.get(f"{path}/journal.csv", headers=given[1])
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="journal-{given[0]}-2021-01-15.csv"'
    assert [*csv.reader(io.StringIO(answer.text, newline=""))] == [
        ["number", "booked_on", "kind", "debit", "credit", "amount", "currency", "exchange", "text"],
        ["1", "2021-01-15", "set", "available", "funding", "1000.05", "EUR", "", '\'=HYPERLINK("x"), "first"'],
        ["2", "2021-01-15", "reserve", "reserved", "available", "780.00", "EUR", exchange, ""],
    ]
    assert answer.text.count("\r\n") == 3
    earlier = client.get(f"{path}/journal.csv", headers=given[1], params={"at": "2021-01-14"})
    assert earlier.text.count("\r\n") == 1
