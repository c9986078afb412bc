"""What can go wrong with machine clients and their keys."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Invalid, NotFound, Problem


class ClientNotFound(NotFound):
    """There is no such machine client.

    Either it does not exist or it belongs to an organisation of which you may not know.
    """


class KeyNotFound(NotFound):
    """This machine client has no such key."""


class KeysEnough(Conflict):
    """This machine client has as many keys of this kind as it may have.

    Two are valid at once, so that one can replace the other: revoke the older one first.
    """


class ClientDisabled(Conflict):
    """The machine client is disabled.

    Enable it first, or take another one.
    """


class MoreThanOwn(Conflict):
    """Nobody can give more than they have.

    A client, and each of its keys, can be narrower than whoever makes it, never wider.
    """


class KeyNotUsable(Invalid):
    """The public key cannot be used.

    Send a JWK (RFC 7517) of kind EC (P-256), RSA (2048 bits or more) or OKP (Ed25519), without its private part.
    """


class KeyKnown(Conflict):
    """The public key is registered for this client already.

    Make a new pair of keys; a key is registered once, also after it was revoked.
    """


# SQLite names the columns of a broken constraint, PostgreSQL its name.
CONSTRAINTS: Mapping[str, type[Problem]] = {"uq_credential_public_id": KeyKnown, "credential.public_id": KeyKnown}
