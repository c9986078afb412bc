"""What a kept figure counts, and the spans of time over which its changes are summed."""

from enum import StrEnum


class Series(StrEnum):
    """What a kept figure counts."""

    VALID_LABELS = "valid_labels"
    """Labels in their validity, neither suspended nor withdrawn."""
    CURRENT = "current"
    """Organisations by their highest valid level."""
    LABELS_EVER = "labels_ever"
    """Labels that have been valid on some day."""
    EVER_HELD = "ever_held"
    """Organisations that held the level on some day, once for each level."""
    HIGHEST_HELD = "highest_held"
    """Organisations by the highest level they have ever held."""


class Span(StrEnum):
    """How long a row's changes are summed."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


class Grain(StrEnum):
    """How finely a row tells places apart."""

    COUNTRY = "country"
    """All portfolios together; the portfolio of the row is ``*``."""
    PORTFOLIO = "portfolio"
    """Each country and portfolio by itself."""
