"""What can go wrong with reports and explanations."""

from cluster_api.foundation.errors import Conflict, NotFound


class ReportNotFound(NotFound):
    """There is no report yet.

    It is sealed after the consensus; then everybody who may see the case may read it.
    """


class ConsensusMissing(Conflict):
    """There is no consensus yet, or it does not fit the sheets any more.

    Agree on a value for every indicator first.
    """


class NothingToExplain(NotFound):
    """There is no whole sheet yet that you may see.

    A score can be explained once the self-assessment is whole, for assessors once there is a consensus.
    """
