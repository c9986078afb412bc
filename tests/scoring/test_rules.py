"""The arithmetic of gold on the set of 2013; numbers are those of the domain's invariants (11.4)."""

from typing import Any

import pytest

from cluster_api.clusters.states import Level
from cluster_api.scoring.rules import missing, passes, percent_for_display, score, silver_misses
from cluster_api.scoring.schemas import RuleKind
from tests.indicators.given import condition, indicator, level, measure, minimum, scale, the_set
from tests.scoring.given import EXAMPLE, FULL, GOLD, sheet_of


def test_full_marks_are_150_and_dimensions_15_50_10_60_15() -> None:
    found = score(GOLD, FULL)
    assert (found.points, found.max_points, found.percent, found.passed) == (150, 150, 100.0, True)
    assert [(one.code, one.points, one.max_points) for one in found.dimensions] == [
        ("1", 15, 15), ("2", 50, 50), ("3", 10, 10), ("4", 60, 60), ("5", 15, 15),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("points", "percent", "passed"),
    [
        (150, 100.0, True),
        (128, 85.3, True),
        (121, 80.6, True),
        (120, 80.0, True),
        (119, 79.3, False),
        (115, 76.6, False),
    ],
)
def test_invariants_10_and_14_share_of_120_of_150_passes_and_119_does_not(
    points: int, percent: float, passed: bool
) -> None:
    found = score(GOLD, sheet_of(points))
    assert (found.points, found.threshold, found.percent, found.passed) == (points, 120, percent, passed)
    assert found.refused_by == ([] if passed else ["threshold"])


@pytest.mark.parametrize(
    ("points", "most", "percent", "expected"),
    [(120, 150, 80, True), (119, 150, 80, False), (0, 1, 1, False), (4, 5, 80, True), (799, 1000, 80, False)],
)
def test_invariant_14_points_are_compared_not_percentages(points: int, most: int, percent: int, expected: bool) -> None:
    assert passes(points, most, percent) is expected


@pytest.mark.parametrize(
    ("points", "most", "shown"), [(119, 150, 79.3), (1199, 1500, 79.9), (2, 3, 66.6), (150, 150, 100.0), (0, 7, 0.0)]
)
def test_invariant_14_percent_is_cut_to_one_decimal(points: int, most: int, shown: float) -> None:
    assert percent_for_display(points, most) == shown


def test_invariant_10_missed_gate_refuses_at_full_marks() -> None:
    found = score(GOLD, FULL | {"commitment_of_participants": 0.4999})
    assert (found.points, found.percent, found.passed, found.refused_by) == (150, 100.0, False, ["1.1.0"])


def test_invariant_10_missed_minimum_refuses_at_full_marks() -> None:
    members = indicator(
        "1.1", "members", measure("count"),
        scale=scale((5, condition("members", at_least=10))), minimum=minimum(condition("members", at_least=15)),
    )  # fmt: skip
    found = score(the_set(members), {"members": 12})
    assert (found.points, found.percent, found.passed, found.refused_by) == (5, 100.0, False, ["1.1"])


def test_minimum_that_only_warns_refuses_nothing() -> None:
    found = score(GOLD, FULL | {"financial_outlook": 11})
    assert (found.passed, found.refused_by, found.warnings) == (True, [], ["3.1"])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("committed_participants", [(7, 0), (8, 1), (14, 1), (15, 2), (24, 3), (31, 3), (32, 4), (39, 4), (40, 5)]),
        ("geographical_concentration", [(0.1399, 0), (0.14, 1), (0.6999, 4), (0.7, 5), (0.69996, 4)]),
        ("strategy_review", [(12, 5), (13, 4), (36, 2), (37, 1), (49, 0)]),
        ("maturity_of_management", [(1, 0), (2, 2), (3, 4), (4, 5)]),
        ("innovation_system", [(level, level) for level in range(6)]),
        ("satisfaction", [
            ({"survey_age": 24, "response_rate": 0.2, "result_used": True}, 5),
            ({"survey_age": 24, "response_rate": 0.2, "result_used": False}, 4),
            ({"survey_age": 24, "response_rate": 0.1999, "result_used": True}, 3),
            ({"survey_age": 61, "response_rate": 1, "result_used": True}, 0),
        ]),
        ("human_resources", [
            ({"fte": 2, "persons": 3}, 5), ({"fte": 1.5, "persons": 3}, 4), ({"fte": 0.5, "persons": 1}, 2),
        ]),
    ],
)  # fmt: skip
def test_points_follow_from_the_value(name: str, values: list[tuple[Any, int]]) -> None:
    full = score(GOLD, FULL).points
    assert [(value, score(GOLD, FULL | {name: value}).points - full + 5) for value, _ in values] == values


def test_firms_alone_are_one_kind_of_participant() -> None:
    firms = {"sme": 0.6, "large_firms": 0.4, "research_education": 0, "other": 0, "research_members": 0}
    found = score(GOLD, FULL | {"composition_of_participants": firms})
    assert (found.points, found.refused_by) == (145, ["1.1.1"])


def test_staff_is_compared_with_the_participants_it_looks_after() -> None:
    found = score(GOLD, FULL | {"committed_participants": 81, "human_resources": {"fte": 2, "persons": 2}})
    assert found.points == 149  # 40.5 for each full-time equivalent


def test_every_step_of_the_trace_has_its_inputs_threshold_and_source() -> None:
    trace = score(GOLD, EXAMPLE).trace
    assert [step.rule for step in trace[-2:]] == [RuleKind.TOTAL, RuleKind.THRESHOLD]
    step = next(step for step in trace if step.code == "1.1.2" and step.rule is RuleKind.POINTS)
    assert (step.inputs, step.result) == ({"committed_participants": 42.0}, "5 of 5 points")
    assert step.threshold == "5: committed_participants at least 40"
    assert all(step.source for step in trace)
    assert sum(step.points or 0 for step in trace if step.rule is RuleKind.POINTS) == trace[-2].points == 140


def test_silver_looks_only_at_minimums_in_its_scope() -> None:
    assert silver_misses(GOLD, FULL) == []
    below = FULL | {"committed_participants": 14, "human_resources": {"fte": 0.2, "persons": 1}}
    assert [one.code for one in silver_misses(GOLD, below)] == ["1.1.2"]
    assert [score(GOLD, sheet).silver_met for sheet in (FULL, below)] == [True, False]


def test_nothing_is_missing_where_gold_is_reached() -> None:
    assert missing(GOLD, sheet_of(120)) == []


def test_one_point_short_any_indicator_with_room_is_enough() -> None:
    (gold,) = missing(GOLD, sheet_of(119))
    assert (gold.level, gold.required, gold.points_missing, gold.has_more) == (Level.GOLD, [], 1, False)
    assert {len(one.improvements) for one in gold.sets} == {1}
    assert {one.points for one in gold.sets} <= {120, 121}
    first = gold.sets[0].improvements[0]
    assert (first.code, first.points_now, first.points_wanted) == ("1.2", 0, 1)
    assert first.wanted == "geographical_concentration at least 0.14"


def test_missed_minimums_are_part_of_every_set_and_silver_comes_first() -> None:
    sheet = sheet_of(119) | {"committed_participants": 3, "commitment_of_participants": 0.1}
    silver, gold = missing(GOLD, sheet)
    assert (silver.level, silver.required, len(silver.sets)) == (Level.SILVER, ["1.1.0", "1.1.2"], 1)
    assert (gold.level, gold.required, gold.points_missing) == (Level.GOLD, ["1.1.0", "1.1.2"], 6)
    assert all({"1.1.0", "1.1.2"} < {part.code for part in one.improvements} for one in gold.sets)
    assert gold.sets[0].points == 120


def test_points_on_the_way_to_full_marks_need_no_other_indicator() -> None:
    members = indicator(
        "1.1", "members", measure("count"),
        scale=scale((2, condition("members", at_least=5)), (5, condition("members", at_least=9))),
        minimum=minimum(condition("members", at_least=5)),
    )  # fmt: skip
    made = the_set(members, level("1.2", "role"), pass_percent=50)
    (_, gold) = missing(made, {"members": 1, "role": 0})
    (one,) = gold.sets
    assert [(part.code, part.points_wanted) for part in one.improvements] == [("1.1", 5)]
    assert one.improvements[0].wanted == "members at least 5 and members at least 9"
