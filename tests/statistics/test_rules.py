"""How counts become cells and in which forms cells are written, without a database."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cluster_api.comparisons.rules import Cell, Indicator, Spread
from cluster_api.comparisons.states import Better, Making, Shape, Suppressed
from cluster_api.statistics.rules import (
    Cells,
    Counted,
    Figures,
    at_year_ends,
    benchmark_csv,
    benchmark_json_stat,
    benchmark_sdmx_csv,
    cell_values,
    cells_of,
    csv_text,
    json_stat,
    sdmx_csv,
    sorted_cells,
    total_of,
)
from cluster_api.statistics.states import BenchmarkDimension, Dimension

LEVEL, COUNTRY, PORTFOLIO, YEAR = Dimension.LEVEL, Dimension.COUNTRY, Dimension.PORTFOLIO, Dimension.YEAR
AT = date(2020, 6, 30)


def labels(level: str, country: str, count: int, portfolio: str = "ICT", year: int = 2020) -> Counted:
    return Counted(True, level, country, portfolio, year, count)


def holders(level: str, country: str, count: int, portfolio: str = "ICT", year: int = 2020) -> Counted:
    return Counted(False, level, country, portfolio, year, count)


COUNTS = [
    labels("gold", "NO", 3), holders("gold", "NO", 2), labels("bronze", "EL", 5), holders("bronze", "EL", 4),
    holders("bronze", "DE", 1, "FOOD"), labels("bronze", "DE", 2, "FOOD"), labels("silver", "DE", 1),
]  # fmt: skip


def test_cells_are_counted_and_come_in_the_order_of_levels_and_codes() -> None:
    assert list(cells_of(COUNTS, [LEVEL]).items()) == [
        (("bronze",), Figures(7, 5, 2)), (("silver",), Figures(1, 0, 0)), (("gold",), Figures(3, 2, 1)),
    ]  # fmt: skip
    assert list(cells_of(COUNTS, [COUNTRY, LEVEL]).items()) == [
        (("DE", "bronze"), Figures(2, 1, 1)), (("DE", "silver"), Figures(1, 0, 0)),
        (("EL", "bronze"), Figures(5, 4, 1)), (("NO", "gold"), Figures(3, 2, 1)),
    ]  # fmt: skip


def test_what_comes_and_goes_leaves_no_cell_and_no_country() -> None:
    counts = [holders("gold", "NO", 2), holders("gold", "NO", -2), holders("gold", "DE", 1), labels("silver", "NO", 0)]
    assert cells_of(counts, [LEVEL]) == {("gold",): Figures(0, 1, 1)}
    assert cells_of([holders("gold", "NO", 2), holders("gold", "NO", -1)], [LEVEL]) == {("gold",): Figures(0, 1, 1)}
    assert cells_of([], [LEVEL]) == {}
    assert sorted_cells({("gold",): Figures(0, 0, 3), ("bronze",): Figures(1, 0, 0)}, [LEVEL]) == {
        ("bronze",): Figures(1, 0, 0)
    }


def test_invariant_29_total_counts_everything_and_each_country_once() -> None:
    assert total_of(COUNTS) == Figures(11, 7, 3)
    assert total_of([labels("gold", "NO", 2)]) == Figures(2, 0, 0)
    assert total_of([]) == Figures()


def change(day: date, level: str, count: int) -> tuple[date, Counted]:
    return day, Counted(False, level, "NO", "ICT", 0, count)


def test_figures_at_year_ends_are_what_has_come_and_not_gone() -> None:
    changes = [change(date(2017, 3, 1), "gold", 2), change(date(2018, 3, 1), "gold", -1)]
    changes += [change(date(2019, 3, 1), "gold", -1), change(date(2018, 12, 31), "bronze", 4)]
    found = at_year_ends(changes, AT, [holders("bronze", "NO", 3, year=1)])
    assert [(one.year, one.level, one.count) for one in found] == [
        (2017, "gold", 2), (2018, "gold", 1), (2018, "bronze", 4), (2019, "bronze", 4), (2020, "bronze", 3),
    ]  # fmt: skip
    assert {(one.is_labels, one.country, one.portfolio) for one in found} == {(False, "NO", "ICT")}


def test_years_before_the_first_are_left_out_but_count_on() -> None:
    changes = [change(date(2017, 3, 1), "gold", 2), change(date(2019, 3, 1), "gold", 1)]
    found = at_year_ends(changes, AT, [], first=2018)
    assert [(one.year, one.count) for one in found] == [(2018, 2), (2019, 3)]
    assert at_year_ends([], AT, [labels("gold", "NO", 1, year=1)]) == [labels("gold", "NO", 1)]


CELLS: Cells = {
    ("bronze", 2019): Figures(7, 5, 2), ("bronze", 2020): Figures(8, 6, 3), ("gold", 2020): Figures(3, 2, 1),
}  # fmt: skip


def rows(text: str) -> list[list[str]]:
    assert text.count("\r\n") == text.count("\n")
    return list(csv.reader(io.StringIO(text)))


def test_csv_has_a_header_and_a_line_a_cell() -> None:
    assert rows(csv_text([LEVEL, YEAR], CELLS)) == [
        ["level", "year", "labels", "organisations", "countries"],
        ["bronze", "2019", "7", "5", "2"],
        ["bronze", "2020", "8", "6", "3"],
        ["gold", "2020", "3", "2", "1"],
    ]


def test_sdmx_has_a_line_an_observation() -> None:
    text = rows(sdmx_csv([LEVEL, COUNTRY, PORTFOLIO], {("gold", "NO", "ICT"): Figures(3, 2, 1)}, AT))
    flow = "CLUSTER_API:LABELS(1.0)"
    assert text == [
        ["DATAFLOW", "FREQ", "INDIC", "LEVEL", "GEO", "PORTFOLIO", "UNIT", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG"],
        [flow, "D", "LABELS", "gold", "NO", "ICT", "NR", "2020-06-30", "3", ""],
        [flow, "D", "ORGANISATIONS", "gold", "NO", "ICT", "NR", "2020-06-30", "2", ""],
        [flow, "D", "COUNTRIES", "gold", "NO", "ICT", "NR", "2020-06-30", "1", ""],
    ]


def test_sdmx_of_years_has_the_year_as_its_time() -> None:
    text = rows(sdmx_csv([YEAR, LEVEL], {(2019, "gold"): Figures(3, 2, 1)}, AT))
    assert text[:2] == [
        ["DATAFLOW", "FREQ", "INDIC", "LEVEL", "UNIT", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG"],
        ["CLUSTER_API:LABELS(1.0)", "A", "LABELS", "gold", "NR", "2019", "3", ""],
    ]


def test_json_stat_describes_every_dimension_and_places_every_value() -> None:
    named = {"level": {"gold": "Gold label"}}
    cells = {("gold", "NO"): Figures(3, 2, 1), ("bronze", "EL"): Figures(7, 5, 2)}
    measures = ["labels", "organisations", "countries"]
    assert json_stat("A title", [LEVEL, COUNTRY], cells, named, "2020-06-30") == {
        "version": "2.0", "class": "dataset", "label": "A title", "source": "cluster-api", "updated": "2020-06-30",
        "id": ["level", "country", "measure"], "size": [2, 2, 3],
        "role": {"geo": ["country"], "time": [], "metric": ["measure"]},
        "dimension": {
            "level": {
                "label": "level",
                "category": {"index": ["bronze", "gold"], "label": {"bronze": "bronze", "gold": "Gold label"}},
            },
            "country": {"label": "country", "category": {"index": ["EL", "NO"], "label": {"EL": "EL", "NO": "NO"}}},
            "measure": {
                "label": "measure", "category": {"index": measures, "label": {name: name for name in measures}},
            },
        },
        "value": {"0": 7, "1": 5, "2": 2, "9": 3, "10": 2, "11": 1},
    }  # fmt: skip


def test_json_stat_orders_levels_by_rank_and_years_by_number() -> None:
    cells = {(2020, "silver"): Figures(1, 1, 1), (2019, "gold"): Figures(3, 2, 1), (2019, "bronze"): Figures(4, 4, 4)}
    found = json_stat("T", [YEAR, LEVEL], cells, {}, "2020-06-30")
    index = {name: one["category"]["index"] for name, one in found["dimension"].items()}
    assert (index["year"], index["level"]) == (["2019", "2020"], ["bronze", "silver", "gold"])
    assert found["role"]["time"] == ["year"]
    assert found["value"] == {"0": 4, "1": 4, "2": 4, "6": 3, "7": 2, "8": 1, "12": 1, "13": 1, "14": 1}


def indicator(code: str) -> Indicator:
    return Indicator(
        code=code, title=f"Title of {code}", dimension="1", making=next(iter(Making)), of=("a",), per=(),
        shape=next(iter(Shape)), unit="", better=next(iter(Better)),
    )  # fmt: skip


QUARTILES = Spread(n=9, lower_quartile=Decimal("1.5"), median=Decimal(2), upper_quartile=Decimal("3.25"))
SHARE = Spread(n=8, share=Decimal("0.25"))
HIDDEN = Spread(suppressed=next(iter(Suppressed)))
STAFF, PLAN = indicator("staff"), indicator("plan")
TABLE = [
    Cell(None, STAFF, QUARTILES), Cell(None, PLAN, SHARE), Cell("NO", STAFF, HIDDEN), Cell("NO", PLAN, SHARE),
    Cell("DE", STAFF, QUARTILES), Cell("DE", PLAN, HIDDEN),
]  # fmt: skip


def test_values_of_a_cell_are_plain_numbers() -> None:
    found = cell_values(TABLE[0])
    assert found == {"n": 9, "lower_quartile": 1.5, "median": 2.0, "upper_quartile": 3.25, "share": None}
    assert [type(value) for value in found.values()] == [int, float, float, float, type(None)]
    assert cell_values(TABLE[2]) == dict.fromkeys(found)


def test_csv_of_benchmarks_flags_what_is_held_back() -> None:
    spread = ["n", "lower_quartile", "median", "upper_quartile", "share", "flag"]
    assert rows(benchmark_csv(BenchmarkDimension.COUNTRY, TABLE[:3])) == [
        ["country", "indicator", *spread],
        ["TOTAL", "staff", "9", "1.5", "2.0", "3.25", "", ""],
        ["TOTAL", "plan", "8", "", "", "", "0.25", ""],
        ["NO", "staff", "", "", "", "", "", "c"],
    ]
    assert rows(benchmark_csv(None, TABLE[:1])) == [
        ["indicator", *spread], ["staff", "9", "1.5", "2.0", "3.25", "", ""],
    ]  # fmt: skip


def test_sdmx_of_benchmarks_tells_of_what_is_held_back_once() -> None:
    head = ["CLUSTER_API:BENCHMARKS(1.0)", "A"]
    assert rows(benchmark_sdmx_csv(BenchmarkDimension.PORTFOLIO, TABLE[:3], AT)) == [
        ["DATAFLOW", "FREQ", "INDIC", "PORTFOLIO", "STATISTIC", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG"],
        [*head, "STAFF", "TOTAL", "N", "2020", "9", ""],
        [*head, "STAFF", "TOTAL", "LOWER_QUARTILE", "2020", "1.5", ""],
        [*head, "STAFF", "TOTAL", "MEDIAN", "2020", "2.0", ""],
        [*head, "STAFF", "TOTAL", "UPPER_QUARTILE", "2020", "3.25", ""],
        [*head, "PLAN", "TOTAL", "N", "2020", "8", ""],
        [*head, "PLAN", "TOTAL", "SHARE", "2020", "0.25", ""],
        [*head, "STAFF", "NO", "N", "2020", "", "c"],
    ]
    assert rows(benchmark_sdmx_csv(BenchmarkDimension.COUNTRY, [], AT))[0][3] == "GEO"
    assert rows(benchmark_sdmx_csv(None, TABLE[1:2], AT)) == [
        ["DATAFLOW", "FREQ", "INDIC", "STATISTIC", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG"],
        [*head, "PLAN", "N", "2020", "8", ""],
        [*head, "PLAN", "SHARE", "2020", "0.25", ""],
    ]


def described(place: str, places: dict[str, str]) -> dict[str, Any]:
    """Answer the dimensions of a JSON-stat dataset of benchmarks."""
    spread = {
        "n": "n", "lower_quartile": "lower quartile", "median": "median", "upper_quartile": "upper quartile",
        "share": "share",
    }  # fmt: skip
    found = {place: places, "indicator": {"staff": "Title of staff", "plan": "Title of plan"}, "measure": spread}
    return {name: {"label": name, "category": {"index": list(one), "label": one}} for name, one in found.items()}


def test_json_stat_of_benchmarks_has_a_status_for_what_is_held_back() -> None:
    found = benchmark_json_stat("A title", BenchmarkDimension.COUNTRY, TABLE, {"NO": "Norway"}, AT)
    assert found == {
        "version": "2.0", "class": "dataset", "label": "A title", "source": "cluster-api", "updated": "2020-06-30",
        "id": ["country", "indicator", "measure"], "size": [3, 2, 5],
        "role": {"geo": ["country"], "metric": ["measure"]},
        "dimension": described("country", {"TOTAL": "TOTAL", "DE": "DE", "NO": "Norway"}),
        "value": {
            "0": 9, "1": 1.5, "2": 2.0, "3": 3.25, "5": 8, "9": 0.25,
            "10": 9, "11": 1.5, "12": 2.0, "13": 3.25, "25": 8, "29": 0.25,
        },
        "status": {str(at): "c" for at in (*range(15, 20), *range(20, 25))},
    }  # fmt: skip


def test_json_stat_of_benchmarks_in_total_is_of_one_group() -> None:
    found = benchmark_json_stat("T", None, TABLE[:2], {"TOTAL": "All"}, AT)
    assert (found["id"], found["size"]) == (["group", "indicator", "measure"], [1, 2, 5])
    assert found["dimension"] == described("group", {"TOTAL": "All"})
    assert (found["role"], found["status"]) == ({"geo": [], "metric": ["measure"]}, {})


@pytest.mark.parametrize("dimension", [BenchmarkDimension.PORTFOLIO])
def test_json_stat_of_portfolios_is_no_geography(dimension: BenchmarkDimension) -> None:
    assert benchmark_json_stat("T", dimension, TABLE[:1], {}, AT)["role"]["geo"] == []
