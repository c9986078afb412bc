"""What goes in about the conditions of a deferral."""

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.fields import CivilDay, Prose


class ConditionsMet(BaseModel):
    """How and on which day the conditions of a deferral were met."""

    model_config = ConfigDict(extra="forbid")

    met_on: CivilDay = Field(description="Day on which they were met.", examples=["2021-06-30"])
    how: Prose = Field(
        description="How they were met, without personal details.", examples=["The new statutes were registered."]
    )
