"""How a route meets a decision: as its caller may know it, with its tag, and only by whoever has seen it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response

from cluster_api.decisions import queries
from cluster_api.decisions.errors import DecisionNotFound
from cluster_api.decisions.models import Decision
from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.transactions import DbSession
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import CredentialsRequired, PermissionMissing

PRIVATE = "private, no-cache"
KEYED: tuple[type[Problem], ...] = (CredentialsRequired, PermissionMissing)
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


def _to_change(session: DbSession, actor: Reader, decision_id: DecisionId, if_match: IfMatch = None) -> Decision:
    decision = queries.get_decision(session, actor, str(decision_id), for_change=True)
    require_match(if_match, tag_of_version(decision.version, actor.view))
    return decision


Known = Annotated[Decision, Depends(_known)]
"""A decision of which the caller may know."""
ToChange = Annotated[Decision, Depends(_to_change)]
"""The same, locked, by somebody who has seen its present version with its present votes."""


def tagged(response: Response, actor: Actor, version: int) -> None:
    """Say which version the answer shows; it is meant for its caller only."""
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(version, actor.view)
