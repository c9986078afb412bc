"""A long book among others is read through its index, and what it holds without reading it."""

from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.foundation.bulk import insert_rows
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.ledger.actions import move
from cluster_api.ledger.models import LedgerEntry
from cluster_api.ledger.queries import entries_page, held_for, held_in, journal_file, read_trial_balance
from cluster_api.ledger.schemas import LedgerQuery
from cluster_api.ledger.states import EntryKind
from cluster_api.partnerships.models import Partnership
from tests.conftest import NOW
from tests.ledger.test_actions import given_budget
from tests.plans import analyse, asked, full_scans

BOOKS, EXCHANGES = 10, 120


def given_books(database: Database, actor: Actor) -> tuple[str, str]:
    """Put books of many reservations on record; answer the last partnership and an exchange of it."""
    keys = [given_budget(database, actor, 1_000_000) for _ in range(BOOKS)]
    numbers = count(2)
    rows = [
        {
            "id": str(uuid7()), "partnership_id": key, "number": number, "kind": "reserve", "from_account": "available",
            "to_account": "reserved", "cents": 1, "subject_id": str(uuid7()), "booked_on": NOW.date(), "text": None,
            "author": "x", "recorded_at": NOW,
        }
        for number in (next(numbers) for _ in range(EXCHANGES))
        for key in keys
    ]  # fmt: skip
    with database.transaction() as session:
        insert_rows(session, LedgerEntry.__table__, rows)  # type: ignore[arg-type] # a table, as every model has
    analyse(database)
    return keys[-1], str(rows[-1]["subject_id"])


def test_long_book_is_never_searched_for_among_all_entries(database: Database, administrator: Actor) -> None:
    key, exchange = given_books(database, administrator)
    with database.session() as session:
        partnership = session.get_one(Partnership, key)
        query = LedgerQuery(limit=5)
        second = LedgerQuery(limit=5, cursor=entries_page(session, partnership, query).next)
        assert [one.number for one in entries_page(session, partnership, second).items] == [6, 7, 8, 9, 10]
        of_one = LedgerQuery.model_validate({"exchange_id": exchange})
        assert [one.number for one in entries_page(session, partnership, of_one).items] == [EXCHANGES + 1]
        for ask in (
            lambda: entries_page(session, partnership, query),
            lambda: entries_page(session, partnership, second),
            lambda: entries_page(session, partnership, of_one),
            lambda: read_trial_balance(session, partnership, NOW.date()),
            lambda: journal_file(session, partnership, NOW.date()),
            lambda: held_for(session, exchange),
        ):
            assert full_scans(session, "ledger_entry", ask) == []
        assert full_scans(session, "budget", lambda: held_in(session, [key])) == []


def test_page_of_a_book_is_not_sorted(database: Database, administrator: Actor) -> None:
    """The order comes from the index, so that the first page of a book of 10,000 reads a page and not the book."""
    key, _ = given_books(database, administrator)
    with database.session() as session:
        partnership = session.get_one(Partnership, key)
        with asked(session) as told:
            entries_page(session, partnership, LedgerQuery(limit=5))
        [(statement, values)] = told
        plan = _plan(session, statement, values)
        assert "sort" not in plan.lower(), plan
        assert "b-tree" not in plan.lower(), plan


def _plan(session: Session, statement: str, values: Any) -> str:
    # Without any hint: what it would really do.
    verb = "EXPLAIN" if session.get_bind().dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    return "\n".join(str(row[-1]) for row in session.connection().exec_driver_sql(f"{verb} {statement}", values))


def test_reservation_asks_no_sum_of_its_book(database: Database, administrator: Actor) -> None:
    key, _ = given_books(database, administrator)
    with database.transaction() as session, asked(session) as told:
        move(session, administrator, key, EntryKind.RESERVE, 1, subject_id=str(uuid7()))
    statements = [statement for statement, _ in told if not statement.startswith("BEGIN")]
    assert [one.split()[0] for one in statements] == ["SELECT", "INSERT"]
    assert "FROM ledger_entry" not in statements[0]
