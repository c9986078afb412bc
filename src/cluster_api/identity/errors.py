"""What can go wrong when somebody calls."""

from cluster_api.foundation.errors import Forbidden, Problem, TooManyRequests, Unauthenticated


class CredentialsRequired(Unauthenticated):
    """This needs credentials.

    Send `Authorization: Bearer …` with an access token from `/oauth/token`, an API key of a machine client, or a token
    of an identity provider that this service accepts. `/.well-known/oauth-protected-resource` names where to get one.
    """


class PermissionMissing(Forbidden):
    """The caller lacks a permission.

    `/v1/me` shows what the caller may do. A key or token can be narrower than its client, and a client narrower than
    its organisation.
    """


class TooManyFailures(TooManyRequests):
    """Too many credentials that were not accepted came from this address.

    Wait for the number of seconds in `Retry-After`, and mend the credentials first.
    """


KEYED: tuple[type[Problem], ...] = (CredentialsRequired, PermissionMissing)
"""How every operation that is not for everybody may answer."""
