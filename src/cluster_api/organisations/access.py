"""How a route meets an organisation: as its caller may know it, with its tag, and only by whoever may change it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response
from sqlalchemy.orm import Session

from cluster_api.foundation.conditional import require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.identity.models import Organisation
from cluster_api.organisations import queries
from cluster_api.organisations.errors import OrganisationNotFound

READING: tuple[type[Problem], ...] = (*KEYED, OrganisationNotFound)
CHANGING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale)

OrganisationId = Annotated[UUID, Path(description="Identifier of the organisation.")]
PersonId = Annotated[UUID, Path(description="Identifier of the person.")]


def tagged(response: Response, actor: Actor, organisation: Organisation) -> None:
    """Say which version of the organisation the answer shows; it is meant for its caller only."""
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(organisation.version, actor.view)


def known_organisation(session: Session, actor: Actor, organisation_id: UUID) -> Organisation:
    """Answer an organisation of which the caller may know; raise OrganisationNotFound."""
    return queries.get_organisation(session, actor, str(organisation_id))


def organisation_to_change(session: Session, actor: Actor, organisation_id: UUID, if_match: str | None) -> Organisation:
    """Answer an organisation locked for a change by somebody who has seen its present version.

    Raises:
        OrganisationNotFound, PreconditionRequired, Stale: as named.
    """
    organisation = queries.get_organisation(session, actor, str(organisation_id), for_change=True)
    require_match(if_match, tag_of_version(organisation.version, actor.view))
    return organisation


def _reader(actor: CurrentActor) -> Actor:
    # Who sees no organisation at all hears that first, before anything is said about the request.
    queries.must_see_some(actor)
    return actor


Reader = Annotated[Actor, Depends(_reader)]
