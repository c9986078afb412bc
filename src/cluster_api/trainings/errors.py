"""What can go wrong with trainings."""

from cluster_api.foundation.errors import Conflict, NotFound


class TrainingNotFound(NotFound):
    """There is no such training."""


class ResultTooEarly(Conflict):
    """The training has not ended.

    Until its last day one can be registered; whether one passed is said afterwards.
    """


class TrainingTookPlace(Conflict):
    """Results of this training are recorded.

    Its dates and place are what was examined, and stay as they are.
    """
