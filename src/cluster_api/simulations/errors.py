"""What can go wrong with simulations."""

from cluster_api.foundation.errors import Invalid, NotFound


class SimulationNotFound(NotFound):
    """There is no such simulation.

    Either none of this methodology has this identifier, or it is about days that only those may choose who see cases.
    """


class DaysNotPossible(Invalid):
    """These days cannot be simulated.

    `since` lies before `until`, and `until` not in the future. Only who sees cases chooses days; for everybody else a
    simulation goes to the end of the last year, so that no two of them tell of a single case by their difference.
    """


class SimulationNotDone(NotFound):
    """The simulation has no results.

    It still waits or runs, or it was cancelled or failed; `state` says which.
    """
