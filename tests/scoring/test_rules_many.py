"""Ten thousand random sets, each with a sheet: the service and a scorer on paper agree exactly on every one of them."""

import hashlib
import random

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_api.indicators.schemas import IndicatorSet
from cluster_api.scoring.rules import score, silver_misses
from cluster_api.scoring.schemas import RuleKind
from tests.scoring import naive
from tests.scoring.many import Case, random_case

SEEDS, CASES_OF_A_SEED, WANTED = 210, 50, 10_000


def agree(case: Case) -> None:
    """Compare points of each indicator, total, percentage, threshold, refusals, warnings, silver, dimension."""
    document, sheet = case
    made = IndicatorSet.model_validate(document)
    found = score(made, sheet)
    indicators = document["indicators"]
    points = {one["code"]: naive.points(one, sheet) for one in indicators if not one.get("is_gate")}
    total, most = sum(points.values()), document["max_points"]
    missed = [one for one in indicators if naive.misses(one, sheet)]
    bad = [one["code"] for one in missed if naive.refuses(one, sheet)]
    enough = total >= naive.needed(document)
    assert {step.code: step.points for step in found.trace if step.rule is RuleKind.POINTS} == points
    assert (found.points, found.max_points, found.threshold) == (total, most, naive.needed(document))
    assert found.percent == total * 1000 // most / 10
    assert (found.passed, found.refused_by) == (enough and not bad, [*bad, *([] if enough else ["threshold"])])
    assert found.warnings == [one["code"] for one in missed if one["code"] not in bad]
    silver = [one["code"] for one in missed if one["silver_scope"] and naive.refuses(one, sheet)]
    assert (found.silver_met, [one.code for one in silver_misses(made, sheet)]) == (not silver, silver)
    assert [(one.points, one.max_points) for one in found.dimensions] == [(total, most)]


def test_ten_thousand_random_methodologies_and_sheets_are_scored_as_on_paper() -> None:
    seen: set[bytes] = set()

    @settings(max_examples=SEEDS, deadline=None, database=None)
    @given(st.integers(0, 2**64 - 1))
    def run(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(CASES_OF_A_SEED):
            case = random_case(chance)
            agree(case)
            seen.add(hashlib.sha256(orjson.dumps(case)).digest())

    run()
    assert len(seen) >= WANTED, "So many different ones."
