"""Exchange grants over HTTP, until they are agreed: built, planned, signed, agreed, cancelled."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from cluster_api.bankfiles.errors import AccountNotValid
from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey, NeededKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.grants import actions, queries, rules
from cluster_api.grants.errors import (
    DocumentChanged,
    DocumentSigned,
    ExchangeNotFound,
    MatchNotConfirmed,
    NoParty,
    NotYet,
    PlanFixed,
    PlanNotAllowed,
    PlanNotPossible,
    SignaturesMissing,
    VisitTaken,
)
from cluster_api.grants.models import ExchangeGrant
from cluster_api.grants.schemas import (
    EXAMPLE_NUMBER,
    ExchangeBuild,
    ExchangePlan,
    ExchangeQuery,
    ExchangeRead,
    ExchangeReason,
    ExchangeSign,
)
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.ledger.errors import BudgetExceeded, BudgetNotFound
from cluster_api.matches.errors import MatchNotFound, MatchNotPossible
from cluster_api.matches.queries import get_match

router = APIRouter(prefix="/v1/exchange-grants", tags=["exchanges"])

Number = Annotated[
    str,
    Path(
        min_length=1,
        max_length=60,
        pattern=r"^[0-9A-Za-z \-]+$",
        description="Number of the exchange.",
        examples=[EXAMPLE_NUMBER],
    ),
]
READING: tuple[type[Problem], ...] = (*KEYED, ExchangeNotFound)
MOVING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale, MoveNotAllowed, NoParty)


def shown(session: Session, actor: Actor, grant: ExchangeGrant, response: Response) -> ExchangeRead:
    """Answer an exchange as the caller sees it, tagged for a later change."""
    found = queries.read_exchange(session, actor, grant)
    response.headers["Cache-Control"] = PRIVATE
    # Where it stands follows from its dates, too: the tag tells of the day.
    response.headers["ETag"] = _tag(actor, grant, found.state)
    return found


def _tag(actor: Actor, grant: ExchangeGrant, phase: str) -> str:
    return tag_of_version(grant.version, f"{actor.view}-{phase}")


def to_change(session: Session, actor: Actor, number: str, if_match: str | None) -> ExchangeGrant:
    """Answer an exchange locked for a change; raise ExchangeNotFound, PreconditionRequired or Stale."""
    grant = queries.get_exchange(session, actor, number, for_change=True)
    require_match(if_match, _tag(actor, grant, rules.phase_on(queries.times_of(grant), actor.today)))
    return grant


@router.get("", operation_id="list_exchanges", summary="List exchanges", responses=problems(*KEYED))
def list_exchanges(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[ExchangeQuery, Query()],
) -> Page[ExchangeRead]:
    """List exchanges to which one is a party; `overdue=true` tells what is stuck, and `waits_for` where."""
    return private_page(request, response, queries.exchanges_page(session, actor, query))


@router.post(
    "",
    operation_id="build_exchange",
    summary="Build an exchange",
    status_code=201,
    responses=problems(*KEYED, MatchNotFound, MatchNotConfirmed, MatchNotPossible, VisitTaken),
)
def build_exchange(
    session: DbSession,
    actor: CurrentActor,
    given: ExchangeBuild,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> ExchangeRead:
    """Build an exchange of a confirmed match; a physical one takes the one visit of the visiting organisation."""
    match = get_match(session, actor, str(given.match_id), for_change=True)
    grant = actions.build(session, actor, match, given.mode)
    response.headers["Location"] = f"{router.prefix}/{grant.number}"
    return shown(session, actor, grant, response)


@router.get("/{number}", operation_id="get_exchange", summary="Show an exchange", responses=problems(*READING))
def get_exchange(session: DbSession, actor: CurrentActor, number: Number, response: Response) -> ExchangeRead:
    """Show an exchange with its calculation, its documents and who has signed them, reports and evidence."""
    return shown(session, actor, queries.get_exchange(session, actor, number), response)


@router.patch(
    "/{number}",
    operation_id="plan_exchange",
    summary="Plan an exchange",
    responses=problems(
        *READING, PreconditionRequired, Stale, NoParty, PlanFixed, PlanNotAllowed, PlanNotPossible, AccountNotValid
    ),
)
def plan_exchange(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    patch: ExchangePlan,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> ExchangeRead:
    """Change the plan, as a merge patch; whatever was signed before is void, an agreed exchange is opened again."""
    grant = to_change(session, actor, number, if_match)
    return shown(session, actor, actions.plan(session, actor, grant, patch), response)


@router.post(
    "/{number}/sign",
    operation_id="sign_exchange_document",
    summary="Sign a document of an exchange",
    responses=problems(*MOVING, DocumentChanged, DocumentSigned),
)
def sign_exchange_document(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: ExchangeSign,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ExchangeRead:
    """Sign the document whose digest you name, for a party that you act for."""
    grant = to_change(session, actor, number, if_match)
    actions.sign(session, actor, grant, given)
    return shown(session, actor, grant, response)


@router.post(
    "/{number}/agree",
    operation_id="agree_exchange",
    summary="Agree an exchange",
    responses=problems(*MOVING, PlanNotPossible, SignaturesMissing, BudgetNotFound, BudgetExceeded),
)
def agree_exchange(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
    if_match: IfMatch = None,
) -> ExchangeRead:
    """Agree an exchange as the partnership of the visitor: the amount is fixed and reserved."""
    grant = to_change(session, actor, number, if_match)
    actions.agree(session, actor, grant)
    return shown(session, actor, grant, response)


@router.post(
    "/{number}/cancel",
    operation_id="cancel_exchange",
    summary="Cancel an exchange",
    responses=problems(*MOVING, NotYet),
)
def cancel_exchange(
    session: DbSession,
    actor: CurrentActor,
    number: Number,
    given: ExchangeReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> ExchangeRead:
    """Cancel an exchange before it begins, as any party: what was reserved is released."""
    grant = to_change(session, actor, number, if_match)
    actions.cancel(session, actor, grant, reason=given.reason)
    return shown(session, actor, grant, response)
