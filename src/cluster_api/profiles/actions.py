"""What one can do with a profile: each verb makes one move of its table and writes one version and one journal line."""

from sqlalchemy.orm import Session

from cluster_api.clusters import rules
from cluster_api.clusters.actions import Deed, move
from cluster_api.clusters.errors import CriteriaNotMet, ProfileIncomplete, WaiverNotPossible
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.queries import must
from cluster_api.clusters.states import PROFILE
from cluster_api.foundation.errors import Fault
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.profiles.queries import profile_of


def _may_move(actor: Actor, cluster: Cluster, verb: str) -> None:
    # Whether the verb is the caller's and the move exists is said before what the profile lacks.
    must(actor, cluster, Permission(PROFILE.permission_of(verb)))
    PROFILE.find(cluster.profile_state, verb)


def submit(session: Session, actor: Actor, cluster: Cluster) -> None:
    """Submit a draft for review; raise ProfileIncomplete while mandatory fields are empty, MoveNotAllowed."""
    _may_move(actor, cluster, "submit")
    missing = profile_of(session, actor, cluster).missing_fields
    if missing:
        raise ProfileIncomplete(
            f"Empty but mandatory: {', '.join(missing)}.",
            faults=[Fault(f"/cluster/{name}", "missing", "Fill this field.") for name in missing],
        )
    move(session, actor, cluster, "submit", Deed("profile.submitted"), profile_reason=None)


def publish(session: Session, actor: Actor, cluster: Cluster, *, waiver: str | None = None) -> None:
    """Publish a submitted profile that meets the criteria, or whose criteria are waived for a recorded reason.

    Source: programme, 3.1 and invariant 25.

    Raises:
        CriteriaNotMet: criteria are not met and no waiver is given.
        WaiverNotPossible: neither a support programme recognises the cluster nor is it a social-economy cluster.
    """
    _may_move(actor, cluster, "publish")
    profile = profile_of(session, actor, cluster)
    if waiver is not None and not profile.may_be_waived:
        raise WaiverNotPossible
    if waiver is None and not profile.criteria_met:
        lacking = rules.unmet(profile.criteria)
        raise CriteriaNotMet(
            f"Not met: {', '.join(criterion.code for criterion in lacking)}.",
            faults=[Fault(f"/cluster/{one.code}", "criterion_not_met", one.missing or "") for one in lacking],
            members={"criteria": [criterion.model_dump(mode="json") for criterion in profile.criteria]},
        )
    deed = Deed("profile.published", reason=waiver)
    move(session, actor, cluster, "publish", deed, waiver=waiver, profile_reason=None, published_at=actor.now)


def reject(session: Session, actor: Actor, cluster: Cluster, *, reason: str) -> None:
    """Reject a submitted profile with reasons; raise MoveNotAllowed."""
    move(session, actor, cluster, "reject", Deed("profile.rejected", reason=reason), profile_reason=reason)


def archive(session: Session, actor: Actor, cluster: Cluster, *, reason: str) -> None:
    """Archive a published profile with reasons; the public still finds it. Raise MoveNotAllowed."""
    move(session, actor, cluster, "archive", Deed("profile.archived", reason=reason), profile_reason=reason)


def revise(session: Session, actor: Actor, cluster: Cluster) -> None:
    """Take a rejected or archived profile back to a draft; raise MoveNotAllowed."""
    move(session, actor, cluster, "revise", Deed("profile.revised"), waiver=None)
