"""What a line of a statement says, and what can come of it."""

from enum import StrEnum


class LineKind(StrEnum):
    """What a line says about an order."""

    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"
    OTHER = "other"
    """Money that came, which no order asked for."""


class SettledAs(StrEnum):
    """What came of a line."""

    APPLIED_PAID = "applied_paid"
    APPLIED_FAILED = "applied_failed"
    APPLIED_RETURNED = "applied_returned"
    NO_REFERENCE = "no_reference"
    UNKNOWN_REFERENCE = "unknown_reference"
    OTHER_AMOUNT = "other_amount"
    OTHER_CURRENCY = "other_currency"
    ALREADY_SETTLED = "already_settled"
    NOT_PAID_YET = "not_paid_yet"
    NOT_AN_ORDER = "not_an_order"
    RECOVERED_BEFORE = "recovered_before"
    """Given back by the bank, after some of it had been paid back by who had received it."""
