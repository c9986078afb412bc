"""What goes out about jobs, and how lists of them are asked for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from cluster_api.foundation.paging import PageQuery
from cluster_api.jobs.states import JobState, RowOutcome

BIGGEST = 2_147_483_647
EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one row of a file; ``pointer`` is RFC 6901 into the file, such as ``/rows/17/city``."""

    outcome: RowOutcome
    row: int
    pointer: str
    code: str
    sentence: str


class FindingRead(BaseModel):
    """What became of one row, or what a person should know of it."""

    row: int = Field(description="Line of the file, or row of the sheet; 0 for the whole file.", ge=0, le=BIGGEST)
    outcome: RowOutcome = Field(description="What became of the row, or in a rehearsal would become of it.")
    pointer: str = Field(description="JSON Pointer (RFC 6901) into the file.", max_length=2000, examples=["/rows/17"])
    code: str = Field(description="Short code.", max_length=100, examples=["likely_duplicate"])
    sentence: str = Field(description="What was found, in a sentence.", max_length=4000)


class ProgressRead(BaseModel):
    """How far a job is."""

    done: int = Field(description="Units done.", ge=0, le=BIGGEST)
    total: int | None = Field(description="Units in all, or null if nobody knows before the end.", ge=0, le=BIGGEST)
    unit: str = Field(description="What is counted.", max_length=40, examples=["lines"])


class CountsRead(BaseModel):
    """How many rows had each outcome; in a rehearsal, would have."""

    created: int = Field(default=0, description="Rows that made a new record.", ge=0, le=BIGGEST)
    changed: int = Field(default=0, description="Rows that changed a record.", ge=0, le=BIGGEST)
    left: int = Field(default=0, description="Rows that say nothing new.", ge=0, le=BIGGEST)
    refused: int = Field(default=0, description="Rows that were refused.", ge=0, le=BIGGEST)
    noted: int = Field(default=0, description="Remarks about rows counted elsewhere.", ge=0, le=BIGGEST)


class JobProblem(BaseModel):
    """Why a job failed: type, title and detail as in a problem document (RFC 9457)."""

    type: str = Field(description="Address of the page that explains it.", max_length=200)
    title: str = Field(description="The type in one sentence.", max_length=300)
    detail: str = Field(description="What happened.", max_length=4000)


class JobBrief(BaseModel):
    """A job in a list."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    kind: str = Field(description="What kind of work it is.", max_length=40, examples=["import"])
    state: JobState = Field(description="Where it is in its life.")
    request: dict[str, str | int | bool | None] = Field(description="What was asked for; members depend on the kind.")
    author: str = Field(description="Who asked for it.", max_length=200)
    progress: ProgressRead = Field(description="How far it is.")
    counts: CountsRead = Field(description="Rows by outcome.")
    requested_at: datetime = Field(description="When it was asked for.")
    started_at: datetime | None = Field(description="When work on it began.")
    finished_at: datetime | None = Field(description="When it ended.")
    cancel_requested_at: datetime | None = Field(description="When it was cancelled; it ends after its present batch.")
    problem: JobProblem | None = Field(description="Why it failed.")
    allowed_moves: list[str] = Field(
        description="What this caller can do with it now.", max_length=10, examples=[["cancel"]]
    )


class JobRead(JobBrief):
    """A job with the first of its findings, refusals before everything else."""

    findings: list[FindingRead] = Field(
        description="The first findings; `/v1/jobs/{id}/findings` lists all that are kept.", max_length=20
    )


class StateQuery(PageQuery):
    """Which jobs of one kind, the latest first."""

    state: JobState | None = Field(default=None, description="State of the job.")


class JobQuery(StateQuery):
    """Which jobs, the latest first."""

    kind: str | None = Field(
        default=None, max_length=40, pattern="^[a-z_]+$", description="Kind of work.", examples=["import"]
    )


class FindingQuery(PageQuery):
    """Which findings, in the order of the rows."""

    outcome: RowOutcome | None = Field(default=None, description="Outcome of the row.", examples=["refused"])
