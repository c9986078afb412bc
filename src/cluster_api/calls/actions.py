"""What one can do with calls: plan, publish, apply, withdraw, close, evaluate, award."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.calls import rules
from cluster_api.calls.errors import (
    AwardNotWithinCall,
    CallNotOpen,
    ConsortiumNotPossible,
    DeadlineNotPassed,
    EvaluationsMissing,
    EvaluatorInConflict,
    NotToEvaluate,
)
from cluster_api.calls.models import CallApplicant, CallApplication, CallEvaluation, ProgrammeCall
from cluster_api.calls.queries import applicants_of, conditions_of, evaluated_of, is_open, submitted_of
from cluster_api.calls.schemas import (
    Applicant,
    CallApplicationCreate,
    CallAward,
    CallCreate,
    CallEvaluate,
    Consortium,
    EligibilityProof,
    GrantProposal,
)
from cluster_api.calls.states import APPLICATION, LIFE, ApplicationState, CallState
from cluster_api.clusters.models import Cluster, LevelPeriod
from cluster_api.clusters.queries import visible
from cluster_api.clusters.states import VISIBLE
from cluster_api.conflicts.queries import conflicts_of
from cluster_api.conflicts.rules import open_conflicts
from cluster_api.foundation.canonical import digest
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import normalised_number, uuid7
from cluster_api.foundation.numbers import draw_number
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.methodology.rules import add_months
from cluster_api.partnerships import actions as partnerships
from cluster_api.partnerships.rules import consortium_faults
from cluster_api.partnerships.schemas import PartnershipAward
from cluster_api.partnerships.states import PartnerRole
from cluster_api.pool.models import Assessor
from cluster_api.rounds.queries import taking_part
from cluster_api.rounds.rules import is_eligible

PREFIX = "CA"


def plan(session: Session, actor: Actor, given: CallCreate) -> ProgrammeCall:
    """Plan a call; nobody outside sees it before it is published. Raise CallCodeTaken if the code is used."""
    actor.must(Permission.CALLS_RUN)
    dates = {"version": 1, "created_at": actor.now, "updated_at": actor.now}
    call = ProgrammeCall(id=str(uuid7()), state=CallState.PLANNED, **given.model_dump(), **dates)
    session.add(call)
    session.flush()
    record(session, actor.author, "call.planned", ("call", call.id), details={"code": call.code})
    return call


def publish(session: Session, actor: Actor, call: ProgrammeCall) -> None:
    """Publish a planned call; raise MoveNotAllowed if it is not planned."""
    actor.must(Permission.CALLS_RUN)
    LIFE.apply(call, "publish")
    _changed(session, actor, call, "call.published")


def close(session: Session, actor: Actor, call: ProgrammeCall) -> None:
    """Close a call whose deadline has passed; raise MoveNotAllowed or DeadlineNotPassed."""
    actor.must(Permission.CALLS_RUN)
    LIFE.find(call.state, "close")
    if actor.today <= call.deadline_on:
        raise DeadlineNotPassed(f"The last day is {call.deadline_on}.")
    LIFE.apply(call, "close")
    _changed(session, actor, call, "call.closed")


def conclude_evaluation(session: Session, actor: Actor, call: ProgrammeCall) -> None:
    """Say that everything eligible is evaluated; raise MoveNotAllowed, or EvaluationsMissing, which names the rest."""
    actor.must(Permission.CALLS_RUN)
    LIFE.find(call.state, "evaluate")
    eligible = [one for one in submitted_of(session, call) if one.is_eligible]
    counted = evaluated_of(session, [one.id for one in eligible])
    counts = {one.number: counted.get(one.id, (0, 0.0))[0] for one in eligible}
    faults = [
        Fault("/", "evaluations_missing", f"{number} has {count} of {call.fewest_evaluations}.")
        for number, count in counts.items()
        if count < call.fewest_evaluations
    ]
    if faults:
        raise EvaluationsMissing(" ".join(one.detail for one in faults[:20]), faults=faults)
    LIFE.apply(call, "evaluate")
    _changed(session, actor, call, "call.evaluated")


def apply(session: Session, actor: Actor, call: ProgrammeCall, given: CallApplicationCreate) -> CallApplication:
    """Apply for a consortium. What does not meet the call is taken in all the same, and told rule by rule.

    Raises:
        CallNotOpen: not between the first day and the deadline.
        ConsortiumNotPossible: not one coordinator, somebody twice, or somebody unknown.
        PermissionMissing: the caller does not act for the organisation of the coordinator.
    """
    if not is_open(actor, call):
        raise CallNotOpen(f"One applies from {call.opens_on} to {call.deadline_on}; the call is {call.state.value}.")
    clusters = _consortium(session, actor, given.partners)
    coordinator = next(one for one in given.partners if one.role is PartnerRole.COORDINATOR)
    owner_id = clusters[str(coordinator.cluster_id)].owner_id
    actor.must(Permission.CALLS_APPLY, within=owner_id or "nobody")
    proof = _proof(session, actor, call, given, clusters)
    frozen = proof.model_dump(mode="json")
    application = CallApplication(
        id=str(uuid7()),
        number=draw_number(session, PREFIX, actor.today.year),
        call_id=call.id,
        organisation_id=owner_id,
        **given.model_dump(exclude={"partners"}),
        state=ApplicationState.SUBMITTED,
        is_eligible=is_eligible(proof.rules) is True,
        proof=frozen,
        proof_digest=digest(frozen),
        version=1,
        submitted_at=actor.now,
        updated_at=actor.now,
    )
    session.add(application)
    session.flush()
    for one in given.partners:
        key = {"application_id": application.id, "cluster_id": str(one.cluster_id)}
        session.add(CallApplicant(**key, role=one.role, country=clusters[str(one.cluster_id)].country))
    session.flush()
    details = {"number": application.number, "call": call.code, "proof": application.proof_digest}
    record(session, actor.author, "call_application.submitted", ("call_application", application.id), details=details)
    return application


def _consortium(session: Session, actor: Actor, partners: Sequence[Applicant]) -> dict[str, Cluster]:
    wanted = [str(one.cluster_id) for one in partners]
    faults = [
        Fault("/body/partners", "not_possible", detail)
        for detail in consortium_faults([(str(one.cluster_id), one.role) for one in partners])
    ]
    found = {one.id: one for one in session.scalars(sa.select(Cluster).where(Cluster.id.in_(wanted), visible(actor)))}
    faults += [
        Fault(f"/body/partners/{position}/cluster_id", "unknown", "The register does not know it.")
        for position, cluster_id in enumerate(wanted)
        if cluster_id not in found
    ]
    if faults:
        raise ConsortiumNotPossible(" ".join(one.detail for one in faults[:20]), faults=faults)
    return found


def _proof(
    session: Session, actor: Actor, call: ProgrammeCall, given: CallApplicationCreate, clusters: dict[str, Cluster]
) -> EligibilityProof:
    on = call.label_on or call.deadline_on
    periods = session.execute(
        sa.select(LevelPeriod.cluster_id, LevelPeriod.level, LevelPeriod.label_number).where(
            LevelPeriod.cluster_id.in_(clusters), LevelPeriod.starts_on <= on, LevelPeriod.ends_on >= on
        )
    )
    held = {cluster_id: (level, number) for cluster_id, level, number in periods}
    consortium = []
    for one in given.partners:
        cluster = clusters[str(one.cluster_id)]
        level, number = held.get(cluster.id, (None, None))
        consortium.append(
            Consortium(
                cluster_id=cluster.id,
                name=cluster.legal_name,
                role=one.role,
                country=cluster.country,
                is_published=cluster.profile_state in VISIBLE,
                development=one.development,
                level=level,
                label_number=number,
            )
        )
    asked: dict[str, Any] = {name: getattr(given, name) for name in ("months", "total_cents", "requested_cents")}
    found = rules.consortium_rules(conditions_of(call), consortium, taking_part(call.participation), **asked)
    return EligibilityProof(
        call=call.code, call_version=call.version, on=actor.today, consortium=consortium, rules=found, **asked
    )


def withdraw(session: Session, actor: Actor, call: ProgrammeCall, application: CallApplication) -> None:
    """Withdraw an application before the deadline; raise MoveNotAllowed or CallNotOpen."""
    actor.must(Permission.CALLS_APPLY, within=application.organisation_id)
    APPLICATION.find(application.state, "withdraw")
    if not is_open(actor, call):
        raise CallNotOpen(f"One withdraws until {call.deadline_on}.")
    APPLICATION.apply(application, "withdraw")
    _touched(session, actor, application, "call_application.withdrawn")


def evaluate(
    session: Session, actor: Actor, call: ProgrammeCall, application: CallApplication, given: CallEvaluate
) -> None:
    """Evaluate an application as a person of the pool who has nothing to do with any of its partners.

    Raises:
        NotToEvaluate: the call is not closed, or the application is withdrawn or not eligible.
        EvaluatorInConflict: the caller is no assessor of the pool, or has a conflict with a partner.
        EvaluatedAlready: the caller has done so.
    """
    actor.must(Permission.CALLS_EVALUATE)
    is_fit = application.is_eligible and application.state is ApplicationState.SUBMITTED
    if call.state is not CallState.CLOSED or not is_fit:
        raise NotToEvaluate
    person_id = actor.caller.person_id
    assessor = None if person_id is None else session.scalar(sa.select(Assessor).where(Assessor.person_id == person_id))
    if assessor is None:
        raise EvaluatorInConflict("Only people of the pool of assessors evaluate.")
    partners = applicants_of(session, [application.id])[application.id]
    if any(open_conflicts(conflicts_of(session, assessor, one.cluster_id, actor.today)) for one in partners):
        raise EvaluatorInConflict("You have a conflict with a partner; `/v1/assessors/{id}/conflicts` tells which.")
    session.add(
        CallEvaluation(
            application_id=application.id,
            person_id=assessor.person_id,
            points=given.points,
            reasons=given.reasons,
            evaluated_at=actor.now,
        )
    )
    _touched(session, actor, application, "call_application.evaluated")


def award(session: Session, actor: Actor, call: ProgrammeCall, given: CallAward) -> None:
    """Award a call: partnerships are made of what is funded, everything else is refused (invariant 23).

    Raises:
        MoveNotAllowed: the call is not evaluated.
        AwardNotWithinCall: a grant or the sum of all does not fit; each is named.
    """
    actor.must(Permission.CALLS_AWARD)
    LIFE.find(call.state, "award")
    applications = submitted_of(session, call)
    points = evaluated_of(session, [one.id for one in applications])
    requested = [
        rules.Requested(one.number, one.requested_cents, one.is_eligible, points.get(one.id, (0, 0.0))[1])
        for one in applications
    ]
    faults = rules.award_faults(conditions_of(call), requested, given.grants)
    if faults:
        raise AwardNotWithinCall(" ".join(one.detail for one in faults[:20]), faults=faults)
    grants = {normalised_number(one.number): one for one in given.grants}
    for one in applications:
        if one.number in grants:
            _fund(session, actor, call, one, grants[one.number])
        else:
            APPLICATION.apply(one, "refuse")
            _touched(session, actor, one, "call_application.refused")
    LIFE.apply(call, "award")
    call.award_reason = given.reason
    _changed(session, actor, call, "call.awarded", reason=given.reason, funded=sorted(grants))


def _fund(
    session: Session, actor: Actor, call: ProgrammeCall, application: CallApplication, grant: GrantProposal
) -> None:
    APPLICATION.apply(application, "fund")
    application.grant_cents = grant.grant_cents
    partners = applicants_of(session, [application.id])[application.id]
    partnerships.award(
        session,
        actor,
        PartnershipAward(
            acronym=application.acronym,
            title=application.title,
            call_code=call.code,
            application_number=application.number,
            organisation_id=application.organisation_id,
            grant_cents=grant.grant_cents,
            begins_on=grant.begins_on,
            ends_on=add_months(grant.begins_on, application.months) - timedelta(days=1),
            ecosystems=application.ecosystems,
            targets=application.targets,
            partners=[(one.cluster_id, one.role, one.country) for one in partners],
            agreement=application.agreement,
        ),
    )
    _touched(session, actor, application, "call_application.funded", grant_cents=grant.grant_cents)


def _touched(session: Session, actor: Actor, application: CallApplication, event: str, **details: object) -> None:
    application.version += 1
    application.updated_at = actor.now
    session.flush()
    told = {"number": application.number, **details}
    record(session, actor.author, event, ("call_application", application.id), details=told)


def _changed(
    session: Session, actor: Actor, call: ProgrammeCall, event: str, *, reason: str | None = None, **details: object
) -> None:
    call.version += 1
    call.updated_at = actor.now
    session.flush()
    record(session, actor.author, event, ("call", call.id), reason=reason, details={"code": call.code, **details})
