"""What goes in and out about calls and applications to them."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cluster_api.calls.states import ApplicationState, CallState, RegionDevelopment
from cluster_api.clusters.schemas import Ecosystems
from cluster_api.clusters.states import Level
from cluster_api.foundation.fields import WHOLE, CivilDay, Line, Prose, ShortLine, WebAddress
from cluster_api.foundation.paging import PageQuery
from cluster_api.partnerships.schemas import (
    EXAMPLE_ID,
    MOST_CENTS,
    MOST_PARTNERS,
    Acronym,
    AgreementText,
    ProposedPartner,
    Targets,
)
from cluster_api.rounds.schemas import RoundRuleRead

EXAMPLE_NUMBER = "CA-2021-000001-06"
EXAMPLE_CODE = "COS-CLUSTER-2021-1-01"

CallCode = Annotated[str, Field(min_length=3, max_length=40, pattern=r"^[0-9A-Z][0-9A-Z\-]*$")]
CallNumber = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z \-]+$")]
Cents = Annotated[int, Field(ge=0, le=MOST_CENTS, strict=True), WHOLE]
Few = Annotated[int, Field(ge=1, le=60, strict=True), WHOLE]
Months = Annotated[int, Field(ge=1, le=120, strict=True), WHOLE]
Percent = Annotated[int, Field(ge=1, le=100, strict=True), WHOLE]


class CallConditions(BaseModel):
    """What a call asks of those who apply; the defaults are those of the call of 2019 (vocabulary `calls`)."""

    model_config = ConfigDict(extra="forbid")

    title: Line = Field(description="What it is called.", examples=["European Cluster Excellence Programme"])
    opens_on: CivilDay = Field(description="First day on which one can apply.", examples=["2021-01-15"])
    deadline_on: CivilDay = Field(description="Last day on which one can apply.", examples=["2021-04-15"])
    budget_cents: Cents = Field(description="Budget of the call, in cents.", examples=[600_000_000])
    max_grant_cents: Cents = Field(description="Highest grant for a partnership, in cents.", examples=[50_000_000])
    cofinancing_percent: Percent = Field(default=75, description="Most of the costs that a grant pays, in per cent.")
    fewest_entities: Few = Field(default=3, description="Fewest organisations of a consortium.")
    fewest_countries: Few = Field(default=3, description="Fewest participating countries of a consortium.")
    needs_weaker_region: bool = Field(
        default=True, strict=True, description="Whether one partner has to be in a less developed or transition region."
    )
    fewest_months: Months = Field(default=20, description="Shortest duration, in months.")
    most_months: Months = Field(default=24, description="Longest duration, in months.")
    label_level: Level | None = Field(default=None, description="Lowest label that partners must hold, if any.")
    label_on: CivilDay | None = Field(default=None, description="Day on which they must hold it; else the deadline.")
    labelled_partners: Few = Field(default=1, description="How many partners must hold it, if any must.")
    participation: Annotated[str, Field(pattern=r"^cosme_[0-9_]+$", max_length=40)] = Field(
        default="cosme_2020_2022", description="Attribute of the vocabulary `countries` that says who takes part."
    )
    fewest_evaluations: Few = Field(default=2, description="Fewest evaluations of each eligible application.")
    documents: Annotated[dict[ShortLine, WebAddress], Field(max_length=20)] = Field(
        default={}, description="Documents of the call: title to address."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.deadline_on < self.opens_on:
            raise ValueError("deadline_on does not come before opens_on.")
        if self.max_grant_cents > self.budget_cents:
            raise ValueError("max_grant_cents is at most budget_cents.")
        if self.most_months < self.fewest_months:
            raise ValueError("most_months is not below fewest_months.")
        return self


class CallCreate(CallConditions):
    """A call as it is planned."""

    code: CallCode = Field(description="Its code.", examples=[EXAMPLE_CODE])


class CallRead(CallConditions):
    """A call as anybody may see it, once it is published."""

    model_config = ConfigDict(extra="ignore")

    code: str = Field(description="Its code.", max_length=40, examples=[EXAMPLE_CODE])
    currency: str = Field(description="ISO 4217.", max_length=3, examples=["EUR"])
    state: CallState = Field(description="Where it stands.")
    is_open: bool = Field(description="Whether one can apply today.")
    applications: int | None = Field(description="Applications not withdrawn; null until the call is closed.", ge=0)
    granted_cents: int | None = Field(description="Sum of the grants, in cents; null until awarded.", ge=0)
    award_reason: str | None = Field(description="Why it was awarded so.", max_length=5000)
    version: int = Field(description="Number of the last change.", ge=1)
    allowed_moves: list[str] = Field(description="What this caller can do with it now.", max_length=6)


class CallQuery(PageQuery):
    """Which calls."""

    state: CallState | None = Field(default=None, description="Where they stand.")


class Applicant(ProposedPartner):
    """A cluster organisation of a consortium, and how developed its region is."""

    development: RegionDevelopment | None = Field(
        default=None,
        description="How developed its region is (Implementing Decision 2014/99/EU), as the consortium declares it.",
        examples=["transition"],
    )


class CallApplicationCreate(BaseModel):
    """What a consortium asks for."""

    model_config = ConfigDict(extra="forbid")

    acronym: Acronym = Field(description="Short name.", examples=["TIDES"])
    title: Line = Field(description="Full name.", examples=["Tides of cluster excellence"])
    months: Months = Field(description="Duration, in months.", examples=[24])
    total_cents: Cents = Field(description="All costs, in cents.", examples=[60_000_000])
    requested_cents: Cents = Field(description="Grant that is requested, in cents.", examples=[45_000_000])
    ecosystems: Ecosystems = Field(default=[], description="Industrial ecosystems.")
    targets: Targets = Field(default={}, description="Indicators of the vocabulary `kpis` and what they shall reach.")
    partners: list[Applicant] = Field(
        min_length=1, max_length=MOST_PARTNERS, description="The consortium.",
        examples=[[{"cluster_id": EXAMPLE_ID, "role": "coordinator"}]],
    )  # fmt: skip
    agreement: AgreementText = Field(
        description="Text of the agreement that all partners sign if it is funded.",
        examples=["The partners agree as follows."],
    )


class ApplicantRead(BaseModel):
    """A cluster organisation of a consortium."""

    cluster_id: UUID = Field(description="Cluster organisation.")
    role: str = Field(description="Its part.", max_length=40)
    country: str = Field(description="Its country, ISO 3166-1 alpha-2.", max_length=2)


class CallApplicationRead(BaseModel):
    """An application, with the proof of its eligibility as it was when it was submitted."""

    number: str = Field(description="Number.", max_length=40, examples=[EXAMPLE_NUMBER])
    call: str = Field(description="Code of the call.", max_length=40)
    organisation_id: UUID = Field(description="Organisation that applies.")
    acronym: str = Field(description="Short name.", max_length=60)
    title: str = Field(description="Full name.", max_length=300)
    months: int = Field(description="Duration, in months.", ge=1)
    total_cents: int = Field(description="All costs, in cents.", ge=0)
    requested_cents: int = Field(description="Grant that is requested, in cents.", ge=0)
    partners: list[ApplicantRead] = Field(description="The consortium.", max_length=MOST_PARTNERS)
    state: ApplicationState = Field(description="Where it stands.")
    is_eligible: bool = Field(description="Whether every rule of the call was met.")
    rules: list[RoundRuleRead] = Field(description="Rule by rule, as it was when it was submitted.", max_length=30)
    proof_digest: str = Field(description="SHA-256 of the frozen proof (RFC 8785).", max_length=64)
    evaluations: int | None = Field(description="Evaluations; null to who applies.", ge=0)
    mean_points: float | None = Field(description="Mean of the points; null to who applies until awarded.", ge=0)
    grant_cents: int | None = Field(description="Grant, in cents, if it is funded.", ge=0)
    submitted_at: datetime = Field(description="When it was submitted.")
    version: int = Field(description="Number of the last change.", ge=1)
    allowed_moves: list[str] = Field(description="What this caller can do with it now.", max_length=6)


class CallApplicationQuery(PageQuery):
    """Which applications."""

    state: ApplicationState | None = Field(default=None, description="Where they stand.")


class CallEvaluate(BaseModel):
    """What one person thinks of an application."""

    model_config = ConfigDict(extra="forbid")

    points: Annotated[int, Field(ge=0, le=100, strict=True), WHOLE] = Field(description="Of 100.", examples=[82])
    reasons: Prose = Field(description="Why.", examples=["Clear joint strategy."])


class GrantProposal(BaseModel):
    """A grant for an application."""

    model_config = ConfigDict(extra="forbid")

    number: CallNumber = Field(description="Number of the application.", examples=[EXAMPLE_NUMBER])
    grant_cents: Cents = Field(description="Grant, in cents.", examples=[45_000_000])
    begins_on: CivilDay = Field(description="First day of the partnership.", examples=["2021-09-01"])


class CallAward(BaseModel):
    """Which applications are funded; all others are refused."""

    model_config = ConfigDict(extra="forbid")

    grants: list[GrantProposal] = Field(
        max_length=200, description="Grants.",
        examples=[[{"number": EXAMPLE_NUMBER, "grant_cents": 45_000_000, "begins_on": "2021-09-01"}]],
    )  # fmt: skip
    reason: Prose = Field(description="Why these, for the public.", examples=["The best six within the budget."])


class Consortium(BaseModel):
    """What the rules of a call ask about a consortium."""

    cluster_id: str
    name: str
    role: str
    country: str
    is_published: bool
    development: RegionDevelopment | None
    level: Level | None
    label_number: str | None


class EligibilityProof(BaseModel):
    """Everything that eligibility was decided upon, frozen."""

    call: str
    call_version: int
    on: date
    months: int
    total_cents: int
    requested_cents: int
    consortium: list[Consortium]
    rules: list[RoundRuleRead]
