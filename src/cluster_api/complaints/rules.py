"""Deadlines of complaints, lateness, who is outside a case, and counts that give nobody away. Pure.

Source: labels, 6 and 11.3 (acknowledged in five working days, answered in thirty days by someone outside the case).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cluster_api.complaints.states import Deadline, Matter
from cluster_api.vocabularies.rules import is_working_day

PUBLIC_HOLIDAYS = "BE"
"""Working days are those of Belgium, where the association of the scheme has its seat."""


@dataclass(frozen=True, slots=True)
class Term:
    """How many days there are for something, from a day on; working days or all days."""

    what: Deadline
    days: int
    is_in_working_days: bool
    since: date


def add_working_days(day: date, count: int) -> date:
    """Answer the working day that is so many working days after a day, which itself does not count."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, PUBLIC_HOLIDAYS)
    return day


def deadline(terms: Sequence[Term], what: Deadline, received_on: date) -> date:
    """Answer the last day in time, by the term that applied on the day of receipt.

    Raises:
        ValueError: no term applies on that day.
    """
    applying = [term for term in terms if term.what is what and term.since <= received_on]
    term = max(applying, key=lambda one: one.since)
    if term.is_in_working_days:
        return add_working_days(received_on, term.days)
    return received_on + timedelta(days=term.days)


def file_by(terms: Sequence[Term], matter: Matter, happened_on: date) -> date | None:
    """Answer the last day on which a complaint is in time; None if there is none, as for all but assessors.

    Source: labels, 6 (a complaint about an expert within 60 days, proposed).
    """
    return deadline(terms, Deadline.FILE, happened_on) if matter is Matter.ASSESSOR else None


def is_late(done_on: date | None, by: date, today: date) -> bool:
    """Answer whether something was done, or is still to be done, after its last day."""
    return (done_on or today) > by


def is_outside(person_id: str, in_case: Collection[str | None]) -> bool:
    """Answer whether a person has nothing to do with a case, of which these are the people."""
    return person_id not in in_case


def shown_counts(
    counts: Mapping[tuple[int, str], int], kinds: Iterable[str], fewest: int
) -> list[tuple[int, str, int | None]]:
    """Answer for each year and kind how many there are; none where there are a few only, or none at all.

    A few and none look the same, and a year of which nothing is shown is not named: otherwise the first complaint about
    an assessor could be seen from outside. There are no totals, so nothing that is left out can be had by subtraction.
    """
    every = list(kinds)
    return [
        (year, kind, found if found >= fewest else None)
        for year in sorted({year for (year, _), found in counts.items() if found >= fewest})
        for kind in every
        for found in [counts.get((year, kind), 0)]
    ]
