"""Where a profile stands, and what is said when it is moved."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.clusters.schemas import CriterionRead
from cluster_api.clusters.states import ProfileState
from cluster_api.foundation.fields import Prose


class ProfileRead(BaseModel):
    """The profile of a cluster: where it stands and what it lacks."""

    cluster_id: UUID = Field(description="Identifier of the cluster.")
    state: ProfileState = Field(description="Where the profile is in its life.")
    reason: str | None = Field(description="Why it was rejected or archived; not told to the public.", max_length=5000)
    waiver: str | None = Field(description="Why the criteria were waived; not told to the public.", max_length=5000)
    published_at: datetime | None = Field(description="When it was last published.")
    completeness: float = Field(description="Share of the fields of a profile that are filled.", ge=0, le=1)
    missing_fields: list[str] = Field(description="Mandatory fields that are empty.", max_length=50)
    criteria_version: str = Field(description="Version of the criteria.", max_length=40, examples=["eccp-2021"])
    criteria: list[CriterionRead] = Field(description="Criterion by criterion.", max_length=20)
    criteria_met: bool = Field(description="Whether every criterion that applies is met.")
    may_be_waived: bool = Field(description="Whether the criteria can be waived for this cluster.")
    allowed_moves: list[str] = Field(description="What this caller can do with it now.", max_length=10)


class ProfilePublish(BaseModel):
    """A decision to publish."""

    model_config = ConfigDict(extra="forbid")

    waiver: Prose | None = Field(
        default=None, description="Why unmet criteria are waived.", examples=["Recognised by the programme go-cluster."]
    )


class ProfileReason(BaseModel):
    """Reasons for a decision."""

    model_config = ConfigDict(extra="forbid")

    reason: Prose = Field(description="The reasons.", examples=["The English page does not show any activity."])
