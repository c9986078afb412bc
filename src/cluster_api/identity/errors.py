"""What can go wrong when somebody calls."""

from cluster_api.foundation.errors import Forbidden, Unauthenticated


class KeyRequired(Unauthenticated):
    """This needs a key.

    Send `Authorization: Bearer …` with the administrator's key of this service.
    """


class KeyNotAccepted(Unauthenticated):
    """The key is not accepted.

    Check that the whole key was sent and that it belongs to this service; reading public data needs none.
    """

    challenge_error = "invalid_token"


class ReadOnlyService(Forbidden):
    """The service runs read-only.

    No administrator's key is set. Start it with `ADMIN_KEY` to allow writing.
    """


class PermissionMissing(Forbidden):
    """The caller lacks a permission."""
