"""What one can ask of weights: which there are, and which apply on a day. They are a file beside this code."""

from datetime import date
from functools import cache
from importlib.resources import files

import yaml

from cluster_api.matching.schemas import MatchWeights

PACKAGE = "cluster_api.matching"


@cache
def versions() -> tuple[MatchWeights, ...]:
    """Answer every version of the weights, the earliest first."""
    text = files(PACKAGE).joinpath("data", "weights.yaml").read_text(encoding="utf-8")
    found = (MatchWeights.model_validate(one) for one in yaml.load(text, Loader=yaml.CSafeLoader))
    return tuple(sorted(found, key=lambda one: one.since))


def find_weights(version: int) -> MatchWeights | None:
    """Answer a version of the weights, or None."""
    return next((one for one in versions() if one.version == version), None)


def weights_on(day: date) -> MatchWeights:
    """Answer the weights that apply on a day; before the first version, the first."""
    first, *_ = versions()
    return next((one for one in reversed(versions()) if one.since <= day), first)
