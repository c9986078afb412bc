"""Indicators, reports of progress and the figures of the programme over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, PUBLIC, problems
from cluster_api.foundation.paging import Page, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.identity.permissions import Permission
from cluster_api.partnerships.errors import PartnershipNotFound
from cluster_api.partnerships.models import Partnership
from cluster_api.partnerships.queries import get_partnership, must_run, must_take_part
from cluster_api.programme import actions, queries
from cluster_api.programme.errors import PeriodNotPossible, ProgressReportNotFound, ReportAwaitsAnswer
from cluster_api.programme.models import ProgressReport
from cluster_api.programme.schemas import (
    KpiList,
    KpiQuery,
    ProgrammeFigures,
    ProgressAnswer,
    ProgressQuery,
    ProgressReportRead,
    ProgressSubmit,
)

router = APIRouter(prefix="/v1/partnerships/{partnership_id}", tags=["programme"])
figures = APIRouter(prefix="/v1/statistics/programme", tags=["statistics"])

PartnershipId = Annotated[UUID, Path(description="Identifier of the partnership.")]
ReportNumber = Annotated[int, Path(ge=1, le=10_000, description="Number of the report.", examples=[1])]
READING: tuple[type[Problem], ...] = (*KEYED, PartnershipNotFound, ProgressReportNotFound)
ANSWERING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale, MoveNotAllowed)


def _seen(session: DbSession, actor: Actor, partnership_id: UUID) -> Partnership:
    partnership = get_partnership(session, str(partnership_id))
    must_take_part(session, actor, partnership)
    return partnership


def _tagged(response: Response, actor: Actor, report: ProgressReport) -> ProgressReportRead:
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(report.version, actor.view)
    return queries.read_report(actor, report)


def _answered(
    session: DbSession, actor: Actor, place: tuple[UUID, int], if_match: str | None, verb: str, given: ProgressAnswer
) -> ProgressReport:
    actor.must(Permission.CALLS_RUN)
    partnership = get_partnership(session, str(place[0]))
    report = queries.get_report(session, partnership, place[1], for_change=True)
    require_match(if_match, tag_of_version(report.version, actor.view))
    actions.answer_report(session, actor, report, verb, answer=given.answer)
    return report


@figures.get("", operation_id="get_programme_figures", summary="Count what the programme reached")
def get_programme_figures(
    request: Request, response: Response, session: DbSession, query: Annotated[KpiQuery, Query()]
) -> ProgrammeFigures:
    """Count partnerships, partners and what they reached by a day, beside figures published elsewhere.

    What counts few organisations or persons is suppressed. Parts of the exchanges are told by
    `/v1/statistics/exchanges`.
    """
    response.headers["Cache-Control"] = PUBLIC
    today = civil_date(request.app.state.clock.now())
    return queries.programme_figures(session, min(query.at or today, today), today)


@router.get(
    "/kpis",
    operation_id="list_partnership_indicators",
    summary="List indicators of a partnership",
    responses=problems(*KEYED, PartnershipNotFound),
)
def list_partnership_indicators(
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    response: Response,
    query: Annotated[KpiQuery, Query()],
) -> KpiList:
    """List every indicator with its target and what it has reached: computed from records, or declared."""
    partnership = _seen(session, actor, partnership_id)
    response.headers["Cache-Control"] = PRIVATE
    return queries.kpis_of(session, partnership, min(query.at or actor.today, actor.today))


@router.get(
    "/reports",
    operation_id="list_progress_reports",
    summary="List reports of progress",
    responses=problems(*KEYED, PartnershipNotFound),
)
def list_progress_reports(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    query: Annotated[ProgressQuery, Query()],
) -> Page[ProgressReportRead]:
    """List what a partnership has reported, in the order in which it was sent."""
    partnership = _seen(session, actor, partnership_id)
    return private_page(request, response, queries.reports_page(session, actor, partnership, query))


@router.post(
    "/reports",
    operation_id="submit_progress_report",
    summary="Report progress",
    status_code=201,
    responses=problems(*KEYED, PartnershipNotFound, PreconditionRequired, Stale, ReportAwaitsAnswer, PeriodNotPossible),
)
def submit_progress_report(
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    given: ProgressSubmit,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ProgressReportRead:
    """Report a period; it begins where the last accepted report ended, and its indicators are frozen with it."""
    must_run(actor, get_partnership(session, str(partnership_id)))
    partnership = get_partnership(session, str(partnership_id), for_change=True)
    require_match(if_match, tag_of_version(partnership.version, actor.view))
    return _tagged(response, actor, actions.submit(session, actor, partnership, given))


@router.get(
    "/reports/{number}",
    operation_id="get_progress_report",
    summary="Show a report of progress",
    responses=problems(*READING),
)
def get_progress_report(
    session: DbSession, actor: CurrentActor, partnership_id: PartnershipId, number: ReportNumber, response: Response
) -> ProgressReportRead:
    """Show a report with the indicators as they stood when it was sent, and its answer."""
    partnership = _seen(session, actor, partnership_id)
    return _tagged(response, actor, queries.get_report(session, partnership, number))


@router.post(
    "/reports/{number}/accept",
    operation_id="accept_progress_report",
    summary="Accept a report of progress",
    responses=problems(*ANSWERING),
)
def accept_progress_report(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    number: ReportNumber,
    given: ProgressAnswer,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ProgressReportRead:
    """Accept a report; the next one begins on the day after it."""
    report = _answered(session, actor, (partnership_id, number), if_match, "accept", given)
    return _tagged(response, actor, report)


@router.post(
    "/reports/{number}/return",
    operation_id="return_progress_report",
    summary="Return a report of progress",
    responses=problems(*ANSWERING),
)
def return_progress_report(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    number: ReportNumber,
    given: ProgressAnswer,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ProgressReportRead:
    """Send a report back with the reason; the next one reports the same period again."""
    report = _answered(session, actor, (partnership_id, number), if_match, "return", given)
    return _tagged(response, actor, report)
