"""What one can do with matches: propose, accept, decline."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.matches import rules
from cluster_api.matches.errors import MatchExpired, MatchNotPossible, OtherSideAnswers
from cluster_api.matches.models import ExchangeMatch
from cluster_api.matches.queries import answer_days, sides_of
from cluster_api.matches.schemas import MatchPropose
from cluster_api.matches.states import LIFE, MatchState
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.participants.queries import get_participant
from cluster_api.rounds.queries import get_round
from cluster_api.rounds.rules import is_over
from cluster_api.rounds.states import ExchangeRole


def propose(session: Session, actor: Actor, given: MatchPropose) -> ExchangeMatch:
    """Propose a match to the other side.

    Raises:
        ParticipantNotFound: one is none of which the caller may know.
        PermissionMissing: the caller is on neither side.
        MatchNotPossible, MatchTaken: as named.
    """
    visitor = get_participant(session, actor, str(given.visitor_id))
    host = get_participant(session, actor, str(given.host_id))
    sides = sides_of(actor, visitor, host)
    if not sides:
        actor.refuse(Permission.EXCHANGES_TAKE_PART)
    must_be_possible(visitor, host, actor.today)
    _let_expired_go(session, actor, visitor.id, host.id)
    by = ExchangeRole.VISITOR if ExchangeRole.VISITOR in sides else ExchangeRole.HOST
    match = ExchangeMatch(
        id=str(uuid7()),
        visitor_id=visitor.id,
        host_id=host.id,
        proposed_by=by,
        message=given.message,
        state=MatchState.PROPOSED,
        proposed_on=actor.today,
        answer_by=actor.today + timedelta(days=answer_days(actor.today)),
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(match)
    session.flush()
    details = {"visitor_id": visitor.id, "host_id": host.id, "proposed_by": by.value}
    record(session, actor.author, "exchange_match.proposed", ("exchange_match", match.id), details=details)
    return match


def must_be_possible(visitor: ExchangeParticipant, host: ExchangeParticipant, today: date) -> None:
    """Raise MatchNotPossible, with every reason, unless two can be matched as they are today."""
    found = rules.faults(
        visitor=(visitor.round, visitor.country, visitor.organisation_id),
        host=(host.round, host.country, host.organisation_id),
        visits=visitor.is_visitor,
        hosts=host.is_host,
        visitor_state=visitor.state,
        host_state=host.state,
    )
    last_day = get_round(visitor.round).ends.value
    if is_over(last_day, today):
        found.append(f"The round {visitor.round} was over on {last_day}.")
    if found:
        raise MatchNotPossible(" ".join(found))


def _let_expired_go(session: Session, actor: Actor, visitor_id: str, host_id: str) -> None:
    # An unanswered proposal stands in the way of a new one until it is put aside.
    session.execute(
        sa.update(ExchangeMatch)
        .where(
            ExchangeMatch.visitor_id == visitor_id,
            ExchangeMatch.host_id == host_id,
            ExchangeMatch.state == MatchState.PROPOSED,
            ExchangeMatch.answer_by < actor.today,
        )
        .values(state=MatchState.EXPIRED)
    )


def accept(session: Session, actor: Actor, match: ExchangeMatch) -> None:
    """Accept a match as the side that has not proposed it.

    Raises:
        PermissionMissing, OtherSideAnswers: the caller is on neither side, or on the one that has proposed.
        MatchExpired, MoveNotAllowed, MatchNotPossible: as named.
    """
    sides = _must_be_side(session, actor, match)
    LIFE.find(match.state, "accept")
    if not sides - {match.proposed_by}:
        raise OtherSideAnswers
    if rules.state_on(match.state, match.answer_by, actor.today) is MatchState.EXPIRED:
        raise MatchExpired(f"The last day was {match.answer_by}.")
    must_be_possible(*participants_of(session, match), actor.today)
    LIFE.apply(match, "accept")
    match.answered_at = actor.now
    changed(session, actor, match, "exchange_match.confirmed")


def decline(session: Session, actor: Actor, match: ExchangeMatch, *, reason: str | None) -> None:
    """Decline a match, or take back the own proposal; raise MoveNotAllowed once it is answered."""
    _must_be_side(session, actor, match)
    LIFE.apply(match, "decline")
    match.answered_at, match.reason = actor.now, reason
    changed(session, actor, match, "exchange_match.declined", reason=reason)


def participants_of(session: Session, match: ExchangeMatch) -> tuple[ExchangeParticipant, ExchangeParticipant]:
    """Answer visitor and host of a match."""
    return (
        session.get_one(ExchangeParticipant, match.visitor_id),
        session.get_one(ExchangeParticipant, match.host_id),
    )


def _must_be_side(session: Session, actor: Actor, match: ExchangeMatch) -> frozenset[ExchangeRole]:
    sides = sides_of(actor, *participants_of(session, match))
    if not sides:
        actor.refuse(Permission.EXCHANGES_TAKE_PART)
    return sides


def changed(
    session: Session, actor: Actor, match: ExchangeMatch, event: str, *, reason: str | None = None, **details: Any
) -> None:
    """Note a change of a match in its version and in the journal."""
    match.version += 1
    match.updated_at = actor.now
    session.flush()
    record(session, actor.author, event, ("exchange_match", match.id), reason=reason, details=details)
