"""The forms in which the method is read: a rule set is dated data with its sources, never a constant in code."""

from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class ExpiryMode(StrEnum):
    """On which day a validity counted in months ends."""

    SAME_DAY = "same_day"
    """The day with the number of the first one, as on certificates until 2019."""
    END_OF_MONTH = "end_of_month"
    """The last day of the month, because validity counts "from the month" of the assessment."""


class RuleSet(BaseModel):
    """The rules by which labels of one period are valid and renewed; durations are in months.

    ``confidence`` says of each value whether it is stated by the scheme, reported by holders, inferred or proposed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[A-Za-z0-9-]{1,40}$", description="Name of the rule set", examples=["2020"])
    title: str = Field(min_length=1, max_length=200, description="What is particular about it, in a few words")
    applies_from: date = Field(description="First day of assessment to which it applies")
    applies_until: date | None = Field(description="Last day of assessment to which it applies; none while in force")
    first_validity_months: int = Field(ge=1, le=120, description="Months a first label is valid")
    renewal_validity_months: int = Field(ge=1, le=120, description="Months a renewed label is valid after the old end")
    expiry_mode: ExpiryMode = Field(description="On which day a validity ends")
    renewal_grace_months: int = Field(ge=0, le=120, description="Months after its end in which it can be renewed")
    renewal_lead_months: int = Field(ge=0, le=120, description="Months before its end from which it can be renewed")
    source: str = Field(
        min_length=1, max_length=2000, description="Where the values were published, separated by ` ; `"
    )
    confidence: str = Field(min_length=1, max_length=2000, description="How certain each value is")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.applies_until is not None and self.applies_until < self.applies_from:
            raise ValueError("A rule set cannot end before it starts.")
        return self

    def applies_on(self, day: date) -> bool:
        """Answer whether an assessment on this day falls under this rule set."""
        return self.applies_from <= day and (self.applies_until is None or day <= self.applies_until)
