"""What can go wrong with interests, pins and waivers."""

from cluster_api.foundation.errors import Conflict, NotFound


class InterestNotFound(NotFound):
    """This assessor has no such interest."""


class PinNotFound(NotFound):
    """This assessor has no such pin."""


class WaiverNotFound(NotFound):
    """This assessor has no such waiver."""


class AlreadyWithdrawn(Conflict):
    """It is withdrawn already.

    What was withdrawn stays on record and does not come back: declare or record it anew.
    """


class ConflictUnknown(Conflict):
    """There is no such conflict to clear.

    `/v1/assessors/{id}/conflicts` names each conflict by its `key`, which changes with the facts behind it.
    """
