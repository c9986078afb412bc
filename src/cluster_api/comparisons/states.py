"""The closed lists of a comparison: how a figure is made and shown, which way is better, and why it is not shown."""

from enum import StrEnum


class Making(StrEnum):
    """How a figure is made of the answers."""

    SUM = "sum"
    """The sum of the values named."""
    QUOTIENT = "quotient"
    """One sum divided by another; there is no figure if the other is not above zero."""
    POSITIVE = "positive"
    """How many of the values are above zero."""
    AGE = "age"
    """The year of the interview less a year."""


class Shape(StrEnum):
    """What a figure is, hence how it is written."""

    COUNT = "count"
    DECIMAL = "decimal"
    RATIO = "ratio"
    MONEY = "money"
    """In euro."""
    YEARS = "years"
    MONTHS = "months"
    LEVEL = "level"
    FLAG = "flag"
    """Yes or no, as 1 or 0: of peers the share of yes is told and no quartiles."""


class Better(StrEnum):
    """Which way is better."""

    MORE = "more"
    LESS = "less"
    NEUTRAL = "neutral"
    """Neither: it describes."""


class Group(StrEnum):
    """With whom a benchmark is compared."""

    PORTFOLIO = "portfolio"
    """Those of the same comparative portfolio."""
    ALL = "all"
    """All others."""


class Suppressed(StrEnum):
    """Why a figure of peers is not shown."""

    TOO_FEW = "too_few"
    """Fewer peers than the rule set asks for have the figure."""
    DERIVABLE = "derivable"
    """So few peers are outside the portfolio that their figures could be told from both groups together."""


class Change(StrEnum):
    """How two benchmarks of one cluster are held against each other."""

    RATIO = "ratio"
    """The change divided by the value of last time."""
    DIFFERENCE = "difference"
    """The change itself."""
    YEARS = "years"
    """The change less the years between, in either direction."""
    YEARS_AT_MOST = "years_at_most"
    """The growth beyond the years between."""
