"""Partnerships over HTTP: who is funded for everybody, agreements and activities for who takes part."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from cluster_api.clusters.errors import ClusterNotFound
from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.partnerships import actions, queries
from cluster_api.partnerships.errors import (
    ActivityNotPossible,
    AgreementChanged,
    AgreementInForce,
    AgreementNotFound,
    KpiNotDeclared,
    NoSuchPartner,
    PartnershipNotFound,
    PartnerTaken,
    SignedAlready,
)
from cluster_api.partnerships.models import Partnership
from cluster_api.partnerships.schemas import (
    ActivityCreate,
    ActivityQuery,
    ActivityRead,
    AgreementAmend,
    AgreementRead,
    AgreementSign,
    KpiDeclare,
    PartnershipQuery,
    PartnershipRead,
    PartnershipTerminate,
)

router = APIRouter(prefix="/v1/partnerships", tags=["programme"])

PartnershipId = Annotated[UUID, Path(description="Identifier of the partnership.")]
READING: tuple[type[Problem], ...] = (PartnershipNotFound,)
MOVING: tuple[type[Problem], ...] = (*KEYED, *READING, PreconditionRequired, Stale, MoveNotAllowed)


def _tagged(response: Response, actor: Actor, partnership: Partnership) -> None:
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(partnership.version, actor.view)


def _to_change(session: Session, actor: Actor, partnership_id: UUID, if_match: str | None) -> Partnership:
    partnership = queries.get_partnership(session, str(partnership_id), for_change=True)
    require_match(if_match, tag_of_version(partnership.version, actor.view))
    return partnership


def _run_to_change(session: Session, actor: Actor, partnership_id: UUID, if_match: str | None) -> Partnership:
    # Who does not run the office hears that first, before anything is said about what was read.
    queries.must_run(actor, queries.get_partnership(session, str(partnership_id)))
    return _to_change(session, actor, partnership_id, if_match)


@router.get("", operation_id="list_partnerships", summary="List partnerships")
def list_partnerships(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[PartnershipQuery, Query()],
) -> Page[PartnershipRead]:
    """List partnerships that calls have funded, in the order in which they were awarded."""
    return private_page(request, response, queries.partnerships_page(session, actor, query))


@router.get(
    "/{partnership_id}", operation_id="get_partnership", summary="Show a partnership", responses=problems(*READING)
)
def get_partnership(
    session: DbSession, actor: CurrentActor, partnership_id: PartnershipId, response: Response
) -> PartnershipRead:
    """Show who is funded, for what, and with how much."""
    partnership = queries.get_partnership(session, str(partnership_id))
    _tagged(response, actor, partnership)
    return queries.read_partnership(session, actor, partnership)


@router.get(
    "/{partnership_id}/agreement",
    operation_id="get_partnership_agreement",
    summary="Show the agreement of a partnership",
    responses=problems(*KEYED, *READING, AgreementNotFound),
)
def get_partnership_agreement(
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    response: Response,
    number: Annotated[int | None, Query(ge=1, le=10_000, description="Version; the newest if left out.")] = None,
) -> AgreementRead:
    """Show the newest text of the agreement, its digest, who has signed it and who has not."""
    partnership = queries.get_partnership(session, str(partnership_id))
    queries.must_take_part(session, actor, partnership)
    _tagged(response, actor, partnership)
    return queries.read_agreement(session, queries.newest_agreement(session, partnership, number))


@router.post(
    "/{partnership_id}/amend",
    operation_id="amend_partnership_agreement",
    summary="Amend the agreement of a partnership",
    responses=problems(*MOVING, ClusterNotFound, PartnerTaken, NoSuchPartner, ActivityNotPossible),
)
def amend_partnership_agreement(
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    given: AgreementAmend,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AgreementRead:
    """Put a new text to the partners; whatever was signed of an older one does not count for it."""
    partnership = _run_to_change(session, actor, partnership_id, if_match)
    agreement = actions.amend(session, actor, partnership, given)
    _tagged(response, actor, partnership)
    return queries.read_agreement(session, agreement)


@router.post(
    "/{partnership_id}/sign",
    operation_id="sign_partnership_agreement",
    summary="Sign the agreement of a partnership",
    responses=problems(*MOVING, NoSuchPartner, AgreementChanged, AgreementInForce, SignedAlready),
)
def sign_partnership_agreement(
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    given: AgreementSign,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AgreementRead:
    """Sign the text whose digest you name, for a cluster organisation of yours."""
    queries.must_take_part(session, actor, queries.get_partnership(session, str(partnership_id)))
    partnership = _to_change(session, actor, partnership_id, if_match)
    agreement = actions.sign(session, actor, partnership, given)
    _tagged(response, actor, partnership)
    return queries.read_agreement(session, agreement)


@router.post(
    "/{partnership_id}/terminate",
    operation_id="terminate_partnership",
    summary="End a partnership early",
    responses=problems(*MOVING),
)
def terminate_partnership(
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    given: PartnershipTerminate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> PartnershipRead:
    """End a partnership before its last day, with the reason."""
    partnership = _run_to_change(session, actor, partnership_id, if_match)
    actions.terminate(session, actor, partnership, reason=given.reason)
    _tagged(response, actor, partnership)
    return queries.read_partnership(session, actor, partnership)


@router.get(
    "/{partnership_id}/activities",
    operation_id="list_partnership_activities",
    summary="List activities of a partnership",
    responses=problems(*KEYED, *READING),
)
def list_partnership_activities(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    query: Annotated[ActivityQuery, Query()],
) -> Page[ActivityRead]:
    """List what a partnership did, with numbers of who took part."""
    partnership = queries.get_partnership(session, str(partnership_id))
    queries.must_take_part(session, actor, partnership)
    return private_page(request, response, queries.activities_page(session, partnership, query))


@router.post(
    "/{partnership_id}/activities",
    operation_id="record_partnership_activity",
    summary="Record an activity of a partnership",
    status_code=201,
    responses=problems(*KEYED, *READING, PreconditionRequired, Stale, ActivityNotPossible),
)
def record_partnership_activity(
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    given: ActivityCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ActivityRead:
    """Record what a partnership did; indicators that can be computed from it follow."""
    partnership = _run_to_change(session, actor, partnership_id, if_match)
    activity = actions.record_activity(session, actor, partnership, given)
    _tagged(response, actor, partnership)
    return queries.read_activities(session, [activity])[0]


@router.post(
    "/{partnership_id}/declare",
    operation_id="declare_partnership_indicator",
    summary="Declare an indicator of a partnership",
    responses=problems(*KEYED, *READING, PreconditionRequired, Stale, ActivityNotPossible, KpiNotDeclared),
)
def declare_partnership_indicator(
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    given: KpiDeclare,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> PartnershipRead:
    """Declare what an indicator has reached by a day, where records do not tell, with evidence."""
    partnership = _run_to_change(session, actor, partnership_id, if_match)
    actions.declare_kpi(session, actor, partnership, given)
    _tagged(response, actor, partnership)
    return queries.read_partnership(session, actor, partnership)
