"""How a route meets an assessor: as its caller may know it, with its tag, and only by whoever has seen it."""

from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Path, Response
from sqlalchemy.orm import Session

from cluster_api.foundation.conditional import require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.pool import queries
from cluster_api.pool.errors import AssessorNotFound
from cluster_api.pool.models import Assessor

T = TypeVar("T")

READING: tuple[type[Problem], ...] = (*KEYED, AssessorNotFound)
CHANGING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale)

AssessorId = Annotated[UUID, Path(description="Identifier of the assessor.")]


def tagged(response: Response, actor: Actor, assessor: Assessor) -> None:
    """Say which version of the assessor the answer shows; it is meant for its caller only."""
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(assessor.version, actor.view)


def known_assessor(session: Session, actor: Actor, assessor_id: UUID) -> Assessor:
    """Answer an assessor of whom the caller may know; raise AssessorNotFound."""
    return queries.get_assessor(session, actor, str(assessor_id))


def assessor_to_change(session: Session, actor: Actor, assessor_id: UUID, if_match: str | None) -> Assessor:
    """Answer an assessor locked for a change by somebody who has seen the present version.

    Raises:
        AssessorNotFound, PreconditionRequired, Stale: as named.
    """
    assessor = queries.get_assessor(session, actor, str(assessor_id), for_change=True)
    require_match(if_match, tag_of_version(assessor.version, actor.view))
    return assessor


def _reader(actor: CurrentActor) -> Actor:
    # Who sees no assessor at all hears that first, before anything is said about the request.
    queries.must_see_some(actor)
    return actor


Reader = Annotated[Actor, Depends(_reader)]
