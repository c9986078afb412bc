"""What goes in and out about assignments and visits."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.assessments.states import AssignmentRole, AssignmentState
from cluster_api.assessors.schemas import CandidateRead
from cluster_api.foundation.fields import DISTINCT, CivilDay, LanguageCode, Line, Prose
from cluster_api.foundation.paging import PageQuery

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"


class AssignmentPropose(BaseModel):
    """Who is proposed for which role."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID = Field(description="The person.", examples=[EXAMPLE_ID])
    role: AssignmentRole = Field(description="What the person does.")
    waiver: Prose | None = Field(default=None, description="Why a rule about pairs is waived.", examples=[None])


class AssignmentAccept(BaseModel):
    """The declaration with which an assessor accepts."""

    model_config = ConfigDict(extra="forbid")

    no_conflict: Literal[True] = Field(
        description="Declares: no employment, seat, membership, family tie, paid advice or coaching for the cluster.",
        examples=[True],
    )


class VisitWrite(BaseModel):
    """When and where the visit takes place."""

    model_config = ConfigDict(extra="forbid")

    dates: Annotated[
        list[CivilDay], Field(min_length=1, max_length=10, json_schema_extra={"uniqueItems": True}), DISTINCT
    ] = Field(description="The days.", examples=[["2021-03-02", "2021-03-03"]])
    place: Line = Field(description="Where.", examples=["Office of the cluster"])


class CandidateQuery(PageQuery):
    """Candidates for what, the most fitting first."""

    role: AssignmentRole = Field(description="What the candidate is to do.", examples=["lead"])
    language: LanguageCode | None = Field(default=None, description="Has to speak this language.", examples=["fr"])


class CaseCandidateRead(CandidateRead):
    """An assessor of the pool as a candidate for a case, and the person to propose."""

    person_id: UUID = Field(description="The person, as named when proposing.", examples=[EXAMPLE_ID])
    name: str | None = Field(description="Name, for those who have to deal with the person.", max_length=300)


class AssignmentRead(BaseModel):
    """Somebody's part in a case."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    person_id: UUID = Field(description="The person.")
    name: str | None = Field(description="Name, for those who have to deal with the person.", max_length=300)
    role: AssignmentRole = Field(description="What the person does.")
    state: AssignmentState = Field(description="Where it stands.")
    waiver: str | None = Field(description="Why a rule about pairs is waived.", max_length=5000)
    declared_on: date | None = Field(description="When the person declared to be free of conflicts.")
    reason: str | None = Field(description="Reason of the last move, if it needed one.", max_length=5000)
    version: int = Field(description="Version.", ge=1)
    updated_at: datetime = Field(description="When it last changed.")
    allowed_moves: list[str] = Field(description="What you can do with it now.", max_length=10)
