"""What becomes of a past assessment under a draft, and what may be told of the counts: no day, no database."""

from collections import Counter
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_api.clusters.states import Level
from cluster_api.indicators.schemas import IndicatorSet
from cluster_api.methodology.rules import carry_over
from cluster_api.simulations import rules
from cluster_api.simulations.rules import Told, everything, foreseen, size_of, suppressed
from cluster_api.simulations.states import SimulatedOutcome, SimulatedReason
from tests.indicators.given import condition, indicator, level, measure, minimum, scale, the_set

FEWEST = 5
OLD = the_set(level("1.1", "role"), level("1.2", "plan"))
SILVER_MINIMUM = minimum(condition("role", at_least=4))


def told(draft: IndicatorSet, sheet: dict[str, Any], at: Level = Level.GOLD, own: IndicatorSet = OLD) -> Any:
    found = foreseen(at, sheet, own, draft, carry_over(own, draft))
    return found.outcome, found.reason


def points(draft: IndicatorSet, sheet: dict[str, Any]) -> tuple[Any, ...]:
    found = foreseen(Level.GOLD, sheet, OLD, draft, carry_over(OLD, draft))
    return found.points, found.max_points, found.fewest_points, found.most_points


SAME = the_set(level("1.1", "role"), level("1.2", "plan"))
EASIER = the_set(level("1.1", "role"), level("1.2", "plan"), pass_percent=50)
HARDER = the_set(level("1.1", "role"), level("1.2", "plan"), pass_percent=100)
STRICTER = the_set(level("1.1", "role", minimum=SILVER_MINIMUM), level("1.2", "plan"))
DROPPED = the_set(level("1.1", "role"))
ADDED = the_set(level("1.1", "role"), level("1.2", "plan"), level("1.3", "impact"))
ADDED_STRICT = the_set(
    level("1.1", "role"), level("1.2", "plan"),
    level("1.3", "impact", minimum=minimum(condition("impact", at_least=2))), pass_percent=50,
)  # fmt: skip
ADDED_WARNING = the_set(
    level("1.1", "role"), level("1.2", "plan"),
    level("1.3", "impact", minimum=minimum(condition("impact", at_least=2), effect="warn")), pass_percent=50,
)  # fmt: skip
ELSEWHERE = the_set(level("1.1", "impact"))


@pytest.mark.parametrize(
    ("draft", "role", "plan", "outcome"),
    [
        (SAME, 4, 4, "keeps"), (SAME, 4, 3, "stays_out"), (EASIER, 4, 3, "gains"), (EASIER, 2, 2, "stays_out"),
        (HARDER, 4, 4, "loses"), (HARDER, 5, 5, "keeps"), (STRICTER, 3, 5, "loses"), (STRICTER, 4, 5, "keeps"),
        (DROPPED, 4, 0, "gains"), (DROPPED, 3, 5, "loses"),
        # 15 points, 12 needed: 10 carried are open, 6 never reach it, and 7 do with full marks.
        (ADDED, 5, 5, "open"), (ADDED, 3, 3, "stays_out"), (ADDED, 3, 4, "open"),
        # 8 of 15 needed: 9 are enough by themselves, but for the minimum that is asked anew.
        (ADDED_STRICT, 5, 4, "open"), (ADDED_WARNING, 5, 4, "keeps"), (ADDED_STRICT, 1, 1, "stays_out"),
    ],
)  # fmt: skip
def test_gold_is_told_only_if_what_is_asked_anew_does_not_decide(
    draft: IndicatorSet, role: int, plan: int, outcome: str
) -> None:
    reason = SimulatedReason.ASKED_ANEW if outcome == "open" else None
    assert told(draft, {"role": role, "plan": plan}) == (SimulatedOutcome(outcome), reason)


@pytest.mark.parametrize(
    ("draft", "role", "outcome"),
    [
        (SAME, 0, "keeps"), (STRICTER, 3, "loses"), (STRICTER, 4, "keeps"), (ADDED, 0, "keeps"),
        (ADDED_STRICT, 5, "open"), (ADDED_WARNING, 0, "keeps"),
    ],
)  # fmt: skip
def test_silver_looks_at_minimums_in_its_scope_and_at_no_points(draft: IndicatorSet, role: int, outcome: str) -> None:
    assert told(draft, {"role": role, "plan": 0}, Level.SILVER)[0] is SimulatedOutcome(outcome)


def test_silver_regains_what_a_draft_no_longer_demands() -> None:
    assert told(SAME, {"role": 3, "plan": 0}, Level.SILVER, own=STRICTER) == (SimulatedOutcome.GAINS, None)
    assert told(STRICTER, {"role": 3, "plan": 0}, Level.SILVER, own=STRICTER) == (SimulatedOutcome.STAYS_OUT, None)
    elsewhere = level("1.3", "impact", silver_scope=False, minimum=minimum(condition("impact", at_least=2)))
    draft = the_set(level("1.1", "role"), level("1.2", "plan"), elsewhere)
    assert told(draft, {"role": 3, "plan": 0}, Level.SILVER) == (SimulatedOutcome.KEEPS, None)


def test_both_scores_stand_side_by_side_with_worst_and_best_case() -> None:
    assert points(ADDED, {"role": 5, "plan": 4}) == (9, 10, 9, 14)
    assert points(DROPPED, {"role": 5, "plan": 4}) == (9, 10, 5, 5)
    assert points(HARDER, {"role": 5, "plan": 4}) == (9, 10, 9, 9)


def test_what_cannot_be_scored_again_says_why() -> None:
    assert told(ELSEWHERE, {"role": 5, "plan": 5}) == (SimulatedOutcome.NOT_RESCORED, SimulatedReason.NOTHING_CARRIED)
    assert told(SAME, {"role": 5}) == (SimulatedOutcome.NOT_RESCORED, SimulatedReason.SHEET_INCOMPLETE)


def test_value_with_other_measures_is_not_carried() -> None:
    other = the_set(
        indicator("1.1", "role", measure("count"), scale=scale((5, condition("role", at_least=1)))),
        level("1.2", "plan"),
    )
    carried = carry_over(OLD, other)
    assert (carried.names, [one.code for one in carried.unknown], carried.room) == (frozenset({"plan"}), ["1.1"], 5)


@pytest.mark.parametrize(
    ("members", "size"), [(0, "small"), (14, "small"), (15, "middle"), (40, "large"), (99, "large")]
)
def test_size_is_the_last_band_that_begins(members: int, size: str) -> None:
    bands = [
        {"size": "middle", "at_least": "15"},
        {"size": "large", "at_least": "40"},
        {"size": "small", "at_least": "0"},
    ]
    assert size_of(bands, members) == size


def test_rows_in_force_are_those_of_the_last_date_that_has_come() -> None:
    rows = [{"since": "2020-01-01", "is": "a"}, {"since": "2021-01-01", "is": "b"}, {"since": "2021-01-01", "is": "c"}]
    day = {year: date(year, 1, 1) for year in (2020, 2021)}
    assert [one["is"] for one in rules.in_force(rows, day[2020])] == ["a"]
    assert [one["is"] for one in rules.in_force(rows, day[2021])] == ["b", "c"]


# --- what may be told


def counts(**given_counts: int) -> Counter[SimulatedOutcome]:
    return Counter({SimulatedOutcome(name): count for name, count in given_counts.items()})


def test_large_groups_are_told_as_they_are() -> None:
    groups = {"DE": counts(keeps=10, loses=6), "FR": counts(keeps=7, loses=5)}
    found = suppressed({"country": groups}, FEWEST)
    assert found.total == Told(
        28, dict.fromkeys(SimulatedOutcome, 0) | {SimulatedOutcome.KEEPS: 17, SimulatedOutcome.LOSES: 11}
    )
    assert [(name, one.cases, one.outcomes[SimulatedOutcome.LOSES]) for name, one in found.groups["country"]] == [
        ("DE", 16, 6), ("FR", 12, 5),
    ]  # fmt: skip


def test_small_groups_are_told_together_and_take_a_larger_one_with_them() -> None:
    groups = {"DE": counts(keeps=30, loses=20), "FR": counts(keeps=7, loses=5), "IE": counts(loses=1, keeps=1)}
    found = suppressed({"country": groups}, FEWEST).groups["country"]
    # Ireland alone would follow from the total less Germany and France.
    assert [(name, one.cases) for name, one in found] == [("DE", 50), (None, 14)]


def test_group_in_which_all_have_one_outcome_is_not_told() -> None:
    groups = {"DE": counts(keeps=30, loses=20), "FR": counts(keeps=7, loses=6), "IE": counts(stays_out=9)}
    found = suppressed({"country": groups}, FEWEST).groups["country"]
    assert [(name, one.cases) for name, one in found] == [("DE", 50), (None, 22)]


def test_rare_outcomes_are_kept_back_everywhere_with_the_next_until_they_are_enough() -> None:
    groups = {"DE": counts(keeps=30, loses=8, gains=2, open=7), "FR": counts(keeps=9, loses=1, open=6)}
    found = suppressed({"country": groups}, FEWEST)
    assert found.total == Told(63, {
        SimulatedOutcome.KEEPS: 39, SimulatedOutcome.STAYS_OUT: 0, SimulatedOutcome.OPEN: 13,
        SimulatedOutcome.NOT_RESCORED: 0,
    }, untold=11)  # fmt: skip
    assert found.groups["country"] == []


def test_outcome_that_is_just_enough_is_told() -> None:
    groups = {"DE": counts(keeps=20, loses=5), "FR": counts(keeps=20)}
    found = suppressed({"country": groups}, FEWEST).total
    assert found is not None
    assert (found.untold, found.outcomes[SimulatedOutcome.LOSES]) == (0, 5)


@pytest.mark.parametrize(
    ("kept_back", "untold"),
    [({"gains": 2, "open": 3}, 5), ({"gains": 1, "open": 5}, 6), ({"gains": 1, "open": 3, "stays_out": 5}, 9)],
)
def test_no_more_is_kept_back_than_is_enough(kept_back: dict[str, int], untold: int) -> None:
    found = suppressed({"country": {"DE": counts(keeps=30, loses=20, **kept_back)}}, FEWEST).total
    assert found is not None
    assert found.untold == untold


def test_smallest_group_goes_with_those_that_are_too_few() -> None:
    groups = {"AT": counts(keeps=7, loses=5), "DE": counts(keeps=30, loses=20), "FR": counts(loses=1, keeps=1)}
    found = suppressed({"country": groups}, FEWEST).groups["country"]
    assert [(name, one.cases) for name, one in found] == [("DE", 50), (None, 14)]


def test_nothing_counted_is_nothing_told() -> None:
    assert suppressed({}, FEWEST) == rules.Tables(None, {})
    assert everything({}) == rules.Tables(Told(0, dict.fromkeys(SimulatedOutcome, 0)), {})


def test_nothing_is_told_of_too_few_and_no_outcome_of_all_alike() -> None:
    assert suppressed({"level": {"gold": counts(keeps=4)}}, FEWEST) == rules.Tables(None, {"level": []})
    assert suppressed({"level": {"gold": counts(keeps=9)}}, FEWEST) == rules.Tables(Told(9, {}, 9), {"level": []})
    assert suppressed({"level": {}}, FEWEST) == rules.Tables(None, {"level": []})


def test_who_sees_cases_is_told_everything() -> None:
    groups = {"DE": counts(keeps=1), "FR": counts(loses=1)}
    found = everything({"country": groups})
    assert found.total is not None
    assert (found.total.cases, [name for name, _ in found.groups["country"]]) == (2, ["DE", "FR"])
    assert found.groups["country"][0][1].outcomes == {
        one: int(one is SimulatedOutcome.KEEPS) for one in SimulatedOutcome
    }


GROUPS = st.dictionaries(
    st.sampled_from(["AT", "BE", "DE", "ES", "FR", "IE"]),
    st.dictionaries(st.sampled_from(list(SimulatedOutcome)), st.integers(0, 12)).map(Counter),
    max_size=6,
)


@settings(max_examples=600, deadline=None)
@given(GROUPS)
def test_no_sum_or_difference_of_what_is_told_counts_fewer_than_may_be_told(
    groups: dict[str, Counter[SimulatedOutcome]],
) -> None:
    found = suppressed({"country": groups}, FEWEST)
    if found.total is None:
        assert sum(sum(one.values()) for one in groups.values()) < FEWEST
        assert found.groups["country"] == []
        return
    parts = [one for _, one in found.groups["country"]]
    if parts:
        assert sum(one.cases for one in parts) == found.total.cases
        assert all(
            sum(one.outcomes[outcome] for one in parts) == count for outcome, count in found.total.outcomes.items()
        )
    # Groups are disjoint and whole: whatever is added or subtracted is a union of them, or its complement.
    for size in range(1, len(parts) + 1):
        for union in combinations(parts, size):
            cells = [sum(one.outcomes[outcome] for one in union) for outcome in found.total.outcomes]
            cells.append(sum(one.untold for one in union))
            assert all(cell == 0 or cell >= FEWEST for cell in cells)
            assert sum(cell > 0 for cell in cells) > 1
    truth = {name: sum(groups[name].values()) for name in groups}
    assert all(one.cases == truth[name] for name, one in found.groups["country"] if name is not None)
