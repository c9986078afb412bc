"""What routes and the OpenAPI document say in the same words on every operation."""

from collections import defaultdict
from typing import Any

from cluster_api.foundation.errors import Problem
from cluster_api.foundation.problems import PROBLEM_JSON

Responses = dict[int | str, dict[str, Any]]

PUBLIC = "public, max-age=1, must-revalidate"
"""``Cache-Control`` of public reads: with the poll of versions they are at most two seconds old."""

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
