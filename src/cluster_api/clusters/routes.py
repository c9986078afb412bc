"""Cluster organisations over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from cluster_api.clusters import actions, queries
from cluster_api.clusters.access import (
    CHANGING,
    WRITING,
    ClusterId,
    Writer,
    cached,
    cluster_to_change,
    known_cluster,
    owner_of_new,
    tagged,
)
from cluster_api.clusters.errors import (
    ClusterNotFound,
    FactsNotPossible,
    IdentifierTaken,
    OwnerUnclear,
    PossibleDuplicate,
    SuccessionNotPossible,
)
from cluster_api.clusters.schemas import (
    ClusterAssign,
    ClusterCreate,
    ClusterQuery,
    ClusterRead,
    ClusterSummary,
    ClusterUpdate,
    MembersRead,
    SuccessionCreate,
    SuccessionRead,
    SuccessionsRead,
    VersionRead,
)
from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.fields import CivilDay, Flag
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.paging import CountedPage, Page, PageQuery, linked_page, next_link
from cluster_api.foundation.times import TimeQuery
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.identity.access import CurrentActor

router = APIRouter(prefix="/v1/clusters", tags=["clusters"])

EffectiveOn = Annotated[
    CivilDay | None, Query(description="Day from which this is true; today if left out.", examples=["2020-12-31"])
]
SCHEMA_OF_UPDATE = "#/components/schemas/ClusterUpdate"


@router.get(
    "",
    operation_id="list_clusters",
    summary="List and search clusters",
    response_model=CountedPage[ClusterSummary],
)
async def list_clusters(request: Request, actor: CurrentActor, query: Annotated[ClusterQuery, Query()]) -> Response:
    """List the clusters that fit every filter, page by page, in the order asked for."""
    body, cursor = await queries.list_clusters(request.app.state.database.reader, actor, query)
    headers = {"Cache-Control": cached(actor)}
    if cursor is not None:
        headers["Link"] = next_link(request.url.path, request.query_params.multi_items(), cursor)
    return Response(body, media_type="application/json", headers=headers)


@router.post(
    "",
    operation_id="create_cluster",
    summary="Record a cluster",
    status_code=201,
    responses=problems(*WRITING, OwnerUnclear, FactsNotPossible, PossibleDuplicate, IdentifierTaken),
)
def create_cluster(  # noqa: PLR0913, PLR0917 - the world of a creation: who, what, whose, as of when
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
    organisation_id: Annotated[
        UUID | None, Query(description="Whose it is; the own organisation if left out, nobody's for the secretariat.")
    ] = None,
) -> ClusterRead:
    """Record a cluster as a draft; one that looks like a recorded one is answered with the candidates instead."""
    owner = owner_of_new(session, actor, organisation_id)
    cluster = actions.create(
        session, actor, given, owner_id=owner, allow_duplicate=allow_duplicate, effective_on=effective_on
    )
    tagged(response, actor, cluster)
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
    cluster = known_cluster(session, actor, cluster_id, response)
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
    cluster = cluster_to_change(session, actor, cluster_id, if_match)
    actions.update(session, actor, cluster, patch, effective_on=effective_on)
    tagged(response, actor, cluster)
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
    return queries.composition_of(known_cluster(session, actor, cluster_id, response))


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
    cluster = known_cluster(session, actor, cluster_id, response)
    return linked_page(request, response, queries.history_page(session, actor, cluster, query))


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
    return queries.successions_of(session, actor, known_cluster(session, actor, cluster_id, response))


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
    cluster = cluster_to_change(session, actor, cluster_id, if_match)
    succession = actions.succeed(session, actor, cluster, given)
    tagged(response, actor, cluster)
    response.headers["Location"] = f"{router.prefix}/{cluster.id}/succession"
    return SuccessionRead.model_validate(succession, from_attributes=True)


@router.post(
    "/{cluster_id}/assign",
    operation_id="assign_cluster",
    summary="Say whose a cluster is",
    responses=problems(*CHANGING, OwnerUnclear),
)
def assign_cluster(
    session: DbSession,
    actor: Writer,
    cluster_id: ClusterId,
    given: ClusterAssign,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ClusterRead:
    """Give the record of a cluster into the hands of an organisation, or take it out of them (null)."""
    cluster = cluster_to_change(session, actor, cluster_id, if_match)
    actions.assign(session, actor, cluster, given)
    tagged(response, actor, cluster)
    return queries.read_cluster(session, actor, cluster)
