"""What the token endpoint refuses, in the words of RFC 6749, 5.2."""

from typing import ClassVar

from cluster_api.foundation.errors import Problem


class OAuthRefused(Problem):
    """The token endpoint refused the request."""

    status: ClassVar[int] = 400
    oauth_error: ClassVar[str] = "invalid_request"


class RequestMalformed(OAuthRefused):
    """A parameter is missing, repeated, too long, or the form cannot be read."""


class ClientNotProven(OAuthRefused):
    """The client did not prove that it is the one it says it is."""

    status = 401
    oauth_error = "invalid_client"

    def __init__(self, detail: str = "") -> None:
        """Say what was wrong; RFC 6749 demands the challenge where the header was used."""
        super().__init__(detail, headers={"WWW-Authenticate": 'Basic realm="cluster-api"'})


class GrantNotSupported(OAuthRefused):
    """Only the grant `client_credentials` is served here."""

    oauth_error = "unsupported_grant_type"


class ScopeNotGranted(OAuthRefused):
    """The client may not use a scope that it asked for."""

    oauth_error = "invalid_scope"


class TargetNotKnown(OAuthRefused):
    """Tokens are given for this service only (RFC 8707)."""

    oauth_error = "invalid_target"
