"""How long keys of clients live, how many there may be at once, and what nobody may give."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key, thumbprint

from cluster_api.clients.errors import KeyNotUsable
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.errors import Fault
from cluster_api.identity.states import CredentialKind
from cluster_api.tokens.rules import PRIVATE_PARTS

LEAST_RSA_BITS = 2048
PUBLIC_PARTS = frozenset({"kty", "crv", "x", "y", "n", "e"})


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a kind of key lives by default and at most, in days, and how many may be valid at once."""

    default_days: int
    most_days: int
    at_once: int


@cache
def lifetimes() -> Mapping[CredentialKind, Lifetime]:
    """Answer the lifetimes in force; a default of this project, kept as dated data."""
    return {
        CredentialKind(row["kind"]): Lifetime(int(row["default_days"]), int(row["most_days"]), int(row["at_once"]))
        for row in data_rows("cluster_api.clients", "lifetimes")
    }


def expiry(kind: CredentialKind, now: datetime, days: int | None) -> datetime:
    """Answer when a key made now expires: after the days asked for, at most those of its kind."""
    lifetime = lifetimes()[kind]
    return now + timedelta(days=min(days or lifetime.default_days, lifetime.most_days))


def is_live(expires_at: datetime, revoked_at: datetime | None, now: datetime) -> bool:
    """Answer whether a key is accepted at an instant."""
    return revoked_at is None and now < expires_at


def beyond(wanted: Iterable[str], own: Iterable[str]) -> list[str]:
    """Answer what somebody would give without having it, in order."""
    return sorted(set(wanted) - set(own))


def usable_jwk(given: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Answer the public part of a JWK as it is kept, and its thumbprint (RFC 7638).

    Raises:
        KeyNotUsable: it is of another kind, too short, or holds a private part.
    """
    if PRIVATE_PARTS & given.keys():
        raise _not_usable("It holds a private part, which nobody else should have: make a new pair of keys.")
    # Measured before it is read: the library warns of short keys instead of refusing them.
    if given.get("kty") == "RSA" and len(str(given.get("n", ""))) * 6 < LEAST_RSA_BITS:
        raise _not_usable(f"RSA keys have at least {LEAST_RSA_BITS} bits.")
    try:
        key = import_key({name: value for name, value in given.items() if isinstance(value, str)})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise _not_usable("It is no public JWK of a known kind.") from error
    is_curve = (isinstance(key, ECKey) and key.curve_name == "P-256") or (
        isinstance(key, OKPKey) and key.curve_name == "Ed25519"
    )
    if not is_curve and not isinstance(key, RSAKey):
        raise _not_usable("Of elliptic curves P-256 and Ed25519 are understood, besides RSA.")
    public = {name: str(value) for name, value in key.as_dict(private=False).items()}
    kept: dict[str, Any] = {name: value for name, value in public.items() if name in PUBLIC_PARTS}
    return kept, thumbprint(kept)


def _not_usable(detail: str) -> KeyNotUsable:
    return KeyNotUsable(detail, faults=[Fault("/body/jwk", "key_not_usable", detail)])
