"""One request is one transaction, ended before the first byte of the answer leaves.

A pure ASGI layer, because only here the whole answer is known while the transaction is still open: it commits after a
success, rolls back after a failure or a rehearsal (``dry_run=true``), and stores the answer of a keyed POST in the
transaction of its effect. Routes see none of this; they ask for ``DbSession``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cluster_api.foundation.clock import Clock
from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import Fault, Invalid, Problem
from cluster_api.foundation.fields import Flag
from cluster_api.foundation.idempotency import (
    AnswerNotReadable,
    StillRunning,
    StoredAnswer,
    find_answer,
    fingerprint_of,
    store_answer,
)
from cluster_api.foundation.limits import address_of
from cluster_api.foundation.openapi import MUST_BE_GIVEN
from cluster_api.foundation.problems import as_problem, problem_response
from cluster_api.foundation.vault import NotSealedHere, Vault

SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(slots=True)
class Unit:
    """The work of one request: its session, opened when first asked for, and how it shall end."""

    database: Database
    writing: bool
    rehearsal: bool = False
    session: Session | None = None
    keyed: tuple[str, str, str] | None = None  # caller, key, fingerprint

    def open(self) -> Session:
        """Answer the session of this request."""
        if self.session is None:
            self.session = self.database.session(writing=self.writing)
        return self.session

    def end(self, *, keep: bool, answer: Mapping[str, Any] | None = None) -> None:
        """Commit or roll back, and close."""
        if self.session is None:
            return
        try:
            if keep and not self.rehearsal:
                if self.keyed and answer is not None:
                    caller, key, fingerprint = self.keyed
                    store_answer(self.session, caller=caller, key=key, fingerprint=fingerprint, **answer)
                self.session.commit()
        finally:
            self.session.close()


async def _session(request: Request) -> Session:
    unit: Unit = request.state.unit
    return unit.open()


async def _rehearsal(
    request: Request,
    dry_run: Annotated[
        Flag, Query(description="Answer what would happen and change nothing.", examples=[False])
    ] = False,
) -> bool:
    request.state.unit.rehearsal = dry_run
    return dry_run


def _key_header(**more: Any) -> Any:
    return Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Names this request, so that repeating it is safe: the first answer is given again.",
        **more,
    )


async def _key(idempotency_key: Annotated[str | None, _key_header()] = None) -> str | None:
    return idempotency_key


async def _needed_key(
    idempotency_key: Annotated[str | None, _key_header(json_schema_extra={MUST_BE_GIVEN: True})] = None,
) -> str:
    if idempotency_key is None:
        detail = "Name the request: repeating it must be safe, because money moves or a decision is taken."
        raise Invalid(detail, faults=[Fault("/header/Idempotency-Key", "missing", detail)])
    return idempotency_key


DbSession = Annotated[Session, Depends(_session)]
DryRun = Annotated[bool, Depends(_rehearsal)]
IdempotencyKey = Annotated[str | None, Depends(_key)]
NeededKey = Annotated[str, Depends(_needed_key)]
"""For requests that move money or take a decision: refused without a key."""


@dataclass(slots=True)
class _Captured:
    start: Message | None = None
    body: list[bytes] = field(default_factory=list)

    @property
    def status(self) -> int:
        return int(self.start["status"]) if self.start else 500


class Transactions:
    """The ASGI layer; safe methods pass through and only get their session closed."""

    def __init__(
        self, app: ASGIApp, *, database: Database, clock: Clock, constraints: Mapping[str, type[Problem]], vault: Vault
    ) -> None:
        """Wrap an application; stored answers are sealed by this vault."""
        self.app = app
        self.vault = vault
        self.database = database
        self.clock = clock
        self.constraints = constraints
        self._running: set[tuple[str, str]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        unit = Unit(self.database, writing=scope["method"] not in SAFE)
        scope.setdefault("state", {})["unit"] = unit
        if not unit.writing:
            try:
                await self.app(scope, receive, send)
            finally:
                if unit.session is not None:
                    await run_in_threadpool(unit.end, keep=False)
            return
        try:
            await self._write(unit, scope, receive, send)
        except Exception as error:  # noqa: BLE001 - whatever fails while committing becomes a problem document
            await problem_response(as_problem(error, self.constraints), scope["path"])(scope, receive, send)

    async def _write(self, unit: Unit, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        key = headers.get("idempotency-key", "")
        if scope["method"] != "POST" or not 0 < len(key) <= 255:
            await self._run(unit, scope, receive, send)
            return
        body = await _whole(receive)
        caller = hashlib.sha256(_caller_of(scope, headers).encode()).hexdigest()
        name = (caller, key)
        if name in self._running:
            raise StillRunning
        self._running.add(name)
        try:
            target = f"{scope['path']}?{scope.get('query_string', b'').decode('latin-1')}"
            unit.keyed = (caller, key, fingerprint_of("POST", target, headers.get("content-type", ""), body))
            stored = await run_in_threadpool(find_answer, unit.open(), *unit.keyed)
            if stored is not None:
                await run_in_threadpool(unit.end, keep=False)
                await self._send_stored(stored, send)
                return
            await self._run(unit, scope, _replay(body, receive), send)
        finally:
            self._running.discard(name)
            if unit.session is not None:
                unit.session.close()

    async def _run(self, unit: Unit, scope: Scope, receive: Receive, send: Send) -> None:
        captured = _Captured()

        async def capture(message: Message) -> None:
            if message["type"] == "http.response.start":
                captured.start = message
            else:
                captured.body.append(message.get("body", b""))

        try:
            await self.app(scope, receive, capture)
        except BaseException:
            await run_in_threadpool(unit.end, keep=False)
            raise
        body = b"".join(captured.body)
        await run_in_threadpool(unit.end, keep=captured.status < 400, answer=self._answer(captured, body))
        if captured.start is not None:
            await send(_rehearsed(captured.start) if unit.rehearsal else captured.start)
            await send({"type": "http.response.body", "body": body})

    def _answer(self, captured: _Captured, body: bytes) -> dict[str, Any]:
        start = captured.start["headers"] if captured.start else []
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start}
        return {
            "status": captured.status,
            "headers": headers,
            "body": self.vault.seal(body),
            "created_at": self.clock.now(),
        }

    async def _send_stored(self, stored: StoredAnswer, send: Send) -> None:
        try:
            body = self.vault.open(stored.body)
        except NotSealedHere as error:
            raise AnswerNotReadable from error
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in stored.headers.items()]
        headers.append((b"idempotency-replayed", b"true"))
        await send({"type": "http.response.start", "status": stored.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _caller_of(scope: Scope, headers: Mapping[str, str]) -> str:
    """Answer whose keys these are.

    Whoever is known by name stays the same caller when a token is renewed between a request and its repetition. All who
    send no credentials share no name: theirs are the keys of their address, so that nobody elsewhere is given their
    answers, nor told that a key was used. Who moves to another address in between is taken for somebody else.
    """
    if known := scope["state"].get("allowance"):
        return f"name {known}"
    if header := headers.get("authorization"):
        return f"header {header}"
    return f"address {address_of(scope)}"


def _rehearsed(start: Message) -> Message:
    """Answer the start of an answer about what was not done: nothing was created, so there is no place to find it."""
    headers = [pair for pair in start["headers"] if pair[0] not in {b"location", b"etag"}]
    status = 200 if start["status"] == 201 else start["status"]
    return {**start, "status": status, "headers": [*headers, (b"preference-applied", b"dry-run")]}


async def _whole(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
