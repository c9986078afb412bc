"""What goes in and out about machine clients and their keys."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.fields import DISTINCT, WHOLE, Prose, ShortLine, without_defaults
from cluster_api.foundation.paging import PageQuery
from cluster_api.identity.permissions import Permission
from cluster_api.identity.states import CredentialKind, Standing

UNIQUE: dict[str, Any] = {"uniqueItems": True}
JWKS_PATTERN = r"^https://[^\s/?#@]+(/[^\s?#]*)?$"

Scopes = Annotated[list[Permission], Field(max_length=50, json_schema_extra=UNIQUE), DISTINCT]


class ClientState(StrEnum):
    """Whether a client is let in."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class ClientCreate(BaseModel):
    """A machine client to be made."""

    model_config = ConfigDict(extra="forbid")

    organisation_id: UUID | None = Field(
        default=None, description="Organisation that owns it; the own one if left out.", examples=[None]
    )
    name: ShortLine = Field(description="What it is for.", examples=["Nightly import of the platform"])
    standing: Standing = Field(default=Standing.EDITOR, description="What it is in the organisation.")
    scopes: Scopes = Field(
        default=[], description="What it may use at most; none named: everything its organisation may."
    )
    jwks_uri: (
        Annotated[str, Field(max_length=500, pattern=JWKS_PATTERN, description="HTTPS address of its JWK set.")] | None
    ) = Field(default=None, description="Where its public keys stand, if it signs assertions with rotating keys.")


class ClientUpdate(BaseModel):
    """A merge patch of a machine client."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)

    name: ShortLine = Field(default="", description="What it is for.", examples=["Nightly import"])
    standing: Standing = Field(default=Standing.EDITOR, description="What it is in the organisation.")
    scopes: Scopes = Field(default=[], description="What it may use at most.")
    jwks_uri: (
        Annotated[str, Field(max_length=500, pattern=JWKS_PATTERN, description="HTTPS address of its JWK set.")] | None
    ) = Field(default=None, description="Where its public keys stand; null for nowhere.")


class ClientRead(BaseModel):
    """A machine client."""

    id: UUID = Field(description="Identifier; the `client_id` at the token endpoint.")
    organisation_id: UUID = Field(description="Organisation that owns it and for which alone it acts.")
    name: str = Field(description="What it is for.", max_length=120)
    state: ClientState = Field(description="Whether it is let in.")
    standing: Standing = Field(description="What it is in the organisation.")
    scopes: list[str] = Field(description="What it may use at most; empty: everything its organisation may.")
    permissions: list[str] = Field(description="What it may do now, by the roles of its organisation.")
    jwks_uri: str | None = Field(description="Where its public keys stand, if not registered here.", max_length=500)
    disabled_at: datetime | None = Field(description="Since when it is disabled.")
    version: int = Field(description="Number of the last change.", ge=1, le=2_147_483_647)
    created_at: datetime = Field(description="When it was made.")
    updated_at: datetime = Field(description="When it was last changed.")


class ClientQuery(PageQuery):
    """Which machine clients."""

    organisation_id: UUID | None = Field(default=None, description="Of this organisation.")
    state: ClientState | None = Field(default=None, description="Only those let in, or only those not.")


class Reason(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: Prose = Field(description="Why.", examples=["The machine was replaced."])


Days = Annotated[int, Field(ge=1, le=1096, strict=True), WHOLE]


class KeyCreate(BaseModel):
    """A key to be made for a client."""

    model_config = ConfigDict(extra="forbid")

    kind: CredentialKind = Field(description="How the client will prove itself.", examples=["api_key"])
    days: Days | None = Field(default=None, description="How long it shall live, in days; shortened to what is usual.")
    scopes: Scopes = Field(default=[], description="Of an API key: narrower than the client; none named: the same.")
    cluster_id: UUID | None = Field(default=None, description="Of an API key: the one cluster it is narrowed to.")
    jwk: dict[str, str] | None = Field(
        default=None, max_length=20, description="Of a public key: the JWK (RFC 7517), without its private part."
    )


class KeyRead(BaseModel):
    """A key of a client; what is secret of it was shown once."""

    id: UUID = Field(description="Identifier.")
    client_id: UUID = Field(description="Whose it is.")
    kind: CredentialKind = Field(description="How the client proves itself with it.")
    hint: str = Field(description="Its first characters, or the thumbprint (RFC 7638) of a public key.", max_length=60)
    scopes: list[str] = Field(description="What it is narrowed to; empty: the same as the client.")
    cluster_id: UUID | None = Field(description="The one cluster it is narrowed to.")
    is_live: bool = Field(description="Whether it is accepted now.")
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime = Field(description="When it is no longer accepted.")
    revoked_at: datetime | None = Field(description="When it was revoked.")
    last_used_at: datetime | None = Field(description="When it was last used, give or take ten minutes.")


class KeyIssued(KeyRead):
    """A new key, with what is secret of it: shown now and never again."""

    secret: str | None = Field(description="The key itself; null of a public key.", max_length=100)
