"""The HTTP contract holds on every operation: walked over the OpenAPI document, so that a new route is covered."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from cluster_api.app import create_app
from cluster_api.foundation.settings import Settings

Operation = tuple[str, str, dict[str, Any]]

APP: FastAPI = create_app(Settings(_env_file=None))
DOCUMENT = APP.openapi()


def operations(*methods: str) -> Iterator[Operation]:
    """Answer path, method and operation of every operation with one of these methods (all if none is named)."""
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            if not methods or method in methods:
                yield path, method, operation


def cases(*methods: str, oauth: bool = True) -> pytest.MarkDecorator:
    """Answer the operations as test parameters named by their ids; those that speak RFC 6749 can be left out."""
    found = [one for one in operations(*methods) if oauth or not one[0].startswith("/oauth/")]
    return pytest.mark.parametrize("operation", found, ids=[one[2].get("operationId", one[0]) for one in found])


def parameters(operation: Operation) -> dict[str, dict[str, Any]]:
    """Answer the parameters of an operation by name."""
    return {parameter["name"]: parameter for parameter in operation[2].get("parameters", [])}


@cases()
def test_operation_introduces_itself(operation: Operation) -> None:
    _, _, spoken = operation
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", spoken["operationId"])
    assert len(spoken["tags"]) == 1
    assert spoken["summary"]
    assert not spoken["summary"].endswith(".")
    assert spoken["description"].endswith((".", ").")), spoken["description"]


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert sorted(set(ids)) == sorted(ids)


def test_every_tag_is_described() -> None:
    used = {operation["tags"][0] for _, _, operation in operations()}
    assert used == {tag["name"] for tag in DOCUMENT["tags"]}


@cases(oauth=False)
def test_every_failure_is_a_problem_document(operation: Operation) -> None:
    failures = {status: answer for status, answer in operation[2]["responses"].items() if status >= "400"}
    assert {"422", "429", "500", "503"} <= set(failures)
    schemas = {
        status: [content["schema"] for content in answer["content"].values()] for status, answer in failures.items()
    }
    assert schemas == {status: [{"$ref": "#/components/schemas/Problem"}] for status in failures}


@cases()
def test_every_parameter_is_described_and_bounded(operation: Operation) -> None:
    for name, parameter in parameters(operation).items():
        assert parameter.get("description"), name
        for schema in parameter["schema"].get("anyOf", [parameter["schema"]]):
            assert is_bounded(resolved(schema)), (name, schema)


OAUTH = [one for one in operations() if one[0].startswith("/oauth/")]


@pytest.mark.parametrize("operation", OAUTH, ids=[one[2]["operationId"] for one in OAUTH])
def test_failures_of_the_token_endpoint_are_those_of_rfc_6749(operation: Operation) -> None:
    failures = {status: answer for status, answer in operation[2]["responses"].items() if status >= "400"}
    assert {"400", "429", "500", "503"} <= set(failures) <= {"400", "401", "413", "429", "500", "503"}
    wanted = {"application/json": {"schema": {"$ref": "#/components/schemas/OAuthError"}}}
    assert {status: answer["content"] for status, answer in failures.items()} == dict.fromkeys(failures, wanted)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Answer a schema with its reference followed."""
    reference = schema.get("$ref")
    return DOCUMENT["components"]["schemas"][reference.rsplit("/", 1)[1]] if reference else schema


def is_bounded(schema: dict[str, Any]) -> bool:
    """Answer whether a schema of a parameter says what it refuses."""
    kind = schema.get("type")
    if kind == "string":
        return bool({"maxLength", "format", "enum", "const"} & set(schema))
    if kind in {"integer", "number"}:
        return {"minimum", "maximum"} <= set(schema)
    return kind in {"boolean", "null"}


@cases("post", "patch", "put", "delete", oauth=False)
def test_every_write_can_be_rehearsed(operation: Operation) -> None:
    assert parameters(operation)["dry_run"]["in"] == "query"


@cases("post", oauth=False)
def test_every_post_can_be_repeated_safely(operation: Operation) -> None:
    assert parameters(operation)["Idempotency-Key"]["in"] == "header"


CALCULATIONS = {
    "score_methodology_sheet", "check_methodology_form", "replay_decision", "reckon_exchange_amount",
    "check_exchange_participant",
}  # fmt: skip
"""Operations that answer a question too long for an address: they change nothing, so nothing has to have been read."""


@cases("patch", "put", "delete", "post")
def test_every_change_of_a_resource_needs_its_tag(operation: Operation) -> None:
    path, method, spoken = operation
    if method == "post" and "{" not in path:
        return  # creates something: there is nothing to have read before
    if spoken["operationId"] in CALCULATIONS:
        return
    assert parameters(operation)["If-Match"]["in"] == "header"
    assert {"412", "428"} <= set(spoken["responses"])


@cases("get")
def test_every_list_is_a_page(operation: Operation) -> None:
    path, _, spoken = operation
    content = spoken["responses"]["200"].get("content", {}).get("application/json")
    schema = resolved(content["schema"]) if content else {}
    if not path.startswith("/v1") or set(schema.get("properties", {})).isdisjoint({"items"}):
        return
    if "metadata" in schema["properties"]:
        return  # an aggregate: its cells are one answer, not a list of things
    assert {"items", "next"} <= set(schema["properties"])
    assert {"limit", "cursor"} <= set(parameters(operation))
    limit = parameters(operation)["limit"]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 200, 50)


@cases("get", "delete")
def test_reading_and_deleting_take_no_body(operation: Operation) -> None:
    assert "requestBody" not in operation[2]
