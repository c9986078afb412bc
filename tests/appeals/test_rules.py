"""Days of appeals and counts that point at nobody, without a database."""

from datetime import date

import pytest

from cluster_api.appeals.rules import decide_by, in_force, is_in_time, shown

ROWS = [
    {"since": "2010-01-01", "days": "60"},
    {"since": "2022-07-01", "days": "45"},
    {"since": "2020-03-01", "days": "90"},
]


@pytest.mark.parametrize(("day", "expected"), [(28, True), (29, True), (30, False)])
def test_invariant_21_last_day_is_in_time(day: int, expected: bool) -> None:
    assert is_in_time(date(2021, 4, day), date(2021, 4, 29)) is expected


@pytest.mark.parametrize(
    ("day", "days"),
    [
        (date(2010, 1, 1), "60"),
        (date(2020, 2, 29), "60"),
        (date(2020, 3, 1), "90"),
        (date(2022, 6, 30), "90"),
        (date(2022, 7, 1), "45"),
        (date(2030, 1, 1), "45"),
    ],
)
def test_row_in_force_is_the_last_that_has_begun_whatever_their_order(day: date, days: str) -> None:
    assert in_force(ROWS, day)["days"] == days


def test_nothing_is_in_force_before_the_first_row() -> None:
    with pytest.raises(ValueError, match="empty"):
        in_force(ROWS, date(2009, 12, 31))


def test_days_to_decide_count_from_the_receipt() -> None:
    assert decide_by(ROWS, date(2021, 1, 15)) == date(2021, 4, 15)
    assert decide_by(ROWS, date(2022, 7, 1)) == date(2022, 8, 15)


def test_small_counts_and_none_look_the_same() -> None:
    assert [shown(count, 3) for count in range(5)] == [None, None, None, 3, 4]
