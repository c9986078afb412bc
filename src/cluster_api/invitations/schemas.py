"""What goes in and out about invitations. The code itself is shown once, when the invitation is made."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.fields import WHOLE
from cluster_api.foundation.paging import PageQuery
from cluster_api.identity.states import Standing
from cluster_api.organisations.schemas import EXAMPLE_ID, Roles

EMAIL_PATTERN = r"^[^\s@<>\x00-\x1f\x7f-\x9f]{1,64}@[^\s@<>\x00-\x1f\x7f-\x9f]{1,255}$"
Email = Annotated[str, Field(min_length=3, max_length=320, pattern=EMAIL_PATTERN)]
_DAYS = {row["name"]: int(row["value"]) for row in data_rows("cluster_api.invitations", "invitations")}


class InvitationState(StrEnum):
    """What became of an invitation."""

    OPEN = "open"
    """It can be taken up."""
    EXPIRED = "expired"
    """Nobody took it up in time."""
    REVOKED = "revoked"
    """It was taken back."""
    ACCEPTED = "accepted"
    """Somebody took it up."""


class InvitationCreate(BaseModel):
    """An offer to become a member."""

    model_config = ConfigDict(extra="forbid")

    standing: Standing = Field(description="What the person shall be in the organisation.", examples=["reader"])
    email: Email | None = Field(
        default=None, description="Whom it is meant for; a note for its author. This service sends nothing."
    )
    roles: Roles = Field(
        default=[], description="Roles that the person shall hold besides; given by the operator of the scheme only."
    )
    expires_in_days: Annotated[int, Field(ge=1, le=_DAYS["most_days"], strict=True), WHOLE] = Field(
        default=_DAYS["default_days"], description="Days after which it expires."
    )


class InvitationRead(BaseModel):
    """An offer to become a member, without its code."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    organisation_id: UUID = Field(description="Organisation it is an offer of.")
    standing: Standing = Field(description="What the person shall be in the organisation.")
    roles: list[str] = Field(description="Roles that the person shall hold besides.", max_length=20)
    email: str | None = Field(description="Whom it is meant for; forgotten some time after its end.", max_length=320)
    state: InvitationState = Field(description="What became of it.")
    author: str = Field(description="Who invited, by identifier.", max_length=200)
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime = Field(description="When it expires.")
    revoked_at: datetime | None = Field(description="When it was taken back.")
    accepted_at: datetime | None = Field(description="When it was taken up.")
    person_id: UUID | None = Field(description="Who took it up.")
    allowed_moves: list[str] = Field(
        description="What this caller can do with it now.", max_length=2, examples=[["revoke"]]
    )


class InvitationMade(InvitationRead):
    """An invitation that was just made, with its code: this is the only time it is shown."""

    code: str = Field(
        description="One-time code; hand it to the person by a way that only they can read.",
        max_length=100,
        examples=["cin_…"],
    )


class InvitationAccept(BaseModel):
    """The code of an invitation."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")] = Field(
        description="The one-time code.", examples=["cin_000000000000_00000000000000000000000000000000000000"]
    )


class JoinedRead(BaseModel):
    """What became of an invitation that was taken up."""

    person_id: UUID = Field(description="Who one is from now on.")
    organisation_id: UUID = Field(description="The organisation one belongs to from now on.")
    standing: Standing = Field(description="What one is in it.")
    roles: list[str] = Field(description="Roles one holds besides.", max_length=20)


class InvitationQuery(PageQuery):
    """Which invitations, the latest first."""

    state: InvitationState | None = Field(default=None, description="What became of it.", examples=["open"])
