"""The life of a participant, the aims of an exchange and what is done in it."""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow

TAKE_PART = "exchanges:take_part"
LOOK_AFTER = "exchanges:look_after"


class ParticipantState(StrEnum):
    """Where a participant stands (programme, 8.2)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    VALIDATED = "validated"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class ExchangeAim(StrEnum):
    """What an exchange is for (programme, 1.1)."""

    LEARN = "learn"
    """Learn from another cluster."""
    NEW_MARKETS = "new_markets"
    """Explore growth in new markets."""
    TECHNOLOGY = "technology"
    """Take up technologies, digital or low-carbon solutions."""
    COLLABORATION = "collaboration"
    """Invest in strategic cross-regional collaboration."""


class StayActivity(StrEnum):
    """What is done in an exchange (programme, 1.1)."""

    CAPACITY_BUILDING = "capacity_building"
    KNOWLEDGE_SHARING = "knowledge_sharing"
    PROJECT_DEVELOPMENT = "project_development"
    MARKET_RESEARCH = "market_research"
    NETWORKING = "networking"


S = ParticipantState

LIFE = Workflow(
    name="The participant",
    column="state",
    moves=(
        Move(S.DRAFT, "submit", S.SUBMITTED, TAKE_PART, "the form is complete, a partnership is chosen or assigned"),
        Move(S.CHANGES_REQUESTED, "submit", S.SUBMITTED, TAKE_PART),
        Move(S.SUBMITTED, "validate", S.VALIDATED, LOOK_AFTER, "every rule of eligibility is met"),
        Move(S.SUBMITTED, "request-changes", S.CHANGES_REQUESTED, LOOK_AFTER),
        Move(S.SUBMITTED, "reject", S.REJECTED, LOOK_AFTER),
        Move(S.VALIDATED, "suspend", S.SUSPENDED, LOOK_AFTER),
        Move(S.VALIDATED, "withdraw", S.WITHDRAWN, TAKE_PART, "without an open exchange"),
    ),
)
CHANGEABLE = frozenset({S.DRAFT, S.CHANGES_REQUESTED})
