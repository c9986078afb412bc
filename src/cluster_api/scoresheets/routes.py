"""The sheets of a case over HTTP: self-assessment, scores, consensus; each has a tag of its own."""

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from cluster_api.assessments.access import (
    CHANGING,
    READING,
    AssessmentId,
    Reader,
    declared_case,
    known_case,
    locked_case,
    tag_of,
    tagged,
)
from cluster_api.assessments.errors import DeclarationMissing
from cluster_api.assessments.models import Assessment
from cluster_api.assessments.schemas import CaseReason
from cluster_api.foundation.conditional import IfMatch, require_match
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.identity.access import Actor
from cluster_api.scoresheets import actions, queries
from cluster_api.scoresheets.errors import (
    ConsensusNotPossible,
    ScoresOutstanding,
    SheetHandedIn,
    SheetIncomplete,
    SheetNotFound,
)
from cluster_api.scoresheets.schemas import (
    ConsensusWrite,
    ScoresRead,
    SelfAssessmentUpdate,
    SelfAssessmentWrite,
    SheetRead,
    SheetWrite,
)

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])

PATCHED = {"application/merge-patch+json": {"schema": {"$ref": "#/components/schemas/SelfAssessmentUpdate"}}}


def _self_assessment(session: Session, actor: Actor, case: Assessment, response: Response) -> SheetRead:
    found = queries.read_self_assessment(session, actor, case)
    tagged(response, actor, found.version)
    return found


def _scores(session: Session, actor: Actor, case: Assessment, response: Response) -> ScoresRead:
    found = queries.read_scores(session, actor, case)
    tagged(response, actor, queries.tag_of_scores(found))
    return found


def _consensus(session: Session, actor: Actor, case: Assessment, response: Response) -> SheetRead:
    found = queries.read_consensus(session, actor, case)
    tagged(response, actor, found.version)
    return found


@router.get(
    "/{assessment_id}/self-assessment",
    operation_id="get_self_assessment",
    summary="Show the self-assessment",
    responses=problems(*READING, DeclarationMissing, SheetNotFound),
)
def get_self_assessment(
    session: DbSession, actor: Reader, assessment_id: AssessmentId, response: Response
) -> SheetRead:
    """Show the self-assessment: to the cluster as it is, to others once it is handed in."""
    case = declared_case(session, actor, assessment_id)
    return _self_assessment(session, actor, case, response)


@router.put(
    "/{assessment_id}/self-assessment",
    operation_id="write_self_assessment",
    summary="Fill in the self-assessment",
    responses=problems(*CHANGING, SheetNotFound, SheetHandedIn, SheetIncomplete),
)
def write_self_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: SelfAssessmentWrite,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> SheetRead:
    """Fill in the whole self-assessment; every fault is named at once. Its tag is that of `GET …/self-assessment`."""
    case = locked_case(session, actor, assessment_id)
    require_match(if_match, tag_of(actor, queries.read_self_assessment(session, actor, case).version))
    actions.write_self_assessment(session, actor, case, given)
    return _self_assessment(session, actor, case, response)


@router.patch(
    "/{assessment_id}/self-assessment",
    operation_id="update_self_assessment",
    summary="Fill in parts of the self-assessment",
    responses=problems(*CHANGING, SheetNotFound, SheetHandedIn, SheetIncomplete),
    openapi_extra={"requestBody": {"content": PATCHED}},
)
def update_self_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    patch: SelfAssessmentUpdate,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> SheetRead:
    """Fill in parts of the self-assessment by a merge patch; what is missing may still be."""
    case = locked_case(session, actor, assessment_id)
    require_match(if_match, tag_of(actor, queries.read_self_assessment(session, actor, case).version))
    actions.update_self_assessment(session, actor, case, patch)
    return _self_assessment(session, actor, case, response)


@router.post(
    "/{assessment_id}/self-assessment/hand-in",
    operation_id="hand_in_self_assessment",
    summary="Hand in the self-assessment",
    responses=problems(*CHANGING, SheetNotFound, SheetHandedIn, SheetIncomplete),
)
def hand_in_self_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> SheetRead:
    """Hand in the self-assessment; everything that is missing is named at once."""
    case = locked_case(session, actor, assessment_id)
    require_match(if_match, tag_of(actor, queries.read_self_assessment(session, actor, case).version))
    actions.hand_in(session, actor, case)
    return _self_assessment(session, actor, case, response)


@router.post(
    "/{assessment_id}/self-assessment/return",
    operation_id="return_self_assessment",
    summary="Return the self-assessment",
    responses=problems(*CHANGING, SheetNotFound),
)
def return_self_assessment(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: CaseReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> SheetRead:
    """Return the self-assessment for changes, with reasons."""
    case = locked_case(session, actor, assessment_id)
    found = queries.read_self_assessment(session, actor, case)
    require_match(if_match, tag_of(actor, found.version))
    actions.send_back(session, actor, case, reason=given.reason)
    sheet = queries.self_assessment_of(session, case)
    tagged(response, actor, sheet.version if sheet else 0)
    return queries.read_sheet(sheet, found.kind)


@router.get(
    "/{assessment_id}/scores",
    operation_id="get_scores",
    summary="Show the scores",
    responses=problems(*READING, SheetNotFound),
)
def get_scores(session: DbSession, actor: Reader, assessment_id: AssessmentId, response: Response) -> ScoresRead:
    """Show the caller's own scores, and those of the others once all who score have submitted theirs."""
    case = known_case(session, actor, assessment_id)
    return _scores(session, actor, case, response)


@router.put(
    "/{assessment_id}/scores",
    operation_id="write_scores",
    summary="Score",
    responses=problems(*CHANGING, SheetNotFound, SheetHandedIn, SheetIncomplete),
)
def write_scores(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: SheetWrite,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> ScoresRead:
    """Keep the caller's own whole sheet; points follow from its values. Nobody else sees it before all are in."""
    case = locked_case(session, actor, assessment_id)
    require_match(if_match, tag_of(actor, queries.tag_of_scores(queries.read_scores(session, actor, case))))
    actions.write_scores(session, actor, case, given)
    return _scores(session, actor, case, response)


@router.post(
    "/{assessment_id}/scores/submit",
    operation_id="submit_scores",
    summary="Submit the own scores",
    responses=problems(*CHANGING, SheetNotFound, SheetHandedIn),
)
def submit_scores(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ScoresRead:
    """Submit the caller's own scores for good."""
    case = locked_case(session, actor, assessment_id)
    require_match(if_match, tag_of(actor, queries.tag_of_scores(queries.read_scores(session, actor, case))))
    actions.submit_scores(session, actor, case)
    return _scores(session, actor, case, response)


@router.get(
    "/{assessment_id}/consensus",
    operation_id="get_consensus",
    summary="Show the consensus",
    responses=problems(*READING, SheetNotFound),
)
def get_consensus(session: DbSession, actor: Reader, assessment_id: AssessmentId, response: Response) -> SheetRead:
    """Show the sheet on which those who score agree; to the cluster and the board from the report on."""
    case = known_case(session, actor, assessment_id)
    return _consensus(session, actor, case, response)


@router.put(
    "/{assessment_id}/consensus",
    operation_id="write_consensus",
    summary="Agree on a consensus",
    responses=problems(*CHANGING, SheetNotFound, ScoresOutstanding, ConsensusNotPossible),
)
def write_consensus(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: ConsensusWrite,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> SheetRead:
    """Agree on a value for every indicator, with reasons where points differ and evidence for full marks."""
    case = locked_case(session, actor, assessment_id)
    require_match(if_match, tag_of(actor, queries.read_consensus(session, actor, case).version))
    actions.write_consensus(session, actor, case, given)
    return _consensus(session, actor, case, response)
