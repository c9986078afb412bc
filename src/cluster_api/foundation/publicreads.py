"""The outermost layer: public reads answered from bytes rendered once per version of the data.

Only an answer that says ``Cache-Control: public`` is kept. One whose route did not ask who calls is the same for
everyone, and is given to callers whose credentials were accepted a moment ago, too; one whose route asked is given only
to those without credentials. Entity tags and 304, HEAD, and compression are settled here for every read, kept or not.
When the version of the data cannot be learnt, everything goes through to the database.
"""

import asyncio
import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import Counter
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cluster_api.foundation.clock import Clock, civil_date
from cluster_api.foundation.conditional import names_tag, tag_of_bytes
from cluster_api.foundation.database import DOWN, Database
from cluster_api.foundation.telemetry import new_traceparent, trace_of, traceparent
from cluster_api.foundation.traffic import PRIVATE_HEADERS, PUBLIC_HEADERS
from cluster_api.foundation.transactions import SAFE

WORTH_COMPRESSING = 1000
GIVEN_AT_ONCE = 100
EMPTY: Message = {"type": "http.response.body", "body": b""}
Headers = list[tuple[bytes, bytes]]
Recognises = Callable[[Scope, bytes], bool]
PUBLIC_PAIRS, PRIVATE_PAIRS = tuple(PUBLIC_HEADERS.items()), tuple(PRIVATE_HEADERS.items())
Key = tuple[str, bytes, bytes, bool]


@dataclass(slots=True)
class Kept:
    """One rendered answer: its tag, the header lists of both ways to give it, and whether its route asked who calls."""

    tag: bytes
    full: Headers
    unchanged: Headers
    body: bytes
    is_personal: bool


class Versions:
    """Knows the version of the data, looked up at most every ``poll_seconds`` and after each change made here."""

    def __init__(self, database: Database, clock: Clock, poll_seconds: float) -> None:
        """Watch this database; the day counts as part of the version, because standings depend on it."""
        self._database = database
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._next_look = 0.0
        self._looking = asyncio.Lock()
        self.token = ""

    def expire(self) -> None:
        """Look again before the next answer."""
        self._next_look = 0.0

    def is_due(self) -> bool:
        """Answer whether it is time to look."""
        return time.monotonic() >= self._next_look

    async def look(self) -> str:
        """Answer the version now, or an empty text if it cannot be learnt."""
        async with self._looking:
            if self.is_due():
                try:
                    seen = await self._seen()
                    self.token = f"{civil_date(self._clock.now())}/{seen}"
                    self._next_look = time.monotonic() + self._poll_seconds
                except DOWN:
                    self.token = ""
        return self.token

    async def _seen(self) -> str:
        reader = self._database.reader
        return reader.version() if self._database.is_sqlite else await run_in_threadpool(reader.version)


class PublicReads:
    """The ASGI layer around the whole application."""

    def __init__(
        self, app: ASGIApp, *, versions: Versions, most_bytes: int, counter: Counter, recognises: Recognises
    ) -> None:
        """Keep at most this many bytes of answers; ``recognises`` tells whether credentials are known to be good."""
        self.app = app
        self.recognises = recognises
        self.versions = versions
        self.most_bytes = most_bytes
        self._kept: dict[Key, Kept] = {}
        self._size = 0
        self._token = ""
        self._hits = counter.labels("kept")
        self._misses = counter.labels("rendered")
        self._given = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from kept bytes, or render and keep."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] not in SAFE:
            await self._change(scope, receive, send)
            return
        scope.setdefault("state", {})
        accept, tag, trace, compress, credentials = _asked(scope["headers"])
        if scope["method"] == "OPTIONS":
            await self._render(None, scope, receive, _Reply(scope, send, tag))
            return
        if self.versions.is_due() and await self.versions.look() != self._token:
            self._forget()
        key = (scope["path"], scope.get("query_string", b""), accept, compress)
        kept = self._kept.get(key) if self._token else None
        if kept is not None and credentials is not None:
            kept = None if kept.is_personal or not self.recognises(scope, credentials) else kept
        if kept is None:
            self._misses.inc()
            self._count()
            await self._render(key, scope, receive, _Reply(scope, send, tag, compress=compress))
            return
        self._given += 1
        if self._given == GIVEN_AT_ONCE:
            self._count()
        origin = PUBLIC_PAIRS if credentials is None else PRIVATE_PAIRS
        span = (b"traceparent", traceparent(trace_of(trace)) if trace else new_traceparent())
        if tag and (tag == kept.tag or names_tag(tag.decode("latin-1"), kept.tag.decode())):
            await send({"type": "http.response.start", "status": 304, "headers": [*kept.unchanged, *origin, span]})
            await send(EMPTY)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [*kept.full, *origin, span]})
        await send({"type": "http.response.body", "body": kept.body} if scope["method"] == "GET" else EMPTY)

    def _count(self) -> None:
        # A counter of Prometheus locks; counting a hundred at once keeps that off the hottest path.
        self._hits.inc(self._given)
        self._given = 0

    async def _change(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def after(message: Message) -> None:
            # Before the caller can know that the change was made, reads here must be able to see it.
            if message["type"] == "http.response.start":
                self.versions.expire()
            await send(message)

        await self.app(scope, receive, after)

    async def _render(self, key: Key | None, scope: Scope, receive: Receive, reply: "_Reply") -> None:
        token = self._token
        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        await self.app(inner, receive, reply)
        kept = reply.kept
        if kept is None or key is None or not token or token != self._token or len(kept.body) > self.most_bytes:
            return
        if kept.is_personal and _asked(scope["headers"])[-1] is not None:
            return
        self._size += len(kept.body)
        self._kept[key] = kept
        while self._size > self.most_bytes:
            oldest = next(iter(self._kept))
            self._size -= len(self._kept.pop(oldest).body)

    def _forget(self) -> None:
        self._kept.clear()
        self._size = 0
        self._token = self.versions.token


def _asked(headers: Headers) -> tuple[bytes, bytes, bytes, bool, bytes | None]:
    """Answer what the bytes depend on: accepted types, tag, trace, compression, and the credentials if there are."""
    accept = tag = trace = b""
    compress, credentials = False, None
    for name, value in headers:
        if name == b"if-none-match":
            tag = value
        elif name == b"accept":
            accept = value
        elif name == b"accept-encoding":
            compress = b"gzip" in value
        elif name == b"traceparent":
            trace = value
        elif name == b"authorization" or (name == b"cookie" and credentials is None):
            credentials = value
    return accept, tag, trace, compress, credentials


class _Reply:
    """Takes one answer of the application and settles its tag, its compression, 304 and HEAD."""

    def __init__(self, scope: Scope, send: Send, tag: bytes, *, compress: bool = False) -> None:
        self.kept: Kept | None = None
        self._head = scope["method"] == "HEAD"
        self._state = scope.get("state", {})
        self._send = send
        self._tag = tag
        self._compress = compress
        self._start: Message | None = None
        self._parts: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self._settles(message):
                self._start = message
            else:
                await self._send(message)
            return
        if self._start is None:
            body = b"" if self._head else message.get("body", b"")
            await self._send({**message, "body": body})
            return
        self._parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            await self._finish(self._start, b"".join(self._parts))

    @staticmethod
    def _settles(message: Message) -> bool:
        if message["status"] != 200:
            return False
        names = dict(message["headers"])
        return b"etag" in names or names.get(b"cache-control", b"").startswith(b"public")

    async def _finish(self, start: Message, body: bytes) -> None:
        headers: dict[bytes, bytes] = dict(start["headers"])
        public = headers.get(b"cache-control", b"").startswith(b"public")
        tag = headers.get(b"etag") or tag_of_bytes(body).encode()
        if public:
            headers[b"vary"] = b"Accept, Accept-Encoding, Authorization, Cookie"
            if self._compress and len(body) >= WORTH_COMPRESSING and b"content-encoding" not in headers:
                body = gzip.compress(body, 6, mtime=0)
                tag = tag[:-1] + b'-gzip"'
                headers[b"content-encoding"] = b"gzip"
        headers[b"etag"] = tag
        headers[b"content-length"] = str(len(body)).encode()
        unchanged = {name: value for name, value in headers.items() if not name.startswith(b"content-")}
        matched = bool(self._tag) and names_tag(self._tag.decode("latin-1"), tag.decode("latin-1"))
        given = unchanged if matched else headers
        await self._send({**start, "status": 304 if matched else 200, "headers": list(given.items())})
        await self._send({"type": "http.response.body", "body": b"" if matched or self._head else body})
        if public:
            fixed = {b"traceparent", b"ratelimit", b"ratelimit-policy", *PUBLIC_HEADERS, *PRIVATE_HEADERS}
            self.kept = Kept(
                tag,
                [pair for pair in headers.items() if pair[0] not in fixed],
                [pair for pair in unchanged.items() if pair[0] not in fixed],
                body,
                is_personal=bool(self._state.get("is_personal")),
            )
