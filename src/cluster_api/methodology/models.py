"""The table of methodologies that were made over HTTP; those shipped with the package stand in its data files.

A trigger on both databases refuses every change of a published document and its deletion (see the migration).
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Code, Key, one_of
from cluster_api.methodology.states import MethodologyKind, MethodologyState


class Methodology(Base):
    """One version of a methodology. What is shipped gets a row when its state is first changed here."""

    __tablename__ = "methodology"
    __table_args__ = (
        one_of("kind", MethodologyKind),
        one_of("state", MethodologyState),
        sa.CheckConstraint(
            "state NOT IN ('published', 'retired') OR (digest IS NOT NULL AND applies_from IS NOT NULL)",
            name="sealed_when_published",
        ),
        sa.UniqueConstraint("code", "version", name="uq_methodology_code_version"),
    )

    id: Mapped[Key]
    code: Mapped[Code]
    version: Mapped[int]
    kind: Mapped[MethodologyKind] = mapped_column(Choice(MethodologyKind))
    state: Mapped[MethodologyState] = mapped_column(Choice(MethodologyState))
    applies_from: Mapped[date | None]
    retired_on: Mapped[date | None]
    retirement_reason: Mapped[str | None] = mapped_column(sa.Text)
    document: Mapped[dict[str, Any]]
    digest: Mapped[str | None] = mapped_column(sa.String(64))  # SHA-256 of the canonical form (RFC 8785)
    revision: Mapped[int]  # changes of this version, for entity tags
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
