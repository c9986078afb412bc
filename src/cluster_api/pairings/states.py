"""What can be wrong with a pairing."""

from enum import StrEnum


class Flaw(StrEnum):
    """Why a certificate does not hold."""

    INPUTS = "inputs"
    """It was made for other participants or other terms than those it is checked against."""
    WEIGHTS = "weights"
    """It was made under another version of the weights."""
    STRANGER = "stranger"
    """Somebody in a pair does not take part."""
    REPEATED = "repeated"
    """A pair stands there twice."""
    MAY_NOT_MATCH = "may_not_match"
    """A pair may not meet at all: of one organisation, or in one country."""
    POINTS = "points"
    """A pair has other points than it is said to have, or fewer than are asked for."""
    QUOTA = "quota"
    """Somebody is in more pairs than it asked for."""
    BLOCKING = "blocking"
    """Two who are not paired would both rather be."""
