"""The driver and a JSON library in FastAPI, nothing between them: the least the same questions cost in this framework.

On SQLite the driver is asked inside the event loop, on PostgreSQL through psycopg's own asynchronous pool: of the
plain ways the fastest on each, so that the comparison is the hardest one.
"""

import os
import re
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
import sqlalchemy as sa
from fastapi import FastAPI, Request, Response
from psycopg_pool import AsyncConnectionPool

from bench.peers.questions import (
    CLUSTER,
    CLUSTER_COLUMNS,
    COUNT_COLUMNS,
    COUNTS,
    LABEL_COLUMNS,
    LABELS,
    PAGE,
    PAGE_COLUMNS,
)

URL = sa.make_url(os.environ["DATABASE_URL"])
IS_SQLITE = URL.get_backend_name() == "sqlite"


class Sqlite:
    """One connection, read in place."""

    async def open(self) -> None:
        self.connection = sqlite3.connect(f"file:{URL.database}?mode=ro", uri=True, isolation_level=None)
        self.connection.execute("PRAGMA cache_size=-32000")

    async def rows(self, question: str, values: Mapping[str, str]) -> Sequence[Sequence[Any]]:
        return self.connection.execute(question, values).fetchall()

    async def close(self) -> None:
        self.connection.close()


class Postgres:
    """A pool of autocommitting connections that prepare what they are asked again and again."""

    async def open(self) -> None:
        address = URL.set(drivername="postgresql").render_as_string(hide_password=False)
        self.pool = AsyncConnectionPool(address, min_size=8, max_size=8, open=False, kwargs={"autocommit": True})
        await self.pool.open(wait=True)

    async def rows(self, question: str, values: Mapping[str, str]) -> Sequence[Sequence[Any]]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(re.sub(r":(\w+)", r"%(\1)s", question).encode(), values)
            return await cursor.fetchall()

    async def close(self) -> None:
        await self.pool.close()


database = Sqlite() if IS_SQLITE else Postgres()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    await database.open()
    yield
    await database.close()


app = FastAPI(lifespan=lifespan, openapi_url=None)


def answer(value: Any) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")


def named(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]


@app.get("/v1/register")
async def page(request: Request) -> Response:
    asked = request.query_params
    values = {"country": asked["country"], "level": asked["level"], "valid_on": asked["valid_on"]}
    return answer({"items": named(PAGE_COLUMNS, await database.rows(PAGE, values))})


@app.get("/v1/register/{cluster_id}")
async def cluster(cluster_id: str) -> Response:
    found = await database.rows(CLUSTER, {"id": cluster_id})
    if not found:
        return Response(status_code=404)
    labels = named(LABEL_COLUMNS, await database.rows(LABELS, {"id": cluster_id}))
    return answer({**named(CLUSTER_COLUMNS, found)[0], "labels": labels})


@app.get("/v1/statistics/labels")
async def counts(request: Request) -> Response:
    return answer({"counts": named(COUNT_COLUMNS, await database.rows(COUNTS, {"at": request.query_params["at"]}))})
