"""What is compared when a visitor and a host are matched."""

from enum import StrEnum


class MatchCriterion(StrEnum):
    """One thing that is compared, in the order in which it is told."""

    ECOSYSTEMS = "ecosystems"
    AIMS = "aims"
    ACTIVITIES = "activities"
    WANTED_COUNTRIES = "wanted_countries"
    DATES = "dates"
