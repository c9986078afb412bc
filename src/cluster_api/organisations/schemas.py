"""What goes in and out about organisations and their members."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

from cluster_api.foundation.fields import DISTINCT, LINE_PATTERN, CodeOf, Line, Prose, without_defaults
from cluster_api.foundation.paging import PageQuery
from cluster_api.identity.states import Role, Standing
from cluster_api.vocabularies.queries import codes, find_country

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"


def _country_codes() -> frozenset[str]:
    return codes("countries") | {"EL", "UK"}


def _iso_country(code: str) -> str:
    return find_country(code) or code


def _given_roles() -> frozenset[str]:
    return frozenset(role.value for role in Role if role is not Role.PUBLIC)


CountryOfSeat = TypeAliasType(
    "CountryOfSeat",
    Annotated[str, CodeOf(_country_codes, "ISO 3166-1 alpha-2; EL and UK are accepted for GR and GB.", _iso_country)],
)
GivenRole = TypeAliasType(
    "GivenRole", Annotated[str, CodeOf(_given_roles, "A role of the scheme; `public` is nobody's in particular.")]
)
Roles = Annotated[list[GivenRole], Field(max_length=10, json_schema_extra={"uniqueItems": True}), DISTINCT]


class OrganisationState(StrEnum):
    """Whether an organisation takes part."""

    OPEN = "open"
    """Its members and machine clients may do what its roles allow."""
    CLOSED = "closed"
    """Its members and machine clients have no access through it."""


class OrganisationCreate(BaseModel):
    """An organisation as it is recorded."""

    model_config = ConfigDict(extra="forbid")

    name: Line = Field(description="Name of the organisation.", examples=["Tidal Energy Cluster"])
    country: CountryOfSeat = Field(description="Country of the seat.", examples=["IE"])
    roles: Roles = Field(default=[], description="What it is in the scheme.", examples=[["cluster"]])


class OrganisationUpdate(BaseModel):
    """A merge patch (RFC 7396): absent members stay, the list of roles is replaced."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)

    name: Line = Field(default="", description="Name of the organisation.", examples=["Tidal Energy Network"])
    country: CountryOfSeat = Field(default="", description="Country of the seat.")
    roles: Roles = Field(default=[], description="What it is in the scheme.")


class OrganisationRead(BaseModel):
    """An organisation that takes part."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    name: str = Field(description="Name.", max_length=300)
    country: str = Field(description="ISO 3166-1 alpha-2.", max_length=2, examples=["IE"])
    roles: list[str] = Field(description="What it is in the scheme.", max_length=20, examples=[["cluster"]])
    state: OrganisationState = Field(description="Whether it takes part.")
    closed_at: datetime | None = Field(description="When it was closed.")
    is_synthetic: bool = Field(description="Whether it was invented for demonstration.")
    version: int = Field(description="Number of the last change; changes of members count.", ge=1, le=2_147_483_647)
    created_at: datetime = Field(description="When it was recorded.")
    updated_at: datetime = Field(description="When it was last changed.")
    allowed_moves: list[str] = Field(
        description="What this caller can do with it now.", max_length=10, examples=[["update", "invite", "close"]]
    )


class OrganisationQuery(PageQuery):
    """Which organisations, by name."""

    q: Annotated[str, Field(min_length=1, max_length=200, pattern=LINE_PATTERN)] | None = Field(
        default=None, description="Every word must occur in the name; case does not matter."
    )
    role: GivenRole | None = Field(default=None, description="Has this role.", examples=["cluster"])
    country: CountryOfSeat | None = Field(default=None, description="Country of the seat.", examples=["IE"])
    state: OrganisationState | None = Field(default=None, description="Open or closed.", examples=["open"])


class WithReason(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid")

    reason: Prose = Field(
        description="Why, without personal details: it stays in the journal.",
        examples=["The organisation has been dissolved."],
    )


class MemberRead(BaseModel):
    """A person in an organisation."""

    person_id: UUID = Field(description="Identifier of the person.", examples=[EXAMPLE_ID])
    name: str | None = Field(
        description="Name; told only within the organisation and to who may see people.", max_length=300
    )
    standing: Standing = Field(description="What the person is in the organisation.")
    since: datetime = Field(description="When the person became a member.")
    allowed_moves: list[str] = Field(
        description="What this caller can do with the membership now.", max_length=2, examples=[["change", "remove"]]
    )


class MemberChange(BaseModel):
    """What a member shall be."""

    model_config = ConfigDict(extra="forbid")

    standing: Standing = Field(description="What the person shall be.", examples=["editor"])
