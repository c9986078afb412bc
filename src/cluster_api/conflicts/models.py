"""Tables of interests and of what bears on conflicts. Nothing is deleted: what was withdrawn says when and why."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.conflicts.states import InterestKind, PairRule, PinEffect, Source, TieKind
from cluster_api.foundation.schema import Base, Choice, Key, Reference, one_of
from cluster_api.identity.models import PERSONAL

Author = sa.String(200)
FOLLOWS = "began_on <= ended_on"


class Interest(Base):
    """What an assessor has to do with a cluster or an organisation, from a day to a day."""

    __tablename__ = "assessor_interest"
    __table_args__ = (
        one_of("kind", InterestKind),
        one_of("source", Source),
        sa.CheckConstraint(FOLLOWS, name="begins_before_it_ends"),
    )

    id: Mapped[Key]
    assessor_id: Mapped[Reference] = mapped_column(sa.ForeignKey("assessor.id"), index=True)
    person_id: Mapped[Reference] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[InterestKind] = mapped_column(Choice(InterestKind))
    cluster_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    organisation_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    name: Mapped[str | None] = mapped_column(sa.String(300), info=PERSONAL)  # of what is not known here
    key: Mapped[str | None] = mapped_column(sa.String(300), info=PERSONAL, index=True)  # the name made comparable
    began_on: Mapped[date | None]  # unknown: since ever
    ended_on: Mapped[date | None]  # unknown: goes on
    statement: Mapped[str | None] = mapped_column(sa.Text, info=PERSONAL)
    source: Mapped[Source] = mapped_column(Choice(Source))
    recorded_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(Author)
    withdrawn_at: Mapped[datetime | None]
    withdrawal_reason: Mapped[str | None] = mapped_column(sa.Text)


class InterestDeclaration(Base):
    """An assessor declared that every interest is on record."""

    __tablename__ = "interest_declaration"
    __table_args__ = (sa.Index("ix_interest_declaration_assessor_id", "assessor_id", "declared_on"),)

    id: Mapped[Key]
    assessor_id: Mapped[Reference] = mapped_column(sa.ForeignKey("assessor.id"))
    declared_on: Mapped[date]
    recorded_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(Author)


class ConflictPin(Base):
    """The secretariat says that an assessor has a conflict with a cluster, or that one found is none; and why."""

    __tablename__ = "conflict_pin"
    __table_args__ = (
        one_of("effect", PinEffect),
        sa.CheckConstraint(FOLLOWS, name="begins_before_it_ends"),
        sa.CheckConstraint("(effect = 'clear') = (conflict_key IS NOT NULL)", name="clears_one"),
    )

    id: Mapped[Key]
    assessor_id: Mapped[Reference] = mapped_column(sa.ForeignKey("assessor.id"), index=True)
    cluster_id: Mapped[Reference] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    effect: Mapped[PinEffect] = mapped_column(Choice(PinEffect))
    conflict_key: Mapped[str | None] = mapped_column(sa.String(32))  # the one conflict that is cleared
    reason: Mapped[str] = mapped_column(sa.Text)
    began_on: Mapped[date]
    ended_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(Author)
    withdrawn_at: Mapped[datetime | None]
    withdrawal_reason: Mapped[str | None] = mapped_column(sa.Text)


class PairWaiver(Base):
    """The secretariat lets two assessors work together although a rule about pairs speaks against it; and why."""

    __tablename__ = "pair_waiver"
    __table_args__ = (
        one_of("rule", PairRule),
        sa.CheckConstraint(FOLLOWS, name="begins_before_it_ends"),
        sa.CheckConstraint("first_id < second_id", name="in_order"),
    )

    id: Mapped[Key]
    first_id: Mapped[Reference] = mapped_column(sa.ForeignKey("assessor.id"), index=True)
    second_id: Mapped[Reference] = mapped_column(sa.ForeignKey("assessor.id"), index=True)
    rule: Mapped[PairRule] = mapped_column(Choice(PairRule))
    cluster_id: Mapped[Reference] = mapped_column(sa.ForeignKey("cluster.id"))
    reason: Mapped[str] = mapped_column(sa.Text)
    began_on: Mapped[date]
    ended_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(Author)
    withdrawn_at: Mapped[datetime | None]
    withdrawal_reason: Mapped[str | None] = mapped_column(sa.Text)


class ClusterTie(Base):
    """Two clusters do something together: written by the areas above that know of partnerships and exchanges."""

    __tablename__ = "cluster_tie"
    __table_args__ = (
        one_of("kind", TieKind),
        sa.CheckConstraint(FOLLOWS, name="begins_before_it_ends"),
        sa.CheckConstraint("cluster_id < other_id", name="in_order"),
        sa.UniqueConstraint("source_id", "cluster_id", "other_id", name="uq_cluster_tie_source"),
    )

    id: Mapped[Key]
    kind: Mapped[TieKind] = mapped_column(Choice(TieKind))
    source_id: Mapped[Reference]  # the partnership or the exchange, of a table above
    cluster_id: Mapped[Reference] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    other_id: Mapped[Reference] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    began_on: Mapped[date]
    ended_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
