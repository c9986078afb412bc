"""Keyset pages: opaque cursors that remember where a page ended and to which question it belongs.

A cursor holds the sort values of the last row and a digest of the question, so that a cursor used with other filters
is refused instead of answering nonsense.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

import orjson
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.errors import Fault, Invalid
from cluster_api.foundation.fields import DIGITS
from cluster_api.foundation.openapi import PRIVATE, PUBLIC

T = TypeVar("T")

MOST_PER_PAGE = 200


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MOST_PER_PAGE, description="Items on a page."), DIGITS] = 50
    cursor: Annotated[
        str | None, Field(max_length=2000, description="`next` of the page before; opaque.", examples=[None])
    ] = None


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T] = Field(description="The items of this page.", max_length=MOST_PER_PAGE)
    next: str | None = Field(description="Cursor of the page after, or null on the last.", max_length=2000)


class CountedPage(Page[T], Generic[T]):
    """A page of a list that can be counted."""

    total: int | None = Field(
        default=None, ge=0, le=1_000_000_000, description="Items on all pages; only with `count=true`."
    )


def question_of(filters: Mapping[str, Any]) -> str:
    """Answer a short digest of everything a list was asked for except the page."""
    asked = {name: value for name, value in filters.items() if name not in {"limit", "cursor", "count"}}
    text = orjson.dumps(asked, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.blake2s(text, digest_size=6).hexdigest()


def write_cursor(question: str, values: Sequence[Any]) -> str:
    """Answer the cursor after a row with these sort values."""
    return base64.urlsafe_b64encode(orjson.dumps([question, *values], default=str)).rstrip(b"=").decode()


def read_cursor(cursor: str, question: str, kinds: Sequence[type]) -> list[Any]:
    """Answer the sort values of a cursor: each an int, float, str, UUID (as text), date or datetime as ``kinds`` says.

    Raises:
        Invalid: at ``/query/cursor``, if it is not a cursor of this question.
    """
    try:
        found = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        found = None
    if not isinstance(found, list) or len(found) != len(kinds) + 1:
        raise _unreadable()
    if found[0] != question:
        raise _refused("cursor_of_other_question", "This cursor belongs to other filters or another order.")
    return [_value(value, kind) for value, kind in zip(found[1:], kinds, strict=True)]


def _value(value: Any, kind: type) -> Any:
    try:
        if kind in READERS and isinstance(value, str):
            return READERS[kind](value)
        if type(value) is kind and not (isinstance(value, str) and "\x00" in value):
            return value
    except ValueError as error:
        raise _unreadable() from error
    raise _unreadable()


READERS: Mapping[type, Callable[[str], Any]] = {
    UUID: lambda text: str(UUID(text)),
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}


def _unreadable() -> Invalid:
    return _refused("cursor_unreadable", "This is not a cursor; start again without one.")


def _refused(code: str, detail: str) -> Invalid:
    return Invalid(detail, faults=[Fault("/query/cursor", code, detail)])


def next_link(path: str, parameters: Sequence[tuple[str, str]], cursor: str) -> str:
    """Answer the RFC 8288 link to the next page of this question."""
    kept = [(name, value) for name, value in parameters if name != "cursor"]
    return f'<{quote(path)}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'


def page_of(items: Sequence[T], query: PageQuery, *, of: str) -> Page[T]:
    """Answer a page of a list that lies in memory and has its own order; raise Invalid for a cursor of another list."""
    question = question_of({"of": of})
    start = 0 if query.cursor is None else max(0, int(read_cursor(query.cursor, question, [int])[0]) + 1)
    end = start + query.limit
    return Page(items=list(items[start:end]), next=write_cursor(question, [end - 1]) if end < len(items) else None)


def linked_page(request: Request, response: Response, page: Page[T]) -> Page[T]:
    """Answer a page with the link to the next."""
    if page.next is not None:
        response.headers["Link"] = next_link(request.url.path, request.query_params.multi_items(), page.next)
    return page


def public_page(request: Request, response: Response, page: Page[T]) -> Page[T]:
    """Answer a page that is the same for everybody, with the link to the next."""
    response.headers["Cache-Control"] = PUBLIC
    return linked_page(request, response, page)


def private_page(request: Request, response: Response, page: Page[T]) -> Page[T]:
    """Answer a page that is meant for its caller only, with the link to the next."""
    response.headers["Cache-Control"] = PRIVATE
    return linked_page(request, response, page)
