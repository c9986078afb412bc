"""Quotes and invoices over HTTP; quotes are public, invoices are seen by who pays and by whom they are for."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from cluster_api.billing import actions, queries
from cluster_api.billing.errors import (
    InvoiceCredited,
    InvoiceNotFound,
    NotCreditable,
    PayerNotPossible,
    PaymentNotFitting,
    PaymentReferenceUsed,
    ProcessNotOffered,
    RefundNotPossible,
    RenewalPriceNotPossible,
    SellerUnknown,
)
from cluster_api.billing.models import Invoice
from cluster_api.billing.schemas import (
    EXAMPLE_NUMBER,
    CreditCreate,
    InvoiceCreate,
    InvoiceQuery,
    InvoiceRead,
    PaymentCreate,
    QuoteQuery,
    QuoteRead,
)
from cluster_api.clusters.errors import ClusterNotFound
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_bytes
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, PUBLIC, problems
from cluster_api.foundation.paging import Page, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, NeededKey
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.methodology.errors import PriceNotFound

router = APIRouter(prefix="/v1/invoices", tags=["billing"])
quotes = APIRouter(tags=["billing"])

XML = "application/xml"
READING: tuple[type[Problem], ...] = (*KEYED, InvoiceNotFound)
CHANGING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale)

Number = Annotated[
    str,
    Path(
        min_length=1,
        max_length=60,
        pattern=r"^[0-9A-Za-z \-]+$",
        description="Number of an invoice or credit note.",
        examples=[EXAMPLE_NUMBER],
    ),
]


def _shown(session: Session, actor: Actor, invoice: Invoice, response: Response) -> InvoiceRead:
    (shown,) = queries.read_invoices(session, actor, [invoice])
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = queries.tag_of(shown)
    return shown


def _to_change(session: Session, actor: Actor, number: str, if_match: str | None) -> Invoice:
    invoice = queries.get_invoice(session, actor, number, for_change=True)
    (shown,) = queries.read_invoices(session, actor, [invoice])
    require_match(if_match, queries.tag_of(shown))
    return invoice


@quotes.get(
    "/v1/quotes",
    operation_id="get_quote",
    summary="Ask what a process costs",
    responses=problems(PriceNotFound, ProcessNotOffered),
)
def get_quote(
    request: Request, response: Response, session: DbSession, query: Annotated[QuoteQuery, Query()]
) -> QuoteRead:
    """Ask what a process costs on a day, with and without value added tax; nothing is promised by it."""
    response.headers["Cache-Control"] = PUBLIC
    return queries.quote(session, query, civil_date(request.app.state.clock.now()))


@router.get("", operation_id="list_invoices", summary="List invoices", responses=problems(*KEYED))
def list_invoices(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[InvoiceQuery, Query()],
) -> Page[InvoiceRead]:
    """List invoices and credit notes of which the caller may know, the latest first."""
    page = queries.invoices_page(session, actor, query)
    return private_page(request, response, page)


@router.post(
    "",
    operation_id="issue_invoice",
    summary="Issue an invoice",
    status_code=201,
    responses=problems(
        *KEYED,
        ClusterNotFound,
        PriceNotFound,
        ProcessNotOffered,
        SellerUnknown,
        PayerNotPossible,
        RenewalPriceNotPossible,
    ),
)
def issue_invoice(
    request: Request,
    session: DbSession,
    actor: CurrentActor,
    given: InvoiceCreate,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
) -> InvoiceRead:
    """Issue an invoice over the price of a process; it never changes, and a credit note takes it back."""
    invoice = actions.issue(session, actor, given, request.app.state.settings.seller)
    response.headers["Location"] = f"{router.prefix}/{invoice.number}"
    return _shown(session, actor, invoice, response)


@router.get("/{number}", operation_id="get_invoice", summary="Show an invoice", responses=problems(*READING))
def get_invoice(session: DbSession, actor: CurrentActor, number: Number, response: Response) -> InvoiceRead:
    """Show an invoice or credit note, and where it stands today."""
    return _shown(session, actor, queries.get_invoice(session, actor, number), response)


@router.get(
    "/{number}/ubl",
    operation_id="get_invoice_file",
    summary="Get an invoice as a file",
    response_class=Response,
    responses={
        **problems(*READING),
        200: {"description": "The invoice.", "content": {XML: {"schema": {"type": "string", "format": "binary"}}}},
    },
)
def get_invoice_file(session: DbSession, actor: CurrentActor, number: Number) -> Response:
    """Get an invoice or credit note as a file for the accounts: UBL 2.1 in the model of EN 16931."""
    invoice = queries.get_invoice(session, actor, number)
    body = queries.ubl(session, invoice)
    named = f'attachment; filename="{invoice.number}.xml"'
    headers = {"Cache-Control": PRIVATE, "ETag": tag_of_bytes(body), "Content-Disposition": named}
    return Response(body, media_type=XML, headers=headers)


@router.post(
    "/{number}/credit",
    operation_id="credit_invoice",
    summary="Take an invoice back",
    status_code=201,
    responses=problems(*CHANGING, NotCreditable),
)
def credit_invoice(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: CreditCreate,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
    if_match: IfMatch = None,
) -> InvoiceRead:
    """Take an invoice back as a whole by a credit note, which is answered; `If-Match` takes the invoice's tag."""
    invoice = _to_change(session, actor, number, if_match)
    note = actions.credit(session, actor, invoice, reason=given.reason)
    response.headers["Location"] = f"{router.prefix}/{note.number}"
    return _shown(session, actor, note, response)


@router.post(
    "/{number}/payment",
    operation_id="record_payment",
    summary="Record a payment",
    responses=problems(*CHANGING, PaymentReferenceUsed, InvoiceCredited, PaymentNotFitting),
)
def record_payment(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: PaymentCreate,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
    if_match: IfMatch = None,
) -> InvoiceRead:
    """Record a payment of an invoice: all of it, a part, or more, which is owed back; the same told again is one."""
    invoice = _to_change(session, actor, number, if_match)
    actions.record_payment(session, actor, invoice, given)
    return _shown(session, actor, invoice, response)


@router.post(
    "/{number}/refund",
    operation_id="record_refund",
    summary="Record a refund",
    responses=problems(*CHANGING, PaymentReferenceUsed, RefundNotPossible, PaymentNotFitting),
)
def record_refund(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: PaymentCreate,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
    if_match: IfMatch = None,
) -> InvoiceRead:
    """Record that money went back to the payer: what was paid too much, or on an invoice that was taken back."""
    invoice = _to_change(session, actor, number, if_match)
    actions.refund(session, actor, invoice, given)
    return _shown(session, actor, invoice, response)
