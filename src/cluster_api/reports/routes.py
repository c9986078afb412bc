"""Reports and explanations over HTTP."""

from fastapi import APIRouter, Response

from cluster_api.assessments.access import MOVING, PRIVATE, READING, Known, Reader, ToChange, tagged
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.reports import actions, queries
from cluster_api.reports.errors import ConsensusMissing, NothingToExplain, ReportNotFound
from cluster_api.reports.schemas import ExplanationRead, ReportRead, ReportWrite
from cluster_api.scoresheets.errors import ScoresOutstanding

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])


@router.get(
    "/{assessment_id}/report",
    operation_id="get_assessment_report",
    summary="Show the sealed report",
    responses=problems(*READING, ReportNotFound),
)
def get_assessment_report(session: DbSession, actor: Reader, case: Known, response: Response) -> ReportRead:
    """Show the sealed report, and whether it still is what was sealed."""
    found = queries.read_report(session, case)
    tagged(response, actor, f"{found.digest[:16]}.{int(found.is_intact)}")
    return found


@router.post(
    "/{assessment_id}/report",
    operation_id="seal_assessment_report",
    summary="Seal the report",
    status_code=201,
    responses=problems(*MOVING, ScoresOutstanding, ConsensusMissing),
)
def seal_assessment_report(
    session: DbSession,
    actor: Reader,
    case: ToChange,
    given: ReportWrite,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> ReportRead:
    """Seal the report: the assessment closes for ever and decides nothing. A rehearsal shows what it would say."""
    actions.seal(session, actor, case, given)
    response.headers["Location"] = f"{router.prefix}/{case.id}/report"
    return get_assessment_report(session, actor, case, response)


@router.get(
    "/{assessment_id}/explanation",
    operation_id="explain_assessment",
    summary="Explain the score",
    responses=problems(*READING, NothingToExplain),
)
def explain_assessment(session: DbSession, actor: Reader, case: Known, response: Response) -> ExplanationRead:
    """Explain the score rule by rule, and name the smallest sets of improvements that reach each level not reached."""
    response.headers["Cache-Control"] = PRIVATE
    return queries.read_explanation(session, actor, case)
