"""Kinds of label, of what can happen to one, and of figures kept about them."""

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


class TallySeries(StrEnum):
    """What a kept figure counts."""

    VALID_LABELS = "valid_labels"
    """Labels in their validity, neither suspended nor withdrawn."""
    CURRENT = "current"
    """Organisations by their highest valid level."""
    LABELS_EVER = "labels_ever"
    """Labels whose validity has begun."""
    EVER_HELD = "ever_held"
    """Organisations that held the level at some time, once for each level."""
    HIGHEST_HELD = "highest_held"
    """Organisations by the highest level they have ever held."""
    AWARDED = "awarded"
    """Labels by the day of their award."""
