"""What goes in and out at the token endpoint and its neighbours."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class TokenRead(BaseModel):
    """An access token (RFC 6749, 5.1)."""

    access_token: str = Field(description="A signed JSON Web Token (RFC 9068).", max_length=8192)
    token_type: str = Field(default="Bearer", description="How it is sent.", max_length=20)
    expires_in: int = Field(description="Seconds until it expires.", ge=1, le=900)
    scope: str = Field(description="What it may be used for, separated by spaces.", max_length=4000)


class Introspection(BaseModel):
    """What a token says, if it is one that is accepted now (RFC 7662, 2.2)."""

    model_config = ConfigDict(extra="allow")

    active: bool = Field(description="Whether it is accepted now; of one that is not, nothing else is told.")
    scope: str | None = Field(default=None, description="What it may be used for.", max_length=4000)
    client_id: str | None = Field(default=None, description="To whom it was given.", max_length=100)
    sub: str | None = Field(default=None, description="On whose behalf it acts.", max_length=100)
    exp: int | None = Field(default=None, description="When it expires, in seconds since 1970.", ge=0, le=2**37)


class JwkSet(BaseModel):
    """A set of public keys (RFC 7517)."""

    keys: list[dict[str, str]] = Field(description="The keys.", max_length=100)


class OAuthError(BaseModel):
    """Why a request was refused (RFC 6749, 5.2)."""

    error: str = Field(description="Code of what is wrong.", examples=["invalid_client"], max_length=60)
    error_description: str = Field(description="What is wrong, and what to do.", max_length=4000)


class ServerMetadata(BaseModel):
    """What the authorization server can do (RFC 8414)."""

    issuer: str = Field(description="Name of the server; `iss` of its tokens.", max_length=500)
    token_endpoint: str = Field(description="Where tokens are given.", max_length=500)
    jwks_uri: str = Field(description="Where its public keys stand.", max_length=500)
    introspection_endpoint: str = Field(description="Where tokens are asked about (RFC 7662).", max_length=500)
    revocation_endpoint: str = Field(description="Where tokens are revoked (RFC 7009).", max_length=500)
    grant_types_supported: list[str] = Field(description="Grants served.", max_length=10)
    response_types_supported: list[str] = Field(description="None: people sign in elsewhere.", max_length=10)
    scopes_supported: list[str] = Field(description="Every scope there is.", max_length=100)
    token_endpoint_auth_methods_supported: list[str] = Field(description="How clients prove themselves.", max_length=10)
    token_endpoint_auth_signing_alg_values_supported: list[str] = Field(
        description="Algorithms of client assertions.", max_length=10
    )
    introspection_endpoint_auth_methods_supported: list[str] = Field(description="The same.", max_length=10)
    introspection_endpoint_auth_signing_alg_values_supported: list[str] = Field(description="The same.", max_length=10)
    revocation_endpoint_auth_methods_supported: list[str] = Field(description="The same.", max_length=10)
    revocation_endpoint_auth_signing_alg_values_supported: list[str] = Field(description="The same.", max_length=10)
    service_documentation: str = Field(description="Where it is described.", max_length=500)


class ResourceMetadata(BaseModel):
    """Where tokens for this service are to be had (RFC 9728)."""

    resource: str = Field(description="Name of this service.", max_length=500)
    authorization_servers: list[str] = Field(description="Who gives tokens that are accepted here.", max_length=30)
    scopes_supported: list[str] = Field(description="Every scope there is.", max_length=100)
    bearer_methods_supported: list[str] = Field(description="How a token is sent.", max_length=3)
    resource_documentation: str = Field(description="Where the service is described.", max_length=500)


FORM: dict[str, Any] = {
    "type": "string", "maxLength": 8192,
}  # fmt: skip
CREDENTIALS: dict[str, Any] = {
    "client_id": {**FORM, "description": "The client, unless HTTP Basic or the assertion names it."},
    "client_secret": {**FORM, "description": "Its secret (`client_secret_post`)."},
    "client_assertion_type": {
        **FORM,
        "enum": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
        "description": "For `private_key_jwt` (RFC 7523).",
    },
    "client_assertion": {**FORM, "description": "The assertion the client signed."},
}
