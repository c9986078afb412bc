"""Under ``/oauth/`` errors speak RFC 6749; everywhere else they are problem documents."""

from typing import ClassVar

import orjson
import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.errors import (
    Forbidden,
    Invalid,
    Problem,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    Unexpected,
)
from cluster_api.foundation.problems import oauth_body, problem_response


class ScopeNotAllowed(Invalid):
    """The scope is not allowed."""

    oauth_error: ClassVar[str] = "invalid_scope"


@pytest.mark.parametrize(
    ("problem", "error"),
    [
        (ScopeNotAllowed(), "invalid_scope"),
        (Invalid("No grant."), "invalid_request"),
        (Forbidden(), "invalid_request"),
        (Unauthenticated(), "invalid_client"),
        (TooManyRequests(), "temporarily_unavailable"),
        (Unavailable(), "temporarily_unavailable"),
        (Unexpected(), "server_error"),
    ],
)
def test_error_under_oauth_has_its_code(problem: Problem, error: str) -> None:
    answer = problem_response(problem, "/oauth/token")
    body = orjson.loads(answer.body)
    status = 400 if problem.status == 422 else problem.status  # RFC 6749, 5.2, knows no other for a wrong request
    assert (answer.status_code, body["error"], set(body)) == (status, error, {"error", "error_description"})
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/json", "no-store")
    assert {name.lower() for name in problem.headers} <= set(answer.headers)


def test_description_uses_the_characters_that_are_allowed() -> None:
    assert oauth_body(Invalid('Not "this"\n\\ but …é'))["error_description"] == "Not 'this' / but ... "


def test_service_speaks_both(client: TestClient) -> None:
    answers = [client.post(path) for path in ("/oauth/nothing", "/v1/nothing")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert [set(answer.json()) & {"error", "type"} for answer in answers] == [{"error"}, {"type"}]
