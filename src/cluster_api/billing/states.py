"""Where an invoice stands, what kinds of documents there are, and how they are taxed."""

from enum import StrEnum


class InvoiceKind(StrEnum):
    """An invoice, or what takes one back."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceState(StrEnum):
    """Where an invoice stands today: computed from payments, credit note and the last day to pay, never stored."""

    ISSUED = "issued"
    PARTLY_PAID = "partly_paid"
    """Something was paid, and the last day to pay is to come."""
    OVERDUE = "overdue"
    PAID = "paid"
    OVERPAID = "overpaid"
    """More was paid than was asked for: the rest is owed back."""
    CREDITED = "credited"
    CREDIT = "credit"
    """It is a credit note: there is nothing to pay."""


class PaymentKind(StrEnum):
    """Which way money went."""

    PAYMENT = "payment"
    REFUND = "refund"


class VatTreatment(StrEnum):
    """How value added tax is charged."""

    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse_charge"
    OUTSIDE_EU = "outside_eu"
