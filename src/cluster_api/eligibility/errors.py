"""What can go wrong with the checklist of an application."""

from cluster_api.foundation.errors import Conflict, Invalid


class CriterionNotWaivable(Conflict):
    """This criterion cannot be waived, or there is none with this code."""


class ChecklistInvalid(Invalid):
    """The checklist is not filled in as its criteria demand.

    Each entry of `errors` names a field that is missing, unknown or out of range.
    """
