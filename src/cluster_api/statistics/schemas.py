"""What is asked of figures and what comes out, with the definitions that make a figure mean something."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cluster_api.clusters.states import Level
from cluster_api.foundation.fields import CivilDay
from cluster_api.labels.schemas import CountryFilter, PortfolioFilter
from cluster_api.statistics.states import Basis, Dimension, Format

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
