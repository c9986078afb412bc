"""The table of participants. A representative is a person on record here, so that nothing personal stands in it."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Code, Key, Reference, one_of
from cluster_api.participants.states import ParticipantState
from cluster_api.rounds.states import ParticipantKind


class ExchangeParticipant(Base):
    """An organisation in a round of ClusterXchange."""

    __tablename__ = "exchange_participant"
    __table_args__ = (
        one_of("state", ParticipantState),
        one_of("kind", ParticipantKind),
        sa.CheckConstraint("open_exchanges >= 0", name="open_exchanges_not_negative"),
        sa.CheckConstraint("is_visitor OR is_host", name="takes_a_role"),
        sa.Index(
            "uq_exchange_participant_organisation",
            "round",
            "organisation_id",
            unique=True,
            sqlite_where=sa.text("state NOT IN ('rejected', 'withdrawn')"),
            postgresql_where=sa.text("state NOT IN ('rejected', 'withdrawn')"),
        ),
        sa.Index("ix_exchange_participant_catalogue", "round", "state", "id"),
        sa.Index("ix_exchange_participant_partnership_id", "partnership_id", "id"),
        sa.Index("ix_exchange_participant_organisation_id", "organisation_id", "id"),
    )

    id: Mapped[Key]
    round: Mapped[Code]
    organisation_id: Mapped[Reference] = mapped_column(sa.ForeignKey("organisation.id"))
    is_visitor: Mapped[bool]
    is_host: Mapped[bool]
    kind: Mapped[ParticipantKind] = mapped_column(Choice(ParticipantKind))
    support_type: Mapped[Code | None]
    country: Mapped[str] = mapped_column(sa.String(2))
    region: Mapped[str | None] = mapped_column(sa.String(5))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    cluster_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("cluster.id"))
    is_in_network: Mapped[bool]
    is_approved: Mapped[bool]  # as a host that needs the approval of the agency
    approved_because: Mapped[str | None] = mapped_column(sa.Text)
    headcount: Mapped[int | None]
    turnover_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    balance_sheet_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    is_national: Mapped[bool | None]
    residence_days: Mapped[int | None]
    has_business: Mapped[bool | None]
    partnership_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("partnership.id"))
    is_assigned: Mapped[bool]  # the partnership was assigned, not chosen
    cv_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    motivation: Mapped[str] = mapped_column(sa.Text)
    ecosystems: Mapped[list[str]]
    aims: Mapped[list[str]]
    activities: Mapped[list[str]]
    wanted_countries: Mapped[list[str]]
    available_from: Mapped[date | None]
    available_until: Mapped[date | None]
    state: Mapped[ParticipantState] = mapped_column(Choice(ParticipantState))
    reason: Mapped[str | None] = mapped_column(sa.Text)
    open_exchanges: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
