"""The closed lists of a form: kinds of measure, quantities that conditions speak of, and degrees of certainty."""

from enum import StrEnum


class Certainty(StrEnum):
    """How certain a value is; the marks S, T, I, M and P of the domain rules, in words."""

    STATED = "stated"
    """Stated by the scheme itself."""
    REPORTED = "reported"
    """Reported by a third party, such as a label holder."""
    INFERRED = "inferred"
    """Inferred from what is stated or reported."""
    REMEMBERED = "remembered"
    """Background knowledge that no page confirms."""
    PROPOSED = "proposed"
    """Proposed by this project, because nothing was found."""


class MeasureKind(StrEnum):
    """What kind of value is asked for."""

    COUNT = "count"
    RATIO = "ratio"
    MONTHS = "months"
    YEARS = "years"
    DECIMAL = "decimal"
    CENTS = "cents"
    LEVEL = "level"
    FLAG = "flag"
    CHOICE = "choice"
    TEXT = "text"
    TEXTS = "texts"


WHOLE_KINDS = frozenset(
    {MeasureKind.COUNT, MeasureKind.MONTHS, MeasureKind.YEARS, MeasureKind.CENTS, MeasureKind.LEVEL}
)
"""Kinds whose values are whole numbers."""
BOUNDED_KINDS = WHOLE_KINDS | {MeasureKind.DECIMAL, MeasureKind.TEXTS}
"""Kinds whose highest possible value has to be named."""
SPOKEN_KINDS = frozenset({MeasureKind.CHOICE, MeasureKind.TEXT, MeasureKind.TEXTS})
"""Kinds whose values are words: no condition can speak of them."""


class Quantity(StrEnum):
    """What a condition compares with its bounds, made of the values it names."""

    VALUE = "value"
    """The only value named; a flag counts as 1 or 0."""
    SUM = "sum"
    DIFFERENCE = "difference"
    """The first less all others."""
    QUOTIENT = "quotient"
    """The first divided by the second; nothing holds of a division by zero."""
    POSITIVE = "positive"
    """How many of the values are above zero."""


class Effect(StrEnum):
    """What a missed minimum does."""

    REFUSE = "refuse"
    WARN = "warn"
