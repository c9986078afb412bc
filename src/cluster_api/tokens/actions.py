"""Making keys and letting them go, signing, and remembering what must not be accepted any more."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64encode
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.vault import Vault
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.tokens.errors import AssertionReplayed, SigningKeyMissing
from cluster_api.tokens.models import RevokedToken, SigningKey, UsedAssertion
from cluster_api.tokens.queries import signing_key
from cluster_api.tokens.rules import LEEWAY

ALGORITHM = "ES256"
SHOWN_AHEAD = timedelta(days=1)
"""How long a key stands in the JWK set before it signs, so that everybody has it when the first token comes."""


def rotate_keys(session: Session, vault: Vault, author: Author, *, days: int) -> int:
    """Make the keys that are due and destroy the private parts that are spent; answer how many were made.

    There is always one key that signs, and a day before its end the next one is shown. Calling this again changes
    nothing. Source: RFC 7517 and RFC 9068, 4, leave rotation to the issuer; overlap is this project's rule.
    """
    made = 0
    present = signing_key(session, author.at)
    if present is None:
        present = _new_key(session, vault, author, author.at, days)
        made += 1
    if present.signs_until - author.at <= SHOWN_AHEAD and not _has_next(session, present):
        _new_key(session, vault, author, present.signs_until, days)
        made += 1
    spent = sa.update(SigningKey).where(SigningKey.signs_until <= author.at, SigningKey.sealed.is_not(None))
    session.execute(spent.values(sealed=None), execution_options={"synchronize_session": False})
    return made


def _has_next(session: Session, present: SigningKey) -> bool:
    statement = sa.select(SigningKey.kid).where(SigningKey.signs_until > present.signs_until)
    return session.scalar(statement.limit(1)) is not None


def _new_key(session: Session, vault: Vault, author: Author, signs_from: datetime, days: int) -> SigningKey:
    kid = str(uuid7())
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM, "kid": kid}, private=True)
    made = SigningKey(
        kid=kid,
        public={name: str(value) for name, value in key.as_dict(private=False).items()},
        sealed=vault.seal(orjson.dumps(key.as_dict(private=True))),
        created_at=author.at,
        signs_from=signs_from,
        signs_until=signs_from + timedelta(days=days),
    )
    session.add(made)
    session.flush()
    facts = {"kid": kid, "signs_from": str(signs_from), "signs_until": str(made.signs_until)}
    record(session, author, "signing_key.created", ("signing_key", kid), details=facts)
    return made


def sign(session: Session, vault: Vault, author: Author, *, payload: bytes, kind: str, days: int) -> tuple[str, str]:
    """Answer a compact JWS (RFC 7515) over a payload, and the identifier of the key that signed it.

    ``kind`` is the ``typ`` of its header. A key is made if there is none yet.
    """
    if signing_key(session, author.at) is None:
        rotate_keys(session, vault, author, days=days)
    key = signing_key(session, author.at)
    if key is None or key.sealed is None:
        raise RuntimeError("A signing key was made and cannot be found.")
    return _signed(vault, key.kid, key.sealed, payload, kind), key.kid


def sign_as_read(session: Session, vault: Vault, now: datetime, *, payload: bytes, kind: str) -> str:
    """Answer a compact JWS (RFC 7515) by the key that signs now, without making one: reading changes nothing.

    Raises:
        SigningKeyMissing: there is none.
    """
    key = signing_key(session, now)
    if key is None or key.sealed is None:
        raise SigningKeyMissing
    return _signed(vault, key.kid, key.sealed, payload, kind)


def _signed(vault: Vault, kid: str, sealed: bytes, payload: bytes, kind: str) -> str:
    # The same key says the same of the same payload (RFC 6979), so that every process gives the same bytes.
    key = ECKey.import_key(orjson.loads(vault.open(sealed))).private_key
    if key is None:
        raise RuntimeError("A public key was sealed in the place of a private one.")
    header = orjson.dumps({"alg": ALGORITHM, "typ": kind, "kid": kid})
    signed = b".".join(urlsafe_b64encode(part) for part in (header, payload))
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return b".".join((signed, urlsafe_b64encode(r.to_bytes(32) + s.to_bytes(32)))).decode()


def sign_claims(session: Session, vault: Vault, author: Author, claims: Mapping[str, Any], *, days: int) -> str:
    """Answer an access token (RFC 9068) with these claims."""
    return sign(session, vault, author, payload=orjson.dumps(dict(claims)), kind="at+jwt", days=days)[0]


def revoke_token(session: Session, author: Author, *, jti: str, client_id: str, expires_at: datetime) -> None:
    """Remember that an access token is not to be accepted any more; saying it twice is no fault (RFC 7009, 2.2)."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"jti": jti, "client_id": client_id, "revoked_at": author.at, "expires_at": expires_at}
    added = session.execute(
        insert(RevokedToken).values(**values).on_conflict_do_nothing().returning(RevokedToken.jti)
    ).one_or_none()
    if added is not None:
        record(session, author, "token.revoked", ("client", client_id), details={"jti": jti})


def use_assertion(session: Session, *, client_id: str, jti: str, expires_at: datetime) -> None:
    """Remember a client assertion; raise AssertionReplayed if it was used before, also at this very moment."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"client_id": client_id, "jti": jti, "expires_at": expires_at}
    added = session.execute(
        insert(UsedAssertion).values(**values).on_conflict_do_nothing().returning(UsedAssertion.jti)
    ).one_or_none()
    if added is None:
        raise AssertionReplayed


def forget_expired(session: Session, now: datetime) -> int:
    """Forget revoked tokens and used assertions that could not be accepted any more anyway; answer how many."""
    forgotten = 0
    for table in (RevokedToken, UsedAssertion):
        found = session.execute(
            sa.delete(table).where(table.expires_at < now - 2 * LEEWAY).returning(table.jti),
            execution_options={"synchronize_session": False},
        )
        forgotten += len(found.all())
    return forgotten
