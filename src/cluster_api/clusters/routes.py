"""Cluster organisations over HTTP. A profile moves by named verbs, never by a patch of its state."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.orm import Session

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


def _writer(actor: CurrentActor) -> Actor:
    # Who may not write hears that first, before anything is said about the request.
    actor.must(Permission.CLUSTERS_WRITE)
    return actor


Writer = Annotated[Actor, Depends(_writer)]


def _known(session: Session, actor: Actor, cluster_id: UUID, response: Response) -> Cluster:
    cluster = queries.get_cluster(session, actor, str(cluster_id))
    _tagged(response, actor, cluster)
    return cluster


def _to_change(session: Session, actor: Actor, cluster_id: UUID, if_match: str | None) -> Cluster:
    cluster = queries.get_cluster(session, actor, str(cluster_id), for_change=True)
    require_match(if_match, tag_of_version(cluster.version, actor.view))
    return cluster


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
    actor: Writer,
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
    session: DbSession,
    actor: CurrentActor,
    cluster_id: ClusterId,
    times: Annotated[TimeQuery, Query()],
    response: Response,
) -> ClusterRead:
    """Show a cluster as it is, as it was on a day (`at`), and as it was known at an instant (`known_at`)."""
    cluster = _known(session, actor, cluster_id, response)
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
def update_cluster(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read, as of when
    session: DbSession,
    actor: Writer,
    cluster_id: ClusterId,
    patch: ClusterUpdate,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
    effective_on: EffectiveOn = None,
) -> ClusterRead:
    """Change facts by a merge patch: absent members stay, null empties, objects are merged, lists are replaced."""
    cluster = _to_change(session, actor, cluster_id, if_match)
    actions.update(session, actor, cluster, patch, effective_on=effective_on)
    _tagged(response, actor, cluster)
    return queries.read_cluster(session, actor, cluster)


@router.get(
    "/{cluster_id}/members",
    operation_id="get_cluster_members",
    summary="Show how a cluster is composed",
    responses=problems(ClusterNotFound),
)
def get_cluster_members(
    session: DbSession, actor: CurrentActor, cluster_id: ClusterId, response: Response
) -> MembersRead:
    """Show the committed members by kind, their shares, and who counts as committed."""
    return queries.composition_of(_known(session, actor, cluster_id, response))


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
    cluster_id: ClusterId,
    query: Annotated[PageQuery, Query()],
) -> Page[VersionRead]:
    """List the changes of a cluster, the last one first."""
    cluster = _known(session, actor, cluster_id, response)
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
def get_cluster_profile(
    session: DbSession, actor: CurrentActor, cluster_id: ClusterId, response: Response
) -> ProfileRead:
    """Show the state of the profile, the criteria of publication one by one, and what you can do with it."""
    return queries.profile_of(session, actor, _known(session, actor, cluster_id, response))


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
    session: DbSession,
    actor: Writer,
    cluster_id: ClusterId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ProfileRead:
    """Submit the draft of a profile for review; every mandatory field must be filled."""
    cluster = _to_change(session, actor, cluster_id, if_match)
    actions.submit(session, actor, cluster)
    return _moved(session, actor, cluster, response)


@router.post(
    "/{cluster_id}/profile/publish",
    operation_id="publish_cluster_profile",
    summary="Publish a submitted profile",
    responses=problems(*CHANGING, PermissionMissing, MoveNotAllowed, CriteriaNotMet, WaiverNotPossible),
)
def publish_cluster_profile(
    session: DbSession,
    actor: Writer,
    cluster_id: ClusterId,
    given: ProfilePublish,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ProfileRead:
    """Publish a submitted profile that meets every criterion, or say why the criteria are waived."""
    cluster = _to_change(session, actor, cluster_id, if_match)
    actions.publish(session, actor, cluster, waiver=given.waiver)
    return _moved(session, actor, cluster, response)


@router.post(
    "/{cluster_id}/profile/reject",
    operation_id="reject_cluster_profile",
    summary="Reject a submitted profile",
    responses=problems(*CHANGING, PermissionMissing, MoveNotAllowed),
)
def reject_cluster_profile(
    session: DbSession,
    actor: Writer,
    cluster_id: ClusterId,
    given: ProfileReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ProfileRead:
    """Reject a submitted profile and say why."""
    cluster = _to_change(session, actor, cluster_id, if_match)
    actions.reject(session, actor, cluster, reason=given.reason)
    return _moved(session, actor, cluster, response)


@router.post(
    "/{cluster_id}/profile/archive",
    operation_id="archive_cluster_profile",
    summary="Archive a published profile",
    responses=problems(*CHANGING, MoveNotAllowed),
)
def archive_cluster_profile(
    session: DbSession,
    actor: Writer,
    cluster_id: ClusterId,
    given: ProfileReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ProfileRead:
    """Archive a published profile and say why; it stays readable, because labels and links point at it."""
    cluster = _to_change(session, actor, cluster_id, if_match)
    actions.archive(session, actor, cluster, reason=given.reason)
    return _moved(session, actor, cluster, response)


@router.post(
    "/{cluster_id}/profile/revise",
    operation_id="revise_cluster_profile",
    summary="Take a profile back to a draft",
    responses=problems(*CHANGING, MoveNotAllowed),
)
def revise_cluster_profile(
    session: DbSession,
    actor: Writer,
    cluster_id: ClusterId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ProfileRead:
    """Take a rejected or archived profile back to a draft, to be changed and submitted again."""
    cluster = _to_change(session, actor, cluster_id, if_match)
    actions.revise(session, actor, cluster)
    return _moved(session, actor, cluster, response)


@router.get(
    "/{cluster_id}/succession",
    operation_id="get_cluster_succession",
    summary="Show what became of a cluster",
    responses=problems(ClusterNotFound),
)
def get_cluster_succession(
    session: DbSession, actor: CurrentActor, cluster_id: ClusterId, response: Response
) -> SuccessionsRead:
    """Show what became of a cluster and what it goes on from; labels never move by it."""
    return queries.successions_of(session, actor, _known(session, actor, cluster_id, response))


@router.post(
    "/{cluster_id}/succession",
    operation_id="record_cluster_succession",
    summary="Record what became of a cluster",
    status_code=201,
    responses=problems(*CHANGING, FactsNotPossible, SuccessionNotPossible),
)
def record_cluster_succession(
    session: DbSession,
    actor: Writer,
    cluster_id: ClusterId,
    given: SuccessionCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> SuccessionRead:
    """Record that a cluster was renamed, merged, split or closed; its labels stay with it."""
    cluster = _to_change(session, actor, cluster_id, if_match)
    succession = actions.succeed(session, actor, cluster, given)
    _tagged(response, actor, cluster)
    response.headers["Location"] = f"{router.prefix}/{cluster.id}/succession"
    return SuccessionRead.model_validate(succession, from_attributes=True)
