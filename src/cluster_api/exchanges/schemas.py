"""Figures of exchanges."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.fields import CivilDay
from cluster_api.participants.schemas import RoundCode


class ExchangesBy(StrEnum):
    """By what exchanges are counted."""

    PARTNERSHIP = "partnership"
    """The one that pays: that of the visitor."""
    YEAR = "year"
    """Of the validation."""
    HOST_COUNTRY = "host_country"
    VISITOR_COUNTRY = "visitor_country"
    VISITOR_KIND = "visitor_kind"


class ExchangeFiguresQuery(BaseModel):
    """Which figures of exchanges."""

    model_config = ConfigDict(extra="forbid")

    by: ExchangesBy = Field(default=ExchangesBy.PARTNERSHIP, description="By what they are counted.")
    round: RoundCode | None = Field(default=None, description="Code of the round.")
    at: CivilDay | None = Field(default=None, description="Counted are those validated by this day; today if left out.")


class ExchangeCell(BaseModel):
    """How many exchanges there were of one kind."""

    key: str = Field(description="Which: the acronym of a partnership, a year, a country, a kind.", max_length=60)
    physical: int | None = Field(description="Physical ones; null if suppressed.", ge=0)
    virtual: int | None = Field(description="Virtual ones; null if suppressed.", ge=0)
    total: int | None = Field(description="All; null if suppressed.", ge=0)
    flag: Annotated[str, Field(max_length=1)] | None = Field(description="`c` if the cell is confidential.")


class ExchangeFigures(BaseModel):
    """How many exchanges there were; each counts once, for the partnership of its visitor (invariant 20)."""

    by: ExchangesBy = Field(description="By what they are counted.")
    round: str | None = Field(description="Code of the round, if only one was asked for.", max_length=40)
    at: date = Field(description="Counted are those validated by this day.")
    fewest: int = Field(
        description="Cells about fewer organisations are suppressed, with what would reveal them.", ge=1
    )
    cells: list[ExchangeCell] = Field(description="The figures, by key.", max_length=10_000)
    all: ExchangeCell = Field(description="All of them.")
