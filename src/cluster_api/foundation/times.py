"""The two times of a question about the past: the day it is about, and the instant whose knowledge counts."""

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.fields import CivilDay, Instant


class TimeQuery(BaseModel):
    """As of which day, and as known when."""

    model_config = ConfigDict(extra="forbid")

    at: CivilDay | None = Field(
        default=None, description="As valid on this day; today if left out.", examples=["2020-12-31"]
    )
    known_at: Instant | None = Field(
        default=None,
        description="As it was on record at this instant; everything known now if left out.",
        examples=["2021-01-01T00:00:00Z"],
    )
