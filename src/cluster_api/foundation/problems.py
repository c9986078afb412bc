"""Errors become answers here: RFC 9457 problem documents, the same for every failure of every operation."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from cluster_api.foundation.database import DOWN
from cluster_api.foundation.errors import (
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unexpected,
    Unreadable,
    UnsupportedMedia,
)
from cluster_api.foundation.logs import log
from cluster_api.foundation.telemetry import current_trace

PROBLEM_JSON = "application/problem+json"
OAUTH = "/oauth/"

BY_STATUS: Mapping[int, type[Problem]] = {
    400: Unreadable,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    409: Conflict,
    413: TooLarge,
    415: UnsupportedMedia,
    422: Invalid,
}


class FaultRead(BaseModel):
    """One place in the request that is wrong."""

    pointer: str = Field(
        description="JSON Pointer (RFC 6901) into the request.", examples=["/query/limit"], max_length=2000
    )
    code: str = Field(description="Short code of what is wrong.", examples=["less_than_equal"], max_length=100)
    detail: str = Field(
        description="What is wanted there.", examples=["Input should be less than or equal to 200"], max_length=4000
    )


class ProblemRead(BaseModel):
    """A problem document (RFC 9457)."""

    # Some types carry members of their own, such as the candidates of a possible duplicate.
    model_config = ConfigDict(extra="allow", title="Problem")

    type: str = Field(
        description="Address of the page that explains this type of problem.",
        examples=["/problems/invalid"],
        max_length=200,
    )
    title: str = Field(description="The type in one sentence.", max_length=300)
    status: int = Field(description="HTTP status.", ge=400, le=599, examples=[422])
    detail: str = Field(description="What happened this time, and what to do.", max_length=4000)
    instance: str = Field(description="Path of the request.", max_length=8000)
    trace_id: str = Field(
        description="Finds the request in the logs.", pattern="^[0-9a-f]{32}$", min_length=32, max_length=32
    )
    errors: list[FaultRead] = Field(default=[], description="Every place that is wrong.", max_length=1000)


def problem_body(problem: Problem, path: str) -> dict[str, Any]:
    """Answer the problem document as plain values."""
    body: dict[str, Any] = {
        "type": f"/problems/{problem.slug()}",
        "title": problem.title(),
        "status": problem.status,
        "detail": problem.detail[:4000],
        "instance": path,
        "trace_id": current_trace.get(),
        **problem.members,
    }
    body["errors"] = [
        {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail} for fault in problem.faults[:1000]
    ]
    return body


def problem_response(problem: Problem, path: str) -> Response:
    """Answer the problem as an HTTP response: a problem document, or under ``/oauth/`` the form of RFC 6749."""
    headers = {"Cache-Control": "no-store", **problem.headers}
    if path.startswith(OAUTH):
        return Response(
            orjson.dumps(oauth_body(problem)),
            # RFC 6749 knows no other status for a request that is wrong.
            status_code=400 if problem.status in {415, 422} else problem.status,
            headers=headers,
            media_type="application/json",
        )
    return Response(
        orjson.dumps(problem_body(problem, path)),
        status_code=problem.status,
        headers=headers,
        media_type=PROBLEM_JSON,
    )


def oauth_body(problem: Problem) -> dict[str, str]:
    """Answer the error of RFC 6749, section 5.2, in the characters that it allows in a description."""
    error = problem.oauth_error
    if not error and problem.status in {429, 503}:
        error = "temporarily_unavailable"
    error = error or ("server_error" if problem.status >= 500 else "invalid_request")
    plain = problem.detail[:1000].replace('"', "'").replace("\\", "/").replace("…", "...")
    return {"error": error, "error_description": "".join(sign if " " <= sign <= "~" else " " for sign in plain)}


def as_problem(error: Exception, constraints: Mapping[str, type[Problem]]) -> Problem:
    """Answer the problem an exception means; what nobody expected is logged and becomes a plain 500."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return from_validation(error.errors())
    if isinstance(error, HTTPException):
        return _from_http(error)
    if isinstance(error, sa.exc.IntegrityError):
        return _from_constraint(error, constraints)
    if isinstance(error, DOWN):
        log.warning("database.unavailable", error=type(error).__name__)
        return Unavailable("The database cannot be reached or is busy; nothing was changed.")
    log.error("request.failed", exc_info=error)
    return Unexpected()


def from_validation(errors: Sequence[Any]) -> Problem:
    """Answer the problem for what Pydantic refused: unreadable JSON is 400, a broken schema 422."""
    faults = [Fault(pointer_of(error["loc"]), error["type"], error["msg"]) for error in errors]
    if any(error["type"] == "json_invalid" for error in errors):
        return Unreadable(
            "The body is not well-formed JSON.", faults=[Fault("/body", "json_invalid", faults[0].detail)]
        )
    places = ", ".join(fault.pointer for fault in faults[:5])
    return Invalid(f"{len(faults)} place(s) of the request are wrong: {places}.", faults=faults)


def pointer_of(location: Sequence[str | int]) -> str:
    """Answer a location of Pydantic as an RFC 6901 pointer."""
    # Pydantic ends the location of a wrong key of a mapping with a word of its own; the key itself is the place.
    parts = [str(part) for part in location if part != "[key]"]
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts)


def _from_http(error: HTTPException) -> Problem:
    kind = BY_STATUS.get(error.status_code, Unexpected if error.status_code >= 500 else Unreadable)
    headers = dict(error.headers or {})
    detail = "" if error.status_code in {404, 405} else str(error.detail)
    if kind is Unauthenticated:
        return Unauthenticated(detail, headers=headers)
    return kind(detail, headers=headers)


def _from_constraint(error: sa.exc.IntegrityError, constraints: Mapping[str, type[Problem]]) -> Problem:
    text = str(error.orig)
    for name, kind in constraints.items():
        if name in text:
            return kind()
    log.error("database.constraint", exc_info=error)
    return Conflict("The change contradicts something recorded at the same moment; read again and repeat.")
