"""What holds in the pool on a day: employers, the code of conduct, periods that count. Pure.

Source: labels, 6; the version of the code of conduct and its day stand in ``data/codes_of_conduct.csv``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cluster_api.foundation.datafiles import data_rows
from cluster_api.pool.states import EmploymentKind
from cluster_api.vocabularies.rules import lookup_key

LONGEST_KEY = 300


@dataclass(frozen=True, slots=True)
class Span:
    """A fact that held from a day to a day; an unknown beginning is since ever, an unknown end is none yet."""

    id: str
    began_on: date | None
    ended_on: date | None

    def covers(self, day: date) -> bool:
        """Answer whether it held on this day."""
        return self.reaches(day, day)

    def reaches(self, since: date, until: date) -> bool:
        """Answer whether it held on some day between these two, both included."""
        begun = self.began_on is None or self.began_on <= until
        return begun and (self.ended_on is None or self.ended_on >= since)

    def overlaps(self, other: "Span") -> bool:
        """Answer whether both held on one day at least."""
        return self.reaches(other.began_on or date.min, other.ended_on or date.max)


@dataclass(frozen=True, slots=True)
class EmploymentFact(Span):
    """For whom an assessor worked; ``keys`` are the comparable names of the employer."""

    assessor_id: str
    kind: EmploymentKind
    organisation_id: str | None = None
    keys: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """Answer everything by which the employer is known: two with one in common have the same employer."""
        return self.keys if self.organisation_id is None else self.keys | {self.organisation_id}

    def same_employer(self, other: "EmploymentFact") -> bool:
        """Answer whether both are employments with one employer, by its identifier or its name."""
        if not self.kind is other.kind is EmploymentKind.EMPLOYED:
            return False
        return not self.names.isdisjoint(other.names)


def employer_key(name: str) -> str | None:
    """Answer a name in the form in which it is compared; None if nothing of it can be compared."""
    return lookup_key(name)[:LONGEST_KEY].strip() or None


def employments_on(employments: Iterable[EmploymentFact], day: date) -> list[EmploymentFact]:
    """Answer the employments that held on a day."""
    return [one for one in employments if one.covers(day)]


def code_of_conduct_on(day: date) -> str | None:
    """Answer the version of the code of conduct that applies on a day; None before the first."""
    applying = [
        row for row in data_rows("cluster_api.pool", "codes_of_conduct") if row["applies_from"] <= day.isoformat()
    ]
    return max(applying, key=lambda row: row["applies_from"])["version"] if applying else None
