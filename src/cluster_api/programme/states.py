"""The life of a report of progress, and where the value of an indicator comes from."""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow

RUN = "calls:run"


class ProgressState(StrEnum):
    """Where a report of progress stands."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    """Sent back with the reason; the next report of the same period takes its place."""


class KpiSource(StrEnum):
    """Where a value comes from."""

    COMPUTED = "computed"
    DECLARED = "declared"


S = ProgressState

PROGRESS = Workflow(
    name="The report",
    column="state",
    moves=(
        Move(S.SUBMITTED, "accept", S.ACCEPTED, RUN),
        Move(S.SUBMITTED, "return", S.RETURNED, RUN, "with the reason"),
    ),
)
