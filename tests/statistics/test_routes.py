"""Figures over HTTP: every basis, dimension and form, against counts that can be read off the register."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from tests.register import given_cluster, given_label


@pytest.fixture(autouse=True)
def register(database: Database) -> None:
    """Give three holders: one upgraded, one lapsed and back, one withdrawn."""
    with database.transaction() as session:
        up = given_cluster(session, "up", "GR", "ICT")
        given_label(session, up, "bronze", (date(2016, 1, 10), date(2018, 1, 10)))
        given_label(session, up, "gold", (date(2017, 7, 1), date(2019, 7, 1)))
        back = given_cluster(session, "back", "DE", "FOOD")
        given_label(session, back, "bronze", (date(2016, 1, 10), date(2018, 1, 10)))
        given_label(session, back, "bronze", (date(2019, 5, 1), date(2021, 5, 31)))
        gone = given_cluster(session, "gone", "DE", "ICT")
        given_label(session, gone, "silver", (date(2017, 2, 1), date(2019, 2, 1)), [("withdrawn", date(2018, 6, 1))])


def figures(client: TestClient, query: str) -> tuple[list[tuple[Any, ...]], tuple[int, ...]]:
    answer = client.get(f"/v1/statistics/labels?{query}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    total = body["total"]
    return [tuple(item.values()) for item in body["items"]], (
        total["labels"], total["organisations"], total["countries"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "cells", "total"),
    [
        ("basis=valid&at=2016-01-09", [], (0, 0, 0)),
        ("basis=valid&at=2016-01-10", [("bronze", 2, 2, 2)], (2, 2, 2)),
        # On this day the gold holder still has its bronze label, but shows gold.
        ("basis=valid&at=2017-12-31", [("bronze", 2, 1, 1), ("silver", 1, 1, 1), ("gold", 1, 1, 1)], (4, 3, 2)),
        ("basis=valid&at=2018-06-01", [("gold", 1, 1, 1)], (1, 1, 1)),
        ("basis=ever_held&at=2020-12-31", [("bronze", 3, 2, 2), ("silver", 1, 1, 1), ("gold", 1, 1, 1)], (5, 3, 2)),
        ("basis=highest_held&at=2020-12-31", [("bronze", 3, 1, 1), ("silver", 1, 1, 1), ("gold", 1, 1, 1)], (5, 3, 2)),
        ("basis=awarded&since=2016-01-01&at=2016-12-31", [("bronze", 2, 2, 2)], (2, 2, 2)),
        ("basis=awarded&at=2020-12-31", [("bronze", 3, 2, 2), ("silver", 1, 1, 1), ("gold", 1, 1, 1)], (5, 3, 2)),
        ("by=country&at=2017-12-31", [("DE", 2, 2, 1), ("EL", 2, 1, 1)], (4, 3, 2)),
        ("by=country&country=UK&at=2017-12-31", [], (0, 0, 0)),
        ("by=portfolio,level&at=2016-02-01", [("FOOD", "bronze", 1, 1, 1), ("ICT", "bronze", 1, 1, 1)], (2, 2, 2)),
        ("by=level&portfolio=ICT&at=2017-12-31",
         [("bronze", 1, 0, 0), ("silver", 1, 1, 1), ("gold", 1, 1, 1)], (3, 2, 2)),
        ("by=year&basis=highest_held&level=gold&at=2019-03-01",
         [(2017, 1, 1, 1), (2018, 1, 1, 1), (2019, 1, 1, 1)], (1, 1, 1)),
        ("by=year&basis=valid&at=2019-12-31",
         [(2016, 2, 2, 2), (2017, 4, 3, 2), (2018, 1, 1, 1), (2019, 1, 1, 1)], (1, 1, 1)),
        ("by=year,country&basis=awarded&at=2019-12-31",
         [(2016, "DE", 1, 1, 1), (2016, "EL", 1, 1, 1), (2017, "DE", 1, 1, 1), (2017, "EL", 1, 1, 1),
          (2019, "DE", 1, 1, 1)], (5, 3, 2)),
    ],
)  # fmt: skip
def test_figures_count_what_their_basis_defines(
    client: TestClient, query: str, cells: list[tuple[Any, ...]], total: tuple[int, ...]
) -> None:
    assert figures(client, query) == (cells, total)


DAYS = [date(year, month, day) for year in range(2016, 2022) for month, day in ((1, 9), (1, 10), (6, 1), (12, 31))]


@pytest.mark.parametrize("day", [day for day in DAYS if day < date(2021, 1, 15)])
def test_invariant_29_organisations_at_each_level_add_up_to_those_with_a_valid_label(
    client: TestClient, day: date
) -> None:
    cells, total = figures(client, f"by=level&basis=valid&at={day}")
    shown = client.get(f"/v1/register?valid_on={day}&limit=100").json()["items"]
    assert sum(cell[2] for cell in cells) == total[1] == len({item["cluster_id"] for item in shown}) == len(shown)
    by_level = {level: sum(item["level"] == level for item in shown) for level, *_ in cells}
    assert {level: organisations for level, _, organisations, _ in cells} == by_level


@pytest.mark.parametrize("basis", ["valid", "ever_held", "highest_held", "awarded"])
def test_invariant_31_figures_of_a_day_that_is_over_stand_still(
    client: TestClient, database: Database, basis: str
) -> None:
    query = f"by=level,country&basis={basis}&at=2018-12-31"
    before, later = figures(client, query), figures(client, f"by=level,country&basis={basis}&at=2020-12-31")
    with database.transaction() as session:
        new = given_cluster(session, "new", "FR", "ICT")
        given_label(session, new, "bronze", (date(2019, 1, 1), date(2020, 12, 31)))
        given_label(session, new, "gold", (date(2020, 2, 1), date(2022, 2, 28)), [("withdrawn", date(2020, 6, 1))])
    assert figures(client, query) == before
    assert figures(client, f"by=level,country&basis={basis}&at=2020-12-31") != later


def test_figures_carry_their_meaning(client: TestClient) -> None:
    metadata = client.get("/v1/statistics/labels?basis=highest_held&at=2020-12-31").json()["metadata"]
    assert (metadata["basis"], metadata["at"], metadata["recorded_until"]) == (
        "highest_held", "2020-12-31", "2021-01-15T10:00:00.000000Z",
    )  # fmt: skip
    assert "highest level it has ever held" in metadata["definition"]


@pytest.mark.parametrize(
    ("accept", "form", "media_type"),
    [
        ("*/*", "", "application/json"),
        ("text/csv", "", "text/csv"),
        ("application/vnd.json-stat+json, application/json;q=0.5", "", "application/vnd.json-stat+json"),
        ("text/csv", "&format=json", "application/json"),
        ("application/vnd.sdmx.data+csv", "", "application/vnd.sdmx.data+csv"),
    ],
)
def test_form_follows_the_parameter_then_the_header(
    client: TestClient, accept: str, form: str, media_type: str
) -> None:
    answer = client.get(f"/v1/statistics/labels?at=2017-12-31{form}", headers={"Accept": accept})
    assert answer.headers["content-type"].split(";")[0] == media_type


def test_csv_holds_the_cells(client: TestClient) -> None:
    text = client.get("/v1/statistics/labels?by=country&at=2017-12-31&format=csv").text
    assert list(csv.reader(io.StringIO(text))) == [
        ["country", "labels", "organisations", "countries"],
        ["DE", "2", "2", "1"],
        ["EL", "2", "1", "1"],
    ]


def test_json_stat_addresses_every_cell(client: TestClient) -> None:
    body = client.get("/v1/statistics/labels?by=level,country&at=2017-12-31&format=json-stat").json()
    assert (body["id"], body["size"]) == (["level", "country", "measure"], [3, 2, 3])
    # bronze/DE, bronze/EL, silver/DE, (silver/EL empty), (gold/DE empty), gold/EL; three measures each
    assert body["value"] == {
        "0": 1, "1": 1, "2": 1, "3": 1, "4": 0, "5": 0, "6": 1, "7": 1, "8": 1, "15": 1, "16": 1, "17": 1,
    }  # fmt: skip
    assert body["dimension"]["country"]["category"]["label"] == {"DE": "Germany", "EL": "Greece"}


def test_sdmx_csv_is_one_row_an_observation(client: TestClient) -> None:
    text = client.get("/v1/statistics/labels?by=year,level&level=gold&at=2018-12-31&format=sdmx-csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    found = [(row["FREQ"], row["INDIC"], row["LEVEL"], row["TIME_PERIOD"], row["OBS_VALUE"]) for row in rows]
    assert found == [
        ("A", indicator, "gold", year, "1") for year in ("2017", "2018")
        for indicator in ("LABELS", "ORGANISATIONS", "COUNTRIES")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("by=colour", "/query/by"),
        ("by=level,level", "/query/by"),
        ("at=2020-02-30", "/query/at"),
        ("at=0", "/query/at"),
        ("basis=all", "/query/basis"),
        ("basis=valid&since=2020-01-01", "/query"),
        ("colour=blue", "/query/colour"),
    ],
)
def test_wrong_questions_are_refused_with_their_place(client: TestClient, query: str, place: str) -> None:
    answer = client.get(f"/v1/statistics/labels?{query}")
    assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (422, [place])
