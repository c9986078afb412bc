"""What goes in and out about the sheets of a case."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.assessments.states import AssignmentRole, SheetKind
from cluster_api.foundation.fields import Prose
from cluster_api.indicators.rules import FormBody
from cluster_api.indicators.schemas import FieldName
from cluster_api.methodology.queries import shipped_sheets

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"
ScoreSheet = Annotated[dict[str, Any], FormBody("ScoreSheet", shipped_sheets)]
Comments = Annotated[dict[FieldName, Prose], Field(max_length=200)]
Named = Annotated[list[UUID], Field(max_length=50)]
NamedEvidence = Annotated[dict[FieldName, Named], Field(max_length=200)]
COMMENTS: dict[str, Any] = {"strategic_focus": "From exchange of information to joint projects."}


class SheetWrite(BaseModel):
    """A whole sheet: a value for every indicator, and what belongs to it."""

    model_config = ConfigDict(extra="forbid")

    sheet: ScoreSheet = Field(description="One typed value an indicator, as the bound set asks for.")
    comments: Comments = Field(default={}, description="By indicator: why.", examples=[COMMENTS])
    evidence: NamedEvidence = Field(default={}, description="By indicator: files of evidence.", examples=[{}])


class ImprovementWrite(BaseModel):
    """An area in which the cluster says that it improved."""

    model_config = ConfigDict(extra="forbid")

    indicator: FieldName = Field(description="Field of the indicator.", examples=["strategy_review"])
    before: Prose = Field(description="How it was.", examples=["No review."])
    after: Prose = Field(description="How it is.", examples=["A review every year."])
    effect: Prose = Field(description="What came of it for the cluster.", examples=["Three new working groups."])
    evidence: Named = Field(default=[], description="Files of evidence.", examples=[[]])


Improvements = Annotated[list[ImprovementWrite], Field(max_length=20)]


class SelfAssessmentWrite(SheetWrite):
    """A whole self-assessment; for silver with the improvements."""

    improvements: Improvements = Field(default=[], description="For silver: improvements, on different indicators.")


class SelfAssessmentUpdate(BaseModel):
    """A merge patch of a self-assessment (RFC 7396): what is not named stays, null takes away, lists are replaced."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"sheet": {"strategic_focus": 4}, "comments": COMMENTS}]}
    )

    sheet: dict[FieldName, Any] = Field(default={}, description="Values by indicator.", max_length=210)
    comments: dict[FieldName, Prose | None] = Field(default={}, description="By indicator: why.", max_length=200)
    evidence: dict[FieldName, Named | None] = Field(default={}, description="By indicator: files.", max_length=200)
    improvements: Improvements | None = Field(default=None, description="For silver: all improvements anew.")


class ConsensusWrite(SheetWrite):
    """The sheet on which the assessors agree: reasons where it differs, evidence for full marks."""

    confirmed: dict[FieldName, bool] = Field(
        default={}, description="For silver: whether each improvement is confirmed.", max_length=20, examples=[{}]
    )


class ImprovementRead(BaseModel):
    """An improvement, and its verdict in the consensus."""

    indicator: str = Field(description="Field of the indicator.", max_length=60)
    before: str | None = Field(description="How it was.", max_length=5000)
    after: str | None = Field(description="How it is.", max_length=5000)
    effect: str | None = Field(description="What came of it for the cluster.", max_length=5000)
    evidence: list[UUID] = Field(description="Files of evidence.", max_length=50)
    confirmed: bool | None = Field(description="Whether it is confirmed; only in the consensus.")


class SheetRead(BaseModel):
    """A sheet of a case."""

    kind: SheetKind = Field(description="Whose it is.")
    assignment_id: UUID | None = Field(description="Of scores: the assignment of who scored.")
    role: AssignmentRole | None = Field(description="Of scores: the role of who scored.")
    sheet: dict[str, Any] = Field(description="Values by indicator.")
    comments: dict[str, str] = Field(description="By indicator: why.")
    evidence: dict[str, list[UUID]] = Field(description="By indicator: files of evidence.")
    improvements: list[ImprovementRead] = Field(description="For silver: improvements.", max_length=20)
    points: dict[str, int] = Field(description="Points by code of the indicator, once the sheet is whole.")
    total: int | None = Field(description="Sum of the points, once the sheet is whole.", ge=0, le=100_000)
    handed_in_at: datetime | None = Field(description="When it was handed in.")
    version: int = Field(description="Version; 0 while there is nothing.", ge=0)


class ScoresRead(BaseModel):
    """The caller's own scores, and those of others once all who score have submitted theirs."""

    own: SheetRead | None = Field(description="The caller's own, if the caller scores.")
    others: list[SheetRead] = Field(description="Those of others; empty before all are in.", max_length=10)
    all_in: bool = Field(description="Whether all who score have submitted theirs.")
