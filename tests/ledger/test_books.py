"""What is kept of a book is the sum of its entries after every step, and the database lets nobody make it otherwise."""

from collections.abc import Mapping

import pytest
import sqlalchemy as sa
from alembic import command
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.migration import alembic_config, migrate
from cluster_api.identity.access import Actor
from cluster_api.ledger.actions import move, set_budget
from cluster_api.ledger.errors import BudgetExceeded, BudgetNotPossible
from cluster_api.ledger.models import Budget, LedgerEntry
from cluster_api.ledger.queries import book_faults, held_in, read_budget, read_trial_balance
from cluster_api.ledger.schemas import BudgetSet
from cluster_api.ledger.states import Account, EntryKind
from cluster_api.partnerships.models import Partnership
from tests.conftest import NOW, unguarded
from tests.ledger.test_actions import entry, given_budget
from tests.partnerships.given import given_office, given_partnership

EXCHANGES = tuple(str(uuid7()) for _ in range(3))
STEPS = st.lists(
    st.tuples(st.sampled_from(EntryKind), st.sampled_from([1, 30, 40, 70, 100]), st.sampled_from(EXCHANGES)),
    min_size=5,
    max_size=25,
)
BOOKS = {"sqlite": 15, "postgresql": 10}
"""Lives that are tried."""


def written(session: Session, partnership_id: str) -> dict[Account, int]:
    """Answer what the accounts hold by the entries alone, added up here and not by the code."""
    held = dict.fromkeys(Account, 0)
    rows = session.execute(
        sa.text("SELECT from_account, to_account, cents FROM ledger_entry WHERE partnership_id = :key"),
        {"key": partnership_id},
    )
    for left, entered, cents in rows:
        held[Account(left)] -= cents
        held[Account(entered)] += cents
    return held


def step(session: Session, actor: Actor, partnership: Partnership, kind: EntryKind, cents: int, key: str) -> bool:
    """Try to set the budget or to move money, and answer whether that was possible."""
    try:
        if kind in {EntryKind.SET, EntryKind.CUT}:
            set_budget(session, actor, partnership, BudgetSet(budget_cents=5 * cents, reason="Why."))
        else:
            move(session, actor, partnership.id, kind, cents, subject_id=key)
    except (BudgetExceeded, BudgetNotPossible):
        return False
    return True


def test_programme_invariant_19_what_is_kept_is_the_sum_of_the_entries_after_every_step(
    database: Database, administrator: Actor
) -> None:
    done = refused = 0

    @given(STEPS)
    @settings(
        max_examples=BOOKS[database.dialect_name],
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def live(steps: list[tuple[EntryKind, int, str]]) -> None:
        nonlocal done, refused
        with database.session(writing=True) as session:
            some = [given_partnership(session, given_office(session)[0]) for _ in range(2)]
            mandates = {one.organisation_id: administrator.mandates[""] for one in some}
            keeper = Actor("x", NOW, "1" * 32, mandates)
            for at, partnership in enumerate(some):
                set_budget(session, keeper, partnership, BudgetSet(budget_cents=300 + at, reason="Why."))
            # Money moves in the last book; the one before is there to be left alone.
            for what, cents, key in steps:
                if step(session, keeper, some[1], what, cents, key):
                    done += 1
                else:
                    refused += 1
                everything_agrees(session, some)
            assert held_in(session, [some[0].id])[some[0].id][Account.AVAILABLE] == 300
            session.rollback()

    live()
    assert done > 20
    assert refused > 20


def everything_agrees(session: Session, partnerships: list[Partnership]) -> None:
    """Compare everything that is told of books with their entries."""
    assert list(book_faults(session)) == []
    held = held_in(session, [one.id for one in partnerships])
    for one in partnerships:
        summed = written(session, one.id)
        assert held[one.id] == summed
        told = read_budget(session, one)
        assert told.available_cents == summed[Account.AVAILABLE]
        assert told.budget_cents == -summed[Account.FUNDING]
        count = sa.select(sa.func.count()).select_from(LedgerEntry).where(LedgerEntry.partnership_id == one.id)
        assert told.version == session.scalar(count)
        balance = read_trial_balance(session, one, NOW.date())
        assert balance.agrees
        assert {line.account: line.balance_cents for line in balance.accounts} == summed


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE budget SET available_cents = available_cents + 1, funding_cents = funding_cents - 1",
        "UPDATE budget SET version = version + 1",
        "UPDATE budget SET version = version - 1",
        "UPDATE budget SET updated_at = created_at",
        "DELETE FROM budget",
    ],
)
def test_programme_invariant_19_what_is_kept_changes_with_entries_only(
    database: Database, administrator: Actor, statement: str
) -> None:
    given_budget(database, administrator, 100)
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as session:
        session.execute(sa.text(statement))


@pytest.mark.parametrize("fields", [{"version": 1}, {"available_cents": 1, "funding_cents": -1}])
def test_programme_invariant_19_book_begins_with_nothing(database: Database, fields: Mapping[str, int]) -> None:
    with database.transaction() as session:
        key = given_partnership(session, given_office(session)[0]).id
    values = {"partnership_id": key, "version": 0, "created_at": NOW, "updated_at": NOW, **fields}
    with pytest.raises(sa.exc.IntegrityError, match="budget_kept"), database.transaction() as session:
        session.execute(sa.insert(Budget).values(**values))


def test_programme_invariant_19_nothing_is_replaced(database: Database, administrator: Actor) -> None:
    """SQLite removes what it replaces without telling a trigger; PostgreSQL has no such statement."""
    if not database.is_sqlite:
        return
    key = given_budget(database, administrator, 100)
    with database.session() as session:
        [first] = session.scalars(sa.select(LedgerEntry.id))
    values = {
        "id": first, "partnership_id": key, "number": 2, "kind": "set", "from_account": "funding",
        "to_account": "available", "cents": 1, "booked_on": NOW.date(), "author": "x", "recorded_at": NOW,
    }  # fmt: skip
    begun = {"partnership_id": key, "version": 0, "created_at": NOW, "updated_at": NOW}
    for table, row, name in ((LedgerEntry, values, "ledger_entry_kept"), (Budget, begun, "budget_kept")):
        with pytest.raises(sa.exc.IntegrityError, match=name), database.transaction() as session:
            session.execute(sa.insert(table).prefix_with("OR REPLACE").values(**row))


def test_below_zero_is_refused_by_the_name_that_callers_are_told(database: Database, administrator: Actor) -> None:
    key = given_budget(database, administrator, 100)
    with pytest.raises(sa.exc.IntegrityError, match="account_below_zero"), database.transaction() as session:
        session.add(entry(key, cents=101))
    with database.transaction() as session:
        session.add(entry(key, cents=100))
    with database.session() as session:
        held = held_in(session, [key])[key]
        assert (held[Account.AVAILABLE], held[Account.RESERVED]) == (0, 100)
        assert session.get_one(Budget, key).version == 2


def test_fault_of_a_book_is_named(database: Database, administrator: Actor) -> None:
    keys = [given_budget(database, administrator, 100) for _ in range(2)]
    with database.transaction() as session:
        assert list(book_faults(session)) == []
        with unguarded(session):
            session.execute(
                sa.update(Budget).where(Budget.partnership_id == keys[1]).values(available_cents=99, due_cents=1)
            )
        assert list(book_faults(session)) == [
            f"Budget of {keys[1]}: 99 cents are kept as available, entries sum to 100.",
            f"Budget of {keys[1]}: 1 cents are kept as due, entries sum to 0.",
        ]


def test_books_on_record_are_summed_when_kept_first_and_guarded_again_when_not(
    database: Database, administrator: Actor
) -> None:
    """Down before 0023 and up again, with a book that is not empty, on the database of the test."""
    key, exchange = given_budget(database, administrator, 100), str(uuid7())
    with database.transaction() as session:
        move(session, administrator, key, EntryKind.RESERVE, 60, subject_id=exchange)
        move(session, administrator, key, EntryKind.BECOME_DUE, 20, subject_id=exchange)
    try:
        with database.engine.execution_options(writing=True).begin() as connection:
            command.downgrade(alembic_config(connection), "0022")
        assert "due_cents" not in {one["name"] for one in sa.inspect(database.engine).get_columns("budget")}
        with pytest.raises(sa.exc.IntegrityError, match="account_below_zero"), database.transaction() as session:
            session.add(entry(key, number=4, cents=41))
    finally:
        migrate(database)
    with database.session() as session:
        assert held_in(session, [key])[key] == written(session, key) == {
            Account.FUNDING: -100, Account.AVAILABLE: 40, Account.RESERVED: 40, Account.DUE: 20, Account.ORDERED: 0,
            Account.PAID: 0, Account.RECOVERED: 0,
        }  # fmt: skip
        assert session.get_one(Budget, key).version == 3
