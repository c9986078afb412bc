"""Qualifications and the load of assessors over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.assessors import actions, queries
from cluster_api.assessors.errors import NeedsNotMet, QualificationEnded, QualificationHeld, QualificationNotFound
from cluster_api.assessors.schemas import (
    EngagementRead,
    LoadRead,
    QualificationGrant,
    QualificationRead,
    QualificationRenew,
)
from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.organisations.schemas import WithReason
from cluster_api.pool.access import CHANGING, READING, AssessorId, Reader, assessor_to_change, known_assessor, tagged
from cluster_api.pool.errors import DatesNotPossible

router = APIRouter(prefix="/v1/assessors", tags=["assessors"])

QualificationId = Annotated[UUID, Path(description="Identifier of the qualification.")]


@router.get(
    "/{assessor_id}/qualifications",
    operation_id="list_qualifications",
    summary="List the qualifications of an assessor",
    responses=problems(*READING),
)
def list_qualifications(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    query: Annotated[PageQuery, Query()],
) -> Page[QualificationRead]:
    """List the qualifications of an assessor, ended ones too, with what a renewal still needs."""
    assessor = known_assessor(session, actor, assessor_id)
    return private_page(request, response, queries.qualifications_page(session, actor, assessor, query))


@router.post(
    "/{assessor_id}/qualifications",
    operation_id="grant_qualification",
    summary="Qualify an assessor for a role",
    status_code=201,
    responses=problems(*CHANGING, DatesNotPossible, QualificationHeld, NeedsNotMet),
)
def grant_qualification(
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    given: QualificationGrant,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> QualificationRead:
    """Qualify an assessor for a role, if what it needs is on record or a waiver says why that is no matter."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    made = actions.grant(session, actor, assessor, given)
    tagged(response, actor, assessor)
    return queries.read_qualification(actor, made, queries.history_of(session, assessor))


@router.post(
    "/{assessor_id}/qualifications/{qualification_id}/renew",
    operation_id="renew_qualification",
    summary="Renew a qualification",
    responses=problems(*CHANGING, QualificationNotFound, QualificationEnded, NeedsNotMet),
)
def renew_qualification(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    qualification_id: QualificationId,
    given: QualificationRenew,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> QualificationRead:
    """Renew a valid qualification: its last day moves on by the period."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    found = queries.get_qualification(session, assessor, str(qualification_id))
    actions.renew(session, actor, assessor, found, given)
    tagged(response, actor, assessor)
    return queries.read_qualification(actor, found, queries.history_of(session, assessor))


@router.post(
    "/{assessor_id}/qualifications/{qualification_id}/withdraw",
    operation_id="withdraw_qualification",
    summary="Withdraw a qualification",
    responses=problems(*CHANGING, QualificationNotFound, QualificationEnded),
)
def withdraw_qualification(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    qualification_id: QualificationId,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> QualificationRead:
    """Withdraw a valid qualification from today on."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    found = queries.get_qualification(session, assessor, str(qualification_id))
    actions.withdraw(session, actor, assessor, found, reason=given.reason)
    tagged(response, actor, assessor)
    return queries.read_qualification(actor, found, queries.history_of(session, assessor))


@router.get(
    "/{assessor_id}/engagements",
    operation_id="list_engagements",
    summary="List what an assessor did in cases",
    responses=problems(*READING),
)
def list_engagements(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    query: Annotated[PageQuery, Query()],
) -> Page[EngagementRead]:
    """List what an assessor did in cases, with days and fees, in the order of record."""
    assessor = known_assessor(session, actor, assessor_id)
    return private_page(request, response, queries.engagements_page(session, actor, assessor, query))


@router.get(
    "/{assessor_id}/load",
    operation_id="get_load",
    summary="Show the load and the fees of an assessor",
    responses=problems(*READING),
)
def get_load(session: DbSession, actor: Reader, assessor_id: AssessorId, response: Response) -> LoadRead:
    """Show cases, days and fees of an assessor by year."""
    assessor = known_assessor(session, actor, assessor_id)
    response.headers["Cache-Control"] = PRIVATE
    return queries.load_of(session, assessor)
