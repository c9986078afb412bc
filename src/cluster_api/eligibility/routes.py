"""The criteria of a case over HTTP, below the case they belong to."""

from fastapi import APIRouter, Response

from cluster_api.assessments.access import (
    CHANGING,
    READING,
    AssessmentId,
    Reader,
    case_to_change,
    known_case,
    tagged,
)
from cluster_api.assessments.queries import version_shown
from cluster_api.eligibility import actions, queries
from cluster_api.eligibility.errors import ChecklistInvalid, CriterionNotWaivable
from cluster_api.eligibility.schemas import CriterionWaive, EligibilityRead, EligibilityWrite
from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])


@router.get(
    "/{assessment_id}/eligibility",
    operation_id="get_assessment_eligibility",
    summary="Show the criteria of eligibility",
    responses=problems(*READING),
)
def get_assessment_eligibility(
    session: DbSession, actor: Reader, assessment_id: AssessmentId, response: Response
) -> EligibilityRead:
    """Show each criterion, whether it is met or waived, and the checklist; the tag is that of the case."""
    case = known_case(session, actor, assessment_id)
    tagged(response, actor, version_shown(actor, case))
    return queries.read_eligibility(session, case)


@router.put(
    "/{assessment_id}/eligibility",
    operation_id="answer_assessment_eligibility",
    summary="Answer the criteria of eligibility",
    responses=problems(*CHANGING, ChecklistInvalid),
)
def answer_assessment_eligibility(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: EligibilityWrite,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> EligibilityRead:
    """Answer the whole checklist anew, until the application is submitted; every fault is named at once."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.answer(session, actor, case, given.checklist)
    tagged(response, actor, version_shown(actor, case))
    return queries.read_eligibility(session, case)


@router.post(
    "/{assessment_id}/eligibility/waive",
    operation_id="waive_assessment_criterion",
    summary="Waive a criterion",
    responses=problems(*CHANGING, CriterionNotWaivable),
)
def waive_assessment_criterion(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: CriterionWaive,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> EligibilityRead:
    """Waive a criterion that can be waived, with a reason, while the application or an interview is looked at."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.waive(session, actor, case, criterion=given.criterion, reason=given.reason)
    tagged(response, actor, version_shown(actor, case))
    return queries.read_eligibility(session, case)
