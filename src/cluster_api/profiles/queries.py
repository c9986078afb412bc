"""What one can ask of a profile: where it stands, criterion by criterion."""

from decimal import Decimal
from functools import cache

from sqlalchemy.orm import Session

from cluster_api.clusters import rules
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.queries import allowed_moves, facts_of, sees_all, spheres
from cluster_api.foundation.datafiles import data_rows
from cluster_api.identity.access import Actor
from cluster_api.profiles.schemas import ProfileRead
from cluster_api.vocabularies.queries import country


def profile_of(session: Session, actor: Actor, cluster: Cluster) -> ProfileRead:
    """Answer where the profile stands and what it lacks, criterion by criterion.

    Why it was rejected, archived or published by a waiver is told to those who see all of it, as in its history.
    """
    facts, seen = facts_of(session, cluster), sees_all(actor, cluster)
    fields, mandatory = rules.profile_fields()
    assessed = rules.assess(criteria(), facts, group=country(cluster.country).group, sphere_of=spheres())
    return ProfileRead(
        cluster_id=cluster.id,
        state=cluster.profile_state,
        reason=cluster.profile_reason if seen else None,
        waiver=cluster.waiver if seen else None,
        published_at=cluster.published_at,
        completeness=rules.completeness(facts, fields),
        missing_fields=rules.missing_fields(facts, mandatory),
        criteria_version=criteria()[0].version,
        criteria=assessed,
        criteria_met=not rules.unmet(assessed),
        may_be_waived=rules.may_be_waived(facts),
        allowed_moves=allowed_moves(actor, cluster),
    )


@cache
def criteria() -> tuple[rules.Criterion, ...]:
    """Answer the criteria of publication in force."""
    names = ("code", "requirement", "version", "source")
    return tuple(
        rules.Criterion(
            threshold=Decimal(row["threshold"]),
            applies_to=frozenset(row["applies_to"].split("|")),
            **{name: row[name] for name in names},
        )
        for row in data_rows("cluster_api.clusters", "publication_criteria")
    )
