"""What one can ask of the kept figures: the counts on a day, and the changes of whole years before it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.database import Reader, Shapes
from cluster_api.tallies.models import Tally
from cluster_api.tallies.rules import Row, bounds
from cluster_api.tallies.states import Grain, Series, Span

KEPT = Tally.__table__.c

Count = tuple[str, str, str, str, int]
"""Series, level, country, portfolio, and the count."""


def _wanted() -> tuple[sa.ColumnElement[bool], ...]:
    # Two series at most are asked together; a question about one names it twice.
    series = KEPT.series.in_([sa.bindparam("first_series"), sa.bindparam("second_series")])
    return series, KEPT.grain == sa.bindparam("grain")


def _on_day(_: frozenset[str]) -> sa.Select[Any]:
    year_start, month_start, day = (sa.bindparam(name, type_=sa.Date) for name in ("year_start", "month_start", "day"))
    spans = (
        (KEPT.span == Span.YEAR) & (KEPT.starts_on < year_start),
        (KEPT.span == Span.MONTH) & (KEPT.starts_on >= year_start) & (KEPT.starts_on < month_start),
        (KEPT.span == Span.DAY) & (KEPT.starts_on >= month_start) & (KEPT.starts_on <= day),
    )
    columns = (KEPT.series, KEPT.level, KEPT.country, KEPT.portfolio, KEPT.change)
    rows = sa.union_all(*(sa.select(*columns).where(*_wanted(), span) for span in spans)).subquery().c
    key = (rows.series, rows.level, rows.country, rows.portfolio)
    count = sa.cast(sa.func.sum(rows.change), sa.Integer)
    return sa.select(*key, count).group_by(*key).having(sa.func.sum(rows.change) != 0)


def _by_year(_: frozenset[str]) -> sa.Select[Any]:
    before = KEPT.starts_on < sa.bindparam("year_start", type_=sa.Date)
    return (
        sa.select(KEPT.series, KEPT.level, KEPT.country, KEPT.portfolio, KEPT.starts_on, KEPT.change)
        .where(*_wanted(), KEPT.span == Span.YEAR, before)
        .order_by(KEPT.starts_on)
    )


ON_DAY = Shapes(_on_day)
BY_YEAR = Shapes(_by_year)


async def counts_on(reader: Reader, series: tuple[Series, Series], grain: Grain, day: date) -> Sequence[Count]:
    """Answer every count of these series on a day that is not nought."""
    values = {"first_series": series[0].value, "second_series": series[1].value, "grain": grain.value, **bounds(day)}
    rows: Sequence[Any] = await reader.rows(ON_DAY.for_filters(reader, frozenset()), values)
    return rows


async def changes_by_year(
    reader: Reader, series: tuple[Series, Series], grain: Grain, before: date
) -> Sequence[tuple[Any, ...]]:
    """Answer the changes of each whole year before the year of a day, the earliest first."""
    values = {
        "first_series": series[0].value,
        "second_series": series[1].value,
        "grain": grain.value,
        "year_start": before.replace(month=1, day=1),
    }
    return await reader.rows(BY_YEAR.for_filters(reader, frozenset()), values)


def kept_rows(session: Session) -> dict[Row, int]:
    """Answer every kept row that is not nought, for a comparison with a recount."""
    return {
        (row.series, row.grain, row.span, row.starts_on, row.level, row.country, row.portfolio): row.change
        for row in session.scalars(sa.select(Tally).where(Tally.change != 0))
    }
