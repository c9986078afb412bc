"""The OpenAPI document finished: what FastAPI cannot say by itself is said here once, for every operation."""

from collections.abc import Iterable
from typing import Any

from cluster_api.foundation.errors import (
    Invalid,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    Unexpected,
    Unreadable,
    UnsupportedMedia,
)
from cluster_api.foundation.guard import InsecureTransport, SecretInQuery
from cluster_api.foundation.openapi import MUST_BE_GIVEN, problems
from cluster_api.foundation.problems import OAUTH, ProblemRead

DESCRIPTION = """
The register of European cluster excellence labels and the registry of cluster organisations, over HTTP.

Public reads need no credentials. Every failure is a problem document (RFC 9457) whose `type` is a page that explains
it. Lists are pages with an opaque cursor. A single resource carries a strong `ETag`; a change must send it in
`If-Match`. A `POST` with an `Idempotency-Key` can be repeated safely. `dry_run=true` on a write answers what would
happen and changes nothing. Members may be added to answers within version 1; clients ignore those they do not know.
"""

TAGS: list[dict[str, Any]] = [
    {"name": "register", "description": "Labels as the public may see them, and their verification."},
    {"name": "labels", "description": "Labels for whoever runs the scheme: records, decisions, ends that come near."},
    {"name": "statistics", "description": "Aggregate figures, open data."},
    {"name": "clusters", "description": "Cluster organisations, their profiles and what became of them."},
    {"name": "billing", "description": "Quotes, invoices that never change, payments, files for the accounts."},
    {"name": "complaints", "description": "Complaints: filed by anybody, answered by somebody outside the case."},
    {"name": "organisations", "description": "Organisations that take part, their members and invitations."},
    {"name": "people", "description": "Who one is; people, with export and erasure of what is personal."},
    {"name": "methodologies", "description": "Indicator sets, questionnaires, rules and prices: versioned and sealed."},
    {
        "name": "assessors",
        "description": "The pool of assessors: qualifications, trainings, interests, conflicts, load.",
    },
    {
        "name": "benchmarks",
        "description": "Benchmarkings: questionnaire, interview, comparison report as JSON and PDF.",
    },
    {"name": "assessments", "description": "Cases for silver and gold, from the application to the sealed report."},
    {
        "name": "decisions",
        "description": "Decisions of the board about reported cases: votes, reasons, replays, appeals.",
    },
    {
        "name": "programme",
        "description": "Calls for proposals, partnerships of clusters, their agreements, activities and budgets.",
    },
    {
        "name": "exchanges",
        "description": "ClusterXchange: rounds, who may take part, the most that is paid for a stay.",
    },
    {"name": "vocabularies", "description": "Codes and published facts that the service uses, with their editions."},
    {"name": "imports", "description": "Files in: rehearse, apply, follow."},
    {"name": "exports", "description": "Files out, streamed."},
    {"name": "jobs", "description": "Long work: progress, counts, errors, results."},
    {"name": "clients", "description": "Machine clients of organisations, and their keys."},
    {"name": "oauth", "description": "Access tokens for machine clients (RFC 6749); errors in the words of that RFC."},
    {"name": "journal", "description": "Who did what, when and why: the append-only, chained record of every deed."},
    {"name": "service", "description": "Health, problem types and discovery."},
]

ALWAYS = problems(SecretInQuery, Invalid, TooManyRequests, Unexpected, Unavailable)

HEADERS: dict[str, dict[str, Any]] = {
    "traceparent": {
        "description": "W3C Trace Context of the answer; its trace is the request's identity in logs and problems.",
        "schema": {"type": "string", "maxLength": 55, "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-01$"},
    },
    "RateLimit": {
        "description": "What is left of the limit, and the seconds until it is whole again.",
        "schema": {"type": "string", "maxLength": 200},
    },
    "RateLimit-Policy": {
        "description": "The limit of this client.",
        "schema": {"type": "string", "maxLength": 200},
    },
    "Access-Control-Allow-Origin": {
        "description": "Pages of every origin may read what needs no credentials; only on reads sent without any.",
        "schema": {"type": "string", "maxLength": 200},
    },
    "API-Version": {
        "description": "Version of the interface.",
        "schema": {"type": "string", "maxLength": 20, "examples": ["1.0.0"]},
    },
}

RETRY = {
    "description": "Seconds to wait before repeating.",
    "schema": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 86400},
}


def finish(document: dict[str, Any], public_url: str, scopes: Iterable[str]) -> dict[str, Any]:
    """Answer the document with common problems, common headers, ways to prove oneself, servers, licence and contact."""
    server = {
        "url": public_url if public_url.startswith("https://") else "/",
        "description": "This production service.",
    }
    document["servers"] = [{**server, "x-internal": False}]
    document["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    document["info"]["contact"] = {
        "name": "The cluster-api developers",
        "url": "https://github.com/cluster-api/cluster-api",
        "email": "cluster-api@example.org",
    }
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = ProblemRead.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    document["components"]["headers"] = {**HEADERS, "Retry-After": RETRY}
    document["components"].setdefault("securitySchemes", {}).update(_security_schemes(scopes))
    for path, item in document["paths"].items():
        for operation in item.values():
            _finish_operation(path, operation)
    for part in (document["paths"], schemas):
        _name_members(part)
        _bound(part)
    return document


def _finish_operation(path: str, operation: dict[str, Any]) -> None:
    _finish_callers(path, operation)
    for parameter in operation.get("parameters", []):
        is_needed = parameter["schema"].pop(MUST_BE_GIVEN, False)
        if parameter["name"] == "If-Match" or is_needed:
            # Optional for FastAPI, so that what is wanted is said in our own words, of the first with 428.
            parameter["required"] = True
        _say_without_null(parameter["schema"])
    _finish_responses(path, operation)


def _say_without_null(schema: dict[str, Any]) -> None:
    # A header or a parameter of an address is there or not; none is ever null.
    possible = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(possible) == 1:
        del schema["anyOf"]
        schema |= {**possible[0], **schema}
    for name in ("default", "examples"):
        if schema.get(name, "") in (None, [None]):
            del schema[name]


BEARER, CLIENT_CREDENTIALS = "bearer", "clientCredentials"
"""Names of the ways to prove oneself."""
NEEDED = "credentials-required"
"""The problem that an operation names if it cannot be asked without credentials."""


def _security_schemes(scopes: Iterable[str]) -> dict[str, Any]:
    told = {str(scope): scope.replace(":", ": ").replace("_", " ") for scope in scopes}
    # There are no refresh tokens: a client that wants another token asks for one as it did for the first.
    flow = {"tokenUrl": "/oauth/token", "refreshUrl": "/oauth/token", "scopes": told}
    return {
        CLIENT_CREDENTIALS: {
            "type": "oauth2",
            "description": "An access token of this service for a machine client (RFC 6749, 4.4; RFC8725).",
            "flows": {"clientCredentials": flow},
        },
    }


def _finish_callers(path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if path.startswith(OAUTH):
        operation["security"] = [{}]
        return
    # Whoever sends credentials has them checked, also where none are needed.
    ways: list[dict[str, Any]] = [{BEARER: []}, {CLIENT_CREDENTIALS: []}]
    operation["security"] = ways if NEEDED in str(responses.get("401")) else [{}, *ways]
    for status, response in problems(Unauthenticated, InsecureTransport).items():
        told = responses.setdefault(str(status), {**response, "description": ""})
        responses[str(status)] = {**told, "description": f"{told['description']} {response['description']}".strip()}


def _finish_responses(path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if path.startswith(OAUTH):
        responses.pop("422", None)
    for status, response in ({} if path.startswith(OAUTH) else ALWAYS).items():
        if str(status) not in responses or "HTTPValidationError" in str(responses[str(status)]):
            responses[str(status)] = {**response}
    if "201" in responses:
        responses["200"] = {**responses["201"], "description": "What would be created; with `dry_run=true` only."}
    if "requestBody" in operation and not path.startswith(OAUTH):
        responses["400"] = problems(Unreadable, SecretInQuery)[400]
        for status, response in problems(TooLarge, UnsupportedMedia).items():
            responses.setdefault(str(status), response)
    for status, response in responses.items():
        headers = response.setdefault("headers", {})
        headers.update({name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS})
        if status in {"429", "503"}:
            headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    operation["responses"] = dict(sorted(responses.items()))


def _name_members(node: Any) -> None:
    """Say by ``propertyNames`` what names members have, and by ``additionalProperties`` what they hold.

    That is what ``patternProperties`` with one pattern says, but in words that generators of clients know: of objects
    said the other way they make classes without members, which can neither send nor read anything.
    """
    if isinstance(node, list):
        for part in node:
            _name_members(part)
    if not isinstance(node, dict):
        return
    possible = node.get("patternProperties")
    if isinstance(possible, dict) and len(possible) == 1:
        [(pattern, value)] = node.pop("patternProperties").items()
        node["propertyNames"] = {**node.get("propertyNames", {"type": "string"}), "pattern": pattern}
        node["additionalProperties"] = value
    for name, part in node.items():
        if name not in DATA:
            _name_members(part)


DATA = {"example", "examples", "default", "enum"}
"""Members that hold values, not schemas."""
LARGEST_FILE = 2**31 - 1
LONGEST = {"date": 10, "date-time": 35, "uuid": 36, "binary": LARGEST_FILE}
LARGEST_INT32 = 2**31 - 1


def _bound(node: Any) -> None:
    """Say the bounds of what is only answered; what can be sent has its bounds in the models, so that they are kept."""
    if isinstance(node, list):
        for part in node:
            _bound(part)
    if not isinstance(node, dict):
        return
    match node.get("type"):
        case "string" if {"maxLength", "enum", "const"}.isdisjoint(node):
            node["maxLength"] = LONGEST.get(node.get("format", ""), 100_000)
        case "integer":
            node.setdefault("minimum", 0)
            node.setdefault("maximum", LARGEST_INT32)
            node["format"] = "int32" if node["maximum"] <= LARGEST_INT32 else "int64"
        case "array":
            node.setdefault("maxItems", 10_000)
    for name, part in node.items():
        if name not in DATA:
            _bound(part)
