"""The life of an appeal.

Source: domain rules 11.3. Whether it is in time follows from days alone, so that receipt is followed by one of both at
once; what became of it follows from the decision of the other panel.
"""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow


class AppealState(StrEnum):
    """Where an appeal stands."""

    RECEIVED = "received"
    ADMISSIBLE = "admissible"
    REJECTED_LATE = "rejected_late"
    IN_REVIEW = "in_review"
    """Another panel decides."""
    UPHELD = "upheld"
    DISMISSED = "dismissed"


A = AppealState
LIFE: Workflow[AppealState] = Workflow(
    name="The appeal",
    column="state",
    moves=(
        Move(A.RECEIVED, "admit", A.ADMISSIBLE, "assessments:write", "received in the days after the notice"),
        Move(A.RECEIVED, "reject", A.REJECTED_LATE, "assessments:write", "received later"),
        Move(A.ADMISSIBLE, "review", A.IN_REVIEW, "assessments:run", "a chair who did not decide before"),
        Move(A.IN_REVIEW, "uphold", A.UPHELD, "assessments:decide", "the other panel does not refuse"),
        Move(A.IN_REVIEW, "dismiss", A.DISMISSED, "assessments:decide", "the other panel refuses again"),
    ),
)
OF_RECEIPT = frozenset({"admit", "reject"})
"""Moves that receipt brings with it; the last two have one route, ``conclude``."""
EVENTS = {
    "admit": "appeal.admitted",
    "reject": "appeal.rejected_late",
    "review": "appeal.taken_up",
    "uphold": "appeal.upheld",
    "dismiss": "appeal.dismissed",
}
