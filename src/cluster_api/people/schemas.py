"""What goes in and out about people; everything personal is told to the person and to who is charged with it."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.fields import Line, without_defaults
from cluster_api.foundation.paging import PageQuery
from cluster_api.identity.states import Standing
from cluster_api.invitations.schemas import Email
from cluster_api.journal.schemas import HistoryRead
from cluster_api.organisations.schemas import EXAMPLE_ID

LINES_EXPORTED = 1000
MOST = 2_147_483_647
Kind = Literal["public", "client", "person", "account"]


class PlaceRead(BaseModel):
    """An organisation one acts in, and what one may do there."""

    organisation_id: UUID = Field(description="Identifier of the organisation.", examples=[EXAMPLE_ID])
    name: str = Field(description="Name of the organisation.", max_length=300)
    roles: list[str] = Field(description="Roles of the organisation.", max_length=20, examples=[["cluster"]])
    standing: Standing = Field(description="What one is in it.")
    permissions: list[str] = Field(
        description="What one may do in it, narrowed by scopes.", max_length=100, examples=[["clusters:read"]]
    )


class MeRead(BaseModel):
    """Who one is to this service."""

    kind: Kind = Field(description="`account`: signed in, but not yet paired with a person.")
    name: str = Field(description="Handle by which the journal knows the caller.", max_length=200, examples=["public"])
    client_id: UUID | None = Field(description="Machine client.")
    person_id: UUID | None = Field(description="Person.")
    organisations: list[PlaceRead] = Field(description="Where one belongs.", max_length=1000)
    roles: list[str] = Field(description="Roles held as a person.", max_length=20)
    permissions: list[str] = Field(description="Everything one may do somewhere.", max_length=100)
    scopes: list[str] | None = Field(description="Bounds of the key or token; null: none.", max_length=100)
    cluster_id: UUID | None = Field(description="The one cluster to which the key is narrowed.")
    expires_at: datetime | None = Field(description="When the key or token expires.")


class PersonRead(BaseModel):
    """A person; name and address are null once they were erased."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    name: str | None = Field(description="Name.", max_length=300)
    email: str | None = Field(description="Address for mail.", max_length=320)
    roles: list[str] = Field(description="Roles held as a person.", max_length=20)
    erased_at: datetime | None = Field(description="When what is personal was erased.")
    version: int = Field(description="Number of the last change.", ge=1, le=MOST)
    created_at: datetime = Field(description="When the person took up the first invitation.")
    updated_at: datetime = Field(description="When it was last changed.")


class PersonUpdate(BaseModel):
    """A merge patch (RFC 7396): absent members stay, null empties."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)

    name: Line | None = Field(default=None, description="Name.", examples=["Ana Ferreira"])
    email: Email | None = Field(default=None, description="Address for mail.", examples=["ana@example.org"])


class PersonQuery(PageQuery):
    """Which people, in the order in which they came."""

    q: Line | None = Field(default=None, description="Occurs in the name or is the address; case does not matter.")
    organisation_id: UUID | None = Field(default=None, description="Member of this organisation.")


class AccountExport(BaseModel):
    """An account at an identity provider."""

    issuer: str = Field(description="The identity provider.", max_length=500)
    subject: str = Field(description="How it names the person.", max_length=255)
    created_at: datetime = Field(description="When it was paired with the person.")
    seen_on: date = Field(description="Last day on which it was used.")


class MembershipExport(BaseModel):
    """What the person is in an organisation."""

    organisation_id: UUID = Field(description="Identifier of the organisation.")
    standing: Standing = Field(description="What the person is in it.")
    created_at: datetime = Field(description="Since when.")


class InvitationExport(BaseModel):
    """An invitation made or taken up; the address is told of those the person took up, because it is the person's."""

    id: UUID = Field(description="Identifier.")
    organisation_id: UUID = Field(description="Identifier of the organisation.")
    standing: Standing = Field(description="What was offered.")
    roles: list[str] = Field(description="Roles that were offered besides.", max_length=20)
    email: str | None = Field(description="Address that was noted.", max_length=320)
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime = Field(description="When it expires or expired.")
    revoked_at: datetime | None = Field(description="When it was taken back.")
    accepted_at: datetime | None = Field(description="When it was taken up.")


class RecordsExport(BaseModel):
    """What one table of the service says of the person: whole where it is about the person.

    Where the person only had a part in something, as who decides, interviews or handles a complaint, the part and its
    days are told, not what it was about. Other people are left out everywhere.
    """

    table: str = Field(description="Name of the table.", max_length=63, examples=["assessor_qualification"])
    count: int = Field(description="How many rows it has about the person.", ge=1, le=MOST)
    rows: list[dict[str, Any]] = Field(description="The last of them.", max_length=LINES_EXPORTED)


class PersonExport(BaseModel):
    """Everything that is recorded about a person."""

    format: Literal["cluster-api/person"] = Field(description="What this document is.")
    format_version: Literal[1] = Field(description="Version of its form; members may be added within one.")
    exported_at: datetime = Field(description="When it was made.")
    person: PersonRead = Field(description="The person.")
    accounts: list[AccountExport] = Field(description="Accounts.", max_length=1000)
    memberships: list[MembershipExport] = Field(description="Where the person belongs.", max_length=1000)
    invitations_made: list[InvitationExport] = Field(description="The last invitations made.", max_length=1000)
    invitations_accepted: list[InvitationExport] = Field(description="Invitations taken up.", max_length=1000)
    records: list[RecordsExport] = Field(description="What else is recorded, table by table.", max_length=100)
    journal_lines: int = Field(description="Lines of the journal written by the person.", ge=0, le=MOST)
    journal: list[HistoryRead] = Field(description="The last of these lines.", max_length=LINES_EXPORTED)
