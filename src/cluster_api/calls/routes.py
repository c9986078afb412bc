"""Calls over HTTP: seen by everybody, run by the secretariat, applied to by clusters, awarded by the board."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from cluster_api.calls import actions, queries
from cluster_api.calls.errors import (
    AwardNotWithinCall,
    CallApplicationNotFound,
    CallCodeTaken,
    CallNotFound,
    CallNotOpen,
    ConsortiumNotPossible,
    DeadlineNotPassed,
    EvaluatedAlready,
    EvaluationsMissing,
    EvaluatorInConflict,
    NotToEvaluate,
)
from cluster_api.calls.models import CallApplication, ProgrammeCall
from cluster_api.calls.schemas import (
    EXAMPLE_CODE,
    EXAMPLE_NUMBER,
    CallApplicationCreate,
    CallApplicationQuery,
    CallApplicationRead,
    CallAward,
    CallCreate,
    CallEvaluate,
    CallQuery,
    CallRead,
)
from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey, NeededKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.identity.permissions import Permission

router = APIRouter(prefix="/v1/calls", tags=["programme"])

CallCode = Annotated[
    str,
    Path(
        min_length=3,
        max_length=40,
        pattern=r"^[0-9A-Z][0-9A-Z\-]*$",
        description="Code of the call.",
        examples=[EXAMPLE_CODE],
    ),
]
Number = Annotated[
    str,
    Path(
        min_length=1,
        max_length=60,
        pattern=r"^[0-9A-Za-z \-]+$",
        description="Number of the application.",
        examples=[EXAMPLE_NUMBER],
    ),
]
MOVING: tuple[type[Problem], ...] = (*KEYED, CallNotFound, PreconditionRequired, Stale, MoveNotAllowed)
READING: tuple[type[Problem], ...] = (*KEYED, CallNotFound, CallApplicationNotFound)


def _shown(session: Session, actor: Actor, call: ProgrammeCall, response: Response) -> CallRead:
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(call.version, actor.view)
    return queries.read_call(session, actor, call)


def _told(
    session: Session, actor: Actor, call: ProgrammeCall, application: CallApplication, response: Response
) -> CallApplicationRead:
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(application.version, actor.view)
    return queries.read_application(session, actor, call, application)


def _to_change(
    session: Session, actor: Actor, code: str, if_match: str | None, permission: Permission
) -> ProgrammeCall:
    call = queries.get_call(session, actor, code, for_change=True)
    # Who may not do it at all hears that first, before anything is said about what was read.
    actor.must(permission)
    require_match(if_match, tag_of_version(call.version, actor.view))
    return call


@router.get("", operation_id="list_calls", summary="List calls")
def list_calls(
    request: Request, response: Response, session: DbSession, actor: CurrentActor, query: Annotated[CallQuery, Query()]
) -> Page[CallRead]:
    """List calls for proposals; planned ones are seen by who runs them."""
    return private_page(request, response, queries.calls_page(session, actor, query))


@router.post(
    "",
    operation_id="plan_call",
    summary="Plan a call",
    status_code=201,
    responses=problems(*KEYED, CallCodeTaken),
)
def plan_call(
    session: DbSession,
    actor: CurrentActor,
    given: CallCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> CallRead:
    """Plan a call with its dates, money and conditions."""
    call = actions.plan(session, actor, given)
    response.headers["Location"] = f"{router.prefix}/{call.code}"
    return _shown(session, actor, call, response)


@router.get("/{code}", operation_id="get_call", summary="Show a call", responses=problems(CallNotFound))
def get_call(session: DbSession, actor: CurrentActor, code: CallCode, response: Response) -> CallRead:
    """Show a call with its conditions, and whether one can apply today."""
    return _shown(session, actor, queries.get_call(session, actor, code), response)


@router.post(
    "/{code}/publish",
    operation_id="publish_call",
    summary="Publish a call",
    responses=problems(*MOVING),
)
def publish_call(
    session: DbSession,
    actor: CurrentActor,
    code: CallCode,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> CallRead:
    """Publish a planned call: everybody sees it, and one applies from its first day on."""
    call = _to_change(session, actor, code, if_match, Permission.CALLS_RUN)
    actions.publish(session, actor, call)
    return _shown(session, actor, call, response)


@router.post(
    "/{code}/close",
    operation_id="close_call",
    summary="Close a call",
    responses=problems(*MOVING, DeadlineNotPassed),
)
def close_call(
    session: DbSession,
    actor: CurrentActor,
    code: CallCode,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> CallRead:
    """Close a call after its deadline, so that it can be evaluated."""
    call = _to_change(session, actor, code, if_match, Permission.CALLS_RUN)
    actions.close(session, actor, call)
    return _shown(session, actor, call, response)


@router.post(
    "/{code}/evaluate",
    operation_id="conclude_call_evaluation",
    summary="Conclude the evaluation of a call",
    responses=problems(*MOVING, EvaluationsMissing),
)
def conclude_call_evaluation(
    session: DbSession,
    actor: CurrentActor,
    code: CallCode,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> CallRead:
    """Say that every eligible application has its evaluations."""
    call = _to_change(session, actor, code, if_match, Permission.CALLS_RUN)
    actions.conclude_evaluation(session, actor, call)
    return _shown(session, actor, call, response)


@router.post(
    "/{code}/award",
    operation_id="award_call",
    summary="Award a call",
    responses=problems(*MOVING, AwardNotWithinCall),
)
def award_call(
    session: DbSession,
    actor: CurrentActor,
    code: CallCode,
    given: CallAward,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
    if_match: IfMatch = None,
) -> CallRead:
    """Decide which applications are funded: partnerships are made of them, all others are refused."""
    call = _to_change(session, actor, code, if_match, Permission.CALLS_AWARD)
    actions.award(session, actor, call, given)
    return _shown(session, actor, call, response)


@router.get(
    "/{code}/applications",
    operation_id="list_call_applications",
    summary="List applications to a call",
    responses=problems(*KEYED, CallNotFound),
)
def list_call_applications(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    code: CallCode,
    query: Annotated[CallApplicationQuery, Query()],
) -> Page[CallApplicationRead]:
    """List applications to a call of which the caller may know: the own, and all to who runs it."""
    queries.must_see_applications(actor)
    call = queries.get_call(session, actor, code)
    return private_page(request, response, queries.applications_page(session, actor, call, query))


@router.post(
    "/{code}/applications",
    operation_id="apply_to_call",
    summary="Apply to a call",
    status_code=201,
    responses=problems(*KEYED, CallNotFound, CallNotOpen, ConsortiumNotPossible, PreconditionRequired, Stale),
)
def apply_to_call(
    session: DbSession,
    actor: CurrentActor,
    code: CallCode,
    given: CallApplicationCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> CallApplicationRead:
    """Apply for a consortium; eligibility is told rule by rule and frozen with it. Rehearse with `dry_run=true`."""
    call = queries.get_call(session, actor, code)
    actor.must(Permission.CALLS_APPLY)
    # Who applies has read the conditions as they are now.
    require_match(if_match, tag_of_version(call.version, actor.view))
    application = actions.apply(session, actor, call, given)
    response.headers["Location"] = f"{router.prefix}/{code}/applications/{application.number}"
    return _told(session, actor, call, application, response)


@router.get(
    "/{code}/applications/{number}",
    operation_id="get_call_application",
    summary="Show an application to a call",
    responses=problems(*READING),
)
def get_call_application(
    session: DbSession, actor: CurrentActor, code: CallCode, number: Number, response: Response
) -> CallApplicationRead:
    """Show an application with the proof of its eligibility."""
    queries.must_see_applications(actor)
    call = queries.get_call(session, actor, code)
    return _told(session, actor, call, queries.get_application(session, actor, call, number), response)


@router.post(
    "/{code}/applications/{number}/withdraw",
    operation_id="withdraw_call_application",
    summary="Withdraw an application to a call",
    responses=problems(*READING, PreconditionRequired, Stale, MoveNotAllowed, CallNotOpen),
)
def withdraw_call_application(
    session: DbSession,
    actor: CurrentActor,
    code: CallCode,
    number: Number,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> CallApplicationRead:
    """Withdraw an application before the deadline; one may apply again."""
    call = queries.get_call(session, actor, code)
    actor.must(Permission.CALLS_APPLY)
    application = queries.get_application(session, actor, call, number, for_change=True)
    require_match(if_match, tag_of_version(application.version, actor.view))
    actions.withdraw(session, actor, call, application)
    return _told(session, actor, call, application, response)


@router.post(
    "/{code}/applications/{number}/evaluate",
    operation_id="evaluate_call_application",
    summary="Evaluate an application to a call",
    responses=problems(*READING, PreconditionRequired, Stale, NotToEvaluate, EvaluatorInConflict, EvaluatedAlready),
)
def evaluate_call_application(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: CurrentActor,
    code: CallCode,
    number: Number,
    given: CallEvaluate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> CallApplicationRead:
    """Evaluate an application of a closed call, as a person without conflict with any of its partners."""
    call = queries.get_call(session, actor, code)
    actor.must(Permission.CALLS_EVALUATE)
    application = queries.get_application(session, actor, call, number, for_change=True)
    require_match(if_match, tag_of_version(application.version, actor.view))
    actions.evaluate(session, actor, call, application, given)
    return _told(session, actor, call, application, response)
