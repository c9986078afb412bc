"""What can go wrong with the demonstration."""

from cluster_api.foundation.errors import Conflict


class NotTheDemonstration(Conflict):
    """This is not the demonstration database.

    Ready-made credentials are lent only where `cluster-api seed` loaded the demonstration register and the service is
    reached on this machine alone. Elsewhere, `cluster-api clients create` makes the first administrator's client.
    """
