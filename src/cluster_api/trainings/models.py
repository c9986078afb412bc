"""Tables of trainings."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Code, Identifier, Key, one_of
from cluster_api.trainings.states import AttendanceResult, TrainingKind


class Training(Base):
    """A training on a version of a methodology; recorded results raise its version."""

    __tablename__ = "training"
    __table_args__ = (
        one_of("kind", TrainingKind),
        sa.CheckConstraint("began_on <= ended_on", name="begins_before_it_ends"),
        sa.Index("ix_training_methodology", "methodology_code", "methodology_version"),
    )

    id: Mapped[Key]
    kind: Mapped[TrainingKind] = mapped_column(Choice(TrainingKind))
    methodology_code: Mapped[Code]
    methodology_version: Mapped[int]
    began_on: Mapped[date]
    ended_on: Mapped[date]
    place: Mapped[str] = mapped_column(sa.String(120))
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Attendance(Base):
    """What came of an assessor's attending a training."""

    __tablename__ = "training_attendance"
    __table_args__ = (one_of("result", AttendanceResult),)

    training_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("training.id"), primary_key=True)
    assessor_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("assessor.id"), primary_key=True, index=True)
    result: Mapped[AttendanceResult] = mapped_column(Choice(AttendanceResult))
    recorded_at: Mapped[datetime]
