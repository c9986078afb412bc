from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cluster_api.methodology.rules import add_months, end_of_month

days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
months = st.integers(-600, 600)


def next_month(day: date) -> date:
    """Walk to the first day of the next month, one day at a time, without any arithmetic of months."""
    walking = day + timedelta(days=1)
    while walking.day != 1:
        walking += timedelta(days=1)
    return walking


def naive_add_months(day: date, count: int) -> date:
    """Walk month by month from the first of the month, then take the day or the last one there is."""
    first = day.replace(day=1)
    for _ in range(count):
        first = next_month(first)
    longest = (next_month(first) - first).days
    return first + timedelta(days=min(day.day, longest) - 1)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2019, 7, 25), 24, date(2021, 7, 25)),
        (date(2020, 2, 29), 24, date(2022, 2, 28)),
        (date(2020, 2, 29), 48, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2023, 2, 28), 12, date(2024, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 3, 31), -1, date(2024, 2, 29)),
        (date(2026, 3, 31), -6, date(2025, 9, 30)),
        (date(2026, 3, 31), 36, date(2029, 3, 31)),
        (date(2024, 12, 31), 1, date(2025, 1, 31)),
        (date(2024, 1, 1), -1, date(2023, 12, 1)),
        (date(2024, 5, 17), 0, date(2024, 5, 17)),
        (date(1900, 1, 31), 1, date(1900, 2, 28)),
        (date(2000, 1, 31), 1, date(2000, 2, 29)),
        (date(9999, 11, 30), 1, date(9999, 12, 30)),
        (date(1, 2, 1), -1, date(1, 1, 1)),
    ],
)
def test_add_months_of_examples(day: date, count: int, expected: date) -> None:
    assert add_months(day, count) == expected


@pytest.mark.parametrize(("day", "count"), [(date(9999, 12, 1), 1), (date(1, 1, 31), -1), (date(2024, 1, 1), 10**6)])
def test_add_months_refuses_to_leave_the_calendar(day: date, count: int) -> None:
    with pytest.raises(ValueError, match="outside the calendar"):
        add_months(day, count)


@given(days, st.integers(0, 60))
def test_add_months_agrees_with_walking_day_by_day(day: date, count: int) -> None:
    assert add_months(day, count) == naive_add_months(day, count)


@given(days, months)
def test_add_months_there_and_back_loses_at_most_the_days_a_month_is_shorter(day: date, count: int) -> None:
    lost = day - add_months(add_months(day, count), -count)
    assert lost == timedelta(days=max(0, day.day - add_months(day, count).day))


@given(days, days, months)
def test_add_months_keeps_the_order_of_days(earlier: date, later: date, count: int) -> None:
    assume(earlier <= later)
    assert add_months(earlier, count) <= add_months(later, count)


@given(days, months, months)
def test_add_months_adds_up_from_the_first_of_a_month(day: date, count: int, more: int) -> None:
    first = day.replace(day=1)
    assert add_months(add_months(first, count), more) == add_months(first, count + more)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 2, 1), date(2024, 2, 29)),
        (date(2023, 2, 28), date(2023, 2, 28)),
        (date(2026, 3, 14), date(2026, 3, 31)),
        (date(2026, 4, 30), date(2026, 4, 30)),
        (date(2100, 2, 3), date(2100, 2, 28)),
        (date(9999, 12, 5), date(9999, 12, 31)),
    ],
)
def test_end_of_month_of_examples(day: date, expected: date) -> None:
    assert end_of_month(day) == expected


@given(days)
def test_end_of_month_is_the_day_before_the_next_month(day: date) -> None:
    assert end_of_month(day) == next_month(day) - timedelta(days=1)
