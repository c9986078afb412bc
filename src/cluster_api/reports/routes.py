"""Reports and explanations over HTTP."""

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from cluster_api.assessments.access import MOVING, READING, AssessmentId, Reader, case_to_change, known_case, tagged
from cluster_api.assessments.models import Assessment
from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.identity.access import Actor
from cluster_api.interviews.errors import BenchmarkNotReleased, FindingsMissing, InterviewNotFound
from cluster_api.reports import actions, queries
from cluster_api.reports.errors import ConsensusMissing, NothingToExplain, ReportNotFound
from cluster_api.reports.schemas import AssessmentReportRead, ExplanationRead, ReportWrite
from cluster_api.scoresheets.errors import ScoresOutstanding

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])


def _report(session: Session, actor: Actor, case: Assessment, response: Response) -> AssessmentReportRead:
    found = queries.read_report(session, case)
    tagged(response, actor, f"{found.digest[:16]}.{int(found.is_intact)}")
    return found


@router.get(
    "/{assessment_id}/report",
    operation_id="get_assessment_report",
    summary="Show the sealed report",
    responses=problems(*READING, ReportNotFound),
)
def get_assessment_report(
    session: DbSession, actor: Reader, assessment_id: AssessmentId, response: Response
) -> AssessmentReportRead:
    """Show the sealed report, and whether it still is what was sealed."""
    case = known_case(session, actor, assessment_id)
    return _report(session, actor, case, response)


@router.post(
    "/{assessment_id}/report",
    operation_id="seal_assessment_report",
    summary="Seal the report",
    status_code=201,
    responses=problems(
        *MOVING, ScoresOutstanding, ConsensusMissing, InterviewNotFound, FindingsMissing, BenchmarkNotReleased
    ),
)
def seal_assessment_report(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: ReportWrite,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentReportRead:
    """Seal the report: the assessment closes for ever and decides nothing. A rehearsal shows what it would say."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.seal(session, actor, case, given)
    response.headers["Location"] = f"{router.prefix}/{case.id}/report"
    return _report(session, actor, case, response)


@router.get(
    "/{assessment_id}/explanation",
    operation_id="explain_assessment",
    summary="Explain the score",
    responses=problems(*READING, NothingToExplain),
)
def explain_assessment(
    session: DbSession, actor: Reader, assessment_id: AssessmentId, response: Response
) -> ExplanationRead:
    """Explain the score rule by rule, and name the smallest sets of improvements that reach each level not reached."""
    case = known_case(session, actor, assessment_id)
    response.headers["Cache-Control"] = PRIVATE
    return queries.read_explanation(session, actor, case)
