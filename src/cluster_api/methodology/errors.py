"""What can go wrong when asking for a method."""

from cluster_api.foundation.errors import NotFound


class RuleSetNotFound(NotFound):
    """There is no such rule set.

    `/v1/methodologies` lists every rule set with the days on which it applies.
    """
