"""What goes in and out about those who sit in at an interview."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.benchmarks.schemas import EXAMPLE_ID
from cluster_api.benchmarks.states import GuestRole, GuestState


class GuestPropose(BaseModel):
    """Who is to sit in, and as what."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID = Field(description="The person.", examples=[EXAMPLE_ID])
    role: GuestRole = Field(description="To learn or to watch.", examples=["trainee"])


class GuestAccept(BaseModel):
    """The declaration with which somebody accepts to sit in."""

    model_config = ConfigDict(extra="forbid")

    no_conflict: Literal[True] = Field(
        description="Declares: no employment, seat, membership, family tie, paid advice or coaching for the cluster.",
        examples=[True],
    )


class GuestRead(BaseModel):
    """Somebody who sits in at the interview of a benchmark."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    person_id: UUID = Field(description="The person.")
    name: str | None = Field(description="Name; null once the person is erased.", max_length=300)
    role: GuestRole = Field(description="To learn or to watch.")
    state: GuestState = Field(description="Where it stands.")
    declared_on: date | None = Field(description="When the person declared to be free of conflicts.")
    reason: str | None = Field(description="Reason of the last move, if it needed one.", max_length=5000)
    version: int = Field(description="Version.", ge=1)
    updated_at: datetime = Field(description="When it last changed.")
    allowed_moves: list[str] = Field(description="What you can do with it now.", max_length=10)
