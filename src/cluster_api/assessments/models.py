"""Tables of cases: the case, who assesses it, its evidence, its sheets and its report.

All of them stand here, so that every query about a part can ask in the same statement who may see its case. Triggers on
both databases keep what a case is bound to, and everything assessed once the report is sealed (see the migration).
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cluster_api.assessments.states import (
    ENDED,
    OUT,
    AssignmentRole,
    AssignmentState,
    CaseState,
    EvidenceSide,
    EvidenceState,
    SheetKind,
)
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.states import Level
from cluster_api.foundation.schema import Base, Choice, Code, Key, Reference, one_of
from cluster_api.methodology.states import CaseKind, VisitMode


def _outside(column: str, states: tuple[Any, ...]) -> sa.TextClause:
    return sa.text(f"{column} NOT IN ({', '.join(repr(state.value) for state in states)})")


OPEN = _outside("state", ENDED)
LIVE = _outside("state", OUT)
KEPT = _outside("state", (EvidenceState.REFUSED, EvidenceState.REMOVED))
HOLDING = sa.text(f"role IN ('benchmarking', 'lead', 'second', 'auditor') AND {LIVE.text}")


class Assessment(Base):
    """One process for a label of one level, bound to one edition of each document for its whole life."""

    __tablename__ = "assessment"
    __table_args__ = (
        one_of("level", Level),
        one_of("kind", CaseKind),
        one_of("mode", VisitMode),
        one_of("state", CaseState),
        one_of("shown_state", CaseState),
        sa.Index("uq_assessment_open", "cluster_id", "level", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        sa.Index("ix_assessment_cluster_id", "cluster_id", "id"),
        sa.Index("ix_assessment_state", "state", "id"),
    )

    id: Mapped[Key]
    number: Mapped[Code] = mapped_column(unique=True)
    cluster_id: Mapped[Reference] = mapped_column(sa.ForeignKey("cluster.id"))
    level: Mapped[Level] = mapped_column(Choice(Level))
    kind: Mapped[CaseKind] = mapped_column(Choice(CaseKind))
    mode: Mapped[VisitMode] = mapped_column(Choice(VisitMode))
    state: Mapped[CaseState] = mapped_column(Choice(CaseState))
    state_since: Mapped[date]
    reason: Mapped[str | None] = mapped_column(sa.Text)  # of the last move, if it needed one
    binding: Mapped[dict[str, Any]]  # code, version and digest of rule set, indicators, eligibility and prices
    price_cents: Mapped[int]
    previous_valid_until: Mapped[date | None]  # end of the label that is renewed
    first_benchmark_on: Mapped[date | None]
    second_benchmark_on: Mapped[date | None]
    checklist: Mapped[dict[str, Any]]
    waivers: Mapped[dict[str, str]]
    contract_reference: Mapped[str | None] = mapped_column(sa.String(120))
    contracted_on: Mapped[date | None]
    visit_dates: Mapped[list[str]]
    visit_place: Mapped[str | None] = mapped_column(sa.String(300))
    # What applicant and assessors are shown from a decision on until its notice: the case as it was before.
    shown_state: Mapped[CaseState | None] = mapped_column(Choice(CaseState))
    shown: Mapped[dict[str, Any] | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    cluster: Mapped[Cluster] = relationship(lazy="joined", innerjoin=True)

    @property
    def dates(self) -> list[date]:
        """Answer the days of the visit, the first one first."""
        return sorted(date.fromisoformat(day) for day in self.visit_dates)


class Assignment(Base):
    """Somebody's part in a case. The person is named by identifier only."""

    __tablename__ = "assignment"
    __table_args__ = (
        one_of("role", AssignmentRole),
        one_of("state", AssignmentState),
        sa.Index(
            "uq_assignment_person", "assessment_id", "person_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE
        ),
        sa.Index(
            "uq_assignment_role", "assessment_id", "role", unique=True, sqlite_where=HOLDING, postgresql_where=HOLDING
        ),
        sa.Index("ix_assignment_person_id", "person_id", "assessment_id"),
    )

    id: Mapped[Key]
    assessment_id: Mapped[Reference] = mapped_column(sa.ForeignKey("assessment.id"))
    person_id: Mapped[Reference] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[AssignmentRole] = mapped_column(Choice(AssignmentRole))
    state: Mapped[AssignmentState] = mapped_column(Choice(AssignmentState))
    waiver: Mapped[str | None] = mapped_column(sa.Text)  # why a rule about pairs is waived
    declared_on: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Evidence(Base):
    """A file that proves something; its content is found by its digest in the store."""

    __tablename__ = "evidence"
    __table_args__ = (
        one_of("state", EvidenceState),
        one_of("side", EvidenceSide),
        sa.CheckConstraint("size > 0", name="not_empty"),
        sa.Index(
            "uq_evidence_content", "assessment_id", "sha256", unique=True, sqlite_where=KEPT, postgresql_where=KEPT
        ),
        sa.Index("ix_evidence_assessment_id", "assessment_id", "id"),
        sa.Index("ix_evidence_state", "state", "id"),
    )

    id: Mapped[Key]
    assessment_id: Mapped[Reference] = mapped_column(sa.ForeignKey("assessment.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(120))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    side: Mapped[EvidenceSide] = mapped_column(Choice(EvidenceSide))  # who sent it
    state: Mapped[EvidenceState] = mapped_column(Choice(EvidenceState))
    findings: Mapped[list[str]]
    checked_at: Mapped[datetime | None]
    version: Mapped[int]
    created_at: Mapped[datetime]


class Sheet(Base):
    """A filled sheet. ``slot`` is its kind or, of an assessor's, the assignment: one each in a case."""

    __tablename__ = "score_sheet"
    __table_args__ = (
        one_of("kind", SheetKind),
        sa.UniqueConstraint("assessment_id", "slot", name="uq_score_sheet_assessment_id_slot"),
        sa.CheckConstraint("(kind = 'scores') = (assignment_id IS NOT NULL)", name="scores_have_an_assessor"),
        sa.CheckConstraint("handed_in_at IS NULL OR total IS NOT NULL", name="handed_in_whole"),
    )

    id: Mapped[Key]
    assessment_id: Mapped[Reference] = mapped_column(sa.ForeignKey("assessment.id"))
    slot: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[SheetKind] = mapped_column(Choice(SheetKind))
    assignment_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("assignment.id"))
    answers: Mapped[dict[str, Any]]
    comments: Mapped[dict[str, str]]
    evidence: Mapped[dict[str, Any]]  # field of an indicator to identifiers of evidence
    improvements: Mapped[dict[str, Any]]  # silver: field of an indicator to before, after, effect, and the verdict
    points: Mapped[dict[str, int]]  # code of an indicator to its points, by the published scales
    total: Mapped[int | None]
    handed_in_at: Mapped[datetime | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Interview(Base):
    """The interview on which a bronze case rests: that of a benchmark, and what its expert found by the criteria."""

    __tablename__ = "interview"
    __table_args__ = (
        sa.UniqueConstraint("benchmark_id", name="uq_interview_benchmark_id"),
        sa.CheckConstraint("(found_on IS NULL) = (recommends IS NULL)", name="found_with_recommendation"),
        sa.CheckConstraint("(found_on IS NULL) = (reasons IS NULL)", name="found_with_reasons"),
    )

    assessment_id: Mapped[Key] = mapped_column(sa.ForeignKey("assessment.id"))
    benchmark_id: Mapped[Reference] = mapped_column(sa.ForeignKey("benchmark.id"))
    checklist: Mapped[dict[str, Any]]  # the criteria as the expert found them; the applicant's own stand in the case
    recommends: Mapped[bool | None]  # to award the label, or not to
    reasons: Mapped[str | None] = mapped_column(sa.Text)
    found_on: Mapped[date | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class AssessmentReport(Base):
    """The sealed report: what it says, and the digest of exactly that."""

    __tablename__ = "assessment_report"

    assessment_id: Mapped[Key] = mapped_column(sa.ForeignKey("assessment.id"))
    document: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(sa.String(64))
    sealed_at: Mapped[datetime]
