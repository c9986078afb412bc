"""Agreed exchanges over HTTP: reported, shown by evidence, given back, validated, broken off."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import PRIVATE, PUBLIC, problems
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey, NeededKey
from cluster_api.foundation.typesetting import ReportsNotInstalled
from cluster_api.grants import queries
from cluster_api.grants.errors import (
    NotYet,
    ProofUsed,
)
from cluster_api.grants.routes import MOVING, READING, Number, shown, to_change
from cluster_api.grants.schemas import (
    ExchangeRead,
    ExchangeReason,
    ExchangeReportCreate,
    ProofCreate,
)
from cluster_api.identity.access import CurrentActor
from cluster_api.stays import actions
from cluster_api.stays.errors import CertificateUnknown, NotCertified, ReportMissing, ReportNotPossible, ReportStands
from cluster_api.stays.queries import CERTIFICATES, certificate, certified
from cluster_api.stays.schemas import ExchangeStatement

router = APIRouter(prefix="/v1/exchange-grants", tags=["exchanges"])
certificates = APIRouter(prefix=CERTIFICATES, tags=["exchanges"])
PDF = "application/pdf"
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "/{number}/report",
    operation_id="report_exchange",
    summary="Report about an exchange",
    responses=problems(*MOVING, NotYet, ReportNotPossible, ReportStands),
)
def report_exchange(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: ExchangeReportCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ExchangeRead:
    """Report about a stay that is over, or was ended early, for one side."""
    grant = to_change(session, actor, number, if_match)
    actions.report(session, actor, grant, given)
    return shown(session, actor, grant, response)


@router.post(
    "/{number}/evidence",
    operation_id="prove_exchange",
    summary="Show evidence of an exchange",
    responses=problems(*MOVING, NotYet, ProofUsed),
)
def prove_exchange(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: ProofCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ExchangeRead:
    """Record a boarding pass or an invoice by the digest of its file, as the visitor."""
    grant = to_change(session, actor, number, if_match)
    actions.show_proof(session, actor, grant, given)
    return shown(session, actor, grant, response)


@router.post(
    "/{number}/return",
    operation_id="return_exchange_report",
    summary="Give a report of an exchange back",
    responses=problems(*MOVING, ReportMissing),
)
def return_exchange_report(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: ExchangeReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ExchangeRead:
    """Give the report of the visitor back, with the reason."""
    grant = to_change(session, actor, number, if_match)
    actions.give_back(session, actor, grant, reason=given.reason)
    return shown(session, actor, grant, response)


@router.post(
    "/{number}/validate",
    operation_id="validate_exchange",
    summary="Validate an exchange",
    responses=problems(*MOVING, ReportMissing),
)
def validate_exchange(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
    if_match: IfMatch = None,
) -> ExchangeRead:
    """Validate report and evidence: what is paid for the days done is due, the rest is released."""
    grant = to_change(session, actor, number, if_match)
    actions.validate(session, actor, grant)
    return shown(session, actor, grant, response)


@router.post(
    "/{number}/abort",
    operation_id="abort_exchange",
    summary="Break an exchange off",
    responses=problems(*MOVING, NotYet),
)
def abort_exchange(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: ExchangeReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ExchangeRead:
    """Break a stay off as the partnership of the visitor: nothing is paid."""
    grant = to_change(session, actor, number, if_match)
    actions.abort(session, actor, grant, reason=given.reason)
    return shown(session, actor, grant, response)


@router.get(
    "/{number}/certificate.pdf",
    operation_id="get_exchange_certificate",
    summary="Get the certificate of an exchange",
    response_class=Response,
    responses={
        200: {"description": "The certificate.", "content": {PDF: BINARY}},
        **problems(*READING, NotCertified, ReportsNotInstalled),
    },
)
def get_exchange_certificate(request: Request, session: DbSession, actor: CurrentActor, number: Number) -> Response:
    """Get the certificate of an exchange that was validated, as a party to it; its QR code leads to what it states."""
    grant = queries.get_exchange(session, actor, number)
    body = certificate(session, grant, request.app.state.settings.public_url)
    named = f'inline; filename="{grant.number}.pdf"'
    return Response(body, media_type=PDF, headers={"Cache-Control": PRIVATE, "Content-Disposition": named})


@certificates.get(
    "/{sha256}",
    operation_id="verify_exchange_certificate",
    summary="Verify the certificate of an exchange",
    responses=problems(CertificateUnknown),
)
def verify_exchange_certificate(
    session: DbSession,
    response: Response,
    sha256: Annotated[
        str,
        Path(
            min_length=64,
            max_length=64,
            pattern=r"^[0-9a-f]{64}$",
            description="Digest on the certificate.",
            examples=["0" * 64],
        ),
    ],
) -> ExchangeStatement:
    """Answer what the certificate with this digest states, to anybody who holds it."""
    response.headers["Cache-Control"] = PUBLIC
    return certified(session, sha256)
