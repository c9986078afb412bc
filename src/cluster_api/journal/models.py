"""The tables of the journal: append-only, chained line by line, sealed day by day.

The database itself refuses to change or remove a line or a checkpoint (triggers, see the migration). Free text stands
in a table of its own, of which the chain knows only a salted digest: a note can be erased and the chain stays whole.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Code, Identifier, Reference

Position = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Digest = sa.String(64)


def _where_known(name: str, column: str) -> sa.Index:
    known = sa.text(f"{column} IS NOT NULL")
    return sa.Index(name, column, "position", sqlite_where=known, postgresql_where=known)


class JournalEntry(Base):
    """One deed: who did what to which thing, when, in which request.

    ``position`` counts from 1 without gaps, in the order of commits. ``day`` is the UTC day to which the line belongs;
    it never decreases along the chain. ``previous`` is the digest of the line before.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        sa.Index("ix_journal_entry_subject", "subject_kind", "subject_id", "position"),
        sa.Index("ix_journal_entry_author", "author", "position"),
        sa.Index("ix_journal_entry_event", "event", "position"),
        sa.Index("ix_journal_entry_occurred_at", "occurred_at"),
        sa.Index("ix_journal_entry_request", "request_id"),
        _where_known("ix_journal_entry_client", "client_id"),
        _where_known("ix_journal_entry_person", "person_id"),
        _where_known("ix_journal_entry_organisation", "organisation_id"),
    )

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=False)
    id: Mapped[Reference] = mapped_column(unique=True)
    occurred_at: Mapped[datetime]
    day: Mapped[date]
    author: Mapped[str] = mapped_column(sa.String(200))
    client_id: Mapped[str | None] = mapped_column(Identifier)
    person_id: Mapped[str | None] = mapped_column(Identifier)
    organisation_id: Mapped[str | None] = mapped_column(Identifier)
    event: Mapped[Code]
    subject_kind: Mapped[Code]
    subject_id: Mapped[Reference]
    before_digest: Mapped[str | None] = mapped_column(Digest)
    after_digest: Mapped[str | None] = mapped_column(Digest)
    request_id: Mapped[str] = mapped_column(sa.String(32))
    note_digest: Mapped[str | None] = mapped_column(Digest)
    previous: Mapped[str] = mapped_column(Digest)
    digest: Mapped[str] = mapped_column(Digest)


class JournalNote(Base):
    """What a line says in words and particulars; may be erased, never changed."""

    __tablename__ = "journal_note"

    position: Mapped[int] = mapped_column(
        Position, sa.ForeignKey("journal_entry.position"), primary_key=True, autoincrement=False
    )
    salt: Mapped[str] = mapped_column(sa.String(32))
    reason: Mapped[str | None] = mapped_column(sa.Text)
    details: Mapped[dict[str, Any]]


class JournalCheckpoint(Base):
    """The signed statement of where the chain stood at the end of a UTC day."""

    __tablename__ = "journal_checkpoint"

    day: Mapped[date] = mapped_column(primary_key=True)
    last_position: Mapped[int] = mapped_column(Position)
    lines: Mapped[int] = mapped_column(Position)
    digest: Mapped[str] = mapped_column(Digest)
    signature: Mapped[str] = mapped_column(sa.Text)
    key_id: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]
