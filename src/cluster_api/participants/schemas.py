"""What goes in and out about participants; what the rules ask about an organisation is told to who validates it."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from cluster_api.clusters.schemas import CountryCode, EcosystemCode, Ecosystems, RegionCode
from cluster_api.foundation.fields import DISTINCT, WHOLE, CivilDay, CodeOf, Flag, Prose, without_defaults
from cluster_api.foundation.paging import PageQuery
from cluster_api.participants.states import ExchangeAim, ParticipantState, StayActivity
from cluster_api.partnerships.schemas import Digest
from cluster_api.rounds.schemas import AdmissibilityRead, Cents, Days
from cluster_api.rounds.states import ParticipantKind
from cluster_api.vocabularies.queries import codes

_UNIQUE = {"uniqueItems": True}
EXAMPLE_REGISTRATION: JsonDict = {
    "round": "pilot",
    "is_visitor": True,
    "is_host": False,
    "kind": "sme",
    "motivation": "New markets.",
    "ecosystems": ["TEXTILES"],
    "aims": ["new_markets"],
    "activities": ["networking"],
}
RoundCode = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
SupportType = Annotated[str, CodeOf(lambda: codes("scaleup-support-types"), "A kind of scale-up support.")]
Headcount = Annotated[int, Field(ge=0, le=10_000_000, strict=True), WHOLE]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Aims = Annotated[list[ExchangeAim], Field(max_length=4, json_schema_extra=_UNIQUE), DISTINCT]
StayActivities = Annotated[list[StayActivity], Field(max_length=5, json_schema_extra=_UNIQUE), DISTINCT]
Countries = Annotated[list[CountryCode], Field(max_length=60, json_schema_extra=_UNIQUE), DISTINCT]
Yes = Annotated[bool, Field(strict=True)]


class ParticipantFields(BaseModel):
    """What can be said of a participant and left out."""

    model_config = ConfigDict(extra="forbid")

    support_type: SupportType | None = Field(default=None, description="Of a scale-up support organisation: its kind.")
    region: RegionCode | None = Field(default=None, description="Its region.", examples=["FRK2"])
    latitude: Latitude | None = Field(default=None, description="Degrees north of its address (WGS 84).")
    longitude: Longitude | None = Field(default=None, description="Degrees east of its address (WGS 84).")
    cluster_id: UUID | None = Field(default=None, description="Cluster organisation that it is, or is a member of.")
    headcount: Headcount | None = Field(default=None, description="Staff in full-time equivalents.", examples=[12])
    turnover_cents: Cents | None = Field(default=None, description="Turnover of the last year, in cents.")
    balance_sheet_cents: Cents | None = Field(default=None, description="Balance sheet total, in cents.")
    is_national: Yes | None = Field(
        default=None, description="Whether the representative is a national of a participating country."
    )
    residence_days: Days | None = Field(
        default=None, description="Days in a participating country with a permit, if not a national."
    )
    has_business: Yes | None = Field(
        default=None, description="Whether a business was started or is intended there, if not a national."
    )
    partnership_id: UUID | None = Field(default=None, description="Partnership that is chosen; else one is assigned.")
    cv_sha256: Digest | None = Field(default=None, description="SHA-256 of the CV that was sent to the partnership.")
    available_from: CivilDay | None = Field(default=None, description="First day on which it can visit or host.")
    available_until: CivilDay | None = Field(default=None, description="Last day on which it can visit or host.")


class ParticipantCreate(ParticipantFields):
    """A participant as it registers."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE_REGISTRATION]})

    round: RoundCode = Field(description="Code of the round.", examples=["pilot"])
    organisation_id: UUID | None = Field(default=None, description="Which of the own organisations; may be left out.")
    is_visitor: Yes = Field(description="Whether it wants to visit.", examples=[True])
    is_host: Yes = Field(description="Whether it wants to host.", examples=[False])
    kind: ParticipantKind = Field(description="What it is.", examples=["sme"])
    is_in_network: Yes = Field(default=False, description="Whether it is a member of a business network only.")
    motivation: Prose = Field(description="Why it takes part, without personal details.", examples=["New markets."])
    ecosystems: Ecosystems = Field(default=[], description="Industrial ecosystems.")
    aims: Aims = Field(default=[], description="What the exchange is for.")
    activities: StayActivities = Field(default=[], description="What is to be done in it.")
    wanted_countries: Countries = Field(default=[], description="Countries it wants to visit; none: all.")

    @model_validator(mode="after")
    def _takes_a_role(self) -> Self:
        if not (self.is_visitor or self.is_host):
            raise ValueError("It visits, hosts, or both.")
        return self


class ParticipantUpdate(ParticipantFields):
    """Changes before it is submitted, as a merge patch."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)

    is_visitor: Yes = Field(default=False, description="Whether it wants to visit.")
    is_host: Yes = Field(default=False, description="Whether it wants to host.")
    is_in_network: Yes = Field(default=False, description="Whether it is a member of a business network only.")
    motivation: Prose = Field(default="", description="Why it takes part, without personal details.")
    ecosystems: Ecosystems = Field(default=[], description="Industrial ecosystems.")
    aims: Aims = Field(default=[], description="What the exchange is for.")
    activities: StayActivities = Field(default=[], description="What is to be done in it.")
    wanted_countries: Countries = Field(default=[], description="Countries it wants to visit; none: all.")


class ParticipantInside(BaseModel):
    """What only the organisation itself and who looks after it are told."""

    headcount: int | None = Field(description="Staff in full-time equivalents.", ge=0)
    turnover_cents: int | None = Field(description="Turnover of the last year, in cents.", ge=0)
    balance_sheet_cents: int | None = Field(description="Balance sheet total, in cents.", ge=0)
    is_national: bool | None = Field(description="Whether the representative is a national.")
    residence_days: int | None = Field(description="Days of residence, if not a national.", ge=0)
    has_business: bool | None = Field(description="Whether a business was started or is intended.")
    cv_sha256: str | None = Field(description="SHA-256 of the CV.", max_length=64)
    is_approved: bool = Field(description="Whether the agency has approved it as a host.")
    reason: str | None = Field(description="Why it was rejected, suspended, or is to be changed.", max_length=5000)
    eligibility: list[AdmissibilityRead] = Field(description="For each role, rule by rule, as of today.", max_length=2)


class ParticipantRead(BaseModel):
    """A participant as this caller may see it."""

    id: UUID = Field(description="Identifier.")
    round: str = Field(description="Code of the round.", max_length=40)
    organisation_id: UUID = Field(description="The organisation.")
    name: str = Field(description="Its name.", max_length=300)
    is_visitor: bool = Field(description="Whether it wants to visit.")
    is_host: bool = Field(description="Whether it wants to host.")
    kind: ParticipantKind = Field(description="What it is.")
    support_type: str | None = Field(description="Of a scale-up support organisation: its kind.", max_length=40)
    country: str = Field(description="Its country, ISO 3166-1 alpha-2.", max_length=2)
    region: str | None = Field(description="Its region.", max_length=5)
    cluster_id: UUID | None = Field(description="Cluster organisation that it is, or is a member of.")
    partnership_id: UUID | None = Field(description="Partnership that looks after it.")
    is_assigned: bool = Field(description="Whether the partnership was assigned, not chosen.")
    motivation: str = Field(description="Why it takes part.", max_length=5000)
    ecosystems: list[str] = Field(description="Industrial ecosystems.", max_length=14)
    aims: list[ExchangeAim] = Field(description="What the exchange is for.", max_length=4)
    activities: list[StayActivity] = Field(description="What is to be done in it.", max_length=5)
    wanted_countries: list[str] = Field(description="Countries it wants to visit; none: all.", max_length=60)
    available_from: date | None = Field(description="First day on which it can visit or host.")
    available_until: date | None = Field(description="Last day on which it can visit or host.")
    state: ParticipantState = Field(description="Where it stands.")
    inside: ParticipantInside | None = Field(description="What the rules ask; null to others.")
    version: int = Field(description="Number of the last change.", ge=1)
    allowed_moves: list[str] = Field(description="What this caller can do with it now.", max_length=8)


class ParticipantQuery(PageQuery):
    """Which participants."""

    round: RoundCode | None = Field(default=None, description="Code of the round.")
    state: ParticipantState | None = Field(default=None, description="Where they stand.")
    country: CountryCode | None = Field(default=None, description="Their country.", examples=["FR"])
    kind: ParticipantKind | None = Field(default=None, description="What they are.")
    ecosystem: EcosystemCode | None = Field(default=None, description="An ecosystem of theirs.")
    is_visitor: Flag | None = Field(default=None, description="Whether they want to visit.")
    is_host: Flag | None = Field(default=None, description="Whether they want to host.")
    partnership_id: UUID | None = Field(default=None, description="Partnership that looks after them.")


class ParticipantReason(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid")

    reason: Prose = Field(description="Why, without personal details.", examples=["The balance sheet is missing."])
