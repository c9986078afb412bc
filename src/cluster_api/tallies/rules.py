"""How one change of a count becomes changes of rows, and which rows make up the count on a day."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cluster_api.clusters.states import Level
from cluster_api.tallies.states import Grain, Series, Span

ALL_PORTFOLIOS = "*"


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in the figures: which count, at which level, in which country and portfolio."""

    series: Series
    level: Level
    country: str
    portfolio: str


@dataclass(frozen=True, slots=True)
class Change:
    """A count that becomes different from a day on."""

    day: date
    cell: Cell


@dataclass(frozen=True, slots=True)
class CountedLabel:
    """A label as figures see it: where it counts, and the disjoint days (both included) on which it is valid."""

    number: str
    level: Level
    country: str
    portfolio: str
    spans: tuple[tuple[date, date], ...]

    def cell(self, series: Series) -> Cell:
        """Answer where this label counts in a series."""
        return Cell(series, self.level, self.country, self.portfolio)


Row = tuple[Series, Grain, Span, date, Level, str, str]


def rows_of(changes: Mapping[Change, int]) -> dict[Row, int]:
    """Answer by how much each row changes; rows that do not change are left out."""
    rows: Counter[Row] = Counter()
    for change, amount in changes.items():
        cell, day = change.cell, change.day
        starts = ((Span.YEAR, day.replace(month=1, day=1)), (Span.MONTH, day.replace(day=1)), (Span.DAY, day))
        for grain, portfolio in ((Grain.COUNTRY, ALL_PORTFOLIOS), (Grain.PORTFOLIO, cell.portfolio)):
            for span, start in starts:
                rows[cell.series, grain, span, start, cell.level, cell.country, portfolio] += amount
    return {row: amount for row, amount in rows.items() if amount}


def changes_of_holder(
    labels: Sequence[CountedLabel], shown: Iterable[tuple[str, date, date]]
) -> Iterator[tuple[Change, int]]:
    """Answer every change of every count that one organisation causes.

    ``shown`` are the disjoint periods (label number, first and last day) of its highest valid level. An organisation
    counts under the country and portfolio of the label that gives it the level.
    """
    by_number = {label.number: label for label in labels}
    for label in labels:
        for start, end in label.spans:
            yield from _during(label.cell(Series.VALID_LABELS), start, end)
        if label.spans:
            yield Change(label.spans[0][0], label.cell(Series.LABELS_EVER)), 1
    for number, start, end in shown:
        yield from _during(by_number[number].cell(Series.CURRENT), start, end)
    yield from _ever(labels)


def _during(cell: Cell, start: date, end: date) -> Iterator[tuple[Change, int]]:
    yield Change(start, cell), 1
    if end < date.max:
        yield Change(end + timedelta(days=1), cell), -1


def _ever(labels: Sequence[CountedLabel]) -> Iterator[tuple[Change, int]]:
    by_first_day = sorted(
        (label.spans[0][0], -label.level.rank, label.number, label) for label in labels if label.spans
    )
    levels: set[Level] = set()
    highest: CountedLabel | None = None
    for day, _, _, label in by_first_day:
        if label.level not in levels:
            levels.add(label.level)
            yield Change(day, label.cell(Series.EVER_HELD)), 1
        if highest is None or label.level.rank > highest.level.rank:
            if highest is not None:
                yield Change(day, highest.cell(Series.HIGHEST_HELD)), -1
            yield Change(day, label.cell(Series.HIGHEST_HELD)), 1
            highest = label


def difference(before: Iterable[tuple[Change, int]], after: Iterable[tuple[Change, int]]) -> dict[Change, int]:
    """Answer what must be added to figures that hold ``before`` so that they hold ``after``."""
    total: Counter[Change] = Counter()
    for change, amount in after:
        total[change] += amount
    for change, amount in before:
        total[change] -= amount
    return {change: amount for change, amount in total.items() if amount}


def bounds(day: date) -> dict[str, date]:
    """Answer the days that part years, months and days when the count on a day is asked."""
    return {"year_start": day.replace(month=1, day=1), "month_start": day.replace(day=1), "day": day}
