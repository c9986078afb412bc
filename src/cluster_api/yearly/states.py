"""The life of a yearly report."""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow

ADMINISTER = "labels:administer"


class YearlyState(StrEnum):
    """Where a yearly report stands."""

    DRAFT = "draft"
    RELEASED = "released"
    """Public, and sealed for ever; a correction is another report of the same year."""
    DISCARDED = "discarded"


S = YearlyState

LIFE = Workflow(
    name="The yearly report",
    column="state",
    moves=(
        Move(S.DRAFT, "release", S.RELEASED, ADMINISTER, "when the figures are still the same"),
        Move(S.DRAFT, "discard", S.DISCARDED, ADMINISTER),
    ),
)
