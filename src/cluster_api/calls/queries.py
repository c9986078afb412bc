"""What one can ask about calls; an application is seen by who applies, who evaluates, and who runs or reads all."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.calls import rules
from cluster_api.calls.errors import CallApplicationNotFound, CallNotFound
from cluster_api.calls.models import CallApplicant, CallApplication, CallEvaluation, ProgrammeCall
from cluster_api.calls.schemas import (
    ApplicantRead,
    CallApplicationQuery,
    CallApplicationRead,
    CallConditions,
    CallQuery,
    CallRead,
    EligibilityProof,
)
from cluster_api.calls.states import APPLICATION, APPLY, LIFE, ApplicationState, CallState
from cluster_api.foundation.identifiers import normalised_number
from cluster_api.foundation.paging import Page
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.partnerships.queries import CURRENCY
from cluster_api.pool.queries import keyed_page

COUNTED = {CallState.CLOSED, CallState.EVALUATED, CallState.AWARDED}


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    if actor.can(Permission.CALLS_READ_ALL):
        return sa.true()
    return ProgrammeCall.state != CallState.PLANNED


def get_call(session: Session, actor: Actor, code: str, *, for_change: bool = False) -> ProgrammeCall:
    """Answer a call of which the caller may know, locked if it is to be changed; raise CallNotFound."""
    statement = sa.select(ProgrammeCall).where(ProgrammeCall.code == code, _visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise CallNotFound
    return found


def conditions_of(call: ProgrammeCall) -> CallConditions:
    """Answer what a call asks for, as its rules read it."""
    return CallConditions(**{name: getattr(call, name) for name in CallConditions.model_fields})


def is_open(actor: Actor, call: ProgrammeCall) -> bool:
    """Answer whether one can apply today."""
    return rules.is_open(conditions_of(call), call.state is CallState.OPEN, actor.today)


def read_calls(session: Session, actor: Actor, calls: Sequence[ProgrammeCall]) -> list[CallRead]:
    """Answer calls as this caller may see them."""
    counted = session.execute(
        sa.select(CallApplication.call_id, sa.func.count(), sa.func.sum(CallApplication.grant_cents))
        .where(CallApplication.call_id.in_([one.id for one in calls]))
        .where(CallApplication.state != ApplicationState.WITHDRAWN)
        .group_by(CallApplication.call_id)
    )
    numbers = {call_id: (count, int(cents or 0)) for call_id, count, cents in counted}
    return [
        CallRead(
            **conditions_of(one).model_dump(),
            code=one.code,
            currency=CURRENCY,
            state=one.state,
            is_open=is_open(actor, one),
            applications=numbers.get(one.id, (0, 0))[0] if one.state in COUNTED else None,
            granted_cents=numbers.get(one.id, (0, 0))[1] if one.state is CallState.AWARDED else None,
            award_reason=one.award_reason,
            version=one.version,
            allowed_moves=[move.verb for move in LIFE.moves_from(one.state) if actor.can(Permission(move.permission))],
        )
        for one in calls
    ]


def read_call(session: Session, actor: Actor, call: ProgrammeCall) -> CallRead:
    """Answer a call as this caller may see it."""
    return read_calls(session, actor, [call])[0]


def calls_page(session: Session, actor: Actor, query: CallQuery) -> Page[CallRead]:
    """Answer a page of calls in the order in which they were planned."""
    statement = sa.select(ProgrammeCall).where(_visible(actor))
    if query.state is not None:
        statement = statement.where(ProgrammeCall.state == query.state)
    shown, cursor = keyed_page(session, statement, ProgrammeCall.id, query, of="calls", view=actor.view)
    return Page(items=read_calls(session, actor, shown), next=cursor)


def must_see_applications(actor: Actor) -> None:
    """Raise CredentialsRequired or PermissionMissing to a caller for whom there can be no applications."""
    actor.must_any(Permission.CALLS_APPLY, Permission.CALLS_EVALUATE, Permission.CALLS_READ_ALL)


def sees_inside(actor: Actor) -> bool:
    """Answer whether the caller may know how an application was evaluated."""
    return actor.can(Permission.CALLS_READ_ALL)


def _seen(actor: Actor, call: ProgrammeCall) -> sa.ColumnElement[bool]:
    if sees_inside(actor):
        return sa.true()
    own = CallApplication.organisation_id.in_(actor.where(Permission.CALLS_APPLY))
    if actor.can(Permission.CALLS_EVALUATE) and call.state in COUNTED:
        return sa.or_(own, CallApplication.state != ApplicationState.WITHDRAWN)
    return own


def get_application(
    session: Session, actor: Actor, call: ProgrammeCall, number: str, *, for_change: bool = False
) -> CallApplication:
    """Answer an application of which the caller may know; raise CallApplicationNotFound."""
    must_see_applications(actor)
    statement = sa.select(CallApplication).where(
        CallApplication.call_id == call.id, CallApplication.number == normalised_number(number), _seen(actor, call)
    )
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise CallApplicationNotFound
    return found


def applicants_of(session: Session, application_ids: Sequence[str]) -> dict[str, list[CallApplicant]]:
    """Answer the consortium of each application, the coordinator first."""
    found: dict[str, list[CallApplicant]] = {one: [] for one in application_ids}
    statement = sa.select(CallApplicant).where(CallApplicant.application_id.in_(application_ids))
    for one in session.scalars(statement.order_by(CallApplicant.role, CallApplicant.cluster_id)):
        found[one.application_id].append(one)
    return found


def evaluated_of(session: Session, application_ids: Sequence[str]) -> dict[str, tuple[int, float]]:
    """Answer how often each application was evaluated, and the mean of its points."""
    statement = (
        sa.select(CallEvaluation.application_id, sa.func.count(), sa.func.sum(CallEvaluation.points))
        .where(CallEvaluation.application_id.in_(application_ids))
        .group_by(CallEvaluation.application_id)
    )
    return {one: (count, float(points) / count) for one, count, points in session.execute(statement)}


def read_applications(
    session: Session, actor: Actor, call: ProgrammeCall, applications: Sequence[CallApplication]
) -> list[CallApplicationRead]:
    """Answer applications as this caller may see them."""
    ids = [one.id for one in applications]
    applicants, evaluated, inside = applicants_of(session, ids), evaluated_of(session, ids), sees_inside(actor)
    found = []
    for one in applications:
        count, mean = evaluated.get(one.id, (0, None))
        is_own = actor.can(Permission.CALLS_APPLY, within=one.organisation_id)
        tells_points = inside or (is_own and call.state is CallState.AWARDED)
        may_withdraw = is_own and is_open(actor, call)
        moves = {move.verb for move in APPLICATION.moves_from(one.state) if move.permission == APPLY}
        found.append(
            CallApplicationRead(
                number=one.number,
                call=call.code,
                organisation_id=UUID(one.organisation_id),
                acronym=one.acronym,
                title=one.title,
                months=one.months,
                total_cents=one.total_cents,
                requested_cents=one.requested_cents,
                partners=[
                    ApplicantRead(cluster_id=UUID(partner.cluster_id), role=partner.role, country=partner.country)
                    for partner in applicants[one.id]
                ],
                state=one.state,
                is_eligible=one.is_eligible,
                rules=EligibilityProof(**one.proof).rules,
                proof_digest=one.proof_digest,
                evaluations=count if inside else None,
                mean_points=mean if tells_points else None,
                grant_cents=one.grant_cents,
                submitted_at=one.submitted_at,
                version=one.version,
                allowed_moves=sorted(moves) if may_withdraw else [],
            )
        )
    return found


def read_application(
    session: Session, actor: Actor, call: ProgrammeCall, application: CallApplication
) -> CallApplicationRead:
    """Answer an application as this caller may see it."""
    return read_applications(session, actor, call, [application])[0]


def applications_page(
    session: Session, actor: Actor, call: ProgrammeCall, query: CallApplicationQuery
) -> Page[CallApplicationRead]:
    """Answer a page of the applications to a call of which the caller may know."""
    must_see_applications(actor)
    statement = sa.select(CallApplication).where(CallApplication.call_id == call.id, _seen(actor, call))
    if query.state is not None:
        statement = statement.where(CallApplication.state == query.state)
    asked = {"of": "call-applications", "call": call.code, "view": actor.view}
    shown, cursor = keyed_page(session, statement, CallApplication.id, query, **asked)
    return Page(items=read_applications(session, actor, call, shown), next=cursor)


def submitted_of(session: Session, call: ProgrammeCall) -> list[CallApplication]:
    """Answer the applications to a call that were not withdrawn, locked: an award decides all of them."""
    statement = sa.select(CallApplication).where(
        CallApplication.call_id == call.id, CallApplication.state == ApplicationState.SUBMITTED
    )
    return list(session.scalars(statement.order_by(CallApplication.id).with_for_update()))
