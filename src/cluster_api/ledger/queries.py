"""What one can ask about budgets: what is kept of their entries, and the entries, for whoever keeps or sees them."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.ledger import rules
from cluster_api.ledger.errors import BudgetNotFound
from cluster_api.ledger.models import Budget, LedgerEntry
from cluster_api.ledger.rules import Movement
from cluster_api.ledger.schemas import AccountTurnover, BudgetRead, LedgerEntryRead, LedgerQuery, TrialBalance
from cluster_api.ledger.states import Account
from cluster_api.partnerships.models import Partnership
from cluster_api.partnerships.queries import CURRENCY
from cluster_api.pool.queries import keyed_page

E = LedgerEntry


def must_see_some(actor: Actor) -> None:
    """Raise CredentialsRequired or PermissionMissing to a caller for whom there can be no budgets."""
    actor.must_any(Permission.BUDGETS_KEEP, Permission.BUDGETS_READ_ALL)


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    if actor.can(Permission.BUDGETS_READ_ALL):
        return sa.true()
    return Partnership.organisation_id.in_(actor.where(Permission.BUDGETS_KEEP))


def get_partnership_of_budget(session: Session, actor: Actor, partnership_id: str) -> Partnership:
    """Answer the partnership whose budget the caller may see, set or not; raise BudgetNotFound."""
    must_see_some(actor)
    found = session.scalar(sa.select(Partnership).where(Partnership.id == partnership_id, _visible(actor)))
    if found is None:
        raise BudgetNotFound
    return found


def held_budget(session: Session, partnership_id: str) -> Budget | None:
    """Answer the budget of a partnership, locked: whoever writes after this sees every entry before it."""
    statement = sa.select(Budget).where(Budget.partnership_id == partnership_id).with_for_update()
    return session.scalar(statement.execution_options(populate_existing=True))


def held_of(budget: Budget) -> dict[Account, int]:
    """Answer what the accounts of a budget hold, in cents, as it is kept with its entries (invariant 19)."""
    return {account: getattr(budget, f"{account.value}_cents") for account in Account}


def held_in(session: Session, partnership_ids: Sequence[str]) -> dict[str, dict[Account, int]]:
    """Answer what the accounts of these budgets hold, in cents; of a partnership without a budget nothing."""
    kept = [getattr(Budget, f"{account.value}_cents") for account in Account]
    found = session.execute(sa.select(Budget.partnership_id, *kept).where(Budget.partnership_id.in_(partnership_ids)))
    known = {row[0]: dict(zip(Account, row[1:], strict=True)) for row in found}
    return {one: known.get(one, dict.fromkeys(Account, 0)) for one in partnership_ids}


def book_faults(session: Session) -> Iterator[str]:
    """Answer where what is kept of a book is not the sum of its entries, in cents (invariant 19), book by book."""
    statement = sa.select(E.partnership_id, E.from_account, E.to_account, sa.func.sum(E.cents)).group_by(
        E.partnership_id, E.from_account, E.to_account
    )
    moved: dict[str, list[Movement]] = {}
    for partnership_id, left, entered, cents in session.execute(statement):
        moved.setdefault(partnership_id, []).append(Movement(left, entered, int(cents)))
    for budget in session.scalars(sa.select(Budget).order_by(Budget.partnership_id)):
        summed, kept = rules.balances(moved.get(budget.partnership_id, [])), held_of(budget)
        yield from (
            f"Budget of {budget.partnership_id}: {kept[one]} cents are kept as {one.value}, entries sum to {cents}."
            for one, cents in summed.items()
            if cents != kept[one]
        )


def held_for(session: Session, subject_id: str) -> dict[Account, int]:
    """Answer what the accounts hold for one exchange, in cents."""
    statement = sa.select(E.from_account, E.to_account, E.cents).where(E.subject_id == subject_id)
    return rules.balances(Movement(*row) for row in session.execute(statement))


def read_budget(session: Session, partnership: Partnership) -> BudgetRead:
    """Answer a budget with every account; raise BudgetNotFound if none was set."""
    return _read([(partnership, _must_be_set(session, partnership))])[0]


def _read(pairs: Sequence[tuple[Partnership, Budget]]) -> list[BudgetRead]:
    return [
        BudgetRead(
            partnership_id=UUID(partnership.id),
            acronym=partnership.acronym,
            currency=CURRENCY,
            budget_cents=rules.budget_of(held),
            available_cents=held[Account.AVAILABLE],
            reserved_cents=held[Account.RESERVED],
            due_cents=held[Account.DUE],
            ordered_cents=held[Account.ORDERED],
            paid_cents=held[Account.PAID],
            recovered_cents=held[Account.RECOVERED],
            balance_cents=sum(held.values()),
            entries=budget.version,
            version=budget.version,
        )
        for partnership, budget, held in ((*pair, held_of(pair[1])) for pair in pairs)
    ]


def budgets_page(session: Session, actor: Actor, query: PageQuery) -> Page[BudgetRead]:
    """Answer a page of the budgets that the caller may see."""
    must_see_some(actor)
    statement = sa.select(Budget).join(Partnership, Partnership.id == Budget.partnership_id).where(_visible(actor))
    shown, cursor = keyed_page(session, statement, Budget.partnership_id, query, of="budgets", view=actor.view)
    ids = [one.partnership_id for one in shown]
    known = {one.id: one for one in session.scalars(sa.select(Partnership).where(Partnership.id.in_(ids)))}
    return Page(items=_read([(known[one.partnership_id], one) for one in shown]), next=cursor)


def entries_page(session: Session, partnership: Partnership, query: LedgerQuery) -> Page[LedgerEntryRead]:
    """Answer a page of a book, in the order in which it was written."""
    statement = sa.select(E).where(E.partnership_id == partnership.id)
    if query.kind is not None:
        statement = statement.where(E.kind == query.kind)
    if query.exchange_id is not None:
        statement = statement.where(E.subject_id == str(query.exchange_id))
    shown, cursor = _numbered_page(session, statement, query, of="entries", partnership=partnership.id)
    return Page(
        items=[
            LedgerEntryRead(
                number=one.number,
                kind=one.kind,
                from_account=one.from_account,
                to_account=one.to_account,
                cents=one.cents,
                exchange_id=None if one.subject_id is None else UUID(one.subject_id),
                booked_on=one.booked_on,
                text=one.text,
                recorded_at=one.recorded_at,
            )
            for one in shown
        ],
        next=cursor,
    )


def _numbered_page(
    session: Session, statement: sa.Select[Any], query: LedgerQuery, **asked: Any
) -> tuple[Sequence[LedgerEntry], str | None]:
    """Answer the entries of a page by their number, which has an index in its book, and the cursor of the page after.

    Raises:
        Invalid: the cursor belongs to another question.
    """
    question = question_of({**query.model_dump(mode="json"), **asked})
    if query.cursor is not None:
        statement = statement.where(E.number > read_cursor(query.cursor, question, [int])[0])
    found = session.scalars(statement.order_by(E.number).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return shown, write_cursor(question, [shown[-1].number]) if len(found) > query.limit else None


def read_trial_balance(session: Session, partnership: Partnership, at: date) -> TrialBalance:
    """Answer the trial balance of a book by a day, from its entries; raise BudgetNotFound if no budget was set.

    What is kept of the book is compared with the sum of all its entries, whatever their day.
    """
    budget = _must_be_set(session, partnership)
    by_then = sa.case((E.booked_on <= at, E.cents), else_=0)
    statement = (
        sa.select(E.from_account, E.to_account, sa.func.sum(E.cents), sa.func.sum(by_then))
        .where(E.partnership_id == partnership.id)
        .group_by(E.from_account, E.to_account)
    )
    moved = session.execute(statement).all()
    summed = rules.balances(Movement(left, entered, int(cents)) for left, entered, cents, _ in moved)
    turnovers = rules.trial_balance(Movement(left, entered, int(cents)) for left, entered, _, cents in moved)
    accounts = [
        AccountTurnover(
            account=account,
            debit_cents=one.debit,
            credit_cents=one.credit,
            balance_cents=one.debit - one.credit,
        )
        for account, one in turnovers.items()
    ]
    return TrialBalance(
        partnership_id=UUID(partnership.id),
        acronym=partnership.acronym,
        at=at,
        currency=CURRENCY,
        accounts=accounts,
        debit_cents=sum(one.debit_cents for one in accounts),
        credit_cents=sum(one.credit_cents for one in accounts),
        balance_cents=sum(one.balance_cents for one in accounts),
        agrees=summed == held_of(budget),
    )


def journal_file(session: Session, partnership: Partnership, at: date) -> str:
    """Answer a book by a day as CSV for the accounts; raise BudgetNotFound if no budget was set.

    An exchange is named by its identifier, as in the list of entries.
    """
    _must_be_set(session, partnership)
    statement = sa.select(E).where(E.partnership_id == partnership.id, E.booked_on <= at).order_by(E.number)
    lines = (
        rules.Line(
            one.number,
            one.booked_on,
            one.kind,
            Movement(one.from_account, one.to_account, one.cents),
            one.subject_id,
            one.text,
        )
        for one in session.scalars(statement)
    )
    return rules.journal_csv(lines, CURRENCY)


def _must_be_set(session: Session, partnership: Partnership) -> Budget:
    budget = session.get(Budget, partnership.id)
    if budget is None:
        raise BudgetNotFound
    return budget
