"""What goes into and comes out of the register: never scores, reports, refusals or persons (labels.md 11.4, 28)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from cluster_api.clusters.states import Level
from cluster_api.foundation.fields import LINE_PATTERN, CivilDay, Flag
from cluster_api.foundation.paging import PageQuery
from cluster_api.labels.states import LabelEventKind, LabelKind, Standing, VerdictStep
from cluster_api.vocabularies.queries import codes, find_country


def _known_country(text: str) -> str:
    found = find_country(text)
    if found is None:
        raise ValueError("Unknown country; see /v1/vocabularies/countries.")
    return found


def _known_portfolio(text: str) -> str:
    if text not in codes("comparative-portfolios"):
        raise ValueError("Unknown portfolio; see /v1/vocabularies/comparative-portfolios.")
    return text


CountryFilter = Annotated[
    str, Field(min_length=2, max_length=60, pattern=r"^[^\x00]*$"), AfterValidator(_known_country)
]
PortfolioFilter = Annotated[str, Field(max_length=40, pattern=r"^[A-Z_]+$"), AfterValidator(_known_portfolio)]

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"


class RegisterSort(StrEnum):
    """The orders of the register; a minus turns one round."""

    NAME = "name"
    NAME_DESCENDING = "-name"
    VALID_UNTIL = "valid_until"
    VALID_UNTIL_DESCENDING = "-valid_until"


class RegisterQuery(PageQuery):
    """What to ask of the register."""

    level: Level | None = Field(default=None, description="Level shown (with `ever_held`: highest level ever held).")
    country: CountryFilter | None = Field(
        default=None, description="Country: ISO 3166-1 code, `EL`, `UK`, or a name.", examples=["DE"]
    )
    portfolio: PortfolioFilter | None = Field(default=None, description="Comparative portfolio.", examples=["ICT"])
    valid_on: CivilDay | None = Field(
        default=None, description="Holders of a label valid on this day; today if left out.", examples=["2020-12-31"]
    )
    ever_held: Flag = Field(
        default=False, description="Holders of any label at any time. Cannot be asked together with `valid_on`."
    )
    q: str | None = Field(
        default=None,
        min_length=2,
        max_length=100,
        pattern=LINE_PATTERN,
        description="Part of a name in any of its languages; accents and scripts do not matter.",
        examples=["saxony"],
    )
    sort: RegisterSort = Field(default=RegisterSort.NAME, description="Order of the list.")
    count: Flag = Field(default=False, description="Whether to count the items of all pages.")

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if self.ever_held and self.valid_on is not None:
            raise ValueError("Ask either `valid_on` or `ever_held`; the two are never mixed in one list.")
        return self


class RegisterEntry(BaseModel):
    """A cluster organisation as the register lists it."""

    cluster_id: UUID = Field(description="The organisation.", examples=[EXAMPLE_ID])
    name: str = Field(description="Legal name.", max_length=300)
    country: str = Field(description="ISO 3166-1 alpha-2.", min_length=2, max_length=2, examples=["DE"])
    region: str | None = Field(description="NUTS 2021, level 2.", max_length=5, examples=["DED2"])
    portfolio: str | None = Field(description="Comparative portfolio.", max_length=40, examples=["ICT"])
    website: str | None = Field(description="Website.", max_length=500, examples=["https://www.example.org"])
    is_synthetic: bool = Field(description="Whether the record is invented for demonstration.")
    level: Level = Field(description="Level shown on the day; with `ever_held` the highest ever held.")
    label_number: str = Field(description="Number of the label that gives the level.", max_length=40)
    valid_from: date = Field(description="First day of that label.")
    valid_until: date = Field(description="Last day of that label.")
    state: Standing = Field(description="Standing of that label.")


class LevelHeld(BaseModel):
    """A level that the organisation showed for a time."""

    level: Level = Field(description="The highest valid level of these days.")
    starts_on: date = Field(description="First day.")
    ends_on: date = Field(description="Last day.")
    label_number: str = Field(description="The label that gave it.", max_length=40)


class LabelSummary(BaseModel):
    """A label of an organisation."""

    number: str = Field(description="Number of the label.", max_length=40, examples=["LB-2019-000123-09"])
    level: Level = Field(description="Level.")
    kind: LabelKind = Field(description="First label of a chain, or renewal.")
    awarded_on: date = Field(description="Day of the decision.")
    valid_from: date = Field(description="First day of validity.")
    valid_until: date = Field(description="Last day of validity.")
    standing: Standing = Field(description="What it is on the day asked about.")


class HolderRead(BaseModel):
    """A cluster organisation with the history of the labels it held."""

    cluster_id: UUID = Field(description="The organisation.", examples=[EXAMPLE_ID])
    name: str = Field(description="Legal name.", max_length=300)
    country: str = Field(description="ISO 3166-1 alpha-2.", min_length=2, max_length=2)
    region: str | None = Field(description="NUTS 2021, level 2.", max_length=5)
    portfolio: str | None = Field(description="Comparative portfolio.", max_length=40)
    website: str | None = Field(description="Website.", max_length=500)
    is_synthetic: bool = Field(description="Whether the record is invented for demonstration.")
    at: date = Field(description="The day the standings are of.")
    level: Level | None = Field(description="Level shown on that day, or null.")
    highest_held: Level | None = Field(description="Highest level held on or before that day.")
    levels: list[LevelHeld] = Field(description="Levels shown over time.", max_length=1000)
    labels: list[LabelSummary] = Field(description="All labels, the latest first.", max_length=1000)


class LabelHappening(BaseModel):
    """Something that happened to a label, without its reasons."""

    kind: LabelEventKind = Field(description="What happened.")
    effective_on: date = Field(description="The day from which it counts.")
    recorded_at: datetime = Field(description="When it was put on record.")


class LabelRead(LabelSummary):
    """A label as the public may see it."""

    cluster_id: UUID = Field(description="Its holder.", examples=[EXAMPLE_ID])
    holder: str = Field(description="Legal name of its holder.", max_length=300)
    country: str = Field(description="Country at the award.", min_length=2, max_length=2)
    portfolio: str = Field(description="Comparative portfolio at the award.", max_length=40)
    rule_set: str = Field(description="The dated rules that give its validity.", max_length=40, examples=["2020"])
    assessed_on: date = Field(description="Day of the assessment, from which a first validity counts.")
    previous: str | None = Field(description="The label it renews.", max_length=40)
    next: str | None = Field(description="The label that renews it.", max_length=40)
    source: str | None = Field(description="Where a historical label is published.", max_length=500)
    is_synthetic: bool = Field(description="Whether the record is invented for demonstration.")
    at: date = Field(description="The day the standing is of.")
    events: list[LabelHappening] = Field(description="What happened to it, in the order of record.", max_length=1000)


class VerificationStep(BaseModel):
    """One question of a verification."""

    code: VerdictStep = Field(description="Which question.")
    passed: bool | None = Field(description="The answer; null if it was not asked because an earlier one failed.")
    sentence: str = Field(description="The answer in words.", max_length=1000)


class VerificationRead(BaseModel):
    """Whether a label is real and valid, and why."""

    number: str = Field(description="The number as it is printed.", max_length=80)
    standing: Standing = Field(description="The verdict.")
    is_valid: bool = Field(description="Whether the label is valid and the highest of its holder.")
    at: date = Field(description="The day of the verdict.")
    known_at: datetime | None = Field(description="The instant whose knowledge counts; null for now.")
    level: Level | None = Field(description="Level of the label, if it is known.")
    holder: str | None = Field(description="Legal name of the holder, if the label is known.", max_length=300)
    cluster_id: UUID | None = Field(description="The holder, if the label is known.")
    valid_from: date | None = Field(description="First day of validity.")
    valid_until: date | None = Field(description="Last day of validity.")
    steps: list[VerificationStep] = Field(description="The questions in their order.", max_length=10)
