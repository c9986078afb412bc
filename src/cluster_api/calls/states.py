"""The life of a call and of an application to it."""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow

RUN = "calls:run"
APPLY = "calls:apply"
AWARD = "calls:award"


class CallState(StrEnum):
    """Where a call stands (programme, 8.2)."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    EVALUATED = "evaluated"
    AWARDED = "awarded"


class ApplicationState(StrEnum):
    """Where an application to a call stands."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    FUNDED = "funded"
    REFUSED = "refused"


class RegionDevelopment(StrEnum):
    """How developed a region is, in the words of the cohesion policy of 2014 to 2020."""

    LESS_DEVELOPED = "less_developed"
    TRANSITION = "transition"
    MORE_DEVELOPED = "more_developed"


S = CallState

LIFE = Workflow(
    name="The call",
    column="state",
    moves=(
        Move(S.PLANNED, "publish", S.OPEN, RUN),
        Move(S.OPEN, "close", S.CLOSED, RUN, "the deadline has passed"),
        Move(S.CLOSED, "evaluate", S.EVALUATED, RUN, "every eligible application has its evaluations"),
        Move(S.EVALUATED, "award", S.AWARDED, AWARD, "grants are not above the budget"),
    ),
)

A = ApplicationState

APPLICATION = Workflow(
    name="The application to a call",
    column="state",
    moves=(
        Move(A.SUBMITTED, "withdraw", A.WITHDRAWN, APPLY, "before the deadline"),
        Move(A.SUBMITTED, "fund", A.FUNDED, AWARD, "by the award of the call"),
        Move(A.SUBMITTED, "refuse", A.REFUSED, AWARD, "by the award of the call"),
    ),
)
