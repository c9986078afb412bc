"""Tables of benchmarks, of the versions of their answers, of released reports, and of who sits in at interviews.

Triggers on both databases refuse to change frozen answers, versions and reports, and to delete any of them (see the
migration): domain invariants 25 and 27.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.benchmarks.states import GUESTS_OUT, OPEN, BenchmarkState, GuestRole, GuestState
from cluster_api.foundation.schema import Base, Choice, Code, Identifier, Key, Reference, one_of
from cluster_api.methodology.states import VisitMode

UNFINISHED = sa.text(f"state IN ({', '.join(repr(state.value) for state in OPEN)})")
SITS_IN = sa.text(f"state NOT IN ({', '.join(repr(state.value) for state in GUESTS_OUT)})")


class Benchmark(Base):
    """A benchmarking of one cluster by one sealed questionnaire, to which it is bound for its whole life."""

    __tablename__ = "benchmark"
    __table_args__ = (
        one_of("state", BenchmarkState),
        one_of("interview_mode", VisitMode),
        sa.Index("uq_benchmark_open", "cluster_id", unique=True, sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
        sa.Index("ix_benchmark_cluster_id", "cluster_id", "id"),
        sa.Index("ix_benchmark_expert_id", "expert_id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    cluster_id: Mapped[Reference] = mapped_column(sa.ForeignKey("cluster.id"))
    questionnaire: Mapped[Code]
    questionnaire_version: Mapped[int]
    questionnaire_digest: Mapped[str] = mapped_column(sa.String(64))
    # As they were at the interview: a later change of the cluster alters no report.
    country: Mapped[str] = mapped_column(sa.String(2))
    portfolio: Mapped[Code]
    answers: Mapped[dict[str, Any]]  # a draft until the interview, then frozen
    state: Mapped[BenchmarkState] = mapped_column(Choice(BenchmarkState))
    expert_id: Mapped[str | None] = mapped_column(Identifier, sa.ForeignKey("person.id"))
    interview_on: Mapped[date | None]  # planned until the answers are frozen
    interview_mode: Mapped[VisitMode | None] = mapped_column(Choice(VisitMode))
    answers_version: Mapped[int]  # the last version of the answers; 0 while they are a draft
    remarks: Mapped[str | None] = mapped_column(sa.Text)  # of the expert, for the report
    report_number: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    released_on: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(sa.Text)  # of the last move that needed one
    opened_on: Mapped[date]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class BenchmarkVersion(Base):
    """The answers of a benchmark as frozen at the interview (1) or as corrected since."""

    __tablename__ = "benchmark_version"

    benchmark_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("benchmark.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answers: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(sa.String(64))  # SHA-256 of the canonical form (RFC 8785)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    author: Mapped[str] = mapped_column(sa.String(200))
    recorded_at: Mapped[datetime]


class BenchmarkReport(Base):
    """A released report on one version of the answers, as it was given out."""

    __tablename__ = "benchmark_report"

    benchmark_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("benchmark.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # the version it is about
    document: Mapped[str] = mapped_column(sa.Text)  # JSON of ReportRead
    digest: Mapped[str] = mapped_column(sa.String(64))  # SHA-256 of the document
    created_at: Mapped[datetime]


class InterviewGuest(Base):
    """Somebody who sits in at the interview of a benchmark, to learn or to watch. Named by identifier only."""

    __tablename__ = "interview_guest"
    __table_args__ = (
        one_of("role", GuestRole),
        one_of("state", GuestState),
        sa.Index(
            "uq_interview_guest_person",
            "benchmark_id",
            "person_id",
            unique=True,
            sqlite_where=SITS_IN,
            postgresql_where=SITS_IN,
        ),
        sa.Index("ix_interview_guest_person_id", "person_id", "benchmark_id"),
    )

    id: Mapped[Key]
    benchmark_id: Mapped[Reference] = mapped_column(sa.ForeignKey("benchmark.id"))
    person_id: Mapped[Reference] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[GuestRole] = mapped_column(Choice(GuestRole))
    state: Mapped[GuestState] = mapped_column(Choice(GuestState))
    declared_on: Mapped[date | None]  # free of conflicts
    reason: Mapped[str | None] = mapped_column(sa.Text)  # of the last move that needed one
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
