"""On random sets and sheets the service and a scorer on paper agree exactly."""

from typing import Any

from hypothesis import given, settings

from cluster_api.clusters.states import Level
from cluster_api.indicators.rules import compiled
from cluster_api.indicators.schemas import IndicatorSet
from cluster_api.scoring.rules import MOST_SETS, missing, score
from cluster_api.scoring.schemas import RuleKind
from tests.indicators.given import sets_and_sheets
from tests.scoring import naive

Case = tuple[dict[str, Any], dict[str, Any]]


@settings(max_examples=300, deadline=None)
@given(sets_and_sheets())
def test_score_agrees_with_the_scorer_on_paper(case: Case) -> None:
    document, sheet = case
    found = score(IndicatorSet.model_validate(document), sheet)
    indicators = document["indicators"]
    given_points = {one["code"]: naive.points(one, sheet) for one in indicators if not one.get("is_gate")}
    total, bad = sum(given_points.values()), [one["code"] for one in indicators if naive.refuses(one, sheet)]
    enough = total >= naive.needed(document)
    assert {step.code: step.points for step in found.trace if step.rule is RuleKind.POINTS} == given_points
    assert (found.points, found.threshold, found.passed) == (total, naive.needed(document), enough and not bad)
    assert found.refused_by == [*bad, *([] if enough else ["threshold"])]
    assert found.silver_met is not any(one["silver_scope"] and naive.refuses(one, sheet) for one in indicators)


@settings(max_examples=300, deadline=None)
@given(sets_and_sheets())
def test_trace_adds_up_to_the_score(case: Case) -> None:
    document, sheet = case
    found = score(IndicatorSet.model_validate(document), sheet)
    steps = [step for step in found.trace if step.rule is RuleKind.POINTS]
    assert sum(step.points or 0 for step in steps) == found.points == sum(one.points for one in found.dimensions)
    assert sum(step.max_points or 0 for step in steps) == found.max_points
    assert found.passed is not any(step.refuses for step in found.trace)
    assert all(step.source and step.threshold is not None for step in found.trace)


@settings(max_examples=300, deadline=None)
@given(sets_and_sheets())
def test_smallest_sets_of_improvements_are_those_found_by_trying_all(case: Case) -> None:
    document, sheet = case
    made = IndicatorSet.model_validate(document)
    found = {one.level: one for one in missing(made, sheet)}
    if score(made, sheet).passed:
        assert Level.GOLD not in found
        return
    gold = found[Level.GOLD]
    possible = naive.smallest(document, sheet)
    told = [frozenset(improvement.code for improvement in one.improvements) for one in gold.sets]
    assert set(told) <= possible
    assert len(set(told)) == len(told) == min(len(possible), MOST_SETS)
    assert gold.has_more is (len(possible) > MOST_SETS)
    for one in gold.sets:
        assert one.points >= made.threshold
        gained = sum(improvement.points_wanted - improvement.points_now for improvement in one.improvements)
        assert one.points == score(made, sheet).points + gained


@settings(max_examples=300, deadline=None)
@given(sets_and_sheets())
def test_compiled_form_accepts_what_can_be_scored(case: Case) -> None:
    document, sheet = case
    form = compiled("TEST-1", IndicatorSet.model_validate(document))
    assert form.model_validate({"methodology": "TEST-1", **sheet}).model_dump() == {"methodology": "TEST-1", **sheet}
