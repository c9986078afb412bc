"""The tables of the books. An entry is written once: triggers on both databases refuse to change or remove it.

What the accounts hold is kept beside the book, by the database alone: a trigger on new entries carries it on, and
another refuses every change of a book that is not exactly its next entry. So what is kept is the sum of the entries.
"""

from datetime import date, datetime
from typing import Annotated

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Identifier, Key, Reference, one_of
from cluster_api.ledger.states import MOVES, Account, EntryKind

LEGS = " OR ".join(
    f"(kind = '{kind.value}' AND from_account = '{left.value}' AND to_account = '{entered.value}')"
    for kind, (left, entered) in MOVES.items()
)
BALANCED = f"{' + '.join(f'{account.value}_cents' for account in Account)} = 0"
COVERED = " AND ".join(f"{account.value}_cents >= 0" for account in Account if account is not Account.FUNDING)
Kept = Annotated[int, mapped_column(sa.BigInteger, server_default="0")]
"""What an account holds, in cents."""


class Budget(Base):
    """The book of a partnership: whoever writes into it holds this row, and it changes with its entries only."""

    __tablename__ = "budget"
    __table_args__ = (
        sa.CheckConstraint(BALANCED, name="accounts_balance"),
        sa.CheckConstraint(COVERED, name="account_below_zero"),
    )

    partnership_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("partnership.id"), primary_key=True)
    version: Mapped[int]  # the number of its last entry
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]  # when its last entry was recorded
    funding_cents: Mapped[Kept]
    available_cents: Mapped[Kept]
    reserved_cents: Mapped[Kept]
    due_cents: Mapped[Kept]
    ordered_cents: Mapped[Kept]
    paid_cents: Mapped[Kept]
    recovered_cents: Mapped[Kept]


class LedgerEntry(Base):
    """Money that moved from one account of a budget to another."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        one_of("kind", EntryKind),
        one_of("from_account", Account),
        one_of("to_account", Account),
        sa.CheckConstraint("cents > 0", name="cents_positive"),
        sa.CheckConstraint(LEGS, name="legs_fit"),
        sa.UniqueConstraint("partnership_id", "number", name="uq_ledger_entry_number"),
        sa.Index("ix_ledger_entry_subject_id", "subject_id", "number"),
    )

    id: Mapped[Key]
    partnership_id: Mapped[Reference] = mapped_column(sa.ForeignKey("budget.partnership_id"))
    number: Mapped[int]
    kind: Mapped[EntryKind] = mapped_column(Choice(EntryKind))
    from_account: Mapped[Account] = mapped_column(Choice(Account))
    to_account: Mapped[Account] = mapped_column(Choice(Account))
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    subject_id: Mapped[Reference | None]  # the exchange it is for
    booked_on: Mapped[date]
    text: Mapped[str | None] = mapped_column(sa.String(300))
    author: Mapped[str] = mapped_column(sa.String(200))
    recorded_at: Mapped[datetime]
