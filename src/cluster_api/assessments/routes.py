"""Cases over HTTP: apply, answer, and each move as a verb of its own."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from cluster_api.assessments import actions, queries
from cluster_api.assessments.access import MOVING, READING, AssessmentId, Reader, case_to_change, known_case, tagged
from cluster_api.assessments.errors import (
    ApplicationTooEarly,
    AssessmentOpen,
    CaseNotOpen,
    CaseNotStalled,
    ChecksFailed,
    ClusterNotActive,
    EligibilityNotMet,
    LabelHeld,
    ProcessNotOffered,
    ReasonNotApplicable,
    RenewalNotPossible,
)
from cluster_api.assessments.schemas import (
    AssessmentCreate,
    AssessmentQuery,
    AssessmentRead,
    AssessmentSummary,
    CaseReason,
    ChecksRead,
    ContractGiven,
)
from cluster_api.clusters.errors import ClusterNotFound
from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.identity.errors import KEYED
from cluster_api.journal.schemas import HistoryRead

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])


@router.get("", operation_id="list_assessments", summary="List assessments", responses=problems(*KEYED))
def list_assessments(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    query: Annotated[AssessmentQuery, Query()],
) -> Page[AssessmentSummary]:
    """List the cases of which the caller may know, the latest first."""
    return private_page(request, response, queries.assessments_page(session, actor, query))


@router.post(
    "",
    operation_id="apply_for_assessment",
    summary="Apply for a level",
    status_code=201,
    responses=problems(
        *KEYED,
        ClusterNotFound,
        ClusterNotActive,
        ProcessNotOffered,
        RenewalNotPossible,
        LabelHeld,
        ApplicationTooEarly,
        AssessmentOpen,
    ),
)
def apply_for_assessment(
    session: DbSession,
    actor: Reader,
    given: AssessmentCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> AssessmentRead:
    """Apply for a level: opens a case, bound for its whole life to the documents and the price in force today."""
    case = actions.apply(session, actor, given)
    tagged(response, actor, queries.version_shown(actor, case))
    response.headers["Location"] = f"{router.prefix}/{case.id}"
    return queries.read_assessment(session, actor, case)


@router.get(
    "/{assessment_id}", operation_id="get_assessment", summary="Show an assessment", responses=problems(*READING)
)
def get_assessment(
    session: DbSession, actor: Reader, assessment_id: AssessmentId, response: Response
) -> AssessmentRead:
    """Show where a case stands, what it is bound to, and what you can do with it."""
    case = known_case(session, actor, assessment_id)
    tagged(response, actor, queries.version_shown(actor, case))
    return queries.read_assessment(session, actor, case)


@router.get(
    "/{assessment_id}/history",
    operation_id="list_assessment_history",
    summary="List what happened to an assessment",
    responses=problems(*READING),
)
def list_assessment_history(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    query: Annotated[PageQuery, Query()],
) -> Page[HistoryRead]:
    """List the moves and changes of a case, the last deed first."""
    case = known_case(session, actor, assessment_id)
    return private_page(request, response, queries.history_of(session, actor, case, query))


@router.get(
    "/{assessment_id}/checks",
    operation_id="get_assessment_checks",
    summary="Show the automatic checks",
    responses=problems(*READING),
)
def get_assessment_checks(
    session: DbSession, actor: Reader, assessment_id: AssessmentId, response: Response
) -> ChecksRead:
    """Show the checks made before admission, as of today: register, dates, documents, plausibility."""
    case = known_case(session, actor, assessment_id)
    response.headers["Cache-Control"] = PRIVATE
    return queries.read_checks(session, actor, case)


@router.post(
    "/{assessment_id}/submit",
    operation_id="submit_assessment",
    summary="Submit an application",
    responses=problems(*MOVING, EligibilityNotMet),
)
def submit_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """Submit an application, or submit it again after it was returned."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.submit(session, actor, case)
    tagged(response, actor, queries.version_shown(actor, case))
    return queries.read_assessment(session, actor, case)


@router.post(
    "/{assessment_id}/return",
    operation_id="return_assessment",
    summary="Return an application",
    responses=problems(*MOVING),
)
def return_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: CaseReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """Return an application to the applicant, who changes what is named and submits it again."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.send_back(session, actor, case, reason=given.reason)
    tagged(response, actor, queries.version_shown(actor, case))
    return queries.read_assessment(session, actor, case)


@router.post(
    "/{assessment_id}/admit",
    operation_id="admit_assessment",
    summary="Find an applicant eligible",
    responses=problems(*MOVING, EligibilityNotMet, ChecksFailed),
)
def admit_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """Find the applicant eligible: every criterion is met or waived, and no check fails that must not."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.admit(session, actor, case)
    tagged(response, actor, queries.version_shown(actor, case))
    return queries.read_assessment(session, actor, case)


@router.post(
    "/{assessment_id}/reject",
    operation_id="reject_assessment",
    summary="Find an applicant ineligible",
    responses=problems(*MOVING, ReasonNotApplicable),
)
def reject_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: CaseReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """End an application that does not meet the criteria, with reasons."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.reject(session, actor, case, reason=given.reason)
    tagged(response, actor, queries.version_shown(actor, case))
    return queries.read_assessment(session, actor, case)


@router.post(
    "/{assessment_id}/contract",
    operation_id="contract_assessment",
    summary="Record the contract",
    responses=problems(*MOVING, CaseNotOpen),
)
def contract_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: ContractGiven,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """Record the contract at the price that was fixed when the case was opened."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.contract(session, actor, case, given)
    tagged(response, actor, queries.version_shown(actor, case))
    return queries.read_assessment(session, actor, case)


@router.post(
    "/{assessment_id}/prepare",
    operation_id="prepare_assessment",
    summary="Open the self-assessment",
    responses=problems(*MOVING),
)
def prepare_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """Open the self-assessment to the cluster."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.prepare(session, actor, case)
    tagged(response, actor, queries.version_shown(actor, case))
    return queries.read_assessment(session, actor, case)


@router.post(
    "/{assessment_id}/withdraw",
    operation_id="withdraw_assessment",
    summary="Withdraw a case",
    responses=problems(*MOVING),
)
def withdraw_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: CaseReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """Withdraw a case before its visit has taken place; labels held are untouched."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.withdraw(session, actor, case, reason=given.reason)
    tagged(response, actor, queries.version_shown(actor, case))
    return queries.read_assessment(session, actor, case)


@router.post(
    "/{assessment_id}/abandon",
    operation_id="abandon_assessment",
    summary="End the case of a cluster that is no more",
    responses=problems(*MOVING, ReasonNotApplicable),
)
def abandon_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: CaseReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """End the case of a cluster that was closed, merged or split in mid-case."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.abandon(session, actor, case, reason=given.reason)
    tagged(response, actor, queries.version_shown(actor, case))
    return queries.read_assessment(session, actor, case)


@router.post(
    "/{assessment_id}/expire",
    operation_id="expire_assessment",
    summary="End a stalled case",
    responses=problems(*MOVING, CaseNotStalled),
)
def expire_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AssessmentRead:
    """End a case that had no visit in the months after its contract."""
    case = case_to_change(session, actor, assessment_id, if_match)
    actions.expire(session, actor, case)
    tagged(response, actor, queries.version_shown(actor, case))
    return queries.read_assessment(session, actor, case)
