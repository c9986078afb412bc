"""What routes and the OpenAPI document say in the same words on every operation."""

from collections import defaultdict
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from cluster_api.foundation.errors import Problem
from cluster_api.foundation.problems import PROBLEM_JSON

Responses = dict[int | str, dict[str, Any]]

PUBLIC = "public, max-age=1, must-revalidate"
PRIVATE = "private, no-cache"
"""``Cache-Control`` of public reads: with the poll of versions they are at most two seconds old."""

MUST_BE_GIVEN = "x-must-be-given"
"""Marks a parameter that the document says is required, while what its absence means is said by the code."""
PROBLEM_CONTENT = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def problems(*kinds: type[Problem]) -> Responses:
    """Answer the ``responses`` of a route that can raise these; one entry a status, naming each type."""
    by_status: dict[int, list[type[Problem]]] = defaultdict(list)
    for kind in kinds:
        by_status[kind.status].append(kind)
    return {
        status: {
            "description": " ".join(f"{kind.title()} (`/problems/{kind.slug()}`)." for kind in members),
            "content": PROBLEM_CONTENT,
        }
        for status, members in by_status.items()
    }


def retiring(*, since: date, sunset: date, more: str) -> dict[str, Any]:
    """Answer the arguments of a route that is on its way out: the one place that says so.

    The document marks it deprecated, and every answer carries ``Deprecation`` (RFC 9745), ``Sunset`` (RFC 8594) and a
    link to ``more``, where the way to what replaces it is described.
    """
    midnight = [datetime.combine(day, time(), UTC) for day in (since, sunset)]
    headers = {
        "Deprecation": f"@{int(midnight[0].timestamp())}",
        "Sunset": format_datetime(midnight[1], usegmt=True),
        "Link": f'<{more}>; rel="deprecation"',
    }
    return {"deprecated": True, "openapi_extra": {"x-retirement": headers}}


def retirement_of(route: object) -> dict[bytes, bytes]:
    """Answer the headers of a route that is on its way out; none of any other."""
    extra = getattr(route, "openapi_extra", None) or {}
    return {name.lower().encode(): value.encode() for name, value in extra.get("x-retirement", {}).items()}
