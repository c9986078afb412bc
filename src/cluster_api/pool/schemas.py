"""What goes in and out about the pool."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypeAliasType

from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.fields import DISTINCT, CivilDay, CodeOf, LanguageCode, Line, without_defaults
from cluster_api.foundation.paging import PageQuery
from cluster_api.organisations.schemas import EXAMPLE_ID, CountryOfSeat
from cluster_api.pool.states import AssessorState, EmploymentKind, QualificationRole
from cluster_api.vocabularies.queries import codes


def _codes_of_conduct() -> frozenset[str]:
    return frozenset(row["version"] for row in data_rows("cluster_api.pool", "codes_of_conduct"))


UNIQUE: dict[str, Any] = {"uniqueItems": True}
PortfolioOfPool = TypeAliasType(
    "PortfolioOfPool", Annotated[str, CodeOf(partial(codes, "comparative-portfolios"), "One of 14 portfolios.")]
)
CodeVersion = TypeAliasType(
    "CodeVersion", Annotated[str, CodeOf(_codes_of_conduct, "A version of the code of conduct.")]
)
Languages = Annotated[list[LanguageCode], Field(min_length=1, max_length=30, json_schema_extra=UNIQUE), DISTINCT]
Portfolios = Annotated[list[PortfolioOfPool], Field(max_length=14, json_schema_extra=UNIQUE), DISTINCT]


class EmploymentCreate(BaseModel):
    """For whom an assessor works or worked."""

    model_config = ConfigDict(extra="forbid")

    kind: EmploymentKind = Field(default=EmploymentKind.EMPLOYED, description="Employed, self-employed, or neither.")
    organisation_id: UUID | None = Field(default=None, description="The employer, if it is an organisation known here.")
    name: Line | None = Field(
        default=None, description="Any other employer by name.", examples=["Cluster Consulting GmbH"]
    )
    began_on: CivilDay | None = Field(
        default=None, description="First day; unknown: since ever.", examples=["2018-03-01"]
    )
    ended_on: CivilDay | None = Field(default=None, description="Last day; unknown: it goes on.")

    @model_validator(mode="after")
    def _names_one_employer(self) -> Self:
        named = (self.organisation_id is not None) + (self.name is not None)
        if named != (self.kind is EmploymentKind.EMPLOYED):
            raise ValueError(
                "Who is employed names one employer, an organisation or another by name; others name none."
            )
        return self


class EmploymentEnd(BaseModel):
    """When an employment ended."""

    model_config = ConfigDict(extra="forbid")

    ended_on: CivilDay = Field(description="Last day.", examples=["2020-12-31"])


class AssessorCreate(BaseModel):
    """A person as taken into the pool."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID = Field(description="The person; the name stands there only.", examples=[EXAMPLE_ID])
    country: CountryOfSeat = Field(description="Country of residence: one of two must be a foreigner.", examples=["IE"])
    languages: Languages = Field(description="Languages in which the person can assess.", examples=[["en", "fr"]])
    portfolios: Portfolios = Field(default=[], description="Portfolios the person knows.", examples=[["ICT"]])
    employment: EmploymentCreate | None = Field(default=None, description="Present employer; unknown until declared.")


class AssessorUpdate(BaseModel):
    """A merge patch (RFC 7396): absent members stay, lists are replaced."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)

    country: CountryOfSeat = Field(default="", description="Country of residence.")
    languages: Languages = Field(default=[], description="Languages; also by the assessor.", examples=[["en", "de"]])
    portfolios: Portfolios = Field(default=[], description="Portfolios the person knows.")
    unavailable_until: CivilDay | None = Field(
        default=None, description="Last day on which no work is taken; also by the assessor."
    )


class EmploymentRead(BaseModel):
    """For whom an assessor works or worked."""

    id: UUID = Field(description="Identifier.")
    kind: EmploymentKind = Field(description="Employed, self-employed, or neither.")
    organisation_id: UUID | None = Field(description="The employer, if known here.")
    name: str | None = Field(description="Name of the employer.", max_length=300)
    began_on: date | None = Field(description="First day; null: unknown, counted as since ever.")
    ended_on: date | None = Field(description="Last day; null: it goes on.")


class QualifiedFor(BaseModel):
    """A role for which somebody is qualified today."""

    role: QualificationRole = Field(description="The role.")
    valid_until: date = Field(description="Last day.")


class AssessorRead(BaseModel):
    """An assessor of the pool."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    person_id: UUID = Field(description="The person.")
    name: str | None = Field(description="Name; told to oneself and to who may see people.", max_length=300)
    country: str = Field(description="Country of residence, ISO 3166-1 alpha-2.", max_length=2)
    languages: list[str] = Field(description="Languages, BCP 47.", max_length=30)
    portfolios: list[str] = Field(description="Portfolios the person knows.", max_length=14)
    employments: list[EmploymentRead] = Field(description="Employments of today; none: unknown.", max_length=50)
    qualifications: list[QualifiedFor] = Field(description="Roles with a valid qualification today.", max_length=50)
    state: AssessorState = Field(description="Whether the assessor is given work.")
    unavailable_until: date | None = Field(description="Last day on which no work is taken.")
    version: int = Field(description="Number of the last change of anything recorded.", ge=1, le=2_147_483_647)
    created_at: datetime = Field(description="When recorded.")
    updated_at: datetime = Field(description="When last changed.")
    allowed_moves: list[str] = Field(description="What this caller can do now.", max_length=20, examples=[["update"]])


class AssessorQuery(PageQuery):
    """Which assessors, in the order in which they came."""

    language: LanguageCode | None = Field(default=None, description="Can assess in this language.", examples=["fr"])
    portfolio: PortfolioOfPool | None = Field(default=None, description="Knows this portfolio.", examples=["ICT"])
    country: CountryOfSeat | None = Field(default=None, description="Lives there.", examples=["IE"])
    qualified_for: QualificationRole | None = Field(
        default=None, description="Has a qualification that covers this role today."
    )
    available_on: CivilDay | None = Field(
        default=None, description="Active, and not away on this day.", examples=["2021-06-01"]
    )
    state: AssessorState | None = Field(default=None, description="Active, suspended or retired.")


class CodeAccept(BaseModel):
    """Acceptance of the code of conduct."""

    model_config = ConfigDict(extra="forbid")

    version: CodeVersion = Field(description="The version accepted.", examples=["2019"])


class CodeAcceptanceRead(BaseModel):
    """A version of the code of conduct that was accepted."""

    version: str = Field(description="The version.", max_length=40)
    accepted_on: date = Field(description="When.")
    is_current: bool = Field(description="Whether it is the version that applies today.")
