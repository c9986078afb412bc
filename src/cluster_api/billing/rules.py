"""Value added tax, the state of an invoice, what is still to be paid, and whether a certificate waits for it. Pure.

Amounts are integer cents. The treatment of VAT is this project's proposal, as dated data; an accountant has to confirm
it before invoices are sent. Sources of the rest: domain invariants 22 and 23.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from cluster_api.billing.states import InvoiceState, VatTreatment

HOME = "BE"
"""Where the association of the scheme has its seat."""
WHOLE = 10_000
"""A hundred percent, in hundredths of a percent."""


SETTLED = frozenset({InvoiceState.PAID, InvoiceState.OVERPAID})
"""Nothing is to be paid any more."""


@dataclass(frozen=True, slots=True)
class VatRule:
    """How one treatment taxes from a day on; the rate is in hundredths of a percent."""

    treatment: VatTreatment
    category: str
    basis_points: int
    exemption_code: str | None
    exemption_reason: str | None
    since: date


def treatment_of(country: str, *, is_in_eu: bool, has_vat_id: bool) -> VatTreatment:
    """Answer how a payer in this country is charged VAT.

    At home and inside the EU without a VAT identifier as at home, inside the EU with one by reverse charge, outside
    the EU not at all.
    """
    if country == HOME:
        return VatTreatment.DOMESTIC
    if not is_in_eu:
        return VatTreatment.OUTSIDE_EU
    return VatTreatment.REVERSE_CHARGE if has_vat_id else VatTreatment.DOMESTIC


def rule_on(known: Sequence[VatRule], treatment: VatTreatment, day: date) -> VatRule:
    """Answer the rule of a treatment on a day.

    Raises:
        ValueError: there was none yet.
    """
    applying = [one for one in known if one.treatment is treatment and one.since <= day]
    return max(applying, key=lambda one: one.since)


def vat_on(net_cents: int, basis_points: int) -> int:
    """Answer the tax on a net amount in cents, half a cent rounded up."""
    return (net_cents * basis_points + WHOLE // 2) // WHOLE


@dataclass(frozen=True, slots=True)
class Account:
    """What is asked for and what has come of it, in cents: refunds are taken off what was paid."""

    gross_cents: int
    paid_cents: int
    is_credit: bool = False
    is_credited: bool = False

    @property
    def balance_cents(self) -> int:
        """Answer what is still to be paid; below zero what is owed back. What was taken back asks for nothing."""
        asked = 0 if self.is_credit or self.is_credited else self.gross_cents
        return asked - self.paid_cents

    @property
    def owed_back_cents(self) -> int:
        """Answer what can be refunded."""
        return max(0, -self.balance_cents)


def state_of(due_on: date, today: date, account: Account) -> InvoiceState:
    """Answer where an invoice stands today."""
    if account.is_credit:
        return InvoiceState.CREDIT
    if account.is_credited:
        return InvoiceState.CREDITED
    if account.balance_cents <= 0:
        return InvoiceState.OVERPAID if account.owed_back_cents else InvoiceState.PAID
    if today > due_on:
        return InvoiceState.OVERDUE
    return InvoiceState.PARTLY_PAID if account.paid_cents else InvoiceState.ISSUED


def certificate_waits(states: Iterable[InvoiceState], *, needs_payment: bool) -> bool:
    """Answer whether the certificate of a case waits for a payment (domain invariant 23; a switch of the rule set).

    It does until an invoice of the case is paid, and while another one is open.
    """
    told = [state for state in states if state not in {InvoiceState.CREDIT, InvoiceState.CREDITED}]
    return needs_payment and not (told and SETTLED.issuperset(told))
