"""What can go wrong with the conditions of a deferral."""

from cluster_api.foundation.errors import Conflict


class ConditionsDayWrong(Conflict):
    """Conditions are met after they were set, by the day that the deferral names, and not in the future.

    What was done later does not count: the board refuses, or defers again with another day.
    """
