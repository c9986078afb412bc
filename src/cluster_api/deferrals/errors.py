"""What can go wrong with the conditions of a deferral."""

from cluster_api.foundation.errors import Conflict


class ConditionsDayWrong(Conflict):
    """Conditions are met after they were set, and not in the future."""
