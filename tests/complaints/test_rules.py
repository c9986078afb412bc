"""Deadlines in working days of Belgium, lateness, people outside a case, and counts that give nobody away."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.complaints.queries import terms
from cluster_api.complaints.rules import (
    Term,
    add_working_days,
    deadline,
    file_by,
    is_late,
    is_outside,
    shown_counts,
)
from cluster_api.complaints.states import Deadline, Matter
from cluster_api.vocabularies.rules import is_working_day


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2021, 1, 15), date(2021, 1, 22)),  # a Friday
        (date(2021, 1, 16), date(2021, 1, 22)),  # a Saturday
        (date(2021, 3, 31), date(2021, 4, 8)),  # Easter Monday is the 5th
        (date(2021, 7, 16), date(2021, 7, 26)),  # the national day is a Wednesday
        (date(2020, 12, 24), date(2021, 1, 4)),  # Christmas and New Year's Day are Fridays
        (date(2021, 11, 8), date(2021, 11, 16)),  # Armistice Day is a Thursday
    ],
)
def test_complaint_is_acknowledged_in_five_working_days(day: date, expected: date) -> None:
    assert deadline(terms(), Deadline.ACKNOWLEDGE, day) == expected


@pytest.mark.parametrize(
    ("matter", "expected"),
    [(Matter.ASSESSOR, date(2021, 3, 16)), (Matter.PROCESS, None), (Matter.LABEL, None), (Matter.CLUSTER, None)],
)
def test_complaint_about_an_assessor_is_filed_in_sixty_days(matter: Matter, expected: date | None) -> None:
    assert file_by(terms(), matter, date(2021, 1, 15)) == expected


def test_complaint_is_answered_in_thirty_days() -> None:
    assert deadline(terms(), Deadline.ANSWER, date(2021, 1, 15)) == date(2021, 2, 14)


@given(st.dates(date(2011, 1, 1), date(2060, 1, 1)), st.integers(0, 30))
def test_working_days_agree_with_counting(day: date, count: int) -> None:
    end = add_working_days(day, count)
    between = [day + timedelta(days=one) for one in range(1, (end - day).days + 1)]
    assert sum(is_working_day(one, "BE") for one in between) == count
    assert count == 0 or is_working_day(end, "BE")


def test_newer_term_holds_for_newer_complaints_only() -> None:
    known = [
        Term(Deadline.ANSWER, 30, False, date(2010, 1, 1)),
        Term(Deadline.ANSWER, 20, False, date(2022, 1, 1)),
        Term(Deadline.ACKNOWLEDGE, 1, False, date(2010, 1, 1)),
    ]
    assert deadline(known, Deadline.ANSWER, date(2021, 12, 31)) == date(2022, 1, 30)
    assert deadline(known, Deadline.ANSWER, date(2022, 1, 1)) == date(2022, 1, 21)


@pytest.mark.parametrize(
    ("done_on", "today", "late"),
    [
        (None, date(2021, 1, 22), False),
        (None, date(2021, 1, 23), True),
        (date(2021, 1, 22), date(2021, 6, 1), False),
        (date(2021, 1, 23), date(2021, 6, 1), True),
    ],
)
def test_lateness_stays_once_something_is_done(done_on: date | None, today: date, late: bool) -> None:
    assert is_late(done_on, date(2021, 1, 22), today) is late


def test_people_of_the_case_are_not_outside() -> None:
    assert [is_outside(one, {"a", None}) for one in ("a", "b")] == [False, True]


def test_counts_of_a_few_are_left_out() -> None:
    counts = {(2020, "label"): 4, (2020, "process"): 5, (2021, "process"): 1}
    assert shown_counts(counts, ["label", "process"], 5) == [
        (2020, "label", None), (2020, "process", 5),
    ]  # fmt: skip


def test_first_complaint_cannot_be_seen_from_counts() -> None:
    for counts in ({}, {(2021, "process"): 5}):
        told = shown_counts(counts, ["label", "process"], 5)
        assert told == shown_counts({**counts, (2021, "label"): 1}, ["label", "process"], 5)


def test_where_even_one_is_shown_none_is_not_one() -> None:
    assert shown_counts({(2020, "label"): 1}, ["label", "process"], 1) == [(2020, "label", 1), (2020, "process", None)]
