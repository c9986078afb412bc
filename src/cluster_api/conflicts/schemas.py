"""What goes in and out about interests, conflicts, pins and waivers."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cluster_api.conflicts.states import (
    ConflictCertainty,
    ConflictKind,
    FactKind,
    InterestKind,
    PairRule,
    PinEffect,
    Source,
    TieKind,
)
from cluster_api.foundation.fields import CivilDay, Line, Prose
from cluster_api.organisations.schemas import EXAMPLE_ID

EXAMPLE_KEY = "0123456789abcdef0123456789abcdef"
ConflictKey = Annotated[str, Field(min_length=32, max_length=32, pattern="^[0-9a-f]{32}$")]


class InterestCreate(BaseModel):
    """What an assessor has to do with a cluster, an organisation, or something else by name: exactly one of them."""

    model_config = ConfigDict(extra="forbid")

    kind: InterestKind = Field(description="What it is.", examples=["coaching"])
    cluster_id: UUID | None = Field(default=None, description="The cluster.")
    organisation_id: UUID | None = Field(default=None, description="The organisation, if known here.")
    name: Line | None = Field(default=None, description="Anything else by name.", examples=["Tidal Energy Cluster"])
    began_on: CivilDay | None = Field(
        default=None, description="First day; unknown: since ever.", examples=["2018-03-01"]
    )
    ended_on: CivilDay | None = Field(default=None, description="Last day; unknown: it goes on.")
    statement: Prose | None = Field(
        default=None,
        description="In words; seen by the assessor, the secretariat and the auditor.",
        examples=["Two workshops on strategy."],
    )

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if (self.cluster_id is not None) + (self.organisation_id is not None) + (self.name is not None) != 1:
            raise ValueError("An interest is in one cluster, one organisation, or one other thing by name.")
        return self


class InterestEnd(BaseModel):
    """When an interest ended."""

    model_config = ConfigDict(extra="forbid")

    ended_on: CivilDay = Field(description="Last day.", examples=["2020-12-31"])


class InterestRead(BaseModel):
    """A declared interest; what was withdrawn stays on record."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    kind: InterestKind = Field(description="What it is.")
    cluster_id: UUID | None = Field(description="The cluster.")
    organisation_id: UUID | None = Field(description="The organisation.")
    name: str | None = Field(description="Anything else by name.", max_length=300)
    began_on: date | None = Field(description="First day; null: unknown, counted as since ever.")
    ended_on: date | None = Field(description="Last day; null: it goes on.")
    statement: str | None = Field(description="In words; told to oneself and to who may see people.", max_length=5000)
    source: Source = Field(description="Who declared it.")
    recorded_at: datetime = Field(description="When.")
    withdrawn_at: datetime | None = Field(description="When it was withdrawn as an error; it does not count since.")
    withdrawal_reason: str | None = Field(description="Why.", max_length=5000)


class DeclarationRead(BaseModel):
    """An assessor declared that every interest is on record."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    declared_on: date = Field(description="When.")


class StepRead(BaseModel):
    """One fact on the way from an assessor to a cluster."""

    fact: FactKind = Field(description="What kind of record.")
    fact_id: str | None = Field(
        description="The record; null if there is none, or it is about somebody else and not told to you.",
        max_length=36,
    )
    says: str = Field(description="What it says.", max_length=5000)
    began_on: date | None = Field(description="Since when.")
    ended_on: date | None = Field(description="Until when.")


class ConflictRead(BaseModel):
    """A conflict, explained by a path of dated facts."""

    key: str = Field(description="Names it as long as the same facts stand behind it.", max_length=32)
    kind: ConflictKind = Field(description="Why.")
    source: Source = Field(description="From whom it is known.")
    certainty: ConflictCertainty = Field(description="How sure it is; all count alike.")
    path: list[StepRead] = Field(description="From the assessor to the cluster.", max_length=5)
    cleared: str | None = Field(description="Why it does not count, if it was cleared.", max_length=5000)


class ConflictsRead(BaseModel):
    """The conflicts of an assessor with a cluster on a day."""

    assessor_id: UUID = Field(description="The assessor.")
    cluster_id: UUID = Field(description="The cluster.")
    on: date = Field(description="The day.")
    is_free: bool = Field(description="Whether every conflict was cleared, or there is none.")
    conflicts: list[ConflictRead] = Field(description="All of them, cleared ones too.", max_length=1000)


class ConflictsQuery(BaseModel):
    """With which cluster, on which day."""

    model_config = ConfigDict(extra="forbid")

    cluster_id: UUID = Field(description="The cluster.", examples=[EXAMPLE_ID])
    on: CivilDay | None = Field(default=None, description="The day; today if not given.", examples=["2021-06-01"])


class PinCreate(BaseModel):
    """A conflict that the secretariat knows of, or one that it clears."""

    model_config = ConfigDict(extra="forbid")

    cluster_id: UUID = Field(description="The cluster.", examples=[EXAMPLE_ID])
    effect: PinEffect = Field(description="Pins a conflict, or clears one.", examples=["conflict"])
    conflict_key: ConflictKey | None = Field(default=None, description="The conflict that is cleared.")
    reason: Prose = Field(
        description="Why, without personal details; seen by the assessor, and kept.",
        examples=["The cluster objected with good reasons."],
    )
    began_on: CivilDay | None = Field(default=None, description="First day; today if not given.")
    ended_on: CivilDay | None = Field(default=None, description="Last day; none: until withdrawn.")

    @model_validator(mode="after")
    def _clears_one(self) -> Self:
        if (self.effect is PinEffect.CLEAR) != (self.conflict_key is not None):
            raise ValueError("Who clears names the key of one conflict; who pins names none.")
        return self


class PinRead(BaseModel):
    """What the secretariat said about an assessor and a cluster."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    cluster_id: UUID = Field(description="The cluster.")
    effect: PinEffect = Field(description="Pins a conflict, or clears one.")
    conflict_key: str | None = Field(description="The conflict that is cleared.", max_length=32)
    reason: str = Field(description="Why.", max_length=5000)
    began_on: date = Field(description="First day.")
    ended_on: date | None = Field(description="Last day; null: until withdrawn.")
    recorded_at: datetime = Field(description="When recorded.")
    withdrawn_at: datetime | None = Field(description="When withdrawn; it does not count since.")
    withdrawal_reason: str | None = Field(description="Why withdrawn.", max_length=5000)


class WaiverCreate(BaseModel):
    """Two assessors may work together on a cluster although a rule about pairs speaks against it."""

    model_config = ConfigDict(extra="forbid")

    other_assessor_id: UUID = Field(description="The other of the two.", examples=[EXAMPLE_ID])
    cluster_id: UUID = Field(description="The cluster.", examples=[EXAMPLE_ID])
    rule: PairRule = Field(description="The rule that is waived.", examples=["one_foreigner"])
    reason: Prose = Field(
        description="Why, without personal details; it is kept.", examples=["Nobody else speaks the language."]
    )
    began_on: CivilDay | None = Field(default=None, description="First day; today if not given.")
    ended_on: CivilDay | None = Field(default=None, description="Last day; none: until withdrawn.")


class WaiverRead(BaseModel):
    """A rule about pairs that was waived."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    assessor_ids: list[UUID] = Field(description="The two.", max_length=2)
    cluster_id: UUID = Field(description="The cluster.")
    rule: PairRule = Field(description="The rule that is waived.")
    reason: str = Field(description="Why.", max_length=5000)
    began_on: date = Field(description="First day.")
    ended_on: date | None = Field(description="Last day; null: until withdrawn.")
    recorded_at: datetime = Field(description="When recorded.")
    withdrawn_at: datetime | None = Field(description="When withdrawn; it does not count since.")
    withdrawal_reason: str | None = Field(description="Why withdrawn.", max_length=5000)


class Tie(BaseModel):
    """Two clusters do something together, as told by the area that knows: ``source_id`` is the thing there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: TieKind
    source_id: str
    cluster_id: str
    other_id: str
    began_on: date
    ended_on: date | None = None
