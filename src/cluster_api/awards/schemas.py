"""What goes in and out when it is recorded what was decided about a label."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.awards.states import Ground
from cluster_api.clusters.states import Level
from cluster_api.foundation.fields import CivilDay, Prose
from cluster_api.labels.states import LabelEventKind, LabelKind, Standing
from cluster_api.notices.schemas import NoticeRead

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"
WITHOUT_NAMES = "Why, without personal details: it stays on record."


class LabelSanction(BaseModel):
    """A suspension or withdrawal that was decided: on which ground, from which day, told on which day."""

    model_config = ConfigDict(extra="forbid")

    ground: Ground = Field(description="Ground of the decision.", examples=["false_data"])
    reason: Prose = Field(description=WITHOUT_NAMES, examples=["The number of members was not true."])
    effective_on: CivilDay = Field(
        description="Day from which it counts; within the validity, also in the past.", examples=["2021-01-15"]
    )
    noticed_on: CivilDay = Field(
        description="Day on which the holder was told of it and could begin to answer.", examples=["2020-11-30"]
    )


class LabelReinstatement(BaseModel):
    """The end of a suspension that was decided."""

    model_config = ConfigDict(extra="forbid")

    reason: Prose = Field(description=WITHOUT_NAMES, examples=["The data have been mended and checked."])
    effective_on: CivilDay = Field(
        description="Day from which it counts; within the validity, also in the past.", examples=["2021-01-15"]
    )
    noticed_on: CivilDay = Field(description="Day on which the holder was told of it.", examples=["2021-01-15"])


class LabelEventRead(BaseModel):
    """Something that happened to a label, with its reasons."""

    kind: LabelEventKind = Field(description="What happened.")
    effective_on: date = Field(description="Day from which it counts.")
    noticed_on: date | None = Field(description="Day on which the holder was told, if that is recorded.")
    ground: Ground | None = Field(description="Ground of a suspension or withdrawal.")
    reason: str | None = Field(description="Why.")
    recorded_at: datetime = Field(description="When it was put on record.")
    author: str = Field(description="Handle of who recorded it.", max_length=200)


class LabelRecordRead(BaseModel):
    """A label as whoever runs the scheme sees it: with reasons, neighbours in its chain, and what can be done."""

    number: str = Field(description="Number of the label.", max_length=40, examples=["LB-2019-000123-09"])
    cluster_id: UUID = Field(description="Its holder.", examples=[EXAMPLE_ID])
    level: Level = Field(description="Level.")
    kind: LabelKind = Field(description="First label of a chain, or renewal.")
    rule_set: str = Field(description="The dated rules that give its validity.", max_length=40, examples=["2020"])
    assessed_on: date = Field(description="Day of the assessment.")
    awarded_on: date = Field(description="Day of the decision.")
    valid_from: date = Field(description="First day of validity.")
    valid_until: date = Field(description="Last day of validity.")
    standing: Standing = Field(description="What it is today.")
    previous: str | None = Field(description="The label it renews.", max_length=40)
    next: str | None = Field(description="The label that renews it.", max_length=40)
    renewal_opens_on: date = Field(description="First day of a visit for its renewal.")
    renewal_closes_on: date = Field(description="Last day of a visit for its renewal.")
    version: int = Field(description="Number of the last change.", ge=1, le=2_147_483_647)
    notices: list[NoticeRead] = Field(description="Notices made to its holder, the first one first.", max_length=1000)
    events: list[LabelEventRead] = Field(description="What happened, in the order of record.", max_length=1000)
    allowed_moves: list[str] = Field(
        description="What this caller can do with it, with effect from today.", max_length=3, examples=[["suspend"]]
    )
