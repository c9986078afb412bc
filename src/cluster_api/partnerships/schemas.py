"""What goes in and out about partnerships."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cluster_api.clusters.schemas import CountryCode, Ecosystems
from cluster_api.foundation.fields import DISTINCT, WHOLE, CivilDay, CodeOf, Line, Prose
from cluster_api.foundation.paging import PageQuery
from cluster_api.partnerships.states import ActivityKind, PartnerRole, PartnershipState
from cluster_api.vocabularies.queries import codes

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"
MOST_PARTNERS = 60
MOST_TEXT = 100_000
MOST_CENTS = 10_000_000_000_000
_UNIQUE = {"uniqueItems": True}

KpiCode = Annotated[str, CodeOf(lambda: codes("kpis"), "An indicator of the vocabulary `kpis`.")]
Targets = Annotated[dict[KpiCode, Annotated[int, Field(ge=0, le=1_000_000, strict=True), WHOLE]], Field(max_length=40)]
Acronym = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z][0-9A-Za-z .&_\-]*$")]
AttendeeKey = Annotated[
    str, Field(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z][0-9A-Za-z:._\-]*$", examples=["BE0123456749"])
]
Attendees = Annotated[list[AttendeeKey], Field(max_length=5000, json_schema_extra=_UNIQUE), DISTINCT]
Digest = Annotated[str, Field(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$")]
AgreementText = Annotated[str, Field(min_length=1, max_length=MOST_TEXT, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class PartnerRead(BaseModel):
    """A partner, for a time."""

    cluster_id: UUID = Field(description="Cluster organisation.")
    name: str = Field(description="Its name.", max_length=300)
    country: str = Field(description="Its country when it joined, ISO 3166-1 alpha-2.", max_length=2)
    role: PartnerRole = Field(description="What it is in the partnership.")
    joined_on: date = Field(description="First day.")
    left_on: date | None = Field(description="Last day, if it has left.")


class PartnershipRead(BaseModel):
    """A partnership as anybody may see it: who is funded, for what, with how much."""

    id: UUID = Field(description="Identifier.")
    acronym: str = Field(description="Short name.", max_length=60, examples=["TIDES"])
    title: str = Field(description="Full name.", max_length=300)
    call: str = Field(description="Code of the call that funds it.", max_length=40)
    application_number: str = Field(description="Number of the application that was funded.", max_length=40)
    organisation_id: UUID = Field(description="Organisation that runs its office.")
    state: PartnershipState = Field(description="Where it stands.")
    begins_on: date = Field(description="First day.")
    ends_on: date = Field(description="Last day.")
    terminated_on: date | None = Field(description="Day on which it was ended early.")
    grant_cents: int = Field(description="Grant, in cents.", ge=0)
    currency: str = Field(description="ISO 4217.", max_length=3, examples=["EUR"])
    ecosystems: list[str] = Field(description="Industrial ecosystems.", max_length=14)
    targets: dict[str, int] = Field(description="Indicators and what they shall reach.", max_length=40)
    partners: list[PartnerRead] = Field(description="Partners, the coordinator first.", max_length=MOST_PARTNERS)
    agreement_in_force: int | None = Field(description="Version of the agreement that all have signed.", ge=1)
    is_synthetic: bool = Field(description="Whether it is invented, for demonstration or a test.")
    version: int = Field(description="Number of the last change.", ge=1)
    allowed_moves: list[str] = Field(description="What this caller can do with it now.", max_length=6)


class PartnershipQuery(PageQuery):
    """Which partnerships."""

    call: Annotated[str, Field(max_length=40, pattern=r"^[0-9A-Z][0-9A-Z\-]*$")] | None = Field(
        default=None, description="Code of a call."
    )
    state: PartnershipState | None = Field(default=None, description="Where they stand.")
    country: CountryCode | None = Field(default=None, description="Country of a partner.", examples=["DE"])
    cluster_id: UUID | None = Field(default=None, description="Cluster organisation that is or was a partner.")


class AgreementAmend(BaseModel):
    """A new text of the agreement."""

    model_config = ConfigDict(extra="forbid")

    text: AgreementText = Field(description="The whole text.", examples=["The partners agree as follows."])
    reason: Prose = Field(description="Why it changes.", examples=["A partner joins."])
    ends_on: CivilDay | None = Field(default=None, description="New last day of the partnership.")
    joining: list[UUID] = Field(default=[], max_length=20, description="Cluster organisations that become partners.")
    leaving: list[UUID] = Field(default=[], max_length=20, description="Partners that leave today.")


class SignatureRead(BaseModel):
    """A signature under one digest."""

    cluster_id: UUID = Field(description="The partner that has signed.")
    signed_at: datetime = Field(description="When.")


class AgreementRead(BaseModel):
    """A version of the agreement, and who has signed it."""

    number: int = Field(description="Version.", ge=1)
    text: str = Field(description="The whole text.", max_length=MOST_TEXT)
    digest: str = Field(description="SHA-256 of the text in UTF-8: what is signed.", max_length=64)
    reason: str | None = Field(description="Why the text changed.", max_length=5000)
    in_force_at: datetime | None = Field(description="When the last partner signed.")
    signatures: list[SignatureRead] = Field(description="Who has signed.", max_length=MOST_PARTNERS)
    missing: list[UUID] = Field(description="Partners that have not signed.", max_length=MOST_PARTNERS)
    created_at: datetime = Field(description="When this version was made.")


class AgreementSign(BaseModel):
    """The signature of a partner."""

    model_config = ConfigDict(extra="forbid")

    cluster_id: UUID = Field(description="The partner that signs.", examples=[EXAMPLE_ID])
    digest: Digest = Field(description="Digest of the text that was read.", examples=["0" * 64])


class PartnershipTerminate(BaseModel):
    """Why a partnership ends early."""

    model_config = ConfigDict(extra="forbid")

    reason: Prose = Field(description="Why.", examples=["The coordinator is dissolved."])


class ActivityCreate(BaseModel):
    """Something that a partnership did, with who took part by keys that are no names."""

    model_config = ConfigDict(extra="forbid")

    kind: ActivityKind = Field(description="What it was.", examples=["training"])
    title: Line = Field(description="What it was called.", examples=["Strategy workshop"])
    begins_on: CivilDay = Field(description="First day.", examples=["2021-01-11"])
    ends_on: CivilDay = Field(description="Last day.", examples=["2021-01-12"])
    place: Line | None = Field(default=None, description="Where; none if online.")
    results: Prose | None = Field(default=None, description="What came of it, without personal details.")
    smes: Attendees = Field(
        default=[], description="SMEs that took part, by a number of theirs that stays the same: each counts once."
    )
    organisations: Attendees = Field(
        default=[], description="Other organisations, clusters by their identifier here; each counts once."
    )
    managers: Attendees = Field(
        default=[], description="Cluster managers, by codes that you keep. Never names or addresses."
    )

    @model_validator(mode="after")
    def _days_follow(self) -> Self:
        if self.ends_on < self.begins_on:
            raise ValueError("ends_on does not come before begins_on.")
        return self


class ActivityRead(BaseModel):
    """Something that a partnership did, with numbers of who took part."""

    id: UUID = Field(description="Identifier.")
    kind: ActivityKind = Field(description="What it was.")
    title: str = Field(description="What it was called.", max_length=300)
    begins_on: date = Field(description="First day.")
    ends_on: date = Field(description="Last day.")
    place: str | None = Field(description="Where; none if online.", max_length=300)
    results: str | None = Field(description="What came of it.", max_length=5000)
    smes: int = Field(description="SMEs that took part.", ge=0)
    organisations: int = Field(description="Other organisations.", ge=0)
    managers: int = Field(description="Cluster managers.", ge=0)
    created_at: datetime = Field(description="When it was recorded.")


class ActivityQuery(PageQuery):
    """Which activities."""

    kind: ActivityKind | None = Field(default=None, description="What they were.")


class KpiDeclare(BaseModel):
    """What an indicator had reached by a day."""

    model_config = ConfigDict(extra="forbid")

    kpi: KpiCode = Field(description="The indicator.", examples=["NEW_SERVICES"])
    value: Annotated[int, Field(ge=0, le=1_000_000, strict=True), WHOLE] = Field(
        description="What it had reached, all in all.", examples=[3]
    )
    reached_on: CivilDay = Field(description="By which day.", examples=["2021-01-15"])
    evidence: Prose = Field(description="Where it can be seen.", examples=["https://example.org/services"])


class ProposedPartner(BaseModel):
    """A cluster organisation and its part in a consortium."""

    model_config = ConfigDict(extra="forbid")

    cluster_id: UUID = Field(description="Cluster organisation.", examples=[EXAMPLE_ID])
    role: PartnerRole = Field(description="Its part.", examples=["coordinator"])


class PartnershipAward(BaseModel):
    """What makes a partnership out of an application that is funded."""

    acronym: Acronym
    title: Line
    call_code: str
    application_number: str
    organisation_id: str
    grant_cents: int
    begins_on: date
    ends_on: date
    ecosystems: Ecosystems
    targets: dict[str, int]
    partners: list[tuple[str, PartnerRole, str]]
    agreement: str
    is_synthetic: bool = False
