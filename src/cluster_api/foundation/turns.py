"""One after the other: work that two processes must not do at the same moment."""

import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import Session


def take_turn(session: Session, work: str) -> None:
    """Wait until no other transaction does this work; the turn ends with the transaction.

    On SQLite a writing transaction is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(hashlib.blake2b(work.encode(), digest_size=8).digest(), "big", signed=True)
        # Waiting for a colleague's work takes as long as the work, not as long as a row may be locked.
        session.execute(sa.text("SET LOCAL lock_timeout = '10min'"))
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
        session.execute(sa.text("SET LOCAL lock_timeout = '10s'"))
