"""The accounts of a budget, and what moves money between them."""

from collections.abc import Mapping
from enum import StrEnum


class Account(StrEnum):
    """Where money of a budget stands."""

    FUNDING = "funding"
    """Where it comes from: the only account that goes below zero, so that all together are zero."""
    AVAILABLE = "available"
    RESERVED = "reserved"
    DUE = "due"
    ORDERED = "ordered"
    PAID = "paid"
    RECOVERED = "recovered"
    """Paid, and paid back by who had received it. It is not spent again before the budget is set anew."""


class EntryKind(StrEnum):
    """What an entry does."""

    SET = "set"
    """The budget is given, or given more."""
    CUT = "cut"
    RESERVE = "reserve"
    RELEASE = "release"
    BECOME_DUE = "become_due"
    ORDER = "order"
    FAIL = "fail"
    """An order was not carried out: the sum is due again."""
    PAY = "pay"
    RETURN = "return"
    """A payment came back from the bank: the sum is due again."""
    RECOVER = "recover"


A = Account

MOVES: Mapping[EntryKind, tuple[Account, Account]] = {
    EntryKind.SET: (A.FUNDING, A.AVAILABLE),
    EntryKind.CUT: (A.AVAILABLE, A.FUNDING),
    EntryKind.RESERVE: (A.AVAILABLE, A.RESERVED),
    EntryKind.RELEASE: (A.RESERVED, A.AVAILABLE),
    EntryKind.BECOME_DUE: (A.RESERVED, A.DUE),
    EntryKind.ORDER: (A.DUE, A.ORDERED),
    EntryKind.FAIL: (A.ORDERED, A.DUE),
    EntryKind.PAY: (A.ORDERED, A.PAID),
    EntryKind.RETURN: (A.PAID, A.DUE),
    EntryKind.RECOVER: (A.PAID, A.RECOVERED),
}
"""From which account to which each kind of entry moves money: the two legs of double entry (programme, 8.2)."""
SHARED = frozenset({A.FUNDING, A.AVAILABLE})
"""Accounts whose money is for no exchange in particular."""
