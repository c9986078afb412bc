"""What goes in and out about indicators, reports of progress and the figures of the programme."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cluster_api.foundation.fields import CivilDay, Prose
from cluster_api.foundation.paging import PageQuery
from cluster_api.programme.states import KpiSource, ProgressState

Flag = Annotated[str, Field(max_length=1)]
Count = Annotated[int, Field(ge=0)]
MOST_KPIS = 60


class KpiQuery(BaseModel):
    """As of which day."""

    model_config = ConfigDict(extra="forbid")

    at: CivilDay | None = Field(default=None, description="What was reached by this day; today if left out.")


class KpiRead(BaseModel):
    """An indicator of a partnership: its target, what it has reached, and where that comes from."""

    kpi: str = Field(description="The indicator, a code of the vocabulary `kpis`.", max_length=40)
    label: str = Field(description="What it counts.", max_length=500)
    unit: str = Field(description="Its unit.", max_length=40, examples=["count"])
    counting_rule: str | None = Field(description="What is counted once.", max_length=500)
    target: int | None = Field(description="What it shall reach; null if none was set.", ge=0)
    value: int | None = Field(description="What it has reached; null if nothing was declared.", ge=0)
    source: KpiSource = Field(description="Computed from records, or declared.")
    reached_on: date | None = Field(description="Day of the declaration; null if computed.")
    evidence: str | None = Field(description="Where a declared value can be seen.", max_length=5000)


class KpiList(BaseModel):
    """The indicators of a partnership by a day, in the order of the vocabulary."""

    partnership_id: UUID = Field(description="The partnership.")
    acronym: str = Field(description="Its short name.", max_length=60)
    at: date = Field(description="The day.")
    indicators: list[KpiRead] = Field(description="Every indicator of the vocabulary.", max_length=MOST_KPIS)


class ProgressSubmit(BaseModel):
    """A report of progress; its first day and its indicators are known already."""

    model_config = ConfigDict(extra="forbid")

    until: CivilDay = Field(description="Last day of the period.", examples=["2021-01-14"])
    summary: Prose = Field(description="What was done and reached.", examples=["All trainings were held."])
    deviations: Prose | None = Field(
        default=None, description="What went otherwise than planned, and why.", examples=["Two visits were put off."]
    )


class ProgressReportRead(BaseModel):
    """A report of progress, with the indicators as they stood when it was sent."""

    number: int = Field(description="Number of the report of this partnership.", ge=1)
    partnership_id: UUID = Field(description="The partnership.")
    since: date = Field(description="First day of the period.")
    until: date = Field(description="Last day of the period.")
    summary: str = Field(description="What was done and reached.", max_length=5000)
    deviations: str | None = Field(description="What went otherwise than planned, and why.", max_length=5000)
    indicators: list[KpiRead] = Field(
        description="The indicators at the last day, as records told when it was sent.", max_length=MOST_KPIS
    )
    digest: str = Field(
        description="SHA-256 of the canonical form (RFC 8785) of period, texts and indicators.", max_length=64
    )
    state: ProgressState = Field(description="Where it stands.")
    submitted_at: datetime = Field(description="When it was sent.")
    answer: str | None = Field(description="What was answered.", max_length=5000)
    answered_at: datetime | None = Field(description="When.")
    version: int = Field(description="Number of the last change.", ge=1)
    allowed_moves: list[str] = Field(description="What this caller can do with it now.", max_length=2)


class ProgressQuery(PageQuery):
    """Which reports of progress."""

    state: ProgressState | None = Field(default=None, description="Where they stand.")


class ProgressAnswer(BaseModel):
    """The answer to a report of progress."""

    model_config = ConfigDict(extra="forbid")

    answer: Prose = Field(description="What is said about it.", examples=["In line with the plan."])


class ProgrammeFigure(BaseModel):
    """An indicator over all partnerships."""

    kpi: str = Field(description="The indicator, a code of the vocabulary `kpis`.", max_length=40)
    label: str = Field(description="What it counts.", max_length=500)
    unit: str = Field(description="Its unit.", max_length=40)
    target: int = Field(description="The targets of all partnerships together.", ge=0)
    value: int | None = Field(description="What was reached; null if suppressed, or if nothing was declared.", ge=0)
    source: KpiSource = Field(description="Computed from records, or declared by partnerships.")
    flag: Flag | None = Field(description="`c` if the cell is confidential.")


class CallOutcome(BaseModel):
    """What the partnerships of a call have reached together; each thing counts once."""

    kpi: str = Field(description="The indicator, a code of the vocabulary `kpis`.", max_length=40)
    label: str = Field(description="What it counts.", max_length=500)
    unit: str = Field(description="Its unit.", max_length=40)
    value: int | None = Field(description="What was reached; null if suppressed.", ge=0)
    flag: Flag | None = Field(description="`c` if the cell is confidential.")


class CallFigures(BaseModel):
    """What a call has funded, facts that are public one by one, and what came of it."""

    call: str = Field(description="Code of the call.", max_length=40)
    partnerships: Count = Field(description="Partnerships that began by the day.")
    partner_organisations: Count = Field(description="Cluster organisations that are or were partners, each once.")
    countries: Count = Field(description="Countries of these partners, each once.")
    grants_cents: Count = Field(description="Grants, in cents.")
    currency: str = Field(description="ISO 4217.", max_length=3)
    outcomes: list[CallOutcome] = Field(
        description="What came of it by records of activities: organisations helped, managers trained, enterprises "
        "reached and more, in the order of the vocabulary `kpis`.",
        max_length=MOST_KPIS,
    )


class PublishedBeside(BaseModel):
    """A figure that was published elsewhere, beside what records here add up to."""

    code: str = Field(description="Code of the vocabulary `published-figures`.", max_length=200)
    figure: str = Field(description="What it counts.", max_length=500)
    value: int | None = Field(description="Value as a number, if one was published.")
    value_as_published: str = Field(description="As it was written.", max_length=200)
    qualifier: str | None = Field(description="How exact it is.", max_length=40, examples=["exactly"])
    unit: str = Field(description="Its unit.", max_length=40)
    as_of: str = Field(description="Of which time it is.", max_length=40)
    source: str = Field(description="Where it was published.", max_length=500)
    calls: list[Annotated[str, Field(max_length=40)]] = Field(description="Calls it is about.", max_length=20)
    recorded: int | None = Field(
        description="The same from records of these calls, on that day or today if that is earlier; null if suppressed."
    )
    flag: Flag | None = Field(description="`c` if what is recorded is confidential.")


class ProgrammeFigures(BaseModel):
    """What the programme has reached by a day."""

    at: date = Field(description="The day.")
    fewest: int = Field(
        description="Cells about fewer organisations or persons are suppressed, with what would reveal them.", ge=1
    )
    partnerships: Count = Field(description="Partnerships that began by the day.")
    partner_organisations: Count = Field(description="Cluster organisations that are or were partners, each once.")
    countries: Count = Field(description="Countries of these partners, each once.")
    grants_cents: Count = Field(description="Grants, in cents.")
    currency: str = Field(description="ISO 4217.", max_length=3)
    calls: list[CallFigures] = Field(description="By call, in the order of codes.", max_length=1000)
    indicators: list[ProgrammeFigure] = Field(
        description="Indicators over all partnerships; a thing that several have counted is counted once.",
        max_length=MOST_KPIS,
    )
    published: list[PublishedBeside] = Field(description="Figures that were published elsewhere.", max_length=1000)

    @model_validator(mode="after")
    def _calls_add_up(self) -> Self:
        if self.partnerships != sum(one.partnerships for one in self.calls):
            raise ValueError("Every partnership belongs to one call.")
        return self
