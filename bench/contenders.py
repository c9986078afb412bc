"""Who is measured: the service as it is shipped, and its peers, each under the server its users would choose."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa

from bench.databases import POSTGRESQL, Prepared
from bench.servers import BIN, Server, granian, uvicorn

OURS = "cluster-api"
DRIVER = "driver + orjson"
DRF = "Django REST framework"
LITESTAR = "Litestar"
DATASETTE = "Datasette"
BARE = "bare ASGI"
DRESSED = "bare ASGI, same headers"
GIVEN_BY_UVICORN = ("date", "server")
OTHERS = (LITESTAR, DATASETTE)

SETTINGS: Mapping[str, str] = {
    # One client sends everything here; the counting itself stays on.
    "REQUESTS_PER_MINUTE": "1000000000",
    "REQUESTS_AT_ONCE": "1000",
    # Nobody else here writes a line for each request either.
    "LOG_LEVEL": "warning",
}


def service(prepared: Prepared, *, name: str = OURS, kept_bytes: int | None = None) -> Server:
    """The service under uvicorn; `kept_bytes` of 0 switches the memory of rendered public reads off."""
    kept = {} if kept_bytes is None else {"PUBLIC_CACHE_BYTES": str(kept_bytes)}
    environment = {**prepared.environment, **SETTINGS, **kept}
    return Server(name, uvicorn("cluster_api.app:service", factory=True), environment, "/health/live", prepared.pid)


def shipped(prepared: Prepared) -> Server:
    """The service as its own command starts it, asked at once for a page of the register."""
    return Server(
        OURS, [str(BIN / "cluster-api"), "serve"], {**prepared.environment, **SETTINGS}, "/v1/register?limit=1"
    )


def bare(body: bytes, headers: Mapping[str, str], folder: Path) -> list[Server]:
    """Two bare ASGI applications with these bytes: one with their tag only, one with all headers of the answer."""
    file = folder / "body"
    file.write_bytes(body)
    own = {"etag", "content-type", "content-length", *GIVEN_BY_UVICORN}
    further = {name: value for name, value in headers.items() if name not in own}
    least = {"BENCH_BODY": str(file), "BENCH_TAG": headers["etag"]}
    command = uvicorn("bench.peers.bare:app")
    return [Server(BARE, command, least), Server(DRESSED, command, {**least, "BENCH_HEADERS": json.dumps(further)})]


def driver(prepared: Prepared) -> Server:
    """The driver and orjson in FastAPI."""
    return _peer(DRIVER, uvicorn("bench.peers.driver:app"), prepared)


def rest_framework(prepared: Prepared) -> Server:
    """Django REST framework under granian; of 1, 4 and 8 threads those that answered most on each database."""
    threads = 4 if prepared.kind == POSTGRESQL else 1
    return _peer(DRF, granian("bench.peers.drf.wsgi:app", threads=threads), prepared)


def readers(prepared: Prepared) -> list[Server]:
    """Everybody who answers the three questions on this database."""
    litestar = _peer(LITESTAR, uvicorn("bench.peers.litestar_app:app"), prepared)
    everywhere = [service(prepared), driver(prepared), rest_framework(prepared), litestar]
    if prepared.kind == POSTGRESQL:
        return everywhere
    return [*everywhere, _peer(DATASETTE, uvicorn("bench.peers.datasette_app:app"), prepared)]


def _peer(name: str, command: Sequence[str], prepared: Prepared) -> Server:
    return Server(name, command, prepared.environment, database_pid=prepared.pid)


def published_name(prepared: Prepared) -> str:
    """The name under which Datasette publishes a database."""
    return Path(str(sa.make_url(prepared.address).database)).stem
