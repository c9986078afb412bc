"""Asking the token endpoint as a client does."""

import base64
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.models import Client, Credential
from cluster_api.identity.states import CredentialKind
from cluster_api.oauth.rules import ASSERTION_TYPE
from cluster_api.tokens.rules import CLIENT_SECRET, new_secret
from tests.callers import FOR_EVER, LONG_AGO

GRANT = {"grant_type": "client_credentials"}
ISSUER = "http://127.0.0.1:8000"


def given_secret(session: Session, client: Client, *, expires_at: datetime = FOR_EVER) -> str:
    """Record a secret of a client and answer it."""
    secret = new_secret(CLIENT_SECRET)
    _record(session, client, CredentialKind.SECRET, secret.public_id, expires_at, digest=secret.digest)
    return secret.text


def given_public_key(session: Session, client: Client, key: ECKey | RSAKey | OKPKey) -> None:
    """Register the public part of a key for a client."""
    public_id = f"{client.id}:{uuid7()}"
    _record(session, client, CredentialKind.PUBLIC_KEY, public_id, FOR_EVER, jwk=key.as_dict(private=False))


def _record(
    session: Session, client: Client, kind: CredentialKind, public_id: str, expires_at: datetime, **also: Any
) -> None:
    session.add(
        Credential(
            id=str(uuid7()),
            client_id=client.id,
            kind=kind,
            public_id=public_id,
            scopes=[],
            created_at=LONG_AGO,
            expires_at=expires_at,
            **also,
        )
    )
    session.flush()


def basic(client_id: str, secret: str) -> str:
    """Answer the header of ``client_secret_basic``."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def assertion(key: ECKey | RSAKey | OKPKey, client_id: str, now: datetime, *, alg: str = "ES256", **claims: Any) -> str:
    """Answer a client assertion signed with a key, as RFC 7523 wants it unless claims say otherwise."""
    seconds = int(now.timestamp())
    said = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "exp": seconds + 300,
        "iat": seconds,
        "jti": str(uuid7()),
    }
    return jwt.encode({"alg": alg}, {**said, **claims}, key, algorithms=[alg])


def ask(client: TestClient, path: str = "/oauth/token", **form: str) -> Any:
    """Post a form and answer the response; ``authorization`` is sent as the header."""
    authorization = form.pop("authorization", None)
    return client.post(path, data=form, headers={"Authorization": authorization} if authorization else {})


def by_assertion(text: str) -> dict[str, str]:
    """Answer the form fields that carry an assertion."""
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text}
