"""What goes in and out about yearly reports."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.fields import WHOLE, Prose
from cluster_api.foundation.paging import PageQuery
from cluster_api.yearly.states import YearlyState

Year = Annotated[int, Field(ge=2010, le=2100, strict=True), WHOLE]
MOST_FIGURES = 5000


class YearlyDraft(BaseModel):
    """Which year is reported."""

    model_config = ConfigDict(extra="forbid")

    year: Year = Field(description="The year, which is over.", examples=[2020])
    correction: Prose | None = Field(
        default=None,
        description="What it corrects, if a report about the year was released already.",
        max_length=2000,
    )


class YearlyFigure(BaseModel):
    """One figure of a year."""

    code: str = Field(description="What is counted, by its code.", max_length=40, examples=["labels_valid"])
    label: str = Field(description="What is counted, in words.", max_length=200)
    unit: str = Field(description="Its unit.", max_length=40, examples=["labels"])
    level: str | None = Field(description="Of which level; null for all.", max_length=10)
    country: str | None = Field(description="Of which country, ISO 3166-1 alpha-2; null for all.", max_length=2)
    part: str | None = Field(
        description="Of which part: `first` or `renewal`, an outcome, `physical` or `virtual`; null for all.",
        max_length=20,
    )
    value: int | None = Field(description="How many; null if they are few or none, and that is not public.", ge=0)
    flag: Annotated[str, Field(max_length=1)] | None = Field(description="`c` if the figure is confidential.")


class YearlyMethod(BaseModel):
    """A methodology that applied at the end of the year."""

    kind: str = Field(description="What it is about.", max_length=40)
    code: str = Field(description="Its code.", max_length=40)
    version: int = Field(description="Its version.", ge=1)
    sha256: str = Field(description="Its seal.", max_length=64)


class YearlySummary(BaseModel):
    """A yearly report without its figures."""

    id: UUID = Field(description="Identifier.")
    year: int = Field(description="The year.")
    number: int = Field(description="Number among the reports about this year.", ge=1)
    state: YearlyState = Field(description="Where it stands.")
    known_at: datetime = Field(description="What was recorded later than this is not in it.")
    digest: str = Field(
        description="SHA-256 of the canonical form (RFC 8785) of year, known_at, fewest, figures and methods.",
        max_length=64,
    )
    correction: str | None = Field(description="What it corrects of the report released before.", max_length=5000)
    released_at: datetime | None = Field(description="When it was released.")
    corrected_by: UUID | None = Field(description="The next report released about the same year, which corrects it.")
    version: int = Field(description="Number of the last change.", ge=1)
    allowed_moves: list[str] = Field(description="What this caller can do with it now.", max_length=2)


class YearlyRead(YearlySummary):
    """A yearly report."""

    fewest: int = Field(description="Confidential figures below this are not told.", ge=1)
    figures: list[YearlyFigure] = Field(description="The figures.", max_length=MOST_FIGURES)
    methods: list[YearlyMethod] = Field(description="What applied at the end of the year.", max_length=10)


class YearlyQuery(PageQuery):
    """Which yearly reports."""

    year: Annotated[int, Field(ge=2010, le=2100)] | None = Field(default=None, description="About which year.")
    state: YearlyState | None = Field(default=None, description="Where they stand.")


class YearlyRecount(BaseModel):
    """Whether the figures of a report come out again."""

    digest: str = Field(description="Digest of the report.", max_length=64)
    recounted: str = Field(description="Digest of the figures counted again today, as known then.", max_length=64)
    is_same: bool = Field(description="Whether they are the same.")
    differing: list[Annotated[str, Field(max_length=40)]] = Field(
        description="Codes of the figures that differ; `methods` if what applied does.", max_length=50
    )
