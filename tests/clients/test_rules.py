"""How long keys of clients live and which public keys are understood, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from cluster_api.clients.errors import KeyNotUsable
from cluster_api.clients.rules import beyond, expiry, is_live, usable_jwk
from cluster_api.foundation.errors import Fault
from cluster_api.identity.states import CredentialKind

NOW = datetime(2021, 1, 15, 10, tzinfo=UTC)
EC, OKP, RSA = ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519"), RSAKey.generate_key(2048)
PRIVATE = "It holds a private part, which nobody else should have: make a new pair of keys."
SHORT = "RSA keys have at least 2048 bits."
UNKNOWN = "It is no public JWK of a known kind."
CURVE = "Of elliptic curves P-256 and Ed25519 are understood, besides RSA."


def public(key: Any) -> dict[str, Any]:
    found: dict[str, Any] = key.as_dict(private=False)
    return found


@pytest.mark.parametrize(
    ("kind", "asked", "days"),
    [
        (CredentialKind.API_KEY, None, 90),
        (CredentialKind.API_KEY, 7, 7),
        (CredentialKind.API_KEY, 366, 366),
        (CredentialKind.API_KEY, 367, 366),
        (CredentialKind.SECRET, None, 180),
        (CredentialKind.PUBLIC_KEY, None, 730),
        (CredentialKind.PUBLIC_KEY, 5000, 1096),
    ],
)
def test_key_expires_after_the_days_asked_for_or_those_of_its_kind(
    kind: CredentialKind, asked: int | None, days: int
) -> None:
    assert expiry(kind, NOW, asked) == NOW + timedelta(days=days)


@pytest.mark.parametrize(
    ("expires", "revoked", "expected"),
    [
        (NOW + timedelta(seconds=1), None, True),
        (NOW, None, False),
        (NOW + timedelta(days=1), NOW, False),
        (NOW, NOW, False),
    ],
)
def test_key_lives_until_it_expires_or_is_revoked(expires: datetime, revoked: datetime | None, expected: bool) -> None:
    assert is_live(expires, revoked, NOW) is expected


def test_what_is_wanted_beyond_ones_own_is_named_in_order() -> None:
    assert beyond(["c", "a", "b", "c"], ["b"]) == ["a", "c"]
    assert beyond(["b"], ["a", "b"]) == []


@pytest.mark.parametrize("key", [EC, OKP, RSA], ids=["EC", "OKP", "RSA"])
def test_public_key_is_kept_without_its_extras_under_its_thumbprint(key: Any) -> None:
    kept, named = usable_jwk({**public(key), "use": "sig", "key_ops": ["verify"], "kid": "mine", "alg": "ES256"})
    assert kept == {name: value for name, value in public(key).items() if name in {"kty", "crv", "x", "y", "n", "e"}}
    assert named == key.thumbprint()


def test_shortest_rsa_key_that_is_taken_has_2048_bits() -> None:
    short = public(RSAKey.generate_key(2048))
    # 341 letters of base64url hold 2046 bits, 342 the 2048 bits of a key.
    assert len(short["n"]) == 342
    assert refused({**short, "n": short["n"][:341]}) == SHORT
    assert refused({"kty": "RSA", "e": "AQAB"}) == SHORT
    assert usable_jwk(short)[0] == {"kty": "RSA", "n": short["n"], "e": short["e"]}


def refused(given: dict[str, Any]) -> str:
    with pytest.raises(KeyNotUsable) as raised:
        usable_jwk(given)
    assert raised.value.faults == (Fault("/body/jwk", "key_not_usable", raised.value.detail),)
    return raised.value.detail


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({**public(EC), "d": "abc"}, PRIVATE),
        (OctKey.generate_key(256).as_dict(), PRIVATE),
        ({}, UNKNOWN),
        ({"kty": "EC", "crv": "P-256", "x": "AA"}, UNKNOWN),
        ({"kty": "EC", "crv": "P-256", "x": 1, "y": 2}, UNKNOWN),
        (public(ECKey.generate_key("P-384")), CURVE),
        (public(OKPKey.generate_key("X25519")), CURVE),
    ],
)
def test_key_that_cannot_be_used_is_refused_with_its_reason(given: dict[str, Any], expected: str) -> None:
    assert refused(given) == expected
