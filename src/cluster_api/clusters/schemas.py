"""What goes in and out of the registry of clusters.

Every code, length and range stands in the types, so that the document and the behaviour agree; what only the facts
together can tell is left to the rules.
"""

from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

from cluster_api.clusters.states import ClusterStatus, Level, ProfileState, SuccessionKind
from cluster_api.foundation.fields import (
    DIGITS,
    DISTINCT,
    LINE_PATTERN,
    STRIPPED,
    WHOLE,
    CivilDay,
    CodeOf,
    Flag,
    LanguageCode,
    Line,
    Prose,
    ShortLine,
    WebAddress,
    without_defaults,
)
from cluster_api.foundation.paging import PageQuery
from cluster_api.vocabularies.queries import codes, find_country


def _country_codes() -> frozenset[str]:
    return codes("countries") | {"EL", "UK"}


def _iso_country(code: str) -> str:
    return find_country(code) or code


def _code(vocabulary: str, description: str) -> CodeOf:
    return CodeOf(partial(codes, vocabulary), description)


CountryCode = TypeAliasType(
    "CountryCode",
    Annotated[str, CodeOf(_country_codes, "ISO 3166-1 alpha-2; EL and UK are accepted for GR and GB.", _iso_country)],
)
RegionCode = TypeAliasType("RegionCode", Annotated[str, _code("regions", "NUTS 2021, level 2.")])
ActivityCode = TypeAliasType("ActivityCode", Annotated[str, _code("economic-activities", "NACE Rev. 2, any level.")])
EcosystemCode = TypeAliasType("EcosystemCode", Annotated[str, _code("industrial-ecosystems", "One of 14 ecosystems.")])
EmergingIndustryCode = TypeAliasType(
    "EmergingIndustryCode", Annotated[str, _code("emerging-industries", "One of 10 emerging industries.")]
)
PortfolioCode = TypeAliasType("PortfolioCode", Annotated[str, _code("comparative-portfolios", "One of 14 portfolios.")])
LegalFormCode = TypeAliasType("LegalFormCode", Annotated[str, _code("legal-forms", "One of the legal forms.")])
MemberKind = TypeAliasType("MemberKind", Annotated[str, _code("member-kinds", "One of the nine kinds of member.")])


def _without_defaults(schema: dict[str, Any]) -> None:
    without_defaults(schema)
    schema["examples"] = [{"city": "Greifswald", "members": {"sme": 33}, "short_name": None}]


_LANGUAGES: dict[str, Any] = {"max_length": 40, "json_schema_extra": {"additionalProperties": False}}
_UNIQUE: dict[str, Any] = {"uniqueItems": True}

MemberCount = Annotated[int, Field(ge=0, le=100_000, strict=True), WHOLE]
Year = Annotated[int, Field(ge=1800, le=2200, strict=True), WHOLE]
StaffFte = Annotated[float, Field(ge=0, le=9999, strict=True, allow_inf_nan=False)]
# A role, not a person: an address of a person would be personal data.
_ROLE = LINE_PATTERN.replace(r"\x00", r"@\x00")
ContactRole = Annotated[str, Field(min_length=1, max_length=120, pattern=_ROLE), STRIPPED]
Names = Annotated[dict[LanguageCode, Line], Field(**_LANGUAGES)]
NamesPatch = Annotated[dict[LanguageCode, Line | None], Field(**_LANGUAGES)]
Descriptions = Annotated[dict[LanguageCode, Prose], Field(**_LANGUAGES)]
DescriptionsPatch = Annotated[dict[LanguageCode, Prose | None], Field(**_LANGUAGES)]
Members = Annotated[dict[MemberKind, MemberCount], Field(max_length=9)]
MembersPatch = Annotated[dict[MemberKind, MemberCount | None], Field(max_length=9)]
Ecosystems = Annotated[list[EcosystemCode], Field(max_length=14, json_schema_extra=_UNIQUE), DISTINCT]
EmergingIndustries = Annotated[list[EmergingIndustryCode], Field(max_length=10, json_schema_extra=_UNIQUE), DISTINCT]
Activities = Annotated[list[ActivityCode], Field(max_length=30, json_schema_extra=_UNIQUE), DISTINCT]
SocialEconomy = Annotated[bool, Field(strict=True)]


class RegistryCode(StrEnum):
    """Whose number an identifier is; ``data/registries.csv`` says how each is checked."""

    ECCP = "eccp"
    ESCA = "esca"
    EUCLES = "eucles"
    NATIONAL = "national"
    COMPANY = "company"
    VAT = "vat"
    LEI = "lei"
    PIC = "pic"
    SOURCE = "source"


class Identifier(BaseModel):
    """A number of the cluster in somebody else's registry; VAT, company, LEI and PIC numbers are checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    registry: RegistryCode = Field(description="Whose number it is.", examples=["vat"])
    value: str = Field(min_length=1, max_length=200, pattern=LINE_PATTERN, description="The number.")


class IdentifierRead(BaseModel):
    """A number of the cluster in somebody else's registry."""

    registry: str = Field(description="Whose number it is.", max_length=40, examples=["vat"])
    value: str = Field(description="The number.", max_length=200, examples=["DE136695976"])


Identifiers = Annotated[list[Identifier], Field(max_length=20, json_schema_extra=_UNIQUE), DISTINCT]

EXAMPLE: dict[str, Any] = {
    "legal_name": "Ostsee-Cluster Plasmatechnik e.V.",
    "names": {"en": "Baltic Plasma Cluster"},
    "country": "DE",
    "region": "DE80",
    "city": "Greifswald",
    "founded_year": 2004,
    "website": "https://plasma.example.org",
    "english_page": "https://plasma.example.org/en",
    "portfolio": "NEW_MATERIALS_CHEMISTRY",
    "ecosystems": ["ELECTRONICS"],
    "activities": ["25.61"],
    "members": {"sme": 31, "university": 6, "government_agency": 2},
    "staff_fte": 4.5,
    "descriptions": {"en": "Plasma technology around the Baltic Sea."},
    "identifiers": [{"registry": "vat", "value": "DE136695976"}],
}


class OptionalFacts(BaseModel):
    """Facts of a cluster that may be unknown: null."""

    model_config = ConfigDict(extra="forbid")

    short_name: ShortLine | None = Field(default=None, description="Short name.")
    region: RegionCode | None = Field(default=None, description="Region of the country.")
    city: ShortLine | None = Field(default=None, description="City of the seat.")
    legal_form: LegalFormCode | None = Field(default=None, description="Legal form.")
    host_organisation: Line | None = Field(default=None, description="Organisation of which it is a part.")
    founded_year: Year | None = Field(default=None, description="Year of foundation.")
    website: WebAddress | None = Field(default=None, description="Web address, kept as given.")
    english_page: WebAddress | None = Field(default=None, description="Page in English.")
    contact_role: ContactRole | None = Field(default=None, description="Role to turn to; no personal data.")
    portfolio: PortfolioCode | None = Field(default=None, description="Comparative portfolio.")
    participants: MemberCount | None = Field(default=None, description="All; null: as many as are committed.")
    staff_fte: StaffFte | None = Field(default=None, description="Management team, cut off to one decimal.")
    support_programme: Line | None = Field(default=None, description="Programme that recognises it.")


class ClusterCreate(OptionalFacts):
    """A cluster organisation to be recorded."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    legal_name: Line = Field(description="Name as registered.")
    country: CountryCode = Field(description="Country of the seat.")
    names: Names = Field(default={}, description="Names in other languages, by language (BCP 47).")
    ecosystems: Ecosystems = Field(default=[], description="Industrial ecosystems.")
    emerging_industries: EmergingIndustries = Field(default=[], description="Emerging industries.")
    activities: Activities = Field(default=[], description="Activities.")
    members: Members = Field(default={}, description="Committed members by kind.")
    is_social_economy: SocialEconomy = Field(default=False, description="Whether it is a social-economy cluster.")
    descriptions: Descriptions = Field(default={}, description="Free text by language (BCP 47).")
    identifiers: Identifiers = Field(default=[], description="Numbers in other registries.")


class ClusterUpdate(OptionalFacts):
    """A merge patch (RFC 7396): absent members stay, null empties, objects are merged, lists are replaced."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    legal_name: Line = Field(default="", description="Name as registered.")
    country: CountryCode = Field(default="", description="Country of the seat.")
    names: NamesPatch | None = Field(default={}, description="Names by language; null removes one.")
    ecosystems: Ecosystems | None = Field(default=[], description="Industrial ecosystems.")
    emerging_industries: EmergingIndustries | None = Field(default=[], description="Emerging industries.")
    activities: Activities | None = Field(default=[], description="Activities.")
    members: MembersPatch | None = Field(default={}, description="Committed members by kind; null removes one.")
    is_social_economy: SocialEconomy = Field(default=False, description="Whether it is a social-economy cluster.")
    descriptions: DescriptionsPatch | None = Field(default={}, description="Free text; null removes one.")
    identifiers: Identifiers | None = Field(default=[], description="Numbers in other registries.")


class ClusterBrief(BaseModel):
    """What every answer about a cluster tells."""

    id: UUID = Field(description="Identifier.")
    legal_name: str = Field(description="Name as registered.", max_length=300)
    short_name: str | None = Field(description="Short name.", max_length=120)
    country: str = Field(description="ISO 3166-1 alpha-2.", max_length=2, examples=["DE"])
    region: str | None = Field(description="NUTS 2021, level 2.", max_length=5, examples=["DE80"])
    city: str | None = Field(description="City of the seat.", max_length=120)
    portfolio: str | None = Field(description="Comparative portfolio.", max_length=40)
    ecosystems: list[str] = Field(description="Industrial ecosystems.", max_length=14)
    founded_year: int | None = Field(description="Year of foundation.", ge=1800, le=2200)
    website: str | None = Field(description="Web address.", max_length=500)
    committed_members: int = Field(description="Committed members of all kinds.", ge=0, le=900_000)
    status: ClusterStatus = Field(description="Whether the organisation still stands by itself.")
    profile_state: ProfileState = Field(description="Where the profile is in its life.")
    is_synthetic: bool = Field(description="Whether it was invented for demonstration.")
    updated_at: datetime = Field(description="When the last change shown was recorded.")


class ClusterSummary(ClusterBrief):
    """A cluster organisation in a list."""

    level: Level | None = Field(description="Highest valid label on `level_on`, or null.")


class ClusterRead(ClusterBrief):
    """A cluster organisation, as recorded now or as asked for by `at` and `known_at`."""

    names: dict[str, str] = Field(description="Names in other languages, by language (BCP 47).", max_length=40)
    legal_form: str | None = Field(description="Legal form.", max_length=40)
    host_organisation: str | None = Field(description="Organisation of which it is a part.", max_length=300)
    english_page: str | None = Field(description="Page in English.", max_length=500)
    contact_role: str | None = Field(description="Role to turn to.", max_length=120)
    emerging_industries: list[str] = Field(description="Emerging industries.", max_length=10)
    activities: list[str] = Field(description="Activities (NACE Rev. 2).", max_length=30)
    participants: int = Field(description="All participants, committed or not.", ge=0, le=900_000)
    members: dict[str, int] = Field(description="Committed members by kind.", max_length=9)
    staff_fte: float | None = Field(description="Management team in full-time equivalents.", ge=0, le=9999)
    support_programme: str | None = Field(description="Programme that recognises it.", max_length=300)
    is_social_economy: bool = Field(description="Whether it is a social-economy cluster.")
    descriptions: dict[str, str] = Field(description="Free text by language (BCP 47).", max_length=40)
    identifiers: list[IdentifierRead] = Field(description="Numbers in other registries.", max_length=20)
    published_at: datetime | None = Field(description="When the profile was last published.")
    completeness: float = Field(description="Share of the fields of a profile that are filled.", ge=0, le=1)
    version: int = Field(description="Number of the last change shown.", ge=1, le=2_147_483_647)
    created_at: datetime = Field(description="When the record was made.")
    allowed_moves: list[str] = Field(
        description="What this caller can do with the profile now.", max_length=10, examples=[["archive"]]
    )


ClusterSort = Literal[
    "name",
    "-name",
    "founded_year",
    "-founded_year",
    "committed_members",
    "-committed_members",
    "updated_at",
    "-updated_at",
]
YearAsked = Annotated[int, Field(ge=1800, le=2200), DIGITS]
SizeAsked = Annotated[int, Field(ge=0, le=900_000), DIGITS]


class ClusterQuery(PageQuery):
    """Which clusters, in which order."""

    q: Annotated[str, Field(max_length=200, pattern=LINE_PATTERN)] | None = Field(
        default=None, description="Every word must occur in a name; case, accents and scripts do not matter."
    )
    country: CountryCode | None = Field(default=None, description="Country of the seat.", examples=["DE"])
    region: RegionCode | None = Field(default=None, description="Region.", examples=["DE80"])
    ecosystem: EcosystemCode | None = Field(default=None, description="Industrial ecosystem.")
    portfolio: PortfolioCode | None = Field(default=None, description="Comparative portfolio.")
    activity: ActivityCode | None = Field(default=None, description="This activity or one below it.")
    emerging_industry: EmergingIndustryCode | None = Field(default=None, description="Emerging industry.")
    status: ClusterStatus | None = Field(default=None, description="Status of the organisation.")
    profile_state: ProfileState | None = Field(default=None, description="State of the profile.")
    level: Level | None = Field(default=None, description="Highest valid label on `level_on`.", examples=["gold"])
    level_on: CivilDay | None = Field(default=None, description="Day of the level; today if absent.")
    founded_from: YearAsked | None = Field(default=None, description="Founded in this year or later.")
    founded_to: YearAsked | None = Field(default=None, description="Founded in this year or before.")
    members_from: SizeAsked | None = Field(default=None, description="At least so many committed members.")
    members_to: SizeAsked | None = Field(default=None, description="At most so many committed members.")
    sort: ClusterSort = Field(default="name", description="Order; a minus reverses it. Unknown years count as 0.")
    count: Flag = Field(default=False, description="Whether to count all items.")


class CriterionRead(BaseModel):
    """A criterion of publication and how the profile stands to it."""

    code: str = Field(description="Name of the criterion.", max_length=40, examples=["committed_members"])
    requirement: str = Field(description="What is demanded.", max_length=500)
    applies: bool = Field(description="Whether it is demanded in the country of the seat.")
    met: bool = Field(description="Whether the profile meets it.")
    missing: str | None = Field(description="What is missing, in a sentence; null if met.", max_length=500)
    source: str = Field(description="Where the criterion was published.", max_length=500)


class MembersOfKind(BaseModel):
    """The committed members of one kind."""

    kind: str = Field(description="Code of the kind.", max_length=40, examples=["sme"])
    label: str = Field(description="Name of the kind.", max_length=200)
    sphere: str = Field(description="Kind in the sense of publication.", max_length=40, examples=["industry"])
    committed: int = Field(description="Committed members of this kind.", ge=0, le=100_000)
    share: float | None = Field(description="Share of all committed members; null if there are none.", ge=0, le=1)


class MembersRead(BaseModel):
    """How a cluster is composed."""

    cluster_id: UUID = Field(description="Identifier of the cluster.")
    participants: int = Field(description="All participants, committed or not.", ge=0, le=900_000)
    committed_members: int = Field(description="Committed members of all kinds.", ge=0, le=900_000)
    by_kind: list[MembersOfKind] = Field(description="Each of the nine kinds.", max_length=20)
    definition: str = Field(description="Who counts as committed.", max_length=1000)
    source: str = Field(description="Where the definition was published.", max_length=500)


class VersionRead(BaseModel):
    """A change of the record of a cluster."""

    version: int = Field(description="Number of the change.", ge=1, le=2_147_483_647)
    effective_on: date = Field(description="Day from which it is true.")
    recorded_at: datetime = Field(description="When it was recorded.")
    event: str = Field(description="What was done.", max_length=40, examples=["cluster.updated"])
    author: str | None = Field(description="Who did it; not told to the public.", max_length=200)
    reason: str | None = Field(description="Why; not told to the public.", max_length=5000)
    changes: dict[str, Any] = Field(description="The facts that changed, with their new values.", max_length=50)


class ClusterAssign(BaseModel):
    """Whose a cluster is."""

    model_config = ConfigDict(extra="forbid")

    organisation_id: UUID | None = Field(description="Organisation that keeps the record; null for nobody.")
    reason: Prose = Field(description="Why.", examples=["The cluster manager asked for access."])


class SuccessionCreate(BaseModel):
    """What became of a cluster."""

    model_config = ConfigDict(extra="forbid")

    kind: SuccessionKind = Field(description="What became of it.", examples=["merged"])
    successors: Annotated[list[UUID], Field(max_length=20, json_schema_extra=_UNIQUE), DISTINCT] = Field(
        default=[], description="Clusters that go on: one or more of a merger, two or more of a split."
    )
    new_name: Line | None = Field(default=None, description="The new name, if it was renamed.")
    effective_on: CivilDay | None = Field(default=None, description="Day from which it is true; today if absent.")
    reason: Prose = Field(description="Why, with the source.", examples=["Decision of both general assemblies."])


class SuccessionRead(BaseModel):
    """A recorded succession. Labels never move by it."""

    id: UUID = Field(description="Identifier.")
    cluster_id: UUID = Field(description="The cluster it happened to.")
    kind: SuccessionKind = Field(description="What became of it.")
    successors: list[UUID] = Field(description="Clusters that go on.", max_length=20)
    former_name: str | None = Field(description="The name before, if it was renamed.", max_length=300)
    effective_on: date = Field(description="Day from which it is true.")
    reason: str = Field(description="Why.", max_length=5000)
    recorded_at: datetime = Field(description="When it was recorded.")


class SuccessionsRead(BaseModel):
    """What became of a cluster and what it came from."""

    cluster_id: UUID = Field(description="Identifier of the cluster.")
    status: ClusterStatus = Field(description="Whether the organisation still stands by itself.")
    became: list[SuccessionRead] = Field(description="What happened to it, oldest first.", max_length=200)
    came_from: list[SuccessionRead] = Field(description="What it goes on from, oldest first.", max_length=200)
