"""Profiles over HTTP, below the cluster they belong to. They move by named verbs, never by a patch of their state."""

from fastapi import APIRouter, Response

from cluster_api.clusters.access import CHANGING, ClusterId, Writer, cluster_to_change, known_cluster, tagged
from cluster_api.clusters.errors import (
    ClusterNotFound,
    CriteriaNotMet,
    IdentifierTaken,
    ProfileIncomplete,
    WaiverNotPossible,
)
from cluster_api.clusters.models import Cluster
from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.profiles import actions, queries
from cluster_api.profiles.schemas import ProfilePublish, ProfileRead, ProfileReason

router = APIRouter(prefix="/v1/clusters", tags=["clusters"])


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
    return queries.profile_of(session, actor, known_cluster(session, actor, cluster_id, response))


def _moved(session: DbSession, actor: Actor, cluster: Cluster, response: Response) -> ProfileRead:
    tagged(response, actor, cluster)
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
    cluster = cluster_to_change(session, actor, cluster_id, if_match)
    actions.submit(session, actor, cluster)
    return _moved(session, actor, cluster, response)


@router.post(
    "/{cluster_id}/profile/publish",
    operation_id="publish_cluster_profile",
    summary="Publish a submitted profile",
    responses=problems(*CHANGING, MoveNotAllowed, IdentifierTaken, CriteriaNotMet, WaiverNotPossible),
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
    cluster = cluster_to_change(session, actor, cluster_id, if_match)
    actions.publish(session, actor, cluster, waiver=given.waiver)
    return _moved(session, actor, cluster, response)


@router.post(
    "/{cluster_id}/profile/reject",
    operation_id="reject_cluster_profile",
    summary="Reject a submitted profile",
    responses=problems(*CHANGING, MoveNotAllowed),
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
    cluster = cluster_to_change(session, actor, cluster_id, if_match)
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
    cluster = cluster_to_change(session, actor, cluster_id, if_match)
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
    cluster = cluster_to_change(session, actor, cluster_id, if_match)
    actions.revise(session, actor, cluster)
    return _moved(session, actor, cluster, response)
