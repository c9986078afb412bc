"""Participants of exchanges over HTTP: registered by organisations, validated by partnerships, listed for all."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.participants import actions, queries
from cluster_api.participants.errors import (
    ExchangeOpen,
    NotEligible,
    ParticipantFixed,
    ParticipantIncomplete,
    ParticipantNotFound,
    ParticipantTaken,
    PartnershipNotActive,
)
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.participants.schemas import (
    ParticipantCreate,
    ParticipantQuery,
    ParticipantRead,
    ParticipantReason,
    ParticipantUpdate,
)
from cluster_api.rounds.errors import RoundNotFound

router = APIRouter(prefix="/v1/exchange-participants", tags=["exchanges"])

ParticipantId = Annotated[UUID, Path(description="Identifier of the participant.")]
READING: tuple[type[Problem], ...] = (*KEYED, ParticipantNotFound)
MOVING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale, MoveNotAllowed)


def _shown(session: Session, actor: Actor, one: ExchangeParticipant, response: Response) -> ParticipantRead:
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(one.version, actor.view)
    return queries.read_participant(session, actor, one)


def _to_change(session: Session, actor: Actor, key: UUID, if_match: str | None) -> ExchangeParticipant:
    one = queries.get_participant(session, actor, str(key), for_change=True)
    require_match(if_match, tag_of_version(one.version, actor.view))
    return one


@router.get(
    "", operation_id="list_exchange_participants", summary="List participants of exchanges", responses=problems(*KEYED)
)
def list_exchange_participants(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[ParticipantQuery, Query()],
) -> Page[ParticipantRead]:
    """List the own participants, those looked after, and the catalogue of all that are validated."""
    return private_page(request, response, queries.participants_page(session, actor, query))


@router.post(
    "",
    operation_id="register_exchange_participant",
    summary="Register for exchanges",
    status_code=201,
    responses=problems(*KEYED, RoundNotFound, ParticipantIncomplete, ParticipantTaken),
)
def register_exchange_participant(
    session: DbSession,
    actor: CurrentActor,
    given: ParticipantCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> ParticipantRead:
    """Register an own organisation in a round, as visitor, host or both; it is a draft until it is submitted."""
    one = actions.register(session, actor, given)
    response.headers["Location"] = f"{router.prefix}/{one.id}"
    return _shown(session, actor, one, response)


@router.get(
    "/{participant_id}",
    operation_id="get_exchange_participant",
    summary="Show a participant of exchanges",
    responses=problems(*READING),
)
def get_exchange_participant(
    session: DbSession, actor: CurrentActor, participant_id: ParticipantId, response: Response
) -> ParticipantRead:
    """Show a participant; what the rules ask is told to itself and to who looks after it."""
    return _shown(session, actor, queries.get_participant(session, actor, str(participant_id)), response)


@router.patch(
    "/{participant_id}",
    operation_id="update_exchange_participant",
    summary="Change a registration for exchanges",
    responses=problems(*READING, PreconditionRequired, Stale, ParticipantFixed, ParticipantIncomplete),
)
def update_exchange_participant(
    session: DbSession,
    actor: CurrentActor,
    participant_id: ParticipantId,
    patch: ParticipantUpdate,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> ParticipantRead:
    """Change a registration before it is submitted, as a merge patch."""
    one = _to_change(session, actor, participant_id, if_match)
    return _shown(session, actor, actions.update(session, actor, one, patch), response)


@router.post(
    "/{participant_id}/submit",
    operation_id="submit_exchange_participant",
    summary="Submit a registration for exchanges",
    responses=problems(*MOVING, ParticipantIncomplete, PartnershipNotActive),
)
def submit_exchange_participant(
    session: DbSession,
    actor: CurrentActor,
    participant_id: ParticipantId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ParticipantRead:
    """Submit a registration to the partnership chosen; without one, the best fitting is assigned."""
    one = _to_change(session, actor, participant_id, if_match)
    actions.submit(session, actor, one)
    return _shown(session, actor, one, response)


@router.post(
    "/{participant_id}/validate",
    operation_id="validate_exchange_participant",
    summary="Validate a participant of exchanges",
    responses=problems(*MOVING, NotEligible),
)
def validate_exchange_participant(
    session: DbSession,
    actor: CurrentActor,
    participant_id: ParticipantId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ParticipantRead:
    """Validate a participant that meets every rule, as the partnership that looks after it."""
    one = _to_change(session, actor, participant_id, if_match)
    actions.validate(session, actor, one)
    return _shown(session, actor, one, response)


@router.post(
    "/{participant_id}/reject",
    operation_id="reject_exchange_participant",
    summary="Reject a participant of exchanges",
    responses=problems(*MOVING),
)
def reject_exchange_participant(
    session: DbSession,
    actor: CurrentActor,
    participant_id: ParticipantId,
    given: ParticipantReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ParticipantRead:
    """Reject a registration, with the reason."""
    one = _to_change(session, actor, participant_id, if_match)
    actions.judge(session, actor, one, "reject", reason=given.reason)
    return _shown(session, actor, one, response)


@router.post(
    "/{participant_id}/request-changes",
    operation_id="send_back_exchange_participant",
    summary="Ask a participant of exchanges for changes",
    responses=problems(*MOVING),
)
def send_back_exchange_participant(
    session: DbSession,
    actor: CurrentActor,
    participant_id: ParticipantId,
    given: ParticipantReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ParticipantRead:
    """Give a registration back to be changed, with the reason."""
    one = _to_change(session, actor, participant_id, if_match)
    actions.judge(session, actor, one, "request-changes", reason=given.reason)
    return _shown(session, actor, one, response)


@router.post(
    "/{participant_id}/suspend",
    operation_id="suspend_exchange_participant",
    summary="Suspend a participant of exchanges",
    responses=problems(*MOVING),
)
def suspend_exchange_participant(
    session: DbSession,
    actor: CurrentActor,
    participant_id: ParticipantId,
    given: ParticipantReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ParticipantRead:
    """Suspend a validated participant, as its partnership or the support office."""
    one = _to_change(session, actor, participant_id, if_match)
    actions.judge(session, actor, one, "suspend", reason=given.reason)
    return _shown(session, actor, one, response)


@router.post(
    "/{participant_id}/approve",
    operation_id="approve_exchange_participant",
    summary="Approve a host of exchanges",
    responses=problems(*READING, PreconditionRequired, Stale),
)
def approve_exchange_participant(
    session: DbSession,
    actor: CurrentActor,
    participant_id: ParticipantId,
    given: ParticipantReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ParticipantRead:
    """Record that the agency has approved an organisation as host, where the rules ask for it."""
    one = _to_change(session, actor, participant_id, if_match)
    actions.approve(session, actor, one, reason=given.reason)
    return _shown(session, actor, one, response)


@router.post(
    "/{participant_id}/withdraw",
    operation_id="withdraw_exchange_participant",
    summary="Withdraw from exchanges",
    responses=problems(*MOVING, ExchangeOpen),
)
def withdraw_exchange_participant(
    session: DbSession,
    actor: CurrentActor,
    participant_id: ParticipantId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ParticipantRead:
    """Withdraw from a round, without an open exchange."""
    one = _to_change(session, actor, participant_id, if_match)
    actions.withdraw(session, actor, one)
    return _shown(session, actor, one, response)
