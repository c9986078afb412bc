"""The states of a job, what can be done to one, and what can become of each of its rows."""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow


class JobState(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    """Nobody works on it yet, or it goes on after the process that did has ended."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    """Done; single rows may have been refused if that was allowed."""
    FAILED = "failed"
    """Given up; nothing of what it had not committed stays."""
    CANCELLED = "cancelled"


JOB = Workflow(
    name="The job",
    column="state",
    moves=(
        Move(JobState.QUEUED, "start", JobState.RUNNING, "imports:run", "a worker is free"),
        Move(JobState.QUEUED, "cancel", JobState.CANCELLED, "imports:run"),
        Move(JobState.RUNNING, "succeed", JobState.SUCCEEDED, "imports:run", "every row was looked at"),
        Move(JobState.RUNNING, "fail", JobState.FAILED, "imports:run", "it cannot go on, or must not"),
        Move(JobState.RUNNING, "release", JobState.QUEUED, "imports:run", "its process ends"),
        Move(JobState.RUNNING, "cancel", JobState.CANCELLED, "imports:run", "at the end of a batch"),
    ),
)

ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class RowOutcome(StrEnum):
    """What became of a row, or in a rehearsal would become of it."""

    CREATED = "created"
    CHANGED = "changed"
    LEFT = "left"
    """Everything it says is on record already."""
    REFUSED = "refused"
    NOTED = "noted"
    """Something that a person should know; the row itself is counted elsewhere."""
