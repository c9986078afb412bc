"""What can be done to a label, and on which grounds.

A label has no stored state: what it is on a day follows from dates and events. A move is therefore judged on the day
from which it counts, so that a withdrawal with effect in the past asks what the label was then.
"""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow
from cluster_api.labels.states import Standing

ADMINISTER = "labels:administer"

LIFE = Workflow(
    name="The label",
    column="standing",
    moves=(
        Move(Standing.VALID, "suspend", Standing.SUSPENDED, ADMINISTER, "the holder was heard"),
        Move(Standing.SUSPENDED, "reinstate", Standing.VALID, ADMINISTER),
        Move(Standing.VALID, "withdraw", Standing.WITHDRAWN, ADMINISTER, "the holder was heard"),
        Move(Standing.SUSPENDED, "withdraw", Standing.WITHDRAWN, ADMINISTER, "the holder was heard"),
    ),
)


class Ground(StrEnum):
    """Why a label may be suspended or withdrawn: for nothing else (labels, 4.3, proposed)."""

    FALSE_DATA = "false_data"
    """What was told for the assessment was not true."""
    LOGO_MISUSE = "logo_misuse"
    """The logo was used for what it does not stand for."""
    UNPAID_INVOICE = "unpaid_invoice"
    """The invoice was not paid."""
    ELIGIBILITY_LOST = "eligibility_lost"
    """The organisation does not meet the criteria of eligibility any more."""
