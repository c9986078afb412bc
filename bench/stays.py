"""Stays of ClusterXchange: how long the most that is paid takes to reckon and explain, in this process."""

from bench.measure import Effort, Measured
from bench.sheets import each, pace
from cluster_api.rounds.queries import get_round, reckon
from cluster_api.rounds.schemas import EXAMPLE_STAY, StayPlan


def amounts(effort: Effort) -> Measured:
    """Measure the week of the example with its days, its distance and every rule, in microseconds."""
    round_, plan = get_round("pilot"), StayPlan.model_validate(EXAMPLE_STAY)
    paces = [pace(lambda: reckon(round_, plan), effort.seconds) for _ in range(max(3, effort.rounds))]
    return Measured({"amount": each(paces, 1_000_000)})
