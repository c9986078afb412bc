"""Where an invoice stands, what kinds of documents there are, and how they are taxed."""

from enum import StrEnum


class InvoiceKind(StrEnum):
    """An invoice, or what takes one back."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceState(StrEnum):
    """Where an invoice stands today: computed from payment, credit note and the last day to pay, never stored."""

    ISSUED = "issued"
    OVERDUE = "overdue"
    PAID = "paid"
    CREDITED = "credited"
    CREDIT = "credit"
    """It is a credit note: there is nothing to pay."""


class VatTreatment(StrEnum):
    """How value added tax is charged."""

    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse_charge"
    OUTSIDE_EU = "outside_eu"
