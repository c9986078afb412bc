"""The keys that check signatures: our own from the database, those of identity providers over HTTP."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
import sqlalchemy as sa
from joserfc.jwk import KeySet, import_key
from sqlalchemy.orm import Session

from cluster_api.foundation.database import Prepared, Reader
from cluster_api.foundation.errors import Problem
from cluster_api.foundation.logs import log
from cluster_api.foundation.settings import Issuer
from cluster_api.tokens.errors import IssuerUnavailable
from cluster_api.tokens.models import SigningKey
from cluster_api.tokens.rules import LONGEST_CREDENTIAL, MOST_KEYS, usable_keys

REFRESH_SECONDS = 600.0
"""After how long the keys of an identity provider are fetched again, in the background."""
RETRY_SECONDS = 10.0
"""How often an identity provider is asked at most, however many tokens name keys that are not known."""
SERVE_STALE_SECONDS = 86_400.0
"""How long keys go on serving while their provider cannot be reached."""

Fetch = Callable[[str], Awaitable[Any]]


def shown_keys(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Answer the public keys of the JWK set, the latest first: those that sign, will sign soon, or signed what lives.

    What lives longest is the credential of a label. Nothing new is signed by a key that is spent: its private part is
    destroyed.
    """
    statement = (
        sa.select(SigningKey.public)
        .where(SigningKey.signs_until > now - LONGEST_CREDENTIAL)
        .order_by(SigningKey.signs_from.desc(), SigningKey.kid)
        .limit(MOST_KEYS)
    )
    return list(session.scalars(statement))


def signing_key(session: Session, now: datetime) -> SigningKey | None:
    """Answer the key that signs now: of several the latest to begin; none before the first is made."""
    statement = (
        sa.select(SigningKey)
        .where(SigningKey.signs_from <= now, SigningKey.signs_until > now, SigningKey.sealed.is_not(None))
        .order_by(SigningKey.signs_from.desc(), SigningKey.kid)
        .limit(1)
    )
    return session.scalar(statement)


def every_key(session: Session) -> KeySet:
    """Answer the public parts of all keys this service ever had: what checks signatures under old checkpoints."""
    return KeySet([import_key(public) for public in session.scalars(sa.select(SigningKey.public))])


class OwnKeys:
    """The keys of this service as this process knows them; an unknown one is looked up when it is named.

    Naming unknown keys costs one small query each, as unknown API keys do; who does it often is not listened to.
    """

    def __init__(self) -> None:
        """Know none."""
        self._keys = KeySet([])
        self._statement: Prepared | None = None

    async def naming(self, key_id: str | None, reader: Reader) -> KeySet:
        """Answer all known keys, after a look into the database if this one is not among them."""
        if key_id not in {key.kid for key in self._keys.keys}:
            if self._statement is None:
                self._statement = reader.prepare(sa.select(SigningKey.public))
            rows = await reader.rows(self._statement, {})
            self._keys = KeySet([import_key(_plain(public)) for (public,) in rows])
        return self._keys


def _plain(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(value) if isinstance(value, str | bytes) else value
    return found


@dataclass(frozen=True, slots=True)
class IssuerHealth:
    """What is known of an identity provider: whether its keys are at hand, and since when."""

    issuer: str
    state: Literal["fresh", "stale", "unknown"]
    keys: int
    seconds_since_fetched: int | None
    problem: str | None


class RemoteKeys:
    """The keys that stand at an address of somebody else.

    Known keys answer at once, also while whoever keeps them is down or slow; a key that is not known makes the next
    caller wait for one fetch, which all who need it share, and which happens at most every ``RETRY_SECONDS``.
    """

    def __init__(self, address: str, fetch: Fetch) -> None:
        """Fetch with this function, which answers parsed JSON or raises a Problem."""
        self.address = address
        self._fetch = fetch
        self._keys: KeySet | None = None
        self._fetched = 0.0
        self._tried = -RETRY_SECONDS
        self._problem: str | None = None
        self._fetching = asyncio.Lock()
        self._background: set[asyncio.Task[None]] = set()

    async def naming(self, key_id: str | None) -> KeySet:
        """Answer the keys; raise IssuerUnavailable if none are at hand."""
        if not self._knows(key_id):
            await self._refresh(key_id)
        elif time.monotonic() - self._fetched > REFRESH_SECONDS and not self._background:
            task = asyncio.create_task(self._refresh(None))
            self._background.add(task)
            task.add_done_callback(self._background.discard)
        if self._keys is None or time.monotonic() - self._fetched > SERVE_STALE_SECONDS:
            raise IssuerUnavailable(f"The keys at {self.address} are not at hand: {self._problem}.")
        return self._keys

    def _knows(self, key_id: str | None) -> bool:
        return self._keys is not None and (key_id is None or any(key.kid == key_id for key in self._keys.keys))

    async def _refresh(self, key_id: str | None) -> None:
        async with self._fetching:
            if time.monotonic() - self._tried < RETRY_SECONDS or (key_id is not None and self._knows(key_id)):
                return
            self._tried = time.monotonic()
            try:
                self._keys = usable_keys(await self._fetch(self.address))
            except (Problem, ValueError) as error:
                self._problem = str(error)[:300]
                log.warning("keys.not_fetched", address=self.address, problem=self._problem)
            else:
                self._fetched, self._problem = time.monotonic(), None


class IssuerKeys(RemoteKeys):
    """The keys of one identity provider, and what readiness tells of it."""

    def __init__(self, issuer: Issuer, fetch: Fetch) -> None:
        """Fetch with this function, which answers parsed JSON or raises a Problem."""
        super().__init__(issuer.jwks_uri, fetch)
        self.issuer = issuer

    @property
    def health(self) -> IssuerHealth:
        """Answer what readiness tells of this provider."""
        if self._keys is None:
            return IssuerHealth(self.issuer.issuer, "unknown", 0, None, self._problem)
        age = time.monotonic() - self._fetched
        state: Literal["fresh", "stale"] = "stale" if self._problem else "fresh"
        return IssuerHealth(self.issuer.issuer, state, len(self._keys.keys), int(age), self._problem)


def issuer_keys(issuers: Sequence[Issuer], fetch: Fetch) -> Mapping[str, IssuerKeys]:
    """Answer the keepers of keys by the name of the issuer."""
    return {issuer.issuer: IssuerKeys(issuer, fetch) for issuer in issuers}
