"""Bulk: an import against the database's own way to take the same rows, an export against the driver's own loop."""

import csv
import http.client
import io
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from bench.contenders import service
from bench.databases import POSTGRESQL, Databases, Prepared, command
from bench.measure import Measured, Ratio
from bench.servers import HOST, Server, Unmeasured, running
from bench.workloads import SEED, new_cluster

EXPORTED = "/v1/exports/labels?format=csv"
PIECE = 1 << 20
KEPT_BY_MIGRATIONS = {"alembic_version"}


def imports(databases: Databases, folder: Path, rows: int) -> Measured:
    """Import organisations by the service's own command, then give the rows it made to an empty database by COPY."""
    file = folder / "clusters.csv"
    write_clusters(file, rows)
    target = databases.empty("imported")
    began = time.perf_counter()
    command(target, "import", str(file), "--kind", "clusters", "--apply")
    ours = time.perf_counter() - began
    found = int(str(target.value("SELECT count(*) FROM cluster")))
    if found != rows:
        raise Unmeasured(f"{found} of {rows} rows were imported")
    empty = databases.empty("copied")
    theirs = copy_all(target, empty)
    remark = (
        f"Import: {rows:,} organisations from CSV by `cluster-api import --apply`, start of the process included, "
        f"{rows / ours:,.0f} rows/s; the rows it left in all tables went into empty ones in {theirs:.1f} s."
    )
    return Measured({"import_copy": _exactly(theirs / ours)}, remarks=[remark])


def _exactly(value: float) -> Ratio:
    return Ratio(value, value, value)


def write_clusters(file: Path, rows: int) -> None:
    """A file as people send it: one organisation a line, names that resemble no other."""
    chance = random.Random(SEED + 1)
    names = ("legal_name", "country", "region", "city", "founded_year", "website", "english_page", "portfolio")
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow((*names, "staff_fte", "source"))
        for number in range(rows):
            word = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(18))
            made = new_cluster(word)
            writer.writerow([*(made[name] for name in names), made["staff_fte"], f"row-{number}"])


def copy_all(source: Prepared, target: Prepared) -> float:
    """Take every row of the source into the empty tables of the target in one transaction; answer the seconds."""
    tables = [table.name for table in reflected(source).sorted_tables if table.name not in KEPT_BY_MIGRATIONS]
    if source.kind == POSTGRESQL:
        return _copy_postgres(source, target, tables)
    return _copy_sqlite(source, target, tables)


def reflected(prepared: Prepared) -> sa.MetaData:
    """The tables of a database as they are, in an order in which each comes after those it refers to."""
    tables = sa.MetaData()
    engine = prepared.engine()
    tables.reflect(engine)
    engine.dispose()
    return tables


def _copy_postgres(source: Prepared, target: Prepared, tables: list[str]) -> float:
    held = {}
    with psycopg.connect(_plain(source)) as connection, connection.cursor() as cursor:
        for table in tables:
            with cursor.copy(f'COPY "{table}" TO STDOUT'.encode()) as out:
                held[table] = b"".join(out)
    with psycopg.connect(_plain(target)) as connection, connection.cursor() as cursor:
        began = time.perf_counter()
        for table, content in held.items():
            if content:
                with cursor.copy(f'COPY "{table}" FROM STDIN'.encode()) as into:
                    for start in range(0, len(content), PIECE):
                        into.write(content[start : start + PIECE])
        connection.commit()
        return time.perf_counter() - began


def _copy_sqlite(source: Prepared, target: Prepared, tables: list[str]) -> float:
    with sqlite3.connect(_file(source)) as connection:
        held = {table: connection.execute(f'SELECT * FROM "{table}"').fetchall() for table in tables}
    connection = sqlite3.connect(_file(target), isolation_level=None)
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    began = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    for table, rows in held.items():
        if rows:
            connection.executemany(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(rows[0]))})', rows)
    connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return seconds


def _plain(prepared: Prepared) -> str:
    return sa.make_url(prepared.address).set(drivername="postgresql").render_as_string(hide_password=False)


def _file(prepared: Prepared) -> str:
    return str(sa.make_url(prepared.address).database)


def exports(prepared: Prepared, rows: int) -> Measured:
    """Read an export over HTTP up to so many rows; beside it the driver's loop that writes the same rows as CSV."""
    server = service(prepared)
    with running(server):
        server.get("/v1/register?limit=1")
        idle = server.resident()
        columns, seconds = read_export(server, rows)
        memory = server.resident("VmHWM") - idle
    theirs = driver_loop(prepared, columns, rows)
    remark = (
        f"Export: the first {rows:,} rows of `{EXPORTED}`, {rows / seconds:,.0f} rows/s; the driver's own loop over as "
        f"many columns, written with Python's csv module, {rows / theirs:,.0f} rows/s."
    )
    figures = {"export_memory": _exactly(memory), "export_speed": _exactly(theirs / seconds)}
    return Measured(figures, remarks=[remark])


def read_export(server: Server, rows: int) -> tuple[list[str], float]:
    """Read so many rows and then hang up; answer the names of the columns and the seconds."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=120)
    began = time.perf_counter()
    connection.request("GET", EXPORTED)
    answer = connection.getresponse()
    if answer.status != 200:
        raise Unmeasured(f"{EXPORTED} answered {answer.status}: {answer.read(300)!r}")
    header = answer.readline().decode("utf-8-sig")
    lines = 0
    while lines < rows:
        piece = answer.read1(PIECE)
        if not piece:
            raise Unmeasured(f"the export ended after {lines} rows")
        lines += piece.count(b"\n")
    seconds = time.perf_counter() - began
    connection.close()
    return next(csv.reader([header])), seconds


def driver_loop(prepared: Prepared, columns: list[str], rows: int) -> float:
    """Read as many columns of the label table in the driver's own loop and write them as CSV to nowhere."""
    known = [column.name for column in reflected(prepared).tables["label"].columns]
    others = [name for name in known if name not in columns]
    chosen = [*(name for name in columns if name in known), *others][: len(columns)]
    question = f"SELECT {', '.join(chosen)} FROM label ORDER BY id LIMIT {rows}"
    began = time.perf_counter()
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in _loop(prepared, question):
        writer.writerow(row)
        if buffer.tell() > PIECE:
            buffer.seek(0)
            buffer.truncate()
    return time.perf_counter() - began


def _loop(prepared: Prepared, question: str) -> Iterator[tuple[Any, ...]]:
    if prepared.kind == POSTGRESQL:
        with psycopg.connect(_plain(prepared)) as connection, connection.cursor("loop") as cursor:
            cursor.itersize = 2000
            yield from cursor.execute(question.encode())
    else:
        with sqlite3.connect(_file(prepared)) as plain:
            yield from plain.execute(question)
