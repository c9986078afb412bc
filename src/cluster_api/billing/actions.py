"""What one can do with invoices: issue, take back by a credit note, record what was paid and refunded.

Nothing is ever changed.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.billing import rules
from cluster_api.billing.errors import (
    InvoiceCredited,
    NotCreditable,
    PayerNotPossible,
    PaymentNotFitting,
    PaymentReferenceUsed,
    RefundNotPossible,
    RenewalPriceNotPossible,
    SellerUnknown,
)
from cluster_api.billing.models import Invoice, InvoicePayment
from cluster_api.billing.queries import accounts_of, credits_of, priced, terms_on, vat_rule
from cluster_api.billing.rules import Account
from cluster_api.billing.schemas import InvoiceCreate, Payer, PaymentCreate
from cluster_api.billing.states import InvoiceKind, PaymentKind
from cluster_api.clusters.queries import get_cluster
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import normalised_number, uuid7
from cluster_api.foundation.registrynumbers import checked_number
from cluster_api.foundation.settings import Seller
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Organisation
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.labels.actions import take_numbers
from cluster_api.labels.models import Label
from cluster_api.methodology.rules import kind_of_case
from cluster_api.methodology.states import CaseKind

PREFIXES = {InvoiceKind.INVOICE: "IN", InvoiceKind.CREDIT_NOTE: "CN"}


def issue(session: Session, actor: Actor, given: InvoiceCreate, seller: Seller | None) -> Invoice:
    """Issue an invoice over the price of a process; its number follows the one before without a gap.

    Raises:
        SellerUnknown, PayerNotPossible, RenewalPriceNotPossible: as named.
        ClusterNotFound, PriceNotFound, ProcessNotOffered: there is no such applicant or price.
    """
    actor.must(Permission.INVOICES_ISSUE)
    if seller is None:
        raise SellerUnknown
    cluster = get_cluster(session, actor, str(given.cluster_id))
    payer = _payer(given.payer)
    organisation_id = _organisation(session, given)
    if given.kind is CaseKind.RENEWAL:
        _must_be_in_window(session, given)
    edition, price = priced(session, given.level, given.kind, given.mode, given.applied_on)
    rule = vat_rule(given.payer.country, has_vat_id="vat_id" in payer, day=actor.today)
    return _write(
        session,
        actor,
        InvoiceKind.INVOICE,
        cluster_id=cluster.id,
        organisation_id=organisation_id,
        case_id=None if given.case_id is None else str(given.case_id),
        level=given.level,
        case_kind=given.kind,
        mode=given.mode,
        price_list=edition.code,
        price_list_version=edition.version,
        text=f"{given.level.value.title()} label, {given.kind.value}: {price.text}",
        due_on=actor.today + timedelta(days=seller.days_to_pay),
        currency=edition.document.currency,
        net_cents=price.net_cents,
        vat_treatment=rule.treatment,
        vat_category=rule.category,
        vat_basis_points=rule.basis_points,
        vat_exemption_code=rule.exemption_code,
        vat_exemption_reason=rule.exemption_reason,
        vat_cents=rules.vat_on(price.net_cents, rule.basis_points),
        seller=seller.model_dump(exclude={"days_to_pay"}),
        payer=payer,
    )


def _payer(given: Payer) -> dict[str, str]:
    told = given.model_dump(exclude_none=True)
    if given.vat_id is None:
        return told
    try:
        vat_id = checked_number("vat", given.vat_id, given.country)
    except ValueError as error:
        raise _refused("vat_id", "malformed", str(error)) from error
    # Greece writes EL before its numbers.
    wanted = {"GR": "EL"}.get(given.country, given.country)
    if not vat_id.startswith(wanted):
        raise _refused("vat_id", "other_country", f"A VAT identifier of {given.country} begins with {wanted}.")
    return {**told, "vat_id": vat_id}


def _refused(member: str, code: str, detail: str) -> PayerNotPossible:
    return PayerNotPossible(detail, faults=[Fault(f"/body/payer/{member}", code, detail)])


def _organisation(session: Session, given: InvoiceCreate) -> str | None:
    if given.organisation_id is None:
        return None
    found = session.get(Organisation, str(given.organisation_id))
    if found is None:
        detail = "There is no such organisation."
        raise PayerNotPossible(detail, faults=[Fault("/body/organisation_id", "unknown", detail)])
    return found.id


def _must_be_in_window(session: Session, given: InvoiceCreate) -> None:
    """Raise RenewalPriceNotPossible unless the visit is in the window of the renewed label (domain invariant 22)."""
    number, visit_on = normalised_number(given.renews or ""), given.visit_on or given.applied_on
    label = session.scalar(sa.select(Label).where(Label.number == number, Label.cluster_id == str(given.cluster_id)))
    if label is None or label.level is not given.level:
        detail = "The applicant has no label of this level with this number."
        raise RenewalPriceNotPossible(detail, faults=[Fault("/body/renews", "unknown", detail)])
    terms = terms_on(session, visit_on)
    if terms is None or kind_of_case(label.valid_until, visit_on, terms) is not CaseKind.RENEWAL:
        detail = f"A visit on {visit_on} does not renew a label that ends on {label.valid_until}."
        raise RenewalPriceNotPossible(detail, faults=[Fault("/body/visit_on", "outside_window", detail)])


def _write(session: Session, actor: Actor, kind: InvoiceKind, **facts: Any) -> Invoice:
    invoice = Invoice(
        id=str(uuid7()),
        number=take_numbers(session, actor.today.year, 1, prefix=PREFIXES[kind])[0],
        kind=kind,
        issued_on=actor.today,
        author=actor.name,
        created_at=actor.now,
        **facts,
    )
    session.add(invoice)
    session.flush()
    gross = invoice.net_cents + invoice.vat_cents
    details = {"number": invoice.number, "gross_cents": gross, "currency": invoice.currency}
    event = "invoice.issued" if kind is InvoiceKind.INVOICE else "invoice.credited"
    subject = invoice.id if invoice.credits_id is None else invoice.credits_id
    record(session, actor.author, event, ("invoice", subject), reason=invoice.reason, details=details)
    return invoice


COPIED = (
    "cluster_id", "organisation_id", "case_id", "level", "case_kind", "mode", "price_list", "price_list_version",
    "text", "currency", "net_cents", "vat_treatment", "vat_category", "vat_basis_points", "vat_exemption_code",
    "vat_exemption_reason", "vat_cents", "seller", "payer",
)  # fmt: skip


def credit(session: Session, actor: Actor, invoice: Invoice, *, reason: str) -> Invoice:
    """Take an invoice back as a whole, by a credit note with a number of its own series, and answer the credit note.

    The invoice must be locked by the caller. Raise NotCreditable for a credit note, or what was taken back before.
    """
    actor.must(Permission.INVOICES_ISSUE)
    if invoice.kind is InvoiceKind.CREDIT_NOTE or credits_of(session, [invoice]):
        raise NotCreditable
    facts = {name: getattr(invoice, name) for name in COPIED}
    return _write(
        session,
        actor,
        InvoiceKind.CREDIT_NOTE,
        credits_id=invoice.id,
        reason=reason,
        due_on=actor.today,
        **facts,
    )


def record_payment(session: Session, actor: Actor, invoice: Invoice, given: PaymentCreate) -> InvoicePayment:
    """Record that money came for an invoice: all, a part, or too much, which is owed back.

    The same payment told again is answered as it is on record. The invoice must be locked by the caller.

    Raises:
        PaymentReferenceUsed, InvoiceCredited, PaymentNotFitting: as named.
    """
    actor.must(Permission.INVOICES_ISSUE)
    known = _told_before(session, PaymentKind.PAYMENT, invoice, given)
    if known is not None:
        return known
    account = accounts_of(session, [invoice])[invoice.id]
    if account.is_credited:
        raise InvoiceCredited
    if account.is_credit:
        detail = f"{invoice.number} is a credit note."
        raise PaymentNotFitting(detail, faults=[Fault("/body/amount_cents", "credit_note", detail)])
    after = replace(account, paid_cents=account.paid_cents + given.amount_cents)
    event = "invoice.partly_paid" if after.balance_cents > 0 else "invoice.paid"
    event = "invoice.overpaid" if after.owed_back_cents else event
    return _move(session, actor, PaymentKind.PAYMENT, (invoice, given), event, after)


def refund(session: Session, actor: Actor, invoice: Invoice, given: PaymentCreate) -> InvoicePayment:
    """Record that money went back: what was paid too much, or on an invoice that was taken back.

    The same refund told again is answered as it is on record. The invoice must be locked by the caller.

    Raises:
        PaymentReferenceUsed, RefundNotPossible, PaymentNotFitting: as named.
    """
    actor.must(Permission.INVOICES_ISSUE)
    known = _told_before(session, PaymentKind.REFUND, invoice, given)
    if known is not None:
        return known
    account = accounts_of(session, [invoice])[invoice.id]
    if given.amount_cents > account.owed_back_cents:
        detail = f"{account.owed_back_cents} cents are owed back on {invoice.number}."
        raise RefundNotPossible(detail, faults=[Fault("/body/amount_cents", "not_owed", detail)])
    after = replace(account, paid_cents=account.paid_cents - given.amount_cents)
    return _move(session, actor, PaymentKind.REFUND, (invoice, given), "invoice.refunded", after)


def _told_before(session: Session, kind: PaymentKind, invoice: Invoice, given: PaymentCreate) -> InvoicePayment | None:
    known = session.scalar(sa.select(InvoicePayment).where(InvoicePayment.reference == given.reference))
    if known is None:
        return None
    told = (kind, invoice.id, given.amount_cents, given.paid_on)
    if (known.kind, known.invoice_id, known.amount_cents, known.paid_on) != told:
        raise PaymentReferenceUsed
    return known


def _move(
    session: Session,
    actor: Actor,
    kind: PaymentKind,
    what: tuple[Invoice, PaymentCreate],
    event: str,
    after: Account,
) -> InvoicePayment:
    invoice, given = what
    if not invoice.issued_on <= given.paid_on <= actor.today:
        detail = f"It was issued on {invoice.issued_on}; today is {actor.today}."
        raise PaymentNotFitting(detail, faults=[Fault("/body/paid_on", "impossible_day", detail)])
    payment = InvoicePayment(
        id=str(uuid7()),
        kind=kind,
        invoice_id=invoice.id,
        reference=given.reference,
        amount_cents=given.amount_cents,
        paid_on=given.paid_on,
        author=actor.name,
        recorded_at=actor.now,
    )
    session.add(payment)
    session.flush()
    details = {
        "number": invoice.number,
        "amount_cents": given.amount_cents,
        "paid_on": given.paid_on.isoformat(),
        "balance_cents": after.balance_cents,
    }
    record(session, actor.author, event, ("invoice", invoice.id), details=details)
    return payment
