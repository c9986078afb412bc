"""What can go wrong with qualifications."""

from cluster_api.foundation.errors import Conflict, NotFound


class QualificationNotFound(NotFound):
    """This assessor has no such qualification."""


class QualificationHeld(Conflict):
    """The assessor is qualified for this role already.

    Renew the qualification, or withdraw it first.
    """


class QualificationEnded(Conflict):
    """The qualification has ended.

    It was withdrawn, or its last day has passed: only what is valid is renewed or withdrawn. Grant it anew.
    """


class NeedsNotMet(Conflict):
    """What this qualification needs is not on record.

    `needs` names what is missing, of each way that leads to it. With a `waiver`, the reason why that is no matter, it
    can be granted or renewed all the same.
    """
