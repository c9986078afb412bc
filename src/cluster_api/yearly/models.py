"""The table of yearly reports. What a report says never changes; only a draft can be released or discarded."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Key, one_of
from cluster_api.yearly.states import YearlyState

DRAFTED = "state = 'draft'"


class YearlyReport(Base):
    """A report about one year."""

    __tablename__ = "yearly_report"
    __table_args__ = (
        one_of("state", YearlyState),
        sa.UniqueConstraint("year", "number", name="uq_yearly_report_number"),
        sa.Index(
            "uq_yearly_report_draft",
            "year",
            unique=True,
            sqlite_where=sa.text(DRAFTED),
            postgresql_where=sa.text(DRAFTED),
        ),
    )

    id: Mapped[Key]
    year: Mapped[int]
    number: Mapped[int]  # of the reports about one year
    state: Mapped[YearlyState] = mapped_column(Choice(YearlyState))
    known_at: Mapped[datetime]  # what was recorded later is not in it
    content: Mapped[dict[str, Any]]  # figures and methods, as they are sealed
    digest: Mapped[str] = mapped_column(sa.String(64))
    correction: Mapped[str | None] = mapped_column(sa.Text)
    author: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None] = mapped_column(sa.String(200))
    version: Mapped[int]
