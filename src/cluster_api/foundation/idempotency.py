"""Stored answers of POSTs that carried an ``Idempotency-Key``, written in the transaction of their effect.

An answer may hold a secret that is shown once, or what is personal: bodies are sealed, and forgotten by retention.
"""

import hashlib
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from cluster_api.foundation.errors import Conflict, Fault, Invalid
from cluster_api.foundation.schema import Base


class KeyUsedForOther(Invalid):
    """This idempotency key was used for another request.

    A key names one request. Take a new key for a new request; repeat a request byte for byte under its old key.
    """


class StillRunning(Conflict):
    """The first request with this idempotency key is still running.

    Repeat in a moment: the answer of the first will be given again.
    """


class AnswerNotReadable(Conflict):
    """The first answer to this idempotency key can no longer be read.

    The request was carried out once and is not repeated. Its answer was sealed with a secret that the service no longer
    has; read the resource instead, or ask for a new secret.
    """


class StoredAnswer(Base):
    """The answer that was given to a key; given again to the same request."""

    __tablename__ = "stored_answer"

    caller: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, str]]
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    created_at: Mapped[datetime]


def fingerprint_of(method: str, target: str, content_type: str, body: bytes) -> str:
    """Answer the digest that tells two requests apart."""
    digest = hashlib.sha256()
    for part in (method.encode(), target.encode(), content_type.encode(), body):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def find_answer(session: Session, caller: str, key: str, fingerprint: str) -> StoredAnswer | None:
    """Answer what was answered before; raise KeyUsedForOther if the key stands for another request.

    On PostgreSQL the key is locked until the transaction ends; raise StillRunning if another transaction holds it.
    On SQLite the writer's lock does the same by waiting.
    """
    if session.get_bind().dialect.name == "postgresql":
        lock = int.from_bytes(hashlib.blake2b(f"{caller}/{key}".encode(), digest_size=8).digest(), "big", signed=True)
        if not session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(lock))):
            raise StillRunning
    found = session.get(StoredAnswer, (caller, key))
    if found is not None and found.fingerprint != fingerprint:
        raise KeyUsedForOther(
            faults=[Fault("/header/Idempotency-Key", "key_used_for_other", "Take a new key for a new request.")]
        )
    return found


def store_answer(session: Session, **answer: Any) -> None:
    """Remember an answer in the transaction of its effect."""
    session.execute(sa.insert(StoredAnswer).values(**answer))
