"""Appeals over HTTP: filed by the applicant, given to another panel by the secretariat, concluded by its chair."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.orm import Session

from cluster_api.appeals import actions, queries
from cluster_api.appeals.errors import AlreadyAppealed, AppealNotFound, AppealNotPossible
from cluster_api.appeals.models import Appeal
from cluster_api.appeals.schemas import AppealCounts, AppealCreate, AppealQuery, AppealRead
from cluster_api.assessments.errors import ClusterNotActive, MethodologyBroken
from cluster_api.awards.errors import AwardNotPossible
from cluster_api.decisions.access import MOVING, DecisionId, Reader, decision_to_change
from cluster_api.decisions.errors import (
    CaseNotReported,
    DecisionFinal,
    DecisionOpen,
    MajorityMissing,
    NotOnTheBoard,
    NotTheChair,
    QuorumMissing,
    ReasonMissing,
    ReportBroken,
    VoterBarred,
)
from cluster_api.decisions.schemas import Conclusion, DecisionOpening
from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_bytes
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, PUBLIC, problems
from cluster_api.foundation.paging import Page, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey, NeededKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.interviews.errors import BenchmarkNotReleased

router = APIRouter(prefix="/v1/appeals", tags=["decisions"])
decisions = APIRouter(prefix="/v1/decisions", tags=["decisions"])

READING: tuple[type[Problem], ...] = (*KEYED, AppealNotFound)
CHANGING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale, MoveNotAllowed)
AppealId = Annotated[UUID, Path(description="Identifier of the appeal.")]


def _tag(shown: AppealRead) -> str:
    # It changes with the notice of the decision that was made on it, which does not touch the appeal.
    return tag_of_bytes(shown.model_dump_json().encode())


def _known(session: DbSession, actor: Reader, appeal_id: AppealId) -> Appeal:
    return queries.get_appeal(session, actor, str(appeal_id))


def _to_change(session: Session, actor: Actor, appeal_id: UUID, if_match: str | None) -> Appeal:
    # Called by each route, after its body was read: what cannot be understood is said before what is not there.
    appeal = queries.get_appeal(session, actor, str(appeal_id), for_change=True)
    require_match(if_match, _tag(queries.read_appeal(session, actor, appeal)))
    return appeal


Known = Annotated[Appeal, Depends(_known)]


@decisions.post(
    "/{decision_id}/appeals",
    operation_id="file_appeal",
    summary="Appeal against a decision",
    status_code=201,
    responses=problems(*MOVING, AppealNotPossible, AlreadyAppealed, MethodologyBroken),
)
def file_appeal(
    session: DbSession,
    actor: Reader,
    decision_id: DecisionId,
    given: AppealCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AppealRead:
    """Appeal against a refusal within the days after its notice; later it is on record as rejected."""
    decision = decision_to_change(session, actor, decision_id, if_match)
    appeal = actions.file(session, actor, decision, given)
    response.headers["Location"] = f"{router.prefix}/{appeal.id}"
    return get_appeal(session, actor, appeal, response)


@router.get("", operation_id="list_appeals", summary="List appeals", responses=problems(*KEYED))
def list_appeals(
    request: Request, response: Response, session: DbSession, actor: Reader, query: Annotated[AppealQuery, Query()]
) -> Page[AppealRead]:
    """List the appeals of which the caller may know, the latest first."""
    page = queries.appeals_page(session, actor, query)
    return private_page(request, response, page)


@router.get("/counts", operation_id="count_appeals", summary="Count appeals")
def count_appeals(session: DbSession, actor: CurrentActor, response: Response) -> AppealCounts:
    """Count appeals received and upheld by year that has ended; counts of a few are left out."""
    response.headers["Cache-Control"] = PUBLIC
    return queries.counts(session, actor)


@router.get("/{appeal_id}", operation_id="get_appeal", summary="Show an appeal", responses=problems(*READING))
def get_appeal(session: DbSession, actor: Reader, appeal: Known, response: Response) -> AppealRead:
    """Show an appeal; to the applicant what became of it once that was told."""
    shown = queries.read_appeal(session, actor, appeal)
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = _tag(shown)
    return shown


@router.post(
    "/{appeal_id}/review",
    operation_id="review_appeal",
    summary="Give an appeal to another panel",
    responses=problems(
        *CHANGING, AppealNotPossible, NotOnTheBoard, VoterBarred, DecisionOpen, CaseNotReported, ReportBroken,
        MethodologyBroken,
    ),
)  # fmt: skip
def review_appeal(
    session: DbSession,
    actor: Reader,
    appeal_id: AppealId,
    given: DecisionOpening,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AppealRead:
    """Give an admissible appeal to a panel of which nobody decided before: opens its decision, `review_id`."""
    appeal = _to_change(session, actor, appeal_id, if_match)
    actions.review(session, actor, appeal, given)
    return get_appeal(session, actor, appeal, response)


@router.post(
    "/{appeal_id}/conclude",
    operation_id="conclude_appeal",
    summary="Conclude an appeal",
    responses=problems(
        *CHANGING, NotTheChair, NotOnTheBoard, VoterBarred, QuorumMissing, MajorityMissing, ReasonMissing,
        DecisionFinal, AwardNotPossible, ClusterNotActive, MethodologyBroken, BenchmarkNotReleased,
    ),
)  # fmt: skip
def conclude_appeal(
    session: DbSession,
    actor: Reader,
    appeal_id: AppealId,
    given: Conclusion,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
    if_match: IfMatch = None,
) -> AppealRead:
    """Conclude an appeal as the chair of its panel: dismissed if the votes refuse again, else upheld."""
    appeal = _to_change(session, actor, appeal_id, if_match)
    actions.conclude(session, actor, appeal, given)
    return get_appeal(session, actor, appeal, response)
