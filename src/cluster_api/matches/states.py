"""The life of a match."""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow

TAKE_PART = "exchanges:take_part"


class MatchState(StrEnum):
    """Where a match stands (programme, 8.2)."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    """Both sides want it."""
    DECLINED = "declined"
    EXPIRED = "expired"
    """Nobody has answered in time; told from the last day on, and stored once it is proposed anew."""
    CONVERTED = "converted"
    """An exchange is built of it."""


S = MatchState

LIFE = Workflow(
    name="The match",
    column="state",
    moves=(
        Move(S.PROPOSED, "accept", S.CONFIRMED, TAKE_PART, "by the other side, in time"),
        Move(S.PROPOSED, "decline", S.DECLINED, TAKE_PART, "by either side"),
        Move(S.PROPOSED, "expire", S.EXPIRED, TAKE_PART, "when it is proposed anew after the last day to answer"),
        Move(S.CONFIRMED, "build", S.CONVERTED, TAKE_PART, "opens the exchange"),
    ),
)
