"""The pool of assessors over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.errors import KEYED
from cluster_api.journal.queries import history_page
from cluster_api.journal.schemas import HistoryRead
from cluster_api.organisations.schemas import WithReason
from cluster_api.pool import actions, queries
from cluster_api.pool.access import CHANGING, READING, AssessorId, Reader, assessor_to_change, known_assessor, tagged
from cluster_api.pool.errors import CodeAccepted, DatesNotPossible, PersonInPool, ReferenceUnknown
from cluster_api.pool.schemas import (
    AssessorCreate,
    AssessorQuery,
    AssessorRead,
    AssessorUpdate,
    CodeAccept,
    CodeAcceptanceRead,
    EmploymentCreate,
    EmploymentEnd,
    EmploymentRead,
)

router = APIRouter(prefix="/v1/assessors", tags=["assessors"])

SCHEMA_OF_UPDATE = "#/components/schemas/AssessorUpdate"
EmploymentId = Annotated[UUID, Path(description="Identifier of the employment.")]


@router.get("", operation_id="list_assessors", summary="List assessors", responses=problems(*KEYED))
def list_assessors(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    query: Annotated[AssessorQuery, Query()],
) -> Page[AssessorRead]:
    """List the assessors of whom the caller may know: the pool, or oneself."""
    return private_page(request, response, queries.assessors_page(session, actor, query))


@router.post(
    "",
    operation_id="create_assessor",
    summary="Take a person into the pool",
    status_code=201,
    responses=problems(*KEYED, PersonInPool, ReferenceUnknown, DatesNotPossible),
)
def create_assessor(
    session: DbSession,
    actor: Reader,
    given: AssessorCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> AssessorRead:
    """Take a person into the pool; qualifications, trainings and declarations follow."""
    assessor = actions.create(session, actor, given)
    tagged(response, actor, assessor)
    response.headers["Location"] = f"{router.prefix}/{assessor.id}"
    return queries.read_assessor(session, actor, assessor)


@router.get("/{assessor_id}", operation_id="get_assessor", summary="Show an assessor", responses=problems(*READING))
def get_assessor(session: DbSession, actor: Reader, assessor_id: AssessorId, response: Response) -> AssessorRead:
    """Show an assessor, with the employers and the qualifications of today."""
    assessor = known_assessor(session, actor, assessor_id)
    tagged(response, actor, assessor)
    return queries.read_assessor(session, actor, assessor)


@router.patch(
    "/{assessor_id}",
    operation_id="update_assessor",
    summary="Change an assessor",
    responses=problems(*CHANGING),
    openapi_extra={
        "requestBody": {"content": {"application/merge-patch+json": {"schema": {"$ref": SCHEMA_OF_UPDATE}}}}
    },
)
def update_assessor(
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    patch: AssessorUpdate,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> AssessorRead:
    """Change an assessor by a merge patch; assessors change their own languages and absences."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    actions.update(session, actor, assessor, patch)
    tagged(response, actor, assessor)
    return queries.read_assessor(session, actor, assessor)


@router.post(
    "/{assessor_id}/suspend",
    operation_id="suspend_assessor",
    summary="Suspend an assessor",
    responses=problems(*CHANGING, MoveNotAllowed),
)
def suspend_assessor(
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessorRead:
    """Give an assessor no work for a while."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    actions.suspend(session, actor, assessor, reason=given.reason)
    tagged(response, actor, assessor)
    return queries.read_assessor(session, actor, assessor)


@router.post(
    "/{assessor_id}/reinstate",
    operation_id="reinstate_assessor",
    summary="Reinstate an assessor",
    responses=problems(*CHANGING, MoveNotAllowed),
)
def reinstate_assessor(
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessorRead:
    """Give a suspended or retired assessor work again."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    actions.reinstate(session, actor, assessor, reason=given.reason)
    tagged(response, actor, assessor)
    return queries.read_assessor(session, actor, assessor)


@router.post(
    "/{assessor_id}/retire",
    operation_id="retire_assessor",
    summary="Let an assessor leave the pool",
    responses=problems(*CHANGING, MoveNotAllowed),
)
def retire_assessor(
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessorRead:
    """Let an assessor leave the pool; what was done and declared stays on record."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    actions.retire(session, actor, assessor, reason=given.reason)
    tagged(response, actor, assessor)
    return queries.read_assessor(session, actor, assessor)


@router.get(
    "/{assessor_id}/history",
    operation_id="list_assessor_history",
    summary="List what happened to an assessor's record",
    responses=problems(*READING),
)
def list_assessor_history(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    query: Annotated[PageQuery, Query()],
) -> Page[HistoryRead]:
    """List the journal's lines about an assessor, the last deed first."""
    assessor = known_assessor(session, actor, assessor_id)
    return private_page(request, response, history_page(session, "assessor", assessor.id, query))


@router.get(
    "/{assessor_id}/employments",
    operation_id="list_employments",
    summary="List for whom an assessor worked",
    responses=problems(*READING),
)
def list_employments(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    query: Annotated[PageQuery, Query()],
) -> Page[EmploymentRead]:
    """List for whom an assessor works or worked, in the order in which it was declared."""
    assessor = known_assessor(session, actor, assessor_id)
    return private_page(request, response, queries.employments_page(session, assessor, query))


@router.post(
    "/{assessor_id}/employments",
    operation_id="declare_employment",
    summary="Declare for whom an assessor works",
    status_code=201,
    responses=problems(*CHANGING, ReferenceUnknown, DatesNotPossible),
)
def declare_employment(
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    given: EmploymentCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessorRead:
    """Declare for whom an assessor works or worked: by oneself or by the secretariat."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    actions.employ(session, actor, assessor, given)
    tagged(response, actor, assessor)
    return queries.read_assessor(session, actor, assessor)


@router.post(
    "/{assessor_id}/employments/{employment_id}/end",
    operation_id="end_employment",
    summary="Say when an employment ended",
    responses=problems(*CHANGING, DatesNotPossible),
)
def end_employment(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    employment_id: EmploymentId,
    given: EmploymentEnd,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessorRead:
    """Say when an employment ended; it goes on to count for as long as the rules of conflicts say."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    employment = queries.get_employment(session, assessor, str(employment_id))
    actions.end_employment(session, actor, assessor, employment, ended_on=given.ended_on)
    tagged(response, actor, assessor)
    return queries.read_assessor(session, actor, assessor)


@router.get(
    "/{assessor_id}/code-acceptances",
    operation_id="list_code_acceptances",
    summary="List the versions of the code of conduct that an assessor accepted",
    responses=problems(*READING),
)
def list_code_acceptances(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    query: Annotated[PageQuery, Query()],
) -> Page[CodeAcceptanceRead]:
    """List the versions of the code of conduct that an assessor accepted, and which of them applies today."""
    assessor = known_assessor(session, actor, assessor_id)
    return private_page(request, response, queries.code_acceptances_page(session, actor, assessor, query))


@router.post(
    "/{assessor_id}/code-acceptances",
    operation_id="accept_code_of_conduct",
    summary="Accept a version of the code of conduct",
    status_code=201,
    responses=problems(*CHANGING, CodeAccepted),
)
def accept_code_of_conduct(
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    given: CodeAccept,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessorRead:
    """Accept a version of the code of conduct, or record the acceptance on paper."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    actions.accept_code(session, actor, assessor, given.version)
    tagged(response, actor, assessor)
    return queries.read_assessor(session, actor, assessor)
