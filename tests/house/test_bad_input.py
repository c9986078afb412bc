"""Nothing that can be sent breaks the service: every operation answers it with a problem that names the place."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.house.test_contract import Operation, cases
from tests.house.test_openapi import TAKING_JSON, request_of

WITH_BODY = [operation for operation in TAKING_JSON if "requestBody" in operation[2]]
bodies = pytest.mark.parametrize("operation", WITH_BODY, ids=[one[2]["operationId"] for one in WITH_BODY])


def send(client: TestClient, operation: Operation, headers: dict[str, str], **sent: Any) -> Any:
    path, _, _, media_type = request_of(operation)
    typed = {"Content-Type": media_type or "application/json", "If-Match": "*", "Idempotency-Key": "example", **headers}
    return client.request(operation[1].upper(), path, headers=typed, **sent)


@bodies
@pytest.mark.parametrize("body", [b"{", b'{"a": \xff\xfe}', b"\x00", b"[1,", b'{"a": 1e}', b"nul"])
def test_unreadable_body_is_400(client: TestClient, admin: dict[str, str], operation: Operation, body: bytes) -> None:
    answer = send(client, operation, admin, content=body)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/unreadable")


@bodies
@pytest.mark.parametrize("body", [b"[]", b'"text"', b"17", b'{"no_such_member": 1}', b'{"reason": "a\\u0000b"}'])
def test_readable_body_that_breaks_the_schema_is_422(
    client: TestClient, admin: dict[str, str], operation: Operation, body: bytes
) -> None:
    answer = send(client, operation, admin, content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert all(fault["pointer"].startswith("/body") for fault in answer.json()["errors"])


@bodies
def test_other_media_types_are_415(client: TestClient, admin: dict[str, str], operation: Operation) -> None:
    answer = send(client, operation, {**admin, "Content-Type": "application/xml"}, content=b"<a/>")
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media")


@cases()
def test_unknown_query_parameter_is_422(client: TestClient, admin: dict[str, str], operation: Operation) -> None:
    path, query, _, _ = request_of(operation)
    answer = client.request(operation[1].upper(), path, params={**query, "colour": "blue"}, headers=admin)
    if path.startswith("/oauth/"):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        return
    assert answer.status_code == 422, answer.text
    assert "/query/colour" in [fault["pointer"] for fault in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/query/limit"),
        ("limit=201", "/query/limit"),
        ("limit=1e2", "/query/limit"),
        ("limit=99999999999999999999999999", "/query/limit"),
        ("valid_on=2021-02-29", "/query/valid_on"),
        ("valid_on=20210228", "/query/valid_on"),
        ("count=maybe", "/query/count"),
        ("q=%00%00", "/query/q"),
        ("q=a", "/query/q"),
        ("q=" + "x" * 101, "/query/q"),
        ("country=Atlantis", "/query/country"),
        ("level=platinum", "/query/level"),
        ("cursor=AAAA", "/query/cursor"),
        ("cursor=" + "A" * 2001, "/query/cursor"),
    ],
)
def test_wrong_parameter_is_named(client: TestClient, query: str, pointer: str) -> None:
    answer = client.get(f"/v1/register?{query}")
    assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (422, [pointer])


@pytest.mark.parametrize(
    "path", ["/v1/register/x", "/v1/clusters/0", "/v1/labels/%00", "/v1/vocabularies/%FF", "/%2e%2e"]
)
def test_absurd_paths_are_problems(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code in {404, 422}, answer.headers["content-type"]) == (True, "application/problem+json")
