"""What a year counts, and what of it is told. Pure.

Sources: labels 8 (contents of the yearly report to the Commission and the threshold of its cells, both proposed by
this project, because no published report shows its contents); invariant 31: the report is reproducible from what was
known at its cut-off.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from cluster_api.labels.rules import LabelFacts, standing
from cluster_api.labels.states import Standing

CONFIDENTIAL = "c"


@dataclass(frozen=True, slots=True)
class Held:
    """A label of an organisation, with what is counted of it."""

    facts: LabelFacts
    kind: str
    country: str
    awarded_on: date
    is_followed: bool
    """Whether a label that continues it was on record."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision of which the applicant was told."""

    level: str
    outcome: str
    applied_on: date
    decided_on: date


@dataclass(frozen=True, slots=True)
class Place:
    """What a figure is about: a measure, of a level, country or part."""

    code: str
    level: str | None = None
    country: str | None = None
    part: str | None = None

    def order(self) -> tuple[str, str, str]:
        """Answer the order within a measure."""
        return self.level or "", self.country or "", self.part or ""


def of_labels(holders: Iterable[Sequence[Held]], year: int, known_at: datetime) -> Counter[Place]:
    """Answer the labels valid at the end of a year, by level and country, and those awarded, ended and withdrawn in it.

    A label that a higher one of the same holder supersedes is not valid beside it. One that another label continues
    has not ended but was renewed. An upgrade is a label above every one that its holder was awarded on an earlier day.
    """
    before, end = date(year, 1, 1) - timedelta(days=1), date(year, 12, 31)
    found: Counter[Place] = Counter()
    for held in holders:
        everything = [one.facts for one in held]
        for one in held:
            level = one.facts.level.value
            was, became = (standing(one.facts, everything, day, known_at) for day in (before, end))
            if became is Standing.UNKNOWN:
                continue
            if became is Standing.VALID:
                found[Place("labels_valid", level)] += 1
                found[Place("labels_valid", level, one.country)] += 1
            if one.awarded_on.year == year:
                found[Place("labels_awarded", level, part=one.kind)] += 1
                if _is_upgrade(one, held, known_at):
                    found[Place("labels_upgraded", level)] += 1
            if became is Standing.EXPIRED and was is not Standing.EXPIRED and not one.is_followed:
                found[Place("labels_expired", level)] += 1
            if became is Standing.WITHDRAWN and was is not Standing.WITHDRAWN:
                found[Place("labels_withdrawn", level)] += 1
    return found


def _is_upgrade(one: Held, held: Iterable[Held], known_at: datetime) -> bool:
    earlier = [
        other.facts.level.rank
        for other in held
        if other.awarded_on < one.awarded_on and other.facts.recorded_at <= known_at
    ]
    return max(earlier, default=one.facts.level.rank) < one.facts.level.rank


def of_decisions(decided: Sequence[Decided], fewest: int) -> dict[Place, int]:
    """Answer decisions by level and outcome, and the median of days from application to decision, half a day up.

    The median of a level is there where at least ``fewest`` decisions are.
    """
    found: Counter[Place] = Counter(Place("decisions", one.level, part=one.outcome) for one in decided)
    for level in {one.level for one in decided}:
        days = [(one.decided_on - one.applied_on).days for one in decided if one.level == level]
        if len(days) >= fewest:
            found[Place("days_to_decision", level)] = int(median(days) + 0.5)
    return dict(found)


def told(value: int, tells_of: str, fewest: int) -> tuple[int | None, str | None]:
    """Answer what is told of a figure, and its flag: where few are confidential, a few and none look alike."""
    if tells_of == "few" and value < fewest:
        return None, CONFIDENTIAL
    return value, None


def differing(one: Mapping[Place, int | None], other: Mapping[Place, int | None]) -> list[str]:
    """Answer the codes of the figures that differ."""
    places = {*one, *other}
    return sorted({place.code for place in places if one.get(place) != other.get(place)})


def figures_csv(columns: Sequence[str], figures: Iterable[Mapping[str, object]]) -> str:
    """Answer figures as CSV (RFC 4180) with a header: a line for each, an empty cell where there is no value."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(figures)
    return out.getvalue()
