"""What a version of the weights says."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from cluster_api.matching.states import MatchCriterion
from cluster_api.rounds.schemas import Frozen, StatedNumber

WHOLE_WEIGHT = 100


class MatchWeights(Frozen):
    """Weights of the criteria of a match, as one version of them."""

    version: int = Field(description="Version of the weights.", ge=1)
    since: date = Field(description="First day on which they apply.")
    weights: dict[MatchCriterion, StatedNumber] = Field(description="Points of a hundred by criterion.", max_length=5)
    fewest_days: StatedNumber = Field(description="Days on which both must be free for the dates to fit.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if set(self.weights) != set(MatchCriterion):
            raise ValueError("Every criterion has a weight.")
        if sum(one.value for one in self.weights.values()) != WHOLE_WEIGHT:
            raise ValueError(f"Weights add up to {WHOLE_WEIGHT}.")
        if self.fewest_days.value < 1:
            raise ValueError("Dates fit on one day at least.")
        return self
