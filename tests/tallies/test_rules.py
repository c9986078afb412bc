"""The kept figures of any day are those that living through the days would count."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_api.clusters.states import Level
from cluster_api.tallies.rules import (
    ALL_PORTFOLIOS,
    Cell,
    Change,
    CountedLabel,
    Row,
    bounds,
    changes_of_holder,
    difference,
    rows_of,
)
from cluster_api.tallies.states import Grain, Series, Span

START = date(2018, 11, 20)

spans = st.tuples(st.integers(0, 500), st.integers(0, 200)).map(
    lambda pair: ((START + timedelta(days=pair[0]), START + timedelta(days=pair[0] + pair[1])),)
)
labels = st.lists(
    st.builds(
        CountedLabel,
        number=st.uuids().map(str),
        level=st.sampled_from(Level),
        country=st.sampled_from(["DE", "FR"]),
        portfolio=st.sampled_from(["ICT", "FOOD"]),
        spans=spans | st.just(()),
    ),
    max_size=6,
)


def count(rows: dict[Row, int], grain: Grain, day: date) -> Counter[tuple[Series, Level, str, str]]:
    """Answer the counts of a day from the rows, as the query sums them."""
    found: Counter[tuple[Series, Level, str, str]] = Counter()
    limits = bounds(day)
    for (series, row_grain, span, starts_on, level, country, portfolio), change in rows.items():
        wanted = {
            Span.YEAR: starts_on < limits["year_start"],
            Span.MONTH: limits["year_start"] <= starts_on < limits["month_start"],
            Span.DAY: limits["month_start"] <= starts_on <= day,
        }[span]
        if row_grain is grain and wanted:
            found[series, level, country, portfolio] += change
    return Counter({cell: number for cell, number in found.items() if number})


def lived(held: list[CountedLabel], day: date) -> Counter[tuple[Series, Level, str, str]]:
    """Answer the counts of a day that do not depend on which level is shown, by looking at each label."""
    found: Counter[tuple[Series, Level, str, str]] = Counter()
    begun = sorted(
        (label for label in held if label.spans and label.spans[0][0] <= day),
        key=lambda label: (label.spans[0][0], -label.level.rank, label.number),
    )
    for label in begun:
        found[Series.LABELS_EVER, label.level, label.country, label.portfolio] += 1
        if any(start <= day <= end for start, end in label.spans):
            found[Series.VALID_LABELS, label.level, label.country, label.portfolio] += 1
    for level in {label.level for label in begun}:
        first = next(label for label in begun if label.level is level)
        found[Series.EVER_HELD, level, first.country, first.portfolio] += 1
    if begun:
        top = max(label.level.rank for label in begun)
        first = next(label for label in begun if label.level.rank == top)
        found[Series.HIGHEST_HELD, first.level, first.country, first.portfolio] += 1
    return found


@settings(max_examples=150)
@given(labels, st.integers(-5, 760))
def test_figures_of_a_day_are_what_was_lived(held: list[CountedLabel], offset: int) -> None:
    day = START + timedelta(days=offset)
    rows = rows_of(difference((), changes_of_holder(held, ())))
    assert count(rows, Grain.PORTFOLIO, day) == lived(held, day)


@given(labels, st.integers(0, 760))
def test_coarse_rows_are_the_sum_of_the_fine_ones(held: list[CountedLabel], offset: int) -> None:
    day = START + timedelta(days=offset)
    rows = rows_of(difference((), changes_of_holder(held, ())))
    summed: Counter[tuple[Series, Level, str, str]] = Counter()
    for (series, level, country, _), number in count(rows, Grain.PORTFOLIO, day).items():
        summed[series, level, country, ALL_PORTFOLIOS] += number
    assert count(rows, Grain.COUNTRY, day) == summed


def test_shown_periods_count_the_holder_under_the_label_that_gives_the_level() -> None:
    label = CountedLabel("n", Level.GOLD, "DE", "ICT", ())
    changes = dict(changes_of_holder([label], [("n", date(2020, 1, 1), date(2020, 1, 31))]))
    cell = Cell(Series.CURRENT, Level.GOLD, "DE", "ICT")
    assert changes == {Change(date(2020, 1, 1), cell): 1, Change(date(2020, 2, 1), cell): -1}


def test_period_to_the_end_of_the_calendar_never_ends() -> None:
    label = CountedLabel("n", Level.GOLD, "DE", "ICT", ())
    changes = list(changes_of_holder([label], [("n", date(2020, 1, 1), date.max)]))
    assert [amount for _, amount in changes] == [1]


@given(labels, labels)
def test_difference_leads_from_before_to_after(before: list[CountedLabel], after: list[CountedLabel]) -> None:
    first, second = list(changes_of_holder(before, ())), list(changes_of_holder(after, ()))
    total: Counter[Change] = Counter()
    for change, amount in [*first, *difference(first, second).items()]:
        total[change] += amount
    wanted: Counter[Change] = Counter()
    for change, amount in second:
        wanted[change] += amount
    assert {c: n for c, n in total.items() if n} == {c: n for c, n in wanted.items() if n}


GOLD_IN_NORWAY = Cell(Series.CURRENT, Level.GOLD, "NO", "ICT")


def test_change_falls_on_the_first_day_of_its_year_its_month_and_on_its_day() -> None:
    day = date(2020, 5, 17)
    assert rows_of({Change(day, GOLD_IN_NORWAY): 2, Change(date(2021, 1, 1), GOLD_IN_NORWAY): 0}) == {
        (Series.CURRENT, grain, span, start, Level.GOLD, "NO", portfolio): 2
        for grain, portfolio in ((Grain.COUNTRY, ALL_PORTFOLIOS), (Grain.PORTFOLIO, "ICT"))
        for span, start in ((Span.YEAR, date(2020, 1, 1)), (Span.MONTH, date(2020, 5, 1)), (Span.DAY, day))
    }
    assert bounds(day) == {"year_start": date(2020, 1, 1), "month_start": date(2020, 5, 1), "day": day}


def test_changes_told_twice_count_twice() -> None:
    change = Change(date(2020, 5, 17), GOLD_IN_NORWAY)
    assert difference([], [(change, 1), (change, 1)]) == {change: 2}
    assert difference([(change, 1), (change, 1)], [(change, 2)]) == {}
