"""What goes in and out about matches."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.fields import DIGITS, Prose
from cluster_api.foundation.paging import PageQuery
from cluster_api.matches.states import MatchState
from cluster_api.matching.states import MatchCriterion
from cluster_api.partnerships.schemas import EXAMPLE_ID
from cluster_api.rounds.states import ExchangeRole


class MatchPropose(BaseModel):
    """A visitor and a host, one of whom proposes."""

    model_config = ConfigDict(extra="forbid")

    visitor_id: UUID = Field(description="Participant who visits.", examples=[EXAMPLE_ID])
    host_id: UUID = Field(description="Participant who hosts.", examples=["01767a3e-2f00-7c3a-8d5e-0123456789ac"])
    message: Prose | None = Field(default=None, description="What to tell the other side, without personal details.")


class MatchDecline(BaseModel):
    """Why a match is declined."""

    model_config = ConfigDict(extra="forbid")

    reason: Prose | None = Field(default=None, description="Why, without personal details.", examples=["No time."])


class MatchRead(BaseModel):
    """A match as both sides see it."""

    id: UUID = Field(description="Identifier.")
    round: str = Field(description="Code of the round.", max_length=40)
    visitor_id: UUID = Field(description="Participant who visits.")
    host_id: UUID = Field(description="Participant who hosts.")
    visitor: str = Field(description="Name of the visiting organisation.", max_length=300)
    host: str = Field(description="Name of the host.", max_length=300)
    proposed_by: ExchangeRole = Field(description="Which side has proposed it.")
    message: str | None = Field(description="What the side that proposed it said.", max_length=5000)
    state: MatchState = Field(description="Where it stands today.")
    proposed_on: date = Field(description="Day on which it was proposed.")
    answer_by: date = Field(description="Last day on which the other side can accept.")
    reason: str | None = Field(description="Why it was declined.", max_length=5000)
    version: int = Field(description="Number of the last change.", ge=1)
    allowed_moves: list[str] = Field(description="What this caller can do with it now.", max_length=4)


class MatchQuery(PageQuery):
    """Which matches."""

    participant_id: UUID | None = Field(default=None, description="A participant on either side.")
    state: MatchState | None = Field(default=None, description="Where they stand today.")


class SuggestionQuery(BaseModel):
    """Which suggestions."""

    model_config = ConfigDict(extra="forbid")

    role: ExchangeRole | None = Field(
        default=None, description="The own role for which the other side is looked for; a visitor's if it has both."
    )
    count: Annotated[int, Field(ge=1, le=50, description="How many, the best first."), DIGITS] = 10


class SuggestionPart(BaseModel):
    """What one criterion gives."""

    criterion: MatchCriterion = Field(description="What is compared.")
    weight: int = Field(description="Its weight of a hundred.", ge=0, le=100)
    points: int = Field(description="What it gives, of ten thousand in all.", ge=0, le=10_000)
    sentence: str = Field(description="Why.", max_length=400)


class Suggestion(BaseModel):
    """Somebody who fits, how well, and why."""

    participant_id: UUID = Field(description="The participant.")
    name: str = Field(description="Its name.", max_length=300)
    country: str = Field(description="Its country, ISO 3166-1 alpha-2.", max_length=2)
    points: int = Field(description="How well it fits, of ten thousand.", ge=0, le=10_000)
    parts: list[SuggestionPart] = Field(description="MatchCriterion by criterion.", max_length=5)


class SuggestionsRead(BaseModel):
    """Who fits best, the best first; the weights are those of today."""

    participant_id: UUID = Field(description="For whom.")
    role: ExchangeRole = Field(description="Its role.")
    weights_version: int = Field(description="Version of the weights.", ge=1)
    candidates: int = Field(description="How many were compared.", ge=0)
    suggestions: list[Suggestion] = Field(description="Who fits best.", max_length=50)
