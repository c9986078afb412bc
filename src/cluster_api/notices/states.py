"""What becomes of a notice on its way to a reader."""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow


class DeliveryState(StrEnum):
    """Where a notice is on its way to one reader."""

    QUEUED = "queued"
    SENDING = "sending"
    """A process has it in hand; nobody else takes it."""
    SENT = "sent"
    FAILED = "failed"
    """The mail server refuses it, or did so too often."""
    UNCERTAIN = "uncertain"
    """The process or the mail server was lost while it was sent: it is not sent again, because it may have arrived."""
    DROPPED = "dropped"
    """There is nobody to send it to any more, or nothing to tell."""


ADMINISTER = "labels:administer"

DELIVERY = Workflow(
    name="The delivery",
    column="state",
    moves=(
        Move(DeliveryState.QUEUED, "take", DeliveryState.SENDING, ADMINISTER, "its time has come"),
        Move(DeliveryState.QUEUED, "drop", DeliveryState.DROPPED, ADMINISTER, "no reader, or nothing to tell any more"),
        Move(DeliveryState.SENDING, "send", DeliveryState.SENT, ADMINISTER, "the mail server took it over"),
        Move(DeliveryState.SENDING, "put_back", DeliveryState.QUEUED, ADMINISTER, "it may be taken later"),
        Move(DeliveryState.SENDING, "fail", DeliveryState.FAILED, ADMINISTER, "refused, or tried too often"),
        Move(DeliveryState.SENDING, "lose", DeliveryState.UNCERTAIN, ADMINISTER, "nobody knows whether it arrived"),
    ),
)

OVER = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.DROPPED)
"""Nothing becomes of it any more."""
