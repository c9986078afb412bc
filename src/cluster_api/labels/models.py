"""Tables of labels: what was awarded, what happened to it, and what its holder has held.

Validity is what the events say: a label's own dates are its latest, an event's are those of its time, so that what
could be known at any instant can be told again.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.clusters.states import Level
from cluster_api.foundation.schema import Base, Choice, Code, Identifier, Key, Reference, one_of
from cluster_api.labels.states import LabelEventKind, LabelKind


class Label(Base):
    """A label: one award of one level to one cluster organisation for a time."""

    __tablename__ = "label"
    __table_args__ = (
        one_of("level", Level),
        one_of("kind", LabelKind),
        sa.CheckConstraint("valid_from <= valid_until", name="valid_from_before_until"),
        sa.UniqueConstraint("previous_label_id", name="uq_label_previous_label_id"),
        sa.UniqueConstraint("registry_code", "external_id", name="uq_label_external_id"),
        sa.Index("ix_label_awarded_on", "awarded_on", "level", "country", "portfolio"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    cluster_id: Mapped[Reference] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    level: Mapped[Level] = mapped_column(Choice(Level))
    kind: Mapped[LabelKind] = mapped_column(Choice(LabelKind))
    rule_set: Mapped[Code]
    previous_label_id: Mapped[str | None] = mapped_column(Identifier, sa.ForeignKey("label.id"))
    assessed_on: Mapped[date]
    awarded_on: Mapped[date]
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    # The day from which a withdrawal counts, as known now; what was known earlier is told by the events.
    withdrawn_on: Mapped[date | None]
    # As they were at the award: a later change of the organisation does not alter figures of the past.
    country: Mapped[str] = mapped_column(sa.String(2))
    portfolio: Mapped[Code]
    registry_code: Mapped[Code | None]
    external_id: Mapped[str | None] = mapped_column(sa.String(200))
    source: Mapped[str | None] = mapped_column(sa.String(500))
    is_synthetic: Mapped[bool]
    recorded_at: Mapped[datetime]
    version: Mapped[int]


class LabelEvent(Base):
    """What happened to a label: the day from which it counts, and the instant at which it was recorded."""

    __tablename__ = "label_event"
    __table_args__ = (one_of("kind", LabelEventKind), sa.Index("ix_label_event_label_id", "label_id", "recorded_at"))

    id: Mapped[Key]
    label_id: Mapped[Reference] = mapped_column(sa.ForeignKey("label.id"))
    kind: Mapped[LabelEventKind] = mapped_column(Choice(LabelEventKind))
    effective_on: Mapped[date]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    # When the holder was told, and on which ground: of what is decided here, not of what is taken in from elsewhere.
    noticed_on: Mapped[date | None]
    ground: Mapped[Code | None]
    reason: Mapped[str | None] = mapped_column(sa.Text)
    recorded_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(sa.String(200))


class LabelHolder(Base):
    """What an organisation has held: the answer to "ever", kept beside the events that it follows from."""

    __tablename__ = "label_holder"
    __table_args__ = (one_of("highest_level", Level),)

    cluster_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("cluster.id"), primary_key=True)
    highest_level: Mapped[Level] = mapped_column(Choice(Level))
    first_held_on: Mapped[date]
    # The label of the highest level that runs longest: the one shown where the question is "ever".
    label_id: Mapped[Reference] = mapped_column(sa.ForeignKey("label.id"))
