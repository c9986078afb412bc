"""Tables of jobs. A job's row is written by the one process that works on it, and by whoever cancels it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Code, Identifier, Key, Reference, one_of
from cluster_api.jobs.states import JobState, RowOutcome


class Job(Base):
    """A piece of long work: what was asked, who works on it, how far it is, and how it ended.

    ``worker`` names the process that works on it; each of its writes is made only while it still does, so that two
    processes never finish the same job. ``heartbeat_at`` is its last sign of life. ``resume_line`` is the last line of
    the file whose effects are committed.
    """

    __tablename__ = "job"
    __table_args__ = (
        one_of("state", JobState),
        sa.CheckConstraint("done >= 0", name="done_not_negative"),
        sa.Index("ix_job_state", "state", "id"),
    )

    id: Mapped[Key]
    kind: Mapped[Code]
    state: Mapped[JobState] = mapped_column(Choice(JobState))
    request: Mapped[dict[str, Any]]
    organisation_id: Mapped[Reference | None] = mapped_column(index=True)
    author: Mapped[str] = mapped_column(sa.String(200))
    request_id: Mapped[str] = mapped_column(sa.String(32))
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    worker: Mapped[str | None] = mapped_column(Identifier)
    done: Mapped[int]
    total: Mapped[int | None]
    resume_line: Mapped[int]
    counts: Mapped[dict[str, int]]
    problem: Mapped[dict[str, Any] | None]
    version: Mapped[int]


class JobFinding(Base):
    """What was found out about one row: its outcome, the place, a short code and a sentence.

    Of each outcome a bounded number is kept; the counts of the job tell of all.
    """

    __tablename__ = "job_finding"
    __table_args__ = (one_of("outcome", RowOutcome),)

    job_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outcome: Mapped[RowOutcome] = mapped_column(Choice(RowOutcome))
    row: Mapped[int]
    pointer: Mapped[str] = mapped_column(sa.Text)
    code: Mapped[str] = mapped_column(sa.String(100))
    sentence: Mapped[str] = mapped_column(sa.Text)
