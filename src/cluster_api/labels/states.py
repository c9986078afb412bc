"""Kinds of label, of what can happen to one, and of what it can be on a day."""

from enum import StrEnum


class LabelKind(StrEnum):
    """Whether a label opens a chain or continues one."""

    FIRST = "first"
    RENEWAL = "renewal"


class LabelEventKind(StrEnum):
    """What can happen to a label. That it expires or is superseded is a question of dates, not an event."""

    AWARDED = "awarded"
    CORRECTED = "corrected"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"


class Standing(StrEnum):
    """What a label is on a day, as far as was known at an instant; computed from dates and events, never stored."""

    VALID = "valid"
    """In its validity, neither suspended nor withdrawn, and no higher label of its holder is valid."""
    EXPIRED = "expired"
    """Its validity has ended."""
    SUSPENDED = "suspended"
    """In its validity, but suspended."""
    WITHDRAWN = "withdrawn"
    """Withdrawn, for ever; also after the day on which it would have expired."""
    SUPERSEDED = "superseded"
    """Valid in itself, but its holder has a higher label that is valid on that day."""
    NOT_YET = "not_yet"
    """Its validity has not begun."""
    UNKNOWN = "unknown"
    """No such label was on record."""


class VerdictStep(StrEnum):
    """The questions of a verification, in the order in which they are asked."""

    WELL_FORMED = "number_well_formed"
    KNOWN = "known"
    IN_VALIDITY = "in_validity"
    NOT_SUSPENDED = "not_suspended"
    NOT_WITHDRAWN = "not_withdrawn"
    HIGHEST = "highest_of_holder"


class RenewalCode(StrEnum):
    """Whether a label may be renewed, or why not."""

    ALLOWED = "allowed"
    TOO_EARLY = "too_early"
    """Asked before the time in which renewal opens."""
    TOO_LATE = "too_late"
    """Visited after the grace; the holder may start a new chain by a first award."""


class ChainFaultCode(StrEnum):
    """What can be wrong between the links of a chain of labels."""

    SECOND_FIRST = "second_first"
    PREDECESSOR_MISSING = "predecessor_missing"
    SECOND_SUCCESSOR = "second_successor"
    OTHER_HOLDER = "other_holder"
    OTHER_LEVEL = "other_level"
    OVERLAP = "overlap"
    GAP = "gap"
