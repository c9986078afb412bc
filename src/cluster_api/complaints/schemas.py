"""What goes in and out about complaints; contact details come out only to whoever handles complaints."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cluster_api.complaints.states import ComplaintState, Deadline, Matter, Outcome
from cluster_api.foundation.fields import CivilDay, Flag, Line, Prose
from cluster_api.foundation.paging import PageQuery

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"
EXAMPLE_NUMBER = "CO-2021-000001-68"
EXAMPLE_CODE = "ccp_000000000000_00000000000000000000000000000000000000"

NumberOfLabel = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z \-]+$")]


class ComplaintCreate(BaseModel):
    """A complaint as it is filed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"matter": "process", "text": "My application has not been answered."}]},
    )

    matter: Matter = Field(description="What it is about.", examples=["process"])
    label_number: NumberOfLabel | None = Field(default=None, description="Number of the label it is about.")
    cluster_id: UUID | None = Field(default=None, description="Cluster organisation it is about.")
    assessor_id: UUID | None = Field(default=None, description="Assessor it is about.")
    happened_on: CivilDay | None = Field(
        default=None,
        description="Day on which it happened; wanted of an assessor, about whom one complains within 60 days of it.",
        examples=["2021-01-10"],
    )
    text: Prose = Field(description="What happened.", examples=["My application has not been answered for a year."])
    contact: Annotated[Line, Field(max_length=320)] | None = Field(
        default=None, description="How to reach you; may be left out, is seen by nobody but who handles complaints."
    )

    @model_validator(mode="after")
    def _names_its_subject(self) -> Self:
        named = {Matter.LABEL: self.label_number, Matter.CLUSTER: self.cluster_id, Matter.ASSESSOR: self.assessor_id}
        given = {matter for matter, value in named.items() if value is not None}
        if given - {self.matter} or (self.matter is not Matter.PROCESS and not given):
            raise ValueError("Name what the complaint is about by the one member that fits `matter`.")
        if self.matter is Matter.ASSESSOR and self.happened_on is None:
            raise ValueError("A complaint about an assessor names the day, `happened_on`.")
        return self


class ComplaintRead(BaseModel):
    """A complaint as its reader may see it."""

    number: str = Field(description="Number.", max_length=40, examples=[EXAMPLE_NUMBER])
    matter: Matter = Field(description="What it is about.")
    label_number: str | None = Field(description="Label it is about.", max_length=40)
    cluster_id: UUID | None = Field(description="Cluster organisation it is about.")
    assessor_id: UUID | None = Field(description="Assessor it is about.")
    happened_on: date | None = Field(description="Day on which it happened, if it was named.")
    text: str | None = Field(description="What happened; null once erased.", max_length=5000)
    contact: str | None = Field(description="How to reach who filed it; only to who handles it.", max_length=320)
    state: ComplaintState = Field(description="Where it stands.")
    received_on: date = Field(description="Day of receipt.")
    acknowledge_by: date = Field(description="Last day to acknowledge it in time.")
    answer_by: date = Field(description="Last day to answer it in time.")
    acknowledged_on: date | None = Field(description="Day on which it was acknowledged.")
    answered_on: date | None = Field(description="Day on which it was answered.")
    closed_at: datetime | None = Field(description="When it was closed.")
    late: list[Deadline] = Field(description="What was or is done too late.", max_length=2)
    handler_id: UUID | None = Field(description="Person outside the case to whom it is assigned; not to who filed it.")
    outcome: Outcome | None = Field(description="What came of it.")
    answer: str | None = Field(description="The answer.", max_length=5000)
    version: int = Field(description="Number of the last change.", ge=1, le=2_147_483_647)
    allowed_moves: list[str] = Field(
        description="What this caller can do with it now.", max_length=6, examples=[["acknowledge"]]
    )


class ComplaintFiled(ComplaintRead):
    """A complaint that was just filed, with its code: this is the only time it is shown."""

    code: str = Field(description="Looks the complaint up again, with its number.", max_length=100, examples=["ccp_…"])


class ComplaintLookUp(BaseModel):
    """What finds a complaint again without signing in."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z \-]+$")] = Field(
        description="Number of the complaint.", examples=[EXAMPLE_NUMBER]
    )
    code: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")] = Field(
        description="The code that was shown when it was filed.", examples=[EXAMPLE_CODE]
    )


class ComplaintAssign(BaseModel):
    """To whom a complaint is assigned."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID = Field(description="Somebody outside the case.", examples=[EXAMPLE_ID])
    reason: Prose = Field(description="Why this person, without personal details.", examples=["Knows the process."])


class ComplaintAnswer(BaseModel):
    """The answer to a complaint."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome = Field(description="What came of it.", examples=["partly"])
    answer: Prose = Field(description="The answer, without personal details: it stays on record.", examples=["Sorry."])


class ComplaintNote(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid")

    reason: Prose = Field(description="Why, without personal details.", examples=["The answer was accepted."])


class ComplaintQuery(PageQuery):
    """Which complaints, the latest first."""

    state: ComplaintState | None = Field(default=None, description="Where it stands.")
    matter: Matter | None = Field(default=None, description="What it is about.")
    late: Flag | None = Field(default=None, description="Whether something was or is done too late.")


class ComplaintCount(BaseModel):
    """How many complaints there were."""

    year: int = Field(description="Year of receipt.", ge=1, le=9999)
    matter: Matter = Field(description="What they were about.")
    count: int | None = Field(description="How many; null where there are a few or none.", ge=0, le=2_147_483_647)


class ComplaintCounts(BaseModel):
    """Anonymous counts of complaints by year and matter; no totals, or what is left out could be computed."""

    fewest: int = Field(
        description="Counts below this are left out, and so are years without any other.", ge=1, le=1000
    )
    counts: list[ComplaintCount] = Field(description="The counts.", max_length=10_000)
