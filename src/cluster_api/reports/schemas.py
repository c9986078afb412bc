"""What goes in and out about reports and explanations."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.assessments.schemas import Binding
from cluster_api.assessments.states import AssignmentRole
from cluster_api.clusters.states import Level
from cluster_api.foundation.fields import Prose
from cluster_api.interviews.schemas import SealedBenchmark
from cluster_api.methodology.schemas import ScoreRead
from cluster_api.methodology.states import CaseKind
from cluster_api.scoring.schemas import DimensionScore

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"
Sha256 = Annotated[str, Field(min_length=64, max_length=64)]


class ReportWrite(BaseModel):
    """What the assessors say in words."""

    model_config = ConfigDict(extra="forbid")

    summary: Prose = Field(description="The result in words.", examples=["A well-run cluster."])
    strengths: list[Prose] = Field(default=[], description="What is strong.", max_length=50, examples=[["Strategy."]])
    recommendations: list[Prose] = Field(
        description="What to do next.", min_length=1, max_length=50, examples=[["Ask members once a year."]]
    )


class ReportScore(BaseModel):
    """The score of the consensus, exactly."""

    points: int = Field(description="Points given.", ge=0, le=100_000)
    max_points: int = Field(description="Points possible.", ge=0, le=100_000)
    threshold: int = Field(description="Fewest points that pass.", ge=0, le=100_000)
    percent: float = Field(description="For display only, cut to one decimal.", ge=0, le=100)
    passed: bool = Field(description="Whether gate, minimums and threshold are all reached.")
    refused_by: list[str] = Field(description="Codes of missed gates and minimums; `threshold` for too few points.")
    warnings: list[str] = Field(description="Codes of indicators whose minimum was missed, which only warns.")
    dimensions: list[DimensionScore] = Field(description="Points by dimension.", max_length=50)


class SealedScore(BaseModel):
    """Whose scores the consensus is made of, by a digest of the whole sheet."""

    assignment_id: UUID = Field(description="The assignment of who scored.")
    role: AssignmentRole = Field(description="What the person did.")
    digest: Sha256 = Field(description="SHA-256 of the sheet (RFC 8785).")


class SealedEvidence(BaseModel):
    """A file as it was when the report was sealed."""

    id: UUID = Field(description="Identifier.")
    sha256: Sha256 = Field(description="SHA-256 of its content.")
    size: int = Field(description="Length in bytes.", ge=1, le=2**53)
    media_type: str = Field(description="Media type.", max_length=120)


class SealedDocument(BaseModel):
    """What the reports of all levels say and their digests seal. They decide nothing."""

    number: str = Field(description="Number of the assessment.", max_length=40)
    cluster_id: UUID = Field(description="The cluster.")
    kind: CaseKind = Field(description="First label or renewal.")
    binding: Binding = Field(description="The editions it was assessed by.")
    price_cents: int = Field(description="Net price in cents.", ge=0, le=100_000_000)
    refusals: list[str] = Field(
        description="What the level still lacks by the rules; empty if nothing.", max_length=200
    )
    evidence: list[SealedEvidence] = Field(description="Every released file.", max_length=10_000)
    summary: str = Field(description="The result in words.", max_length=5000)
    strengths: list[str] = Field(description="What is strong.", max_length=50)
    recommendations: list[str] = Field(description="What to do next.", max_length=50)
    sealed_on: date = Field(description="Day of the seal.")


class BronzeReportDocument(SealedDocument):
    """The report of a bronze case: its benchmark, the criteria as the expert found them, the recommendation."""

    level: Literal[Level.BRONZE] = Field(description="Level applied for.")
    benchmark: SealedBenchmark = Field(description="The benchmark it rests on, as it was released.")
    checklist: dict[str, Any] = Field(description="The criteria as the expert found them.")
    waivers: dict[str, str] = Field(description="Reasons of waived criteria by code.", max_length=100)
    recommends: bool = Field(description="Whether the expert recommends the award.")
    reasons: str = Field(description="Why.", max_length=5000)


class ReportDocument(SealedDocument):
    """The report of a silver or gold case."""

    level: Literal[Level.SILVER, Level.GOLD] = Field(description="Level applied for.")
    benchmarks_on: list[date] = Field(description="Days of the benchmarks.", max_length=2)
    visit_dates: list[date] = Field(description="Days on site.", max_length=10)
    sheet: dict[str, Any] = Field(description="The consensus, a value an indicator.")
    points: dict[str, int] = Field(description="Points by code of the indicator.")
    comments: dict[str, str] = Field(description="Reasons by indicator.")
    named_evidence: dict[str, list[UUID]] = Field(description="Evidence by indicator.")
    score: ReportScore = Field(description="The score.")
    baseline: dict[str, bool] = Field(description="By code of indicators in silver's scope: is the minimum reached?")
    improvements: dict[str, bool] = Field(description="For silver, by indicator: is the improvement confirmed?")
    scores: list[SealedScore] = Field(description="Whose scores it is made of.", max_length=10)


AnyReport = Annotated[BronzeReportDocument | ReportDocument, Field(discriminator="level")]


class AssessmentReportRead(BaseModel):
    """A sealed report."""

    assessment_id: UUID = Field(description="The assessment.", examples=[EXAMPLE_ID])
    document: AnyReport = Field(description="What it says.")
    digest: Sha256 = Field(description="SHA-256 of the canonical form (RFC 8785) of the document: the seal.")
    is_intact: bool = Field(description="Whether the document still has this digest.")
    sealed_at: datetime = Field(description="When it was sealed.")


class ExplanationBasis(StrEnum):
    """What is explained."""

    SELF_ASSESSMENT = "self_assessment"
    SCORES = "scores"
    CONSENSUS = "consensus"
    INTERVIEW = "interview"
    """Of bronze: what the expert found."""


class RuleRead(BaseModel):
    """A rule of bronze, and how it stands."""

    rule: str = Field(description="Code of a criterion, `benchmark`, or `recommendation`.", max_length=40)
    wanted: str = Field(description="What is wanted, in words.", max_length=4000)
    found: Any = Field(description="What is there.")
    waived: str | None = Field(description="Why it is waived.", max_length=5000)
    holds: bool = Field(description="Whether it holds, or is waived.")
    source: str = Field(description="Where the rule comes from.", max_length=5000)


class ExplanationRead(BaseModel):
    """How a score comes about, and what is missing."""

    basis: ExplanationBasis = Field(
        description="What is explained: of bronze the interview, else the consensus if the caller may see it."
    )
    rules: list[RuleRead] = Field(default=[], description="Of bronze: every rule.", max_length=120)
    score: ScoreRead | None = Field(
        description="Every rule with inputs, threshold, result and source; the points of its trace sum to the score. "
        "Null for bronze, which has no points. `missing` names the smallest sets of improvements that reach each level "
        "not reached."
    )
    refusals: list[str] = Field(description="What the level applied for still lacks by the rules.", max_length=200)
