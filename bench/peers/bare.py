"""The physical limit: a bare ASGI application that gives the same bytes with the same entity tag, and nothing else.

The bytes stand in the file that BENCH_BODY names, the tag in BENCH_TAG; BENCH_HEADERS may hold, as a JSON object,
further headers that each answer carries.
"""

import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

BODY = Path(os.environ["BENCH_BODY"]).read_bytes()
TAG = os.environ["BENCH_TAG"].encode()
FURTHER = [(name.encode(), value.encode()) for name, value in json.loads(os.environ.get("BENCH_HEADERS", "{}")).items()]
FULL = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(BODY)).encode()),
        (b"etag", TAG),
        *FURTHER,
    ],
}
UNCHANGED = {"type": "http.response.start", "status": 304, "headers": [(b"etag", TAG), *FURTHER]}
BYTES = {"type": "http.response.body", "body": BODY}
NOTHING = {"type": "http.response.body", "body": b""}


async def app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answer 304 to whoever has the bytes already, and the bytes to everybody else."""
    if scope["type"] != "http":
        return
    for name, value in scope["headers"]:
        if name == b"if-none-match" and value == TAG:
            await send(UNCHANGED)
            await send(NOTHING)
            return
    await send(FULL)
    await send(BYTES)
