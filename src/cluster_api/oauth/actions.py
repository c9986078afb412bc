"""What the token endpoint and its neighbours do: prove a client, give a token, tell about one, revoke one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from joserfc.jwk import ECKey, KeySet, import_key
from sqlalchemy.orm import Session

from cluster_api.clients.queries import NO_CLIENT, find_enabled, find_secret, live_keys, permissions_of
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.settings import Settings
from cluster_api.foundation.vault import Vault
from cluster_api.identity.models import Client, Credential
from cluster_api.identity.permissions import Permission
from cluster_api.identity.schemas import client_handle
from cluster_api.identity.states import CredentialKind
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.oauth.errors import ClientNotProven
from cluster_api.oauth.rules import ASSERTION_ALGORITHMS, Presented, granted_scope
from cluster_api.oauth.schemas import Introspection, TokenRead
from cluster_api.tokens.actions import revoke_token, rotate_keys, sign_claims, use_assertion
from cluster_api.tokens.errors import AssertionReplayed, CredentialsNotAccepted
from cluster_api.tokens.models import RevokedToken
from cluster_api.tokens.queries import every_key
from cluster_api.tokens.rules import CLIENT_SECRET, LONGEST_ASSERTION, check, is_same, read_secret, refuse_long_life
from cluster_api.tokens.schemas import Checked, Wanted

UNKNOWN_DIGEST = "0" * 64
NO_KEY = ECKey.generate_key("P-256", private=False)
"""A key with which nobody signs: what is said by or for a client that does not exist is checked all the same."""
FAILED = "The client is not known, is disabled, or did not prove that it is this one."
USED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Server:
    """The authorization server at an instant: its settings, what it seals keys with, and the request it answers."""

    settings: Settings
    vault: Vault
    now: datetime
    request_id: str

    @property
    def issuer(self) -> str:
        """Answer the name of the server."""
        return self.settings.public_url

    def author(self, client: Client) -> Author:
        """Answer how the journal names a client that proved itself here."""
        return Author(
            client_handle(client.id),
            self.now,
            self.request_id,
            client_id=client.id,
            organisation_id=client.organisation_id,
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """What a client proved: that it is this one, by which keys, and with which assertion."""

    client_id: str
    keys: tuple[str, ...]
    assertion: Checked | None = None


def prove_by_secret(session: Session, server: Server, given: Presented) -> Proof:
    """Answer the proof of a client whose secret was sent; reads only, so that guessing never holds a lock.

    Raises:
        ClientNotProven: whatever is wrong, in the same words, after the same work.
    """
    secret = read_secret(given.secret or "", CLIENT_SECRET)
    key = find_secret(session, given.client_id, secret.public_id if secret is not None else "", server.now)
    known = key.digest if key is not None and key.digest is not None else UNKNOWN_DIGEST
    if secret is None or not is_same(secret.digest, known) or key is None:
        raise ClientNotProven(FAILED)
    return Proof(key.client_id, (key.id,))


def prove_by_assertion(session: Session, server: Server, given: Presented, said: str, remote: KeySet | None) -> Proof:
    """Answer the proof of a client that signed an assertion (RFC 7523, 3), with a key of its own; reads only.

    ``said`` is the client that the assertion names, ``remote`` the keys at the client's own address.

    Raises:
        ClientNotProven: it is not let in, or the assertion is not to be believed; of a client that does not exist it is
            said that the signature is wrong, as of any other.
    """
    client = find_enabled(session, said)
    client_id = client.id if client is not None else NO_CLIENT
    registered = live_keys(session, client_id, CredentialKind.PUBLIC_KEY, server.now)
    keys = [*(import_key(key.jwk) for key in registered if key.jwk is not None), *(remote.keys if remote else [])]
    audiences = frozenset({server.issuer, f"{server.issuer}/oauth/token"})
    wanted = Wanted(client_id, audiences, ASSERTION_ALGORITHMS, claims=("sub", "jti"))
    try:
        checked = check(given.assertion or "", KeySet(keys or [NO_KEY]), wanted, server.now, any_key=True)
        refuse_long_life(checked, server.now, LONGEST_ASSERTION)
    except CredentialsNotAccepted as refused:
        raise ClientNotProven(f"{refused.title()}. {refused.detail}") from refused
    if checked.claims["sub"] != client_id or len(checked.claims["jti"]) > 255:
        raise ClientNotProven("`sub` must be the client itself, and `jti` at most 255 characters long.")
    return Proof(client_id, tuple(key.id for key in registered), checked)


def accept(session: Session, server: Server, proof: Proof) -> Client:
    """Let a client in by its proof: note that its keys were used, and use up the assertion; raise ClientNotProven."""
    client = find_enabled(session, proof.client_id)
    if client is None:
        raise ClientNotProven(FAILED)
    if proof.assertion is not None:
        jti, expires_at = str(proof.assertion.claims["jti"]), proof.assertion.expires_at
        try:
            use_assertion(session, client_id=client.id, jti=jti, expires_at=expires_at)
        except AssertionReplayed as refused:
            raise ClientNotProven(refused.detail) from refused
    seen = sa.or_(Credential.last_used_at.is_(None), Credential.last_used_at < server.now - USED_WITHIN)
    session.execute(
        sa.update(Credential).where(Credential.id.in_(proof.keys), seen).values(last_used_at=server.now),
        execution_options={"synchronize_session": False},
    )
    return client


def give_token(session: Session, server: Server, client: Client, scope: str | None) -> TokenRead:
    """Give an access token (RFC 9068) to a client that proved itself; raise ScopeNotGranted."""
    author = server.author(client)
    granted = " ".join(granted_scope(scope, permissions_of(session, client)))
    rotate_keys(session, server.vault, author, days=server.settings.signing_key_days)
    seconds = server.settings.access_token_seconds
    claims = {
        "iss": server.issuer,
        "sub": client.id,
        "aud": server.issuer,
        "client_id": client.id,
        "organisation_id": client.organisation_id,
        "iat": int(server.now.timestamp()),
        "exp": int(server.now.timestamp()) + seconds,
        "jti": str(uuid7()),
        "scope": granted,
    }
    token = sign_claims(session, server.vault, author, claims, days=server.settings.signing_key_days)
    details = {"jti": claims["jti"], "scope": granted}
    record(session, author, "token.given", ("client", client.id), details=details)
    return TokenRead(access_token=token, expires_in=seconds, scope=granted)


def _own_token(session: Session, server: Server, token: str) -> Checked | None:
    wanted = Wanted(
        server.issuer, frozenset({server.issuer}), ("ES256",), frozenset({"at+jwt"}), ("client_id", "jti", "sub")
    )
    try:
        return check(token, every_key(session), wanted, server.now)
    except CredentialsNotAccepted:
        return None


def tell_about(session: Session, server: Server, client: Client, token: str) -> Introspection:
    """Tell a client about a token of its own, or of anybody's if it manages all clients (RFC 7662).

    Of every other token, and of one that is not accepted any more, it is told that it is not active, and nothing else.
    """
    checked = _own_token(session, server, token)
    if checked is None or not _may_ask(session, client, checked.claims):
        return Introspection(active=False)
    is_revoked = session.get(RevokedToken, str(checked.claims["jti"])) is not None
    if is_revoked or find_enabled(session, str(checked.claims["client_id"])) is None:
        return Introspection(active=False)
    return Introspection(active=True, token_type="Bearer", **checked.claims)  # noqa: S106 - a kind of token


def _may_ask(session: Session, client: Client, claims: Mapping[str, Any]) -> bool:
    return claims["client_id"] == client.id or Permission.CLIENTS_MANAGE_ALL in permissions_of(session, client)


def take_back(session: Session, server: Server, client: Client, token: str) -> None:
    """Revoke a token of the client's own; of another one nothing is done and nothing told (RFC 7009, 2.2)."""
    checked = _own_token(session, server, token)
    if checked is not None and checked.claims["client_id"] == client.id:
        expires_at = datetime.fromtimestamp(int(checked.claims["exp"]), UTC)
        revoke_token(
            session,
            server.author(client),
            jti=str(checked.claims["jti"]),
            client_id=client.id,
            expires_at=expires_at,
        )
