"""What accounts hold, and whether money can move. Pure.

Sources: programme, 1.4; invariants 14 and 19: what is reserved, due, ordered and paid never exceeds the budget, and a
balance is the sum of its entries.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cluster_api.ledger.states import MOVES, Account, EntryKind


@dataclass(frozen=True, slots=True)
class Movement:
    """Cents that went from one account to another."""

    from_account: Account
    to_account: Account
    cents: int


def movement(kind: EntryKind, cents: int) -> Movement:
    """Answer what an entry of this kind moves."""
    left, entered = MOVES[kind]
    return Movement(left, entered, cents)


def balances(movements: Iterable[Movement]) -> dict[Account, int]:
    """Answer what every account holds, in cents; all together are zero (invariant 19)."""
    held = dict.fromkeys(Account, 0)
    for one in movements:
        held[one.from_account] -= one.cents
        held[one.to_account] += one.cents
    return held


def can_move(held: Mapping[Account, int], kind: EntryKind, cents: int) -> bool:
    """Answer whether money is there to be moved: no account goes below zero but the one it all comes from."""
    left = MOVES[kind][0]
    return cents > 0 and (left is Account.FUNDING or held[left] >= cents)


def budget_of(held: Mapping[Account, int]) -> int:
    """Answer the budget: what came from the funding."""
    return -held[Account.FUNDING]


@dataclass(frozen=True, slots=True)
class Turnover:
    """What came into an account and went out of it, in cents."""

    debit: int = 0
    credit: int = 0


def trial_balance(movements: Iterable[Movement]) -> dict[Account, Turnover]:
    """Answer the turnover of every account: debits and credits are the same in total (invariant 19)."""
    debits, credits_ = dict.fromkeys(Account, 0), dict.fromkeys(Account, 0)
    for one in movements:
        credits_[one.from_account] += one.cents
        debits[one.to_account] += one.cents
    return {account: Turnover(debits[account], credits_[account]) for account in Account}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as a file for the accounts has it."""

    number: int
    booked_on: date
    kind: EntryKind
    movement: Movement
    exchange: str | None
    text: str | None


JOURNAL = ("number", "booked_on", "kind", "debit", "credit", "amount", "currency", "exchange", "text")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the beginning of a cell; an apostrophe before it keeps it text."""


def journal_csv(lines: Iterable[Line], currency: str) -> str:
    """Answer a book as CSV (RFC 4180) with a header: one line an entry, amounts with two decimals."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(JOURNAL)
    for one in lines:
        moved = one.movement
        amount = f"{moved.cents // 100}.{moved.cents % 100:02d}"
        text = one.text or ""
        said = f"'{text}" if text.startswith(FORMULA) else text
        accounts = (moved.to_account.value, moved.from_account.value)
        writer.writerow([one.number, one.booked_on, one.kind.value, *accounts, amount, currency, one.exchange, said])
    return out.getvalue()
