"""What goes in and out about appeals."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.appeals.states import AppealState
from cluster_api.foundation.fields import Prose
from cluster_api.foundation.paging import PageQuery

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"


class AppealCreate(BaseModel):
    """An appeal as it is filed."""

    model_config = ConfigDict(extra="forbid")

    grounds: Prose = Field(description="Why the decision is wrong.", examples=["The new members were not counted."])


class AppealQuery(PageQuery):
    """Which appeals to list."""

    state: AppealState | None = Field(default=None, description="Only in this state.")
    decision: UUID | None = Field(default=None, description="Only against this decision.")


class AppealRead(BaseModel):
    """An appeal."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    number: str = Field(description="Number with check digits.", max_length=40, examples=["AP-2021-000001-96"])
    decision_id: UUID = Field(description="The decision appealed against.")
    state: AppealState = Field(description="Where it stands.")
    grounds: str = Field(description="Why the decision is wrong, as the applicant says.", max_length=5000)
    received_on: date = Field(description="Day of receipt.")
    due_on: date = Field(description="Last day on which it was in time.")
    decide_by: date = Field(description="Last day on which it is decided in time.")
    review_id: UUID | None = Field(description="The decision made on it; an applicant sees that once it was told.")
    closed_on: date | None = Field(description="Day on which it was upheld, dismissed or rejected.")
    version: Annotated[int, Field(ge=1)] | None = Field(
        description="Version; what becomes of it raises it, so that it is not told to the applicant."
    )
    allowed_moves: list[str] = Field(description="What you can do with it now.", max_length=10)


class AppealCount(BaseModel):
    """Appeals of a year; a count of a few, or of none, is left out, and a year with a few is not named."""

    year: int = Field(description="Year of receipt.", ge=1900, le=9999)
    received: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(description="Received; null if too few to tell.")
    upheld: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(description="Upheld; null if few or none.")


class AppealCounts(BaseModel):
    """Appeals by year, without anybody's name."""

    fewest_shown: int = Field(description="Counts below this are left out.", ge=1, le=1000)
    years: list[AppealCount] = Field(description="The latest year first.", max_length=200)
