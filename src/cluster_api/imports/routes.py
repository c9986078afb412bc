"""Files in and out over HTTP, and the jobs that do the long part of it."""

# ruff: noqa: FAST003 - the path key is read by the dependencies that find the job

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from cluster_api.foundation.clock import Clock
from cluster_api.foundation.conditional import IfMatch, require_match
from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.paging import Page, next_link
from cluster_api.foundation.settings import Settings
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import CurrentActor
from cluster_api.identity.errors import KeyNotAccepted, KeyRequired, ReadOnlyService
from cluster_api.identity.permissions import Permission
from cluster_api.jobs import queries as jobs
from cluster_api.jobs.actions import Worker, cancel_job
from cluster_api.jobs.errors import JobNotFound
from cluster_api.jobs.models import Job
from cluster_api.jobs.schemas import FindingQuery, FindingRead, JobBrief, JobQuery, JobRead

router = APIRouter()

PRIVATE = "private, no-cache"
KEYED: tuple[type[Problem], ...] = (KeyRequired, KeyNotAccepted, ReadOnlyService)

JobId = Annotated[UUID, Path(description="Identifier of the job.")]


@contextmanager
def running_jobs(database: Database, clock: Clock, _settings: Settings) -> Iterator[None]:
    """Work on jobs in a thread of this process while the block runs."""
    with Worker(database, clock, {}, lambda _: None).running():
        yield


def _known_job(session: DbSession, actor: CurrentActor, job_id: JobId, response: Response) -> Job:
    job = jobs.get_job(session, actor, str(job_id))
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = jobs.tag_of(job, actor)
    return job


KnownJob = Annotated[Job, Depends(_known_job)]


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
    page = jobs.jobs_page(session, actor, query)
    response.headers["Cache-Control"] = PRIVATE
    if page.next is not None:
        response.headers["Link"] = next_link(request.url.path, request.query_params.multi_items(), page.next)
    return page


@router.get(
    "/v1/jobs/{job_id}",
    operation_id="get_job",
    summary="Show a job",
    tags=["jobs"],
    responses=problems(*KEYED, JobNotFound),
)
def get_job(session: DbSession, job: KnownJob) -> JobRead:
    """Show how far a job is, rows by outcome, the first findings, and why it failed if it did."""
    return jobs.read_job(session, job)


@router.get(
    "/v1/jobs/{job_id}/findings",
    operation_id="list_job_findings",
    summary="List what was found row by row",
    tags=["jobs"],
    responses=problems(*KEYED, JobNotFound),
)
def list_job_findings(
    request: Request, response: Response, session: DbSession, job: KnownJob, query: Annotated[FindingQuery, Query()]
) -> Page[FindingRead]:
    """List the findings in the order of the rows; of each outcome the first thousand are kept."""
    page = jobs.findings_page(session, job, query)
    del response.headers["ETag"]
    if page.next is not None:
        response.headers["Link"] = next_link(request.url.path, request.query_params.multi_items(), page.next)
    return page


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
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = jobs.tag_of(job, actor)
    return jobs.read_job(session, job)
