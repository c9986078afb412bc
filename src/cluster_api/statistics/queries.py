"""Figures about labels: from the kept counts where they are about a day, counted where they are about a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.comparisons.queries import Span, basis_of, indicators_of, latest_figures, terms_on
from cluster_api.comparisons.rules import Cell, tabulated
from cluster_api.foundation.database import Reader, Shapes, day_of
from cluster_api.foundation.errors import Fault
from cluster_api.labels.models import Label
from cluster_api.methodology.queries import in_force
from cluster_api.methodology.rules import add_months
from cluster_api.methodology.states import MethodologyKind
from cluster_api.statistics.errors import QuestionnaireNotInForce, YearNotOver
from cluster_api.statistics.rules import SERIES, Cells, Counted, Figures, at_year_ends, cells_of, sorted_cells, total_of
from cluster_api.statistics.schemas import BenchmarkFiguresQuery, LabelFiguresQuery
from cluster_api.statistics.states import Basis, BenchmarkDimension, Dimension
from cluster_api.tallies.queries import changes_by_year, counts_on
from cluster_api.tallies.states import Grain, Series
from cluster_api.vocabularies.queries import eurostat_code

LABEL = Label.__table__.c
FIRST_DAY = date(1900, 1, 1)


async def label_figures(reader: Reader, query: LabelFiguresQuery, at: date) -> tuple[Cells, Figures]:
    """Answer the cells asked for and their total; countries by their Eurostat codes."""
    if query.basis is Basis.AWARDED:
        return await _awarded(reader, query, at)
    series = SERIES[query.basis]
    fine = Dimension.PORTFOLIO in query.dimensions or query.portfolio is not None
    grain = Grain.PORTFOLIO if fine else Grain.COUNTRY
    rows = await counts_on(reader, series, grain, at)
    counted = [_counted(row, series[0], at.year) for row in rows if _is_wanted(row, query)]
    every = counted
    if query.basis is Basis.EVER_HELD and query.level is None:
        # At each level an organisation counts once; over all levels it must count once too.
        highest = await counts_on(reader, (Series.LABELS_EVER, Series.HIGHEST_HELD), grain, at)
        every = [_counted(row, Series.LABELS_EVER, at.year) for row in highest if _is_wanted(row, query)]
    total = total_of(every)
    if Dimension.YEAR in query.dimensions:
        changes = await changes_by_year(reader, series, grain, at)
        counted = at_year_ends(
            ((day_of(row[4]), _counted((*row[:4], row[5]), series[0], 0)) for row in changes if _is_wanted(row, query)),
            at,
            counted,
        )
    return cells_of(counted, query.dimensions), total


def _counted(row: Sequence[Any], labels: Series, year: int) -> Counted:
    series, level, country, portfolio, count = row
    return Counted(series == labels.value, level, eurostat_code(country), portfolio, year, count)


def _is_wanted(row: Sequence[Any], query: LabelFiguresQuery) -> bool:
    return (
        (query.level is None or row[1] == query.level.value)
        and (query.country is None or row[2] == query.country)
        and (query.portfolio is None or row[3] == query.portfolio)
    )


# --- awards in a period


def _awards(shape: frozenset[str]) -> sa.Select[Any]:
    year = sa.cast(sa.func.substr(sa.cast(LABEL.awarded_on, sa.String), 1, 4), sa.Integer)
    known = {"level": LABEL.level, "country": LABEL.country, "portfolio": LABEL.portfolio, "year": year}
    keys = [known[name] for name in ("level", "country", "portfolio", "year") if f"by_{name}" in shape]
    statement = sa.select(
        *keys,
        sa.func.count(),
        sa.func.count(sa.distinct(LABEL.cluster_id)),
        sa.func.count(sa.distinct(LABEL.country)),
    ).where(
        LABEL.awarded_on >= sa.bindparam("since", type_=sa.Date), LABEL.awarded_on <= sa.bindparam("at", type_=sa.Date)
    )
    for name in ("level", "country", "portfolio"):
        if name in shape:
            statement = statement.where(known[name] == sa.bindparam(name, type_=sa.String))
    return statement.group_by(*keys)


AWARDS = Shapes(_awards)


async def _awarded(reader: Reader, query: LabelFiguresQuery, at: date) -> tuple[Cells, Figures]:
    filters = {name for name in ("level", "country", "portfolio") if getattr(query, name) is not None}
    values: dict[str, Any] = {name: getattr(query, name) for name in filters}
    if query.level is not None:
        values["level"] = query.level.value
    values |= {"since": query.since or FIRST_DAY, "at": at}
    shape = frozenset(filters | {f"by_{dimension.value}" for dimension in query.dimensions})
    rows = await reader.rows(AWARDS.for_filters(reader, shape), values)
    whole = await reader.rows(AWARDS.for_filters(reader, frozenset(filters)), values)
    in_order = [name for name in Dimension if name in query.dimensions]
    cells: Cells = {}
    for row in rows:
        known = dict(zip(in_order, row, strict=False))
        if Dimension.COUNTRY in known:
            known[Dimension.COUNTRY] = eurostat_code(known[Dimension.COUNTRY])
        cells[tuple(known[dimension] for dimension in query.dimensions)] = Figures(*row[len(in_order) :])
    return sorted_cells(cells, query.dimensions), Figures(*whole[0])


# --- benchmarks


@dataclass(frozen=True, slots=True)
class BenchmarkTable:
    """Figures of benchmarks at the end of a year, as far as they may be shown."""

    span: Span
    fewest: int
    cells: list[Cell]


def benchmark_figures(session: Session, query: BenchmarkFiguresQuery, today: date) -> BenchmarkTable:
    """Answer each indicator in total and by one dimension; countries by their Eurostat codes.

    Dimensions are never crossed and days never chosen: both would let small groups be told from differences.
    Source: domain invariant 26.

    Raises:
        YearNotOver: the year runs or is to come.
        QuestionnaireNotInForce: as named.
    """
    year = query.year or today.year - 1
    if year >= today.year:
        detail = f"The last year that is over is {today.year - 1}."
        raise YearNotOver(detail, faults=[Fault("/query/year", "not_over", detail)])
    until = date(year, 12, 31)
    edition = in_force(session, MethodologyKind.QUESTIONNAIRE, until, code=query.questionnaire)
    if edition is None:
        raise QuestionnaireNotInForce
    _, terms = terms_on(session, until)
    span = Span(basis_of(edition), add_months(until, -terms.peer_group_months.value), until)
    rows = [
        (eurostat_code(country) if query.by is BenchmarkDimension.COUNTRY else portfolio, figures)
        for country, portfolio, figures in latest_figures(session, span).values()
    ]
    cells = tabulated(indicators_of(edition), rows, terms.peer_group_fewest.value, by_cell=query.by is not None)
    wanted = [cell for cell in cells if query.indicator in {None, cell.indicator.code}]
    return BenchmarkTable(span, terms.peer_group_fewest.value, wanted)
