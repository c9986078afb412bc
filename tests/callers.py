"""Callers for tests: organisations with roles, machine clients and their keys, made without going through the verbs."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.models import Client, Credential, Organisation
from cluster_api.identity.states import CredentialKind, Role, Standing
from cluster_api.tokens.rules import API_KEY, new_secret

LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)
FOR_EVER = datetime(2100, 1, 1, tzinfo=UTC)


def given_organisation(session: Session, *roles: Role, name: str = "Somebody") -> Organisation:
    """Record an organisation with these roles."""
    organisation = Organisation(
        id=str(uuid7()),
        name=name,
        country="BE",
        roles=[role.value for role in roles],
        is_synthetic=True,
        version=1,
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
    )
    session.add(organisation)
    session.flush()
    return organisation


def given_client(
    session: Session, organisation: Organisation, *, standing: Standing = Standing.OWNER, scopes: tuple[str, ...] = ()
) -> Client:
    """Record a machine client of an organisation."""
    client = Client(
        id=str(uuid7()),
        organisation_id=organisation.id,
        name="A client",
        standing=standing,
        scopes=list(scopes),
        version=1,
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
    )
    session.add(client)
    session.flush()
    return client


def given_credential(
    session: Session, client: Client, *, cluster_id: str | None = None, expires_at: datetime = FOR_EVER
) -> dict[str, str]:
    """Record an API key of a client and answer the headers that carry it."""
    secret = new_secret(API_KEY)
    session.add(
        Credential(
            id=str(uuid7()),
            client_id=client.id,
            kind=CredentialKind.API_KEY,
            public_id=secret.public_id,
            digest=secret.digest,
            scopes=[],
            cluster_id=cluster_id,
            created_at=expires_at - timedelta(days=90),
            expires_at=expires_at,
        )
    )
    session.flush()
    return {"Authorization": f"Bearer {secret.text}"}


def given_key(session: Session, *roles: Role, standing: Standing = Standing.OWNER) -> dict[str, str]:
    """Record an organisation with these roles, its client and a key, and answer the headers that carry the key."""
    return given_credential(session, given_client(session, given_organisation(session, *roles), standing=standing))


def given_admin(database: Database) -> dict[str, str]:
    """Record an organisation that may do everything, and answer the headers that carry its key."""
    with database.transaction() as session:
        return given_key(session, Role.SECRETARIAT, Role.ADMIN, Role.AUDITOR)
