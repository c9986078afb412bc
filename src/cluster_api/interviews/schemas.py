"""What goes in and out about the interview of a bronze case."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.benchmarks.states import BenchmarkState
from cluster_api.foundation.fields import Prose
from cluster_api.methodology.states import VisitMode

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"


class InterviewHeld(BaseModel):
    """Which benchmark a bronze case rests on."""

    model_config = ConfigDict(extra="forbid")

    benchmark_id: UUID = Field(
        description="A benchmark of the cluster whose answers are frozen.", examples=[EXAMPLE_ID]
    )


class FindingsWrite(BaseModel):
    """The form of eligibility as the expert fills it in, and the recommendation at its end."""

    model_config = ConfigDict(extra="forbid")

    no_conflict: Literal[True] = Field(description="Declares that there is no conflict of interest.", examples=[True])
    checklist: dict[str, Any] = Field(
        description="The form of the bound criteria; `/v1/methodologies/{code}/schema` describes it.",
        max_length=110,
        examples=[{"methodology": "ELIGIBILITY-2019", "legal_entity": True}],
    )
    recommends: bool = Field(description="Whether the label should be awarded.", examples=[True])
    reasons: Prose = Field(description="Why.", examples=["Every criterion is met; the members know each other."])


class InterviewRead(BaseModel):
    """The interview of a bronze case; what the expert found is shown to the cluster with the sealed report."""

    assessment_id: UUID = Field(description="The case.", examples=[EXAMPLE_ID])
    benchmark_id: UUID = Field(description="The benchmark it rests on.", examples=[EXAMPLE_ID])
    benchmark_number: str = Field(description="Number of the benchmark.", max_length=40)
    benchmark_state: BenchmarkState = Field(description="Where the benchmark stands.")
    held_on: date = Field(description="Day of the interview: validity is counted from its month.")
    mode: VisitMode = Field(description="On site or by video.")
    checklist: dict[str, Any] | None = Field(description="The criteria as the expert found them; null if not shown.")
    unmet: list[str] | None = Field(
        description="Codes of criteria neither met nor waived; null if not shown.", max_length=100
    )
    recommends: bool | None = Field(description="Whether the expert recommends the award; null if not shown.")
    reasons: str | None = Field(description="Why; null if not shown.", max_length=5000)
    found_on: date | None = Field(description="Day on which the expert said so.")


class SealedBenchmark(BaseModel):
    """The benchmark of a bronze case as it was when the report was sealed."""

    id: UUID = Field(description="Identifier.")
    number: str = Field(description="Number.", max_length=40)
    report_number: str = Field(description="Number of its released report.", max_length=40)
    questionnaire: str = Field(description="Code of its questionnaire.", max_length=40)
    questionnaire_version: int = Field(description="Version of the questionnaire.", ge=1)
    questionnaire_digest: str = Field(description="Seal of the questionnaire.", max_length=64)
    interview_on: date = Field(description="Day of the interview.")
    interview_mode: VisitMode = Field(description="On site or by video.")
    answers_version: int = Field(description="Version of the answers.", ge=1)
    answers_digest: str = Field(description="SHA-256 (RFC 8785) of these answers.", max_length=64)
    released_on: date = Field(description="Day of the release.")
    expert_assignment_id: UUID = Field(description="The assignment of who held the interview.")
