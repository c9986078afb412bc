"""The interview of a bronze case over HTTP, below the case it belongs to."""

from fastapi import APIRouter, Response

from cluster_api.assessments.access import (
    CHANGING,
    MOVING,
    READING,
    AssessmentId,
    Reader,
    case_to_change,
    known_case,
    tagged,
)
from cluster_api.assessments.queries import read_assessment
from cluster_api.assessments.schemas import AssessmentRead, CaseReason
from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.interviews import actions, queries
from cluster_api.interviews.errors import (
    BenchmarkNotFitting,
    BenchmarkTaken,
    FindingsInvalid,
    InterviewNotFound,
)
from cluster_api.interviews.schemas import FindingsWrite, InterviewHeld, InterviewRead

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])


@router.get(
    "/{assessment_id}/interview",
    operation_id="get_assessment_interview",
    summary="Show the interview of a bronze case",
    responses=problems(*READING, InterviewNotFound),
)
def get_assessment_interview(
    session: DbSession, actor: Reader, assessment_id: AssessmentId, response: Response
) -> InterviewRead:
    """Show on which benchmark a bronze case rests, and what its expert found; the tag is that of the case."""
    case = known_case(session, actor, assessment_id)
    tagged(response, actor, case.version)
    return queries.read_interview(session, actor, case)


@router.post(
    "/{assessment_id}/interview",
    operation_id="record_assessment_interview",
    summary="Record the interview of a bronze case",
    status_code=201,
    responses=problems(*MOVING, BenchmarkNotFitting, BenchmarkTaken),
)
def record_assessment_interview(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: InterviewHeld,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> InterviewRead:
    """Record on which benchmark a bronze case rests, once its answers are frozen; its expert joins the case."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.hold(session, actor, case, given)
    tagged(response, actor, case.version)
    response.headers["Location"] = f"{router.prefix}/{case.id}/interview"
    return queries.read_interview(session, actor, case)


@router.put(
    "/{assessment_id}/interview/findings",
    operation_id="write_assessment_findings",
    summary="Write down what the expert found",
    responses=problems(*CHANGING, InterviewNotFound, FindingsInvalid),
)
def write_assessment_findings(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: FindingsWrite,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> InterviewRead:
    """Fill in the criteria of eligibility as the expert found them, and recommend the award or not."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.find(session, actor, case, given)
    tagged(response, actor, case.version)
    return queries.read_interview(session, actor, case)


@router.post(
    "/{assessment_id}/interview/take-back",
    operation_id="take_back_assessment_interview",
    summary="Take the interview of a bronze case back",
    responses=problems(*MOVING, InterviewNotFound),
)
def take_back_assessment_interview(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: CaseReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """Take the interview back before the report is sealed: the benchmark is void, or was the wrong one."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.take_back(session, actor, case, reason=given.reason)
    tagged(response, actor, case.version)
    return read_assessment(session, actor, case)
