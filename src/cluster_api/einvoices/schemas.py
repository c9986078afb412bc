"""What an electronic invoice is made of: plain values, in the terms of EN 16931 (business terms BT-…)."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or buyer: name (BT-27, BT-44), address, VAT identifier (BT-31, BT-48), registration (BT-30, BT-47)."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    vat_id: str | None = None
    company_id: str | None = None


@dataclass(frozen=True, slots=True)
class Tax:
    """How the one line is taxed: category (UNCL5305, BT-151), rate in hundredths of a percent, why there is none."""

    category: str
    basis_points: int
    exemption_code: str | None = None
    exemption_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice, or the credit note that takes one back, with its one line; amounts in cents."""

    number: str
    issued_on: date
    due_on: date
    currency: str
    seller: Party
    buyer: Party
    iban: str
    text: str
    net_cents: int
    vat_cents: int
    tax: Tax
    credits: str | None = None
    credits_issued_on: date | None = None

    @property
    def gross_cents(self) -> int:
        """Answer the amount to pay, tax included (BT-112, BT-115)."""
        return self.net_cents + self.vat_cents
