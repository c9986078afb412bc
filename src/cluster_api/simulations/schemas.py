"""What goes in and out about simulations."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.clusters.states import Level
from cluster_api.foundation.fields import WHOLE, CivilDay
from cluster_api.foundation.paging import PageQuery
from cluster_api.jobs.states import JobState
from cluster_api.simulations.states import CountedBy, SimulatedOutcome, SimulatedReason

MOST = 2_147_483_647
Count = Annotated[int, Field(ge=0, le=MOST)]
EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"


class SimulationCreate(BaseModel):
    """Which version is studied, and on which assessments."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=10_000, strict=True), WHOLE] | None = Field(
        default=None, description="Number of the version; the last there is if left out.", examples=[1]
    )
    since: CivilDay | None = Field(
        default=None, description="First day on which reports were sealed; only for who sees cases.", examples=[None]
    )
    until: CivilDay | None = Field(
        default=None,
        description="Last such day; the end of the last year if left out; only for who sees cases.",
        examples=[None],
    )


class OutcomeCounts(BaseModel):
    """How many assessments have each outcome; null is kept back and counted in `untold`."""

    cases: Count = Field(description="Assessments in all.")
    keeps: Count | None = Field(description="Reached the level by their own set, and surely by the draft.")
    gains: Count | None = Field(description="Did not reach it, and surely would.")
    loses: Count | None = Field(description="Reached it, and surely would not.")
    stays_out: Count | None = Field(description="Did not reach it, and surely would not.")
    open: Count | None = Field(description="What the draft asks anew decides.")
    not_rescored: Count | None = Field(description="Cannot be scored again; see `reasons`.")
    untold: Count = Field(description="Assessments whose outcome is kept back.")


class SimulationGroup(BaseModel):
    """The counts of one group."""

    group: str | None = Field(
        description="Its code; null of all those together that are too small to be told.", max_length=40
    )
    counts: OutcomeCounts = Field(description="Its counts.")


class SimulationTable(BaseModel):
    """The same assessments, counted by one thing."""

    by: CountedBy = Field(description="What they are counted by.")
    groups: list[SimulationGroup] = Field(
        description="Groups that add up to the total; none if they cannot be told.", max_length=1000
    )


class ReasonCount(BaseModel):
    """How many assessments are open or not scored again for a reason."""

    reason: SimulatedReason = Field(description="The reason.")
    cases: Count = Field(description="Assessments.")


class SetCoverage(BaseModel):
    """What of the sheets of one set the draft can score."""

    methodology: str = Field(description="Code of the set by which they were assessed.", max_length=40)
    version: int = Field(description="Its version.", ge=1)
    cases: Count | None = Field(description="Assessments by it; null where too few to be told.")
    carried_over: float = Field(description="Share of the draft's indicators whose value is carried over.", ge=0, le=1)
    covered: float = Field(description="Share of the draft's indicators that follow something.", ge=0, le=1)
    scored_points: Count = Field(description="Points of the draft that carried values decide.")
    max_points: Count = Field(description="Points of the draft.")
    not_carried: list[str] = Field(description="Codes of the draft that have to be judged anew.", max_length=200)
    dropped: list[str] = Field(description="Codes of the set that nothing in the draft follows.", max_length=200)


class SimulationSummary(BaseModel):
    """A simulation in a list."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    methodology: str = Field(description="Code of the set studied.", max_length=40)
    version: int = Field(description="Its version.", ge=1)
    digest: str = Field(description="SHA-256 (RFC 8785) of the document by which it scores.", max_length=64)
    is_current: bool = Field(description="Whether the version still says what was studied.")
    since: date | None = Field(description="First day on which the reports were sealed; null from the beginning.")
    until: date = Field(description="Last such day.")
    state: JobState = Field(description="Whether it waits, runs, or how it ended.")
    done: Count = Field(description="Assessments done.")
    job_id: UUID | None = Field(description="The job that does it; none if it was done at once.")
    requested_at: datetime = Field(description="When it was asked for.")
    completed_at: datetime | None = Field(description="When it was done.")


class SimulationRead(SimulationSummary):
    """A simulation with what came out. Scores of different sets stand side by side and are never averaged."""

    is_suppressed: bool = Field(description="Whether small counts are kept back from this caller.")
    fewest_shown: Count | None = Field(description="Least count that is shown; null if nothing is kept back.")
    total: OutcomeCounts | None = Field(description="All assessments; null before the end, or if too few.")
    tables: list[SimulationTable] = Field(description="The same by level, country, size, portfolio.", max_length=4)
    reasons: list[ReasonCount] | None = Field(description="Why open or not scored again; null if kept back.")
    coverage: list[SetCoverage] = Field(description="What of each set could be carried over.", max_length=1000)


class SimulatedCase(BaseModel):
    """One assessment under the draft. Both scores are told, and none of the two together."""

    assessment_id: UUID = Field(description="The assessment.")
    level: Level = Field(description="Level applied for.")
    outcome: SimulatedOutcome = Field(description="What becomes of it.")
    reason: SimulatedReason | None = Field(description="Why it is open or not scored again.")
    methodology: str = Field(description="Code of its own set.", max_length=40)
    methodology_version: int = Field(description="Version of its own set.", ge=1)
    points: Count | None = Field(description="Points by its own set.")
    max_points: Count | None = Field(description="Points possible by its own set.")
    fewest_points: Count | None = Field(description="Points by the draft if what is asked anew is worth nothing.")
    most_points: Count | None = Field(description="Points by the draft if it is worth full marks.")


class SimulatedCaseQuery(PageQuery):
    """Which assessments of a simulation."""

    outcome: SimulatedOutcome | None = Field(default=None, description="Outcome.", examples=["loses"])
