"""What goes in and out about decisions. People are named by identifiers, and only to those inside."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cluster_api.decisions.states import Choice, ConditionsStanding, DecisionKind, DecisionState, Recusal
from cluster_api.foundation.fields import CivilDay, Prose
from cluster_api.foundation.paging import PageQuery

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"
Sha256 = Annotated[str, Field(min_length=64, max_length=64)]
Count = Annotated[int, Field(ge=0, le=100_000)]


class DecisionOpening(BaseModel):
    """How a decision is opened."""

    model_config = ConfigDict(extra="forbid")

    chair_id: UUID = Field(description="Member of the board who chairs and concludes it.", examples=[EXAMPLE_ID])
    meeting_on: CivilDay | None = Field(default=None, description="Day of the meeting.", examples=["2021-04-15"])


class ChairChange(BaseModel):
    """Who chairs a decision from now on."""

    model_config = ConfigDict(extra="forbid")

    chair_id: UUID = Field(description="Member of the board.", examples=[EXAMPLE_ID])
    reason: Prose = Field(description="Why.", examples=["The chair is ill."])


class VoteCast(BaseModel):
    """A vote, or a recusal with its reason."""

    model_config = ConfigDict(extra="forbid")

    choice: Choice = Field(description="What is chosen.", examples=["grant"])
    reason: Prose | None = Field(
        default=None, description="Why; wanted of a recusal.", examples=["A relative works there."]
    )

    @model_validator(mode="after")
    def _recusal_has_reason(self) -> Self:
        if self.choice is Choice.RECUSED and self.reason is None:
            raise ValueError("A recusal has a reason.")
        return self


class Conclusion(BaseModel):
    """What the decision says besides its outcome, which follows from the votes."""

    model_config = ConfigDict(extra="forbid")

    reasons: Prose | None = Field(
        default=None,
        description="Reasons, told to the applicant; wanted unless granted.",
        examples=["Too few members."],
    )
    conditions: Prose | None = Field(
        default=None, description="Of a deferral: what is to be done.", examples=["Send the new statutes."]
    )
    deferred_until: CivilDay | None = Field(
        default=None, description="Of a deferral: until when; a day to come.", examples=["2021-09-30"]
    )


class Notice(BaseModel):
    """On which day the applicant was told."""

    model_config = ConfigDict(extra="forbid")

    notified_on: CivilDay = Field(description="Day on which the notice went out.", examples=["2021-04-20"])


class DecisionQuery(PageQuery):
    """Which decisions to list."""

    assessment: UUID | None = Field(default=None, description="Only about this assessment.")
    state: DecisionState | None = Field(default=None, description="Only in this state.")


class VotingRuleRead(BaseModel):
    """How votes are counted; bound when the decision was opened."""

    applies_from: date = Field(description="First day on which the rule applied.")
    quorum_percent: int = Field(description="Votes that count, as a share of the members who may vote.", ge=0, le=100)
    fewest_votes: int = Field(description="Fewest votes that count.", ge=0, le=1000)
    majority_percent: int = Field(description="An outcome needs more than this share of them.", ge=0, le=100)
    recusal: Recusal = Field(
        default=Recusal.ORGANISATION, description="Which members are recused besides those who had a hand in the case."
    )


class DecisionRead(BaseModel):
    """A decision."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    number: str = Field(description="Number with check digits.", max_length=40, examples=["DE-2021-000001-02"])
    assessment_id: UUID = Field(description="The assessment decided about.")
    serial: int = Field(description="Number among the decisions about it.", ge=1, le=1000)
    kind: DecisionKind = Field(description="Why there is a decision.")
    previous_id: UUID | None = Field(description="The decision appealed against.")
    state: DecisionState = Field(description="Where it stands.")
    is_final: bool = Field(description="Whether it is the one that holds; to the applicant, as far as was told.")
    body: str = Field(description="Who decides about this level.", max_length=300)
    meeting_on: date | None = Field(description="Day of the meeting.")
    chair_id: UUID | None = Field(description="Who chairs it; not told to the applicant.")
    report_digest: Sha256 = Field(description="Seal of the report it rests on.")
    inputs_digest: Sha256 = Field(description="SHA-256 (RFC 8785) of everything it is computed from.")
    result_digest: Sha256 = Field(description="SHA-256 (RFC 8785) of what was computed.")
    engine: str = Field(description="Version of the engine that computed it.", max_length=40)
    rounding: str = Field(description="The rule of rounding.", max_length=300)
    passes: bool = Field(description="Whether the report reaches the requirements of the level.")
    refusals: list[str] = Field(description="What the level lacks by the rules.", max_length=200)
    voting: VotingRuleRead = Field(description="How votes are counted.")
    tally: dict[Choice, Count] | None = Field(description="Votes by choice; not told to the applicant.", max_length=5)
    reasons: str | None = Field(description="Reasons.", max_length=5000)
    conditions: str | None = Field(description="Of a deferral: what is to be done.", max_length=5000)
    deferred_until: date | None = Field(description="Of a deferral: until when.")
    conditions_standing: ConditionsStanding | None = Field(
        description="Of a deferral: whether its conditions are open, met, or lapsed because their day has passed."
    )
    conditions_met_on: date | None = Field(description="Day on which the conditions were met.")
    conditions_met_how: str | None = Field(description="How they were met.", max_length=5000)
    label_id: UUID | None = Field(description="The label that was awarded with the notice.")
    concluded_at: datetime | None = Field(description="When it was concluded.")
    notified_on: date | None = Field(description="Day on which the applicant was told.")
    appealable_until: date | None = Field(description="Last day on which an appeal is in time.")
    version: Annotated[int, Field(ge=1)] | None = Field(
        description="Version; every vote raises it, so that it is not told to the applicant."
    )
    created_at: datetime = Field(description="When it was opened.")
    updated_at: datetime | None = Field(description="When it last changed; not told to the applicant.")
    allowed_moves: list[str] = Field(description="What you can do with it now.", max_length=10)


class RecordRead(BaseModel):
    """Everything a decision was computed from, and what came out, with the trace of every rule."""

    inputs: dict[str, Any] = Field(description="Editions, sheet, days, digests of scores and evidence.", max_length=20)
    result: dict[str, Any] = Field(description="Score with trace, and what the level lacks.", max_length=10)


class VoteRead(BaseModel):
    """A vote."""

    person_id: UUID = Field(description="Who voted.")
    choice: Choice = Field(description="What was chosen.")
    reason: str | None = Field(description="Why; null once erased.", max_length=5000)
    cast_at: datetime = Field(description="When.")


class DifferenceRead(BaseModel):
    """A place in which what was computed again differs from what is kept."""

    pointer: str = Field(description="RFC 6901 pointer into what is kept.", max_length=500)
    kept: str = Field(description="What is kept.", max_length=1000)
    computed: str = Field(description="What was computed.", max_length=1000)


class ReplayRead(BaseModel):
    """A decision computed again from what it keeps."""

    decision_id: UUID = Field(description="The decision.")
    is_identical: bool = Field(description="Whether everything is as it was.")
    engine_then: str = Field(description="Version of the engine that computed it.", max_length=40)
    engine_now: str = Field(description="Version of the engine that computed it again.", max_length=40)
    result_digest: Sha256 = Field(description="SHA-256 (RFC 8785) of what was computed again.")
    differences: list[DifferenceRead] = Field(description="Every place that differs, up to a hundred.", max_length=100)
