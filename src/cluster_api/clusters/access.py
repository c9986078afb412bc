"""How a route meets a cluster: as its caller may know it, with its tag, and only by whoever may change it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response
from sqlalchemy.orm import Session

from cluster_api.clusters import queries
from cluster_api.clusters.errors import ClusterNotFound, OwnerUnclear
from cluster_api.clusters.models import Cluster
from cluster_api.foundation.conditional import require_match, tag_of_version
from cluster_api.foundation.errors import Fault, PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, PUBLIC
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import CredentialsRequired, PermissionMissing
from cluster_api.identity.permissions import Permission

WRITING: tuple[type[Problem], ...] = (CredentialsRequired, PermissionMissing)
CHANGING: tuple[type[Problem], ...] = (*WRITING, ClusterNotFound, PreconditionRequired, Stale)

ClusterId = Annotated[UUID, Path(description="Identifier of the cluster.")]


def cached(actor: Actor) -> str:
    """Answer the ``Cache-Control`` of an answer: what the public sees is the same for everyone, the rest is theirs."""
    return PUBLIC if actor.caller.is_public else PRIVATE


def tagged(response: Response, actor: Actor, cluster: Cluster) -> None:
    """Say which version of the cluster the answer shows, and to whom."""
    response.headers["Cache-Control"] = cached(actor)
    response.headers["ETag"] = tag_of_version(cluster.version, actor.view)


def known_cluster(session: Session, actor: Actor, cluster_id: UUID, response: Response) -> Cluster:
    """Answer a cluster of which the caller may know, and tag the answer; raise ClusterNotFound."""
    cluster = queries.get_cluster(session, actor, str(cluster_id))
    tagged(response, actor, cluster)
    return cluster


def cluster_to_change(session: Session, actor: Actor, cluster_id: UUID, if_match: str | None) -> Cluster:
    """Answer a cluster locked for a change by somebody who has seen its present version.

    Raises:
        ClusterNotFound, PreconditionRequired, Stale: as named.
    """
    cluster = queries.get_cluster(session, actor, str(cluster_id), for_change=True)
    require_match(if_match, tag_of_version(cluster.version, actor.view))
    return cluster


def _writer(actor: CurrentActor) -> Actor:
    # Who may write nothing hears that first, before anything is said about the request.
    actor.must_any(Permission.CLUSTERS_WRITE, Permission.CLUSTERS_WRITE_ALL, Permission.CLUSTERS_REVIEW)
    return actor


Writer = Annotated[Actor, Depends(_writer)]


def owner_of_new(session: Session, actor: Actor, organisation_id: UUID | None) -> str | None:
    """Answer whose a new cluster is: the organisation named, or the only one for which the caller may write.

    Raises:
        PermissionMissing: not for that organisation, or with a key that is narrowed to one cluster.
        OwnerUnclear: several are possible and none is named, or the one named is not known.
    """
    if actor.caller.cluster_id is not None:
        actor.refuse(Permission.CLUSTERS_WRITE)
    own, named = actor.where(Permission.CLUSTERS_WRITE), str(organisation_id) if organisation_id else None
    if actor.can(Permission.CLUSTERS_WRITE_ALL):
        return queries.checked_owner(session, named)
    if named is None and len(own) > 1:
        detail = f"Name one of {', '.join(own)}."
        raise OwnerUnclear(detail, faults=[Fault("/query/organisation_id", "owner_unclear", detail)])
    if not own or named not in {None, *own}:
        actor.refuse(Permission.CLUSTERS_WRITE)
    return named or own[0]
