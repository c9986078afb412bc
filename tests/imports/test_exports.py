import asyncio
import csv
import io
import json
import tracemalloc
from collections.abc import Set as AbstractSet
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.files.errors import FormatNotKnown
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.access import Actor
from cluster_api.imports.queries import export_of, export_path, written
from cluster_api.imports.states import ExportFormat, ExportName
from cluster_api.labels.models import Label
from tests.callers import given_admin
from tests.conftest import empty
from tests.imports.sending import counts, imported
from tests.register import given_cluster, given_label

CLUSTERS = (
    (
        "name;country;names/en;names/bg;region;city;legal form;founded year;website;english page;portfolio;ecosystems;"
        "members/sme;members/university;participants;staff fte;is social economy;descriptions/en;vat;"
        "registry code;external id\n"
        'Ostsee "Plasma" e.V.;DE;Baltic Plasma;;DE80;Greifswald;;2004;https://p.de/x;https://p.de/en;ICT;ELECTRONICS|TOURISM;'
        "30;6;40;1,25;ja;Two\nlines | here;DE136695976;esca;R-7\n"
        "=ИКТ Клъстер;BG;;ИКТ;BG41;София;;;;;;;;;;;;;;;\n"
        ";;;;;;;;;;;;;;;;;;;;\n"
    )
    .replace("Two\nlines", '"Two\nlines')
    .replace("| here;", '| here";')
)
CHANGING = {"id", "updated_at", "public_number", "cluster_id", "registry_code", "external_id"}


def exported(client: TestClient, name: str, headers: dict[str, str] | None = None, **query: str) -> bytes:
    answer = client.get(f"/v1/exports/{name}", params=query, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return answer.content


def table(content: bytes, *, without: AbstractSet[str] = frozenset()) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return [{name: cell for name, cell in row.items() if cell and name not in without} for row in rows]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_clusters_come_back_as_they_were(
    client: TestClient, admin: dict[str, str], database: Database, form: str
) -> None:
    assert counts(imported(client, admin, CLUSTERS.encode())) == (2, 0, 0, 0)
    first = exported(client, "clusters", admin, format=form)
    before = table(exported(client, "clusters", admin), without=CHANGING - {"external_id", "registry_code"})
    media = {"csv": "text/csv", "jsonl": "application/jsonl"}[form]
    assert counts(imported(client, admin, first, media)) == (0, 0, 2, 0)
    empty(database)
    admin = given_admin(database)
    assert counts(imported(client, admin, first, media)) == (2, 0, 0, 0)
    again = table(exported(client, "clusters", admin), without=CHANGING - {"external_id", "registry_code"})
    assert (again, len(again), again[1]["descriptions/en"]) == (before, 2, "Two\nlines | here")


def test_labels_come_back_as_they_were(client: TestClient, admin: dict[str, str], database: Database) -> None:
    imported(client, admin, b"name,country,eccp,portfolio\nAlps Motion,FR,17,ICT\n")
    rows = b"name,country,level,valid until\nAlps Motion,FR,gold,2020-05-12\nAlps Motion,FR,gold,2023-05-12\n"
    assert counts(imported(client, admin, rows, kind="labels")) == (2, 0, 0, 0)
    labels, clusters = exported(client, "labels"), exported(client, "clusters", admin)
    assert counts(imported(client, admin, labels, kind="labels")) == (0, 0, 2, 0)
    empty(database)
    admin = given_admin(database)
    imported(client, admin, clusters)
    assert counts(imported(client, admin, labels, kind="labels")) == (2, 0, 0, 0)
    assert table(exported(client, "labels"), without=CHANGING | {"renews"}) == table(
        labels, without=CHANGING | {"renews"}
    )


@pytest.fixture
def register(database: Database) -> dict[str, str]:
    """Give a register of two holders and one organisation that nobody may know of; answer their identifiers."""
    with database.transaction() as session:
        ids = {name: given_cluster(session, name, "DE") for name in ("Alpha", "Beta")}
        ids["Draft"] = given_cluster(session, "Draft", "DE", profile_state="draft")
        given_label(session, ids["Alpha"], "gold", (date(2019, 1, 1), date(2021, 1, 31)))
        given_label(session, ids["Beta"], "bronze", (date(2016, 1, 1), date(2017, 12, 31)))
    return ids


def test_register_is_of_a_day(client: TestClient, register: dict[str, str]) -> None:
    shown = {day: [row["legal_name"] for row in table(exported(client, "register", valid_on=day))] for day in DAYS}
    assert shown == {"2017-06-01": ["Beta"], "2018-06-01": [], "2020-06-01": ["Alpha"]}
    assert [row["legal_name"] for row in table(exported(client, "register"))] == ["Alpha"]


DAYS = ("2017-06-01", "2018-06-01", "2020-06-01")


def test_public_export_holds_only_what_is_public(
    client: TestClient, admin: dict[str, str], register: dict[str, str]
) -> None:
    public = {row["id"] for row in table(exported(client, "clusters"))}
    assert public == {register["Alpha"], register["Beta"]}
    assert {row["id"] for row in table(exported(client, "clusters", admin))} == set(register.values())


def test_forms_say_the_same(client: TestClient, register: dict[str, str]) -> None:
    lines = [json.loads(line) for line in exported(client, "labels", format="jsonl").splitlines()]
    columns = pq.read_table(io.BytesIO(exported(client, "labels", format="parquet"))).to_pylist()
    assert [{**row, "valid_from": str(row["valid_from"])}["valid_from"] for row in columns] == [
        line["valid_from"] for line in lines
    ]
    assert [line["public_number"] for line in lines] == [
        row["public_number"] for row in table(exported(client, "labels"))
    ]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "text/csv; charset=utf-8; header=present"),
        ("application/jsonl", "application/jsonl"),
        ("application/vnd.apache.parquet;q=1, text/csv", "application/vnd.apache.parquet"),
    ],
)
def test_form_follows_accept(client: TestClient, database: Database, accept: str, media: str) -> None:
    answer = client.get("/v1/exports/register", headers={"Accept": accept})
    name = answer.headers["content-disposition"].partition("filename=")[2]
    assert (answer.headers["content-type"], name[:10]) == (media, '"register.')


def test_only_the_register_is_of_a_day(client: TestClient, database: Database) -> None:
    answer = client.get("/v1/exports/labels?valid_on=2020-01-01")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/valid_on")


ROWS = 60_000
SERIES = {
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :rows)",
    "postgresql": "WITH s AS (SELECT n FROM generate_series(1, :rows) AS n)",
}
KEYS = {
    "sqlite": "printf('%08x-0000-7000-8000-000000000000', n)",
    "postgresql": "CAST(lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000' AS uuid)",
}


@pytest.fixture
def large(database: Database, register: dict[str, str]) -> Database:
    """Give a database with many labels, copied inside the database because nothing here is about recording them."""
    names = Label.__table__.c.keys()
    given = {"id": KEYS[database.dialect_name], "number": "'N' || n"}
    chosen = ", ".join(given.get(name, f"l.{name}") for name in names)
    source = "(SELECT * FROM label ORDER BY number LIMIT 1) AS l"
    copy = f"INSERT INTO label ({', '.join(names)}) {SERIES[database.dialect_name]} SELECT {chosen} FROM s, {source}"  # noqa: S608
    with database.transaction() as session:
        session.execute(sa.text(copy), {"rows": ROWS})
    return database


def test_large_export_flows_in_constant_memory(client: TestClient, large: Database) -> None:
    seen = {"bytes": 0, "pieces": 0}

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        seen["bytes"] += len(message.get("body", b""))
        seen["pieces"] += 1

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/v1/exports/labels", "raw_path": b"/v1/exports/labels", "query_string": b"format=jsonl",
        "headers": [], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    tracemalloc.start()

    async def ask() -> None:
        await client.app(scope, receive, send)

    asyncio.run(ask())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen["pieces"] > ROWS / 1000
    assert seen["bytes"] > 25_000_000
    assert peak < 16_000_000


def test_export_reads_from_a_cursor_of_the_server(large: Database, stranger: Actor) -> None:
    with large.session() as session:
        pieces = written(export_of(session, stranger, ExportName.LABELS, stranger.today), ExportFormat.CSV)
        assert next(pieces).startswith(b"public_number,")
        if not large.is_sqlite:
            assert session.scalar(sa.text("SELECT count(*) FROM pg_cursors")) == 1
        assert sum(piece.count(b"\n") for piece in pieces) > ROWS / 2


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_export_to_a_file_counts_its_rows(
    database: Database, register: dict[str, str], clock: FixedClock, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"clusters.{ending}"
    assert export_path(database, clock, ExportName.CLUSTERS, file) == 3
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_export_to_a_file_of_unknown_ending_is_refused(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    with pytest.raises(FormatNotKnown):
        export_path(database, clock, ExportName.CLUSTERS, tmp_path / "clusters.doc")
    assert list(tmp_path.iterdir()) == []
