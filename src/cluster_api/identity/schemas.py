"""A caller as established from credentials: who, for whom, and within which bounds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from cluster_api.identity.states import Role, Standing

NOBODY = "public"


@dataclass(frozen=True, slots=True)
class Held:
    """Roles held by an organisation, with the caller's standing in it; or by the caller as a person."""

    holder_id: str
    roles: frozenset[Role]
    standing: Standing
    is_person: bool = False


def client_handle(client_id: str) -> str:
    """Answer the handle under which the journal and limits know a machine client."""
    return f"client:{client_id}"


def known_roles(names: Iterable[str]) -> frozenset[Role]:
    """Answer the roles named in a column; a role that this version does not know gives nothing."""
    known = {role.value: role for role in Role}
    return frozenset(known[name] for name in names if name in known)


@dataclass(frozen=True, slots=True)
class Claims:
    """What the token of a person says, once it is believed: the account, and perhaps a name and an address."""

    issuer: str
    subject: str
    expires_at: datetime
    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``name`` is what the journal and limits know the caller by; it says nothing personal."""

    name: str = NOBODY
    held: tuple[Held, ...] = ()
    scopes: frozenset[str] = field(default_factory=frozenset)
    client_id: str | None = None
    person_id: str | None = None
    cluster_id: str | None = None  # the one cluster a key is narrowed to
    account: tuple[str, str] | None = field(default=None, repr=False)  # issuer and subject, of nobody known yet
    claimed_name: str | None = field(default=None, repr=False)  # what the issuer says; taken over with an invitation
    claimed_email: str | None = field(default=None, repr=False)
    last_seen: tuple[str, date] | None = None  # the account a person came with, and the last day it did
    expires_at: datetime | None = None
    credential_id: str | None = None  # the API key that was sent

    @property
    def is_public(self) -> bool:
        """Answer whether nobody in particular calls."""
        return self.name == NOBODY
