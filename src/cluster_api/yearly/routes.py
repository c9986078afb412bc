"""Yearly reports over HTTP: released ones for everybody."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_bytes
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, PUBLIC, problems
from cluster_api.foundation.paging import Page, private_page, public_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.identity.permissions import Permission
from cluster_api.yearly import actions, queries, rules
from cluster_api.yearly.errors import (
    CorrectionUnclear,
    FiguresHaveMoved,
    ReportYearNotOver,
    YearlyDraftExists,
    YearlyReportNotFound,
)
from cluster_api.yearly.models import YearlyReport
from cluster_api.yearly.schemas import (
    YearlyDraft,
    YearlyFigure,
    YearlyQuery,
    YearlyRead,
    YearlyRecount,
    YearlySummary,
)

router = APIRouter(prefix="/v1/yearly-reports", tags=["statistics"])

CSV = "text/csv"
ReportId = Annotated[UUID, Path(description="Identifier of the report.")]
MOVING: tuple[type[Problem], ...] = (*KEYED, YearlyReportNotFound, PreconditionRequired, Stale, MoveNotAllowed)


def _cached(actor: Actor) -> str:
    # What the public sees is the same for everyone; what others see is theirs.
    return PRIVATE if actor.can(Permission.LABELS_READ_ALL) else PUBLIC


def _shown(session: DbSession, actor: Actor, report: YearlyReport, response: Response) -> YearlyRead:
    shown = queries.read_report(session, actor, report)
    response.headers["Cache-Control"] = _cached(actor)
    # That another report corrects it shows in it, too, without a version of its own.
    response.headers["ETag"] = tag_of_bytes(shown.model_dump_json().encode())
    return shown


def _to_change(session: DbSession, actor: Actor, report_id: UUID, if_match: str | None) -> YearlyReport:
    actor.must(Permission.LABELS_ADMINISTER)
    report = queries.get_report(session, actor, str(report_id), for_change=True)
    shown = queries.read_report(session, actor, report)
    require_match(if_match, tag_of_bytes(shown.model_dump_json().encode()))
    return report


@router.get("", operation_id="list_yearly_reports", summary="List yearly reports")
def list_yearly_reports(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[YearlyQuery, Query()],
) -> Page[YearlySummary]:
    """List the reports about the scheme that were released, in the order in which they were drafted.

    Who sees all labels sees drafts and discarded reports, too.
    """
    paged = private_page if actor.can(Permission.LABELS_READ_ALL) else public_page
    return paged(request, response, queries.reports_page(session, actor, query))


@router.post(
    "",
    operation_id="draft_yearly_report",
    summary="Draft a yearly report",
    status_code=201,
    responses=problems(*KEYED, ReportYearNotOver, YearlyDraftExists, CorrectionUnclear),
)
def draft_yearly_report(
    session: DbSession,
    actor: CurrentActor,
    given: YearlyDraft,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> YearlyRead:
    """Count a year that is over, as known now: labels, applications, decisions, appeals, trainings, exchanges."""
    report = actions.draft(session, actor, given)
    response.headers["Location"] = f"{router.prefix}/{report.id}"
    return _shown(session, actor, report, response)


@router.get(
    "/{report_id}",
    operation_id="get_yearly_report",
    summary="Show a yearly report",
    responses=problems(YearlyReportNotFound),
)
def get_yearly_report(session: DbSession, actor: CurrentActor, report_id: ReportId, response: Response) -> YearlyRead:
    """Show a report with its figures, its digest, and the report that corrects it, if there is one."""
    return _shown(session, actor, queries.get_report(session, actor, str(report_id)), response)


@router.get(
    "/{report_id}/figures.csv",
    operation_id="get_yearly_report_figures",
    summary="Get the figures of a yearly report as a file",
    response_class=Response,
    responses={
        200: {"description": "The figures.", "content": {CSV: {"schema": {"type": "string"}}}},
        **problems(YearlyReportNotFound),
    },
)
def get_yearly_report_figures(session: DbSession, actor: CurrentActor, report_id: ReportId) -> Response:
    """Get the figures as CSV (RFC 4180) with a header: a line for each, an empty value where it is confidential."""
    report = queries.get_report(session, actor, str(report_id))
    body = rules.figures_csv(list(YearlyFigure.model_fields), report.content["figures"])
    named = f'attachment; filename="yearly-report-{report.year}-{report.number}.csv"'
    return Response(body, media_type=CSV, headers={"Cache-Control": _cached(actor), "Content-Disposition": named})


@router.get(
    "/{report_id}/recount",
    operation_id="recount_yearly_report",
    summary="Count a yearly report again",
    responses=problems(*KEYED, YearlyReportNotFound),
)
def recount_yearly_report(
    session: DbSession, actor: CurrentActor, report_id: ReportId, response: Response
) -> YearlyRecount:
    """Count the year again from what is on record now, as known at the cut-off, and compare the digests."""
    actor.must(Permission.LABELS_READ_ALL)
    report = queries.get_report(session, actor, str(report_id))
    response.headers["Cache-Control"] = PRIVATE
    return queries.recount(session, report)


@router.post(
    "/{report_id}/release",
    operation_id="release_yearly_report",
    summary="Release a yearly report",
    responses=problems(*MOVING, FiguresHaveMoved),
)
def release_yearly_report(
    session: DbSession,
    actor: CurrentActor,
    report_id: ReportId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> YearlyRead:
    """Make a draft public under its digest, for ever: what it says cannot be changed, only corrected by another."""
    report = _to_change(session, actor, report_id, if_match)
    actions.release(session, actor, report)
    return _shown(session, actor, report, response)


@router.post(
    "/{report_id}/discard",
    operation_id="discard_yearly_report",
    summary="Discard a draft of a yearly report",
    responses=problems(*MOVING),
)
def discard_yearly_report(
    session: DbSession,
    actor: CurrentActor,
    report_id: ReportId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> YearlyRead:
    """Put a draft aside for good; the year can be drafted again."""
    report = _to_change(session, actor, report_id, if_match)
    actions.discard(session, actor, report)
    return _shown(session, actor, report, response)
