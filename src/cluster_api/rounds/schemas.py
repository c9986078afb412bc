"""What a round says, what is asked of it, and what it answers."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from cluster_api.clusters.schemas import CountryCode, RegionCode
from cluster_api.foundation.fields import WHOLE, CivilDay, ShortLine
from cluster_api.indicators.states import Certainty
from cluster_api.rounds.states import (
    Admission,
    Belonging,
    DistanceMethod,
    ExchangeMode,
    ExchangeRole,
    Finding,
    ParticipantKind,
)

LONGEST_STAY_DAYS = 366
YEARS = range(2000, 2101)
"""In which stays are reckoned: strangers ask, and each year of each country is a calendar of its own."""
EXAMPLE_STAY: JsonDict = {
    "mode": "physical",
    "visitor": {"country": "FR", "region": "FRK2"},
    "host": {"country": "PT", "region": "PT11"},
    "begins_on": "2021-06-14",
    "ends_on": "2021-06-18",
}
MOST_CENTS = 10_000_000_000_000
Days = Annotated[int, Field(ge=0, le=366, strict=True), WHOLE]
Cents = Annotated[int, Field(ge=0, le=MOST_CENTS, strict=True), WHOLE]
Source = Annotated[str, Field(description="Where it is published, or why it is proposed.", max_length=500)]


class Frozen(BaseModel):
    """Base of what a round says: nothing unknown, nothing changed after it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class StatedDay(Frozen):
    """A day, with how certain it is."""

    value: date = Field(description="The day.")
    certainty: Certainty = Field(description="How certain it is.")
    source: Source


class StatedNumber(Frozen):
    """A number of a rule, with how certain it is."""

    value: int = Field(ge=0, description="The number.")
    certainty: Certainty = Field(description="How certain it is.")
    source: Source


class RoundTerms(Frozen):
    """The numbers of the rules of a round."""

    fewest_working_days: StatedNumber = Field(description="Working days of the shortest stay, travel not counted.")
    fewest_working_days_force_majeure: StatedNumber = Field(
        description="Working days from which a stay is paid that force majeure has ended early."
    )
    most_months: StatedNumber = Field(description="Calendar months of the longest stay, from its first day.")
    full_rate_working_days: StatedNumber = Field(description="Working days below which the sum is halved.")
    full_rate_km: StatedNumber = Field(description="Kilometres below which the sum is halved.")
    fewest_residence_days: StatedNumber = Field(
        description="Days in a participating country that a representative of another nationality has spent."
    )
    payment_days: StatedNumber = Field(description="Days within which the sum is paid.")


class RoundAdmission(Frozen):
    """Whether a kind of participant may visit and host."""

    kind: ParticipantKind = Field(description="What takes part.")
    belonging: Belonging = Field(description="Of what it has to be a member; `none`: of nothing.")
    visitor: Admission = Field(description="Whether it may visit.")
    host: Admission = Field(description="Whether it may host.")
    certainty: Certainty = Field(description="How certain that is.")
    source: Source


class RoundRead(Frozen):
    """A round of the scheme with the rules of its own."""

    code: str = Field(description="Code of the round.", examples=["pilot"], max_length=40)
    title: str = Field(description="What it is called.", max_length=120)
    version: int = Field(description="Version of its rules as they are shipped.", ge=1)
    published_on: date = Field(description="Day from which this version is shipped.")
    begins: StatedDay = Field(
        alias="from", serialization_alias="begins", description="First day on which one can stay."
    )
    ends: StatedDay = Field(alias="until", serialization_alias="ends", description="Last day on which one can stay.")
    participation: str = Field(
        description="Attribute of the vocabulary `countries` that says who takes part.", max_length=40
    )
    terms: RoundTerms = Field(description="The numbers of its rules.")
    admissions: tuple[RoundAdmission, ...] = Field(
        description="Who may visit and host; what is not listed may neither.", max_length=100
    )


class Place(BaseModel):
    """Where an organisation is."""

    model_config = ConfigDict(extra="forbid")

    country: CountryCode = Field(description="Country in which it is registered.", examples=["PT"])
    region: RegionCode | None = Field(default=None, description="Its region, if known.", examples=["PT11"])
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = Field(
        default=None, description="Degrees north of its address (WGS 84).", examples=[41.15]
    )
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = Field(
        default=None, description="Degrees east of its address (WGS 84).", examples=[-8.61]
    )


class DayOverride(BaseModel):
    """A day that counts otherwise than the calendar of the host says."""

    model_config = ConfigDict(extra="forbid")

    day: CivilDay = Field(description="The day.", examples=["2021-06-24"])
    is_working: bool = Field(strict=True, description="Whether it counts as a working day.")
    reason: ShortLine = Field(description="Why.", examples=["Holiday of the city of Porto."])


class StayPlan(BaseModel):
    """A stay as it is planned or was done."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE_STAY]})

    mode: ExchangeMode = Field(description="Whether one travels.", examples=["physical"])
    visitor: Place = Field(description="Where the visiting organisation is.")
    host: Place = Field(description="Where the host is.")
    begins_on: CivilDay = Field(description="First day at the host.", examples=["2021-06-07"])
    ends_on: CivilDay = Field(description="Last day at the host.", examples=["2021-06-11"])
    done_until: CivilDay | None = Field(
        default=None, description="Last day that was done, if the visitor went home early.", examples=["2021-06-10"]
    )
    distance_km: Annotated[float, Field(ge=0, le=20_100)] | None = Field(
        default=None, description="Kilometres between the two, where they cannot be found.", examples=[900]
    )
    overrides: list[DayOverride] = Field(
        default_factory=list, max_length=31, description="Days that count otherwise than the calendar says."
    )

    @model_validator(mode="after")
    def _days_follow(self) -> Self:
        if self.begins_on.year not in YEARS:
            raise ValueError(f"begins_on lies in the years {YEARS[0]} to {YEARS[-1]}.")
        if not 0 <= (self.ends_on - self.begins_on).days <= LONGEST_STAY_DAYS:
            raise ValueError(f"ends_on comes 0 to {LONGEST_STAY_DAYS} days after begins_on.")
        if self.done_until is not None and not self.begins_on <= self.done_until <= self.ends_on:
            raise ValueError("done_until lies between begins_on and ends_on.")
        return self


class StayDay(BaseModel):
    """A day of a stay, and whether it counts."""

    day: date = Field(description="The day.")
    is_working: bool = Field(description="Whether it counts as a working day.")
    reason: str = Field(description="Why, in words.", max_length=200)


class RoundRuleRead(BaseModel):
    """What came of one rule."""

    code: str = Field(description="Code of the rule.", max_length=40, examples=["fewest_working_days"])
    outcome: Finding = Field(description="What came of it.")
    sentence: str = Field(description="What was compared with what.", max_length=300)
    source: Source


class AmountRead(BaseModel):
    """The most that may be paid for a stay, with every step that leads there."""

    round: str = Field(description="Code of the round.", max_length=40)
    is_possible: bool = Field(description="Whether the rules let such a stay be.")
    refused_by: list[str] = Field(description="Rules that it breaks.", max_length=20)
    working_days: int = Field(description="Working days of the stay, as it was done if it is over.", ge=0)
    days: list[StayDay] = Field(description="Its days, one by one.", max_length=LONGEST_STAY_DAYS + 1)
    distance_km: float | None = Field(description="Kilometres between the two; null if virtual.", ge=0)
    distance_method: DistanceMethod | None = Field(description="How the distance was found.")
    ceiling: str | None = Field(description="Row of the vocabulary `lump-sums` that applies.", max_length=40)
    ceiling_cents: int | None = Field(description="The sum of that row, in cents.", ge=0)
    halved_because: list[str] = Field(description="Why the sum is halved, once; empty if it is not.", max_length=2)
    most_cents: int | None = Field(description="The most that may be paid, in cents; null if refused.", ge=0)
    currency: str = Field(description="ISO 4217.", max_length=3, examples=["EUR"])
    rules: list[RoundRuleRead] = Field(description="Rule by rule.", max_length=30)


class ParticipantFacts(BaseModel):
    """What the rules ask about a participant; what is left out is not known."""

    model_config = ConfigDict(extra="forbid")

    role: ExchangeRole = Field(description="Visitor or host.", examples=["visitor"])
    kind: ParticipantKind = Field(description="What takes part.", examples=["sme"])
    country: CountryCode = Field(description="Country in which it is registered.", examples=["FR"])
    on: CivilDay = Field(description="The day about which is asked.", examples=["2021-06-07"])
    belonging: Belonging | None = Field(default=None, description="Of what it is a member.")
    is_approved: bool | None = Field(
        default=None, strict=True, description="Whether the agency has approved it beforehand."
    )
    headcount: Annotated[int, Field(ge=0, le=10_000_000, strict=True), WHOLE] | None = Field(
        default=None, description="Staff in full-time equivalents, with linked and the share of partner enterprises."
    )
    turnover_cents: Cents | None = Field(default=None, description="Turnover of the last year, in cents.")
    balance_sheet_cents: Cents | None = Field(default=None, description="Balance sheet total, in cents.")
    is_national: bool | None = Field(
        default=None, strict=True, description="Whether the representative is a national of a participating country."
    )
    residence_days: Days | None = Field(
        default=None, description="Days spent in a participating country with a permit, if not a national."
    )
    has_business: bool | None = Field(
        default=None, strict=True, description="Whether a business was started or is intended there, if not a national."
    )


class AdmissibilityRead(BaseModel):
    """Whether a participant may take a role in a round, rule by rule."""

    round: str = Field(description="Code of the round.", max_length=40)
    role: ExchangeRole = Field(description="Visitor or host.")
    is_eligible: bool | None = Field(description="Whether it may; null while something is not known.")
    size_class: str | None = Field(description="`micro`, `small` or `medium`, if an SME.", max_length=20)
    rules: list[RoundRuleRead] = Field(description="Rule by rule.", max_length=30)
