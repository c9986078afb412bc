"""What can be counted of labels, by what, and in which forms it is given."""

from enum import StrEnum


class Basis(StrEnum):
    """Which question a count of labels answers; the four are never mixed (labels.md 0, 5 and 11.4, 28)."""

    VALID = "valid"
    EVER_HELD = "ever_held"
    HIGHEST_HELD = "highest_held"
    AWARDED = "awarded"


class Dimension(StrEnum):
    """By what figures are told apart."""

    LEVEL = "level"
    COUNTRY = "country"
    PORTFOLIO = "portfolio"
    YEAR = "year"


class BenchmarkDimension(StrEnum):
    """By what figures of benchmarks are told apart: one dimension at a time, since crossed cells would be too small."""

    PORTFOLIO = "portfolio"
    COUNTRY = "country"


class Format(StrEnum):
    """The forms in which figures are given."""

    JSON = "json"
    CSV = "csv"
    JSON_STAT = "json-stat"
    SDMX_CSV = "sdmx-csv"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.JSON_STAT: "application/vnd.json-stat+json",
    Format.SDMX_CSV: "application/vnd.sdmx.data+csv; version=1.0.0",
}
