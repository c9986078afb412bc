"""Payments over HTTP: ordered by the partnership that pays, settled by what its bank says."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.bankfiles.errors import AccountNotValid, StatementUnreadable
from cluster_api.foundation.conditional import tag_of_bytes
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey, NeededKey
from cluster_api.identity.access import CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.ledger.errors import BudgetExceeded
from cluster_api.partnerships.errors import PartnershipNotFound
from cluster_api.payments import actions, queries
from cluster_api.payments.errors import (
    NothingDue,
    PaymentFileNotFound,
    PaymentOrdered,
    RecoveryNotPossible,
    StatementKnown,
)
from cluster_api.payments.schemas import (
    BankStatementSend,
    ExchangePaymentRead,
    PaymentFileRead,
    PaymentQuery,
    PaymentRecover,
    PaymentsOrder,
    StatementFinding,
    StatementRead,
)

router = APIRouter(prefix="/v1/exchange-payments", tags=["exchanges"])

XML = "application/xml"
FileId = Annotated[UUID, Path(description="Identifier of the file.")]


@router.get("", operation_id="list_exchange_payments", summary="List payments of exchanges", responses=problems(*KEYED))
def list_exchange_payments(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[PaymentQuery, Query()],
) -> Page[ExchangePaymentRead]:
    """List payments of the own partnerships, in the order in which they were ordered."""
    return private_page(request, response, queries.payments_page(session, actor, query))


@router.post(
    "",
    operation_id="order_exchange_payments",
    summary="Order payments of exchanges",
    status_code=201,
    responses=problems(*KEYED, PartnershipNotFound, NothingDue, PaymentOrdered, AccountNotValid, BudgetExceeded),
)
def order_exchange_payments(
    session: DbSession,
    actor: CurrentActor,
    given: PaymentsOrder,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
) -> PaymentFileRead:
    """Order what is due: the answer names the file for the bank (pain.001). Repeating it with its key orders once."""
    partnership = queries.payer(session, actor, str(given.partnership_id))
    file = actions.order(session, actor, partnership, given)
    response.headers["Location"] = f"{router.prefix}/files/{file.id}"
    response.headers["Cache-Control"] = PRIVATE
    return queries.read_file(session, file)


@router.get(
    "/files/{file_id}",
    operation_id="get_payment_file",
    summary="Get a file for the bank",
    response_class=Response,
    responses={
        **problems(*KEYED, PaymentFileNotFound),
        200: {"description": "The file.", "content": {XML: {"schema": {"type": "string", "format": "binary"}}}},
    },
)
def get_payment_file(session: DbSession, actor: CurrentActor, file_id: FileId) -> Response:
    """Get the orders as an ISO 20022 file (pain.001.001.09) for the bank, byte by byte as it was made."""
    file = queries.get_file(session, actor, str(file_id))
    body = file.content.encode()
    named = f'attachment; filename="{file.message_id}.xml"'
    headers = {"Cache-Control": PRIVATE, "ETag": tag_of_bytes(body), "Content-Disposition": named}
    return Response(body, media_type=XML, headers=headers)


@router.post(
    "/statements",
    operation_id="read_bank_statement",
    summary="Read a statement of the bank",
    status_code=201,
    responses=problems(*KEYED, PartnershipNotFound, StatementUnreadable, StatementKnown),
)
def read_bank_statement(
    session: DbSession,
    actor: CurrentActor,
    given: BankStatementSend,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> StatementRead:
    """Read a camt.053 or camt.054 file: what is certain is applied, everything else is told line by line."""
    partnership = queries.payer(session, actor, str(given.partnership_id))
    statement = actions.read_statement(session, actor, partnership, given.content)
    response.headers["Cache-Control"] = PRIVATE
    findings = [StatementFinding.model_validate(one) for one in statement.findings["lines"]]
    return StatementRead(
        id=UUID(statement.id),
        partnership_id=given.partnership_id,
        sha256=statement.sha256,
        applied=sum(one.finding.startswith("applied") for one in findings),
        findings=findings,
    )


@router.post(
    "/recover",
    operation_id="recover_exchange_payment",
    summary="Recover a payment of an exchange",
    responses=problems(*KEYED, PartnershipNotFound, RecoveryNotPossible),
)
def recover_exchange_payment(
    session: DbSession,
    actor: CurrentActor,
    given: PaymentRecover,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
) -> Page[ExchangePaymentRead]:
    """Record that a payment, or a part of it, was paid back; the answer lists the payments of that exchange."""
    partnership = queries.payer(session, actor, str(given.partnership_id))
    grant = actions.recover(session, actor, partnership, given)
    response.headers["Cache-Control"] = PRIVATE
    return queries.payments_page(session, actor, PaymentQuery(number=grant.number))
