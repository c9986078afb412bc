"""What goes in and out of vocabularies, and the two entries that code reads by field: countries and regions."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.paging import Page, PageQuery


@dataclass(frozen=True, slots=True)
class Country:
    """A country: ISO 3166-1 codes, the code Eurostat writes, and where its regions are listed."""

    iso2: str
    iso3: str
    eurostat_code: str
    name: str
    group: str
    region_system: str


@dataclass(frozen=True, slots=True)
class Region:
    """A NUTS level 2 or statistical region; the centroid, in degrees, is missing for seas away."""

    code: str
    country: str
    name: str
    longitude: float | None
    latitude: float | None
    is_outermost: bool


class VocabularyRead(BaseModel):
    """A vocabulary: what it lists, in which edition, from where."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="Name in the address.", examples=["regions"], max_length=60)
    title: str = Field(description="What it lists.", max_length=300)
    edition: str = Field(description="Edition of the list.", examples=["NUTS 2021"], max_length=300)
    valid_from: date | None = Field(description="First day on which this edition applies, where one is stated.")
    licence: str = Field(description="Terms under which the list may be used again.", max_length=300)
    source: str | None = Field(
        description="Where the list comes from; null if this project made it. Entries may name their own source.",
        max_length=500,
    )
    count: int = Field(description="Number of entries.", ge=0, le=1_000_000, examples=[334])


class VocabularyEntryRead(BaseModel):
    """An entry of a vocabulary."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(description="Code, unique in the vocabulary.", examples=["AT13"], max_length=200)
    label: str = Field(description="Name for people.", examples=["Wien"], max_length=500)
    parent: str | None = Field(
        description="Code above it: of this vocabulary, or of the one that contains it (the country of a region).",
        examples=["AT"],
        max_length=200,
    )
    attributes: dict[str, Annotated[str, Field(max_length=4000)]] = Field(
        description="Everything else that is known of it, with `source` and `confidence`; what is unknown is left out.",
        examples=[{"longitude": "16.393", "latitude": "48.203"}],
        max_length=40,
    )


class VocabularyPage(Page[VocabularyEntryRead], VocabularyRead):
    """A vocabulary and a page of its entries."""


class VocabularyQuery(PageQuery):
    """Which entries of a vocabulary."""

    q: Annotated[
        str | None,
        Field(
            max_length=200,
            description="Every word must occur in code, name or other names; case, accents and scripts do not matter.",
            examples=["wien"],
        ),
    ] = None
    parent: Annotated[
        str | None,
        Field(
            max_length=200,
            description="Only entries directly under this code, such as the country of a region.",
            examples=["AT"],
        ),
    ] = None
