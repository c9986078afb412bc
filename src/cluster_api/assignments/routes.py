"""Assignments and visits over HTTP, below the case they belong to."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.assessments.access import (
    CHANGING,
    MOVING,
    READING,
    AssessmentId,
    Reader,
    case_to_change,
    known_case,
    locked_case,
    tag_of,
    tagged,
)
from cluster_api.assessments.errors import CaseNotOpen
from cluster_api.assessments.queries import read_assessment, version_shown
from cluster_api.assessments.schemas import AssessmentRead, CaseReason
from cluster_api.assignments import actions, queries
from cluster_api.assignments.errors import (
    AssessorNotEligible,
    AssessorsNotReady,
    AssignmentNotFound,
    AssignmentTaken,
    EverybodyScored,
    ObjectionUsed,
    PairNotPossible,
    RoleNotFitting,
    SelfAssessmentMissing,
    VisitNotOver,
    VisitNotPossible,
)
from cluster_api.assignments.schemas import (
    AssignmentAccept,
    AssignmentPropose,
    AssignmentRead,
    CandidateQuery,
    CaseCandidateRead,
    VisitWrite,
)
from cluster_api.foundation.conditional import IfMatch, require_match
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])

AssignmentId = Annotated[UUID, Path(description="Identifier of the assignment.")]


@router.get(
    "/{assessment_id}/assignments",
    operation_id="list_assignments",
    summary="List who assesses",
    responses=problems(*READING),
)
def list_assignments(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    query: Annotated[PageQuery, Query()],
) -> Page[AssignmentRead]:
    """List who is or was assigned to a case, the first proposed first; the cluster sees who has accepted."""
    case = known_case(session, actor, assessment_id)
    return private_page(request, response, queries.assignments_page(session, actor, case, query))


@router.get(
    "/{assessment_id}/candidates",
    operation_id="list_candidates",
    summary="List who could assess",
    responses=problems(*READING, RoleNotFitting),
)
def list_candidates(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    query: Annotated[CandidateQuery, Query()],
) -> Page[CaseCandidateRead]:
    """List the pool for a role: who may be proposed, the most fitting first, then who may not, with every reason."""
    case = known_case(session, actor, assessment_id)
    return private_page(request, response, queries.candidates_page(session, actor, case, query))


@router.post(
    "/{assessment_id}/assignments",
    operation_id="propose_assessor",
    summary="Propose an assessor",
    status_code=201,
    responses=problems(*CHANGING, RoleNotFitting, AssessorNotEligible, PairNotPossible, AssignmentTaken),
)
def propose_assessor(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: AssignmentPropose,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssignmentRead:
    """Propose somebody for a role; `If-Match` takes the tag of the assessment."""
    case = case_to_change(session, actor, assessment_id, if_match)
    assignment = actions.propose(session, actor, case, given)
    tagged(response, actor, assignment.version)
    response.headers["Location"] = f"{router.prefix}/{case.id}/assignments/{assignment.id}"
    return queries.read_assignment(session, actor, case, assignment)


@router.get(
    "/{assessment_id}/assignments/{assignment_id}",
    operation_id="get_assignment",
    summary="Show an assignment",
    responses=problems(*READING, AssignmentNotFound),
)
def get_assignment(
    session: DbSession, actor: Reader, assessment_id: AssessmentId, assignment_id: AssignmentId, response: Response
) -> AssignmentRead:
    """Show somebody's part in a case, and what you can do with it."""
    case = known_case(session, actor, assessment_id)
    assignment = queries.get_assignment(session, actor, case, str(assignment_id))
    tagged(response, actor, assignment.version)
    return queries.read_assignment(session, actor, case, assignment)


@router.post(
    "/{assessment_id}/assignments/{assignment_id}/accept",
    operation_id="accept_assignment",
    summary="Accept an assignment",
    responses=problems(*MOVING, AssignmentNotFound, CaseNotOpen, AssessorNotEligible),
)
def accept_assignment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    assignment_id: AssignmentId,
    _given: AssignmentAccept,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssignmentRead:
    """Accept an assignment, declaring to be free of conflicts of interest."""
    case = locked_case(session, actor, assessment_id)
    assignment = queries.get_assignment(session, actor, case, str(assignment_id))
    require_match(if_match, tag_of(actor, assignment.version))
    actions.accept(session, actor, case, assignment)
    tagged(response, actor, assignment.version)
    return queries.read_assignment(session, actor, case, assignment)


@router.post(
    "/{assessment_id}/assignments/{assignment_id}/decline",
    operation_id="decline_assignment",
    summary="Decline an assignment",
    responses=problems(*MOVING, AssignmentNotFound, CaseNotOpen),
)
def decline_assignment(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    assignment_id: AssignmentId,
    given: CaseReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssignmentRead:
    """Decline an assignment."""
    case = locked_case(session, actor, assessment_id)
    assignment = queries.get_assignment(session, actor, case, str(assignment_id))
    require_match(if_match, tag_of(actor, assignment.version))
    actions.decline(session, actor, case, assignment, reason=given.reason)
    tagged(response, actor, assignment.version)
    return queries.read_assignment(session, actor, case, assignment)


@router.post(
    "/{assessment_id}/assignments/{assignment_id}/declare",
    operation_id="declare_conflict",
    summary="Declare a conflict of interest",
    responses=problems(*MOVING, AssignmentNotFound, CaseNotOpen),
)
def declare_conflict(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    assignment_id: AssignmentId,
    given: CaseReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssignmentRead:
    """Declare a conflict of interest, which ends the assignment."""
    case = locked_case(session, actor, assessment_id)
    assignment = queries.get_assignment(session, actor, case, str(assignment_id))
    require_match(if_match, tag_of(actor, assignment.version))
    actions.declare(session, actor, case, assignment, reason=given.reason)
    tagged(response, actor, assignment.version)
    return queries.read_assignment(session, actor, case, assignment)


@router.post(
    "/{assessment_id}/assignments/{assignment_id}/agree",
    operation_id="agree_assignment",
    summary="Agree to an assessor",
    responses=problems(*MOVING, AssignmentNotFound, CaseNotOpen),
)
def agree_assignment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    assignment_id: AssignmentId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssignmentRead:
    """Agree to an assessor, as the cluster."""
    case = locked_case(session, actor, assessment_id)
    assignment = queries.get_assignment(session, actor, case, str(assignment_id))
    require_match(if_match, tag_of(actor, assignment.version))
    actions.agree(session, actor, case, assignment)
    tagged(response, actor, assignment.version)
    return queries.read_assignment(session, actor, case, assignment)


@router.post(
    "/{assessment_id}/assignments/{assignment_id}/object",
    operation_id="object_assignment",
    summary="Object to an assessor",
    responses=problems(*MOVING, AssignmentNotFound, CaseNotOpen, ObjectionUsed),
)
def object_assignment(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    assignment_id: AssignmentId,
    given: CaseReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssignmentRead:
    """Object to an assessor with a reason, as the cluster; once a case."""
    case = locked_case(session, actor, assessment_id)
    assignment = queries.get_assignment(session, actor, case, str(assignment_id))
    require_match(if_match, tag_of(actor, assignment.version))
    actions.object_to(session, actor, case, assignment, reason=given.reason)
    tagged(response, actor, assignment.version)
    return queries.read_assignment(session, actor, case, assignment)


@router.post(
    "/{assessment_id}/assignments/{assignment_id}/replace",
    operation_id="replace_assignment",
    summary="Replace an assessor",
    responses=problems(*MOVING, AssignmentNotFound, CaseNotOpen),
)
def replace_assignment(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    assignment_id: AssignmentId,
    given: CaseReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssignmentRead:
    """Take somebody out of the case before the visit is scheduled, so that another can be proposed."""
    case = locked_case(session, actor, assessment_id)
    assignment = queries.get_assignment(session, actor, case, str(assignment_id))
    require_match(if_match, tag_of(actor, assignment.version))
    actions.replace(session, actor, case, assignment, reason=given.reason)
    tagged(response, actor, assignment.version)
    return queries.read_assignment(session, actor, case, assignment)


@router.put(
    "/{assessment_id}/visit",
    operation_id="plan_assessment_visit",
    summary="Plan the visit",
    responses=problems(*CHANGING, VisitNotPossible),
)
def plan_assessment_visit(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: VisitWrite,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """Say on which days and where the visit takes place, until it is scheduled."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.plan_visit(session, actor, case, dates=given.dates, place=given.place)
    tagged(response, actor, version_shown(actor, case))
    return read_assessment(session, actor, case)


@router.post(
    "/{assessment_id}/schedule",
    operation_id="schedule_assessment",
    summary="Fix the visit",
    responses=problems(*MOVING, SelfAssessmentMissing, VisitNotPossible, AssessorsNotReady),
)
def schedule_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """Fix the visit: the self-assessment is handed in, the assessors are agreed and qualified on its days."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.schedule(session, actor, case)
    tagged(response, actor, version_shown(actor, case))
    return read_assessment(session, actor, case)


@router.post(
    "/{assessment_id}/reschedule",
    operation_id="reschedule_assessment",
    summary="Take the visit back",
    responses=problems(*MOVING, EverybodyScored),
)
def reschedule_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: CaseReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """Take the visit back, to name another day or to replace assessors."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.reschedule(session, actor, case, reason=given.reason)
    tagged(response, actor, version_shown(actor, case))
    return read_assessment(session, actor, case)


@router.post(
    "/{assessment_id}/assess",
    operation_id="record_assessment_visit",
    summary="Record that the visit has taken place",
    responses=problems(*MOVING, VisitNotOver, AssessorsNotReady),
)
def record_assessment_visit(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """Record that the visit has taken place as planned; assessors score from now on."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.assess(session, actor, case)
    tagged(response, actor, version_shown(actor, case))
    return read_assessment(session, actor, case)
