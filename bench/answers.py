"""Fairness: before anything is measured, everybody's answers are compared, field by field."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bench.peers.questions import CLUSTER_COLUMNS, LABEL_COLUMNS, PAGE_COLUMNS
from bench.servers import Server, Unmeasured

ISO_OF_EUROSTAT = {"EL": "GR", "UK": "GB"}
SUSPENSIONS = 0.03
"""Labels in suspension, which the peers leave out of account, are at most this part of all."""


def rows_of_page(body: bytes) -> list[tuple[Any, ...]]:
    """The rows of a page, in their order."""
    data = json.loads(body)
    items = data if isinstance(data, list) else data.get("items") or data.get("results")
    return [_values(item, PAGE_COLUMNS) for item in items]


def cluster_with_labels(body: bytes) -> tuple[Any, ...]:
    """A cluster and its labels, in their order."""
    data = json.loads(body)
    found = data[0] if isinstance(data, list) else data
    return (*_values(found, CLUSTER_COLUMNS), [_values(label, LABEL_COLUMNS) for label in found["labels"]])


def counts(body: bytes) -> dict[tuple[str, str], int]:
    """Valid labels by level and country."""
    data = json.loads(body)
    items = data if isinstance(data, list) else data.get("items") or data.get("counts")
    return {(item["level"], ISO_OF_EUROSTAT.get(item["country"], item["country"])): item["labels"] for item in items}


def _values(item: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    # SQLite has no booleans; a peer that hands its 0 and 1 on says the same.
    return tuple(bool(item[name]) if name == "is_synthetic" else item[name] for name in names)


def require_same(servers: Sequence[Server], paths: Mapping[str, str], read: Any) -> None:
    """Ask every server the same; raise Unmeasured unless all answers say the same."""
    given = {}
    for server in servers:
        status, body, _ = server.get(paths[server.name], {"Accept": "application/json"})
        if status != 200:
            raise Unmeasured(f"{server.name} answered {status} to {paths[server.name]}: {body[:300]!r}")
        given[server.name] = read(body)
    ours = given[servers[0].name]
    for name, answer in given.items():
        same = _close(ours, answer) if read is counts else ours == answer
        if not same:
            raise Unmeasured(
                f"{name} answers {paths[name]} otherwise than {servers[0].name}: {answer!r:.400} {ours!r:.400}"
            )


def _close(ours: Mapping[Any, int], other: Mapping[Any, int]) -> bool:
    difference = sum(abs(ours.get(key, 0) - other.get(key, 0)) for key in {*ours, *other})
    return difference <= SUSPENSIONS * sum(other.values())
