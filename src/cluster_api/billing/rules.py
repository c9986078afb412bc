"""Value added tax, the state of an invoice, and whether a certificate waits for a payment. Pure.

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


def state_of(due_on: date, today: date, *, is_credit: bool, is_credited: bool, is_paid: bool) -> InvoiceState:
    """Answer where an invoice stands today."""
    if is_credit:
        return InvoiceState.CREDIT
    if is_credited:
        return InvoiceState.CREDITED
    if is_paid:
        return InvoiceState.PAID
    return InvoiceState.OVERDUE if today > due_on else InvoiceState.ISSUED


def certificate_waits(states: Iterable[InvoiceState], *, needs_payment: bool) -> bool:
    """Answer whether the certificate of a case waits for a payment (domain invariant 23; a switch of the rule set).

    It does until an invoice of the case is paid, and while another one is open.
    """
    told = [state for state in states if state not in {InvoiceState.CREDIT, InvoiceState.CREDITED}]
    return needs_payment and (not told or any(state is not InvoiceState.PAID for state in told))
