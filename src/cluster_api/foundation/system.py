"""Operations that belong to no area: health, metrics, problem pages, discovery, and the offline documentation."""

import html
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

import orjson
import sqlalchemy as sa
from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from prometheus_client import generate_latest
from pydantic import BaseModel, Field

from cluster_api.foundation.database import DOWN
from cluster_api.foundation.errors import FAMILIES, NotFound, Problem, Unavailable, problem_types
from cluster_api.foundation.migration import expected_revision, present_revision
from cluster_api.foundation.openapi import PUBLIC, problems

router = APIRouter(tags=["service"])

ASSETS = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
}

LONGEST_AGE = 2_147_483_647

DOCS_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>cluster-api</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><main id="ui"></main><script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script></body></html>
"""
DOCS_START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#ui", deepLinking: true});\n'
DOCS_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"


class Health(BaseModel):
    """Whether the service works."""

    status: Literal["ok"] = Field(description="`ok`; anything else is a problem document.")


class IssuerRead(BaseModel):
    """What is known of an identity provider."""

    issuer: str = Field(description="Its name.", max_length=500)
    state: Literal["fresh", "stale", "unknown"] = Field(
        description="Whether its keys are at hand: as last asked for, from before its failure, or not at all."
    )
    keys: int = Field(description="Number of its keys at hand.", ge=0, le=1000)
    seconds_since_fetched: int | None = Field(description="How old they are.", ge=0, le=LONGEST_AGE)


class Readiness(Health):
    """Whether the service can answer."""

    database: str = Field(description="Kind of database.", examples=["sqlite"], max_length=40)
    revision: str = Field(description="Revision of the database schema.", examples=["0001"], max_length=40)
    issuers: list[IssuerRead] = Field(
        description="Identity providers whose tokens are accepted for people; one that is down does not stop the rest.",
        max_length=20,
    )


class ProblemType(BaseModel):
    """A type of problem and what to do about it."""

    type: str = Field(description="Address of its page.", examples=["/problems/invalid"], max_length=200)
    title: str = Field(description="The type in one sentence.", max_length=300)
    status: int = Field(description="HTTP status.", ge=400, le=599)
    explanation: str = Field(description="What it means and what to do.", max_length=4000)


@router.get("/health/live", operation_id="get_liveness", summary="Ask whether the process runs")
async def liveness() -> Health:
    """Ask whether the process runs; touches nothing else."""
    return Health(status="ok")


@router.get(
    "/health/ready",
    operation_id="get_readiness",
    summary="Ask whether the service can answer",
    responses=problems(Unavailable),
)
def readiness(request: Request) -> Readiness:
    """Ask whether the database answers and has the schema this version needs."""
    database = request.app.state.database
    try:
        with database.session() as session:
            session.execute(sa.text("SELECT 1"))
            present = present_revision(session)
    except DOWN as error:
        raise Unavailable("The database does not answer.") from error
    if present != expected_revision():
        raise Unavailable(
            f"The database is at revision {present or 'none'}, this version needs {expected_revision()}: "
            "run `cluster-api migrate`."
        )
    return Readiness(
        status="ok",
        database=database.dialect_name,
        revision=present,
        issuers=[
            IssuerRead.model_validate(keeper.health, from_attributes=True)
            for keeper in request.app.state.issuers.values()
        ],
    )


def known_types() -> list[type[Problem]]:
    """Answer every problem type, families first."""
    return [*FAMILIES, *(kind for kind in problem_types() if kind not in FAMILIES)]


def _described(kind: type[Problem]) -> ProblemType:
    family = next((base for base in kind.__mro__[1:] if base in FAMILIES), kind)
    return ProblemType(
        type=f"/problems/{kind.slug()}",
        title=kind.title(),
        status=kind.status,
        explanation=kind.explanation() or family.explanation(),
    )


@router.get("/problems", operation_id="list_problem_types", summary="List the types of problems")
def list_problem_types(response: Response) -> list[ProblemType]:
    """List every type of problem that an answer can name."""
    response.headers["Cache-Control"] = PUBLIC
    return [_described(kind) for kind in known_types()]


@router.get(
    "/problems/{slug}",
    operation_id="get_problem_type",
    summary="Explain a type of problem",
    response_model=ProblemType,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}, **problems(NotFound)},
)
def get_problem_type(
    request: Request, slug: Annotated[str, Path(max_length=100, examples=["invalid"], description="Name of the type.")]
) -> Response:
    """Explain a type of problem: a page for people (`Accept: text/html`), JSON for programs."""
    kind = next((kind for kind in known_types() if kind.slug() == slug), None)
    if kind is None:
        raise NotFound("There is no such type of problem.")
    described = _described(kind)
    headers = {"Cache-Control": PUBLIC}
    if "text/html" not in request.headers.get("accept", ""):
        return Response(described.model_dump_json(), media_type="application/json", headers=headers)
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(described.title)}</title></head><body><main>"
        f"<h1>{html.escape(described.title)}</h1><p>HTTP status {described.status}</p>"
        f"<p>{html.escape(described.explanation)}</p></main></body></html>"
    )
    return HTMLResponse(page, headers=headers)


@router.get(
    "/.well-known/api-catalog",
    operation_id="get_api_catalog",
    summary="Discover the documents of this service",
    response_class=Response,
    responses={200: {"content": {"application/linkset+json": {"schema": {"type": "object"}}}}},
)
def api_catalog(request: Request) -> Response:
    """Discover the documents of this service (RFC 9727)."""
    base = request.app.state.settings.public_url
    body: dict[str, Any] = {
        "linkset": [
            {
                "anchor": f"{base}/v1",
                "service-desc": [{"href": f"{base}/openapi.json", "type": "application/vnd.oai.openapi+json"}],
                "service-doc": [{"href": f"{base}/docs", "type": "text/html"}],
                "status": [{"href": f"{base}/health/ready", "type": "application/json"}],
            }
        ]
    }
    return Response(
        orjson.dumps(body),
        media_type='application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
        headers={"Cache-Control": PUBLIC},
    )


@router.get(
    "/.well-known/security.txt",
    operation_id="get_security_contact",
    summary="Find out where to report a weakness",
    response_class=PlainTextResponse,
)
def security_contact(request: Request) -> PlainTextResponse:
    """Find out where to report a weakness (RFC 9116)."""
    state = request.app.state
    expires = (state.clock.now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    lines = [f"Contact: {state.settings.security_contact}", f"Expires: {expires}", "Preferred-Languages: en"]
    if state.settings.is_secure:
        # The RFC allows no other addresses here.
        lines.append(f"Canonical: {state.settings.public_url}/.well-known/security.txt")
    return PlainTextResponse("\n".join(lines) + "\n", headers={"Cache-Control": PUBLIC})


def metrics(request: Request) -> PlainTextResponse:
    """Answer the counters in the text format of Prometheus."""
    return PlainTextResponse(generate_latest(request.app.state.metrics.registry))


def docs_page(_request: Request) -> HTMLResponse:
    """Answer the page that shows the OpenAPI document; it asks no other host for anything."""
    return HTMLResponse(DOCS_PAGE, headers={"Content-Security-Policy": DOCS_POLICY, "Cache-Control": "no-cache"})


def docs_start(_request: Request) -> Response:
    """Answer the line of script that starts the page."""
    return Response(DOCS_START, media_type="text/javascript; charset=utf-8", headers={"Cache-Control": PUBLIC})


@cache
def _asset(name: str) -> bytes:
    return files("cluster_api.foundation").joinpath("data", "swagger-ui", name).read_bytes()


def docs_asset(request: Request) -> Response:
    """Answer a file of the documentation page."""
    name = request.path_params["name"]
    if name not in ASSETS:
        raise NotFound
    return Response(_asset(name), media_type=ASSETS[name], headers={"Cache-Control": "public, max-age=86400"})
