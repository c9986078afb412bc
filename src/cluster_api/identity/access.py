"""The caller of a request: a layer that establishes who calls, and ``CurrentActor``, which is all that routes know.

Whatever is sent as a credential is checked before anything else is done, on public operations too: a key that has
expired must not pass unnoticed because nobody needed it today. What was established is believed for
as long as the settings say (two seconds); then the database is asked again, so that a revoked credential is refused
within that time on every process.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from hashlib import blake2b
from typing import Annotated, NoReturn

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from joserfc.jwk import KeySet
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from cluster_api.foundation.clock import Clock, civil_date
from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import Problem
from cluster_api.foundation.limits import Failures, address_of
from cluster_api.foundation.logs import log
from cluster_api.foundation.problems import problem_response
from cluster_api.foundation.settings import Issuer, Settings
from cluster_api.foundation.telemetry import current_trace
from cluster_api.identity.actions import NOTED_WITHIN, note_use, see_account
from cluster_api.identity.errors import CredentialsRequired, PermissionMissing, TooManyFailures
from cluster_api.identity.permissions import OF_ONE_CLUSTER, Permission, allowed
from cluster_api.identity.queries import Identities
from cluster_api.identity.schemas import NOBODY, Caller, Claims
from cluster_api.identity.states import Role
from cluster_api.journal.schemas import Author
from cluster_api.tokens.errors import CredentialsNotAccepted, IssuerUnknown, TokenIncomplete, TokenUnreadable
from cluster_api.tokens.queries import IssuerKeys, OwnKeys
from cluster_api.tokens.rules import API_KEY, LONGEST_ACCESS, MOST_LETTERS, check, peek, read_secret, refuse_long_life
from cluster_api.tokens.schemas import Checked, Wanted

MOST_KNOWN = 10_000
OWN_CLAIMS = ("client_id", "jti", "sub")

Mandates = Mapping[str, frozenset[Permission]]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks for something at an instant, and what this caller may do where.

    ``mandates`` names for each organisation (or for the person, where the role is personal) what may be done there.
    """

    name: str
    now: datetime
    request_id: str = "0" * 32
    mandates: Mandates = field(default_factory=dict)
    caller: Caller = field(default_factory=Caller)
    view: str = "p"

    @property
    def today(self) -> date:
        """Answer the civil day of the request, in Brussels."""
        return civil_date(self.now)

    @property
    def author(self) -> Author:
        """Answer how the journal names this caller."""
        return Author(
            self.name,
            self.now,
            self.request_id,
            client_id=self.caller.client_id,
            person_id=self.caller.person_id,
            organisation_id=self.organisation_id,
        )

    @property
    def organisation_id(self) -> str | None:
        """Answer the organisation acted for, if there is exactly one."""
        held = [one.holder_id for one in self.caller.held if not one.is_person]
        return held[0] if len(held) == 1 else None

    @property
    def roles(self) -> frozenset[Role]:
        """Answer every role the caller has, be it through an organisation."""
        return frozenset[Role]().union(*(one.roles for one in self.caller.held))

    def where(self, permission: Permission) -> tuple[str, ...]:
        """Answer the organisations in which the caller has the permission, in the order of their identifiers."""
        return tuple(sorted(holder for holder, held in self.mandates.items() if permission in held))

    def can(self, permission: Permission, *, within: str | None = None) -> bool:
        """Answer whether the caller has the permission: anywhere, or in this organisation."""
        if within is not None:
            return permission in self.mandates.get(within, ())
        return any(permission in held for held in self.mandates.values())

    def must(self, permission: Permission, *, within: str | None = None) -> None:
        """Raise CredentialsRequired or PermissionMissing unless the caller has the permission."""
        if not self.can(permission, within=within):
            self.refuse(permission)

    def must_any(self, *permissions: Permission) -> None:
        """Raise CredentialsRequired or PermissionMissing unless the caller has one of these permissions somewhere."""
        if not any(self.can(permission) for permission in permissions):
            self.refuse(*permissions)

    def refuse(self, *permissions: Permission) -> NoReturn:
        """Raise CredentialsRequired to the public, PermissionMissing to others."""
        if self.caller.is_public:
            raise CredentialsRequired
        raise PermissionMissing(f"This needs the permission {' or '.join(one.value for one in permissions)}.")


def mandates_of(caller: Caller) -> Mandates:
    """Answer what a caller may do, by the organisation in which, or by the person if the role is personal."""
    found = {one.holder_id: allowed(one.roles, one.standing, caller.scopes) for one in caller.held}
    if caller.cluster_id is None:
        return found
    return {holder: held & OF_ONE_CLUSTER for holder, held in found.items()}


def view_of(caller: Caller, mandates: Mandates) -> str:
    """Answer the short name of what a caller sees: part of entity tags, the same for all who see the same."""
    if caller.is_public:
        return "p"
    seen = [f"{holder}={','.join(sorted(held))}" for holder, held in sorted(mandates.items())]
    return blake2b(";".join([*seen, caller.cluster_id or ""]).encode(), digest_size=6).hexdigest()


def actor_of(caller: Caller, now: datetime, request_id: str = "0" * 32) -> Actor:
    """Answer the actor that a caller is at an instant."""
    mandates = mandates_of(caller)
    return Actor(caller.name, now, request_id, mandates, caller, view_of(caller, mandates))


def service_actor(name: str, now: datetime, request_id: str = "0" * 32) -> Actor:
    """Answer the actor that this service itself is: for the command line, scheduled work and jobs taken over."""
    return Actor(name, now, request_id, {"": frozenset(Permission)}, Caller(name=name), "s")


@dataclass(slots=True)
class _Known:
    caller: Caller
    mandates: Mandates
    view: str
    until: float


class KnownCallers:
    """Whom this process has let in a moment ago, by a digest of what they sent."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        """Know nobody; believe for as long as the settings say, but not beyond the end of a credential."""
        self._clock = clock
        self._seconds = settings.credential_fresh_seconds
        self._is_secure = settings.is_secure
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._telling: dict[str, asyncio.Task[None]] = {}

    def recognises(self, scope: Scope, header: bytes) -> bool:
        """Answer whether an answer that is the same for everyone may be given to this caller without a further look."""
        return self.fresh(header) is not None and not (self._is_secure and scope.get("scheme") == "http")

    def fresh(self, header: bytes) -> _Known | None:
        """Answer who sent this header, if that was established a moment ago."""
        known = self._known.get(_digest(header))
        if known is None or time.monotonic() >= known.until:
            return None
        expires_at = known.caller.expires_at
        return known if expires_at is None or self._clock.now() < expires_at else None

    def remember(self, header: bytes, caller: Caller) -> _Known:
        """Know who sent this header for a while."""
        mandates = mandates_of(caller)
        known = _Known(caller, mandates, view_of(caller, mandates), time.monotonic() + self._seconds)
        digest = _digest(header)
        self._known[digest] = known
        self._known.move_to_end(digest)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return known

    def forget(self, header: bytes) -> None:
        """Know no longer who sent this header."""
        self._known.pop(_digest(header), None)

    def beside(self, about: str, note: Callable[[], None]) -> None:
        """Write a note beside the request, so that no read waits for the writer of an embedded database."""
        if about not in self._telling:
            task = asyncio.create_task(run_in_threadpool(note))
            self._telling[about] = task
            task.add_done_callback(partial(self._told, about))

    def _told(self, about: str, task: asyncio.Task[None]) -> None:
        self._telling.pop(about, None)
        if not task.cancelled() and task.exception() is not None:
            # The next request with the same credentials tries again.
            log.warning("caller.not_noted", about=about, error=type(task.exception()).__name__)

    async def settled(self) -> None:
        """Wait until every note is written; before the database is closed."""
        await asyncio.gather(*self._telling.values(), return_exceptions=True)


class Callers:
    """The ASGI layer that establishes who calls."""

    def __init__(  # noqa: PLR0913 - what a caller is established with
        self,
        app: ASGIApp,
        *,
        database: Database,
        clock: Clock,
        settings: Settings,
        issuers: Mapping[str, IssuerKeys],
        failures: Failures,
        known: KnownCallers,
    ) -> None:
        """Accept keys and tokens of this service, whose address is its name, and tokens of these identity providers."""
        self.app = app
        self._database = database
        self._clock = clock
        name = settings.public_url
        self._own = Wanted(name, frozenset({name}), ("ES256",), frozenset({"at+jwt"}), OWN_CLAIMS)
        self._issuers = issuers
        self._own_keys = OwnKeys()
        self._known = known
        self._failures = failures
        self._identities: Identities | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Establish the caller of one request, or refuse it."""
        header = _authorization(scope) if scope["type"] == "http" else None
        # At the token endpoints a client proves itself in other ways, and there alone.
        if header is None or scope["path"].startswith("/oauth/"):
            await self.app(scope, receive, send)
            return
        try:
            known = self._known.fresh(header) or await self._establish(header, address_of(scope))
        except Problem as problem:
            await problem_response(problem, scope["path"])(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["known"], state["allowance"] = known, known.caller.name
        await self.app(scope, receive, send)

    async def _establish(self, header: bytes, address: str) -> _Known:
        if self._failures.is_blocked(address, time.monotonic()):
            raise TooManyFailures(headers={"Retry-After": "60"})
        try:
            caller = await self._caller(_bearer_of(header), self._clock.now())
        except CredentialsNotAccepted:
            self._known.forget(header)
            self._failures.add(address, time.monotonic())
            await asyncio.sleep(self._failures.wait_of(address, time.monotonic()))
            raise
        return self._known.remember(header, caller)

    async def _caller(self, token: str, now: datetime) -> Caller:
        identities = self._identities = self._identities or Identities(self._database.reader)
        secret = read_secret(token, API_KEY)
        if secret is not None:
            caller, noted_at = await identities.of_key(secret, now)
            if caller.credential_id is not None and (noted_at is None or now - noted_at > NOTED_WITHIN):
                self._known.beside(caller.credential_id, partial(note_use, self._database, caller.credential_id, now))
            return caller
        if token.startswith(f"{API_KEY}_"):
            raise CredentialsNotAccepted("The key is mistyped or cut: its checksum does not fit.")
        said = peek(token)
        wanted, keys = await self._expected(said.issuer, said.key_id)
        checked = check(token, keys, wanted, now)
        if said.issuer == self._own.issuer:
            refuse_long_life(checked, now, LONGEST_ACCESS)
            return await identities.of_token(checked.claims, checked.expires_at)
        caller = await identities.of_account(_claims(checked, self._issuers[said.issuer].issuer))
        self._seen(caller, civil_date(now))
        return caller

    def _seen(self, caller: Caller, today: date) -> None:
        if caller.last_seen is not None and caller.last_seen[1] < today:
            self._known.beside(caller.last_seen[0], partial(see_account, self._database, caller.last_seen[0], today))

    async def _expected(self, issuer: str, key_id: str | None) -> tuple[Wanted, KeySet]:
        if issuer == self._own.issuer:
            return self._own, await self._own_keys.naming(key_id, self._database.reader)
        keeper = self._issuers.get(issuer)
        if keeper is None:
            raise IssuerUnknown
        provider = keeper.issuer
        wanted = Wanted(issuer, frozenset({provider.audience}), provider.algorithms)
        return wanted, await keeper.naming(key_id)


def _claims(checked: Checked, provider: Issuer) -> Claims:
    said = checked.claims
    subject = said.get(provider.subject_claim)
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise TokenIncomplete("The token does not name its subject.")
    name, email = _line(said.get(provider.name_claim), 300), _line(said.get(provider.email_claim), 320)
    return Claims(provider.issuer, subject, checked.expires_at, name, email)


def _line(value: object, most: int) -> str | None:
    """Answer a claim as one line of text, or none if it is anything else."""
    if not isinstance(value, str) or not value.isprintable():
        return None
    return value.strip() if 0 < len(value.strip()) <= most else None


def _authorization(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return bytes(value)
    return None


def _digest(header: bytes) -> bytes:
    return blake2b(header, digest_size=16).digest()


def _bearer_of(header: bytes) -> str:
    kind, _, token = header.decode("latin-1").strip().partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token:
        raise CredentialsNotAccepted("Only `Authorization: Bearer …` is understood here.")
    if len(token) > MOST_LETTERS:
        raise TokenUnreadable(f"It has more than {MOST_LETTERS} characters.")
    return token


_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description=(
        "An access token of this service (RFC 9068, signed and checked by RFC8725), an API key of a machine client, "
        "or an access token of an identity provider that this service accepts."
    ),
)


async def current_actor(request: Request, _credentials: Annotated[object, Depends(_bearer)]) -> Actor:
    """Answer who is calling; the layer has established it."""
    # An answer that asked who calls is not the same for everyone.
    request.state.is_personal = True
    now, trace = request.app.state.clock.now(), current_trace.get()
    known: _Known | None = getattr(request.state, "known", None)
    if known is None:
        return Actor(NOBODY, now, trace)
    return Actor(known.caller.name, now, trace, known.mandates, known.caller, known.view)


CurrentActor = Annotated[Actor, Depends(current_actor)]
