"""The life of an order to the bank."""

from enum import StrEnum


class PaymentState(StrEnum):
    """Where an order stands."""

    ORDERED = "ordered"
    PAID = "paid"
    FAILED = "failed"
    """The bank has not carried it out: the sum is due again."""
    RETURNED = "returned"
    """It was paid and came back: the sum is due again."""


LIVE = frozenset({PaymentState.ORDERED, PaymentState.PAID})
"""At most one of these for an exchange (invariant 15)."""
