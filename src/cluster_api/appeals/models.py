"""The table of appeals."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.appeals.states import AppealState
from cluster_api.foundation.schema import Base, Choice, Code, Identifier, Key, Reference, one_of


class Appeal(Base):
    """An appeal of an applicant against a decision, one each."""

    __tablename__ = "appeal"
    __table_args__ = (
        one_of("state", AppealState),
        sa.UniqueConstraint("decision_id", name="uq_appeal_decision_id"),
        sa.CheckConstraint("(state = 'rejected_late') = (received_on > due_on)", name="late_is_rejected"),
        sa.CheckConstraint(
            "(state IN ('in_review', 'upheld', 'dismissed')) = (review_id IS NOT NULL)", name="reviewed_has_decision"
        ),
    )

    id: Mapped[Key]
    number: Mapped[Code] = mapped_column(unique=True)
    decision_id: Mapped[Reference] = mapped_column(sa.ForeignKey("decision.id"))
    state: Mapped[AppealState] = mapped_column(Choice(AppealState))
    grounds: Mapped[str] = mapped_column(sa.Text)
    received_on: Mapped[date]
    due_on: Mapped[date]  # last day in time
    decide_by: Mapped[date]
    review_id: Mapped[str | None] = mapped_column(Identifier, sa.ForeignKey("decision.id"))
    closed_on: Mapped[date | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
