"""What goes in and out about trainings."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.fields import DIGITS, WHOLE, CivilDay, ShortLine, without_defaults
from cluster_api.foundation.paging import PageQuery
from cluster_api.organisations.schemas import EXAMPLE_ID
from cluster_api.trainings.states import AttendanceResult, TrainingKind

CodePattern = Annotated[str, Field(min_length=2, max_length=40, pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Version = Annotated[int, Field(ge=1, le=100_000, strict=True), WHOLE]


class TrainingCreate(BaseModel):
    """A training as it is announced or recorded."""

    model_config = ConfigDict(extra="forbid")

    kind: TrainingKind = Field(default=TrainingKind.INITIAL, description="Initial or refresher.")
    methodology_code: CodePattern = Field(description="The methodology taught.", examples=["ECEI-2013"])
    methodology_version: Version = Field(description="Its version.", examples=[1])
    began_on: CivilDay = Field(description="First day.", examples=["2021-03-01"])
    ended_on: CivilDay = Field(description="Last day.", examples=["2021-03-02"])
    place: ShortLine = Field(description="Where, or `online`.", examples=["Berlin"])


class TrainingUpdate(BaseModel):
    """A merge patch (RFC 7396): absent members stay."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)

    began_on: CivilDay = Field(default=date.min, description="First day.", examples=["2021-03-08"])
    ended_on: CivilDay = Field(default=date.min, description="Last day.", examples=["2021-03-09"])
    place: ShortLine = Field(default="", description="Where, or `online`.")


class TrainingRead(BaseModel):
    """A training on a version of a methodology."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    kind: TrainingKind = Field(description="Initial or refresher.")
    methodology_code: str = Field(description="The methodology taught.", max_length=40)
    methodology_version: int = Field(description="Its version.", ge=1)
    began_on: date = Field(description="First day.")
    ended_on: date = Field(description="Last day.")
    place: str = Field(description="Where.", max_length=120)
    version: int = Field(description="Number of the last change; results count.", ge=1)
    created_at: datetime = Field(description="When recorded.")
    updated_at: datetime = Field(description="When last changed.")


class TrainingQuery(PageQuery):
    """Which trainings."""

    methodology_code: CodePattern | None = Field(
        default=None, description="On this methodology.", examples=["ECEI-2013"]
    )
    methodology_version: Annotated[int, Field(ge=1, le=100_000), DIGITS] | None = Field(
        default=None, description="On this version.", examples=[1]
    )
    kind: TrainingKind | None = Field(default=None, description="Initial or refresher.")


class AttendanceCreate(BaseModel):
    """What came of an assessor's attending."""

    model_config = ConfigDict(extra="forbid")

    assessor_id: UUID = Field(description="The assessor.", examples=[EXAMPLE_ID])
    result: AttendanceResult = Field(description="Registered; after the last day passed, failed or absent.")


class AttendanceRead(BaseModel):
    """An assessor at a training."""

    training_id: UUID = Field(description="The training.")
    assessor_id: UUID = Field(description="The assessor.")
    result: AttendanceResult = Field(description="What came of it.")
    kind: TrainingKind = Field(description="Initial or refresher.")
    methodology_code: str = Field(description="The methodology taught.", max_length=40)
    methodology_version: int = Field(description="Its version.", ge=1)
    began_on: date = Field(description="First day of the training.")
    ended_on: date = Field(description="Last day of the training.")
    recorded_at: datetime = Field(description="When the result was recorded.")
