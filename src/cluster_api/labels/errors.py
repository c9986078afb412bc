"""What can go wrong with labels."""

from cluster_api.foundation.errors import Conflict, Invalid, NotFound


class LabelNotFound(NotFound):
    """There is no label with this number.

    The number is well formed, but the register holds no such label.
    """


class LabelNumberMistyped(Invalid):
    """This cannot be the number of a label.

    Its form or its check digits do not fit: compare it with the certificate, digit by digit.
    """


class HolderNotFound(NotFound):
    """This organisation has never held a label."""


class QuestionsMixed(Invalid):
    """Two different questions were asked at once.

    `valid_on` asks who holds a valid label on a day, `ever_held` who has ever held one; they are never mixed in one
    list or count.
    """


class LabelOverlaps(Conflict):
    """The organisation already holds a label of this level for these days."""
