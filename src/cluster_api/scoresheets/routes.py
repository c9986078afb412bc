"""The sheets of a case over HTTP: self-assessment, scores, consensus; each has a tag of its own."""

from fastapi import APIRouter, Response

from cluster_api.assessments.access import CHANGING, READING, Known, Locked, Reader, tag_of, tagged
from cluster_api.assessments.schemas import WithReason
from cluster_api.foundation.conditional import IfMatch, require_match
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
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


@router.get(
    "/{assessment_id}/self-assessment",
    operation_id="get_self_assessment",
    summary="Show the self-assessment",
    responses=problems(*READING, SheetNotFound),
)
def get_self_assessment(session: DbSession, actor: Reader, case: Known, response: Response) -> SheetRead:
    """Show the self-assessment: to the cluster as it is, to others once it is handed in."""
    found = queries.read_self_assessment(session, actor, case)
    tagged(response, actor, found.version)
    return found


@router.put(
    "/{assessment_id}/self-assessment",
    operation_id="write_self_assessment",
    summary="Fill in the self-assessment",
    responses=problems(*CHANGING, SheetNotFound, SheetHandedIn, SheetIncomplete),
)
def write_self_assessment(
    session: DbSession,
    actor: Reader,
    case: Locked,
    given: SelfAssessmentWrite,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> SheetRead:
    """Fill in the whole self-assessment; every fault is named at once. Its tag is that of `GET …/self-assessment`."""
    require_match(if_match, tag_of(actor, queries.read_self_assessment(session, actor, case).version))
    actions.write_self_assessment(session, actor, case, given)
    return get_self_assessment(session, actor, case, response)


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
    case: Locked,
    patch: SelfAssessmentUpdate,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> SheetRead:
    """Fill in parts of the self-assessment by a merge patch; what is missing may still be."""
    require_match(if_match, tag_of(actor, queries.read_self_assessment(session, actor, case).version))
    actions.update_self_assessment(session, actor, case, patch)
    return get_self_assessment(session, actor, case, response)


@router.post(
    "/{assessment_id}/self-assessment/hand-in",
    operation_id="hand_in_self_assessment",
    summary="Hand in the self-assessment",
    responses=problems(*CHANGING, SheetNotFound, SheetHandedIn, SheetIncomplete),
)
def hand_in_self_assessment(
    session: DbSession,
    actor: Reader,
    case: Locked,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> SheetRead:
    """Hand in the self-assessment; everything that is missing is named at once."""
    require_match(if_match, tag_of(actor, queries.read_self_assessment(session, actor, case).version))
    actions.hand_in(session, actor, case)
    return get_self_assessment(session, actor, case, response)


@router.post(
    "/{assessment_id}/self-assessment/return",
    operation_id="return_self_assessment",
    summary="Return the self-assessment",
    responses=problems(*CHANGING, SheetNotFound),
)
def return_self_assessment(
    session: DbSession,
    actor: Reader,
    case: Locked,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> SheetRead:
    """Return the self-assessment for changes, with reasons."""
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
def get_scores(session: DbSession, actor: Reader, case: Known, response: Response) -> ScoresRead:
    """Show the caller's own scores, and those of the others once all who score have submitted theirs."""
    found = queries.read_scores(session, actor, case)
    tagged(response, actor, queries.tag_of_scores(found))
    return found


@router.put(
    "/{assessment_id}/scores",
    operation_id="write_scores",
    summary="Score",
    responses=problems(*CHANGING, SheetNotFound, SheetHandedIn, SheetIncomplete),
)
def write_scores(
    session: DbSession,
    actor: Reader,
    case: Locked,
    given: SheetWrite,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> ScoresRead:
    """Keep the caller's own whole sheet; points follow from its values. Nobody else sees it before all are in."""
    require_match(if_match, tag_of(actor, queries.tag_of_scores(queries.read_scores(session, actor, case))))
    actions.write_scores(session, actor, case, given)
    return get_scores(session, actor, case, response)


@router.post(
    "/{assessment_id}/scores/submit",
    operation_id="submit_scores",
    summary="Submit the own scores",
    responses=problems(*CHANGING, SheetNotFound, SheetHandedIn),
)
def submit_scores(
    session: DbSession,
    actor: Reader,
    case: Locked,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ScoresRead:
    """Submit the caller's own scores for good."""
    require_match(if_match, tag_of(actor, queries.tag_of_scores(queries.read_scores(session, actor, case))))
    actions.submit_scores(session, actor, case)
    return get_scores(session, actor, case, response)


@router.get(
    "/{assessment_id}/consensus",
    operation_id="get_consensus",
    summary="Show the consensus",
    responses=problems(*READING, SheetNotFound),
)
def get_consensus(session: DbSession, actor: Reader, case: Known, response: Response) -> SheetRead:
    """Show the sheet on which those who score agree; to the cluster and the board from the report on."""
    found = queries.read_consensus(session, actor, case)
    tagged(response, actor, found.version)
    return found


@router.put(
    "/{assessment_id}/consensus",
    operation_id="write_consensus",
    summary="Agree on a consensus",
    responses=problems(*CHANGING, SheetNotFound, ScoresOutstanding, ConsensusNotPossible),
)
def write_consensus(
    session: DbSession,
    actor: Reader,
    case: Locked,
    given: ConsensusWrite,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> SheetRead:
    """Agree on a value for every indicator, with reasons where points differ and evidence for full marks."""
    require_match(if_match, tag_of(actor, queries.read_consensus(session, actor, case).version))
    actions.write_consensus(session, actor, case, given)
    return get_consensus(session, actor, case, response)
