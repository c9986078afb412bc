"""The trace step by step and whole, and the smallest sets of improvements one by one."""

from typing import Any

import pytest

from cluster_api.clusters.states import Level
from cluster_api.indicators.schemas import IndicatorSet
from cluster_api.indicators.states import Certainty
from cluster_api.scoring.rules import EXACT, missing, score
from cluster_api.scoring.schemas import Missing, RuleKind, TraceStep
from tests.indicators.given import condition, indicator, level, measure, minimum, scale, the_set

STATED = {"certainty": "stated", "source": "The scale."}
MEMBERS = indicator(
    "1.1", "members", measure("count"),
    scale=scale((2, condition("members", at_least=5)), (5, condition("members", at_least=9))) | STATED,
    minimum=minimum(condition("members", at_least=5)) | {"source": "The minimum."},
)  # fmt: skip
ROLE = level("1.2", "role", minimum=minimum(condition("role", at_least=3), effect="warn"))
STATUTES = indicator(
    "1.3", "statutes", measure("flag"), is_gate=True, max_points=0, minimum=minimum(condition("statutes", at_least=1)),
)  # fmt: skip
SET = the_set(MEMBERS, ROLE, STATUTES)


def trace(**sheet: Any) -> list[TraceStep]:
    return score(SET, sheet).trace


def step(rule: RuleKind, code: str | None, name: str | None, **more: Any) -> TraceStep:
    basis: dict[str, Any] = {
        "inputs": {}, "points": None, "max_points": None, "certainty": Certainty.PROPOSED, "source": "A test.",
        "refuses": False,
    }  # fmt: skip
    return TraceStep(**{"rule": rule, "code": code, "indicator": name, **basis, **more})


def test_trace_tells_every_step_whole() -> None:
    assert trace(members=6, role=2, statutes=False) == [
        step(
            RuleKind.POINTS, "1.1", "members", inputs={"members": 6.0}, met=False, points=2, max_points=5,
            threshold="2: members at least 5; 5: members at least 9", result="2 of 5 points",
            certainty=Certainty.STATED, source="The scale.",
        ),
        step(
            RuleKind.MINIMUM, "1.1", "members", inputs={"members": 6.0}, threshold="members at least 5", met=True,
            result="reached", source="The minimum.",
        ),
        step(
            RuleKind.POINTS, "1.2", "role", inputs={"role": 2.0}, met=False, points=2, max_points=5,
            threshold="2: role at least 2; 3: role at least 3", result="2 of 5 points",
        ),
        step(
            RuleKind.MINIMUM, "1.2", "role", inputs={"role": 2.0}, threshold="role at least 3", met=False,
            result="missed, which only warns",
        ),
        step(
            RuleKind.GATE, "1.3", "statutes", inputs={"statutes": 0.0}, threshold="statutes at least 1", met=False,
            refuses=True, result="missed",
        ),
        step(
            RuleKind.TOTAL, None, None, threshold="the sum of the points of 2 indicators", met=False, points=4,
            max_points=10, result="4 of 10 points, 40.0 %", source=EXACT,
        ),
        step(
            RuleKind.THRESHOLD, None, None, inputs={"points": 4.0, "max_points": 10.0, "pass_percent": 80.0},
            threshold="100 * points >= 80 * 10: at least 8 points", met=False, refuses=True,
            result="100 * 4 = 400, 80 * 10 = 800",
        ),
    ]  # fmt: skip


def test_trace_of_full_marks_is_met_at_every_step() -> None:
    found = trace(members=9, role=5, statutes=True)
    assert [one.met for one in found] == [True] * 7
    assert [one.result for one in found] == [
        "5 of 5 points", "reached", "5 of 5 points", "reached, which only warns", "reached",
        "10 of 10 points, 100.0 %", "100 * 10 = 1000, 80 * 10 = 800",
    ]  # fmt: skip
    assert [one.threshold for one in found[:3:2]] == ["5: members at least 9", "5: role at least 5"]


def test_no_points_are_told_with_the_first_step_above() -> None:
    found = trace(members=4, role=0, statutes=True)
    assert (found[0].points, found[0].threshold) == (0, "2: members at least 5")
    assert found[1].refuses is True


def levels(count: int, **more: Any) -> IndicatorSet:
    return the_set(*(level(f"1.{at:02}", f"f{at:02}") for at in range(count)), **more)


def gold(methodology: IndicatorSet, sheet: dict[str, Any]) -> Missing:
    (found,) = missing(methodology, sheet)
    assert found.level is Level.GOLD
    return found


def told(found: Missing) -> list[list[tuple[str, int, int]]]:
    return [[(one.indicator, one.points_now, one.points_wanted) for one in part.improvements] for part in found.sets]


def test_sets_are_told_in_order_and_lowered_from_their_last() -> None:
    made = levels(3, pass_percent=47)
    found = gold(made, dict.fromkeys(("f00", "f01", "f02"), 0))
    assert (made.threshold, found.points_missing, found.has_more) == (8, 8, False)
    assert told(found) == [
        [("f00", 0, 5), ("f01", 0, 3)], [("f00", 0, 5), ("f02", 0, 3)], [("f01", 0, 5), ("f02", 0, 3)],
    ]  # fmt: skip
    assert [one.points for one in found.sets] == [8, 8, 8]


def test_larger_gaps_come_first_and_who_is_full_is_left_out() -> None:
    found = gold(levels(4, pass_percent=75), {"f00": 5, "f01": 4, "f02": 2, "f03": 3})
    assert found.points_missing == 1
    assert told(found) == [[("f02", 2, 3)], [("f03", 3, 4)], [("f01", 4, 5)]]


@pytest.mark.parametrize(
    ("count", "shown", "has_more"), [(9, 9, False), (10, 10, False), (11, 10, True), (12, 10, True)]
)
def test_at_most_ten_sets_are_shown(count: int, shown: int, has_more: bool) -> None:
    # One point is missing of those that 80 % of all points want, and each indicator has one to give.
    made = levels(count, pass_percent=80)
    found = gold(made, {f"f{at:02}": 4 if at else 3 for at in range(count)})
    assert found.points_missing == 1
    assert [len(one) for one in told(found)] == [1] * shown
    assert found.has_more is has_more


def test_missed_minimum_is_asked_for_and_a_reached_one_is_not() -> None:
    silver, found = missing(SET, {"members": 4, "role": 3, "statutes": True})
    assert (silver.level, silver.required, silver.points_missing) == (Level.SILVER, ["1.1"], 0)
    assert [(one.code, one.points_wanted, one.wanted) for one in silver.sets[0].improvements] == [
        ("1.1", 0, "members at least 5")
    ]
    assert [one.wanted for one in found.sets[0].improvements] == ["members at least 5 and members at least 9"]
    better = gold(SET, {"members": 6, "role": 4, "statutes": True})
    assert [[one.wanted for one in part.improvements] for part in better.sets] == [["members at least 9"]]


def test_missed_gate_is_asked_for_without_points() -> None:
    silver, found = missing(SET, {"members": 9, "role": 5, "statutes": False})
    for one in (silver, found):
        assert (one.required, one.points_missing, told(one)) == (["1.3"], 0, [[("statutes", 0, 0)]])
        assert one.sets[0].improvements[0].wanted == "statutes at least 1"
        assert (one.sets[0].improvements[0].title, one.sets[0].points) == ("Indicator statutes", 10)
