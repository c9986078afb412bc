"""What can go wrong with complaints."""

from cluster_api.foundation.errors import Conflict, Invalid, NotFound


class ComplaintNotFound(NotFound):
    """There is no such complaint.

    Either it does not exist, or you may not know that it does, or number and code do not belong together.
    """


class ComplaintSubjectUnknown(Invalid):
    """What the complaint is about is not known.

    A label is named by its number, a cluster by an identifier of the register.
    """


class ComplaintTooLate(Conflict):
    """It is too late to complain about an assessor for what happened on that day.

    The days for it are data of this service. What went wrong in the process can be complained about at any time.
    """


class NotHappenedYet(Conflict):
    """What the complaint is about lies in the future."""


class HandlerInCase(Conflict):
    """This person belongs to the case.

    A complaint is answered by somebody who neither filed it, nor is its subject, nor belongs to the organisation
    concerned, nor had a hand in what it is about.
    """


class HandlerUnknown(Conflict):
    """There is no such person to assign a complaint to."""


class NotTheHandler(Conflict):
    """Only the person to whom a complaint is assigned answers it.

    The secretariat's machine clients record what that person answered.
    """


class NothingToErase(Conflict):
    """There is nothing personal left in the complaint."""
