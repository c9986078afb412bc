"""Benchmarks over HTTP: the questionnaire of a cluster, from its opening to the report."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from cluster_api.benchmarks import actions, queries
from cluster_api.benchmarks.access import (
    CHANGING,
    MOVING,
    READING,
    BenchmarkId,
    Change,
    Reader,
    known_benchmark,
    tagged,
)
from cluster_api.benchmarks.errors import (
    AnswersClosed,
    BenchmarkNotPossible,
    BenchmarkOpen,
    BenchmarkVersionNotFound,
    ExpertMissing,
    ExpertNotImpartial,
    ExpertNotQualified,
    InterviewDayNotPossible,
    QuestionnaireNotReady,
    ReportNotFound,
)
from cluster_api.benchmarks.models import Benchmark
from cluster_api.benchmarks.schemas import (
    BenchmarkAssign,
    BenchmarkCorrection,
    BenchmarkCreate,
    BenchmarkFreeze,
    BenchmarkQuery,
    BenchmarkRead,
    BenchmarkReason,
    BenchmarkRelease,
    BenchmarkRemarks,
    BenchmarkSummary,
    BenchmarkUpdate,
    BenchmarkVersionRead,
    QuestionnaireCheckRead,
    ReportRead,
)
from cluster_api.clusters.errors import ClusterNotFound
from cluster_api.foundation.conditional import IfMatch, tag_of_bytes
from cluster_api.foundation.fields import DIGITS
from cluster_api.foundation.openapi import PRIVATE, Responses, problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.typesetting import ReportsNotInstalled
from cluster_api.identity.access import Actor
from cluster_api.identity.errors import KEYED
from cluster_api.methodology.errors import SheetInvalid

router = APIRouter(prefix="/v1/benchmarks", tags=["benchmarks"])

PATCHED = {"application/merge-patch+json": {"schema": {"$ref": "#/components/schemas/BenchmarkUpdate"}}}
PDF = "application/pdf"
FILE = {PDF: {"schema": {"type": "string", "format": "binary", "description": "The report itself."}}}
PDF_RESPONSES: Responses = {
    200: {"description": "The report.", "content": FILE},
    **problems(*READING, ReportNotFound, BenchmarkVersionNotFound, ReportsNotInstalled),
}
EXPERT = (ExpertMissing, ExpertNotQualified, ExpertNotImpartial)

OfVersion = Annotated[
    Annotated[int, Field(ge=1, le=10_000), DIGITS] | None,
    Query(description="Version of the answers; the last one if left out.", examples=[1]),
]


def known(session: DbSession, actor: Reader, benchmark_id: BenchmarkId) -> Benchmark:
    """Give a benchmark of which the caller may know."""
    return known_benchmark(session, actor, benchmark_id)


def to_change(
    session: DbSession, actor: Reader, benchmark_id: BenchmarkId, response: Response, if_match: IfMatch = None
) -> Change:
    """Give what a change needs: who asks for it, of which benchmark, as read in which version."""
    return Change(session, actor, benchmark_id, if_match, response)


def _answered(session: Session, response: Response, actor: Actor, benchmark: Benchmark) -> BenchmarkRead:
    tagged(response, actor, benchmark)
    return queries.read_benchmark(session, actor, benchmark)


def _file(body: bytes, media_type: str) -> Response:
    headers = {"Cache-Control": PRIVATE, "ETag": tag_of_bytes(body)}
    return Response(body, media_type=media_type, headers=headers)


@router.get("", operation_id="list_benchmarks", summary="List benchmarks", responses=problems(*KEYED))
def list_benchmarks(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    query: Annotated[BenchmarkQuery, Query()],
) -> Page[BenchmarkSummary]:
    """List the benchmarks of which the caller may know, the one opened last first."""
    return private_page(request, response, queries.benchmarks_page(session, actor, query))


@router.post(
    "",
    operation_id="open_benchmark",
    summary="Open a benchmark",
    status_code=201,
    responses=problems(*KEYED, ClusterNotFound, BenchmarkOpen, BenchmarkNotPossible),
)
def open_benchmark(
    session: DbSession,
    actor: Reader,
    given: BenchmarkCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> BenchmarkRead:
    """Open a benchmark of a cluster; it is bound to one version of a questionnaire for its whole life."""
    benchmark = actions.open_benchmark(session, actor, given)
    response.headers["Location"] = f"{router.prefix}/{benchmark.id}"
    return _answered(session, response, actor, benchmark)


@router.get("/{benchmark_id}", operation_id="get_benchmark", summary="Show a benchmark", responses=problems(*READING))
def get_benchmark(
    session: DbSession, actor: Reader, benchmark: Annotated[Benchmark, Depends(known)], response: Response
) -> BenchmarkRead:
    """Show a benchmark with its answers, and what the caller can do with it."""
    return _answered(session, response, actor, benchmark)


@router.patch(
    "/{benchmark_id}",
    operation_id="update_benchmark",
    summary="Fill in the questionnaire",
    responses=problems(*CHANGING, AnswersClosed, SheetInvalid),
    openapi_extra={"requestBody": {"content": PATCHED}},
)
def update_benchmark(
    patch: BenchmarkUpdate,
    change: Annotated[Change, Depends(to_change)],
    _dry_run: DryRun,
) -> BenchmarkRead:
    """Change the answers by a merge patch: absent ones stay, null empties. What is missing may wait."""
    actions.update_answers(change.session, change.actor, change.benchmark, patch.answers)
    return change.answered()


@router.get(
    "/{benchmark_id}/check",
    operation_id="check_benchmark",
    summary="Check the questionnaire as a whole",
    responses=problems(*READING),
)
def check_benchmark(
    session: DbSession, actor: Reader, benchmark: Annotated[Benchmark, Depends(known)], response: Response
) -> QuestionnaireCheckRead:
    """Tell everything that is missing or contradicts, and what is surprising beside the last benchmark."""
    response.headers["Cache-Control"] = PRIVATE
    return queries.check_of(session, benchmark, actor.today)


@router.post(
    "/{benchmark_id}/submit",
    operation_id="submit_benchmark",
    summary="Submit the questionnaire",
    responses=problems(*MOVING, QuestionnaireNotReady),
)
def submit_benchmark(
    change: Annotated[Change, Depends(to_change)],
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> BenchmarkRead:
    """Submit the questionnaire for the interview; nothing may be missing or contradict."""
    actions.submit(change.session, change.actor, change.benchmark)
    return change.answered()


@router.post(
    "/{benchmark_id}/assign",
    operation_id="assign_benchmark_expert",
    summary="Assign the expert",
    responses=problems(*MOVING, ExpertNotQualified, ExpertNotImpartial),
)
def assign_benchmark_expert(
    change: Annotated[Change, Depends(to_change)],
    given: BenchmarkAssign,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> BenchmarkRead:
    """Say who holds the interview, on site or by video, and when it is planned."""
    actions.assign(change.session, change.actor, change.benchmark, given)
    return change.answered()


@router.post(
    "/{benchmark_id}/send-back",
    operation_id="send_back_benchmark",
    summary="Send the questionnaire back",
    responses=problems(*MOVING),
)
def send_back_benchmark(
    change: Annotated[Change, Depends(to_change)],
    given: BenchmarkReason,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> BenchmarkRead:
    """Send the questionnaire back to the cluster for changes, with reasons."""
    actions.send_back(change.session, change.actor, change.benchmark, reason=given.reason)
    return change.answered()


@router.post(
    "/{benchmark_id}/start-interview",
    operation_id="start_benchmark_interview",
    summary="Start the interview",
    responses=problems(*MOVING, *EXPERT),
)
def start_benchmark_interview(
    change: Annotated[Change, Depends(to_change)],
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> BenchmarkRead:
    """Start to talk the answers through, as the expert assigned, who can change them from now on."""
    actions.start_interview(change.session, change.actor, change.benchmark)
    return change.answered()


@router.post(
    "/{benchmark_id}/freeze",
    operation_id="freeze_benchmark",
    summary="Freeze the answers",
    responses=problems(*MOVING, *EXPERT, QuestionnaireNotReady, InterviewDayNotPossible),
)
def freeze_benchmark(
    change: Annotated[Change, Depends(to_change)],
    given: BenchmarkFreeze,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> BenchmarkRead:
    """Freeze the answers as they were talked through; what is changed later is a new version with its reason."""
    actions.freeze(
        change.session, change.actor, change.benchmark, interview_on=given.interview_on, mode=given.interview_mode
    )
    return change.answered()


@router.post(
    "/{benchmark_id}/prepare-report",
    operation_id="prepare_benchmark_report",
    summary="Prepare the report",
    responses=problems(*MOVING),
)
def prepare_benchmark_report(
    change: Annotated[Change, Depends(to_change)],
    given: BenchmarkRemarks,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> BenchmarkRead:
    """Add the expert's recommendations: the report is ready to be released."""
    actions.prepare_report(change.session, change.actor, change.benchmark, remarks=given.remarks)
    return change.answered()


@router.post(
    "/{benchmark_id}/release",
    operation_id="release_benchmark",
    summary="Release the report",
    responses=problems(*MOVING),
)
def release_benchmark(
    change: Annotated[Change, Depends(to_change)],
    given: BenchmarkRelease,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> BenchmarkRead:
    """Release the report to the cluster under a number; its figures count among the peers of others from now on."""
    actions.release(change.session, change.actor, change.benchmark, contract=given.contract)
    return change.answered()


@router.post(
    "/{benchmark_id}/void",
    operation_id="void_benchmark",
    summary="Declare a benchmark void",
    responses=problems(*MOVING),
)
def void_benchmark(
    change: Annotated[Change, Depends(to_change)],
    given: BenchmarkReason,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> BenchmarkRead:
    """Declare a benchmark void, with reasons: it stays on record and drops out of all figures."""
    actions.void(change.session, change.actor, change.benchmark, reason=given.reason)
    return change.answered()


@router.get(
    "/{benchmark_id}/versions",
    operation_id="list_benchmark_versions",
    summary="List the versions of the answers",
    responses=problems(*READING),
)
def list_benchmark_versions(
    request: Request,
    response: Response,
    session: DbSession,
    benchmark: Annotated[Benchmark, Depends(known)],
    query: Annotated[PageQuery, Query()],
) -> Page[BenchmarkVersionRead]:
    """List the answers as frozen at the interview and as corrected since, the last version first."""
    return private_page(request, response, queries.versions_page(session, benchmark, query))


@router.post(
    "/{benchmark_id}/versions",
    operation_id="correct_benchmark",
    summary="Correct frozen answers",
    responses=problems(*CHANGING, AnswersClosed, SheetInvalid, QuestionnaireNotReady),
)
def correct_benchmark(
    change: Annotated[Change, Depends(to_change)],
    given: BenchmarkCorrection,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> BenchmarkRead:
    """Correct frozen answers by a merge patch and a reason: a new version, and after the release a new report."""
    actions.correct(change.session, change.actor, change.benchmark, given)
    return change.answered()


@router.get(
    "/{benchmark_id}/report",
    operation_id="get_benchmark_report",
    summary="Show the comparison report",
    responses=problems(*READING, ReportNotFound, BenchmarkVersionNotFound),
    response_model=ReportRead,
)
def get_benchmark_report(
    session: DbSession, actor: Reader, benchmark: Annotated[Benchmark, Depends(known)], version: OfVersion = None
) -> Response:
    """Show the report as it was released; the expert and the operator see a preview before."""
    return _file(queries.report_document(session, actor, benchmark, version).encode(), "application/json")


@router.get(
    "/{benchmark_id}/report.pdf",
    operation_id="get_benchmark_report_pdf",
    summary="Show the comparison report as PDF",
    responses=PDF_RESPONSES,
    response_class=Response,
)
def get_benchmark_report_pdf(
    session: DbSession, actor: Reader, benchmark: Annotated[Benchmark, Depends(known)], version: OfVersion = None
) -> Response:
    """Show the same report with charts, as pages for a board."""
    return _file(queries.report_pdf(session, actor, benchmark, version), PDF)
