"""Evidence over HTTP: files in, their check, files out."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, BinaryIO, cast
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from cluster_api.assessments.access import (
    CHANGING,
    MOVING,
    READING,
    AssessmentId,
    Reader,
    case_to_change,
    declared_case,
    locked_case,
    tag_of,
    tagged,
)
from cluster_api.assessments.errors import CaseNotOpen, DeclarationMissing
from cluster_api.evidence import actions, queries
from cluster_api.evidence.errors import (
    EvidenceDamaged,
    EvidenceFull,
    EvidenceKnown,
    EvidenceNamed,
    EvidenceNotFound,
    EvidenceOfOthers,
    EvidenceQuarantined,
    EvidenceTypeRefused,
)
from cluster_api.evidence.schemas import EvidenceGiven, EvidenceRead, FileName, MediaType
from cluster_api.foundation.conditional import IfMatch, require_match
from cluster_api.foundation.errors import Problem
from cluster_api.foundation.filestore import PIECE, FileStore
from cluster_api.foundation.objectstore import StorageNotInstalled, StorageUnreachable
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.storage import evidence_store
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])

FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary", "description": "The file itself."}}
SPOOLED = 8 * 1024 * 1024
STORING: tuple[type[Problem], ...] = (StorageNotInstalled, StorageUnreachable)

# Single parameters and no model of them: a model would refuse `dry_run`, which stands beside it.
Name = Annotated[FileName, Query(description="Name of the file.", examples=["strategy.pdf"])]
SaidType = Annotated[
    MediaType | None,
    Query(
        alias="type",
        description="Media type it is said to have; the content decides.",
        examples=["application/pdf"],
    ),
]
EvidenceId = Annotated[UUID, Path(description="Identifier of the file of evidence.")]


def _store(request: Request) -> FileStore:
    return evidence_store(request.app.state.settings)


@router.get(
    "/{assessment_id}/evidence",
    operation_id="list_evidence",
    summary="List the evidence",
    responses=problems(*READING, DeclarationMissing),
)
def list_evidence(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    query: Annotated[PageQuery, Query()],
) -> Page[EvidenceRead]:
    """List the files of evidence of a case, the first sent first."""
    case = declared_case(session, actor, assessment_id)
    return private_page(request, response, queries.evidence_page(session, actor, case, query))


@router.post(
    "/{assessment_id}/evidence",
    operation_id="send_evidence",
    summary="Send a file of evidence",
    status_code=201,
    responses=problems(*CHANGING, *STORING, EvidenceTypeRefused, EvidenceKnown, EvidenceFull),
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": FILE}}},
)
async def send_evidence(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    name: Name,
    dry_run: DryRun,
    _key: IdempotencyKey,
    media_type: SaidType = None,
    if_match: IfMatch = None,
) -> EvidenceRead:
    """Send the file in the body; it waits in quarantine until it is checked. `If-Match` takes the tag of the case."""
    case = await run_in_threadpool(case_to_change, session, actor, assessment_id, if_match)
    asked = EvidenceGiven(name=name, media_type=media_type)
    most = request.app.state.settings.max_evidence_files
    store = None if dry_run else _store(request)
    with SpooledTemporaryFile(max_size=SPOOLED) as spool:
        async for piece in request.stream():
            spool.write(piece)
        file = cast("BinaryIO", spool)
        evidence = await run_in_threadpool(actions.send, session, actor, case, asked, file, store, most=most)
    tagged(response, actor, evidence.version)
    response.headers["Location"] = f"{router.prefix}/{case.id}/evidence/{evidence.id}"
    return await run_in_threadpool(queries.read_evidence, session, actor, case, evidence)


@router.get(
    "/{assessment_id}/evidence/{evidence_id}",
    operation_id="get_evidence",
    summary="Show a file of evidence",
    responses=problems(*READING, DeclarationMissing, EvidenceNotFound),
)
def get_evidence(
    session: DbSession, actor: Reader, assessment_id: AssessmentId, evidence_id: EvidenceId, response: Response
) -> EvidenceRead:
    """Show name, type, size, digest and state of a file."""
    case = declared_case(session, actor, assessment_id)
    evidence = queries.get_evidence(session, case, str(evidence_id))
    tagged(response, actor, evidence.version)
    return queries.read_evidence(session, actor, case, evidence)


@router.get(
    "/{assessment_id}/evidence/{evidence_id}/content",
    operation_id="download_evidence",
    summary="Download a file of evidence",
    response_class=StreamingResponse,
    responses={
        200: {"description": "The file.", "content": {"application/octet-stream": FILE}},
        **problems(*READING, *STORING, DeclarationMissing, EvidenceNotFound, EvidenceQuarantined, EvidenceDamaged),
    },
)
def download_evidence(
    request: Request, session: DbSession, actor: Reader, assessment_id: AssessmentId, evidence_id: EvidenceId
) -> StreamingResponse:
    """Download a released file; it is compared with its digest before the first byte is given out."""
    case = declared_case(session, actor, assessment_id)
    evidence = queries.get_evidence(session, case, str(evidence_id))
    file = actions.opened(evidence, _store(request))
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(evidence.name, safe='')}",
        "Content-Length": str(evidence.size),
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(_pieces(file), media_type=evidence.media_type, headers=headers)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


@router.post(
    "/{assessment_id}/evidence/{evidence_id}/check",
    operation_id="check_evidence",
    summary="Check a file of evidence",
    responses=problems(*MOVING, *STORING, EvidenceNotFound, CaseNotOpen),
)
def check_evidence(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    request: Request,
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    evidence_id: EvidenceId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> EvidenceRead:
    """Check a file that waits in quarantine: type, size, digest, macros, executables; it is released or refused."""
    case = locked_case(session, actor, assessment_id)
    evidence = queries.get_evidence(session, case, str(evidence_id))
    require_match(if_match, tag_of(actor, evidence.version))
    actions.check(session, actor, case, evidence, _store(request))
    tagged(response, actor, evidence.version)
    return queries.read_evidence(session, actor, case, evidence)


@router.post(
    "/{assessment_id}/evidence/{evidence_id}/remove",
    operation_id="remove_evidence",
    summary="Remove a file of evidence",
    responses=problems(*MOVING, EvidenceNotFound, CaseNotOpen, EvidenceNamed, EvidenceOfOthers),
)
def remove_evidence(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    evidence_id: EvidenceId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> EvidenceRead:
    """Take a file that your side sent out of a case, unless a sheet names it."""
    case = locked_case(session, actor, assessment_id)
    evidence = queries.get_evidence(session, case, str(evidence_id))
    require_match(if_match, tag_of(actor, evidence.version))
    actions.remove(session, actor, case, evidence)
    tagged(response, actor, evidence.version)
    return queries.read_evidence(session, actor, case, evidence)
