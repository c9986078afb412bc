"""What goes in and out about cases."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cluster_api.assessments.states import CaseState
from cluster_api.clusters.states import Level
from cluster_api.foundation.fields import CivilDay, Prose, ShortLine
from cluster_api.foundation.paging import PageQuery
from cluster_api.methodology.states import CaseKind, VisitMode

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"


class AssessmentCreate(BaseModel):
    """An application for a level."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"cluster_id": EXAMPLE_ID, "level": "gold", "mode": "on_site"}]}
    )

    cluster_id: UUID = Field(description="The cluster that applies.", examples=[EXAMPLE_ID])
    level: Level = Field(description="Level applied for.")
    kind: CaseKind = Field(default=CaseKind.FIRST, description="A first label, or the renewal of one.")
    mode: VisitMode = Field(default=VisitMode.ON_SITE, description="Where the assessment takes place.")
    first_benchmark_on: CivilDay | None = Field(
        default=None,
        description="Day of the interview of the benchmark; for silver of the first of two. The register has to show "
        "it released; not given: the latest that fits.",
        examples=["2019-03-14"],
    )
    second_benchmark_on: CivilDay | None = Field(
        default=None, description="For silver: day of the interview of the second benchmark.", examples=["2020-12-01"]
    )

    @model_validator(mode="after")
    def _names_benchmarks_of_its_level(self) -> Self:
        if self.level is Level.BRONZE and (self.first_benchmark_on or self.second_benchmark_on):
            raise ValueError("The benchmark of bronze is named with its interview, after the contract.")
        return self


class AssessmentQuery(PageQuery):
    """Which cases to list."""

    level: Level | None = Field(default=None, description="Only of this level.")
    state: CaseState | None = Field(default=None, description="Only in this state.")
    cluster: UUID | None = Field(default=None, description="Only of this cluster.")
    assessor: Annotated[str | None, Field(pattern="^me$", max_length=2)] = Field(
        default=None, description="`me`: only those that the caller is assigned to."
    )


class CaseReason(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid")

    reason: Prose = Field(description="Why.", examples=["The list of members is missing."])


class ContractGiven(BaseModel):
    """The contract that was concluded."""

    model_config = ConfigDict(extra="forbid")

    reference: ShortLine = Field(description="Reference of the contract.", examples=["C-2021-017"])
    concluded_on: CivilDay = Field(description="Day on which it was concluded.", examples=["2021-01-10"])


class Bound(BaseModel):
    """One edition of a document."""

    code: str = Field(description="Code.", max_length=40, examples=["ECEI-2013"])
    version: int = Field(description="Version.", ge=1)
    digest: str = Field(description="Its seal when the case was opened.", max_length=64)


class Binding(BaseModel):
    """What a case is bound to for its whole life, though newer ones come into force."""

    rule_set: Bound = Field(description="Rules of validity and process.")
    indicator_set: Bound | None = Field(default=None, description="The indicators that are scored; none of bronze.")
    eligibility_set: Bound = Field(description="The criteria of eligibility.")
    prices: Bound = Field(description="The price list.")


class AssessmentSummary(BaseModel):
    """A case in a list."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    number: str = Field(description="Number with check digits.", max_length=40, examples=["AS-2021-000001-42"])
    cluster_id: UUID = Field(description="The cluster that applies.")
    level: Level = Field(description="Level applied for.")
    kind: CaseKind = Field(description="First label or renewal.")
    mode: VisitMode = Field(description="Where the assessment takes place.")
    state: CaseState = Field(description="Where it stands.")
    state_since: date = Field(description="Since which day.")


class AssessmentRead(AssessmentSummary):
    """A case."""

    reason: str | None = Field(description="Reason of the last move, if it needed one.", max_length=5000)
    binding: Binding = Field(description="The editions it is bound to.")
    price_cents: int = Field(description="Net price in cents, fixed for its whole life.", ge=0, le=100_000_000)
    currency: str = Field(description="Currency.", max_length=3, examples=["EUR"])
    previous_valid_until: date | None = Field(description="Of a renewal: end of the label that is renewed.")
    first_benchmark_on: date | None = Field(
        description="Day of the benchmark, or of the first of two; of bronze that of the interview."
    )
    second_benchmark_on: date | None = Field(description="Day of the second benchmark.")
    contract_reference: str | None = Field(description="Reference of the contract.", max_length=120)
    contracted_on: date | None = Field(description="Day of the contract.")
    visit_dates: list[date] = Field(description="Days of the visit.", max_length=10)
    visit_place: str | None = Field(description="Where the visit takes place.", max_length=300)
    version: int = Field(description="Version of the case.", ge=1)
    created_at: datetime = Field(description="When it was opened.")
    updated_at: datetime = Field(description="When it last changed.")
    allowed_moves: list[str] = Field(description="What you can do with it now.", max_length=20)


class CheckOutcome(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """What it needs is not there yet."""


class CheckResult(BaseModel):
    """One automatic check."""

    code: str = Field(description="Code.", max_length=40, examples=["cluster_active"])
    outcome: CheckOutcome = Field(description="What came of it.")
    blocks: bool = Field(description="Whether nobody is admitted while it fails.")
    detail: str = Field(description="What was compared.", max_length=2000)
    source: str = Field(description="Where the rule comes from.", max_length=1000)


class ChecksRead(BaseModel):
    """The automatic checks of a case, computed now."""

    checks: list[CheckResult] = Field(description="Register, dates, documents, plausibility.", max_length=20)


class DeadlineRead(BaseModel):
    """Something that is due."""

    code: str = Field(description="Code.", max_length=40, examples=["self_assessment"])
    due_on: date = Field(description="Last day.")
    is_overdue: bool = Field(description="Whether that day is past.")
    remind_on: list[date] = Field(description="Days on which to remind.", max_length=5)
    who: str = Field(description="Who has to do it.", max_length=40, examples=["cluster"])
    text: str = Field(description="What is to do.", max_length=300)
    source: str = Field(description="Where the period comes from.", max_length=1000)


class DeadlinesRead(BaseModel):
    """What is due in the present state of a case, the next first."""

    deadlines: list[DeadlineRead] = Field(description="Everything that is due.", max_length=20)
