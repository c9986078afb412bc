"""Interests, conflicts, pins and waivers over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.clusters.errors import ClusterNotFound
from cluster_api.conflicts import actions, queries
from cluster_api.conflicts.errors import (
    AlreadyWithdrawn,
    ConflictUnknown,
    InterestNotFound,
    PinNotFound,
    WaiverNotFound,
)
from cluster_api.conflicts.schemas import (
    ConflictsQuery,
    ConflictsRead,
    DeclarationRead,
    InterestCreate,
    InterestEnd,
    InterestRead,
    PinCreate,
    PinRead,
    WaiverCreate,
    WaiverRead,
)
from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.organisations.schemas import WithReason
from cluster_api.pool.access import CHANGING, READING, AssessorId, Reader, assessor_to_change, known_assessor, tagged
from cluster_api.pool.errors import DatesNotPossible, ReferenceUnknown

router = APIRouter(prefix="/v1/assessors", tags=["assessors"])

InterestId = Annotated[UUID, Path(description="Identifier of the interest.")]
PinId = Annotated[UUID, Path(description="Identifier of the pin.")]
WaiverId = Annotated[UUID, Path(description="Identifier of the waiver.")]


@router.get(
    "/{assessor_id}/interests",
    operation_id="list_interests",
    summary="List the interests of an assessor",
    responses=problems(*READING),
)
def list_interests(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    query: Annotated[PageQuery, Query()],
) -> Page[InterestRead]:
    """List what an assessor declared, withdrawn interests too."""
    assessor = known_assessor(session, actor, assessor_id)
    return private_page(request, response, queries.interests_page(session, actor, assessor, query))


@router.post(
    "/{assessor_id}/interests",
    operation_id="declare_interest",
    summary="Declare an interest",
    status_code=201,
    responses=problems(*CHANGING, ReferenceUnknown, DatesNotPossible),
)
def declare_interest(
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    given: InterestCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> InterestRead:
    """Declare an interest of an assessor: by oneself or by the secretariat."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    interest = actions.declare(session, actor, assessor, given)
    tagged(response, actor, assessor)
    return queries.read_interest(actor, assessor, interest)


@router.post(
    "/{assessor_id}/interests/{interest_id}/end",
    operation_id="end_interest",
    summary="Say when an interest ended",
    responses=problems(*CHANGING, InterestNotFound, AlreadyWithdrawn, DatesNotPossible),
)
def end_interest(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    interest_id: InterestId,
    given: InterestEnd,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> InterestRead:
    """Say when an interest ended; it goes on to count for as long as the rules of conflicts say."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    interest = queries.get_interest(session, assessor, str(interest_id))
    actions.end(session, actor, assessor, interest, ended_on=given.ended_on)
    tagged(response, actor, assessor)
    return queries.read_interest(actor, assessor, interest)


@router.post(
    "/{assessor_id}/interests/{interest_id}/withdraw",
    operation_id="withdraw_interest",
    summary="Withdraw an interest recorded in error",
    responses=problems(*CHANGING, InterestNotFound, AlreadyWithdrawn),
)
def withdraw_interest(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    interest_id: InterestId,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> InterestRead:
    """Withdraw an interest that was recorded in error; it stays on record and does not count. Nobody clears oneself."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    interest = queries.get_interest(session, assessor, str(interest_id))
    actions.withdraw(session, actor, assessor, interest, reason=given.reason)
    tagged(response, actor, assessor)
    return queries.read_interest(actor, assessor, interest)


@router.get(
    "/{assessor_id}/declarations",
    operation_id="list_declarations",
    summary="List when an assessor declared every interest",
    responses=problems(*READING),
)
def list_declarations(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    query: Annotated[PageQuery, Query()],
) -> Page[DeclarationRead]:
    """List when an assessor declared that every interest is on record."""
    assessor = known_assessor(session, actor, assessor_id)
    return private_page(request, response, queries.declarations_page(session, assessor, query))


@router.post(
    "/{assessor_id}/declarations",
    operation_id="declare_interests_complete",
    summary="Declare that every interest is on record",
    status_code=201,
    responses=problems(*CHANGING),
)
def declare_interests_complete(
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> DeclarationRead:
    """Declare that every interest is on record; without a recent declaration everything counts as a conflict."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    declaration = actions.declare_complete(session, actor, assessor)
    tagged(response, actor, assessor)
    return DeclarationRead.model_validate(declaration, from_attributes=True)


@router.get(
    "/{assessor_id}/conflicts",
    operation_id="get_conflicts",
    summary="Compute the conflicts of an assessor with a cluster",
    responses=problems(*READING, ClusterNotFound),
)
def get_conflicts(
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    query: Annotated[ConflictsQuery, Query()],
    response: Response,
) -> ConflictsRead:
    """Compute the conflicts of an assessor with a cluster on a day, each explained by a path of dated facts."""
    assessor = known_assessor(session, actor, assessor_id)
    response.headers["Cache-Control"] = PRIVATE
    return queries.read_conflicts(session, actor, assessor, str(query.cluster_id), query.on)


@router.get(
    "/{assessor_id}/pins",
    operation_id="list_pins",
    summary="List pinned and cleared conflicts",
    responses=problems(*READING),
)
def list_pins(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    query: Annotated[PageQuery, Query()],
) -> Page[PinRead]:
    """List the conflicts that the secretariat pinned or cleared, withdrawn pins too."""
    assessor = known_assessor(session, actor, assessor_id)
    return private_page(request, response, queries.pins_page(session, assessor, query))


@router.post(
    "/{assessor_id}/pins",
    operation_id="pin_conflict",
    summary="Pin a conflict, or clear one",
    status_code=201,
    responses=problems(*CHANGING, ReferenceUnknown, DatesNotPossible, ConflictUnknown),
)
def pin_conflict(
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    given: PinCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> PinRead:
    """Pin a conflict of an assessor with a cluster, or clear one that was found, with the reason."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    made = actions.pin(session, actor, assessor, given)
    tagged(response, actor, assessor)
    return queries.read_pin(made)


@router.post(
    "/{assessor_id}/pins/{pin_id}/withdraw",
    operation_id="withdraw_pin",
    summary="Withdraw a pin",
    responses=problems(*CHANGING, PinNotFound, AlreadyWithdrawn),
)
def withdraw_pin(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    pin_id: PinId,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> PinRead:
    """Withdraw a pin: what it pinned or cleared is again as the facts say."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    made = queries.get_pin(session, assessor, str(pin_id))
    actions.withdraw_pin(session, actor, assessor, made, reason=given.reason)
    tagged(response, actor, assessor)
    return queries.read_pin(made)


@router.get(
    "/{assessor_id}/waivers",
    operation_id="list_waivers",
    summary="List waived rules about pairs",
    responses=problems(*READING),
)
def list_waivers(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    query: Annotated[PageQuery, Query()],
) -> Page[WaiverRead]:
    """List the rules about pairs that were waived for an assessor and another one, withdrawn waivers too."""
    assessor = known_assessor(session, actor, assessor_id)
    return private_page(request, response, queries.waivers_page(session, assessor, query))


@router.post(
    "/{assessor_id}/waivers",
    operation_id="waive_pair_rule",
    summary="Waive a rule about pairs",
    status_code=201,
    responses=problems(*CHANGING, ReferenceUnknown, DatesNotPossible),
)
def waive_pair_rule(
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    given: WaiverCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> WaiverRead:
    """Let two assessors work together on a cluster although a rule about pairs speaks against it, with the reason."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    waiver = actions.waive(session, actor, assessor, given)
    tagged(response, actor, assessor)
    return queries.read_waiver(waiver)


@router.post(
    "/{assessor_id}/waivers/{waiver_id}/withdraw",
    operation_id="withdraw_waiver",
    summary="Withdraw a waiver",
    responses=problems(*CHANGING, WaiverNotFound, AlreadyWithdrawn),
)
def withdraw_waiver(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    waiver_id: WaiverId,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> WaiverRead:
    """Withdraw a waiver; the rule speaks against the two again."""
    assessor = assessor_to_change(session, actor, assessor_id, if_match)
    waiver = queries.get_waiver(session, assessor, str(waiver_id))
    actions.withdraw_waiver(session, actor, assessor, waiver, reason=given.reason)
    tagged(response, actor, assessor)
    return queries.read_waiver(waiver)
