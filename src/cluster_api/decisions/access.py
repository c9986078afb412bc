"""How a route meets a decision: as its caller may know it, with its tag, and only by whoever has seen it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response
from sqlalchemy.orm import Session

from cluster_api.decisions import queries
from cluster_api.decisions.errors import DecisionNotFound
from cluster_api.decisions.models import Decision
from cluster_api.foundation.conditional import require_match, tag_of_bytes, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE
from cluster_api.foundation.transactions import DbSession
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED

READING: tuple[type[Problem], ...] = (*KEYED, DecisionNotFound)
MOVING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale, MoveNotAllowed)

DecisionId = Annotated[UUID, Path(description="Identifier of the decision.")]


def _reader(actor: CurrentActor) -> Actor:
    # Who sees no decision at all hears that first, before anything is said about the request.
    queries.must_see_some(actor)
    return actor


Reader = Annotated[Actor, Depends(_reader)]


def _known(session: DbSession, actor: Reader, decision_id: DecisionId) -> Decision:
    return queries.get_decision(session, actor, str(decision_id))


def decision_to_change(session: Session, actor: Actor, decision_id: UUID, if_match: str | None) -> Decision:
    """Answer a decision, locked, to somebody who has seen its present version with its present votes.

    Raises:
        DecisionNotFound, PreconditionRequired, Stale: as named.
    """
    decision = queries.get_decision(session, actor, str(decision_id), for_change=True)
    require_match(if_match, tag_of(session, actor, decision))
    return decision


def tag_of(session: Session, actor: Actor, decision: Decision) -> str:
    """Answer the entity tag of a decision: its version to those inside, to others what they are shown and no more.

    Every vote and recusal raises the version, so that it would tell an applicant how many there were.
    """
    if queries.is_inside(actor):
        return tag_of_version(decision.version, actor.view)
    return tag_of_bytes(queries.read_decision(session, actor, decision).model_dump_json().encode())


Known = Annotated[Decision, Depends(_known)]
"""A decision of which the caller may know."""


def tagged(response: Response, session: Session, actor: Actor, decision: Decision) -> None:
    """Say which version the answer shows; it is meant for its caller only."""
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of(session, actor, decision)
