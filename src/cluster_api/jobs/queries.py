"""What one can ask of jobs: one of them, all of them page by page, and what was found out row by row.

On the embedded database a process that writes holds the only lock, so its own progress cannot be read from the
database; it is kept here, in the memory of the process, and shown in its place.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.conditional import tag_of_version
from cluster_api.foundation.paging import Page, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.jobs.errors import JobNotFound
from cluster_api.jobs.models import Job, JobFinding
from cluster_api.jobs.schemas import (
    CountsRead,
    FindingQuery,
    FindingRead,
    JobBrief,
    JobProblem,
    JobQuery,
    JobRead,
    ProgressRead,
)
from cluster_api.jobs.states import ENDED, JobState, RowOutcome

FINDINGS_SHOWN = 20

progress_here: dict[str, tuple[int, dict[str, int]]] = {}
"""Lines done and counts of the jobs that this process works on, newer than what it has committed."""


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller may know of a job; raise its refusal to who sees none at all."""
    actor.must_any(Permission.IMPORTS_RUN, Permission.JOBS_READ_ALL)
    if actor.can(Permission.JOBS_READ_ALL):
        return sa.true()
    return Job.organisation_id.in_(actor.where(Permission.IMPORTS_RUN))


def get_job(session: Session, actor: Actor, job_id: str, *, kind: str | None = None, for_change: bool = False) -> Job:
    """Answer a job of which the caller may know.

    Raises:
        CredentialsRequired, PermissionMissing: the caller sees no jobs at all.
        JobNotFound: there is no such job, or it is another organisation's.
    """
    statement = sa.select(Job).where(Job.id == job_id, visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None or (kind is not None and found.kind != kind):
        raise JobNotFound
    return found


def tag_of(job: Job, actor: Actor) -> str:
    """Answer the entity tag of a job: while it runs it changes with the progress."""
    return tag_of_version(job.version, f"{_progress(job)[0]}{actor.view}")


def _progress(job: Job) -> tuple[int, dict[str, int]]:
    here = progress_here.get(job.id) if job.state is JobState.RUNNING else None
    return here if here is not None and here[0] >= job.done else (job.done, job.counts)


def brief_job(actor: Actor, job: Job) -> JobBrief:
    """Answer a job as lists show it to this caller."""
    done, counts = _progress(job)
    unit = str(job.request.get("unit", "lines"))
    ending = job.state in ENDED or job.cancel_requested_at is not None
    may_cancel = actor.can(Permission.IMPORTS_RUN) and not ending
    return JobBrief(
        id=job.id,
        kind=job.kind,
        state=job.state,
        request=job.request,
        author=job.author,
        progress=ProgressRead(done=done, total=None if job.total is None else max(job.total, done), unit=unit),
        counts=CountsRead(**counts),
        requested_at=job.requested_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        cancel_requested_at=job.cancel_requested_at,
        problem=None if job.problem is None else JobProblem(**job.problem),
        allowed_moves=["cancel"] if may_cancel else [],
    )


def sees_findings(actor: Actor) -> bool:
    """Answer whether the caller may see findings: they name records, whatever the state of their profiles."""
    return actor.can(Permission.CLUSTERS_READ_ALL)


def read_job(session: Session, actor: Actor, job: Job) -> JobRead:
    """Answer a job with the first of its findings: refusals, then remarks, then the rest, each in order of rows.

    Who may not see every cluster is shown none of them.
    """
    rank = sa.case({RowOutcome.REFUSED.value: 0, RowOutcome.NOTED.value: 1}, value=JobFinding.outcome, else_=2)
    statement = sa.select(JobFinding).where(JobFinding.job_id == job.id).order_by(rank, JobFinding.sequence)
    shown = session.scalars(statement.limit(FINDINGS_SHOWN)) if sees_findings(actor) else ()
    return JobRead(**brief_job(actor, job).model_dump(), findings=[_finding(found) for found in shown])


def _finding(found: JobFinding) -> FindingRead:
    return FindingRead.model_validate(found, from_attributes=True)


def jobs_page(session: Session, actor: Actor, query: JobQuery) -> Page[JobBrief]:
    """Answer a page of jobs, the latest first; raise Invalid for a cursor of another question."""
    question = question_of({"of": "jobs", **query.model_dump()})
    statement = sa.select(Job).where(visible(actor))
    if query.state is not None:
        statement = statement.where(Job.state == query.state)
    if query.kind is not None:
        statement = statement.where(Job.kind == query.kind)
    if query.cursor is not None:
        statement = statement.where(Job.id < read_cursor(query.cursor, question, [UUID])[0])
    found = session.scalars(statement.order_by(Job.id.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(
        items=[brief_job(actor, job) for job in shown],
        next=write_cursor(question, [shown[-1].id]) if len(found) > query.limit else None,
    )


def findings_page(session: Session, actor: Actor, job: Job, query: FindingQuery) -> Page[FindingRead]:
    """Answer a page of what was found out row by row.

    Raises:
        PermissionMissing: the caller may not see every cluster, and findings could name any.
        Invalid: the cursor is of another question.
    """
    if not sees_findings(actor):
        actor.refuse(Permission.CLUSTERS_READ_ALL)
    question = question_of({"of": "findings", "job": job.id, **query.model_dump()})
    statement = sa.select(JobFinding).where(JobFinding.job_id == job.id)
    if query.outcome is not None:
        statement = statement.where(JobFinding.outcome == query.outcome)
    if query.cursor is not None:
        position = max(-1, min(read_cursor(query.cursor, question, [int])[0], 2**31 - 1))
        statement = statement.where(JobFinding.sequence > position)
    found = session.scalars(statement.order_by(JobFinding.sequence).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(
        items=[_finding(finding) for finding in shown],
        next=write_cursor(question, [shown[-1].sequence]) if len(found) > query.limit else None,
    )
