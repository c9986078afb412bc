"""What can go wrong with the matching of a round."""

from cluster_api.foundation.errors import Conflict, NotFound


class RoundPairingNotFound(NotFound):
    """There is no such matching of a round."""


class RoundPairingNotDone(Conflict):
    """The matching is not done.

    Its pairs and its certificate are there when its job has succeeded.
    """


class RoundOver(Conflict):
    """The round is over: nobody can stay any more."""


class NobodyToPair(Conflict):
    """There is nobody to match: the round has no validated visitor, or no validated host."""
