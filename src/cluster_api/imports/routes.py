"""Files in and out over HTTP, and the jobs that do the long part of it."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, BinaryIO, TypeVar, cast
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel
from python_multipart.multipart import parse_options_header
from sqlalchemy.orm import Session
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import StreamingResponse

from cluster_api.files.errors import (
    ColumnsNotUsable,
    FileNotReadable,
    FileTooLong,
    FormatNotKnown,
    ParquetNotInstalled,
)
from cluster_api.foundation.clock import Clock
from cluster_api.foundation.conditional import IfMatch, require_match
from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import Fault, Invalid, PreconditionRequired, Stale
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.identity.permissions import Permission
from cluster_api.imports.actions import KIND, request_of, run_import, submit_import, tidy
from cluster_api.imports.queries import export_of, form_accepted, read_import, written
from cluster_api.imports.schemas import ExportQuery, ImportQuery, ImportRead
from cluster_api.imports.states import ExportFormat, ExportName
from cluster_api.jobs import queries as jobs
from cluster_api.jobs.actions import Handler, Worker, call_workers, cancel_job
from cluster_api.jobs.errors import JobNotFound
from cluster_api.jobs.models import Job
from cluster_api.jobs.schemas import FindingQuery, FindingRead, JobBrief, JobQuery, JobRead, StateQuery
from cluster_api.journal.queries import history_page
from cluster_api.journal.schemas import HistoryRead

router = APIRouter()
P = TypeVar("P", bound=BaseModel)


JobId = Annotated[UUID, Path(description="Identifier of the job.")]


MEDIA = {
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.JSON_LINES: "application/jsonl",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}
FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary", "description": "The file itself."}}
TEXT: dict[str, Any] = {"schema": {"type": "string", "description": "One record a line."}}
GIVEN = {ExportFormat.CSV: TEXT, ExportFormat.JSON_LINES: TEXT, ExportFormat.PARQUET: FILE}
# Client generators know one media type for a file that is the body itself; the others are named in words.
SENT = ("application/octet-stream",)
SPOOLED = 8 * 1024 * 1024


@contextmanager
def running_jobs(database: Database, clock: Clock, others: Mapping[str, Handler]) -> Iterator[None]:
    """Work on imports, and on other kinds of jobs by these handlers, in a thread of this process during the block."""
    with Worker(database, clock, {KIND: run_import, **others}, tidy).running():
        yield


@router.post(
    "/v1/imports",
    operation_id="start_import",
    summary="Import a file",
    status_code=202,
    tags=["imports"],
    responses=problems(*KEYED, FileNotReadable, FileTooLong, FormatNotKnown, ColumnsNotUsable),
    openapi_extra={"requestBody": {"required": True, "content": dict.fromkeys(SENT, FILE)}},
)
async def start_import(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[ImportQuery, Query()],
    _key: IdempotencyKey,
) -> ImportRead:
    """Import the file in the body, or rehearse it (`dry_run=true`); the job answered tells row by row what came out.

    CSV (any delimiter and encoding), JSON Lines or XLSX. `Content-Type` may say which (`text/csv`, `application/jsonl`,
    `application/vnd.openxmlformats-officedocument.spreadsheetml.sheet`); otherwise it is detected. Rows are matched
    with the record by their identifiers, else by country and whole legal name; the same file twice changes nothing.
    Drafts are matched too, so this needs `clusters:read_all` besides `imports:run`.
    """
    for needed in (Permission.IMPORTS_RUN, Permission.CLUSTERS_READ_ALL):
        actor.must(needed)
    media, options = parse_options_header(request.headers.get("content-type"))
    charset = options.get(b"charset", b"").decode("latin-1") or None
    asked = query if query.encoding else query.model_copy(update={"encoding": charset})
    with SpooledTemporaryFile(max_size=SPOOLED) as spool:
        async for piece in request.stream():
            spool.write(piece)
        file = cast("BinaryIO", spool)
        wanted = await run_in_threadpool(request_of, file, asked, name=None, media_type=media.decode("latin-1"))
        job = await run_in_threadpool(submit_import, session, actor, wanted, file)
    call_workers()
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    response.headers["Cache-Control"] = PRIVATE
    return await run_in_threadpool(read_import, session, actor, job)


@router.get(
    "/v1/imports",
    operation_id="list_imports",
    summary="List imports",
    tags=["imports"],
    responses=problems(*KEYED),
)
def list_imports(
    request: Request, response: Response, session: DbSession, actor: CurrentActor, query: Annotated[StateQuery, Query()]
) -> Page[JobBrief]:
    """List imports and rehearsals, the latest first."""
    return private_page(request, response, jobs.jobs_page(session, actor, JobQuery(kind=KIND, **query.model_dump())))


@router.get(
    "/v1/imports/{job_id}",
    operation_id="get_import",
    summary="Show an import",
    tags=["imports"],
    responses=problems(*KEYED, JobNotFound),
)
def get_import(session: DbSession, actor: CurrentActor, job_id: JobId, response: Response) -> ImportRead:
    """Show how far an import is and what came out of it, in figures, in a sentence, and in its first findings."""
    job = jobs.get_job(session, actor, str(job_id), kind=KIND)
    _tagged(response, actor, job)
    return read_import(session, actor, job)


@router.get(
    "/v1/exports/{name}",
    operation_id="export_records",
    summary="Export the register, clusters or labels",
    tags=["exports"],
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The file.",
            "content": {media.partition(";")[0]: GIVEN[form] for form, media in MEDIA.items()},
        },
        **problems(ParquetNotInstalled),
    },
)
async def export_records(
    request: Request,
    actor: CurrentActor,
    name: Annotated[ExportName, Path(description="What to export.")],
    query: Annotated[ExportQuery, Query()],
) -> StreamingResponse:
    """Export the register on a day, all clusters or all labels as a file, written while it is read.

    Without a key, clusters are those whose profile is or was published.
    """
    if query.valid_on is not None and name is not ExportName.REGISTER:
        detail = "Only the register is of a day; clusters and labels are exported whole."
        raise Invalid(detail, faults=[Fault("/query/valid_on", "not_of_a_day", detail)])
    form = query.format or form_accepted(request.headers.get("accept", ""))
    session = request.app.state.database.session()
    try:
        export = export_of(session, actor, name, query.valid_on or actor.today)
        pieces = written(export, form)
        # What fails before the first piece is still answered as a problem.
        first = await run_in_threadpool(next, pieces, b"")
    except BaseException:
        session.close()
        raise
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name.value}.{form.value}"',
        "Vary": "Accept, Authorization",
    }
    return StreamingResponse(_flowing(session, first, pieces), media_type=MEDIA[form], headers=headers)


async def _flowing(session: Session, first: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    try:
        yield first
        async for piece in iterate_in_threadpool(pieces):
            yield piece
    finally:
        # Also when the reader goes away in the middle.
        session.close()


def _tagged(response: Response, actor: Actor, job: Job) -> None:
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = jobs.tag_of(job, actor)


@router.get(
    "/v1/jobs",
    operation_id="list_jobs",
    summary="List jobs",
    tags=["jobs"],
    responses=problems(*KEYED),
)
def list_jobs(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[JobQuery, Query()],
) -> Page[JobBrief]:
    """List jobs, the latest first."""
    return private_page(request, response, jobs.jobs_page(session, actor, query))


@router.get(
    "/v1/jobs/{job_id}",
    operation_id="get_job",
    summary="Show a job",
    tags=["jobs"],
    responses=problems(*KEYED, JobNotFound),
)
def get_job(session: DbSession, actor: CurrentActor, job_id: JobId, response: Response) -> JobRead:
    """Show how far a job is, rows by outcome, the first findings, and why it failed if it did."""
    job = jobs.get_job(session, actor, str(job_id))
    _tagged(response, actor, job)
    return jobs.read_job(session, actor, job)


@router.get(
    "/v1/jobs/{job_id}/findings",
    operation_id="list_job_findings",
    summary="List what was found row by row",
    tags=["jobs"],
    responses=problems(*KEYED, JobNotFound),
)
def list_job_findings(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    job_id: JobId,
    query: Annotated[FindingQuery, Query()],
) -> Page[FindingRead]:
    """List the findings in the order of the rows; of each outcome the first thousand are kept."""
    page = jobs.findings_page(session, actor, jobs.get_job(session, actor, str(job_id)), query)
    return private_page(request, response, page)


@router.get(
    "/v1/jobs/{job_id}/history",
    operation_id="list_job_history",
    summary="List what was done with a job",
    tags=["jobs"],
    responses=problems(*KEYED, JobNotFound),
)
def list_job_history(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    job_id: JobId,
    query: Annotated[PageQuery, Query()],
) -> Page[HistoryRead]:
    """List the journal's lines about a job, the last deed first: who asked for it, and how it ended."""
    job = jobs.get_job(session, actor, str(job_id))
    return private_page(request, response, history_page(session, "job", job.id, query))


@router.post(
    "/v1/jobs/{job_id}/cancel",
    operation_id="cancel_job",
    summary="Cancel a job",
    tags=["jobs"],
    responses=problems(*KEYED, JobNotFound, PreconditionRequired, Stale, MoveNotAllowed),
)
def cancel(
    session: DbSession,
    actor: CurrentActor,
    job_id: JobId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> JobRead:
    """Cancel a job that waits at once, one that runs after its present batch; what it has committed stays.

    The ETag of a running job changes with its progress: `If-Match: *` cancels it wherever it is.
    """
    actor.must(Permission.IMPORTS_RUN)
    job = jobs.get_job(session, actor, str(job_id), for_change=True)
    require_match(if_match, jobs.tag_of(job, actor))
    cancel_job(session, actor, job)
    _tagged(response, actor, job)
    return jobs.read_job(session, actor, job)
