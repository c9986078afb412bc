"""The OpenAPI document is committed fresh, valid, and its examples work."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from cluster_api.cli import document_text
from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role
from tests.callers import given_key
from tests.house.test_contract import APP, DOCUMENT, Operation, cases, operations, resolved

ROOT = Path(__file__).parents[2]


def test_committed_document_is_fresh() -> None:
    committed = (ROOT / "openapi/openapi.json").read_text(encoding="utf-8")
    assert committed == document_text(APP), "run `make openapi`"


def test_document_is_valid() -> None:
    validate(DOCUMENT)


KEYWORDS = {
    "$ref", "additionalProperties", "allOf", "anyOf", "const", "contentEncoding", "contentMediaType", "default",
    "deprecated", "description", "discriminator", "enum", "examples", "exclusiveMaximum", "exclusiveMinimum",
    "format", "items", "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength",
    "minProperties", "minimum", "multipleOf", "oneOf", "pattern", "patternProperties", "prefixItems", "properties",
    "propertyNames", "readOnly", "required", "title", "type", "uniqueItems", "writeOnly",
}  # fmt: skip
"""What JSON Schema 2020-12 and OpenAPI 3.1 call things; another word would bound nothing and be overlooked."""


def schemas_in(part: Any) -> Iterator[dict[str, Any]]:
    """Answer every schema that stands for itself in a part of the document, with those inside."""
    if isinstance(part, list):
        for one in part:
            yield from schemas_in(one)
    elif isinstance(part, dict):
        for name, one in part.items():
            if name == "schema":
                yield from schemas_below(one)
            elif name not in {"example", "examples"}:
                yield from schemas_in(one)


def schemas_below(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Answer a schema and those inside it."""
    yield schema
    named = [one for name in ("properties", "patternProperties", "$defs") for one in schema.get(name, {}).values()]
    listed = [one for name in ("anyOf", "allOf", "oneOf", "prefixItems") for one in schema.get(name, [])]
    single = [schema.get(name) for name in ("items", "additionalProperties", "propertyNames")]
    for one in (*named, *listed, *single):
        if isinstance(one, dict):
            yield from schemas_below(one)


def test_every_word_of_a_schema_is_one_of_json_schema() -> None:
    declared = DOCUMENT["components"]["schemas"].values()
    found = [one for root in declared for one in schemas_below(root)] + list(schemas_in(DOCUMENT["paths"]))
    strange = {name for schema in found for name in schema if name not in KEYWORDS and not name.startswith("x-")}
    assert strange == set()


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Answer every object of the document."""
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from parts(part)


def test_schemas_of_two_areas_have_two_names() -> None:
    """Where two are alike, both are named after their modules, and no client can be generated."""
    assert [name for name in DOCUMENT["components"]["schemas"] if "__" in name] == []


def test_members_are_named_in_words_that_generators_know() -> None:
    # Of an object with ``patternProperties`` they make a class that can neither send nor read a member.
    assert [part for part in parts(DOCUMENT) if "patternProperties" in part] == []
    names = DOCUMENT["components"]["schemas"]["ClusterCreate"]["properties"]["names"]
    assert names["additionalProperties"]["maxLength"] == 300
    assert re.fullmatch(names["propertyNames"]["pattern"], "pt-BR")
    assert not re.fullmatch(names["propertyNames"]["pattern"], "English")


def test_key_of_a_request_is_required_where_money_moves_or_a_decision_is_taken() -> None:
    required = {
        spoken["operationId"]
        for _, _, spoken in operations("post")
        for one in spoken.get("parameters", [])
        if one["name"] == "Idempotency-Key" and one["required"]
    }
    assert required == {
        "issue_invoice", "credit_invoice", "record_payment", "record_refund", "conclude_decision", "conclude_appeal",
        "award_call", "set_budget", "create_round_pairing", "agree_exchange",
        "validate_exchange", "order_exchange_payments", "recover_exchange_payment",
    }  # fmt: skip


def example_of(schema: dict[str, Any]) -> Any:
    """Answer the first example of a schema, its default, or one made from its members."""
    schema = resolved(schema)
    for found in (schema.get("examples", [])[:1], [schema["default"]] if "default" in schema else []):
        if found:
            return found[0]
    if "properties" in schema:
        wanted = schema.get("required", [])
        parts = {name: part for name, part in schema["properties"].items() if name in wanted or "examples" in part}
        return {name: example_of(part) for name, part in parts.items()}
    return next(iter(schema.get("enum", [])), None)


def request_of(operation: Operation) -> tuple[str, dict[str, Any], Any, str | None]:
    """Answer path, query, body and media type made of the examples of an operation."""
    path, _, spoken = operation
    query: dict[str, Any] = {}
    for parameter in spoken.get("parameters", []):
        example = (parameter.get("examples") or [None])[0] if isinstance(parameter.get("examples"), list) else None
        example = example if example is not None else parameter.get("example", example_of(parameter["schema"]))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(example or "01767a3e-2f00-7c3a-8d5e-0123456789ab"))
        elif parameter["in"] == "query" and parameter.get("required"):
            query[parameter["name"]] = example
    content = spoken.get("requestBody", {}).get("content", {})
    for media_type, body in content.items():
        examples = body.get("examples")
        named = next(iter(examples.values()))["value"] if examples else body.get("example", example_of(body["schema"]))
        return path, query, named, media_type
    return path, query, None, None


@cases("get")
def test_example_of_a_read_is_understood(operation: Operation, client: TestClient, admin: dict[str, str]) -> None:
    path, query, _, _ = request_of(operation)
    answer = client.get(path, params=query, headers=admin)
    assert answer.status_code in {200, 404}, answer.text


# Files are sent in by the tests of imports.
TAKING_JSON = [
    operation
    for operation in operations("post", "patch", "put")
    if all("json" in media_type for media_type in operation[2].get("requestBody", {}).get("content", {}))
]


@pytest.fixture
def everybody(database: Database) -> dict[str, str]:
    """Give the headers of a caller who holds every role, so that nothing is refused before the body is read."""
    with database.transaction() as session:
        return given_key(session, *Role)


@pytest.mark.parametrize("operation", TAKING_JSON, ids=[one[2]["operationId"] for one in TAKING_JSON])
def test_example_of_a_write_is_understood(operation: Operation, client: TestClient, everybody: dict[str, str]) -> None:
    path, query, body, media_type = request_of(operation)
    headers = {
        **everybody,
        "If-Match": "*",
        "Idempotency-Key": "example",
        **({"Content-Type": media_type} if media_type else {}),
    }
    answer = client.request(operation[1].upper(), path, params={**query, "dry_run": "true"}, json=body, headers=headers)
    assert answer.status_code in {200, 201, 202, 404, 409}, answer.text
