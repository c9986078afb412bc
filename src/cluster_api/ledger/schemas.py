"""What goes in and out about budgets."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.fields import WHOLE, CivilDay, Prose
from cluster_api.foundation.paging import PageQuery
from cluster_api.ledger.states import Account, EntryKind

MOST_CENTS = 10_000_000_000_000


class BudgetSet(BaseModel):
    """What a partnership may spend on exchanges."""

    model_config = ConfigDict(extra="forbid")

    budget_cents: Annotated[int, Field(ge=0, le=MOST_CENTS, strict=True), WHOLE] = Field(
        description="Budget for exchanges, in cents; at most the grant.", examples=[5_500_000]
    )
    reason: Prose = Field(description="Why.", examples=["Fifty exchanges at most 1,100 euros each."])


class BudgetRead(BaseModel):
    """What a partnership may spend on exchanges, and where that money stands; every sum is that of its entries."""

    partnership_id: UUID = Field(description="The partnership.")
    acronym: str = Field(description="Its short name.", max_length=60)
    currency: str = Field(description="ISO 4217.", max_length=3, examples=["EUR"])
    budget_cents: int = Field(description="The budget, in cents.", ge=0)
    available_cents: int = Field(description="What is not bound.", ge=0)
    reserved_cents: int = Field(description="For exchanges that are agreed.", ge=0)
    due_cents: int = Field(description="For exchanges that are validated.", ge=0)
    ordered_cents: int = Field(description="Ordered at the bank.", ge=0)
    paid_cents: int = Field(description="Paid.", ge=0)
    recovered_cents: int = Field(description="Paid and paid back.", ge=0)
    balance_cents: int = Field(description="Sum of all accounts, with where the money came from: always 0.")
    entries: int = Field(description="Number of entries.", ge=0)
    version: int = Field(description="Number of the last entry.", ge=0)


class LedgerEntryRead(BaseModel):
    """An entry of a book."""

    number: int = Field(description="Its number in the book.", ge=1)
    kind: EntryKind = Field(description="What it does.")
    from_account: Account = Field(description="Account that it lessens.")
    to_account: Account = Field(description="Account that it adds to.")
    cents: int = Field(description="How much, in cents.", ge=1)
    exchange_id: UUID | None = Field(description="The exchange it is for.")
    booked_on: date = Field(description="Day on which it counts.")
    text: str | None = Field(description="Why.", max_length=300)
    recorded_at: datetime = Field(description="When it was written.")


class LedgerQuery(PageQuery):
    """Which entries of a book."""

    kind: EntryKind | None = Field(default=None, description="What they do.")
    exchange_id: UUID | None = Field(default=None, description="The exchange they are for.")


class BookQuery(BaseModel):
    """A book up to a day."""

    model_config = ConfigDict(extra="forbid")

    at: CivilDay | None = Field(default=None, description="Entries that count by this day; today if left out.")


class AccountTurnover(BaseModel):
    """What came into an account and went out of it."""

    account: Account = Field(description="The account.")
    debit_cents: int = Field(description="What came in, in cents.", ge=0)
    credit_cents: int = Field(description="What went out, in cents.", ge=0)
    balance_cents: int = Field(description="What it holds, in cents; below zero only where the money came from.")


class TrialBalance(BaseModel):
    """The trial balance of a book: debits and credits are the same in total, so that balances sum to zero."""

    partnership_id: UUID = Field(description="The partnership.")
    acronym: str = Field(description="Its short name.", max_length=60)
    at: date = Field(description="Entries that count by this day.")
    currency: str = Field(description="ISO 4217.", max_length=3)
    accounts: list[AccountTurnover] = Field(description="Every account.", max_length=20)
    debit_cents: int = Field(description="All debits, in cents.", ge=0)
    credit_cents: int = Field(description="All credits, in cents: the same.", ge=0)
    balance_cents: int = Field(description="Sum of all balances: always 0.")
    agrees: bool = Field(
        description="Whether what is kept of every account is the sum of all its entries, whatever their day."
    )
