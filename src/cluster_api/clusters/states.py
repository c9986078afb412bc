"""States of a cluster organisation and of its profile, and the levels of excellence it can hold."""

from collections.abc import Mapping
from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow


class Level(StrEnum):
    """The levels of the European cluster excellence label, from the lowest to the highest."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"

    @property
    def rank(self) -> int:
        """Answer 1 for bronze, 2 for silver, 3 for gold."""
        return RANKS[self]


RANKS = {level: place for place, level in enumerate(Level, start=1)}


class ClusterStatus(StrEnum):
    """Whether the organisation still stands by itself."""

    ACTIVE = "active"
    MERGED = "merged"
    SPLIT = "split"
    CLOSED = "closed"


class SuccessionKind(StrEnum):
    """What became of an organisation."""

    RENAMED = "renamed"
    MERGED = "merged"
    SPLIT = "split"
    CLOSED = "closed"


SUCCESSORS: Mapping[SuccessionKind, tuple[int, int]] = {
    SuccessionKind.RENAMED: (0, 0),
    SuccessionKind.MERGED: (1, 20),
    SuccessionKind.SPLIT: (2, 20),
    SuccessionKind.CLOSED: (0, 0),
}
"""The fewest and the most successors of each kind of succession."""

STATUS_AFTER: Mapping[SuccessionKind, ClusterStatus] = {
    SuccessionKind.RENAMED: ClusterStatus.ACTIVE,
    SuccessionKind.MERGED: ClusterStatus.MERGED,
    SuccessionKind.SPLIT: ClusterStatus.SPLIT,
    SuccessionKind.CLOSED: ClusterStatus.CLOSED,
}


class ProfileState(StrEnum):
    """The life of a profile on the collaboration platform (ECCP)."""

    DRAFT = "draft"
    NEEDS_REVIEW = "needs_review"
    PUBLISHED = "published"
    REJECTED = "rejected"
    ARCHIVED = "archived"


PROFILE = Workflow(
    name="The profile",
    column="profile_state",
    moves=(
        Move(ProfileState.DRAFT, "submit", ProfileState.NEEDS_REVIEW, "clusters:write", "mandatory fields are filled"),
        Move(ProfileState.NEEDS_REVIEW, "publish", ProfileState.PUBLISHED, "clusters:review", "criteria met or waived"),
        Move(ProfileState.NEEDS_REVIEW, "reject", ProfileState.REJECTED, "clusters:review", "reasons are given"),
        Move(ProfileState.REJECTED, "revise", ProfileState.DRAFT, "clusters:write"),
        Move(ProfileState.PUBLISHED, "archive", ProfileState.ARCHIVED, "clusters:write", "reasons are given"),
        Move(ProfileState.ARCHIVED, "revise", ProfileState.DRAFT, "clusters:write"),
    ),
)

VISIBLE = (ProfileState.PUBLISHED, ProfileState.ARCHIVED)
"""What the public may know of: published profiles and those archived since, because labels and links point at them."""
IMPORTED = "cluster.imported"
"""The event of a change that an import made (programme, invariant 29)."""
