"""Figures of benchmarks as open data: what is shown, what is hidden, and that no total gives the hidden away."""

import csv
import io
import random
from datetime import date
from statistics import median
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.comparisons.models import BenchmarkFigures
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from tests.register import given_cluster

PATH = "/v1/statistics/benchmarks"
HELD_ON = date(2020, 6, 1)
CELLS = {("DE", "ICT"): 9, ("GR", "ICT"): 5, ("FR", "CONSTRUCTION"): 6, ("NO", "FOOD"): 2, ("NO", "BIOTECHNOLOGY"): 1}


def given_figures(database: Database, cells: dict[tuple[str, str], int], held_on: date = HELD_ON) -> None:
    """Keep figures of so many organisations in each country and portfolio; the first one is their number."""
    chance = random.Random(7)
    with database.transaction() as session:
        for (country, portfolio), count in cells.items():
            for number in range(count):
                figures = [number * 10_000, *[chance.randint(0, 1) * 10_000 for _ in range(55)]]
                row = {
                    "benchmark_id": str(uuid7()),
                    "cluster_id": given_cluster(session, f"{country}{portfolio}{number}", country),
                    "basis": "ESCA-BRONZE-2019.1",
                    "country": country,
                    "portfolio": portfolio,
                    "interview_on": held_on,
                    "released_on": held_on,
                    "figures": orjson.dumps(figures).decode(),
                }
                session.execute(sa.insert(BenchmarkFigures), [row])


def items(client: TestClient, query: str) -> list[dict[str, Any]]:
    answer = client.get(f"{PATH}?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.mark.parametrize(
    ("by", "shown"),
    [
        # Three are hidden because they are small; construction because they are only three together.
        ("portfolio", {None: 23, "ICT": 14, "BIOTECHNOLOGY": None, "CONSTRUCTION": None, "FOOD": None}),
        ("country", {None: 23, "DE": 9, "EL": None, "FR": 6, "NO": None}),
    ],
)
def test_invariant_26_hidden_cells_cannot_be_derived(
    client: TestClient, database: Database, by: str, shown: dict[str | None, int | None]
) -> None:
    given_figures(database, CELLS)
    found = items(client, f"by={by}&indicator=participants")
    assert {one.get(by): one["n"] for one in found} == shown
    for one in found:
        values = [one["lower_quartile"], one["median"], one["upper_quartile"]]
        assert (one["suppressed"] is None) == (one["n"] is not None) == (None not in values)


def test_figures_are_those_of_the_organisations(client: TestClient, database: Database) -> None:
    given_figures(database, CELLS)
    (total,) = items(client, "indicator=participants")
    everyone = [number for count in CELLS.values() for number in range(count)]
    assert (total["n"], total["median"]) == (23, median(everyone))
    (flag,) = items(client, "indicator=strategy_written")
    assert (flag["median"], flag["suppressed"]) == (None, None)
    assert 0 < flag["share"] < 1


def test_of_fewer_than_five_nothing_is_told(client: TestClient, database: Database) -> None:
    given_figures(database, {("DE", "ICT"): 4})
    assert {(one["n"], one["median"], one["share"], one["suppressed"]) for one in items(client, "by=portfolio")} == {
        (None, None, None, "too_few")
    }


def test_invariant_31_year_must_be_over_and_its_figures_stand_still(client: TestClient, database: Database) -> None:
    given_figures(database, {("DE", "ICT"): 5})
    given_figures(database, {("FR", "ICT"): 5}, date(2021, 1, 2))
    assert [one["n"] for one in items(client, "year=2020&indicator=participants")] == [5]
    assert [one["n"] for one in items(client, "year=2019&indicator=participants")] == [None]
    answer = client.get(f"{PATH}?year=2021")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/year-not-over")
    assert client.get(f"{PATH}?year=2015").json()["type"] == "/problems/questionnaire-not-in-force"
    assert client.get(f"{PATH}?by=country,portfolio").status_code == 422


def test_every_form_tells_the_same(client: TestClient, database: Database) -> None:
    given_figures(database, CELLS)
    said = {(one.get("portfolio", "TOTAL"), one["indicator"]): one["n"] for one in items(client, "by=portfolio")}
    rows = list(csv.DictReader(io.StringIO(client.get(f"{PATH}?by=portfolio&format=csv").text)))
    in_csv = {(row["portfolio"], row["indicator"]): int(row["n"]) if row["n"] else None for row in rows}
    observed = list(csv.DictReader(io.StringIO(client.get(f"{PATH}?by=portfolio&format=sdmx-csv").text)))
    in_sdmx = {
        (row["PORTFOLIO"], row["INDIC"].lower()): int(row["OBS_VALUE"]) if row["OBS_VALUE"] else None
        for row in observed
        if row["STATISTIC"] == "N"
    }
    cube = client.get(f"{PATH}?by=portfolio", headers={"Accept": "application/vnd.json-stat+json"}).json()
    places, codes, measures = (cube["dimension"][name]["category"]["index"] for name in cube["id"])
    in_cube = {
        (place, code): cube["value"].get(str((at * len(codes) + number) * len(measures)))
        for at, place in enumerate(places)
        for number, code in enumerate(codes)
    }
    assert said == in_csv == in_sdmx == in_cube
    assert cube["size"] == [len(places), len(codes), len(measures)]
    flags = {row["flag"] for row in rows if row["portfolio"] == "FOOD"}
    assert flags == {"c"}
    assert {row["OBS_FLAG"] for row in observed if row["PORTFOLIO"] == "FOOD"} == {"c"}
