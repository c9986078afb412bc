"""What a score says: figures, the trace that explains each of them, and what is missing for a level."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.clusters.states import Level
from cluster_api.indicators.states import Certainty

Points = Annotated[int, Field(ge=0, le=100_000)]


class RuleKind(StrEnum):
    """Which rule a step of the trace applies."""

    POINTS = "points"
    GATE = "gate"
    MINIMUM = "minimum"
    TOTAL = "total"
    THRESHOLD = "threshold"


class Reading(BaseModel):
    """Base of what is only answered."""

    model_config = ConfigDict(frozen=True)


class TraceStep(Reading):
    """One rule applied: what went in, what was compared, what came out, and who says so."""

    rule: RuleKind = Field(description="The rule.")
    code: str | None = Field(description="Code of the indicator; none of a rule about all.", max_length=20)
    indicator: str | None = Field(description="Name of the indicator's field.", max_length=60)
    inputs: dict[str, float] = Field(description="Values that went in, by their paths; a flag is 1 or 0.")
    threshold: str = Field(description="What was wanted, in words.", max_length=4000)
    met: bool = Field(description="Whether it was reached; of points: whether they are full marks.")
    refuses: bool = Field(description="Whether this step alone refuses the label.")
    points: Points | None = Field(description="Points given; only of `points` and `total`.")
    max_points: Points | None = Field(description="Points possible; only of `points` and `total`.")
    result: str = Field(description="What came out, in words.", max_length=4000)
    certainty: Certainty = Field(description="How certain the rule is.")
    source: str = Field(description="Where the rule was published.", max_length=5000)


class DimensionScore(Reading):
    """The points of a dimension."""

    code: str = Field(description="Code of the dimension.", max_length=20)
    title: str = Field(description="Name of the dimension.", max_length=300)
    points: Points = Field(description="Points given.")
    max_points: Points = Field(description="Points possible.")


class Score(Reading):
    """What a sheet is worth, exactly; the sums of the trace are the score."""

    points: Points = Field(description="Points given.", examples=[128])
    max_points: Points = Field(description="Points possible.", examples=[150])
    threshold: Points = Field(description="Fewest points that pass.", examples=[120])
    percent: float = Field(
        description="For display only, cut to one decimal; compared are the points.", ge=0, le=100, examples=[85.3]
    )
    passed: bool = Field(description="Whether gate, minimums and threshold are all reached.")
    silver_met: bool = Field(description="Whether the minimum requirements of silver are met.")
    refused_by: list[str] = Field(description="Codes of missed gates and minimums; `threshold` for too few points.")
    warnings: list[str] = Field(description="Codes of indicators whose minimum was missed, which only warns.")
    dimensions: list[DimensionScore] = Field(description="Points by dimension.")
    trace: list[TraceStep] = Field(description="Every rule that was applied, in order.")


class Improvement(Reading):
    """One indicator to improve, and how far."""

    code: str = Field(description="Code of the indicator.", max_length=20)
    indicator: str = Field(description="Name of the indicator's field.", max_length=60)
    title: str = Field(description="Name of the indicator.", max_length=300)
    points_now: Points = Field(description="Points it has.")
    points_wanted: Points = Field(description="Points it must reach; as many as now if only a minimum is missing.")
    wanted: str = Field(description="What must be reached, in words.", max_length=4000)


class ImprovementSet(Reading):
    """Improvements that together reach the level; fewer indicators cannot."""

    improvements: list[Improvement] = Field(description="The indicators to improve.")
    points: Points = Field(description="Points of the sheet after them.")


class Missing(Reading):
    """What is missing for a level."""

    level: Level = Field(description="The level.")
    required: list[str] = Field(description="Codes of gates and minimums that are missed: part of every set.")
    points_missing: Points = Field(description="Points below the threshold.")
    sets: list[ImprovementSet] = Field(description="Smallest sets of improvements, those with the most room first.")
    has_more: bool = Field(description="Whether there are more sets of this size than are listed.")
