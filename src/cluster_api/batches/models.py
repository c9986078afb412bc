"""Tables of matchings of a round. What came out is kept with everything that it was made of, and never changes."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Code, Key, Reference


class RoundPairing(Base):
    """A matching of all validated visitors and hosts of a round."""

    __tablename__ = "round_pairing"
    __table_args__ = (
        sa.CheckConstraint("visitor_quota > 0 AND host_quota > 0", name="quotas_positive"),
        sa.CheckConstraint("least_points >= 0 AND least_points <= 10000", name="points_in_range"),
        sa.Index("ix_round_pairing_round", "round", "id"),
    )

    id: Mapped[Key]
    round: Mapped[Code]
    seed: Mapped[str] = mapped_column(sa.String(100))
    least_points: Mapped[int]
    visitor_quota: Mapped[int]
    host_quota: Mapped[int]
    weights: Mapped[dict[str, Any]]  # as they were when it was asked for
    reason: Mapped[str | None] = mapped_column(sa.Text)
    job_id: Mapped[Reference] = mapped_column(sa.ForeignKey("job.id"))
    author: Mapped[str] = mapped_column(sa.String(200))
    requested_at: Mapped[datetime]
    inputs: Mapped[str | None] = mapped_column(sa.Text)  # participants and terms, as lines of canonical JSON
    inputs_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    visitors: Mapped[int | None]
    hosts: Mapped[int | None]
    pairs: Mapped[int | None]
    completed_at: Mapped[datetime | None]


class RoundPair(Base):
    """A visitor and a host that a matching has put together."""

    __tablename__ = "round_pair"
    __table_args__ = (
        sa.UniqueConstraint("pairing_id", "visitor_id", "host_id", name="uq_round_pair_sides"),
        sa.Index("ix_round_pair_pairing_id", "pairing_id", "id"),
        sa.Index("ix_round_pair_host_id", "host_id", "pairing_id"),
    )

    id: Mapped[Key]
    pairing_id: Mapped[Reference] = mapped_column(sa.ForeignKey("round_pairing.id"))
    visitor_id: Mapped[Reference] = mapped_column(sa.ForeignKey("exchange_participant.id"))
    host_id: Mapped[Reference] = mapped_column(sa.ForeignKey("exchange_participant.id"))
    points: Mapped[int]
