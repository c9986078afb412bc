"""What one can ask about prices and invoices; who asks decides what there is."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from cluster_api.billing import rules
from cluster_api.billing.errors import InvoiceNotFound, ProcessNotOffered
from cluster_api.billing.models import Invoice, InvoicePayment
from cluster_api.billing.rules import Account, VatRule
from cluster_api.billing.schemas import InvoiceQuery, InvoiceRead, PaymentRead, QuoteQuery, QuoteRead
from cluster_api.billing.states import InvoiceKind, InvoiceState, PaymentKind, VatTreatment
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.states import Level
from cluster_api.einvoices.rules import ubl_of
from cluster_api.einvoices.schemas import Document, Party, Tax
from cluster_api.foundation.conditional import tag_of_bytes
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.identifiers import normalised_number
from cluster_api.foundation.paging import Page, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.methodology.errors import PriceNotFound
from cluster_api.methodology.queries import Edition, in_force
from cluster_api.methodology.rules import price_of
from cluster_api.methodology.schemas import Price, Terms
from cluster_api.methodology.states import CaseKind, MethodologyKind, VisitMode
from cluster_api.vocabularies.queries import country as country_of

IN_EU = "EU27"
CREDIT = aliased(Invoice)


@cache
def vat_rules() -> Sequence[VatRule]:
    """Answer every rule of VAT there is or was."""
    return [
        VatRule(
            treatment=VatTreatment(row["treatment"]),
            category=row["category"],
            basis_points=int(Decimal(row["percent"]) * 100),
            exemption_code=row["exemption_code"] or None,
            exemption_reason=row["exemption_reason"] or None,
            since=date.fromisoformat(row["since"]),
        )
        for row in data_rows("cluster_api.billing", "vat")
    ]


def vat_rule(country: str, *, has_vat_id: bool, day: date) -> VatRule:
    """Answer how a payer in this country is charged VAT on a day."""
    is_in_eu = country_of(country).group == IN_EU
    return rules.rule_on(vat_rules(), rules.treatment_of(country, is_in_eu=is_in_eu, has_vat_id=has_vat_id), day)


def priced(session: Session, level: Level, kind: CaseKind, mode: VisitMode, day: date) -> tuple[Edition, Price]:
    """Answer the price of a process that is applied for on a day, and the list it is from (domain invariant 22).

    Raises:
        PriceNotFound: no price list applies on that day.
        ProcessNotOffered: the list does not offer it.
    """
    edition = in_force(session, MethodologyKind.PRICE_LIST, day)
    if edition is None:
        raise PriceNotFound(f"No price list applies on {day}.")
    price = price_of(edition.document, level, kind, mode)
    if price is None:
        raise ProcessNotOffered(f"{edition.code} does not offer {level} ({kind}, {mode}).")
    return edition, price


def quote(session: Session, query: QuoteQuery, today: date) -> QuoteRead:
    """Answer what a process costs on a day; raise PriceNotFound or ProcessNotOffered."""
    day = query.on or today
    edition, price = priced(session, query.level, query.kind, query.mode, day)
    rule = vat_rule(query.country, has_vat_id=query.has_vat_id, day=max(day, rules_begin()))
    vat = rules.vat_on(price.net_cents, rule.basis_points)
    return QuoteRead(
        currency=edition.document.currency,
        net_cents=price.net_cents,
        vat_treatment=rule.treatment,
        vat_percent=rule.basis_points / 100,
        vat_cents=vat,
        gross_cents=price.net_cents + vat,
        level=query.level,
        kind=query.kind,
        mode=query.mode,
        on=day,
        text=price.text,
        price_list=edition.code,
        price_list_version=edition.version,
        vat_note=rule.exemption_reason,
    )


def rules_begin() -> date:
    """Answer the first day on which every treatment of VAT has a rule."""
    return max(min(one.since for one in vat_rules() if one.treatment is treatment) for treatment in VatTreatment)


def terms_on(session: Session, day: date) -> Terms | None:
    """Answer the terms of the rule set that applies on a day."""
    edition = in_force(session, MethodologyKind.RULE_SET, day)
    return None if edition is None else edition.document.terms


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller may know of an invoice: it pays it, or it is for its cluster."""
    if actor.can(Permission.INVOICES_READ_ALL):
        return sa.true()
    own = actor.where(Permission.INVOICES_READ)
    clusters = sa.select(Cluster.id).where(Cluster.owner_id.in_(own))
    return sa.or_(Invoice.organisation_id.in_(own), Invoice.cluster_id.in_(clusters))


def must_see_some(actor: Actor) -> None:
    """Raise CredentialsRequired or PermissionMissing to a caller for whom there can be no invoices."""
    actor.must_any(Permission.INVOICES_READ, Permission.INVOICES_READ_ALL)


def get_invoice(session: Session, actor: Actor, number: str, *, for_change: bool = False) -> Invoice:
    """Answer an invoice or credit note of which the caller may know; raise InvoiceNotFound.

    ``for_change`` locks the row until the transaction ends: payment and credit note take turns on it.
    """
    must_see_some(actor)
    statement = sa.select(Invoice).where(Invoice.number == normalised_number(number), visible(actor))
    if for_change:
        statement = statement.with_for_update()
    found = session.scalar(statement)
    if found is None:
        raise InvoiceNotFound
    return found


def payments_of(session: Session, invoices: Sequence[Invoice]) -> Mapping[str, list[InvoicePayment]]:
    """Answer payments and refunds of these invoices, in the order of record, by the invoice."""
    statement = sa.select(InvoicePayment).where(InvoicePayment.invoice_id.in_([one.id for one in invoices]))
    found: dict[str, list[InvoicePayment]] = {one.id: [] for one in invoices}
    for payment in session.scalars(statement.order_by(InvoicePayment.id)):
        found[payment.invoice_id].append(payment)
    return found


SIGNS: Mapping[PaymentKind, int] = {PaymentKind.PAYMENT: 1, PaymentKind.REFUND: -1}


def accounts_of(session: Session, invoices: Sequence[Invoice]) -> dict[str, Account]:
    """Answer what is asked for and what was paid, by invoice."""
    payments, credited = payments_of(session, invoices), credits_of(session, invoices)
    return {
        one.id: Account(
            one.net_cents + one.vat_cents,
            sum(SIGNS[payment.kind] * payment.amount_cents for payment in payments[one.id]),
            is_credit=one.kind is InvoiceKind.CREDIT_NOTE,
            is_credited=one.id in credited,
        )
        for one in invoices
    }


def credits_of(session: Session, invoices: Sequence[Invoice]) -> Mapping[str, str]:
    """Answer the numbers of the credit notes that take these invoices back, by the invoice taken back."""
    statement = sa.select(Invoice.credits_id, Invoice.number).where(
        Invoice.credits_id.in_([one.id for one in invoices])
    )
    return {str(credited): number for credited, number in session.execute(statement)}


def _credited_numbers(session: Session, invoices: Sequence[Invoice]) -> Mapping[str, str]:
    ids = [one.credits_id for one in invoices if one.credits_id is not None]
    rows = session.execute(sa.select(Invoice.id, Invoice.number).where(Invoice.id.in_(ids)))
    return {str(key): number for key, number in rows}


def states_of(session: Session, invoices: Sequence[Invoice], today: date) -> dict[str, InvoiceState]:
    """Answer where these invoices stand today, by their identifiers."""
    accounts = accounts_of(session, invoices)
    return {one.id: rules.state_of(one.due_on, today, accounts[one.id]) for one in invoices}


def certificate_waits(session: Session, case_id: str, terms: Terms, today: date) -> bool:
    """Answer whether the certificate of a case waits for a payment, by the terms it is bound to (invariant 23)."""
    invoices = session.scalars(sa.select(Invoice).where(Invoice.case_id == case_id)).all()
    states = states_of(session, invoices, today)
    return rules.certificate_waits(states.values(), needs_payment=terms.certificate_needs_payment.value)


def _moves(account: Account) -> list[str]:
    # What comes after an invoice is paid is money all the same: it is put on record and owed back.
    is_open = not account.is_credit and not account.is_credited
    return (["record_payment", "credit"] if is_open else []) + (["refund"] if account.owed_back_cents else [])


def read_invoices(session: Session, actor: Actor, invoices: Sequence[Invoice]) -> list[InvoiceRead]:
    """Answer invoices as they are shown to this caller, at the cost of the same few queries for one and for many."""
    payments, credited = payments_of(session, invoices), credits_of(session, invoices)
    accounts, numbers = accounts_of(session, invoices), _credited_numbers(session, invoices)
    issues = actor.can(Permission.INVOICES_ISSUE)
    return [
        _read(
            one,
            account=accounts[one.id],
            state=rules.state_of(one.due_on, actor.today, accounts[one.id]),
            credits=numbers.get(one.credits_id or ""),
            credited_by=credited.get(one.id),
            payments=[PaymentRead.model_validate(paid, from_attributes=True) for paid in payments[one.id]],
            allowed_moves=_moves(accounts[one.id]) if issues else [],
        )
        for one in invoices
    ]


AS_KEPT = (
    "number", "kind", "reason", "cluster_id", "organisation_id", "case_id", "level", "case_kind", "mode", "price_list",
    "price_list_version", "text", "issued_on", "due_on", "currency", "net_cents", "vat_treatment", "vat_cents",
    "seller", "payer", "created_at",
)  # fmt: skip


def _read(invoice: Invoice, *, account: Account, **told: Any) -> InvoiceRead:
    return InvoiceRead(
        **{name: getattr(invoice, name) for name in AS_KEPT},
        vat_percent=invoice.vat_basis_points / 100,
        gross_cents=invoice.net_cents + invoice.vat_cents,
        vat_note=invoice.vat_exemption_reason,
        paid_cents=account.paid_cents,
        balance_cents=account.balance_cents,
        **told,
    )


def tag_of(shown: InvoiceRead) -> str:
    """Answer the entity tag of an invoice: it changes when money moves, when it is credited or overdue."""
    return tag_of_bytes(shown.model_dump_json().encode())


def _in_state(state: str, today: date) -> sa.ColumnElement[bool]:
    is_credit = Invoice.kind == InvoiceKind.CREDIT_NOTE
    is_credited = sa.exists().where(CREDIT.credits_id == Invoice.id)
    signed = sa.case(
        (InvoicePayment.kind == PaymentKind.REFUND, -InvoicePayment.amount_cents), else_=InvoicePayment.amount_cents
    )
    summed = sa.select(sa.func.coalesce(sa.func.sum(signed), 0)).where(InvoicePayment.invoice_id == Invoice.id)
    paid, gross = summed.scalar_subquery(), Invoice.net_cents + Invoice.vat_cents
    asks = ~is_credit & ~is_credited
    is_due = asks & (paid < gross) & (Invoice.due_on >= today)
    return {
        InvoiceState.CREDIT: is_credit,
        InvoiceState.CREDITED: ~is_credit & is_credited,
        InvoiceState.PAID: asks & (paid == gross),
        InvoiceState.OVERPAID: asks & (paid > gross),
        InvoiceState.OVERDUE: asks & (paid < gross) & (Invoice.due_on < today),
        InvoiceState.PARTLY_PAID: is_due & (paid > 0),
        InvoiceState.ISSUED: is_due & (paid == 0),
    }[InvoiceState(state)]


def invoices_page(session: Session, actor: Actor, query: InvoiceQuery) -> Page[InvoiceRead]:
    """Answer a page of invoices and credit notes, the latest first; raise Invalid for a cursor of another question."""
    must_see_some(actor)
    question = question_of({"of": "invoices", "view": actor.view, **query.model_dump(mode="json")})
    statement = sa.select(Invoice).where(visible(actor))
    if query.kind is not None:
        statement = statement.where(Invoice.kind == query.kind)
    if query.state is not None:
        statement = statement.where(_in_state(query.state, actor.today))
    if query.cluster_id is not None:
        statement = statement.where(Invoice.cluster_id == str(query.cluster_id))
    if query.cursor is not None:
        statement = statement.where(Invoice.id < read_cursor(query.cursor, question, [UUID])[0])
    found = session.scalars(statement.order_by(Invoice.id.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(
        items=read_invoices(session, actor, shown),
        next=write_cursor(question, [shown[-1].id]) if len(found) > query.limit else None,
    )


def ubl(session: Session, invoice: Invoice) -> bytes:
    """Answer an invoice or credit note as a file for the accounts (UBL 2.1, EN 16931)."""
    credited = None if invoice.credits_id is None else session.get_one(Invoice, invoice.credits_id)
    seller = dict(invoice.seller)
    iban = seller.pop("iban")
    return ubl_of(
        Document(
            number=invoice.number,
            issued_on=invoice.issued_on,
            due_on=invoice.due_on,
            currency=invoice.currency,
            seller=Party(**seller),
            buyer=Party(**invoice.payer),
            iban=iban,
            text=invoice.text,
            net_cents=invoice.net_cents,
            vat_cents=invoice.vat_cents,
            tax=Tax(
                invoice.vat_category,
                invoice.vat_basis_points,
                invoice.vat_exemption_code,
                invoice.vat_exemption_reason,
            ),
            credits=None if credited is None else credited.number,
            credits_issued_on=None if credited is None else credited.issued_on,
        )
    )
