"""The service put together: the only module that knows every area."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import orjson
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

import cluster_api
from cluster_api.appeals import routes as appeals
from cluster_api.appeals.errors import CONSTRAINTS as APPEAL_CONSTRAINTS
from cluster_api.assessments import routes as assessments
from cluster_api.assessments.errors import CONSTRAINTS as ASSESSMENT_CONSTRAINTS
from cluster_api.assessors import routes as assessors
from cluster_api.assignments import routes as assignments
from cluster_api.assignments.errors import CONSTRAINTS as ASSIGNMENT_CONSTRAINTS
from cluster_api.awards import routes as awards
from cluster_api.awards.errors import CONSTRAINTS as AWARD_CONSTRAINTS
from cluster_api.batches import routes as batches
from cluster_api.benchmarks import routes as benchmarks
from cluster_api.benchmarks.errors import CONSTRAINTS as BENCHMARK_CONSTRAINTS
from cluster_api.billing import routes as billing
from cluster_api.billing.errors import CONSTRAINTS as BILLING_CONSTRAINTS
from cluster_api.calls import routes as calls
from cluster_api.calls.errors import CONSTRAINTS as CALL_CONSTRAINTS
from cluster_api.certificates import routes as certificates
from cluster_api.changes import routes as changes
from cluster_api.clients import routes as clients
from cluster_api.clients.errors import CONSTRAINTS as CLIENT_CONSTRAINTS
from cluster_api.clusters import routes as clusters
from cluster_api.clusters.errors import CONSTRAINTS as CLUSTER_CONSTRAINTS
from cluster_api.complaints import routes as complaints
from cluster_api.conflicts import routes as conflicts
from cluster_api.deadlines import routes as deadlines
from cluster_api.decisions import routes as decisions
from cluster_api.decisions.errors import CONSTRAINTS as DECISION_CONSTRAINTS
from cluster_api.deferrals import routes as deferrals
from cluster_api.eligibility import routes as eligibility
from cluster_api.evidence import routes as evidence
from cluster_api.evidence.errors import CONSTRAINTS as EVIDENCE_CONSTRAINTS
from cluster_api.exchanges import routes as exchanges
from cluster_api.foundation import system
from cluster_api.foundation.clock import Clock, SystemClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.document import DESCRIPTION, TAGS, finish
from cluster_api.foundation.errors import Problem
from cluster_api.foundation.guard import Guard
from cluster_api.foundation.hotreads import HotReads
from cluster_api.foundation.limits import Allowance, Failures, Limits
from cluster_api.foundation.logs import configure_logs
from cluster_api.foundation.openapi import PUBLIC
from cluster_api.foundation.outbound import Outbound
from cluster_api.foundation.problems import as_problem, problem_response
from cluster_api.foundation.publicreads import PublicReads, Versions
from cluster_api.foundation.settings import Settings
from cluster_api.foundation.sharedlimits import Exchange, shared
from cluster_api.foundation.strictness import Methods, refuse_other_media, refuse_unknown_query
from cluster_api.foundation.telemetry import new_metrics
from cluster_api.foundation.traffic import Traffic
from cluster_api.foundation.transactions import Transactions
from cluster_api.foundation.vault import vault_of
from cluster_api.grants import routes as grants
from cluster_api.grants.errors import CONSTRAINTS as GRANT_CONSTRAINTS
from cluster_api.guests import routes as guests
from cluster_api.guests.errors import CONSTRAINTS as GUEST_CONSTRAINTS
from cluster_api.identity.access import Callers, KnownCallers
from cluster_api.identity.permissions import Permission
from cluster_api.imports import routes as imports
from cluster_api.interviews import routes as interviews
from cluster_api.interviews.errors import CONSTRAINTS as INTERVIEW_CONSTRAINTS
from cluster_api.invitations import routes as invitations
from cluster_api.invitations.errors import CONSTRAINTS as INVITATION_CONSTRAINTS
from cluster_api.labels import routes as labels
from cluster_api.ledger import routes as ledger
from cluster_api.ledger.errors import CONSTRAINTS as LEDGER_CONSTRAINTS
from cluster_api.matches import routes as matches
from cluster_api.matches.errors import CONSTRAINTS as MATCH_CONSTRAINTS
from cluster_api.methodology import routes as methodology
from cluster_api.methodology.errors import CONSTRAINTS as METHODOLOGY_CONSTRAINTS
from cluster_api.notices import routes as notices
from cluster_api.oauth import routes as oauth
from cluster_api.organisations import routes as organisations
from cluster_api.participants import routes as participants
from cluster_api.participants.errors import CONSTRAINTS as PARTICIPANT_CONSTRAINTS
from cluster_api.partnerships import routes as partnerships
from cluster_api.partnerships.errors import CONSTRAINTS as PARTNERSHIP_CONSTRAINTS
from cluster_api.payments import routes as payments
from cluster_api.payments.errors import CONSTRAINTS as PAYMENT_CONSTRAINTS
from cluster_api.people import routes as people
from cluster_api.pool import routes as pool
from cluster_api.pool.errors import CONSTRAINTS as POOL_CONSTRAINTS
from cluster_api.profiles import routes as profiles
from cluster_api.programme import routes as programme
from cluster_api.programme.errors import CONSTRAINTS as PROGRAMME_CONSTRAINTS
from cluster_api.reports import routes as reports
from cluster_api.rounds import routes as rounds
from cluster_api.scoresheets import routes as scoresheets
from cluster_api.scoresheets.errors import CONSTRAINTS as SHEET_CONSTRAINTS
from cluster_api.simulations import routes as simulations
from cluster_api.statistics import routes as statistics
from cluster_api.stays import routes as stays
from cluster_api.tokens.queries import issuer_keys
from cluster_api.trainings import routes as trainings
from cluster_api.vocabularies import routes as vocabularies
from cluster_api.yearly import routes as yearly
from cluster_api.yearly.errors import CONSTRAINTS as YEARLY_CONSTRAINTS

CONSTRAINTS: Mapping[str, type[Problem]] = {
    **CLUSTER_CONSTRAINTS,
    **CLIENT_CONSTRAINTS,
    **INVITATION_CONSTRAINTS,
    **METHODOLOGY_CONSTRAINTS,
    **POOL_CONSTRAINTS,
    **BENCHMARK_CONSTRAINTS,
    **GUEST_CONSTRAINTS,
    **ASSESSMENT_CONSTRAINTS,
    **ASSIGNMENT_CONSTRAINTS,
    **INTERVIEW_CONSTRAINTS,
    **EVIDENCE_CONSTRAINTS,
    **SHEET_CONSTRAINTS,
    **AWARD_CONSTRAINTS,
    **BILLING_CONSTRAINTS,
    **DECISION_CONSTRAINTS,
    **APPEAL_CONSTRAINTS,
    **PARTNERSHIP_CONSTRAINTS,
    **LEDGER_CONSTRAINTS,
    **CALL_CONSTRAINTS,
    **PARTICIPANT_CONSTRAINTS,
    **MATCH_CONSTRAINTS,
    **GRANT_CONSTRAINTS,
    **PAYMENT_CONSTRAINTS,
    **PROGRAMME_CONSTRAINTS,
    **YEARLY_CONSTRAINTS,
}

# Matching a path is a walk along this list: the public register comes first.
ROUTERS = (
    notices.router,  # before labels, whose numbers stand at the same place
    labels.router,
    certificates.router,
    statistics.router,
    clusters.router,
    profiles.router,
    awards.router,
    complaints.router,
    billing.router,
    billing.quotes,
    methodology.router,
    methodology.prices,
    simulations.router,
    benchmarks.router,
    guests.router,
    assessments.router,
    eligibility.router,
    interviews.router,
    assignments.router,
    evidence.router,
    scoresheets.router,
    reports.router,
    decisions.cases,
    decisions.router,
    deferrals.router,
    deadlines.router,
    appeals.decisions,
    appeals.router,
    rounds.router,
    calls.router,
    partnerships.router,
    ledger.router,
    participants.router,
    matches.router,
    matches.suggestions,
    grants.router,
    stays.router,
    stays.certificates,
    exchanges.router,
    batches.router,
    payments.router,
    yearly.router,
    programme.figures,
    programme.router,
    vocabularies.router,
    imports.router,
    clients.router,
    oauth.router,
    changes.router,
    organisations.router,
    invitations.router,
    people.router,
    pool.router,
    trainings.router,
    conflicts.router,
    assessors.router,
    system.router,
)


HANDLERS = {**simulations.HANDLERS, **batches.HANDLERS}
TWINS = (*labels.TWINS, *statistics.TWINS)


def create_app(settings: Settings, *, clock: Clock | None = None, database: Database | None = None) -> FastAPI:
    """Answer the application; nothing is opened before it is used, and a database that was given stays open."""
    clock = clock or SystemClock()
    is_own = database is None
    database = database or Database(settings.database_address(), pool_size=settings.database_pool_size)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logs(settings.log_level, settings.secrets())
        async with AsyncExitStack() as stack:
            if settings.shared_limits:
                await stack.enter_async_context(shared(Exchange(app.state.database, app.state.allowance)))
            stack.enter_context(imports.running_jobs(app.state.database, app.state.clock, HANDLERS))
            yield
        await app.state.known_callers.settled()
        if is_own:
            app.state.database.close()

    app = FastAPI(
        title="cluster-api",
        version=cluster_api.__version__,
        summary="European cluster excellence: the label register, its verification and its figures.",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        docs_url=None,
        openapi_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        dependencies=[Depends(refuse_unknown_query), Depends(refuse_other_media)],
        telemetry={"tracing": False, "metrics": False},
    )
    app.state.settings = settings
    app.state.clock = clock
    app.state.database = database
    app.state.metrics = new_metrics()
    app.state.vault = vault_of(settings)
    app.state.failures = Failures()
    app.state.allowance = Allowance(settings.requests_per_minute)
    for router in ROUTERS:
        app.include_router(router)
    _add_unlisted(app, settings)
    _add_document(app, settings)
    _add_layers(app, settings, clock, database)
    return app


def _add_unlisted(app: FastAPI, settings: Settings) -> None:
    app.add_route("/openapi.json", _document, include_in_schema=False)
    if settings.metrics:
        app.add_route("/metrics", system.metrics, include_in_schema=False)
    if settings.docs:
        app.add_route("/docs", system.docs_page, include_in_schema=False)
        app.add_route("/docs/start.js", system.docs_start, include_in_schema=False)
        app.add_route("/docs/{name}", system.docs_asset, include_in_schema=False)


def _document(request: Request) -> Response:
    return Response(
        orjson.dumps(request.app.openapi()), media_type="application/json", headers={"Cache-Control": PUBLIC}
    )


def _add_document(app: FastAPI, settings: Settings) -> None:
    generate = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = finish(generate(), settings.public_url, Permission)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign] # FastAPI's documented way to extend the document


def _add_layers(app: FastAPI, settings: Settings, clock: Clock, database: Database) -> None:
    methods: list[Methods] = []

    async def answer(request: Request, error: Exception) -> Response:
        problem = as_problem(error, CONSTRAINTS)
        if problem.status == 405:
            methods[:] = methods or [Methods(app.openapi())]
            problem.headers["Allow"] = ", ".join(methods[0].of(request.url.path))
        return problem_response(problem, request.url.path)

    for kind in (Problem, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)
    app.add_middleware(HotReads, twins=TWINS, state=app.state)
    app.add_middleware(Transactions, database=database, clock=clock, constraints=CONSTRAINTS, vault=app.state.vault)
    app.add_middleware(
        Limits,
        most_bytes=settings.max_body_bytes,
        most_bytes_of={
            "/v1/imports": settings.max_import_bytes,
            "/v1/assessments/*/evidence": settings.max_evidence_bytes,
        },
        allowance=app.state.allowance,
        at_once=settings.requests_at_once,
    )
    app.state.outbound, app.state.client_keys = Outbound(), {}
    app.state.issuers = issuers = issuer_keys(settings.issuers, partial(app.state.outbound.get_json, trusted=True))
    app.state.known_callers = known = KnownCallers(clock, settings)
    app.add_middleware(
        Callers,
        database=database,
        clock=clock,
        settings=settings,
        issuers=issuers,
        failures=app.state.failures,
        known=known,
    )
    app.add_middleware(Guard, secure=settings.is_secure)
    app.add_middleware(Traffic, metrics=app.state.metrics, constraints=CONSTRAINTS, public_url=settings.public_url)


def create_service(settings: Settings, *, clock: Clock | None = None, database: Database | None = None) -> ASGIApp:
    """Answer the application inside the layer that answers public reads: what a server runs."""
    app = create_app(settings, clock=clock, database=database)
    versions = Versions(app.state.database, app.state.clock, settings.version_poll_seconds)
    return PublicReads(
        app,
        versions=versions,
        most_bytes=settings.public_cache_bytes,
        counter=app.state.metrics.cache,
        recognises=app.state.known_callers.recognises,
    )


def service() -> ASGIApp:
    """Answer the service with the settings of the environment; the factory that uvicorn is given."""
    return create_service(Settings())
