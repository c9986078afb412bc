"""What one can do with jobs: ask for one, work on it, say how far it is, end it, cancel it.

A job belongs to the worker named in its row. Each write of a worker is made only while that is still itself, in the
transaction of what it tells of; so a job is done once, also if a worker is taken for dead and is not.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.clock import Clock
from cluster_api.foundation.database import DOWN, Database
from cluster_api.foundation.errors import Problem, Unexpected
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.logs import log
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.jobs.errors import JobCancelled, JobStopped, JobTakenOver
from cluster_api.jobs.models import Job, JobFinding
from cluster_api.jobs.queries import progress_here
from cluster_api.jobs.schemas import Finding
from cluster_api.jobs.states import JOB, JobState
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author

GONE: tuple[type[Exception], ...] = (*DOWN, sa.exc.DBAPIError)
SILENCE = timedelta(seconds=30)
"""How long a worker may give no sign of life before another one takes its job."""
WAITS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between looks for work: the longest when nothing happens, the shorter ones after a call."""


def request_job(
    session: Session, actor: Actor, kind: str, request: Mapping[str, Any], *, total: int | None,
    permission: Permission = Permission.IMPORTS_RUN,
) -> Job:  # fmt: skip
    """Record that somebody with this permission asks for long work, and answer the job."""
    actor.must(permission)
    job = Job(
        id=str(uuid7()),
        kind=kind,
        state=JobState.QUEUED,
        request=dict(request),
        organisation_id=actor.organisation_id,
        author=actor.name,
        request_id=actor.request_id,
        requested_at=actor.now,
        done=0,
        total=total,
        resume_line=0,
        counts={},
        version=1,
    )
    session.add(job)
    session.flush()
    facts = {"kind": kind, **request}
    record(session, actor.author, "job.requested", ("job", job.id), details=facts, after={**facts, "state": job.state})
    return job


def cancel_job(session: Session, actor: Actor, job: Job) -> None:
    """Cancel a job: at once if nobody works on it, else after its present batch; raise MoveNotAllowed if it ended."""
    actor.must(Permission.IMPORTS_RUN)
    JOB.find(job.state, "cancel")
    if job.cancel_requested_at is not None:
        return
    before = {"state": job.state, "cancel_requested": False}
    job.cancel_requested_at = actor.now
    job.version += 1
    if job.state is JobState.QUEUED:
        JOB.apply(job, "cancel")
        job.finished_at = actor.now
    session.flush()
    after = {"state": job.state, "cancel_requested": True}
    record(session, actor.author, "job.cancelled", ("job", job.id), before=before, after=after)


@dataclass(slots=True)
class Work:
    """A job in the hands of a worker: where it runs, and whether the process is about to end.

    ``told`` is called with the progress, for whoever watches in this process.
    """

    database: Database
    clock: Clock
    job_id: str
    worker: str
    stopping: threading.Event = field(default_factory=threading.Event)
    told: Callable[[int], object] = id

    def read(self) -> Job:
        """Answer the job as it is now."""
        with self.database.session() as session:
            return session.get_one(Job, self.job_id)

    def author(self, job: Job) -> Author:
        """Answer under whose name the journal tells of what this job does."""
        return Author(job.author, self.clock.now(), job.request_id)

    def beat(self, session: Session, *, done: int, counts: Mapping[str, int], resume_line: int | None = None) -> None:
        """Write how far the job is, in the transaction of what was done.

        Raises:
            JobTakenOver: another worker has the job.
            JobCancelled: somebody cancelled it.
        """
        values: dict[str, Any] = {"done": done, "counts": dict(counts)}
        if resume_line is not None:
            values["resume_line"] = resume_line
        if self._write(session, **values) is not None:
            raise JobCancelled

    def show(self, *, done: int, counts: Mapping[str, int]) -> None:
        """Show how far the job is before anything of it is committed; raise what ``beat`` raises, or JobStopped.

        On PostgreSQL a second connection writes it; on SQLite the writer has the only lock, and the memory of this
        process must do.
        """
        progress_here[self.job_id] = (done, dict(counts))
        self.told(done)
        if self.stopping.is_set():
            raise JobStopped
        if not self.database.is_sqlite:
            with self.database.transaction() as session:
                self.beat(session, done=done, counts=counts)

    def end(self, session: Session, verb: str, *, problem: Problem | None = None, **values: Any) -> None:
        """End the job by a verb of its table, in the transaction of its last effects; raise JobTakenOver."""
        told = None
        if problem is not None:
            told = {"type": f"/problems/{problem.slug()}", "title": problem.title(), "detail": problem.detail[:4000]}
        state = JOB.find(JobState.RUNNING, verb).target
        ended = {} if state is JobState.QUEUED else {"finished_at": self.clock.now(), "problem": told}
        self._write(session, state=state, worker=None, **ended, **values)
        author = self.author(session.get_one(Job, self.job_id, populate_existing=True))
        counts = dict(values.get("counts", {}))
        before, after = {"state": JobState.RUNNING}, {"state": state, "counts": counts}
        event = f"job.{state.value}"
        record(session, author, event, ("job", self.job_id), details=counts, before=before, after=after)

    def _write(self, session: Session, **values: Any) -> Any:
        mine = (Job.id == self.job_id, Job.worker == self.worker, Job.state == JobState.RUNNING)
        told = {"heartbeat_at": self.clock.now(), "version": Job.version + 1}
        statement = sa.update(Job).where(*mine).values(**told, **values).returning(Job.cancel_requested_at)
        found = session.execute(statement, execution_options={"synchronize_session": False}).one_or_none()
        if found is None:
            raise JobTakenOver
        return found[0]


def keep_findings(session: Session, job_id: str, first: int, findings: Sequence[Finding]) -> None:
    """Keep what was found out, numbered from ``first``."""
    rows = [{"job_id": job_id, "sequence": first + at, **asdict(found)} for at, found in enumerate(findings)]
    if rows:
        session.execute(sa.insert(JobFinding), rows)


def claim(database: Database, clock: Clock, kinds: Sequence[str], *, only: str | None = None) -> Work | None:
    """Take the oldest job that waits, or whose worker is silent, and answer it; None if there is none.

    ``only`` names the one job that is wanted. Of two who try at once, one gets it.
    """
    now = clock.now()
    silent = (Job.state == JobState.RUNNING) & (Job.heartbeat_at < now - SILENCE)
    waiting = sa.or_(Job.state == JobState.QUEUED, silent) & Job.kind.in_(kinds)
    wanted = waiting if only is None else waiting & (Job.id == only)
    # Reading first costs nobody anything; on SQLite a writer would wait for every other.
    with database.session() as session:
        found = session.scalar(sa.select(Job.id).where(wanted).order_by(Job.id).limit(1))
    if found is None:
        return None
    work = Work(database, clock, found, str(uuid7()))
    values = {
        "state": JOB.find(JobState.QUEUED, "start").target,
        "worker": work.worker,
        "heartbeat_at": now,
        "started_at": sa.func.coalesce(Job.started_at, sa.literal(now, Job.started_at.type)),
        "version": Job.version + 1,
    }
    with database.transaction() as session:
        taken = session.execute(
            sa.update(Job).where(Job.id == found, waiting).values(values).returning(Job.id),
            execution_options={"synchronize_session": False},
        ).one_or_none()
    return work if taken is not None else None


Handler = Callable[[Work], None]


def work_on(work: Work, handler: Handler) -> None:
    """Do a job to its end, whatever end that is; raise only if the database is gone, and then the job waits."""
    try:
        handler(work)
    except JobTakenOver:
        log.warning("job.taken_over", job=work.job_id)
    except JobStopped:
        _end(work, "release")
    except JobCancelled:
        _end(work, "cancel")
    except DOWN:
        raise
    except Problem as problem:
        _end(work, "fail", problem=problem)
    except Exception as error:  # noqa: BLE001 - a job that fails for a reason nobody foresaw must say that it failed
        log.error("job.failed", job=work.job_id, exc_info=error)
        _end(work, "fail", problem=Unexpected())
    finally:
        progress_here.pop(work.job_id, None)


def _end(work: Work, verb: str, *, problem: Problem | None = None) -> None:
    try:
        with work.database.transaction() as session:
            work.end(session, verb, problem=problem)
    except JobTakenOver:
        log.warning("job.taken_over", job=work.job_id)


class Worker:
    """One thread that works on jobs, one after the other, while the service lives."""

    def __init__(
        self, database: Database, clock: Clock, handlers: Mapping[str, Handler], tidy: Callable[[Database], None]
    ) -> None:
        """Work with these handlers, one a kind; ``tidy`` is called after each job."""
        self._database = database
        self._clock = clock
        self._handlers = handlers
        self._tidy = tidy
        self._reachable = True
        self._called = threading.Event()
        self._stopping = threading.Event()

    def call(self) -> None:
        """Look for work at once, and more often for a second."""
        self._called.set()

    @contextmanager
    def running(self) -> Iterator["Worker"]:
        """Work while the block runs; at its end the present job is given back at the end of its batch."""
        thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        _workers.add(self)
        thread.start()
        try:
            yield self
        finally:
            _workers.discard(self)
            self._stopping.set()
            self._called.set()
            thread.join()

    def _run(self) -> None:
        idle = len(WAITS) - 1
        while not self._stopping.is_set():
            busy = self._looked()
            idle = 0 if busy else min(idle + 1, len(WAITS) - 1)
            if not busy and self._called.wait(WAITS[idle]):
                self._called.clear()
                idle = -1

    def _looked(self) -> bool:
        try:
            busy = self._one()
        except GONE as error:
            # A database that is down or not migrated yet: said once, for this is tried again every second.
            if self._reachable:
                log.warning("jobs.database_unavailable", error=type(error).__name__)
            busy = self._reachable = False
        else:
            self._reachable = True
        return busy

    def _one(self) -> bool:
        work = claim(self._database, self._clock, tuple(self._handlers))
        if work is None:
            return False
        work.stopping = self._stopping
        work_on(work, self._handlers[work.read().kind])
        self._tidy(self._database)
        return True


_workers: set[Worker] = set()


def call_workers() -> None:
    """Tell the workers of this process that somebody is about to commit a job."""
    for worker in tuple(_workers):
        worker.call()
