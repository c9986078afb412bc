"""What one can ask of imports: their files while they are needed, and what came out."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.database import Database
from cluster_api.imports.models import ImportFile
from cluster_api.imports.schemas import ImportRead, ImportRequest
from cluster_api.jobs.models import Job
from cluster_api.jobs.queries import read_job
from cluster_api.jobs.schemas import CountsRead
from cluster_api.jobs.states import ENDED, JobState

SPOOLED = 8 * 1024 * 1024


@contextmanager
def file_of(database: Database, job_id: str) -> Iterator[BinaryIO]:
    """Give the uploaded file of a job, whole and seekable, on the disk of this machine."""
    with tempfile.SpooledTemporaryFile(max_size=SPOOLED) as file:
        pieces = sa.select(ImportFile.content).where(ImportFile.job_id == job_id).order_by(ImportFile.position)
        with database.session() as session:
            for piece in session.scalars(pieces.execution_options(yield_per=1)):
                file.write(piece)
        yield cast("BinaryIO", file)


def has_spent_files(session: Session) -> bool:
    """Answer whether files are kept whose job has ended."""
    return session.scalar(sa.select(sa.exists().where(ImportFile.job_id == Job.id, Job.state.in_(ENDED)))) is True


def read_import(session: Session, job: Job) -> ImportRead:
    """Answer an import with what came out of it in a sentence."""
    found = read_job(session, job)
    return ImportRead(**found.model_dump(), summary=_summary(job.state, ImportRequest.of(job.request), found.counts))


def _summary(state: JobState, request: ImportRequest, counts: CountsRead) -> str:
    if state is JobState.FAILED:
        return f"Failed: nothing was imported, {counts.refused} refused." if counts.refused else "Failed."
    said = (
        f"{counts.created} created, {counts.changed} changed, {counts.left} left as they are, {counts.refused} refused"
    )
    begin = "Rehearsed" if request.dry_run else "Imported"
    how = {JobState.SUCCEEDED: begin, JobState.CANCELLED: "Cancelled"}.get(state, f"{begin} so far")
    return f"{how}: {said}."
