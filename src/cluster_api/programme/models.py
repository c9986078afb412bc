"""Table of reports of progress. What was reported never changes; only the answer is added."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Key, Reference, one_of
from cluster_api.programme.states import ProgressState


class ProgressReport(Base):
    """What a partnership reports about a period, with its indicators as they stood at the end of it."""

    __tablename__ = "progress_report"
    __table_args__ = (
        one_of("state", ProgressState),
        sa.CheckConstraint("since <= until", name="since_before_until"),
        sa.UniqueConstraint("partnership_id", "number", name="uq_progress_report_number"),
        # Two sent at one moment are one; what was returned makes room for the next.
        sa.Index(
            "uq_progress_report_period",
            "partnership_id",
            "since",
            unique=True,
            sqlite_where=sa.text("state <> 'returned'"),
            postgresql_where=sa.text("state <> 'returned'"),
        ),
    )

    id: Mapped[Key]
    partnership_id: Mapped[Reference] = mapped_column(sa.ForeignKey("partnership.id"))
    number: Mapped[int]
    since: Mapped[date]
    until: Mapped[date]
    summary: Mapped[str] = mapped_column(sa.Text)
    deviations: Mapped[str | None] = mapped_column(sa.Text)
    indicators: Mapped[dict[str, Any]]  # under "items", in the order of the vocabulary
    digest: Mapped[str] = mapped_column(sa.String(64))
    author: Mapped[str] = mapped_column(sa.String(200))
    submitted_at: Mapped[datetime]
    state: Mapped[ProgressState] = mapped_column(Choice(ProgressState))
    answer: Mapped[str | None] = mapped_column(sa.Text)
    answered_by: Mapped[str | None] = mapped_column(sa.String(200))
    answered_at: Mapped[datetime | None]
    version: Mapped[int]
