"""What is told of indicators, when a period can be reported, and of which day a published figure is."""

from collections import defaultdict
from datetime import date
from itertools import product

import pytest

from cluster_api.partnerships.rules import ATTENDED, COMPUTED
from cluster_api.programme.rules import (
    CONFIDENTIAL,
    Shown,
    by_call,
    computed,
    first_unreported,
    last_day,
    period_fault,
)


def test_every_computed_indicator_has_a_value_and_records_fill_it() -> None:
    found = computed({"SMES_REACHED": 4}, {"bronze": 3, "gold": 1}, {"CXC_EXCHANGES": 2})
    assert found == dict.fromkeys(COMPUTED, 0) | {
        "SMES_REACHED": 4, "LABELS_BRONZE": 3, "LABELS_GOLD": 1, "CXC_EXCHANGES": 2,
    }  # fmt: skip


MANAGERS = "MANAGERS_TRAINED"


@pytest.mark.parametrize(
    ("values", "told", "whole"),
    [
        ({}, {}, Shown(0, None)),
        ({"A": 0}, {"A": 0}, Shown(0, None)),
        ({"A": 2}, {"A": None}, Shown(None, CONFIDENTIAL)),
        ({"A": 3}, {"A": 3}, Shown(3, None)),
        ({"A": 2, "B": 0}, {"A": None, "B": 0}, Shown(None, CONFIDENTIAL)),
        ({"A": 2, "B": 50}, {"A": None, "B": None}, Shown(52, None)),
        ({"A": 50, "B": 2, "C": 3}, {"A": 50, "B": None, "C": None}, Shown(55, None)),
        ({"A": 1, "B": 2, "C": 0}, {"A": None, "B": None, "C": 0}, Shown(None, CONFIDENTIAL)),
        ({"A": 1, "B": 2, "C": 9, "D": 10}, {"A": None, "B": None, "C": None, "D": 10}, Shown(22, None)),
        ({"A": 1, "B": 9, "C": 9, "D": 10}, {"A": None, "B": None, "C": None, "D": 10}, Shown(29, None)),
    ],
)
def test_what_counts_few_is_not_told_nor_what_would_reveal_it(
    values: dict[str, int], told: dict[str, int | None], whole: Shown
) -> None:
    found = by_call(MANAGERS, values, sum(values.values()), 3)
    assert {call: found.part(call).value for call in values} == told
    assert {call for call in values if found.part(call).flag == CONFIDENTIAL} == found.hidden
    assert found.whole == whole


@pytest.mark.parametrize("kpi", ["TRAINING_SESSIONS", "STUDY_VISITS"])
def test_activities_are_told_however_few(kpi: str) -> None:
    found = by_call(kpi, {"A": 1, "B": 5}, 6, 3)
    assert (found.part("A"), found.part("B"), found.whole) == (Shown(1, None), Shown(5, None), Shown(6, None))
    assert found.group({"A"}, 1) == Shown(1, None)


def test_whole_is_not_told_where_it_exceeds_a_call_by_few() -> None:
    """Eight of ten of B are of A, too: the whole would tell of the other two."""
    found = by_call(MANAGERS, {"A": 50, "B": 10}, 52, 3)
    assert (found.part("A"), found.part("B"), found.whole) == (Shown(50, None), Shown(10, None), Shown(None, "c"))
    assert by_call(MANAGERS, {"A": 50, "B": 10}, 53, 3).whole == Shown(53, None)


@pytest.mark.parametrize(
    ("values", "calls", "expected"),
    [
        ({"A": 50, "B": 30, "C": 20}, "AB", Shown(80, None)),
        ({"A": 2, "B": 50, "C": 60}, "AB", Shown(52, None)),
        ({"A": 2, "B": 50, "C": 60}, "BC", Shown(None, CONFIDENTIAL)),
        ({"A": 2, "B": 50, "C": 60}, "AC", Shown(None, CONFIDENTIAL)),
        ({"A": 2, "B": 50, "C": 60}, "C", Shown(60, None)),
        ({"A": 2, "B": 50, "C": 60, "D": 1}, "AB", Shown(None, CONFIDENTIAL)),
        ({"A": 2, "B": 2, "C": 0}, "AB", Shown(None, CONFIDENTIAL)),
        ({"A": 2}, "A", Shown(None, CONFIDENTIAL)),
        ({"A": 0, "B": 5}, "A", Shown(0, None)),
    ],
)
def test_several_calls_together_tell_nothing_of_one_that_is_hidden(
    values: dict[str, int], calls: str, expected: Shown
) -> None:
    found = by_call(MANAGERS, values, sum(values.values()), 3)
    assert found.group(set(calls), sum(values[call] for call in calls)) == expected


def test_several_calls_are_not_told_where_all_the_others_are_few() -> None:
    assert by_call(MANAGERS, {"A": 9, "B": 9}, 10, 3).group({"A"}, 9) == Shown(None, CONFIDENTIAL)


@pytest.mark.parametrize("kpi", sorted(ATTENDED))
def test_programme_invariant_27_who_knows_the_rules_cannot_tell_what_is_hidden(kpi: str) -> None:
    """Of every world of three calls, what is told fits at least two values of each hidden cell that is about few.

    The attacker of this test knows nothing of how cells are chosen: it lists every world and compares what is told.
    """
    told_of = {}
    for world in product(range(7), repeat=3):
        values = dict(zip("ABC", world, strict=True))
        found = by_call(kpi, values, sum(world), 3)
        groups = (found.group(set(two), sum(values[one] for one in two)) for two in ("AB", "BC", "AC"))
        told_of[world] = (*(found.part(call) for call in "ABC"), found.whole, *groups)
    worlds_of = defaultdict(list)
    for world, told in told_of.items():
        worlds_of[told].append(world)
    for world, told in told_of.items():
        for place, value in enumerate(world):
            possible = {other[place] for other in worlds_of[told]}
            assert len(possible) > 1 or not 0 < value < 3, (world, told)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2021-06-09", date(2021, 6, 9)),
        ("2022-02", date(2022, 2, 28)),
        ("2024-02", date(2024, 2, 29)),
        ("2022-12", date(2022, 12, 31)),
        ("2020", date(2020, 12, 31)),
        ("2020-2022", date(2022, 12, 31)),
    ],
)
def test_day_of_a_published_figure_is_its_last(as_of: str, expected: date) -> None:
    assert last_day(as_of) == expected


def test_day_of_a_published_figure_is_known() -> None:
    with pytest.raises(ValueError, match="undated crawl is no day"):
        last_day("undated crawl")


def test_reports_follow_each_other() -> None:
    assert first_unreported(date(2021, 1, 1), None) == date(2021, 1, 1)
    assert first_unreported(date(2021, 1, 1), date(2021, 6, 30)) == date(2021, 7, 1)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (date(2021, 7, 1), None),
        (date(2021, 9, 30), None),
        (date(2021, 10, 1), "The last day lies between 2021-07-01 and 2021-09-30."),
        (date(2021, 6, 30), "The last day lies between 2021-07-01 and 2021-09-30."),
    ],
)
def test_report_ends_within_the_partnership_and_not_in_the_future(until: date, expected: str | None) -> None:
    since, last = date(2021, 7, 1), date(2021, 9, 30)
    assert period_fault(since, until, last, date(2021, 12, 1)) == expected
    assert period_fault(since, until, date(2022, 1, 1), last) == expected


def test_last_day_alone_can_be_reported() -> None:
    day = date(2021, 9, 30)
    assert period_fault(day, day, day, date(2021, 12, 1)) is None
    assert period_fault(day, day, date(2022, 1, 1), day) is None


def test_nothing_is_left_to_report() -> None:
    fault = period_fault(date(2021, 10, 1), date(2021, 10, 1), date(2021, 9, 30), date(2021, 12, 1))
    assert fault == "Everything up to 2021-09-30 is reported already."
