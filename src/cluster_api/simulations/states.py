"""What can become of a past assessment under a draft, why it cannot be said, and by what it is counted."""

from enum import StrEnum


class SimulatedOutcome(StrEnum):
    """What becomes of an assessment under the draft, compared with its own set."""

    KEEPS = "keeps"
    """Reached the level, and surely would again."""
    GAINS = "gains"
    """Did not reach it, and surely would."""
    LOSES = "loses"
    """Reached it, and surely would not."""
    STAYS_OUT = "stays_out"
    """Did not reach it, and surely would not."""
    OPEN = "open"
    """What the draft asks anew decides: the worst and the best of it lie on both sides."""
    NOT_RESCORED = "not_rescored"
    """Cannot be scored again at all."""


class SimulatedReason(StrEnum):
    """Why it is open, or cannot be scored again."""

    ASKED_ANEW = "asked_anew"
    NOTHING_CARRIED = "nothing_carried"
    """No value of its set can be carried over."""
    SET_BROKEN = "set_broken"
    """The set by which it was assessed is not on record as it was sealed."""
    REPORT_BROKEN = "report_broken"
    """Its report is not what was sealed."""
    SHEET_INCOMPLETE = "sheet_incomplete"
    """Its sheet lacks what its own set asks."""


class CountedBy(StrEnum):
    """By what assessments are counted; never by two at once, which would make groups small."""

    LEVEL = "level"
    COUNTRY = "country"
    SIZE = "size"
    PORTFOLIO = "portfolio"
