"""What one can ask about machine clients; who asks decides which there are."""

import re
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clients.errors import ClientNotFound, KeyNotFound
from cluster_api.clients.rules import is_live
from cluster_api.clients.schemas import ClientQuery, ClientRead, ClientState, KeyRead
from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Client, Credential, Organisation
from cluster_api.identity.permissions import Permission, allowed
from cluster_api.identity.schemas import known_roles
from cluster_api.identity.states import CredentialKind

NO_CLIENT = "00000000-0000-0000-0000-000000000000"
_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SEEING_ALL = (Permission.ORGANISATIONS_READ_ALL, Permission.CLIENTS_MANAGE_ALL)


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller may know of a client; raise its refusal to who sees none at all."""
    actor.must_any(Permission.ORGANISATIONS_READ, *SEEING_ALL)
    if any(actor.can(permission) for permission in SEEING_ALL):
        return sa.true()
    return Client.organisation_id.in_(actor.where(Permission.ORGANISATIONS_READ))


def get_client(session: Session, actor: Actor, client_id: str, *, for_change: bool = False) -> Client:
    """Answer a client of which the caller may know; raise ClientNotFound. ``for_change`` locks it."""
    statement = sa.select(Client).where(Client.id == client_id, visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise ClientNotFound
    return found


def _is_enabled(client_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    # What is no identifier must not trouble the database, and takes it as long as one that nobody has.
    return (
        Client.id == (client_id if _IDENTIFIER.fullmatch(client_id) else NO_CLIENT),
        Client.disabled_at.is_(None),
        Organisation.closed_at.is_(None),
    )


def find_enabled(session: Session, client_id: str) -> Client | None:
    """Answer a client that is let in, whoever asks; none if it is disabled, or its organisation closed."""
    statement = sa.select(Client).join(Organisation, Organisation.id == Client.organisation_id)
    return session.scalar(statement.where(*_is_enabled(client_id)))


def find_secret(session: Session, client_id: str, public_id: str, now: datetime) -> Credential | None:
    """Answer a secret that is accepted now, of a client that is let in, by its public part.

    It is one statement, so that whether there is such a client cannot be told from how long the answer takes.
    """
    statement = (
        sa.select(Credential)
        .join(Client, Client.id == Credential.client_id)
        .join(Organisation, Organisation.id == Client.organisation_id)
        .where(
            Credential.public_id == public_id,
            Credential.kind == CredentialKind.SECRET,
            Credential.revoked_at.is_(None),
            Credential.expires_at > now,
            *_is_enabled(client_id),
        )
    )
    return session.scalar(statement)


def permissions_of(session: Session, client: Client) -> frozenset[Permission]:
    """Answer what a client may do by the roles of its organisation."""
    organisation = session.get_one(Organisation, client.organisation_id)
    return allowed(known_roles(organisation.roles), client.standing, client.scopes)


def read_client(session: Session, client: Client) -> ClientRead:
    """Answer a client as it is shown."""
    return ClientRead(
        id=UUID(client.id),
        organisation_id=UUID(client.organisation_id),
        name=client.name,
        state=ClientState.ENABLED if client.disabled_at is None else ClientState.DISABLED,
        standing=client.standing,
        scopes=client.scopes,
        permissions=sorted(permissions_of(session, client)),
        jwks_uri=client.jwks_uri,
        disabled_at=client.disabled_at,
        version=client.version,
        created_at=client.created_at,
        updated_at=client.updated_at,
    )


def clients_page(session: Session, actor: Actor, query: ClientQuery) -> Page[ClientRead]:
    """Answer a page of clients, the latest first; raise Invalid for a cursor of another question."""
    question = question_of({"of": "clients", **query.model_dump()})
    statement = sa.select(Client).where(visible(actor))
    if query.organisation_id is not None:
        statement = statement.where(Client.organisation_id == str(query.organisation_id))
    if query.state is not None:
        is_enabled = Client.disabled_at.is_(None)
        statement = statement.where(is_enabled if query.state is ClientState.ENABLED else ~is_enabled)
    if query.cursor is not None:
        statement = statement.where(Client.id < read_cursor(query.cursor, question, [UUID])[0])
    found = session.scalars(statement.order_by(Client.id.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(
        items=[read_client(session, client) for client in shown],
        next=write_cursor(question, [shown[-1].id]) if len(found) > query.limit else None,
    )


def read_key(key: Credential, now: datetime) -> KeyRead:
    """Answer a key as it is shown."""
    prefix = {CredentialKind.API_KEY: "cak_", CredentialKind.SECRET: "ccs_", CredentialKind.PUBLIC_KEY: ""}[key.kind]
    return KeyRead(
        id=UUID(key.id),
        client_id=UUID(key.client_id),
        kind=key.kind,
        hint=f"{prefix}{key.public_id.rpartition(':')[2]}",
        scopes=key.scopes,
        cluster_id=None if key.cluster_id is None else UUID(key.cluster_id),
        is_live=is_live(key.expires_at, key.revoked_at, now),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )


def get_key(session: Session, client: Client, key_id: str) -> Credential:
    """Answer a key of a client; raise KeyNotFound."""
    found = session.scalar(sa.select(Credential).where(Credential.id == key_id, Credential.client_id == client.id))
    if found is None:
        raise KeyNotFound
    return found


def keys_page(session: Session, client: Client, query: PageQuery, now: datetime) -> Page[KeyRead]:
    """Answer a page of the keys of a client, the latest first; raise Invalid for a cursor of another question."""
    question = question_of({"of": "keys", "client": client.id})
    statement = sa.select(Credential).where(Credential.client_id == client.id)
    if query.cursor is not None:
        statement = statement.where(Credential.id < read_cursor(query.cursor, question, [UUID])[0])
    found = session.scalars(statement.order_by(Credential.id.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(
        items=[read_key(key, now) for key in shown],
        next=write_cursor(question, [shown[-1].id]) if len(found) > query.limit else None,
    )


def live_keys(session: Session, client_id: str, kind: CredentialKind, now: datetime) -> list[Credential]:
    """Answer the keys of a kind that are accepted now, the latest first."""
    statement = sa.select(Credential).where(
        Credential.client_id == client_id,
        Credential.kind == kind,
        Credential.revoked_at.is_(None),
        Credential.expires_at > now,
    )
    return list(session.scalars(statement.order_by(Credential.id.desc())))


def client_rows(session: Session) -> list[tuple[str, str, str, str, str]]:
    """Answer every client for the command line: identifier, organisation, name, standing, state."""
    statement = (
        sa.select(Client, Organisation.name)
        .join(Organisation, Organisation.id == Client.organisation_id)
        .order_by(Organisation.name, Client.id)
    )
    return [
        (client.id, owner, client.name, client.standing.value, "disabled" if client.disabled_at else "enabled")
        for client, owner in session.execute(statement)
    ]
