"""Words of ClusterXchange: roles, kinds of participants, forms of a stay, and how a distance was found."""

from enum import StrEnum


class ExchangeRole(StrEnum):
    """Which side of an exchange one is on."""

    VISITOR = "visitor"
    HOST = "host"


class ParticipantKind(StrEnum):
    """What takes part: the codes of the vocabulary ``organisation-kinds``."""

    CLUSTER_ORGANISATION = "cluster_organisation"
    BUSINESS_NETWORK = "business_network"
    SME = "sme"
    SCALEUP_SUPPORT = "scaleup_support"
    TRAINING_PROVIDER = "training_provider"
    LARGE_COMPANY = "large_company"
    PUBLIC_AUTHORITY = "public_authority"


class Belonging(StrEnum):
    """Of what a participant is a member, as far as the rules ask."""

    PROFILED_CLUSTER = "profiled_cluster"
    """Of a cluster organisation whose profile is published on the platform."""
    BUSINESS_NETWORK = "business_network"
    """Of a business network organisation only."""
    NONE = "none"


class Admission(StrEnum):
    """Whether a kind of participant may take a role."""

    YES = "yes"
    ON_APPROVAL = "on_approval"
    """Case by case, with the prior approval of the agency."""
    NO = "no"


class ExchangeMode(StrEnum):
    """Whether one travels."""

    PHYSICAL = "physical"
    VIRTUAL = "virtual"


class DistanceMethod(StrEnum):
    """How the distance between two organisations was found."""

    ADDRESSES = "addresses"
    """Great circle between the coordinates of their addresses."""
    CENTROIDS = "centroids"
    """Great circle between the centroids of their regions."""
    DECLARED = "declared"
    """Said by whoever asks."""


class Finding(StrEnum):
    """What came of a rule."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Something that the rule asks for was not said."""
