"""How kept counts become the cells that were asked for, and the forms in which cells are written."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cluster_api.clusters.states import Level
from cluster_api.comparisons.rules import Cell
from cluster_api.statistics.states import Basis, BenchmarkDimension, Dimension
from cluster_api.tallies.states import Series

DEFINITIONS_VERSION = "1.0"

DEFINITIONS: Mapping[Basis, str] = {
    Basis.VALID: (
        "Labels in their validity on the day, neither suspended nor withdrawn. An organisation is counted once, at its "
        "highest valid level."
    ),
    Basis.EVER_HELD: (
        "Labels that were valid on some day up to the day. An organisation is counted once at each level it has held; "
        "in the total once."
    ),
    Basis.HIGHEST_HELD: (
        "Labels that were valid on some day up to the day. An organisation is counted once, at the highest level it "
        "has ever held, whether or not it is still valid."
    ),
    Basis.AWARDED: (
        "Labels awarded in the period, renewals included. An organisation is counted once in each cell in which it "
        "was awarded a label; in the total once."
    ),
}

MEASURES: Mapping[str, str] = {
    "labels": "Labels, told apart by their numbers.",
    "organisations": "Cluster organisations.",
    "countries": "Countries in which at least one of these organisations has its seat.",
}

SERIES: Mapping[Basis, tuple[Series, Series]] = {
    Basis.VALID: (Series.VALID_LABELS, Series.CURRENT),
    Basis.EVER_HELD: (Series.LABELS_EVER, Series.EVER_HELD),
    Basis.HIGHEST_HELD: (Series.LABELS_EVER, Series.HIGHEST_HELD),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """A count of labels or of organisations in one place."""

    is_labels: bool
    level: str
    country: str
    portfolio: str
    year: int
    count: int


@dataclass(slots=True)
class Figures:
    """The measures of one cell."""

    labels: int = 0
    organisations: int = 0
    countries: int = 0


Cells = dict[tuple[Any, ...], Figures]


def cells_of(counted: Iterable[Counted], dimensions: Sequence[Dimension]) -> Cells:
    """Answer the cells of these dimensions, in the order of levels, codes and years."""
    found: Cells = defaultdict(Figures)
    countries: dict[tuple[Any, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    names = [dimension.value for dimension in dimensions]
    for one in counted:
        key = tuple([getattr(one, name) for name in names])
        if one.is_labels:
            found[key].labels += one.count
        else:
            found[key].organisations += one.count
            countries[key][one.country] += one.count
    for key, by_country in countries.items():
        found[key].countries = sum(1 for count in by_country.values() if count > 0)
    return sorted_cells(found, dimensions)


def total_of(counted: Iterable[Counted]) -> Figures:
    """Answer all counts together; each organisation must be among them once."""
    total = Figures()
    countries: set[str] = set()
    for one in counted:
        if one.is_labels:
            total.labels += one.count
        else:
            total.organisations += one.count
            countries.add(one.country)
    total.countries = len(countries)
    return total


def sorted_cells(cells: Cells, dimensions: Sequence[Dimension]) -> Cells:
    """Answer the cells that are not empty, in the order of levels, codes and years."""
    filled = {key: figures for key, figures in cells.items() if figures.labels or figures.organisations}
    return dict(sorted(filled.items(), key=lambda item: _order(item[0], dimensions)))


def _order(key: tuple[Any, ...], dimensions: Sequence[Dimension]) -> tuple[Any, ...]:
    return tuple(
        Level(value).rank if dimension is Dimension.LEVEL else value
        for value, dimension in zip(key, dimensions, strict=True)
    )


def at_year_ends(
    changes: Iterable[tuple[date, Counted]], at: date, on_day: Iterable[Counted], first: int | None = None
) -> list[Counted]:
    """Answer the counts at the end of each whole year before ``at``, and on ``at`` for its own year.

    ``changes`` are those of each whole year; ``first`` leaves out the years before it.
    """
    running: dict[tuple[bool, str, str, str], int] = defaultdict(int)
    found: list[Counted] = []
    by_year: dict[int, list[Counted]] = defaultdict(list)
    for starts_on, change in changes:
        by_year[starts_on.year].append(change)
    for year in range(min(by_year, default=at.year), at.year):
        for change in by_year[year]:
            running[change.is_labels, change.level, change.country, change.portfolio] += change.count
        if first is None or year >= first:
            found += [Counted(*place, year, count) for place, count in running.items() if count]
    return found + [Counted(one.is_labels, one.level, one.country, one.portfolio, at.year, one.count) for one in on_day]


# --- forms


def csv_text(dimensions: Sequence[Dimension], cells: Cells) -> str:
    """Answer the cells as CSV (RFC 4180) with a header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*(dimension.value for dimension in dimensions), *MEASURES])
    for key, figures in cells.items():
        writer.writerow([*key, figures.labels, figures.organisations, figures.countries])
    return out.getvalue()


def json_stat(
    title: str, dimensions: Sequence[Dimension], cells: Cells, labels: Mapping[str, Mapping[str, str]], updated: str
) -> dict[str, Any]:
    """Answer the cells as a JSON-stat 2.0 dataset; ``labels`` names the categories of each dimension."""
    ids = [*(dimension.value for dimension in dimensions), "measure"]
    values = [list(dict.fromkeys(str(key[place]) for key in cells)) for place in range(len(dimensions))]
    values = [sorted(found) if dimension is not Dimension.LEVEL else _by_rank(found)
              for dimension, found in zip(dimensions, values, strict=True)]  # fmt: skip
    values.append(list(MEASURES))
    position = [{value: place for place, value in enumerate(found)} for found in values]
    sparse: dict[str, int] = {}
    for key, figures in cells.items():
        at = 0
        for place, value in enumerate(key):
            at = at * len(values[place]) + position[place][str(value)]
        for measure, count in enumerate((figures.labels, figures.organisations, figures.countries)):
            sparse[str(at * len(MEASURES) + measure)] = count
    return {
        "version": "2.0",
        "class": "dataset",
        "label": title,
        "source": "cluster-api",
        "updated": updated,
        "id": ids,
        "size": [len(found) for found in values],
        "role": {
            "geo": [name for name in ids if name == "country"],
            "time": [name for name in ids if name == "year"],
            "metric": ["measure"],
        },
        "dimension": {
            name: {
                "label": name,
                "category": {
                    "index": found,
                    "label": {value: labels.get(name, {}).get(value, value) for value in found},
                },
            }
            for name, found in zip(ids, values, strict=True)
        },
        "value": sparse,
    }


def _by_rank(levels: Sequence[str]) -> list[str]:
    return sorted(levels, key=lambda level: Level(level).rank)


def sdmx_csv(dimensions: Sequence[Dimension], cells: Cells, at: date) -> str:
    """Answer the cells as SDMX-CSV 1.0: one row an observation; time is the year, or the day of the count."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    places = [dimension for dimension in dimensions if dimension is not Dimension.YEAR]
    names = {Dimension.COUNTRY: "GEO", Dimension.LEVEL: "LEVEL", Dimension.PORTFOLIO: "PORTFOLIO"}
    header = ["DATAFLOW", "FREQ", "INDIC", *(names[place] for place in places), "UNIT", "TIME_PERIOD", "OBS_VALUE"]
    writer.writerow([*header, "OBS_FLAG"])
    for key, figures in cells.items():
        known = dict(zip(dimensions, key, strict=True))
        time = known.get(Dimension.YEAR, at.isoformat())
        frequency = "A" if Dimension.YEAR in known else "D"
        for measure, count in zip(MEASURES, (figures.labels, figures.organisations, figures.countries), strict=True):
            row = ["CLUSTER_API:LABELS(1.0)", frequency, measure.upper(), *(known[place] for place in places)]
            writer.writerow([*row, "NR", time, count, ""])
    return out.getvalue()


# --- benchmarks

BENCHMARK_DEFINITION = (
    "The latest released benchmark of each cluster organisation whose interview was in the months before the day, "
    "under country and portfolio as stored with the benchmark. Void benchmarks do not count. Nothing is shown of fewer "
    "organisations than named, nor what would tell of them by taking shown cells from the total; smallest and largest "
    "figures are never shown."
)
SPREAD = ("n", "lower_quartile", "median", "upper_quartile", "share")
TOTAL = "TOTAL"
CONFIDENTIAL = "c"
"""The flag of Eurostat for what is held back."""


def cell_values(cell: Cell) -> dict[str, int | float | None]:
    """Answer the measures of a cell as plain numbers."""
    found = {name: getattr(cell.spread, name) for name in SPREAD}
    return {name: float(value) if value is not None and name != "n" else value for name, value in found.items()}


def benchmark_csv(dimension: BenchmarkDimension | None, cells: Sequence[Cell]) -> str:
    """Answer cells as CSV (RFC 4180) with a header; what is held back has the flag ``c`` and no values."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*([dimension.value] if dimension else []), "indicator", *SPREAD, "flag"])
    for cell in cells:
        place = [cell.name or TOTAL] if dimension else []
        values = ["" if value is None else value for value in cell_values(cell).values()]
        writer.writerow([*place, cell.indicator.code, *values, _flag(cell)])
    return out.getvalue()


def benchmark_sdmx_csv(dimension: BenchmarkDimension | None, cells: Sequence[Cell], at: date) -> str:
    """Answer cells as SDMX-CSV 1.0: one row an observation; time is the year."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    places = {BenchmarkDimension.COUNTRY: "GEO", BenchmarkDimension.PORTFOLIO: "PORTFOLIO"}
    named = [places[dimension]] if dimension else []
    writer.writerow(["DATAFLOW", "FREQ", "INDIC", *named, "STATISTIC", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG"])
    for cell in cells:
        place = [cell.name or TOTAL] if dimension else []
        for name, value in cell_values(cell).items():
            # Of yes and no there are no quartiles, of everything else no share: these are not held back.
            if value is None and (cell.spread.suppressed is None or name != "n"):
                continue
            about = ["CLUSTER_API:BENCHMARKS(1.0)", "A", cell.indicator.code.upper(), *place, name.upper(), at.year]
            writer.writerow([*about, "" if value is None else value, _flag(cell)])
    return out.getvalue()


def _flag(cell: Cell) -> str:
    return CONFIDENTIAL if cell.spread.suppressed else ""


def benchmark_json_stat(
    title: str, dimension: BenchmarkDimension | None, cells: Sequence[Cell], labels: Mapping[str, str], at: date
) -> dict[str, Any]:
    """Answer cells as a JSON-stat 2.0 dataset with a status for what is held back; ``labels`` names the places."""
    places = [TOTAL, *sorted({cell.name for cell in cells if cell.name is not None})] if dimension else [TOTAL]
    indicators = {cell.indicator.code: cell.indicator.title for cell in cells}
    row = {code: number for number, code in enumerate(indicators)}
    values: dict[str, int | float] = {}
    status: dict[str, str] = {}
    for cell in cells:
        start = (places.index(cell.name or TOTAL) * len(row) + row[cell.indicator.code]) * len(SPREAD)
        for offset, value in enumerate(cell_values(cell).values()):
            if value is not None:
                values[str(start + offset)] = value
            elif cell.spread.suppressed:
                status[str(start + offset)] = CONFIDENTIAL
    place = dimension.value if dimension else "group"
    categories: dict[str, dict[str, str]] = {
        place: {code: labels.get(code, code) for code in places},
        "indicator": indicators,
        "measure": {name: name.replace("_", " ") for name in SPREAD},
    }
    return {
        "version": "2.0",
        "class": "dataset",
        "label": title,
        "source": "cluster-api",
        "updated": at.isoformat(),
        "id": list(categories),
        "size": [len(found) for found in categories.values()],
        "role": {"geo": ["country"] if place == "country" else [], "metric": ["measure"]},
        "dimension": {
            name: {"label": name, "category": {"index": list(found), "label": found}}
            for name, found in categories.items()
        },
        "value": values,
        "status": status,
    }
