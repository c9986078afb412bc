"""What can go wrong with jobs."""

from cluster_api.foundation.errors import Conflict, NotFound


class JobNotFound(NotFound):
    """There is no such job."""


class JobTakenOver(Conflict):
    """Another process has taken the job over.

    It showed no sign of life for too long, so that another one goes on with it; what this one has not committed is
    undone.
    """


class JobStopped(Exception):  # noqa: N818 - names state the fact, without a suffix
    """The process ends before the job does: it is given back to the queue and goes on from its last committed row."""


class JobCancelled(Exception):  # noqa: N818 - names state the fact, without a suffix
    """Somebody cancelled the job; what it has committed stays, the rest is undone."""
