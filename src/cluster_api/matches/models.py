"""The table of matches."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Key, Reference, one_of
from cluster_api.matches.states import MatchState
from cluster_api.rounds.states import ExchangeRole

OPEN = "state IN ('proposed', 'confirmed')"


class ExchangeMatch(Base):
    """A visitor and a host who may make an exchange."""

    __tablename__ = "exchange_match"
    __table_args__ = (
        one_of("state", MatchState),
        one_of("proposed_by", ExchangeRole),
        sa.CheckConstraint("visitor_id <> host_id", name="two_sides"),
        sa.Index(
            "uq_exchange_match_pair",
            "visitor_id",
            "host_id",
            unique=True,
            sqlite_where=sa.text(OPEN),
            postgresql_where=sa.text(OPEN),
        ),
        sa.Index("ix_exchange_match_host_id", "host_id"),
        sa.Index("ix_exchange_match_visitor_id", "visitor_id"),
        sa.Index("ix_exchange_match_state", "state", "id"),
    )

    id: Mapped[Key]
    visitor_id: Mapped[Reference] = mapped_column(sa.ForeignKey("exchange_participant.id"))
    host_id: Mapped[Reference] = mapped_column(sa.ForeignKey("exchange_participant.id"))
    proposed_by: Mapped[ExchangeRole] = mapped_column(Choice(ExchangeRole))
    message: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[MatchState] = mapped_column(Choice(MatchState))
    proposed_on: Mapped[date]
    answer_by: Mapped[date]
    answered_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
