"""What one can do with budgets: set them, and move money from one account to another."""

from sqlalchemy.orm import Session

from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.ledger import rules
from cluster_api.ledger.errors import BudgetExceeded, BudgetNotFound, BudgetNotPossible
from cluster_api.ledger.models import Budget, LedgerEntry
from cluster_api.ledger.queries import held_budget, held_for, held_of
from cluster_api.ledger.schemas import BudgetSet
from cluster_api.ledger.states import MOVES, SHARED, Account, EntryKind
from cluster_api.partnerships.models import Partnership


def set_budget(session: Session, actor: Actor, partnership: Partnership, given: BudgetSet) -> Budget:
    """Set what a partnership spends on exchanges: the difference is an entry, so that the past stays as it was.

    Raises:
        PermissionMissing: the caller does not keep this budget.
        BudgetNotPossible: it is more than the grant, or less than what is bound.
    """
    actor.must(Permission.BUDGETS_KEEP, within=partnership.organisation_id)
    if given.budget_cents > partnership.grant_cents:
        detail = f"The grant is {partnership.grant_cents} cents."
        raise BudgetNotPossible(detail, faults=[Fault("/body/budget_cents", "above_grant", detail)])
    budget = held_budget(session, partnership.id)
    if budget is None:
        budget = Budget(partnership_id=partnership.id, version=0, created_at=actor.now, updated_at=actor.now)
        session.add(budget)
        session.flush()
    held = held_of(budget)
    before = rules.budget_of(held)
    change = given.budget_cents - before
    if -change > held[Account.AVAILABLE]:
        least = before - held[Account.AVAILABLE]
        detail = f"{least} cents are reserved, due, ordered, paid or recovered: the budget is at least that."
        raise BudgetNotPossible(detail, faults=[Fault("/body/budget_cents", "bound", detail)])
    if change:
        kind = EntryKind.SET if change > 0 else EntryKind.CUT
        _write(session, actor, budget, kind, abs(change), text=given.reason[:300])
    details = {"budget_cents": given.budget_cents, "before_cents": before}
    record(session, actor.author, "budget.set", ("partnership", partnership.id), reason=given.reason, details=details)
    return budget


def move(
    session: Session, actor: Actor, partnership_id: str, kind: EntryKind, cents: int, *, subject_id: str
) -> LedgerEntry:
    """Move money of a budget for an exchange, in the transaction of what causes it.

    The book is locked first, so that of many who ask for the last euro one gets it (invariant 14). Who may is asked by
    whoever causes it.

    Raises:
        BudgetNotFound: no budget was set.
        BudgetExceeded: the account does not hold as much, or not for this exchange.
    """
    budget = held_budget(session, partnership_id)
    if budget is None:
        raise BudgetNotFound
    held = held_of(budget)
    if not rules.can_move(held, kind, cents):
        left = MOVES[kind][0]
        raise BudgetExceeded(f"{cents} cents are wanted, and {held[left]} cents are {left.value}.")
    _must_hold_itself(session, MOVES[kind][0], cents, subject_id)
    return _write(session, actor, budget, kind, cents, subject_id=subject_id)


def _must_hold_itself(session: Session, left: Account, cents: int, subject_id: str) -> None:
    # What an account holds for one exchange is not there for another.
    if left not in SHARED and cents > (own := held_for(session, subject_id)[left]):
        raise BudgetExceeded(f"{cents} cents are wanted, and {own} cents are {left.value} for this exchange.")


def _write(  # noqa: PLR0913 - what an entry says
    session: Session,
    actor: Actor,
    budget: Budget,
    kind: EntryKind,
    cents: int,
    *,
    subject_id: str | None = None,
    text: str | None = None,
) -> LedgerEntry:
    left, entered = MOVES[kind]
    entry = LedgerEntry(
        id=str(uuid7()),
        partnership_id=budget.partnership_id,
        number=budget.version + 1,
        kind=kind,
        from_account=left,
        to_account=entered,
        cents=cents,
        subject_id=subject_id,
        booked_on=actor.today,
        text=text,
        author=actor.name,
        recorded_at=actor.now,
    )
    session.add(entry)
    session.flush()
    # The database has carried the book on: what was read of it before is old.
    session.expire(budget)
    return entry
