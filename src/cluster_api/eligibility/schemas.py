"""What goes in and out about the checklist of an application."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.assessments.schemas import Bound
from cluster_api.foundation.fields import Prose

CriterionCode = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$")]


class EligibilityWrite(BaseModel):
    """The filled checklist of the criteria that the case is bound to."""

    model_config = ConfigDict(extra="forbid")

    checklist: dict[str, Any] = Field(
        description="The form of the bound criteria; `/v1/methodologies/{code}/schema` describes it.",
        max_length=110,
        examples=[{"methodology": "ELIGIBILITY-2019", "legal_entity": True}],
    )


class CriterionWaive(BaseModel):
    """Which criterion is waived, and why."""

    model_config = ConfigDict(extra="forbid")

    criterion: CriterionCode = Field(description="Code of the criterion.", examples=["E3"])
    reason: Prose = Field(
        description="Why it is waived.", examples=["A social-economy cluster of a national programme."]
    )


class CaseCriterion(BaseModel):
    """A criterion, and how it stands."""

    code: str = Field(description="Code.", max_length=20, examples=["E3"])
    title: str = Field(description="Name for people.", max_length=300)
    wanted: str = Field(description="What is wanted, in words.", max_length=4000)
    is_met: bool = Field(description="Whether the checklist meets it; no while it is not answered.")
    is_waivable: bool = Field(description="Whether it can be waived with a reason.")
    waived: str | None = Field(description="Why it is waived.", max_length=5000)


class EligibilityRead(BaseModel):
    """The checklist, and each criterion."""

    eligibility_set: Bound = Field(description="The criteria that the case is bound to.")
    checklist: dict[str, Any] = Field(description="Answers so far.")
    criteria: list[CaseCriterion] = Field(description="Every criterion.", max_length=100)
    unmet: list[str] = Field(description="Codes of those neither met nor waived.", max_length=100)
