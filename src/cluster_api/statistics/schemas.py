"""What is asked of figures and what comes out, with the definitions that make a figure mean something."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cluster_api.clusters.states import Level
from cluster_api.comparisons.schemas import Figure
from cluster_api.comparisons.states import Shape, Suppressed
from cluster_api.foundation.fields import DIGITS, CivilDay
from cluster_api.labels.schemas import CountryFilter, PortfolioFilter
from cluster_api.methodology.schemas import MethodologyCode
from cluster_api.statistics.states import Basis, BenchmarkDimension, Dimension, Format

BY_PATTERN = r"^(level|country|portfolio|year)(,(level|country|portfolio|year))*$"


def _split(text: str) -> str:
    parts = text.split(",")
    if len(set(parts)) != len(parts):
        raise ValueError("Each dimension can be named once.")
    return text


def _listed(value: Any) -> Any:
    # ``by=level&by=country`` is a common way to write a list; the document promises commas.
    return ",".join(value) if isinstance(value, list) else value


class LabelFiguresQuery(BaseModel):
    """Which figures about labels."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[str, Field(max_length=60, pattern=BY_PATTERN), AfterValidator(_split), BeforeValidator(_listed)] = (
        Field(
            default="level",
            description="Dimensions, separated by commas: level, country, portfolio, year.",
            examples=["level", "level,country"],
        )
    )
    basis: Basis = Field(
        default=Basis.VALID,
        description=(
            "What is counted: `valid` on the day; `ever_held` up to the day, once for each level; `highest_held` up to "
            "the day, once for each organisation; `awarded` in a period."
        ),
    )
    at: CivilDay | None = Field(
        default=None, description="The day of the count; today if left out.", examples=["2020-12-31"]
    )
    since: CivilDay | None = Field(
        default=None,
        description="First day of the period; only with `awarded`, whose last day is `at`.",
        examples=["2020-01-01"],
    )
    level: Level | None = Field(default=None, description="Only this level.")
    country: CountryFilter | None = Field(default=None, description="Only this country.", examples=["DE"])
    portfolio: PortfolioFilter | None = Field(default=None, description="Only this comparative portfolio.")
    format: Format | None = Field(
        default=None, description="Form of the answer; by the `Accept` header if left out, JSON by default."
    )

    @model_validator(mode="after")
    def _period_only_for_awards(self) -> Self:
        if self.since is not None and self.basis is not Basis.AWARDED:
            raise ValueError("`since` goes with `basis=awarded` only; the other bases are about one day.")
        if self.since is not None and self.at is not None and self.since > self.at:
            raise ValueError("`since` must not be after `at`.")
        return self

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """Answer the dimensions in the order asked."""
        return tuple(Dimension(name) for name in self.by.split(","))


class FigureRead(BaseModel):
    """One cell; the dimensions that were not asked for are missing."""

    level: Level | None = Field(default=None, description="Level.")
    country: str | None = Field(
        default=None, description="Eurostat code of the country.", min_length=2, max_length=2, examples=["EL"]
    )
    portfolio: str | None = Field(default=None, description="Comparative portfolio.", max_length=40)
    year: int | None = Field(
        default=None, description="Year; for counts on a day: on its last day, or on `at` in the last year.",
        ge=1900, le=9999,
    )  # fmt: skip
    labels: int = Field(description="Number of labels.", ge=0, le=2_000_000_000)
    organisations: int = Field(description="Number of cluster organisations.", ge=0, le=2_000_000_000)
    countries: int = Field(description="Number of countries of these organisations.", ge=0, le=300)


class TotalRead(BaseModel):
    """All cells together; an organisation or country in several cells is counted once."""

    labels: int = Field(description="Number of labels.", ge=0, le=2_000_000_000)
    organisations: int = Field(description="Number of cluster organisations.", ge=0, le=2_000_000_000)
    countries: int = Field(description="Number of countries.", ge=0, le=300)


class FiguresMetadata(BaseModel):
    """What the figures mean."""

    title: str = Field(description="Title.", max_length=200)
    basis: Basis = Field(description="What is counted.")
    definition: str = Field(description="What is counted, in words.", max_length=2000)
    measures: dict[str, str] = Field(description="What each measure counts.")
    since: date | None = Field(description="First day of the period; only for `awarded`.")
    at: date = Field(description="The day of the count, or the last day of the period.")
    recorded_until: datetime = Field(description="Time of the data: everything on record at this instant is counted.")
    geography: str = Field(description="Code list of countries.", max_length=200)
    licence: str = Field(description="Terms of use.", max_length=200)
    source: str = Field(description="Who publishes.", max_length=200)
    version: str = Field(description="Version of the definitions.", max_length=20)


class LabelFiguresRead(BaseModel):
    """Figures about labels."""

    metadata: FiguresMetadata = Field(description="What the figures mean.")
    dimensions: list[Dimension] = Field(description="The dimensions in the order asked.", max_length=4)
    items: list[FigureRead] = Field(description="The cells that are not empty.", max_length=200_000)
    total: TotalRead = Field(description="All cells together.")


class BenchmarkFiguresQuery(BaseModel):
    """Which figures of benchmarks."""

    model_config = ConfigDict(extra="forbid")

    by: BenchmarkDimension | None = Field(
        default=None, description="One dimension besides the total.", examples=["portfolio"]
    )
    year: Annotated[int, Field(ge=2010, le=2999), DIGITS] | None = Field(
        default=None, description="At the end of this year; the last one that is over if left out.", examples=[2020]
    )
    questionnaire: MethodologyCode | None = Field(
        default=None, description="By this questionnaire; the one in force at the end of the year if left out."
    )
    indicator: str | None = Field(
        default=None,
        max_length=60,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="Only this indicator.",
        examples=["committed_members"],
    )
    format: Format | None = Field(
        default=None, description="Form of the answer; by the `Accept` header if left out, JSON by default."
    )


class BenchmarkFigureRead(BaseModel):
    """One indicator in one cell; the total names neither portfolio nor country."""

    portfolio: str | None = Field(default=None, description="Comparative portfolio.", max_length=40)
    country: str | None = Field(default=None, description="Eurostat code of the country.", max_length=2)
    indicator: str = Field(description="Code of the indicator.", max_length=60, examples=["committed_members"])
    title: str = Field(description="Its name for people.", max_length=300)
    shape: Shape = Field(description="What it is.")
    unit: str = Field(description="Unit, in words.", max_length=100)
    n: int | None = Field(description="Organisations.", ge=0)
    lower_quartile: Figure | None = Field(description="A quarter lie below.")
    median: Figure | None = Field(description="Half lie below.")
    upper_quartile: Figure | None = Field(description="Three quarters lie below.")
    share: float | None = Field(description="Share of yes, for figures that are yes or no.", ge=0, le=1)
    suppressed: Suppressed | None = Field(description="Why nothing is told; null if it is.")


class BenchmarkFiguresMetadata(BaseModel):
    """What the figures mean."""

    title: str = Field(description="Title.", max_length=200)
    definition: str = Field(description="What is counted, in words.", max_length=2000)
    at: date = Field(description="Day of the figures.")
    since: date = Field(description="First day of interview that counts.")
    questionnaire: str = Field(description="Questionnaire and version.", max_length=60)
    fewest: int = Field(description="Fewest organisations of which a figure is shown.", ge=1)
    quartile_method: str = Field(description="How quartiles are computed.", max_length=200)
    geography: str = Field(description="Code list of countries.", max_length=200)
    licence: str = Field(description="Terms of use.", max_length=200)
    source: str = Field(description="Who publishes.", max_length=200)
    version: str = Field(description="Version of the definitions.", max_length=20)


class BenchmarkFiguresRead(BaseModel):
    """Figures of benchmarks."""

    metadata: BenchmarkFiguresMetadata = Field(description="What the figures mean.")
    dimensions: list[BenchmarkDimension] = Field(description="The dimension besides the total.", max_length=1)
    items: list[BenchmarkFigureRead] = Field(
        description="Each indicator, in total and cell by cell.", max_length=50_000
    )
