"""Everything an outsider can ask, made from the OpenAPI document, and what is heard but for what always differs."""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from tests.house.test_contract import Operation, operations, resolved
from tests.house.test_openapi import request_of

MOST_VALUES = 12
"""How many values of a filter are all tried; of longer lists only those that what is hidden has."""
UNTOLD = {"traceparent", "date", "content-length", "ratelimit", "ratelimit-policy"}
BLANKED = (
    (re.compile(rb'"trace_id":"[0-9a-f]{32}"'), b'"trace_id":""'),
    # Identifiers made while a question is answered; those of worlds are fixed.
    (re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), b"new"),
    # Serials are drawn, those of worlds excepted, which are the first and the seventh.
    (re.compile(rb"\b(AS|AP|BM|CO|DE)-\d{4}-(?!00000[17]-)\d{6,9}-\d{2}\b"), b"new number"),
    (re.compile(rb"\b(cak|ccs|cin|ccp)_[0-9A-Za-z_]{12,}"), b"secret"),
    (re.compile(rb'"issuers":\[[^\]]*\]'), b'"issuers":[]'),
    (re.compile(rb'"access_token":"[^"]+"'), b'"access_token":""'),
)
FIXED = re.compile(rb"01767a3e-2f00-7c3a-8d5e-([0-9a-f]{12})")
PLACE = re.compile(r"\{\w+\}")
IN_LIST = re.compile(r"IN \([^()]*\)")


class Ask(NamedTuple):
    """One question over HTTP."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Curious:
    """What an outsider guesses: identifiers, words, and what filters may be asked for; and where, if not everywhere."""

    ids: tuple[str, ...]
    words: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    areas: tuple[str, ...] = ("",)


class Heard(NamedTuple):
    """What is heard: status, headers, body, and the statements that were run for it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statements: tuple[str, ...]


class Statements:
    """The statements that a service runs, whichever way it takes to the database."""

    def __init__(self) -> None:
        """Have heard of none."""
        self.run: list[str] = []

    def add(self, text: str) -> None:
        """Note a statement; how many values a list has is not part of its text. Workers look for jobs beside."""
        if threading.current_thread().name != "jobs":
            self.run.append(IN_LIST.sub("IN (…)", text))

    @contextmanager
    def of(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator["Statements"]:
        """Listen to the engine and to the prepared read path while the block runs."""
        reader, fetch = type(database.reader), type(database.reader).fetch

        def fetched(this: Any, statement: Any, values: Any) -> Any:
            self.add(statement.text)
            return fetch(this, statement, values)

        def executed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            self.add(statement)

        sa.event.listen(database.engine, "before_cursor_execute", executed)
        with monkeypatch.context() as patch:
            patch.setattr(reader, "fetch", fetched)
            yield self
        sa.event.remove(database.engine, "before_cursor_execute", executed)


def reads(curious: Curious) -> Iterator[tuple[Ask, list[Ask]]]:
    """Answer every read of the document at every place an outsider can guess, and with it the ways to ask it."""
    for operation in operations("get"):
        if not _is_of(operation, curious):
            continue
        for path in paths_of(operation, curious):
            needed = tuple((name, str(value)) for name, value in request_of(operation)[1].items())
            plain = Ask("GET", path, needed)
            yield plain, [plain._replace(query=(*needed, *one)) for one in _ways(operation, curious)]


def writes(curious: Curious) -> Iterator[Ask]:
    """Answer every write of the document, as its example, at every place an outsider can guess, as a rehearsal."""
    for operation in operations("post", "patch", "put", "delete"):
        # The token endpoint slows down whoever fails; its own test asks it.
        if not operation[0].startswith("/v1") or not _is_of(operation, curious):
            continue
        _, query, body, media_type = request_of(operation)
        pairs = tuple((name, str(value)) for name, value in {**query, "dry_run": "true"}.items())
        for path in paths_of(operation, curious):
            yield Ask(operation[1].upper(), path, pairs, body, media_type or "application/json")


def _is_of(operation: Operation, curious: Curious) -> bool:
    return operation[0].removeprefix("/v1/").startswith(curious.areas)


def paths_of(operation: Operation, curious: Curious) -> list[str]:
    """Answer the path with each thing guessed in each of its places, and with the examples of the document."""
    path, spoken = operation[0], operation[2]
    places = PLACE.findall(path)
    if not places:
        return [path]
    guessed = curious.ids if _takes_identifiers(spoken) else curious.codes
    # What differs is the first thing guessed; it may stand below each of the others.
    several = [(one, *guessed[:1] * (len(places) - 1)) for one in guessed]
    found = [request_of(operation)[0], *(_filled(path, guesses) for guesses in several)]
    return list(dict.fromkeys(found))


def _filled(path: str, guesses: Sequence[str]) -> str:
    pieces = iter(guesses)
    return PLACE.sub(lambda _: quote(next(pieces)), path)


def _takes_identifiers(spoken: Mapping[str, Any]) -> bool:
    places = [one["schema"] for one in spoken.get("parameters", []) if one["in"] == "path"]
    return all(one.get("format") == "uuid" for one in places)


def _ways(operation: Operation, curious: Curious) -> Iterator[tuple[tuple[str, str], ...]]:
    for parameter in operation[2].get("parameters", []):
        if parameter["in"] != "query" or parameter["name"] == "cursor":
            continue
        name = parameter["name"]
        if name == "limit":
            yield (("limit", "1"),)
            continue
        for value in _values(name, parameter["schema"], curious):
            yield ((name, value),)


def _values(name: str, schema: Mapping[str, Any], curious: Curious) -> Iterator[str]:
    yield from curious.filters.get(name, ())
    if name == "q":
        yield from curious.words
    for one in schema.get("anyOf", [schema]):
        kind = resolved(one)
        if kind.get("format") == "uuid":
            yield from curious.ids
        elif kind.get("type") == "boolean":
            yield "true"
        if len(kind.get("enum", ())) <= MOST_VALUES:
            yield from (str(value) for value in kind.get("enum", ()))


def hear(client: TestClient, ask: Ask, headers: Mapping[str, str], statements: Statements) -> Heard:
    """Ask and answer what is heard, without what differs every time."""
    statements.run.clear()
    sent = {**headers, "Accept-Encoding": "identity"}
    if ask.method != "GET":
        sent |= {"Content-Type": ask.media_type, "If-Match": "*"}
    content = {"data": ask.body} if "form" in ask.media_type else {"json": ask.body}
    if ask.body is None:
        content = {}
    answer = client.request(ask.method, ask.path, params=ask.query, headers=sent, **content)
    told = [(name, blank(value.encode()).decode()) for name, value in answer.headers.multi_items()]
    kept = tuple(sorted(pair for pair in told if pair[0].lower() not in UNTOLD))
    return Heard(answer.status_code, kept, blank(answer.content), tuple(statements.run))


def blank(body: bytes) -> bytes:
    """Answer a body without what differs every time."""
    body = FIXED.sub(rb"<fixed-\1>", body)
    for pattern, instead in BLANKED:
        body = pattern.sub(instead, body)
    return body
