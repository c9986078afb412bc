"""Tables of simulations: what was asked, with the draft as it was, and what became of each assessment."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.clusters.states import Level
from cluster_api.foundation.schema import Base, Choice, Code, Identifier, Key, Reference, one_of
from cluster_api.simulations.states import SimulatedOutcome, SimulatedReason


class Simulation(Base):
    """One study of a version. It keeps the document by which it scores: a draft may change while it runs."""

    __tablename__ = "simulation"
    __table_args__ = (sa.Index("ix_simulation_code", "code", "id"),)

    id: Mapped[Key]
    code: Mapped[Code]
    methodology_version: Mapped[int]
    document: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(sa.String(64))  # SHA-256 of the document (RFC 8785)
    since: Mapped[date | None]
    until: Mapped[date]
    is_chosen: Mapped[bool]  # whether somebody who sees cases chose the days
    cases: Mapped[int]
    coverage: Mapped[dict[str, Any]]
    job_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("job.id"))
    requested_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class SimulationCase(Base):
    """What becomes of one assessment, with what it is counted by."""

    __tablename__ = "simulation_case"
    __table_args__ = (one_of("level", Level), one_of("outcome", SimulatedOutcome), one_of("reason", SimulatedReason))

    simulation_id: Mapped[str] = mapped_column(
        Identifier, sa.ForeignKey("simulation.id", ondelete="CASCADE"), primary_key=True
    )
    assessment_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("assessment.id"), primary_key=True, index=True)
    level: Mapped[Level] = mapped_column(Choice(Level))
    country: Mapped[Code]
    size: Mapped[Code]
    portfolio: Mapped[Code | None]
    source_code: Mapped[Code]
    source_version: Mapped[int]
    outcome: Mapped[SimulatedOutcome] = mapped_column(Choice(SimulatedOutcome))
    reason: Mapped[SimulatedReason | None] = mapped_column(Choice(SimulatedReason))
    points: Mapped[int | None]  # by its own set
    max_points: Mapped[int | None]
    fewest_points: Mapped[int | None]  # by the draft, if what is asked anew is worth nothing
    most_points: Mapped[int | None]  # by the draft, if it is worth full marks
