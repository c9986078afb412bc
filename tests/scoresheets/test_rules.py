"""What a consensus must have besides its values, without a database."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cluster_api.scoresheets import rules
from cluster_api.scoring.rules import score
from tests.assessments.given import whole
from tests.scoring.given import GOLD

LEVELS = ("innovation_system", "communication", "strategic_focus", "web_presence")

PROVEN = {one.name: ["file"] for one in GOLD.indicators}


def sheet_with(levels: tuple[int, ...]) -> dict[str, Any]:
    return {**whole(), **dict(zip(LEVELS, levels, strict=True))}


FOUR = st.tuples(*(st.integers(0, 5) for _ in LEVELS))


@given(agreed=FOUR, one=FOUR, other=FOUR, reasoned=st.sets(st.sampled_from(LEVELS)))
def test_invariant_15_exactly_the_differences_without_a_reason_are_named(
    agreed: tuple[int, ...], one: tuple[int, ...], other: tuple[int, ...], reasoned: set[str]
) -> None:
    scores = [sheet_with(one), sheet_with(other)]
    faults = rules.consensus_faults(GOLD, sheet_with(agreed), scores, reasoned, PROVEN)
    differing = {
        name for name, mine, first, second in zip(LEVELS, agreed, one, other, strict=True) if {first, second} != {mine}
    }
    assert {fault.pointer.rsplit("/", 1)[1] for fault in faults} == differing - reasoned


@given(agreed=FOUR, proven=st.sets(st.sampled_from(LEVELS)))
def test_invariant_15_exactly_full_marks_without_evidence_are_named(agreed: tuple[int, ...], proven: set[str]) -> None:
    sheet = sheet_with(agreed)
    evidence = {name: ids for name, ids in PROVEN.items() if name not in LEVELS or name in proven}
    faults = rules.consensus_faults(GOLD, sheet, [sheet], (), evidence)
    full = {name for name, level in zip(LEVELS, agreed, strict=True) if level == 5}
    assert {fault.pointer.rsplit("/", 1)[1] for fault in faults} == full - proven


@given(levels=FOUR)
def test_invariant_14_points_of_the_indicators_sum_to_the_score(levels: tuple[int, ...]) -> None:
    sheet = sheet_with(levels)
    points = rules.points_by_code(GOLD, sheet)
    assert sum(points.values()) == score(GOLD, sheet).points
    assert all(0 <= points[one.code] <= one.max_points for one in GOLD.indicators if not one.is_gate)


def test_gate_that_one_saw_missed_needs_a_reason() -> None:
    missed = {**whole(), "commitment_of_participants": 0.1}
    faults = list(rules.consensus_faults(GOLD, whole(), [missed, whole()], (), PROVEN))
    assert [fault.pointer for fault in faults] == ["/body/comments/commitment_of_participants"]


def test_patch_merges_one_storey_at_a_time() -> None:
    before = {"a": 1, "b": {"c": 2, "d": 3}}
    assert rules.patched(before, {"a": None, "b": {"c": 4, "d": None}, "e": 5}) == {"b": {"c": 4}, "e": 5}
    assert before == {"a": 1, "b": {"c": 2, "d": 3}}
