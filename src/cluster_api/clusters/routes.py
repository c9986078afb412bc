"""Cluster organisations over HTTP. A profile moves by named verbs, never by a patch of its state."""

# ruff: noqa: FAST003 - the path key is read by the dependencies that find the cluster

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from cluster_api.clusters import actions, queries
from cluster_api.clusters.errors import (
    ClusterNotFound,
    CriteriaNotMet,
    FactsNotPossible,
    IdentifierTaken,
    PossibleDuplicate,
    ProfileIncomplete,
    SuccessionNotPossible,
    WaiverNotPossible,
)
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.schemas import (
    ClusterCreate,
    ClusterQuery,
    ClusterRead,
    ClusterSummary,
    ClusterUpdate,
    MembersRead,
    ProfilePublish,
    ProfileRead,
    ProfileReason,
    SuccessionCreate,
    SuccessionRead,
    SuccessionsRead,
    VersionRead,
)
from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.fields import CivilDay, Flag
from cluster_api.foundation.openapi import PUBLIC, problems
from cluster_api.foundation.paging import CountedPage, Page, PageQuery, next_link
from cluster_api.foundation.times import TimeQuery
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KeyNotAccepted, KeyRequired, PermissionMissing, ReadOnlyService
from cluster_api.identity.permissions import Permission

router = APIRouter(prefix="/v1/clusters", tags=["clusters"])

ClusterId = Annotated[UUID, Path(description="Identifier of the cluster.")]
EffectiveOn = Annotated[
    CivilDay | None, Query(description="Day from which this is true; today if left out.", examples=["2020-12-31"])
]
PRIVATE = "private, no-cache"
SCHEMA_OF_UPDATE = "#/components/schemas/ClusterUpdate"
WRITING: tuple[type[Problem], ...] = (KeyRequired, KeyNotAccepted, ReadOnlyService)
CHANGING: tuple[type[Problem], ...] = (*WRITING, ClusterNotFound, PreconditionRequired, Stale)


def _cached(actor: Actor) -> str:
    # What the public sees is the same for everyone; what others see is theirs.
    return PRIVATE if actor.can(Permission.CLUSTERS_READ_ALL) else PUBLIC


def _tagged(response: Response, actor: Actor, cluster: Cluster) -> None:
    response.headers["Cache-Control"] = _cached(actor)
    response.headers["ETag"] = tag_of_version(cluster.version, actor.view)


def _known(session: DbSession, actor: CurrentActor, cluster_id: ClusterId, response: Response) -> Cluster:
    cluster = queries.get_cluster(session, actor, str(cluster_id))
    _tagged(response, actor, cluster)
    return cluster


def _to_change(
    session: DbSession, actor: CurrentActor, cluster_id: ClusterId, _dry_run: DryRun, if_match: IfMatch = None
) -> Cluster:
    # Who may not write hears that first, and nothing of tags.
    actor.must(Permission.CLUSTERS_WRITE)
    cluster = queries.get_cluster(session, actor, str(cluster_id), for_change=True)
    require_match(if_match, tag_of_version(cluster.version, actor.view))
    return cluster


def _to_move(cluster: Annotated[Cluster, Depends(_to_change)], _key: IdempotencyKey) -> Cluster:
    return cluster


KnownCluster = Annotated[Cluster, Depends(_known)]
ChangingCluster = Annotated[Cluster, Depends(_to_change)]
MovingCluster = Annotated[Cluster, Depends(_to_move)]


@router.get(
    "",
    operation_id="list_clusters",
    summary="List and search clusters",
    response_model=CountedPage[ClusterSummary],
)
async def list_clusters(request: Request, actor: CurrentActor, query: Annotated[ClusterQuery, Query()]) -> Response:
    """List the clusters that fit every filter, page by page, in the order asked for."""
    body, cursor = await queries.list_clusters(request.app.state.database.reader, actor, query)
    headers = {"Cache-Control": _cached(actor)}
    if cursor is not None:
        headers["Link"] = next_link(request.url.path, request.query_params.multi_items(), cursor)
    return Response(body, media_type="application/json", headers=headers)


@router.post(
    "",
    operation_id="create_cluster",
    summary="Record a cluster",
    status_code=201,
    responses=problems(*WRITING, FactsNotPossible, PossibleDuplicate, IdentifierTaken),
)
def create_cluster(
    session: DbSession,
    actor: CurrentActor,
    given: ClusterCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    allow_duplicate: Annotated[
        Flag, Query(description="Record it although it looks like a recorded one.", examples=[False])
    ] = False,
    effective_on: EffectiveOn = None,
) -> ClusterRead:
    """Record a cluster as a draft; one that looks like a recorded one is answered with the candidates instead."""
    cluster = actions.create(session, actor, given, allow_duplicate=allow_duplicate, effective_on=effective_on)
    _tagged(response, actor, cluster)
    response.headers["Location"] = f"{router.prefix}/{cluster.id}"
    return queries.read_cluster(session, actor, cluster)


@router.get(
    "/{cluster_id}",
    operation_id="get_cluster",
    summary="Show a cluster",
    responses=problems(ClusterNotFound),
)
def get_cluster(
    session: DbSession, actor: CurrentActor, cluster: KnownCluster, times: Annotated[TimeQuery, Query()]
) -> ClusterRead:
    """Show a cluster as it is, as it was on a day (`at`), and as it was known at an instant (`known_at`)."""
    if times.at is None and times.known_at is None:
        return queries.read_cluster(session, actor, cluster)
    return queries.cluster_as_of(session, actor, cluster, at=times.at, known_at=times.known_at)


@router.patch(
    "/{cluster_id}",
    operation_id="update_cluster",
    summary="Change facts of a cluster",
    responses=problems(*CHANGING, FactsNotPossible, IdentifierTaken),
    openapi_extra={
        "requestBody": {"content": {"application/merge-patch+json": {"schema": {"$ref": SCHEMA_OF_UPDATE}}}}
    },
)
def update_cluster(
    session: DbSession,
    actor: CurrentActor,
    cluster: ChangingCluster,
    patch: ClusterUpdate,
    response: Response,
    effective_on: EffectiveOn = None,
) -> ClusterRead:
    """Change facts by a merge patch: absent members stay, null empties, objects are merged, lists are replaced."""
    actions.update(session, actor, cluster, patch, effective_on=effective_on)
    _tagged(response, actor, cluster)
    return queries.read_cluster(session, actor, cluster)


@router.get(
    "/{cluster_id}/members",
    operation_id="get_cluster_members",
    summary="Show how a cluster is composed",
    responses=problems(ClusterNotFound),
)
def get_cluster_members(cluster: KnownCluster) -> MembersRead:
    """Show the committed members by kind, their shares, and who counts as committed."""
    return queries.composition_of(cluster)


@router.get(
    "/{cluster_id}/history",
    operation_id="list_cluster_versions",
    summary="List every change of a cluster",
    responses=problems(ClusterNotFound),
)
def list_cluster_versions(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    cluster: KnownCluster,
    query: Annotated[PageQuery, Query()],
) -> Page[VersionRead]:
    """List the changes of a cluster, the last one first."""
    page = queries.history_page(session, actor, cluster, query)
    if page.next is not None:
        response.headers["Link"] = next_link(request.url.path, request.query_params.multi_items(), page.next)
    return page


@router.get(
    "/{cluster_id}/profile",
    operation_id="get_cluster_profile",
    summary="Show where the profile stands",
    responses=problems(ClusterNotFound),
)
def get_cluster_profile(session: DbSession, actor: CurrentActor, cluster: KnownCluster) -> ProfileRead:
    """Show the state of the profile, the criteria of publication one by one, and what you can do with it."""
    return queries.profile_of(session, actor, cluster)


def _moved(session: DbSession, actor: Actor, cluster: Cluster, response: Response) -> ProfileRead:
    _tagged(response, actor, cluster)
    return queries.profile_of(session, actor, cluster)


@router.post(
    "/{cluster_id}/profile/submit",
    operation_id="submit_cluster_profile",
    summary="Submit a draft for review",
    responses=problems(*CHANGING, MoveNotAllowed, ProfileIncomplete),
)
def submit_cluster_profile(
    session: DbSession, actor: CurrentActor, cluster: MovingCluster, response: Response
) -> ProfileRead:
    """Submit the draft of a profile for review; every mandatory field must be filled."""
    actions.submit(session, actor, cluster)
    return _moved(session, actor, cluster, response)


@router.post(
    "/{cluster_id}/profile/publish",
    operation_id="publish_cluster_profile",
    summary="Publish a submitted profile",
    responses=problems(*CHANGING, PermissionMissing, MoveNotAllowed, CriteriaNotMet, WaiverNotPossible),
)
def publish_cluster_profile(
    session: DbSession, actor: CurrentActor, cluster: MovingCluster, given: ProfilePublish, response: Response
) -> ProfileRead:
    """Publish a submitted profile that meets every criterion, or say why the criteria are waived."""
    actions.publish(session, actor, cluster, waiver=given.waiver)
    return _moved(session, actor, cluster, response)


@router.post(
    "/{cluster_id}/profile/reject",
    operation_id="reject_cluster_profile",
    summary="Reject a submitted profile",
    responses=problems(*CHANGING, PermissionMissing, MoveNotAllowed),
)
def reject_cluster_profile(
    session: DbSession, actor: CurrentActor, cluster: MovingCluster, given: ProfileReason, response: Response
) -> ProfileRead:
    """Reject a submitted profile and say why."""
    actions.reject(session, actor, cluster, reason=given.reason)
    return _moved(session, actor, cluster, response)


@router.post(
    "/{cluster_id}/profile/archive",
    operation_id="archive_cluster_profile",
    summary="Archive a published profile",
    responses=problems(*CHANGING, MoveNotAllowed),
)
def archive_cluster_profile(
    session: DbSession, actor: CurrentActor, cluster: MovingCluster, given: ProfileReason, response: Response
) -> ProfileRead:
    """Archive a published profile and say why; it stays readable, because labels and links point at it."""
    actions.archive(session, actor, cluster, reason=given.reason)
    return _moved(session, actor, cluster, response)


@router.post(
    "/{cluster_id}/profile/revise",
    operation_id="revise_cluster_profile",
    summary="Take a profile back to a draft",
    responses=problems(*CHANGING, MoveNotAllowed),
)
def revise_cluster_profile(
    session: DbSession, actor: CurrentActor, cluster: MovingCluster, response: Response
) -> ProfileRead:
    """Take a rejected or archived profile back to a draft, to be changed and submitted again."""
    actions.revise(session, actor, cluster)
    return _moved(session, actor, cluster, response)


@router.get(
    "/{cluster_id}/succession",
    operation_id="get_cluster_succession",
    summary="Show what became of a cluster",
    responses=problems(ClusterNotFound),
)
def get_cluster_succession(session: DbSession, actor: CurrentActor, cluster: KnownCluster) -> SuccessionsRead:
    """Show what became of a cluster and what it goes on from; labels never move by it."""
    return queries.successions_of(session, actor, cluster)


@router.post(
    "/{cluster_id}/succession",
    operation_id="record_cluster_succession",
    summary="Record what became of a cluster",
    status_code=201,
    responses=problems(*CHANGING, FactsNotPossible, SuccessionNotPossible),
)
def record_cluster_succession(
    session: DbSession, actor: CurrentActor, cluster: MovingCluster, given: SuccessionCreate, response: Response
) -> SuccessionRead:
    """Record that a cluster was renamed, merged, split or closed; its labels stay with it."""
    succession = actions.succeed(session, actor, cluster, given)
    _tagged(response, actor, cluster)
    response.headers["Location"] = f"{router.prefix}/{cluster.id}/succession"
    return SuccessionRead.model_validate(succession, from_attributes=True)
