"""What one can ask about matches: seen by both sides, by who looks after either, and by who sees all."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.paging import Page
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Organisation
from cluster_api.identity.permissions import Permission
from cluster_api.matches import rules
from cluster_api.matches.errors import MatchNotFound
from cluster_api.matches.models import ExchangeMatch
from cluster_api.matches.schemas import (
    MatchQuery,
    MatchRead,
    Suggestion,
    SuggestionPart,
    SuggestionQuery,
    SuggestionsRead,
)
from cluster_api.matches.states import LIFE, MatchState
from cluster_api.matching.queries import weights_on
from cluster_api.matching.rules import Match, Profile, best
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.participants.queries import is_own, looked_after, looks_after, must_see_some
from cluster_api.participants.states import ExchangeAim, ParticipantState, StayActivity
from cluster_api.pool.queries import keyed_page
from cluster_api.rounds.states import ExchangeRole
from cluster_api.vocabularies.queries import codes

PACKAGE = "cluster_api.matches"
M = ExchangeMatch


def answer_days(today: date) -> int:
    """Answer within how many days a proposal is answered."""
    known = [row for row in data_rows(PACKAGE, "terms") if date.fromisoformat(row["since"]) <= today]
    return int(max(known, key=lambda row: row["since"])["value"])


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    if actor.can(Permission.EXCHANGES_READ_ALL):
        return sa.true()
    P, one = ExchangeParticipant, aliased(M)  # noqa: N806 - one word for the table
    # Each way to a match has its index; PostgreSQL uses none of them where one condition names two ways.
    mine = sa.union(
        sa.select(P.id).where(P.organisation_id.in_(actor.where(Permission.EXCHANGES_TAKE_PART))),
        sa.select(P.id).where(P.partnership_id.in_(looked_after(actor))),
    )
    return M.id.in_(sa.union(*(sa.select(one.id).where(side.in_(mine)) for side in (one.visitor_id, one.host_id))))


def matches_between(
    session: Session, pairs: Sequence[tuple[str, str]], today: date
) -> dict[tuple[str, str], ExchangeMatch]:
    """Answer the latest match of each pair of visitor and host, unless it expired without an answer."""
    statement = sa.select(M).where(
        M.visitor_id.in_({visitor for visitor, _ in pairs}), M.host_id.in_({host for _, host in pairs})
    )
    latest = {(one.visitor_id, one.host_id): one for one in session.scalars(statement.order_by(M.id))}
    return {
        pair: one
        for pair in pairs
        if (one := latest.get(pair)) and rules.state_on(one.state, one.answer_by, today) is not MatchState.EXPIRED
    }


def get_match(session: Session, actor: Actor, key: str, *, for_change: bool = False) -> ExchangeMatch:
    """Answer a match of which the caller may know, locked if it is to be changed; raise MatchNotFound."""
    must_see_some(actor)
    statement = sa.select(M).where(M.id == key, _visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise MatchNotFound
    return found


def sides_of(actor: Actor, visitor: ExchangeParticipant, host: ExchangeParticipant) -> frozenset[ExchangeRole]:
    """Answer on which sides of a match the caller is."""
    pairs = ((ExchangeRole.VISITOR, visitor), (ExchangeRole.HOST, host))
    return frozenset(role for role, one in pairs if is_own(actor, one))


def allowed_moves(match: ExchangeMatch, sides: frozenset[ExchangeRole], today: date) -> list[str]:
    """Answer what somebody on these sides can do with a match now."""
    moves = {move.verb for move in LIFE.moves_from(rules.state_on(match.state, match.answer_by, today))} - {"expire"}
    if not sides - {match.proposed_by}:
        moves.discard("accept")
    return sorted(moves) if sides else []


def read_matches(session: Session, actor: Actor, shown: Sequence[ExchangeMatch]) -> list[MatchRead]:
    """Answer matches as they are shown."""
    ids = {key for one in shown for key in (one.visitor_id, one.host_id)}
    rows = session.execute(
        sa.select(ExchangeParticipant, Organisation.name)
        .join(Organisation, Organisation.id == ExchangeParticipant.organisation_id)
        .where(ExchangeParticipant.id.in_(ids))
    )
    known = {row[0].id: (row[0], row[1]) for row in rows}
    found = []
    for one in shown:
        (visitor, visitor_name), (host, host_name) = known[one.visitor_id], known[one.host_id]
        found.append(
            MatchRead(
                id=UUID(one.id),
                round=visitor.round,
                visitor_id=UUID(one.visitor_id),
                host_id=UUID(one.host_id),
                visitor=visitor_name,
                host=host_name,
                proposed_by=one.proposed_by,
                message=one.message,
                state=rules.state_on(one.state, one.answer_by, actor.today),
                proposed_on=one.proposed_on,
                answer_by=one.answer_by,
                reason=one.reason,
                version=one.version,
                allowed_moves=allowed_moves(one, sides_of(actor, visitor, host), actor.today),
            )
        )
    return found


def read_match(session: Session, actor: Actor, match: ExchangeMatch) -> MatchRead:
    """Answer a match as it is shown."""
    return read_matches(session, actor, [match])[0]


def _in_state(state: MatchState, today: date) -> sa.ColumnElement[bool]:
    is_late = sa.and_(M.state == MatchState.PROPOSED, M.answer_by < today)
    if state is MatchState.EXPIRED:
        return sa.or_(is_late, M.state == state)
    return sa.and_(M.state == state, sa.not_(is_late))


def matches_page(session: Session, actor: Actor, query: MatchQuery) -> Page[MatchRead]:
    """Answer a page of matches of which the caller may know, in the order in which they were proposed."""
    must_see_some(actor)
    statement = sa.select(M).where(_visible(actor))
    if query.participant_id is not None:
        key = str(query.participant_id)
        statement = statement.where(sa.or_(M.visitor_id == key, M.host_id == key))
    if query.state is not None:
        statement = statement.where(_in_state(query.state, actor.today))
    shown, cursor = keyed_page(session, statement, M.id, query, of="exchange-matches", view=actor.view)
    return Page(items=read_matches(session, actor, shown), next=cursor)


def suggestions(session: Session, actor: Actor, one: ExchangeParticipant, query: SuggestionQuery) -> SuggestionsRead:
    """Answer who of the validated participants of the round fits best, with the reasons; the same for the same data.

    Raises:
        PermissionMissing: the caller neither acts for the participant nor looks after it nor sees all.
    """
    if not (is_own(actor, one) or looks_after(session, actor, one) or actor.can(Permission.EXCHANGES_READ_ALL)):
        actor.refuse(Permission.EXCHANGES_TAKE_PART, Permission.EXCHANGES_LOOK_AFTER)
    role = query.role or (ExchangeRole.VISITOR if one.is_visitor else ExchangeRole.HOST)
    X = ExchangeParticipant  # noqa: N806 - one word for the table
    hosts = X.is_host if role is ExchangeRole.VISITOR else X.is_visitor
    statement: sa.Select[Any] = sa.select(*compared_columns()).where(
        X.round == one.round, X.state == ParticipantState.VALIDATED, hosts
    )
    candidates = [profile_of(*row) for row in session.execute(statement).all()]
    own: sa.Select[Any] = sa.select(*compared_columns()).where(X.id == one.id)
    [mine] = [profile_of(*row) for row in session.execute(own)]
    weights = weights_on(actor.today)
    found = best(mine, role, candidates, weights, query.count)
    return SuggestionsRead(
        participant_id=UUID(one.id),
        role=role,
        weights_version=weights.version,
        candidates=len(candidates),
        suggestions=_told(session, found),
    )


def compared_columns() -> list[Any]:
    """Answer the columns of a participant that are compared, in the order in which ``profile_of`` takes them."""
    X = ExchangeParticipant  # noqa: N806 - one word for the table
    # Lists are compared as the text in which they are kept: most of thousands say the same.
    texts = (sa.type_coerce(column, sa.Text) for column in (X.ecosystems, X.aims, X.activities, X.wanted_countries))
    return [X.id, X.organisation_id, X.country, *texts, X.available_from, X.available_until]


def profile_of(  # noqa: PLR0913, PLR0917 - a row of what is compared
    key: str,
    organisation_id: str,
    country: str,
    ecosystems: str,
    aims: str,
    activities: str,
    wanted: str,
    since: date | None,
    until: date | None,
) -> Profile:
    """Answer a participant as it is compared."""
    return Profile(
        key, organisation_id, country, _bits("ecosystems", ecosystems), _bits("aims", aims),
        _bits("activities", activities), _set_of(wanted), since, until,
    )  # fmt: skip


@lru_cache(maxsize=8192)
def _bits(kind: str, text: str) -> int:
    """Answer a list as bits, by the order of its vocabulary."""
    words = {
        "ecosystems": sorted(codes("industrial-ecosystems")),
        "aims": [one.value for one in ExchangeAim],
        "activities": [one.value for one in StayActivity],
    }[kind]
    return sum(1 << words.index(one) for one in _set_of(text))


@lru_cache(maxsize=8192)
def _set_of(text: str) -> frozenset[str]:
    return frozenset(text.strip("|").split("|")) - {""}


def _told(session: Session, found: Sequence[Match]) -> list[Suggestion]:
    ids = [one.profile.organisation_id for one in found]
    rows = session.execute(sa.select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    names = {row.id: row.name for row in rows}
    return [
        Suggestion(
            participant_id=UUID(one.profile.id),
            name=names[one.profile.organisation_id],
            country=one.profile.country,
            points=one.score.points,
            parts=[
                SuggestionPart(criterion=part.criterion, weight=part.weight, points=part.points, sentence=part.sentence)
                for part in one.score.parts
            ],
        )
        for one in found
    ]
