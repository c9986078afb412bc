"""How secrets are made and told apart, and when a token is to be believed. Pure: keys and the instant are given."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, import_key

from cluster_api.tokens.errors import (
    AlgorithmNotAccepted,
    CredentialsNotAccepted,
    IssuerUnknown,
    SignatureWrong,
    TokenExpired,
    TokenForOthers,
    TokenIncomplete,
    TokenNotYetValid,
    TokenUnreadable,
)
from cluster_api.tokens.schemas import Checked, Secret, Unverified, Wanted

API_KEY, CLIENT_SECRET, INVITATION, COMPLAINT = "cak", "ccs", "cin", "ccp"
"""The first letters of what we hand out: scanners of leaked secrets recognise it by them."""
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PUBLIC_LETTERS, SECRET_LETTERS, CHECK_LETTERS = 12, 32, 6
SECRET_SHAPE = re.compile(
    rf"({API_KEY}|{CLIENT_SECRET}|{INVITATION}|{COMPLAINT})_([0-9A-Za-z]{{{PUBLIC_LETTERS}}})_[0-9A-Za-z]{{{SECRET_LETTERS}}}"
    rf"([0-9A-Za-z]{{{CHECK_LETTERS}}})"
)

MOST_LETTERS = 8192
MOST_KEYS = 100
PRIVATE_PARTS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
LEEWAY = timedelta(seconds=60)
"""How far two clocks may be apart."""
LONGEST_ACCESS = timedelta(minutes=15)
"""The longest life of an access token of this service."""
LONGEST_CREDENTIAL = timedelta(days=4 * 366)
"""How long a key is shown after it signed its last: longer than the credential of a label is valid."""
LONGEST_ASSERTION = timedelta(minutes=10)
"""The longest life of a client assertion (RFC 7523, 3: the server may refuse an unreasonably late expiry)."""


def new_secret(prefix: str) -> Secret:
    """Answer a new secret: ``prefix_public_secret`` with a checksum at its end; 190 bits of it are secret."""
    public_id = "".join(secrets.choice(LETTERS) for _ in range(PUBLIC_LETTERS))
    hidden = "".join(secrets.choice(LETTERS) for _ in range(SECRET_LETTERS))
    body = f"{prefix}_{public_id}_{hidden}"
    text = body + checksum(body)
    return Secret(text, public_id, digest_of(text))


def checksum(text: str) -> str:
    """Answer the six letters by which a mistyped or cut secret is known without asking the database (CRC-32)."""
    number, letters = zlib.crc32(text.encode()), ""
    for _ in range(CHECK_LETTERS):
        number, rest = divmod(number, len(LETTERS))
        letters = LETTERS[rest] + letters
    return letters


def digest_of(text: str) -> str:
    """Answer what is stored of a secret. It is random and long: a plain SHA-256 cannot be guessed backwards."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_secret(text: str, *prefixes: str) -> Secret | None:
    """Answer a secret with one of these prefixes, or none if the text is not one or its checksum is wrong."""
    match = SECRET_SHAPE.fullmatch(text)
    if match is None or match.group(1) not in prefixes or checksum(text[:-CHECK_LETTERS]) != match.group(3):
        return None
    return Secret(text, match.group(2), digest_of(text))


def is_same(digest: str, other: str) -> bool:
    """Answer whether two digests are the same, in a time that tells nothing about where they differ."""
    return hmac.compare_digest(digest, other)


def peek(token: str) -> Unverified:
    """Answer what a token says of itself, unchecked; raise TokenUnreadable if it is no compact JWS with an issuer."""
    if len(token) > MOST_LETTERS:
        raise TokenUnreadable(f"The token has more than {MOST_LETTERS} characters.")
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenUnreadable
    header, claims = _decoded(parts[0]), _decoded(parts[1])
    issuer, key_id = claims.get("iss"), header.get("kid")
    if not isinstance(issuer, str):
        raise TokenIncomplete("The token names no issuer (`iss`).")
    return Unverified(issuer, key_id if isinstance(key_id, str) else None, header)


def _decoded(part: str) -> dict[str, Any]:
    try:
        found = orjson.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise TokenUnreadable from error
    if not isinstance(found, dict):
        raise TokenUnreadable
    return found


def check(token: str, keys: KeySet, wanted: Wanted, now: datetime, *, any_key: bool = False) -> Checked:
    """Answer a token that is to be believed now.

    ``any_key`` tries every key, whatever `kid` the token names: registered keys of clients carry no names.
    The order is that of RFC 8725: form, algorithm, key, signature, and only then what it says; the clocks of issuer
    and service may be ``LEEWAY`` apart.

    Raises:
        AlgorithmNotAccepted: unsigned, symmetric, or not among those of its issuer.
        SignatureWrong: no key of the issuer made the signature.
        TokenUnreadable, TokenIncomplete, TokenExpired, TokenNotYetValid, TokenForOthers, IssuerUnknown: as named.
    """
    said = peek(token)
    if said.header.get("alg") not in wanted.algorithms:
        raise AlgorithmNotAccepted(f"Accepted here: {', '.join(wanted.algorithms)}.")
    if "crit" in said.header:
        raise TokenUnreadable("The token demands extensions (`crit`) that are not understood here.")
    if wanted.types is not None and str(said.header.get("typ", "")).lower().removeprefix("application/") not in (
        wanted.types
    ):
        raise TokenIncomplete(f"The `typ` of the token must be {' or '.join(sorted(wanted.types))}.")
    claims = _verified(token, keys, wanted, None if any_key else said.key_id)
    return Checked(claims, _times(claims, wanted, now))


def _verified(token: str, keys: KeySet, wanted: Wanted, key_id: str | None) -> Mapping[str, Any]:
    for key in keys.keys:
        if key_id is not None and key.kid != key_id:
            continue
        try:
            found = jws.deserialize_compact(token, key, algorithms=list(wanted.algorithms))
        except (JoseError, ValueError, TypeError):
            # Not the key that signed it, or of a kind that cannot have.
            continue
        claims: dict[str, Any] = orjson.loads(found.payload)
        return claims
    raise SignatureWrong


def usable_keys(document: Any) -> KeySet:
    """Answer the keys of a JWK set (RFC 7517) that can check signatures; those of kinds unknown here are left out.

    Raises:
        ValueError: it is no JWK set, or has no such key.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("This is not a JWK set: it has no list `keys`.")  # noqa: TRY004 - a value read from outside
    found = []
    for one in listed[:MOST_KEYS]:
        if not isinstance(one, dict) or one.get("kty") not in {"EC", "RSA", "OKP"} or one.get("use", "sig") != "sig":
            continue
        try:
            found.append(import_key({name: value for name, value in one.items() if name not in PRIVATE_PARTS}))
        except (JoseError, ValueError, TypeError):
            continue
    if not found:
        raise ValueError("None of its keys can check a signature.")
    return KeySet(found)


def _times(claims: Mapping[str, Any], wanted: Wanted, now: datetime) -> datetime:
    if claims.get("iss") != wanted.issuer:
        raise IssuerUnknown
    audience = claims.get("aud")
    named = {audience} if isinstance(audience, str) else set(audience) if isinstance(audience, list) else set()
    if named.isdisjoint(wanted.audiences):
        raise TokenForOthers
    missing = [name for name in wanted.claims if not isinstance(claims.get(name), str) or not claims[name]]
    if missing:
        raise TokenIncomplete(f"The token lacks {', '.join(missing)}.")
    expires_at = _instant(claims, "exp")
    if expires_at is None:
        raise TokenIncomplete("The token does not say when it expires (`exp`).")
    if now >= expires_at + LEEWAY:
        raise TokenExpired
    for name in ("nbf", "iat"):
        begins_at = _instant(claims, name)
        if begins_at is not None and begins_at > now + LEEWAY:
            raise TokenNotYetValid
    return expires_at


def _instant(claims: Mapping[str, Any], name: str) -> datetime | None:
    seconds = claims.get(name)
    if seconds is None:
        return None
    # A truth value is a number for Python, and an instant for nobody; beyond these bounds a calendar has no days.
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 2**37:
        raise TokenIncomplete(f"`{name}` is not a number of seconds since 1970.")
    return datetime.fromtimestamp(seconds, UTC)


def refuse_long_life(checked: Checked, now: datetime, longest: timedelta) -> None:
    """Refuse a token that would live longer than is reasonable; raise CredentialsNotAccepted."""
    if checked.expires_at > now + longest + LEEWAY:
        raise CredentialsNotAccepted(f"It may live at most {int(longest.total_seconds())} s.")
