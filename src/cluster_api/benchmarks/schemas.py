"""What goes in and out about benchmarks."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.benchmarks.states import BenchmarkState
from cluster_api.comparisons.schemas import ComparisonRead
from cluster_api.foundation.fields import DIGITS, CivilDay, Prose
from cluster_api.foundation.paging import PageQuery
from cluster_api.methodology.schemas import MethodologyCode
from cluster_api.methodology.states import VisitMode

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"
EXAMPLE_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
EXAMPLE_NUMBER = "BM-2021-000001-97"
CONTRACT_PATTERN = r"^[A-Z0-9]{3}$"

Answers = Annotated[
    dict[str, Any],
    Field(
        max_length=300,
        description="Answers by the names of `/v1/methodologies/{questionnaire}/schema`. No names of people.",
        examples=[{"participants": 80, "management_staff": {"fte": 4, "persons": 5}}],
    ),
]


class BenchmarkCreate(BaseModel):
    """Whose benchmark is opened, and by which questionnaire."""

    model_config = ConfigDict(extra="forbid")

    cluster_id: UUID = Field(description="The cluster.", examples=[EXAMPLE_ID])
    questionnaire: MethodologyCode | None = Field(
        default=None, description="Code of a questionnaire in force; if none is named, the latest.", examples=[None]
    )


class BenchmarkUpdate(BaseModel):
    """A merge patch (RFC 7396) of the answers."""

    model_config = ConfigDict(extra="forbid")

    answers: Answers


class BenchmarkCorrection(BaseModel):
    """A correction of frozen answers."""

    model_config = ConfigDict(extra="forbid")

    answers: Answers
    reason: Prose = Field(description="Why, without personal details.", examples=["The share of fees was misread."])


class BenchmarkReason(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid")

    reason: Prose = Field(description="Why, without personal details.", examples=["The budget is that of two years."])


class BenchmarkAssign(BaseModel):
    """Who holds the interview, how, and when it is planned."""

    model_config = ConfigDict(extra="forbid")

    expert_id: UUID = Field(description="The person who holds it.", examples=[EXAMPLE_ID])
    interview_mode: VisitMode = Field(description="On site or by video.", examples=["video"])
    interview_on: CivilDay | None = Field(default=None, description="Planned day.", examples=["2027-03-01"])


class BenchmarkFreeze(BaseModel):
    """When the interview was held, and how."""

    model_config = ConfigDict(extra="forbid")

    interview_on: CivilDay = Field(description="Day of the interview; today or before.", examples=["2021-01-15"])
    interview_mode: VisitMode | None = Field(default=None, description="If otherwise than planned.", examples=[None])


class BenchmarkRemarks(BaseModel):
    """What the expert says in the report."""

    model_config = ConfigDict(extra="forbid")

    remarks: Prose | None = Field(
        default=None,
        description="Recommendations of the expert, beyond those that follow from the figures. No names of people.",
        examples=["Make the working group on hydrogen a project with a budget of its own."],
    )


class BenchmarkRelease(BaseModel):
    """Under which contract the report is numbered."""

    model_config = ConfigDict(extra="forbid")

    contract: str | None = Field(
        default=None,
        min_length=3,
        max_length=3,
        pattern=CONTRACT_PATTERN,
        description="Contract in the number of the report; `C` and the year if none is named.",
        examples=["CIP"],
    )


class BenchmarkQuery(PageQuery):
    """Which benchmarks, the latest first."""

    cluster_id: UUID | None = Field(default=None, description="Of this cluster.")
    state: BenchmarkState | None = Field(default=None, description="In this state.", examples=["released"])
    year: Annotated[int, Field(ge=1990, le=2999), DIGITS] | None = Field(
        default=None, description="Interviewed, or as yet only opened, in this year.", examples=[2021]
    )


class BenchmarkSummary(BaseModel):
    """A benchmark without its answers."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    number: str = Field(description="Number, with check digits.", max_length=40, examples=[EXAMPLE_NUMBER])
    cluster_id: UUID = Field(description="The cluster.")
    state: BenchmarkState = Field(description="Where it stands.")
    questionnaire: str = Field(description="Code of the questionnaire.", max_length=40, examples=["ESCA-BRONZE-2019"])
    questionnaire_version: int = Field(description="Its version.", ge=1)
    questionnaire_digest: str = Field(description="Its seal.", max_length=64, examples=[EXAMPLE_DIGEST])
    country: str = Field(description="ISO 3166-1 alpha-2, as at the interview.", max_length=2, examples=["NO"])
    portfolio: str = Field(description="Comparative portfolio, as at the interview.", max_length=40)
    expert_id: UUID | None = Field(description="The person who holds the interview.")
    interview_on: date | None = Field(description="Day of the interview; planned until the answers are frozen.")
    interview_mode: VisitMode | None = Field(description="On site or by video.")
    answers_version: int = Field(description="Last version of the answers; 0 while they are a draft.", ge=0)
    report_number: str | None = Field(
        description="Number of the report.", max_length=40, examples=["DNK063201604C160869"]
    )
    opened_on: date = Field(description="Day on which it was opened.")
    released_on: date | None = Field(description="Day on which the report was released.")
    reason: str | None = Field(description="Reason of the last move that needed one.", max_length=5000)
    version: int = Field(description="Number of the last change.", ge=1)
    created_at: datetime = Field(description="When it was recorded.")
    updated_at: datetime = Field(description="When it was last changed.")


class BenchmarkRead(BenchmarkSummary):
    """A benchmark with its answers, as they are now."""

    answers: dict[str, Any] = Field(description="The answers: the draft, or the last version.")
    remarks: str | None = Field(description="Recommendations of the expert; told with the report.", max_length=5000)
    allowed_moves: list[str] = Field(description="What you can do with it now.", max_length=20, examples=[["submit"]])


class BenchmarkRemarkRead(BaseModel):
    """Something that is wrong or surprising, and where."""

    pointer: str = Field(description="JSON Pointer into the benchmark.", max_length=500)
    code: str = Field(description="Code.", max_length=100)
    detail: str = Field(description="What is wanted there.", max_length=1000)


class QuestionnaireCheckRead(BaseModel):
    """The questionnaire looked at as a whole."""

    is_ready: bool = Field(description="Whether it can be submitted.")
    faults: list[BenchmarkRemarkRead] = Field(description="Everything that is missing or wrong.", max_length=1000)
    warnings: list[BenchmarkRemarkRead] = Field(
        description="What changed so much since the last benchmark that somebody should look again.", max_length=100
    )
    compared_with: str | None = Field(description="Number of the last benchmark.", max_length=40)


class BenchmarkVersionRead(BaseModel):
    """A version of frozen answers."""

    model_config = ConfigDict(from_attributes=True)

    number: int = Field(description="1 as frozen at the interview, more as corrected.", ge=1)
    reason: str | None = Field(description="Why it was corrected.", max_length=5000)
    digest: str = Field(description="SHA-256 of the canonical form (RFC 8785) of the answers.", max_length=64)
    recorded_at: datetime = Field(description="When it was recorded.")
    answers: dict[str, Any] = Field(description="The answers.")


class ReportRead(BaseModel):
    """The comparison report of a benchmark."""

    is_released: bool = Field(description="False: a preview for the expert and the operator; peers are as of today.")
    report_number: str | None = Field(description="Number of the report, from the release on.", max_length=40)
    benchmark_id: UUID = Field(description="The benchmark.")
    benchmark_number: str = Field(description="Its number.", max_length=40, examples=[EXAMPLE_NUMBER])
    cluster_id: UUID = Field(description="The cluster.")
    cluster_name: str = Field(description="Its name when the report was made.", max_length=300)
    country: str = Field(description="ISO 3166-1 alpha-2, as at the interview.", max_length=2)
    country_name: str = Field(description="The country in words.", max_length=100)
    portfolio_name: str = Field(description="The comparative portfolio in words.", max_length=200)
    questionnaire: str = Field(description="Code of the questionnaire.", max_length=40)
    questionnaire_version: int = Field(description="Its version.", ge=1)
    questionnaire_digest: str = Field(description="Its seal.", max_length=64)
    interview_on: date = Field(description="Day of the interview.")
    interview_mode: VisitMode = Field(description="On site or by video.")
    answers_version: int = Field(description="Version of the answers that the report is about.", ge=1)
    answers_digest: str = Field(description="Digest of these answers.", max_length=64)
    correction: str | None = Field(description="Why these answers were corrected.", max_length=5000)
    remarks: str | None = Field(description="Recommendations of the expert.", max_length=5000)
    made_at: datetime = Field(description="When the report was made.")
    comparison: ComparisonRead = Field(description="The figures beside those of the peers.")
