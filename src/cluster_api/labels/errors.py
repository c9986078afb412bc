"""What can go wrong with labels."""

from cluster_api.foundation.errors import NotFound


class LabelNotFound(NotFound):
    """There is no label with this number.

    The number is well formed, but the register holds no such label.
    """


class LabelNumberMistyped(NotFound):
    """This cannot be the number of a label.

    Its form or its check digits do not fit: compare it with the certificate, digit by digit.
    """


class HolderNotFound(NotFound):
    """This organisation has never held a label."""
