"""What becomes of a pair that is to be proposed."""

from enum import StrEnum


class ProposalOutcome(StrEnum):
    """What became of a pair of a matching when its participant asked for it to be proposed."""

    PROPOSED = "proposed"
    STANDING = "standing"
    """It was proposed or answered before, by whichever side, and is not asked again."""
    NOT_POSSIBLE = "not_possible"
    """The two cannot be matched any more."""
