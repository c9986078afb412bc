"""Tables of calls. The proof of eligibility is frozen with the application."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.calls.states import ApplicationState, CallState
from cluster_api.clusters.states import Level
from cluster_api.foundation.schema import Base, Choice, Code, Identifier, Key, Name, Reference, one_of
from cluster_api.partnerships.states import PartnerRole


class ProgrammeCall(Base):
    """A call for proposals, with its conditions."""

    __tablename__ = "programme_call"
    __table_args__ = (
        one_of("state", CallState),
        one_of("label_level", Level),
        sa.CheckConstraint("opens_on <= deadline_on", name="opens_before_deadline"),
        sa.CheckConstraint("0 <= max_grant_cents AND max_grant_cents <= budget_cents", name="grant_within_budget"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    title: Mapped[Name]
    opens_on: Mapped[date]
    deadline_on: Mapped[date]
    budget_cents: Mapped[int] = mapped_column(sa.BigInteger)
    max_grant_cents: Mapped[int] = mapped_column(sa.BigInteger)
    cofinancing_percent: Mapped[int]
    fewest_entities: Mapped[int]
    fewest_countries: Mapped[int]
    needs_weaker_region: Mapped[bool]
    fewest_months: Mapped[int]
    most_months: Mapped[int]
    label_level: Mapped[Level | None] = mapped_column(Choice(Level))
    label_on: Mapped[date | None]
    labelled_partners: Mapped[int]
    participation: Mapped[Code]
    fewest_evaluations: Mapped[int]
    documents: Mapped[dict[str, str]]  # title to address
    state: Mapped[CallState] = mapped_column(Choice(CallState))
    award_reason: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class CallApplication(Base):
    """What a consortium asks for, with the proof of what was checked when it was submitted."""

    __tablename__ = "call_application"
    __table_args__ = (
        one_of("state", ApplicationState),
        sa.Index("ix_call_application_call_id", "call_id", "id"),
        sa.Index("ix_call_application_organisation_id", "organisation_id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    call_id: Mapped[Reference] = mapped_column(sa.ForeignKey("programme_call.id"))
    organisation_id: Mapped[Reference] = mapped_column(sa.ForeignKey("organisation.id"))
    acronym: Mapped[str] = mapped_column(sa.String(60))
    title: Mapped[Name]
    months: Mapped[int]
    total_cents: Mapped[int] = mapped_column(sa.BigInteger)
    requested_cents: Mapped[int] = mapped_column(sa.BigInteger)
    ecosystems: Mapped[list[str]]
    targets: Mapped[dict[str, int]]
    agreement: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[ApplicationState] = mapped_column(Choice(ApplicationState))
    is_eligible: Mapped[bool]
    proof: Mapped[dict[str, Any]]
    proof_digest: Mapped[str] = mapped_column(sa.String(64))
    grant_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    version: Mapped[int]
    submitted_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class CallApplicant(Base):
    """A cluster organisation of a consortium that applies."""

    __tablename__ = "call_applicant"
    __table_args__ = (one_of("role", PartnerRole), sa.Index("ix_call_applicant_cluster_id", "cluster_id"))

    application_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("call_application.id"), primary_key=True)
    cluster_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("cluster.id"), primary_key=True)
    role: Mapped[PartnerRole] = mapped_column(Choice(PartnerRole))
    country: Mapped[str] = mapped_column(sa.String(2))


class CallEvaluation(Base):
    """What one person thinks of an application, in hundredths of full marks."""

    __tablename__ = "call_evaluation"
    __table_args__ = (sa.CheckConstraint("points >= 0 AND points <= 100", name="points_in_range"),)

    application_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("call_application.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("person.id"), primary_key=True)
    points: Mapped[int]
    reasons: Mapped[str] = mapped_column(sa.Text)
    evaluated_at: Mapped[datetime]
