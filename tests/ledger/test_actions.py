"""Many ask for the last euro at once, and the database refuses what the code would forget."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.ledger.actions import move, set_budget
from cluster_api.ledger.errors import BudgetExceeded, BudgetNotFound
from cluster_api.ledger.models import LedgerEntry
from cluster_api.ledger.queries import held_in
from cluster_api.ledger.schemas import BudgetSet
from cluster_api.ledger.states import Account, EntryKind
from tests.callers import given_organisation
from tests.conftest import NOW
from tests.partnerships.given import given_office, given_partnership


def given_budget(database: Database, actor: Actor, cents: int) -> str:
    """Put a partnership with a budget on record."""
    with database.transaction() as session:
        partnership = given_partnership(session, given_office(session)[0])
        keeper = Actor(actor.name, NOW, actor.request_id, {partnership.organisation_id: actor.mandates[""]})
        set_budget(session, keeper, partnership, BudgetSet(budget_cents=cents, reason="Why."))
        return partnership.id


def test_programme_invariant_14_two_hundred_ask_for_the_last_euro(database: Database, administrator: Actor) -> None:
    """Of 200 who want 450 euros at once, the 37 that a budget of 17,000 euros affords get them."""
    partnership_id = given_budget(database, administrator, 1_700_000)

    def reserve(_: int) -> bool:
        try:
            with database.transaction() as session:
                move(session, administrator, partnership_id, EntryKind.RESERVE, 45_000, subject_id=str(uuid7()))
        except BudgetExceeded:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        granted = sum(pool.map(reserve, range(200)))
    with database.transaction() as session:
        held = held_in(session, [partnership_id])[partnership_id]
        numbers = list(session.scalars(sa.select(LedgerEntry.number).order_by(LedgerEntry.number)))
    assert granted == 37
    assert (held[Account.RESERVED], held[Account.AVAILABLE], sum(held.values())) == (1_665_000, 35_000, 0)
    assert numbers == list(range(1, 39))


def test_nothing_moves_without_a_budget(database: Database, administrator: Actor) -> None:
    with database.transaction() as session:
        partnership = given_partnership(session, given_organisation(session))
        with pytest.raises(BudgetNotFound):
            move(session, administrator, partnership.id, EntryKind.RESERVE, 1, subject_id=str(uuid7()))


def entry(partnership_id: str, **fields: object) -> LedgerEntry:
    """Answer an entry that no verb would write."""
    values = {
        "number": 2, "kind": EntryKind.RESERVE, "from_account": Account.AVAILABLE, "to_account": Account.RESERVED,
        "cents": 1, "booked_on": NOW.date(), "author": "x", "recorded_at": NOW, **fields,
    }  # fmt: skip
    return LedgerEntry(id=str(uuid7()), partnership_id=partnership_id, **values)


@pytest.mark.parametrize(
    "fields",
    [
        {"cents": 101},
        {"cents": 0},
        {"to_account": Account.PAID},
        {"kind": EntryKind.PAY, "from_account": Account.ORDERED, "to_account": Account.PAID},
        {"number": 1},
        {"number": 3},
    ],
)
def test_programme_invariant_14_database_refuses_what_is_not_covered(
    database: Database, administrator: Actor, fields: dict[str, object]
) -> None:
    partnership_id = given_budget(database, administrator, 100)
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as session:
        session.add(entry(partnership_id, **fields))


@pytest.mark.parametrize("statement", ["UPDATE ledger_entry SET cents = 1", "DELETE FROM ledger_entry"])
def test_programme_invariant_19_book_is_only_written_on(
    database: Database, administrator: Actor, statement: str
) -> None:
    given_budget(database, administrator, 100)
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as session:
        session.execute(sa.text(statement))


def test_what_is_held_for_one_exchange_is_not_there_for_another(database: Database, administrator: Actor) -> None:
    partnership_id = given_budget(database, administrator, 100)
    mine, other = str(uuid7()), str(uuid7())
    with database.transaction() as session:
        move(session, administrator, partnership_id, EntryKind.RESERVE, 60, subject_id=mine)
        move(session, administrator, partnership_id, EntryKind.RESERVE, 40, subject_id=other)
    with database.transaction() as session, pytest.raises(BudgetExceeded, match="40 cents are reserved for this"):
        move(session, administrator, partnership_id, EntryKind.RELEASE, 41, subject_id=other)
    with database.transaction() as session:
        move(session, administrator, partnership_id, EntryKind.RELEASE, 40, subject_id=other)
        held = held_in(session, [partnership_id])[partnership_id]
    assert (held[Account.RESERVED], held[Account.AVAILABLE]) == (60, 40)
