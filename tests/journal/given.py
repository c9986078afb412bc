"""Lines of the journal as the tests need them: written for good, read back, and tampered with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.journal.actions import record
from cluster_api.journal.queries import broken_lines, journal_page
from cluster_api.journal.rules import Breach
from cluster_api.journal.schemas import Author, EntryRead, JournalQuery
from tests.conftest import NOW, unguarded

THING = "01767a3e-2f00-7c3a-8d5e-0123456789ab"


def author(at: datetime = NOW, name: str = "administrator", **more: Any) -> Author:
    """Answer somebody who did something at an instant."""
    return Author(name, at, "1" * 32, **more)


def lines(session: Session) -> list[EntryRead]:
    """Commit, since that is when lines are written, and answer all of them in order."""
    session.commit()
    return journal_page(session, JournalQuery(limit=200)).items[::-1]


def given_lines(database: Database, count: int = 8, *, at: datetime = NOW) -> None:
    """Write lines, each in a transaction of its own; those at even positions have notes."""
    for number in range(count):
        with database.transaction() as session:
            reason, details = (f"reason {number}", {"number": number}) if number % 2 else (None, None)
            record(session, author(at), "thing.changed", ("thing", str(uuid7())), reason=reason, details=details)


def given_days(database: Database, counts: Sequence[int]) -> None:
    """Write as many lines on each day as these counts say, from the day of ``NOW`` on."""
    for day, count in enumerate(counts):
        given_lines(database, count, at=NOW + timedelta(days=day))


@contextmanager
def tampering(database: Database) -> Iterator[sa.Connection]:
    """Give a connection of somebody who owns the database: no trigger and no foreign key stands in the way."""
    if not database.is_sqlite:
        with database.transaction() as session, unguarded(session):
            yield session.connection()
        return
    engine = sa.create_engine(database.url)
    with Session(engine) as session, session.begin(), unguarded(session):
        yield session.connection()
    engine.dispose()


def found(database: Database, **asked: Any) -> list[tuple[int, Breach]]:
    """Answer what verification finds: positions and what was done there."""
    with database.session() as session:
        return [(broken.position, broken.breach) for broken in broken_lines(session, **asked)]
