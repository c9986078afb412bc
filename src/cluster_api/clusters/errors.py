"""What can go wrong with cluster organisations.

A request that breaks the schema is 422; one that fits it but cannot be true, or not now, is one of the conflicts here.
"""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Invalid, NotFound, Problem


class ClusterNotFound(NotFound):
    """There is no such cluster.

    Either it does not exist, or its profile is not published, or it was not recorded on the day or at the instant
    asked for.
    """


class PossibleDuplicate(Conflict):
    """The register already holds an organisation that looks like this one.

    `candidates` lists them with a score from 0 to 1 and what is alike. If the new one is none of them, repeat with
    `allow_duplicate=true`; otherwise change the existing record.
    """


class IdentifierTaken(Conflict):
    """Another cluster has this identifier.

    No two clusters that the public sees share an identifier of the same registry. Look for the cluster that has it.
    """


class OwnerUnclear(Invalid):
    """It is not clear whose the cluster shall be.

    Name an organisation that exists and is not closed in `organisation_id`; who belongs to several names the one.
    """


class FactsNotPossible(Conflict):
    """The facts cannot be true together.

    Each entry of `errors` names a fact that contradicts another, the day, or the check digits of its registry.
    """


class ProfileIncomplete(Conflict):
    """The profile is not complete enough to be submitted.

    Each entry of `errors` names a mandatory field that is empty.
    """


class CriteriaNotMet(Conflict):
    """The profile does not meet the criteria of publication.

    `criteria` tells criterion by criterion what is missing. A waiver is possible for organisations recognised by a
    national or regional support programme and for social-economy clusters.
    """


class WaiverNotPossible(Conflict):
    """The criteria cannot be waived for this cluster.

    A waiver needs a national or regional support programme (`support_programme`) or a social-economy cluster
    (`is_social_economy`).
    """


class SuccessionNotPossible(Conflict):
    """This cannot have become of the cluster.

    Only an active cluster is merged, split or closed; successors are other, active clusters of the register.
    """


# SQLite names the columns of a broken constraint, PostgreSQL its name.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_cluster_identifier_shown": IdentifierTaken,
    "cluster_identifier.registry_code, cluster_identifier.value": IdentifierTaken,
}
