"""The life of a partnership, the roles in it, and the kinds of what it does."""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow

RUN = "partnerships:run"
READ_ALL = "partnerships:read_all"


class PartnershipState(StrEnum):
    """Where a partnership stands."""

    PREPARING = "preparing"
    """Awarded; not every partner has signed the agreement yet."""
    ACTIVE = "active"
    TERMINATED = "terminated"


class PartnerRole(StrEnum):
    """What a cluster organisation is in a partnership."""

    COORDINATOR = "coordinator"
    PARTNER = "partner"


class ActivityKind(StrEnum):
    """What a partnership does (programme, 2.1 and 8.1)."""

    BENCHMARKING = "benchmarking"
    TRAINING = "training"
    MENTORING = "mentoring"
    COACHING = "coaching"
    LEARNING_EVENT = "learning_event"
    STUDY_VISIT = "study_visit"
    MATCHMAKING = "matchmaking"
    CLUSTER_STRATEGY = "cluster_strategy"
    JOINT_STRATEGY = "joint_strategy"
    CONSULTATION = "consultation"
    EVENT = "event"


class AttendeeKind(StrEnum):
    """Who or what took part in an activity."""

    SME = "sme"
    ORGANISATION = "organisation"
    MANAGER = "manager"
    """A cluster manager, by a code that the partnership keeps; never a name."""


S = PartnershipState

LIFE = Workflow(
    name="The partnership",
    column="state",
    moves=(
        Move(S.PREPARING, "amend", S.PREPARING, RUN, "what was signed of the text before is void"),
        Move(S.PREPARING, "activate", S.ACTIVE, RUN, "with the signature of the last partner"),
        Move(S.ACTIVE, "amend", S.ACTIVE, RUN, "the text before stays in force until all have signed the new one"),
        Move(S.PREPARING, "terminate", S.TERMINATED, RUN),
        Move(S.ACTIVE, "terminate", S.TERMINATED, RUN),
    ),
)
