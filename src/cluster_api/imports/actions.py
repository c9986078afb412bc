"""Importing a file in a job: receive it, take in its rows batch by batch, and say what became of them.

A rehearsal does all that the import would do and then rolls it back, so that it predicts exactly. All or nothing is one
transaction. Row by row commits each batch together with the line to go on from: a process killed at any moment leaves
whole batches, and whoever takes the job up goes on after them.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.files.queries import file_format, open_table
from cluster_api.files.schemas import RawRow, Table
from cluster_api.foundation.clock import Clock
from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.logs import log
from cluster_api.identity.access import Actor, service_actor
from cluster_api.identity.permissions import Permission
from cluster_api.imports.errors import RecordsMoved, RowsRefused
from cluster_api.imports.models import ImportFile
from cluster_api.imports.queries import file_of, found_format, has_spent_files, read_import
from cluster_api.imports.schemas import ImportQuery, ImportRead, ImportRequest
from cluster_api.imports.states import ImportMode
from cluster_api.intake.actions import Intake, recall, take
from cluster_api.intake.rules import fault_finding
from cluster_api.jobs.actions import Work, claim, keep_findings, request_job, work_on
from cluster_api.jobs.errors import JobCancelled
from cluster_api.jobs.models import Job, JobFinding
from cluster_api.jobs.queries import get_job
from cluster_api.jobs.schemas import Finding
from cluster_api.jobs.states import ENDED, RowOutcome

KIND = "import"
ROWS_A_BATCH = 500
FINDINGS_KEPT = 1_000
"""How many findings of each outcome are kept; all are counted."""
PIECE = 1024 * 1024
TRIES = 3
"""How often a batch is tried that met a change made by somebody else at the same moment."""
TURN_LOCK = 0x696D706F
TURN_SECONDS = 0.2

Batch = list[RawRow | Fault]


def request_of(file: BinaryIO, query: ImportQuery, *, name: str | None, media_type: str | None) -> ImportRequest:
    """Answer what is asked for, after a first look at the file: what cannot be read at all is refused here.

    Raises FormatNotKnown, FileNotReadable, FileTooLong and ColumnsNotUsable.
    """
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while piece := file.read(PIECE):
        digest.update(piece)
        size += len(piece)
    asked = query.model_dump(include={"kind", "mode", "dry_run", "allow_duplicates", "encoding", "sheet"})
    file.seek(0)
    unnamed = name is None and media_type in {None, "", "application/octet-stream"}
    form = file_format(found_format(file.read(PIECE)) if unnamed else name, media_type)
    request = ImportRequest(**asked, file_format=form, bytes=size, sha256=digest.hexdigest())
    next(open_table(file, request.reading()).rows, None)
    return request


def submit_import(session: Session, actor: Actor, request: ImportRequest, file: BinaryIO) -> Job:
    """Keep the file and ask for its import; answer the job.

    Raises:
        CredentialsRequired, PermissionMissing: the caller may not import, or may not see every cluster. Rows are
            matched with all that is on record: who may not see drafts would be told of them, or double them.
    """
    actor.must(Permission.CLUSTERS_READ_ALL)
    file.seek(0)
    job = request_job(session, actor, KIND, request.told(), total=None)
    lines, position = 1, 0
    while piece := file.read(PIECE):
        session.execute(sa.insert(ImportFile).values(job_id=job.id, position=position, content=piece))
        lines += max(piece.count(b"\n"), piece.count(b"\r"))
        position += 1
    # A workbook is packed: only reading it tells how many rows it has.
    job.total = lines if request.is_text() else None
    session.flush()
    return job


def run_import(work: Work) -> None:
    """Do an import to its end.

    Raises JobStopped, JobCancelled and JobTakenOver; RowsRefused, FileNotReadable, FileTooLong and ColumnsNotUsable.
    """
    job = work.read()
    if job.cancel_requested_at is not None:
        raise JobCancelled
    run = Run(work, job, ImportRequest.of(job.request))
    with file_of(work.database, job.id) as file:
        for _ in range(TRIES):
            try:
                run.once(file)
            except sa.exc.IntegrityError as error:
                # Somebody recorded the same thing at the same moment; seen from now on, it is on record.
                log.warning("import.met_a_change", job=job.id, error=str(error.orig))
            else:
                return
    raise RecordsMoved


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the rows so far, and the findings that are not kept in the database yet."""

    counts: Counter[str] = field(default_factory=Counter)
    findings: tuple[Finding, ...] = ()
    last_refused: int = 0

    def with_findings(self, found: Iterable[Finding]) -> "Report":
        """Answer the report with more findings; a row refused for several reasons counts once."""
        counts, kept, last_refused = Counter(self.counts), list(self.findings), self.last_refused
        for finding in found:
            again = finding.outcome is RowOutcome.REFUSED and finding.row == last_refused
            if finding.outcome is RowOutcome.REFUSED:
                last_refused = finding.row
            counts[finding.outcome.value] += not again
            if counts[finding.outcome.value] <= FINDINGS_KEPT:
                kept.append(finding)
        return Report(counts, tuple(kept), last_refused)

    def only(self, *outcomes: RowOutcome) -> "Report":
        """Answer the report of these outcomes alone."""
        counts = Counter({outcome.value: self.counts[outcome.value] for outcome in outcomes})
        return Report(counts, tuple(finding for finding in self.findings if finding.outcome in outcomes))


class Run:
    """One import in the hands of a worker."""

    def __init__(self, work: Work, job: Job, request: ImportRequest) -> None:
        """Prepare to import what the job asks for."""
        self.work = work
        self.job = job
        self.request = request

    @property
    def is_one_transaction(self) -> bool:
        """Answer whether all batches are committed together, or rolled back together."""
        return self.request.dry_run or self.request.mode is ImportMode.ALL_OR_NOTHING

    def once(self, file: BinaryIO) -> None:
        """Take in what is not committed yet; raise IntegrityError if somebody recorded the same at the same moment."""
        if self.is_one_transaction:
            self.whole(file)
        else:
            self.parts(file)

    def whole(self, file: BinaryIO) -> None:
        """Take in all rows in one transaction; keep it if every row was accepted and it is no rehearsal."""
        table, intake, report, line = open_table(file, self.request.reading()), self._intake(), Report(), 0
        with self.work.database.session(writing=True) as session:
            self._wait_for_turn(session, line, report)
            for batch in _batches(table):
                report = report.with_findings(take(session, intake, batch))
                line = max(line, _line_of(batch[-1]))
                session.flush()
                session.expunge_all()
                self.work.show(done=line, counts=report.counts)
            report = report.with_findings(_warnings(table, 0))
            if not self.request.dry_run and not report.counts[RowOutcome.REFUSED.value]:
                self._end(session, report, line)
                session.commit()
                return
        with self.work.database.transaction() as session:
            self._end(
                session, report if self.request.dry_run else report.only(RowOutcome.REFUSED, RowOutcome.NOTED), line
            )

    def parts(self, file: BinaryIO) -> None:
        """Take in the rows after the last committed line, each batch in a transaction of its own."""
        job = self.work.read()
        table, intake = open_table(file, self.request.reading()), self._intake()
        report, line, warned = Report(Counter(job.counts)), job.resume_line, 0
        for batch in _batches(table):
            new = [row for row in batch if _line_of(row) > line]
            with self.work.database.session(writing=True) as session:
                if len(new) < len(batch):
                    recall(session, intake, [row for row in batch if _line_of(row) <= line])
                    warned = len(table.warnings)
                if not new:
                    continue
                self._wait_for_turn(session, line, report)
                found = [*take(session, intake, new), *_warnings(table, warned)]
                told, line = report.with_findings(found), _line_of(new[-1])
                self._keep(session, told)
                self.work.beat(session, done=line, counts=told.counts, resume_line=line)
                session.commit()
            report, warned = replace(told, findings=()), len(table.warnings)
            self.work.show(done=line, counts=report.counts)
        with self.work.database.transaction() as session:
            self._end(session, report.with_findings(_warnings(table, warned)), line)

    def _intake(self) -> Intake:
        job = self.job
        actor = service_actor(job.author, self.work.clock.now(), job.request_id)
        return Intake(actor, self.request.kind.row_kind, allow_duplicates=self.request.allow_duplicates)

    def _wait_for_turn(self, session: Session, line: int, report: Report) -> None:
        """Begin the transaction when no other import runs: two that record the same would only meet at the end."""
        while not self._has_turn(session):
            session.rollback()
            self.work.show(done=line, counts=report.counts)
            time.sleep(TURN_SECONDS)

    def _has_turn(self, session: Session) -> bool:
        if not self.work.database.is_sqlite:
            return session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(TURN_LOCK))) is True
        try:
            session.execute(sa.text("SELECT 1"))
        except sa.exc.OperationalError:
            # Another writer holds the lock for longer than anybody should wait in silence.
            return False
        return True

    def _keep(self, session: Session, report: Report) -> None:
        last = sa.select(sa.func.coalesce(sa.func.max(JobFinding.sequence), 0)).where(JobFinding.job_id == self.job.id)
        keep_findings(session, self.job.id, session.scalars(last).one() + 1, report.findings)

    def _end(self, session: Session, report: Report, line: int) -> None:
        self._keep(session, report)
        refused = report.counts[RowOutcome.REFUSED.value]
        fails = self.is_one_transaction and not self.request.dry_run and refused > 0
        problem = RowsRefused(f"{refused} row(s) were refused, so nothing was imported.") if fails else None
        values = {"counts": dict(report.counts), "done": line, "total": line}
        self.work.end(session, "fail" if fails else "succeed", problem=problem, **values)


def _batches(table: Table) -> Iterator[Batch]:
    while batch := list(islice(table.rows, ROWS_A_BATCH)):
        yield batch


def _line_of(row: RawRow | Fault) -> int:
    return int(row.pointer.split("/")[2]) if isinstance(row, Fault) else row.line


def _warnings(table: Table, told: int) -> list[Finding]:
    return [fault_finding(warning, 0, RowOutcome.NOTED) for warning in table.warnings[told:]]


def tidy(database: Database) -> None:
    """Forget the files of imports that have ended."""
    with database.session() as session:
        spent = has_spent_files(session)
    if spent:
        ended = sa.select(Job.id).where(Job.state.in_(ENDED))
        with database.transaction() as session:
            session.execute(sa.delete(ImportFile).where(ImportFile.job_id.in_(ended)))


def import_path(
    database: Database, clock: Clock, path: Path, query: ImportQuery, progress: Callable[[int, int | None], None]
) -> ImportRead:
    """Import a file of this machine in this process and answer the job as it ended.

    ``progress`` is told the lines done and in all. A service that runs at the same time may take the job first; then
    it is waited for. Raises what ``request_of`` raises.
    """
    actor = service_actor("command line", clock.now())
    with path.open("rb") as file:
        request = request_of(file, query, name=path.name, media_type=None)
        with database.transaction() as session:
            job = submit_import(session, actor, request, file)
    work = claim(database, clock, (KIND,), only=job.id)
    if work is not None:
        work.told = lambda done: progress(done, job.total)
        work_on(work, run_import)
        tidy(database)
    while True:
        with database.session() as session:
            found = get_job(session, actor, job.id)
            if found.state in ENDED or work is not None:
                return read_import(session, actor, found)
        time.sleep(TURN_SECONDS)
