"""Complaints over HTTP: filed and looked up by anybody, handled by the secretariat, answered by who is outside."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from cluster_api.complaints import actions, queries
from cluster_api.complaints.errors import (
    ComplaintNotFound,
    ComplaintSubjectUnknown,
    ComplaintTooLate,
    HandlerInCase,
    HandlerUnknown,
    NotHappenedYet,
    NothingToErase,
    NotTheHandler,
)
from cluster_api.complaints.models import Complaint
from cluster_api.complaints.schemas import (
    EXAMPLE_NUMBER,
    ComplaintAnswer,
    ComplaintAssign,
    ComplaintCounts,
    ComplaintCreate,
    ComplaintFiled,
    ComplaintLookUp,
    ComplaintNote,
    ComplaintQuery,
    ComplaintRead,
)
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.conditional import IfMatch, require_match
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, PUBLIC, problems
from cluster_api.foundation.paging import Page, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import CredentialsRequired, PermissionMissing

router = APIRouter(prefix="/v1/complaints", tags=["complaints"])

NOT_KEPT = "no-store"
READING: tuple[type[Problem], ...] = (CredentialsRequired, PermissionMissing, ComplaintNotFound)
MOVING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale, MoveNotAllowed)

Number = Annotated[
    str,
    Path(
        min_length=1,
        max_length=60,
        pattern=r"^[0-9A-Za-z \-]+$",
        description="Number of a complaint.",
        examples=[EXAMPLE_NUMBER],
    ),
]


def _shown(session: Session, actor: Actor, complaint: Complaint, response: Response) -> ComplaintRead:
    shown = queries.read_complaint(session, actor, complaint)
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = queries.tag_of(shown)
    return shown


def _to_change(session: Session, actor: Actor, number: str, if_match: str | None) -> Complaint:
    complaint = queries.get_complaint(session, actor, number, for_change=True)
    require_match(if_match, queries.tag_of(queries.read_complaint(session, actor, complaint)))
    return complaint


@router.post(
    "",
    operation_id="file_complaint",
    summary="File a complaint",
    status_code=201,
    responses=problems(ComplaintSubjectUnknown, ComplaintTooLate, NotHappenedYet),
)
def file_complaint(
    session: DbSession,
    actor: CurrentActor,
    given: ComplaintCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> ComplaintFiled:
    """File a complaint, with or without an account; the code in the answer is shown this once."""
    complaint, code = actions.file(session, actor, given)
    response.headers["Cache-Control"] = NOT_KEPT
    response.headers["Location"] = f"{router.prefix}/{complaint.number}"
    return ComplaintFiled(**queries.read_complaint(session, actor, complaint).model_dump(), code=code)


@router.post(
    "/look-up", operation_id="look_up_complaint", summary="Look a complaint up", responses=problems(ComplaintNotFound)
)
def look_up_complaint(
    session: DbSession,
    actor: CurrentActor,
    given: ComplaintLookUp,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> ComplaintRead:
    """Look a complaint up by its number and code, without signing in; nothing is changed."""
    response.headers["Cache-Control"] = NOT_KEPT
    return queries.read_complaint(session, actor, queries.look_up(session, given.number, given.code))


@router.get("/counts", operation_id="count_complaints", summary="Count complaints")
def count_complaints(session: DbSession, request: Request, response: Response) -> ComplaintCounts:
    """Count complaints by year and by what they are about; a few and none look the same."""
    response.headers["Cache-Control"] = PUBLIC
    return queries.counts(session, civil_date(request.app.state.clock.now()))


@router.get(
    "",
    operation_id="list_complaints",
    summary="List complaints",
    responses=problems(CredentialsRequired, PermissionMissing),
)
def list_complaints(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[ComplaintQuery, Query()],
) -> Page[ComplaintRead]:
    """List complaints of which the caller may know, the latest first."""
    page = queries.complaints_page(session, actor, query)
    return private_page(request, response, page)


@router.get("/{number}", operation_id="get_complaint", summary="Show a complaint", responses=problems(*READING))
def get_complaint(session: DbSession, actor: CurrentActor, number: Number, response: Response) -> ComplaintRead:
    """Show a complaint to whoever handles, answers, or filed it."""
    return _shown(session, actor, queries.get_complaint(session, actor, number), response)


@router.post(
    "/{number}/acknowledge",
    operation_id="acknowledge_complaint",
    summary="Acknowledge a complaint",
    responses=problems(*MOVING),
)
def acknowledge_complaint(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ComplaintRead:
    """Say that a complaint has arrived, within five working days of Belgium."""
    complaint = _to_change(session, actor, number, if_match)
    actions.acknowledge(session, actor, complaint)
    return _shown(session, actor, complaint, response)


@router.post(
    "/{number}/assign",
    operation_id="assign_complaint",
    summary="Assign a complaint",
    responses=problems(*MOVING, HandlerUnknown, HandlerInCase),
)
def assign_complaint(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: ComplaintAssign,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ComplaintRead:
    """Assign a complaint to somebody outside the case."""
    complaint = _to_change(session, actor, number, if_match)
    actions.assign(session, actor, complaint, given)
    return _shown(session, actor, complaint, response)


@router.post(
    "/{number}/answer",
    operation_id="answer_complaint",
    summary="Answer a complaint",
    responses=problems(*MOVING, NotTheHandler, HandlerInCase),
)
def answer_complaint(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: ComplaintAnswer,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ComplaintRead:
    """Answer a complaint as the person to whom it is assigned, within thirty days."""
    complaint = _to_change(session, actor, number, if_match)
    actions.answer(session, actor, complaint, given)
    return _shown(session, actor, complaint, response)


@router.post(
    "/{number}/close", operation_id="close_complaint", summary="Close a complaint", responses=problems(*MOVING)
)
def close_complaint(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: ComplaintNote,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ComplaintRead:
    """Close an answered complaint."""
    complaint = _to_change(session, actor, number, if_match)
    actions.close(session, actor, complaint, reason=given.reason)
    return _shown(session, actor, complaint, response)


@router.post(
    "/{number}/erase",
    operation_id="erase_complaint",
    summary="Erase what is personal in a complaint",
    responses=problems(*MOVING, NothingToErase),
)
def erase_complaint(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: ComplaintNote,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ComplaintRead:
    """Erase contact and text of a closed complaint, before retention does; the answer stays."""
    complaint = _to_change(session, actor, number, if_match)
    actions.erase(session, actor, complaint, reason=given.reason)
    return _shown(session, actor, complaint, response)
