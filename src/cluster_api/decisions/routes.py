"""Decisions over HTTP: opened by the secretariat, concluded by the board, replayed by who audits."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from cluster_api.assessments.access import MOVING as MOVING_CASE
from cluster_api.assessments.access import AssessmentId, case_to_change
from cluster_api.assessments.errors import ClusterNotActive, MethodologyBroken
from cluster_api.awards.errors import AwardNotPossible
from cluster_api.decisions import actions, queries
from cluster_api.decisions.access import MOVING, READING, DecisionId, Known, Reader, decision_to_change, tagged
from cluster_api.decisions.errors import (
    AlreadyVoted,
    CaseNotReported,
    ConditionsOpen,
    DecidedOnAppeal,
    DecisionFinal,
    DecisionOpen,
    MajorityMissing,
    NoticeDayWrong,
    NotOnTheBoard,
    NotTheChair,
    OnlyPeopleVote,
    QuorumMissing,
    ReasonMissing,
    ReportBroken,
    RequirementsNotMet,
    VoterBarred,
)
from cluster_api.decisions.schemas import (
    ChairChange,
    Conclusion,
    DecisionOpening,
    DecisionQuery,
    DecisionRead,
    Notice,
    RecordRead,
    ReplayRead,
    VoteCast,
    VoteRead,
)
from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey, NeededKey
from cluster_api.identity.errors import KEYED
from cluster_api.interviews.errors import BenchmarkNotReleased

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])
cases = APIRouter(prefix="/v1/assessments", tags=["decisions"])


@cases.post(
    "/{assessment_id}/decision",
    operation_id="open_decision",
    summary="Open the decision about an assessment",
    status_code=201,
    responses=problems(
        *MOVING_CASE, MethodologyBroken, CaseNotReported, ReportBroken, NotOnTheBoard, VoterBarred, DecisionOpen,
        DecisionFinal, ConditionsOpen,
    ),
)  # fmt: skip
def open_decision(
    session: DbSession,
    actor: Reader,
    assessment_id: AssessmentId,
    given: DecisionOpening,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> DecisionRead:
    """Open the decision about a reported or deferred case, bound to its report, editions, evidence and the engine."""
    case = case_to_change(session, actor, assessment_id, if_match)
    decision = actions.open_decision(session, actor, case, given)
    tagged(response, session, actor, decision)
    response.headers["Location"] = f"{router.prefix}/{decision.id}"
    return queries.read_decision(session, actor, decision)


@router.get("", operation_id="list_decisions", summary="List decisions", responses=problems(*KEYED))
def list_decisions(
    request: Request, response: Response, session: DbSession, actor: Reader, query: Annotated[DecisionQuery, Query()]
) -> Page[DecisionRead]:
    """List the decisions of which the caller may know, the latest first; an applicant sees those that were told."""
    page = queries.decisions_page(session, actor, query)
    return private_page(request, response, page)


@router.get("/{decision_id}", operation_id="get_decision", summary="Show a decision", responses=problems(*READING))
def get_decision(session: DbSession, actor: Reader, decision: Known, response: Response) -> DecisionRead:
    """Show a decision with its outcome and reasons, and to those inside how the votes stand."""
    tagged(response, session, actor, decision)
    return queries.read_decision(session, actor, decision)


@router.get(
    "/{decision_id}/record",
    operation_id="get_decision_record",
    summary="Show what a decision rests on",
    responses=problems(*READING),
)
def get_decision_record(session: DbSession, actor: Reader, decision: Known, response: Response) -> RecordRead:
    """Show everything a decision was computed from, and what came out, with the trace of every rule."""
    tagged(response, session, actor, decision)
    return queries.read_record(decision)


@router.get(
    "/{decision_id}/votes", operation_id="list_decision_votes", summary="List votes", responses=problems(*READING)
)
def list_decision_votes(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    decision: Known,
    query: Annotated[PageQuery, Query()],
) -> Page[VoteRead]:
    """List the votes on a decision, to board, secretariat and auditor."""
    page = queries.votes_page(session, actor, decision, query)
    return private_page(request, response, page)


@router.post(
    "/{decision_id}/votes",
    operation_id="cast_decision_vote",
    summary="Vote",
    status_code=201,
    responses=problems(
        *MOVING, OnlyPeopleVote, NotOnTheBoard, VoterBarred, AlreadyVoted, RequirementsNotMet, ConditionsOpen
    ),
)
def cast_decision_vote(
    session: DbSession,
    actor: Reader,
    decision_id: DecisionId,
    given: VoteCast,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> VoteRead:
    """Vote as a member of the board, once; or be recused with a reason, also after having voted."""
    decision = decision_to_change(session, actor, decision_id, if_match)
    cast = actions.vote(session, actor, decision, given)
    tagged(response, session, actor, decision)
    return VoteRead.model_validate(cast, from_attributes=True)


@router.post(
    "/{decision_id}/change-chair",
    operation_id="change_decision_chair",
    summary="Change the chair",
    responses=problems(*MOVING, NotOnTheBoard, VoterBarred),
)
def change_decision_chair(
    session: DbSession,
    actor: Reader,
    decision_id: DecisionId,
    given: ChairChange,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> DecisionRead:
    """Let another member of the board chair an open decision."""
    decision = decision_to_change(session, actor, decision_id, if_match)
    actions.change_chair(session, actor, decision, given)
    return get_decision(session, actor, decision, response)


@router.post(
    "/{decision_id}/conclude",
    operation_id="conclude_decision",
    summary="Conclude a decision",
    responses=problems(
        *MOVING, DecidedOnAppeal, NotTheChair, NotOnTheBoard, VoterBarred, QuorumMissing, MajorityMissing,
        ReasonMissing, DecisionFinal, AwardNotPossible, ClusterNotActive, MethodologyBroken, BenchmarkNotReleased,
    ),
)  # fmt: skip
def conclude_decision(
    session: DbSession,
    actor: Reader,
    decision_id: DecisionId,
    given: Conclusion,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
    if_match: IfMatch = None,
) -> DecisionRead:
    """Conclude a decision as its chair: the outcome follows the votes, and a grant awards the label at once."""
    decision = decision_to_change(session, actor, decision_id, if_match)
    actions.conclude(session, actor, decision, given)
    return get_decision(session, actor, decision, response)


@router.post(
    "/{decision_id}/notify",
    operation_id="notify_decision",
    summary="Record the notice of a decision",
    responses=problems(*MOVING, NoticeDayWrong, AwardNotPossible, MethodologyBroken),
)
def notify_decision(
    session: DbSession,
    actor: Reader,
    decision_id: DecisionId,
    given: Notice,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> DecisionRead:
    """Record on which day the applicant was told; the days to appeal count from it, and a label is awarded with it."""
    decision = decision_to_change(session, actor, decision_id, if_match)
    actions.notify(session, actor, decision, given)
    return get_decision(session, actor, decision, response)


@router.post(
    "/{decision_id}/replay",
    operation_id="replay_decision",
    summary="Compute a decision again",
    responses=problems(*READING, MethodologyBroken),
)
def replay_decision(
    session: DbSession, actor: Reader, decision: Known, response: Response, _dry_run: DryRun, _key: IdempotencyKey
) -> ReplayRead:
    """Compute a decision again from what it keeps, compare everything, and change nothing."""
    response.headers["Cache-Control"] = PRIVATE
    return queries.replay(session, actor, decision)
