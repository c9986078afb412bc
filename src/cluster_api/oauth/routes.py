"""OAuth 2.0 over HTTP: these operations answer in the words of RFC 6749, not in problem documents."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from joserfc.jwk import KeySet
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from cluster_api.clients.queries import find_enabled
from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import Problem
from cluster_api.foundation.limits import address_of
from cluster_api.foundation.logs import log
from cluster_api.foundation.openapi import PUBLIC
from cluster_api.foundation.telemetry import current_trace
from cluster_api.foundation.transactions import DbSession
from cluster_api.identity.models import Client
from cluster_api.identity.permissions import Permission
from cluster_api.oauth import actions
from cluster_api.oauth.actions import Proof, Server
from cluster_api.oauth.errors import ClientNotProven, GrantNotSupported, RequestMalformed, TargetNotKnown
from cluster_api.oauth.rules import ASSERTION_ALGORITHMS, AUTH_METHODS, Presented, presented, read_form
from cluster_api.oauth.schemas import (
    CREDENTIALS,
    FORM,
    Introspection,
    JwkSet,
    OAuthError,
    ResourceMetadata,
    ServerMetadata,
    TokenRead,
)
from cluster_api.tokens.errors import CredentialsNotAccepted
from cluster_api.tokens.queries import RemoteKeys, shown_keys
from cluster_api.tokens.rules import peek

router = APIRouter(tags=["oauth"])
T = TypeVar("T")

ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": OAuthError, "description": "The request is malformed or asks for what is not granted."},
    401: {"model": OAuthError, "description": "The client did not prove itself (`invalid_client`)."},
    413: {"model": OAuthError, "description": "The form is too large."},
    429: {"model": OAuthError, "description": "Too many requests, or too many failures."},
    500: {"model": OAuthError, "description": "Something failed on our side."},
    503: {"model": OAuthError, "description": "The service cannot answer at the moment."},
}
READING_ERRORS: dict[int | str, dict[str, Any]] = {status: ERRORS[status] for status in (400, 429, 500, 503)}
NO_STORE = "no-store"


def _form(*required: str, **fields: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "required": list(required), "properties": {**fields, **CREDENTIALS}}
    return {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


def _server(request: Request) -> Server:
    state = request.app.state
    return Server(state.settings, state.vault, state.clock.now(), current_trace.get())


async def _asked(request: Request) -> dict[str, str]:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/x-www-form-urlencoded":
        raise RequestMalformed("Send application/x-www-form-urlencoded.")
    return read_form(await request.body())


async def _proven(request: Request, session: Session, form: dict[str, str]) -> Client:
    """Answer the client that proved itself; failures of an address, and of a client, are slowed.

    Refusing an assertion takes as long as fetching keys may take, fetched or not: it does not tell whether there is a
    client of this name with keys at an address of its own.
    """
    began, waits = time.monotonic(), 0.0
    address, failures = address_of(request.scope), request.app.state.failures
    names = [address]
    if failures.is_blocked(address, time.monotonic()):
        raise ClientNotProven("Too many failures from this address; wait a minute.")
    try:
        given = presented(form, request.headers.get("authorization"))
        names.append(f"client:{given.client_id[:100]}")
        waits = 0.0 if given.assertion is None else request.app.state.settings.refused_assertion_seconds
        proof = await _proof(request, given)
        return await run_in_threadpool(actions.accept, session, _server(request), proof)
    except ClientNotProven:
        await run_in_threadpool(session.rollback)
        for name in names:
            failures.add(name, time.monotonic())
        slowed = max(failures.wait_of(name, time.monotonic()) for name in names)
        await asyncio.sleep(max(slowed, began + waits - time.monotonic(), 0))
        raise


async def _proof(request: Request, given: Presented) -> Proof:
    server, database = _server(request), request.app.state.database
    if given.assertion is None:
        return await run_in_threadpool(_reading, database, actions.prove_by_secret, server, given)
    try:
        said = peek(given.assertion)
    except CredentialsNotAccepted as refused:
        raise ClientNotProven(refused.detail) from refused
    if given.client_id and given.client_id != said.issuer:
        raise ClientNotProven("`client_id` is another one than in the assertion.")
    client = await run_in_threadpool(_reading, database, find_enabled, said.issuer)
    remote = await _remote_keys(request, client, said.key_id)
    return await run_in_threadpool(_reading, database, actions.prove_by_assertion, server, given, said.issuer, remote)


def _reading(database: Database, ask: Callable[..., T], *arguments: Any) -> T:
    # A session that only reads, and is closed before anything is waited for.
    with database.session() as session:
        return ask(session, *arguments)


async def _remote_keys(request: Request, client: Client | None, key_id: str | None) -> KeySet | None:
    if client is None or client.jwks_uri is None:
        return None
    known: dict[str, RemoteKeys] = request.app.state.client_keys
    keeper = known.setdefault(client.jwks_uri, RemoteKeys(client.jwks_uri, request.app.state.outbound.get_json))
    try:
        return await keeper.naming(key_id)
    except Problem as refused:
        # The operator is told; whoever asks hears the same as about a client that does not exist.
        log.warning("client.keys_not_at_hand", client=client.id, problem=refused.detail)
        return None


async def _done(action: Callable[..., T], *arguments: Any) -> T:
    return await run_in_threadpool(action, *arguments)


@router.post(
    "/oauth/token",
    operation_id="give_token",
    summary="Get an access token",
    responses=ERRORS,
    openapi_extra=_form(
        "grant_type",
        grant_type={**FORM, "enum": ["client_credentials"], "description": "The grant."},
        scope={**FORM, "description": "What the token shall be used for; everything the client may, if left out."},
        resource={**FORM, "description": "The service the token is for (RFC 8707): this one."},
    ),
)
async def give_token(request: Request, response: Response, session: DbSession) -> TokenRead:
    """Get an access token for a machine client (RFC 6749, 4.4): by secret, or by an assertion it signed (RFC 7523)."""
    form = await _asked(request)
    client = await _proven(request, session, form)
    if "grant_type" not in form:
        raise RequestMalformed("`grant_type` is missing.")
    if form["grant_type"] != "client_credentials":
        raise GrantNotSupported
    server = _server(request)
    if form.get("resource", server.issuer).rstrip("/") != server.issuer:
        raise TargetNotKnown
    response.headers["Cache-Control"] = NO_STORE
    return await _done(actions.give_token, session, server, client, form.get("scope"))


@router.post(
    "/oauth/introspect",
    operation_id="introspect_token",
    summary="Ask about a token",
    response_model_exclude_none=True,
    responses=ERRORS,
    openapi_extra=_form("token", token={**FORM, "description": "The token."}),
)
async def introspect_token(request: Request, response: Response, session: DbSession) -> Introspection:
    """Ask whether a token of your own is accepted, and what it says (RFC 7662)."""
    form = await _asked(request)
    client = await _proven(request, session, form)
    if "token" not in form:
        raise RequestMalformed("`token` is missing.")
    response.headers["Cache-Control"] = NO_STORE
    return await _done(actions.tell_about, session, _server(request), client, form["token"])


@router.post(
    "/oauth/revoke",
    operation_id="revoke_token",
    summary="Revoke a token",
    response_class=Response,
    responses=ERRORS,
    openapi_extra=_form("token", token={**FORM, "description": "The token."}),
)
async def revoke_token(request: Request, session: DbSession) -> Response:
    """Revoke a token of your own (RFC 7009); a token that is unknown is no fault."""
    form = await _asked(request)
    client = await _proven(request, session, form)
    if "token" not in form:
        raise RequestMalformed("`token` is missing.")
    await _done(actions.take_back, session, _server(request), client, form["token"])
    return Response(status_code=200, headers={"Cache-Control": NO_STORE})


@router.get(
    "/oauth/jwks", operation_id="get_jwks", summary="Get the public keys of this service", responses=READING_ERRORS
)
def get_jwks(request: Request, response: Response, session: DbSession) -> JwkSet:
    """Get the public keys that check tokens of this service (RFC 7517): present, coming and just retired ones."""
    response.headers["Cache-Control"] = PUBLIC
    return JwkSet(keys=shown_keys(session, request.app.state.clock.now()))


@router.get(
    "/.well-known/oauth-authorization-server",
    operation_id="get_authorization_server",
    summary="Discover the token endpoint",
)
def get_authorization_server(request: Request, response: Response) -> ServerMetadata:
    """Discover where and how machine clients get tokens (RFC 8414)."""
    base = request.app.state.settings.public_url
    response.headers["Cache-Control"] = PUBLIC
    methods, algorithms = list(AUTH_METHODS), list(ASSERTION_ALGORITHMS)
    return ServerMetadata(
        issuer=base,
        token_endpoint=f"{base}/oauth/token",
        jwks_uri=f"{base}/oauth/jwks",
        introspection_endpoint=f"{base}/oauth/introspect",
        revocation_endpoint=f"{base}/oauth/revoke",
        grant_types_supported=["client_credentials"],
        response_types_supported=[],
        scopes_supported=[permission.value for permission in Permission],
        token_endpoint_auth_methods_supported=methods,
        token_endpoint_auth_signing_alg_values_supported=algorithms,
        introspection_endpoint_auth_methods_supported=methods,
        introspection_endpoint_auth_signing_alg_values_supported=algorithms,
        revocation_endpoint_auth_methods_supported=methods,
        revocation_endpoint_auth_signing_alg_values_supported=algorithms,
        service_documentation=f"{base}/docs",
    )


@router.get(
    "/.well-known/oauth-protected-resource",
    operation_id="get_protected_resource",
    summary="Discover who gives tokens for this service",
)
def get_protected_resource(request: Request, response: Response) -> ResourceMetadata:
    """Discover whose tokens are accepted here (RFC 9728): machines come to this service, people to the others."""
    settings = request.app.state.settings
    response.headers["Cache-Control"] = PUBLIC
    return ResourceMetadata(
        resource=settings.public_url,
        authorization_servers=[settings.public_url, *(issuer.issuer for issuer in settings.issuers)],
        scopes_supported=[permission.value for permission in Permission],
        bearer_methods_supported=["header"],
        resource_documentation=f"{settings.public_url}/docs",
    )
