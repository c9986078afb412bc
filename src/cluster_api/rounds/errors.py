"""What can go wrong with questions about a round."""

from cluster_api.foundation.errors import Invalid, NotFound


class RoundNotFound(NotFound):
    """There is no such round.

    `GET /v1/exchange-rounds` lists them.
    """


class StayIncomplete(Invalid):
    """Something is missing, or does not fit together, without which the stay cannot be reckoned.

    Each entry of `errors` names the place. A distance is found from coordinates of both sides, else from the
    centroids of both regions, else it has to be declared in `distance_km`.
    """
