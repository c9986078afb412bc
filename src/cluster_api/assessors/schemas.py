"""What goes in and out about qualifications, candidates and load."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.assessors.states import QualificationState, ReasonCode
from cluster_api.conflicts.schemas import ConflictRead
from cluster_api.foundation.fields import CivilDay, Prose
from cluster_api.organisations.schemas import EXAMPLE_ID
from cluster_api.pool.states import QualificationRole


class QualificationGrant(BaseModel):
    """A qualification as it is granted."""

    model_config = ConfigDict(extra="forbid")

    role: QualificationRole = Field(description="The role.", examples=["benchmarking"])
    granted_on: CivilDay | None = Field(default=None, description="First day, not to come; today if not given.")
    waiver: Prose | None = Field(
        default=None,
        description="Why it is granted without what it needs on record; without personal details.",
        examples=["Certified by the operator before this service began."],
    )


class QualificationRenew(BaseModel):
    """A renewal."""

    model_config = ConfigDict(extra="forbid")

    waiver: Prose | None = Field(
        default=None,
        description="Why it is renewed without what it needs; without personal details.",
        examples=["Too few cases in this country to be assigned twice."],
    )


class QualificationRead(BaseModel):
    """A qualification of an assessor."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    role: QualificationRole = Field(description="The role.")
    granted_on: date = Field(description="First day.")
    renewed_on: date | None = Field(description="Day of the last renewal.")
    valid_until: date = Field(description="Last day, unless withdrawn.")
    withdrawn_on: date | None = Field(description="First day on which it was withdrawn.")
    state: QualificationState = Field(description="What it is today.")
    waiver: str | None = Field(description="Why it was granted or renewed without what it needs.", max_length=5000)
    renewal_lacks: list[str] = Field(
        description="What a renewal still needs, a line for each way to it; empty: it can be renewed.",
        max_length=20,
        examples=[["refresher: 0 of 1; assignment: 1 of 2"]],
    )


class ReasonRead(BaseModel):
    """Why an assessor is proposed or cannot be."""

    code: ReasonCode = Field(description="The reason as a code.")
    detail: str = Field(description="In words.", max_length=20_000)
    points: int = Field(description="What it adds to the score.", ge=-100_000, le=100_000)


class CandidateRead(BaseModel):
    """An assessor as a candidate for an assessment."""

    assessor_id: UUID = Field(description="The assessor.", examples=[EXAMPLE_ID])
    is_eligible: bool = Field(description="Whether the assessor can be assigned.")
    score: int = Field(description="The sum of the points; only the eligible have some.", ge=-100_000, le=100_000)
    reasons: list[ReasonRead] = Field(description="Why proposed, or why not.", max_length=1000)
    conflicts: list[ConflictRead] = Field(description="Conflicts that were not cleared.", max_length=1000)


class EngagementRead(BaseModel):
    """What an assessor did in one case."""

    case_id: UUID | None = Field(
        description="The assessment or benchmark, if the caller sees all of them or is the assessor."
    )
    role: QualificationRole = Field(description="As what the assessor took part.")
    began_on: date = Field(description="First day of work.")
    ended_on: date | None = Field(description="Day on which the case ended for the assessor.")
    days: float = Field(description="Days of work.", ge=0, le=10_000)
    fee_cents: int = Field(description="Fee in cents, without VAT.", ge=0, le=2**31 - 1)
    currency: str = Field(default="EUR", description="Currency of the fee.", max_length=3)


class LoadOfYear(BaseModel):
    """What an assessor did in a year."""

    year: int = Field(description="The year in which the cases began for the assessor.", ge=1, le=9999)
    cases: int = Field(description="Cases.", ge=0)
    scoring_cases: int = Field(description="Cases in which the assessor scored.", ge=0)
    open_cases: int = Field(description="Cases that have not ended for the assessor.", ge=0)
    days: float = Field(description="Days of work.", ge=0, le=1_000_000)
    fee_cents: int = Field(description="Fees in cents, without VAT.", ge=0, le=2**53 - 1)
    currency: str = Field(default="EUR", description="Currency of the fees.", max_length=3)


class LoadRead(BaseModel):
    """The load and the fees of an assessor, by year, the first year first."""

    assessor_id: UUID = Field(description="The assessor.", examples=[EXAMPLE_ID])
    years: list[LoadOfYear] = Field(description="Years in which a case began for the assessor.", max_length=200)


class Work(TypedDict, total=False):
    """What is told of an engagement later: its last day, days of work, and fee in cents."""

    ended_on: date | None
    days: Decimal | int
    fee_cents: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about one or more assessors: role, methodology, cluster, day, and the case it is about."""

    role: QualificationRole
    methodology: tuple[str, int]
    cluster_id: str
    on: date
    case_id: str | None = None
