"""The journal table: append-only, one line a deed. Audit trail, change feed and webhooks are readers of it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Code, Reference


class JournalEntry(Base):
    """One deed: who did what to which thing, when, in which request, and why."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        sa.Index("ix_journal_entry_subject", "subject_kind", "subject_id", "position"),
        {"sqlite_autoincrement": True},
    )

    position: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    id: Mapped[Reference] = mapped_column(unique=True)
    occurred_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(sa.String(200))
    event: Mapped[Code]
    subject_kind: Mapped[Code]
    subject_id: Mapped[Reference]
    request_id: Mapped[str] = mapped_column(sa.String(32))
    reason: Mapped[str | None] = mapped_column(sa.Text)
    details: Mapped[dict[str, Any]]
