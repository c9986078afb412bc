"""A short way to the hottest public reads: past the router and its injection, which cost more than the read itself.

An area names a twin for a route that does not ask who calls: the same answer from the same function, with the query
parsed by the same model. A request that is unusual in any way (a repeated parameter, anything the model refuses) takes
the long way and is answered, or refused, by the route itself. So the contract stands in one place, the route; a test
holds the twins against it.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.datastructures import State
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cluster_api.foundation.errors import Problem

Answer = Callable[[State, Mapping[str, str], Any, str], Awaitable[Response | None]]


@dataclass(frozen=True, slots=True)
class Twin:
    """A route that may be answered the short way: its path, its query, and the function that answers.

    The function is given the state of the application, the keys of the path, the query, and the ``Accept`` header; it
    answers none where the route shall speak, such as when nothing is found.
    """

    path: str
    pattern: re.Pattern[str]
    query: type[BaseModel]
    answer: Answer


def twin(path: str, query: type[BaseModel], answer: Answer) -> Twin:
    """Answer the twin of the route at this path; keys in it are UUIDs written in full."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", path)
    return Twin(path, re.compile(f"{pattern}\\Z"), query, answer)


class HotReads:
    """The innermost ASGI layer, directly around the router."""

    def __init__(self, app: ASGIApp, *, twins: Sequence[Twin], state: State) -> None:
        """Answer these twins with the state of the application."""
        self.app = app
        self.twins = twins
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the short way where it leads, else hand on."""
        if scope["type"] == "http" and scope["method"] == "GET":
            path = scope["path"]
            for one in self.twins:
                if match := one.pattern.match(path):
                    response = await self._answer(one, match.groupdict(), scope)
                    if response is not None:
                        scope["route"] = one
                        await response(scope, receive, send)
                        return
                    break
        await self.app(scope, receive, send)

    async def _answer(self, one: Twin, keys: Mapping[str, str], scope: Scope) -> Response | None:
        accept = ""
        for name, value in scope["headers"]:
            if name == b"accept":
                accept = value.decode("latin-1")
        try:
            pairs = parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True, strict_parsing=False)
            given = dict(pairs)
            if len(given) != len(pairs):
                return None
            query = one.query.model_validate(given)
            return await one.answer(self.state, keys, query, accept)
        except (ValidationError, ValueError, Problem):
            # Whatever is refused is refused by the route, in its own words.
            return None
