"""Matches over HTTP: proposed by one side, answered by the other."""

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
from cluster_api.matches import actions, queries
from cluster_api.matches.errors import MatchExpired, MatchNotFound, MatchNotPossible, MatchTaken, OtherSideAnswers
from cluster_api.matches.models import ExchangeMatch
from cluster_api.matches.schemas import (
    MatchDecline,
    MatchPropose,
    MatchQuery,
    MatchRead,
    SuggestionQuery,
    SuggestionsRead,
)
from cluster_api.participants.errors import ParticipantNotFound
from cluster_api.participants.queries import get_participant

router = APIRouter(prefix="/v1/exchange-matches", tags=["exchanges"])

suggestions = APIRouter(prefix="/v1/exchange-participants", tags=["exchanges"])

ParticipantId = Annotated[UUID, Path(description="Identifier of the participant.")]
MatchId = Annotated[UUID, Path(description="Identifier of the match.")]
READING: tuple[type[Problem], ...] = (*KEYED, MatchNotFound)
MOVING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale, MoveNotAllowed)


def _shown(session: Session, actor: Actor, match: ExchangeMatch, response: Response) -> MatchRead:
    shown = queries.read_match(session, actor, match)
    response.headers["Cache-Control"] = PRIVATE
    # A proposal expires by itself: its tag tells of the day, too.
    response.headers["ETag"] = _tag(actor, match, shown.state)
    return shown


def _tag(actor: Actor, match: ExchangeMatch, state: str) -> str:
    return tag_of_version(match.version, f"{actor.view}-{state}")


def _to_change(session: Session, actor: Actor, key: UUID, if_match: str | None) -> ExchangeMatch:
    match = queries.get_match(session, actor, str(key), for_change=True)
    require_match(if_match, _tag(actor, match, queries.read_match(session, actor, match).state))
    return match


@router.get("", operation_id="list_exchange_matches", summary="List matches", responses=problems(*KEYED))
def list_exchange_matches(
    request: Request, response: Response, session: DbSession, actor: CurrentActor, query: Annotated[MatchQuery, Query()]
) -> Page[MatchRead]:
    """List matches on whose sides one is, or that one looks after."""
    return private_page(request, response, queries.matches_page(session, actor, query))


@router.post(
    "",
    operation_id="propose_exchange_match",
    summary="Propose a match",
    status_code=201,
    responses=problems(*KEYED, ParticipantNotFound, MatchNotPossible, MatchTaken),
)
def propose_exchange_match(
    session: DbSession,
    actor: CurrentActor,
    given: MatchPropose,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> MatchRead:
    """Propose an exchange to the other side, be it as visitor or as host."""
    match = actions.propose(session, actor, given)
    response.headers["Location"] = f"{router.prefix}/{match.id}"
    return _shown(session, actor, match, response)


@router.get("/{match_id}", operation_id="get_exchange_match", summary="Show a match", responses=problems(*READING))
def get_exchange_match(session: DbSession, actor: CurrentActor, match_id: MatchId, response: Response) -> MatchRead:
    """Show a match, and where it stands today."""
    return _shown(session, actor, queries.get_match(session, actor, str(match_id)), response)


@router.post(
    "/{match_id}/accept",
    operation_id="accept_exchange_match",
    summary="Accept a match",
    responses=problems(*MOVING, OtherSideAnswers, MatchExpired, MatchNotPossible),
)
def accept_exchange_match(
    session: DbSession,
    actor: CurrentActor,
    match_id: MatchId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> MatchRead:
    """Accept a match as the side that has not proposed it: it is confirmed."""
    match = _to_change(session, actor, match_id, if_match)
    actions.accept(session, actor, match)
    return _shown(session, actor, match, response)


@router.post(
    "/{match_id}/decline",
    operation_id="decline_exchange_match",
    summary="Decline a match",
    responses=problems(*MOVING),
)
def decline_exchange_match(
    session: DbSession,
    actor: CurrentActor,
    match_id: MatchId,
    given: MatchDecline,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> MatchRead:
    """Decline a match, or take back one's own proposal."""
    match = _to_change(session, actor, match_id, if_match)
    actions.decline(session, actor, match, reason=given.reason)
    return _shown(session, actor, match, response)


@suggestions.get(
    "/{participant_id}/suggestions",
    operation_id="suggest_exchange_matches",
    summary="Suggest matches",
    responses=problems(*KEYED, ParticipantNotFound),
)
def suggest_exchange_matches(
    session: DbSession,
    actor: CurrentActor,
    participant_id: ParticipantId,
    query: Annotated[SuggestionQuery, Query()],
    response: Response,
) -> SuggestionsRead:
    """Suggest who fits best among the validated of the round, the best first, with weights and reasons."""
    one = get_participant(session, actor, str(participant_id))
    response.headers["Cache-Control"] = PRIVATE
    return queries.suggestions(session, actor, one, query)
