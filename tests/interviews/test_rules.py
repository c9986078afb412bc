"""Which benchmark can carry a bronze case, and what is said of one that cannot."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cluster_api.benchmarks.states import FROZEN, BenchmarkState
from cluster_api.foundation.errors import Fault
from cluster_api.interviews.rules import NOTHING, Held, Wanted, interview_faults, place_fits
from cluster_api.methodology.states import VisitMode

FROZEN_ONE = next(iter(FROZEN))
HELD = Held("wave", FROZEN_ONE, date(2021, 2, 10), VisitMode.ON_SITE, has_expert=True)
WANTED = Wanted("wave", VisitMode.ON_SITE, date(2021, 2, 1), date(2021, 2, 28))


def said(held: Held = HELD, wanted: Wanted = WANTED) -> list[tuple[str, str]]:
    """Answer what is wrong, by code and sentence; all of it at one place."""
    found = list(interview_faults(held, wanted))
    assert {one.pointer for one in found} <= {"/body/benchmark_id"}
    assert all(isinstance(one, Fault) for one in found)
    return [(one.code, one.detail) for one in found]


@pytest.mark.parametrize("state", FROZEN)
@pytest.mark.parametrize("day", [date(2021, 2, 1), date(2021, 2, 10), date(2021, 2, 28)])
def test_invariant_7_frozen_benchmark_inside_its_days_carries_a_case(state: BenchmarkState, day: date) -> None:
    assert said(replace(HELD, state=state, held_on=day)) == []


@pytest.mark.parametrize(
    "changes",
    [
        *({"state": state} for state in BenchmarkState if state not in FROZEN),
        {"held_on": None},
        {"mode": None},
        {"has_expert": False},
    ],
)
def test_benchmark_that_is_not_frozen_carries_none(changes: dict[str, Any]) -> None:
    held = replace(HELD, **changes)
    assert said(held) == [("not_frozen", f"The benchmark is {held.state.value}: its answers are not frozen.")]


@pytest.mark.parametrize("held", [replace(HELD, cluster_id="tide"), NOTHING])
def test_benchmark_of_another_cluster_is_none(held: Held) -> None:
    assert said(held) == [("unknown", "The cluster has no such benchmark.")]


@pytest.mark.parametrize("day", [date(2021, 1, 31), date(2021, 3, 1)])
def test_interview_outside_its_days_says_which_they_are(day: date) -> None:
    sentence = f"It was held on {day}, and counts from 2021-02-01 to 2021-02-28."
    assert said(replace(HELD, held_on=day)) == [("out_of_range", sentence)]


def test_guests_of_whom_nobody_said_that_they_were_there_are_waited_for() -> None:
    sentence = "2 guest(s) are to be confirmed by the expert, or withdrawn."
    assert said(replace(HELD, guests_waiting=2)) == [("guests_waiting", sentence)]


@pytest.mark.parametrize("contracted", VisitMode)
@pytest.mark.parametrize("held", VisitMode)
def test_invariant_22_video_at_the_price_on_site_does_not_fit(contracted: VisitMode, held: VisitMode) -> None:
    is_dearer = (contracted, held) == (VisitMode.ON_SITE, VisitMode.VIDEO)
    assert place_fits(contracted, held) is not is_dearer
    found = said(replace(HELD, mode=held), replace(WANTED, mode=contracted))
    expected = [("other_place", "An interview on site was contracted, it was held by video.")] if is_dearer else []
    assert found == expected


def test_everything_wrong_is_said_at_once() -> None:
    held = replace(HELD, held_on=date(2021, 3, 1), mode=VisitMode.VIDEO)
    assert [code for code, _ in said(held)] == ["out_of_range", "other_place"]
