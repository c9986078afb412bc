"""Who stands behind a credential, asked by the prepared read path: this happens before every request that has one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from cluster_api.foundation.database import Prepared, Reader, day_of, instant_of
from cluster_api.identity.models import Account, Client, Credential, Membership, Organisation, Person
from cluster_api.identity.schemas import Caller, Claims, Held, client_handle, known_roles
from cluster_api.identity.states import CredentialKind, Standing
from cluster_api.tokens.errors import CredentialExpired, CredentialsNotAccepted, TokenRevoked
from cluster_api.tokens.models import RevokedToken
from cluster_api.tokens.rules import digest_of, is_same
from cluster_api.tokens.schemas import Secret

CLIENT: tuple[Any, ...] = (
    Client.id,
    Client.organisation_id,
    Client.standing,
    Client.scopes,
    Client.disabled_at,
    Organisation.roles,
    Organisation.closed_at,
)
KEY: tuple[Any, ...] = (
    Credential.digest,
    Credential.expires_at,
    Credential.revoked_at,
    Credential.scopes,
    Credential.cluster_id,
    Credential.id,
    Credential.last_used_at,
)
PERSON: tuple[Any, ...] = (
    Person.id,
    Person.roles,
    Membership.organisation_id,
    Membership.standing,
    Organisation.roles,
    Account.id,
    Account.seen_on,
)
_CLIENT = sa.select(*CLIENT).join(Organisation, Organisation.id == Client.organisation_id)
BY_KEY = (
    sa.select(
        *CLIENT,
        *KEY,
    )
    .join(Organisation, Organisation.id == Client.organisation_id)
    .join(Credential, Credential.client_id == Client.id)
    .where(
        Credential.public_id == sa.bindparam("public_id"),
        Credential.kind == sa.literal_column(f"'{CredentialKind.API_KEY.value}'"),
    )
)
BY_TOKEN = _CLIENT.add_columns(
    sa.select(RevokedToken.jti).where(RevokedToken.jti == sa.bindparam("jti")).scalar_subquery()
).where(Client.id == sa.bindparam("client_id", type_=Client.id.type))
BY_ACCOUNT = (
    sa.select(*PERSON)
    .select_from(Account)
    .join(Person, Person.id == Account.person_id)
    .outerjoin(Membership, Membership.person_id == Person.id)
    .outerjoin(Organisation, sa.and_(Organisation.id == Membership.organisation_id, Organisation.closed_at.is_(None)))
    .where(Account.issuer == sa.bindparam("issuer"), Account.subject == sa.bindparam("subject"))
    .order_by(Membership.organisation_id)
)
UNKNOWN_DIGEST = "0" * 64


class Identities:
    """Asks who stands behind a key, a token or an account; statements are compiled once."""

    def __init__(self, reader: Reader) -> None:
        """Ask this database."""
        self._reader = reader
        self._key, self._token = reader.prepare(BY_KEY), reader.prepare(BY_TOKEN)
        self._account = reader.prepare(BY_ACCOUNT)

    async def _rows(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        return await self._reader.rows(statement, values)

    async def of_key(self, secret: Secret, now: datetime) -> tuple[Caller, datetime | None]:
        """Answer who has an API key, and when it was noted last that it was used.

        Raises:
            CredentialsNotAccepted: there is no such key.
            CredentialExpired: it has expired, was revoked, or its client was disabled.
        """
        rows = await self._rows(self._key, {"public_id": secret.public_id})
        # Compared also where there is nothing to compare with, so that the time tells nothing.
        if not is_same(secret.digest, rows[0][7] if rows else UNKNOWN_DIGEST):
            raise CredentialsNotAccepted
        row = rows[0]
        expires_at, revoked_at = instant_of(row[8]), row[9]
        if revoked_at is not None or now >= expires_at:
            raise CredentialExpired
        caller = _client(row, scopes=_codes(row[10]), cluster_id=_text(row[11]), expires_at=expires_at)
        return replace(caller, credential_id=str(row[12])), None if row[13] is None else instant_of(row[13])

    async def of_token(self, claims: Mapping[str, Any], expires_at: datetime) -> Caller:
        """Answer the client to which a token of ours was given.

        Raises:
            CredentialsNotAccepted: there is no such client.
            TokenRevoked, CredentialExpired: the token was revoked, the client disabled.
        """
        rows = await self._rows(self._token, {"client_id": str(claims["client_id"]), "jti": str(claims["jti"])})
        if not rows:
            raise CredentialsNotAccepted
        if rows[0][7] is not None:
            raise TokenRevoked
        scopes = str(claims.get("scope", "")).split()
        return _client(rows[0], scopes=scopes, cluster_id=claims.get("cluster_id"), expires_at=expires_at)

    async def of_account(self, claims: Claims) -> Caller:
        """Answer the person behind an account; one that is paired with nobody can only take up an invitation."""
        rows = await self._rows(self._account, {"issuer": claims.issuer, "subject": claims.subject})
        if not rows:
            return Caller(
                name=f"account:{digest_of(f'{claims.issuer} {claims.subject}')[:32]}",
                account=(claims.issuer, claims.subject),
                claimed_name=claims.name,
                claimed_email=claims.email,
                expires_at=claims.expires_at,
            )
        person_id = str(rows[0][0])
        held = [
            Held(str(row[2]), known_roles(_codes(row[4])), Standing(row[3]))
            for row in rows
            if row[2] is not None and row[4] is not None
        ]
        own = known_roles(_codes(rows[0][1]))
        if own:
            held.append(Held(person_id, own, Standing.EDITOR, is_person=True))
        return Caller(
            name=f"person:{person_id}",
            held=tuple(held),
            person_id=person_id,
            expires_at=claims.expires_at,
            last_seen=(str(rows[0][5]), day_of(rows[0][6])),
        )


def _client(row: tuple[Any, ...], *, scopes: Sequence[str], cluster_id: str | None, expires_at: datetime) -> Caller:
    client_id, organisation_id, standing, client_scopes, disabled_at, roles, closed_at = row[:7]
    if disabled_at is not None or closed_at is not None:
        raise CredentialExpired("The machine client was disabled.")
    bounds = frozenset(_codes(client_scopes))
    narrowed = frozenset(scopes)
    return Caller(
        name=client_handle(str(client_id)),
        held=(Held(str(organisation_id), known_roles(_codes(roles)), Standing(standing)),),
        scopes=(bounds & narrowed or frozenset({"nothing"})) if bounds and narrowed else bounds or narrowed,
        client_id=str(client_id),
        cluster_id=cluster_id,
        expires_at=expires_at,
    )


def _codes(value: Any) -> list[str]:
    return [part for part in str(value or "").split("|") if part]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
