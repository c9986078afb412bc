"""The forms in which the method is read and written: rule sets, price lists, and versions of every kind of document."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cluster_api.clusters.states import Level
from cluster_api.foundation.fields import WHOLE, CivilDay, Line, Prose
from cluster_api.foundation.paging import PageQuery
from cluster_api.indicators.schemas import Claim, Document, EligibilitySet, IndicatorSet, Questionnaire
from cluster_api.methodology.states import CaseKind, MethodologyKind, MethodologyState, VisitMode
from cluster_api.scoring.schemas import Missing, Score

CODE_PATTERN = r"^[A-Z0-9]+(-[A-Z0-9]+)*$"
MethodologyCode = Annotated[str, Field(min_length=1, max_length=40, pattern=CODE_PATTERN)]


class ExpiryMode(StrEnum):
    """On which day a validity counted in months ends."""

    SAME_DAY = "same_day"
    """The day with the number of the first one, as on certificates until 2019."""
    END_OF_MONTH = "end_of_month"
    """The last day of the month, because validity counts "from the month" of the assessment."""


class RuleSet(BaseModel):
    """The rules by which labels of one period are valid and renewed; durations are in months.

    ``confidence`` says of each value whether it is stated by the scheme, reported by holders, inferred or proposed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[A-Za-z0-9-]{1,40}$", description="Name of the rule set", examples=["2020"])
    title: str = Field(min_length=1, max_length=200, description="What is particular about it, in a few words")
    applies_from: date = Field(description="First day of assessment to which it applies")
    applies_until: date | None = Field(description="Last day of assessment to which it applies; none while in force")
    first_validity_months: int = Field(ge=1, le=120, description="Months a first label is valid")
    renewal_validity_months: int = Field(ge=1, le=120, description="Months a renewed label is valid after the old end")
    expiry_mode: ExpiryMode = Field(description="On which day a validity ends")
    renewal_grace_months: int = Field(ge=0, le=120, description="Months after its end in which it can be renewed")
    renewal_lead_months: int = Field(ge=0, le=120, description="Months before its end from which it can be renewed")
    source: str = Field(
        min_length=1, max_length=2000, description="Where the values were published, separated by ` ; `"
    )
    confidence: str = Field(min_length=1, max_length=2000, description="How certain each value is")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.applies_until is not None and self.applies_until < self.applies_from:
            raise ValueError("A rule set cannot end before it starts.")
        return self

    def applies_on(self, day: date) -> bool:
        """Answer whether an assessment on this day falls under this rule set."""
        return self.applies_from <= day and (self.applies_until is None or day <= self.applies_until)


Months = Annotated[int, Field(ge=0, le=600, strict=True), WHOLE]


class MonthsTerm(Claim):
    """A number of months, how certain it is, and where it was published."""

    value: Months = Field(description="Months.", examples=[24])


class LimitTerm(Claim):
    """A number of months or no limit, how certain that is, and where it was published."""

    value: Months | None = Field(description="Months; null: no limit.", examples=[24])


class NumberTerm(Claim):
    """A number, how certain it is, and where it was published."""

    value: Annotated[int, Field(ge=0, le=1000, strict=True, examples=[2]), WHOLE] = Field(description="The number.")


class WordsTerm(Claim):
    """A name, how certain it is, and where it was published."""

    value: Line = Field(description="The name.", examples=["EUCLES board"])


class SwitchTerm(Claim):
    """Yes or no, how certain it is, and where it was published."""

    value: bool = Field(strict=True, description="Yes or no.")


class ExpiryTerm(Claim):
    """On which day a validity ends, how certain that is, and where it was published."""

    value: ExpiryMode = Field(description="On which day a validity ends.")


class Terms(Document):
    """Every value of a rule set."""

    first_validity_months: MonthsTerm = Field(description="Months a first label is valid.")
    renewal_validity_months: MonthsTerm = Field(description="Months a renewed label is valid after the old end.")
    expiry_mode: ExpiryTerm = Field(description="On which day a validity ends.")
    renewal_grace_months: MonthsTerm = Field(description="Months after its end in which a label can be renewed.")
    renewal_lead_months: MonthsTerm = Field(description="Months before its end from which a label can be renewed.")
    silver_fewest_months: MonthsTerm = Field(description="Fewest months between the two benchmarks of silver.")
    silver_most_months: LimitTerm = Field(description="Most months between them; null: no limit.")
    silver_improvements: NumberTerm = Field(description="Improvements that silver needs.")
    silver_confirmed: NumberTerm = Field(description="How many of them must be confirmed.")
    gold_experts: NumberTerm = Field(description="Experts who score for gold.")
    gold_days_first: NumberTerm = Field(description="Fewest days on site for a first gold label.")
    gold_days_renewal: NumberTerm = Field(description="Fewest days on site for a renewal of gold.")
    gold_benchmark_months: MonthsTerm = Field(description="Most months since the benchmark that gold needs.")
    decision_body: dict[Level, WordsTerm] = Field(description="Who decides, by level.", max_length=3)
    appeal_days: NumberTerm = Field(description="Days in which to appeal.")
    reapplication_months: MonthsTerm = Field(description="Months after a refusal until a new application.")
    hearing_days: NumberTerm = Field(description="Days to answer before a suspension or withdrawal.")
    assessment_months: MonthsTerm = Field(description="Months after which a case without a visit expires.")
    certificate_needs_payment: SwitchTerm = Field(description="Whether a certificate waits for the payment.")
    peer_group_months: MonthsTerm = Field(description="Months in which benchmarks are compared.")
    peer_group_fewest: NumberTerm = Field(description="Fewest benchmarks of which figures are shown.")
    expert_qualification_months: MonthsTerm = Field(description="Months a qualification of an expert is valid.")
    conflict_months: MonthsTerm = Field(description="Months for which ties of an expert count.")


class RuleSetDocument(Claim):
    """A rule set: how labels are valid and renewed, and what the process asks."""

    kind: Literal["rule_set"] = Field(description="Kind of document.")
    title: Line = Field(description="Name of the document.")
    summary: Prose = Field(description="What is particular about it.")
    applies_until: date | None = Field(default=None, description="Last day of assessment to which it applies.")
    terms: Terms = Field(description="Its values.")


class Price(Claim):
    """What one process costs, net of value added tax."""

    level: Level = Field(description="Level of the label.")
    kind: CaseKind = Field(description="First label or renewal.")
    mode: VisitMode = Field(description="On site or by video.")
    net_cents: Annotated[int, Field(ge=0, le=100_000_000, strict=True, examples=[825000]), WHOLE] = Field(
        description="Net price in euro cents."
    )
    text: Line = Field(description="What is paid for.")


class PriceList(Claim):
    """Prices that apply from a day on."""

    kind: Literal["price_list"] = Field(description="Kind of document.")
    title: Line = Field(description="Name of the document.")
    summary: Prose = Field(description="What is particular about it.")
    currency: Literal["EUR"] = Field(description="Currency.")
    prices: tuple[Price, ...] = Field(min_length=1, max_length=100, description="The prices.")

    @model_validator(mode="after")
    def _has_one_price_each(self) -> Self:
        places = [(price.level, price.kind, price.mode) for price in self.prices]
        if len(set(places)) < len(places):
            raise ValueError("There are two prices for one level, kind and mode.")
        return self


AnyDocument = Annotated[
    IndicatorSet | Questionnaire | EligibilitySet | RuleSetDocument | PriceList, Field(discriminator="kind")
]


EXAMPLE: dict[str, Any] = {
    "code": "REGIONAL-2021",
    "document": {
        "kind": "indicator_set",
        "title": "Regional set",
        "summary": "Two indicators for regional networks.",
        "dimensions": [{"code": "1", "title": "Structure"}],
        "indicators": [
            {
                "code": "1.1",
                "name": "members",
                "title": "Members",
                "dimension": "1",
                "measures": [{"kind": "count", "label": "Members.", "highest": 10000, "example": 20}],
                "max_points": 5,
                "silver_scope": True,
                "minimum": {
                    "conditions": [{"of": ["members"], "at_least": 10}],
                    "certainty": "proposed",
                    "source": "Own proposal.",
                },
                "scale": {
                    "steps": [
                        {"points": 2, "conditions": [{"of": ["members"], "at_least": 10}]},
                        {"points": 5, "conditions": [{"of": ["members"], "at_least": 30}]},
                    ],
                    "certainty": "proposed",
                    "source": "Own proposal.",
                },
                "certainty": "proposed",
                "source": "Own proposal.",
            }
        ],
        "max_points": 5,
        "pass_percent": 80,
        "certainty": "proposed",
        "source": "Own proposal.",
    },
}


class MethodologyCreate(BaseModel):
    """A draft: a new methodology, or the next version of one that exists."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    code: MethodologyCode = Field(description="Code; that of an existing one makes its next version.")
    document: AnyDocument = Field(description="The document.")


class MethodologyUpdate(BaseModel):
    """A merge patch of a draft."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"document": {"title": "Clearer"}}]})

    document: dict[str, Any] = Field(
        description="Members of the document to change: absent ones stay, objects are merged, lists are replaced.",
        max_length=30,
    )


class MethodologyPublish(BaseModel):
    """From when it applies."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"applies_from": "2027-01-01"}]})

    applies_from: CivilDay = Field(description="First day on which it applies; today or later.")


class MethodologyRetire(BaseModel):
    """Why it is retired, and after which day."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"reason": "Followed by a new set.", "retired_on": "2027-12-31"}]},
    )

    reason: Prose = Field(description="Why it is retired.")
    retired_on: CivilDay = Field(description="Last day on which it applies to what begins.")


class MethodologyQuery(PageQuery):
    """Which methodologies to list."""

    kind: MethodologyKind | None = Field(default=None, description="Only of this kind.")
    state: MethodologyState | None = Field(default=None, description="Only in this state.")


class MethodologySummary(BaseModel):
    """One version of a methodology, without its document."""

    code: str = Field(description="Code.", max_length=40, examples=["ECEI-2013"])
    version: int = Field(description="Number of the version.", ge=1, examples=[1])
    kind: MethodologyKind = Field(description="What it is about.")
    title: str = Field(description="Name of the document.", max_length=300)
    state: MethodologyState = Field(description="Where it stands.")
    applies_from: date | None = Field(description="First day on which it applies; set when published.")
    retired_on: date | None = Field(description="Last day on which it applies to what begins.")
    retirement_reason: str | None = Field(description="Why it was retired.", max_length=5000)
    digest: str | None = Field(
        description="SHA-256 of the canonical form (RFC 8785) of code, version, applies_from and document; the seal.",
        max_length=64,
    )
    is_shipped: bool = Field(description="Whether it comes with the package.")


class MethodologyRead(MethodologySummary):
    """One version of a methodology."""

    document: AnyDocument = Field(description="The document.")
    allowed_moves: list[str] = Field(description="What you can do with it now.", max_length=10)


class Relation(StrEnum):
    """How an indicator of one set stands to one of another."""

    SAME = "same"
    """Same field, same measures: its value can be carried over."""
    RELATED = "related"
    """Asks for the like; has to be judged anew."""
    NEW = "new"


class CrosswalkRow(BaseModel):
    """One item of the newer set and what it follows."""

    code: str = Field(description="Code of the item.", max_length=20)
    name: str = Field(description="Name of its field.", max_length=60)
    title: str = Field(description="Name for people.", max_length=300)
    relation: Relation = Field(description="How it stands to the other set.")
    follows: list[str] = Field(description="Codes of items of the other set.", max_length=200)


class CrosswalkRead(BaseModel):
    """What of a set is found in another. Scores of different sets are never averaged together."""

    source: str = Field(description="Code of the set one comes from.", max_length=40)
    source_version: int = Field(description="Its version.", ge=1)
    target: str = Field(description="Code of the set one goes to.", max_length=40)
    target_version: int = Field(description="Its version.", ge=1)
    carried_over: float = Field(description="Share of the target's items whose value can be carried over.", ge=0, le=1)
    covered: float = Field(description="Share of the target's items that follow something.", ge=0, le=1)
    rows: list[CrosswalkRow] = Field(description="Every item of the target.", max_length=200)
    dropped: list[str] = Field(description="Codes of items of the source that nothing follows.", max_length=200)


class ScoreRead(Score):
    """The score of a sheet, and what is missing."""

    methodology: str = Field(description="Code of the set.", max_length=40)
    version: int = Field(description="Version of the set.", ge=1)
    digest: str | None = Field(description="Seal of the set; none while it is not published.", max_length=64)
    missing: list[Missing] = Field(description="What is missing for each level that is not reached.", max_length=3)


class CheckRead(BaseModel):
    """That a form is filled in as its methodology demands."""

    methodology: str = Field(description="Code of the methodology.", max_length=40)
    version: int = Field(description="Version of the methodology.", ge=1)
    digest: str | None = Field(description="Its seal; none while it is not published.", max_length=64)
    unmet: list[str] = Field(description="Of a checklist: codes of criteria that are not met.", max_length=100)


class PriceRead(BaseModel):
    """What one process costs."""

    level: Level = Field(description="Level of the label.")
    kind: CaseKind = Field(description="First label or renewal.")
    mode: VisitMode = Field(description="On site or by video.")
    net_cents: int = Field(description="Net price in cents.", ge=0, le=100_000_000)
    currency: str = Field(description="Currency.", max_length=3, examples=["EUR"])
    text: str = Field(description="What is paid for.", max_length=300)
    certainty: str = Field(description="How certain it is.", max_length=20)
    source: str = Field(description="Where it was published.", max_length=5000)


class PriceQuery(BaseModel):
    """Prices of which day."""

    model_config = ConfigDict(extra="forbid")

    at: CivilDay | None = Field(
        default=None, description="As valid on this day; today if left out.", examples=["2024-03-14"]
    )


class PricesRead(BaseModel):
    """The public price list of a day."""

    methodology: str = Field(description="Code of the price list.", max_length=40)
    version: int = Field(description="Its version.", ge=1)
    applies_from: date = Field(description="First day on which it applies.")
    prices: list[PriceRead] = Field(description="The prices.", max_length=100)
