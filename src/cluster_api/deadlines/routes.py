"""What is due in a case over HTTP."""

from fastapi import APIRouter, Response

from cluster_api.assessments.access import READING, AssessmentId, Reader, known_case
from cluster_api.assessments.schemas import DeadlinesRead
from cluster_api.deadlines import queries
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.transactions import DbSession

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])


@router.get(
    "/{assessment_id}/deadlines",
    operation_id="get_assessment_deadlines",
    summary="Show what is due",
    responses=problems(*READING),
)
def get_assessment_deadlines(
    session: DbSession, actor: Reader, assessment_id: AssessmentId, response: Response
) -> DeadlinesRead:
    """Show what is due in the present state of a case, for whom, and when to remind."""
    case = known_case(session, actor, assessment_id)
    response.headers["Cache-Control"] = PRIVATE
    return queries.read_deadlines(session, actor, case)
