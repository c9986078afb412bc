"""The figures of released benchmarks, one short row each: what a comparison reads, and nothing else.

Benchmarks stand above and write here whatever they release, correct or take back.
"""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Code, Key, Reference


class BenchmarkFigures(Base):
    """The figures of one released benchmark; the key is that of the benchmark."""

    __tablename__ = "benchmark_figures"
    __table_args__ = (sa.Index("ix_benchmark_figures_basis", "basis", "interview_on", "benchmark_id"),)

    benchmark_id: Mapped[Key]
    cluster_id: Mapped[Reference] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    basis: Mapped[Code]  # questionnaire and version: only what was asked alike is compared
    country: Mapped[str] = mapped_column(sa.String(2))
    portfolio: Mapped[Code]  # as stored with the benchmark
    interview_on: Mapped[date]
    released_on: Mapped[date]
    figures: Mapped[str] = mapped_column(sa.Text)  # JSON list of ten-thousandths, in the order of the indicators
