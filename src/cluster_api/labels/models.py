"""Tables of labels: what was awarded, what happened to it, and the kept figures.

Validity is what the events say: a label's own dates are its latest, an event's are those of its time, so that what
could be known at any instant can be told again.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.clusters.states import Level
from cluster_api.foundation.schema import Base, Choice, Code, Identifier, Key, Reference, one_of
from cluster_api.labels.states import LabelEventKind, LabelKind, TallySeries


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
    reason: Mapped[str | None] = mapped_column(sa.Text)
    recorded_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(sa.String(200))


class NumberSeries(Base):
    """The last serial of each prefix and year; numbers are never used again."""

    __tablename__ = "number_series"

    prefix: Mapped[str] = mapped_column(sa.String(4), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class LabelTally(Base):
    """Kept figures: how much a count changed in a year, a month, or on a day.

    The count on a day is the sum over the years before, the months before in its year, and the days up to it in its
    month: a few rows however many labels there are. ``portfolio`` is ``*`` in the rows that do not tell portfolios
    apart, so that the usual questions read fourteen times fewer rows.
    """

    __tablename__ = "label_tally"
    __table_args__ = (one_of("series", TallySeries), {"sqlite_with_rowid": False})

    series: Mapped[TallySeries] = mapped_column(Choice(TallySeries), primary_key=True)
    grain: Mapped[str] = mapped_column(sa.String(9), primary_key=True)  # country | portfolio
    span: Mapped[str] = mapped_column(sa.String(5), primary_key=True)  # year | month | day
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    level: Mapped[Level] = mapped_column(Choice(Level), primary_key=True)
    country: Mapped[str] = mapped_column(sa.String(2), primary_key=True)
    portfolio: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    change: Mapped[int]
