"""Machine clients and their keys over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.orm import Session

from cluster_api.clients import actions, queries
from cluster_api.clients.errors import (
    ClientDisabled,
    ClientNotFound,
    KeyKnown,
    KeyNotFound,
    KeyNotUsable,
    KeysEnough,
    MoreThanOwn,
)
from cluster_api.clients.schemas import (
    ClientCreate,
    ClientQuery,
    ClientRead,
    ClientUpdate,
    KeyCreate,
    KeyIssued,
    KeyRead,
    Reason,
)
from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, PageQuery, linked_page, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import CredentialsRequired, PermissionMissing
from cluster_api.identity.models import Client
from cluster_api.identity.permissions import Permission
from cluster_api.journal.queries import history_page
from cluster_api.journal.schemas import HistoryRead

router = APIRouter(prefix="/v1/clients", tags=["clients"])

ClientId = Annotated[UUID, Path(description="Identifier of the machine client.")]
KeyId = Annotated[UUID, Path(description="Identifier of the key.")]
SEEING: tuple[type[Problem], ...] = (CredentialsRequired, PermissionMissing)
CHANGING: tuple[type[Problem], ...] = (*SEEING, ClientNotFound, PreconditionRequired, Stale)
SCHEMA_OF_UPDATE = "#/components/schemas/ClientUpdate"


def _manager(actor: CurrentActor) -> Actor:
    # Who manages no clients hears that first, before anything is said about the request.
    actor.must_any(Permission.CLIENTS_MANAGE, Permission.CLIENTS_MANAGE_ALL)
    return actor


Manager = Annotated[Actor, Depends(_manager)]


def _tagged(response: Response, actor: Actor, client: Client) -> None:
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(client.version, actor.view)


def _known(session: Session, actor: Actor, client_id: UUID, response: Response) -> Client:
    client = queries.get_client(session, actor, str(client_id))
    _tagged(response, actor, client)
    return client


def _to_change(session: Session, actor: Actor, client_id: UUID, if_match: str | None) -> Client:
    client = queries.get_client(session, actor, str(client_id), for_change=True)
    require_match(if_match, tag_of_version(client.version, actor.view))
    return client


@router.get("", operation_id="list_clients", summary="List machine clients", responses=problems(*SEEING))
def list_clients(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[ClientQuery, Query()],
) -> Page[ClientRead]:
    """List the machine clients of which you may know, the latest first."""
    page = queries.clients_page(session, actor, query)
    return private_page(request, response, page)


@router.post(
    "",
    operation_id="create_client",
    summary="Make a machine client",
    status_code=201,
    responses=problems(*SEEING, MoreThanOwn),
)
def create_client(
    session: DbSession,
    actor: Manager,
    given: ClientCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> ClientRead:
    """Make a machine client of an organisation; it has no key yet."""
    client = actions.create_client(session, actor, given)
    _tagged(response, actor, client)
    response.headers["Location"] = f"{router.prefix}/{client.id}"
    return queries.read_client(session, client)


@router.get(
    "/{client_id}",
    operation_id="get_client",
    summary="Show a machine client",
    responses=problems(*SEEING, ClientNotFound),
)
def get_client(session: DbSession, actor: CurrentActor, client_id: ClientId, response: Response) -> ClientRead:
    """Show a machine client and what it may do."""
    return queries.read_client(session, _known(session, actor, client_id, response))


@router.patch(
    "/{client_id}",
    operation_id="update_client",
    summary="Change a machine client",
    responses=problems(*CHANGING, MoreThanOwn),
    openapi_extra={
        "requestBody": {"content": {"application/merge-patch+json": {"schema": {"$ref": SCHEMA_OF_UPDATE}}}}
    },
)
def update_client(
    session: DbSession,
    actor: Manager,
    client_id: ClientId,
    patch: ClientUpdate,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> ClientRead:
    """Change name, standing, scopes or key address of a machine client by a merge patch."""
    client = _to_change(session, actor, client_id, if_match)
    actions.update_client(session, actor, client, patch)
    _tagged(response, actor, client)
    return queries.read_client(session, client)


@router.post(
    "/{client_id}/disable",
    operation_id="disable_client",
    summary="Let a client in no more",
    responses=problems(*CHANGING),
)
def disable_client(
    session: DbSession,
    actor: Manager,
    client_id: ClientId,
    given: Reason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ClientRead:
    """Let a machine client in no more; its keys and tokens are refused within seconds."""
    client = _to_change(session, actor, client_id, if_match)
    actions.disable_client(session, actor, client, reason=given.reason)
    _tagged(response, actor, client)
    return queries.read_client(session, client)


@router.post(
    "/{client_id}/enable",
    operation_id="enable_client",
    summary="Let a client in again",
    responses=problems(*CHANGING, MoreThanOwn),
)
def enable_client(
    session: DbSession,
    actor: Manager,
    client_id: ClientId,
    given: Reason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ClientRead:
    """Let a disabled machine client in again, with the keys that have neither expired nor been revoked."""
    client = _to_change(session, actor, client_id, if_match)
    actions.enable_client(session, actor, client, reason=given.reason)
    _tagged(response, actor, client)
    return queries.read_client(session, client)


@router.get(
    "/{client_id}/keys",
    operation_id="list_client_keys",
    summary="List the keys of a client",
    responses=problems(*SEEING, ClientNotFound),
)
def list_client_keys(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    client_id: ClientId,
    query: Annotated[PageQuery, Query()],
) -> Page[KeyRead]:
    """List the keys of a machine client, the latest first: when they expire and were last used, never what they are."""
    client = _known(session, actor, client_id, response)
    return linked_page(request, response, queries.keys_page(session, client, query, actor.now))


@router.get(
    "/{client_id}/history",
    operation_id="list_client_history",
    summary="List what was done with a client",
    responses=problems(*SEEING, ClientNotFound),
)
def list_client_history(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    client_id: ClientId,
    query: Annotated[PageQuery, Query()],
) -> Page[HistoryRead]:
    """List the journal's lines about a machine client and its keys, the last deed first."""
    client = _known(session, actor, client_id, response)
    return linked_page(request, response, history_page(session, "client", client.id, query))


@router.post(
    "/{client_id}/keys",
    operation_id="issue_client_key",
    summary="Make a key for a client",
    status_code=201,
    responses=problems(*CHANGING, ClientDisabled, MoreThanOwn, KeysEnough, KeyKnown, KeyNotUsable),
)
def issue_client_key(
    session: DbSession,
    actor: Manager,
    client_id: ClientId,
    given: KeyCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> KeyIssued:
    """Make an API key or client secret, shown in this answer only, or register a public key; two can be valid."""
    client = _to_change(session, actor, client_id, if_match)
    key, secret = actions.issue_key(session, actor, client, given)
    _tagged(response, actor, client)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Location"] = f"{router.prefix}/{client.id}/keys"
    return KeyIssued(**queries.read_key(key, actor.now).model_dump(), secret=secret)


@router.post(
    "/{client_id}/keys/{key_id}/revoke",
    operation_id="revoke_client_key",
    summary="Revoke a key",
    responses=problems(*CHANGING, KeyNotFound),
)
def revoke_client_key(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, why, as read
    session: DbSession,
    actor: Manager,
    client_id: ClientId,
    key_id: KeyId,
    given: Reason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> KeyRead:
    """Revoke a key of a machine client; it is refused within seconds everywhere. `If-Match` names the client's ETag."""
    client = _to_change(session, actor, client_id, if_match)
    key = queries.get_key(session, client, str(key_id))
    actions.revoke_key(session, actor, client, key, reason=given.reason)
    _tagged(response, actor, client)
    return queries.read_key(key, actor.now)
