"""What one can do about who assesses a case and when: propose, accept, agree, replace; plan the visit and record it."""

from collections.abc import Sequence
from datetime import date
from operator import itemgetter

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.actions import move as move_case
from cluster_api.assessments.actions import must_be_able, must_be_in, must_stand, subject, touch
from cluster_api.assessments.models import Assessment, Assignment
from cluster_api.assessments.queries import facts_of, must, process_of, scorers_of, terms_of
from cluster_api.assessments.rules import days_wanted, expires_on, renewal_window
from cluster_api.assessments.states import (
    ASSIGNMENT,
    PLANNING,
    SCORING,
    AssignmentRole,
    AssignmentState,
)
from cluster_api.assessors.actions import record_engagement
from cluster_api.assessors.rules import fee_of
from cluster_api.assignments.errors import (
    AssessorNotEligible,
    AssessorsNotReady,
    EverybodyScored,
    ObjectionUsed,
    PairNotPossible,
    SelfAssessmentMissing,
    VisitNotOver,
    VisitNotPossible,
)
from cluster_api.assignments.queries import (
    all_in,
    assignment_refusals,
    find_assessor,
    is_handed_in,
    may_move,
    must_fit,
    pair_refusals,
    taking_part,
    unready,
)
from cluster_api.assignments.rules import QUALIFIED_AS, codes_of, faults_of
from cluster_api.assignments.schemas import AssignmentPropose
from cluster_api.clusters.states import Level
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record

EVENTS = {
    "accept": "assignment.accepted",
    "decline": "assignment.declined",
    "declare": "assignment.conflict_declared",
    "agree": "assignment.agreed",
    "object": "assignment.objected_to",
    "replace": "assignment.replaced",
    "activate": "assignment.activated",
    "stand_down": "assignment.stood_down",
    "finish": "assignment.finished",
}


def propose(session: Session, actor: Actor, case: Assessment, given: AssignmentPropose) -> Assignment:
    """Propose somebody for a role in a case whose contract is concluded, and answer the assignment.

    Raises:
        CaseNotOpen, RoleNotFitting: not now, or not at this level.
        AssessorNotEligible, PairNotPossible: with the reasons.
        AssignmentTaken: the person or the role is taken (said by the database).
    """
    must(session, actor, case, Permission.ASSESSMENTS_RUN)
    must_stand(case)
    must_be_in(case, *PLANNING)
    must_fit(case, given.role)
    person_id = str(given.person_id)
    days = case.dates or [actor.today]
    _must_be_eligible(session, case, person_id, given.role, days, pointer="/body/person_id")
    if given.role in SCORING[case.level] and given.waiver is None:
        _must_fit_together(session, case, person_id, days[-1])
    assignment = Assignment(
        id=str(uuid7()),
        assessment_id=case.id,
        person_id=person_id,
        role=given.role,
        state=AssignmentState.PROPOSED,
        waiver=given.waiver,
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(assignment)
    session.flush()
    _tell(session, actor, case, assignment, "assignment.proposed", given.waiver)
    return assignment


def _must_be_eligible(
    session: Session, case: Assessment, person_id: str, role: AssignmentRole, days: Sequence[date], *, pointer: str
) -> None:
    if against := assignment_refusals(session, case, person_id, role, days):
        raise AssessorNotEligible(
            f"Not possible: {' '.join(one.detail for one in against)}",
            faults=faults_of(against, pointer),
            members={"reasons": codes_of(against)},
        )


def _must_fit_together(session: Session, case: Assessment, person_id: str, on: date) -> None:
    others = [one.person_id for one in scorers_of(session, case) if one.person_id != person_id and one.waiver is None]
    if against := [why for other in others for why in pair_refusals(session, case, person_id, other, on)]:
        raise PairNotPossible(
            f"Not together: {' '.join(one.detail for one in against)}",
            faults=faults_of(against, "/body/person_id"),
            members={"reasons": codes_of(against)},
        )


def accept(session: Session, actor: Actor, case: Assessment, assignment: Assignment) -> None:
    """Accept a proposal, declaring to be free of conflicts; raise AssessorNotEligible if that is not so any more."""
    must_be_able_to(actor, case, assignment, "accept")
    must_be_in(case, *PLANNING)
    days = case.dates or [actor.today]
    _must_be_eligible(session, case, assignment.person_id, assignment.role, days, pointer="/body/no_conflict")
    assignment.declared_on = actor.today
    _move(session, actor, case, assignment, "accept")


def decline(session: Session, actor: Actor, case: Assessment, assignment: Assignment, *, reason: str) -> None:
    """Decline a proposal: the case is not seen any more."""
    _move(session, actor, case, assignment, "decline", reason)


def declare(session: Session, actor: Actor, case: Assessment, assignment: Assignment, *, reason: str) -> None:
    """Declare a conflict of interest, which ends the assignment; possible until the visit is scheduled."""
    _move(session, actor, case, assignment, "declare", reason)


def agree(session: Session, actor: Actor, case: Assessment, assignment: Assignment) -> None:
    """Agree to an assessor who accepted (the cluster agrees who comes: domain rules 4.1)."""
    must_stand(case)
    _move(session, actor, case, assignment, "agree")


def object_to(session: Session, actor: Actor, case: Assessment, assignment: Assignment, *, reason: str) -> None:
    """Object to an assessor with a reason, as often as the process allows; raise ObjectionUsed after that."""
    must_be_able_to(actor, case, assignment, "object")
    used = sa.select(sa.func.count()).where(
        Assignment.assessment_id == case.id, Assignment.state == AssignmentState.REJECTED_BY_CLUSTER
    )
    if (session.scalar(used) or 0) >= process_of(case).objections:
        raise ObjectionUsed
    _move(session, actor, case, assignment, "object", reason)


def replace(session: Session, actor: Actor, case: Assessment, assignment: Assignment, *, reason: str) -> None:
    """Take somebody out of a case before the visit is scheduled, so that another can be proposed."""
    _move(session, actor, case, assignment, "replace", reason)


def plan_visit(session: Session, actor: Actor, case: Assessment, *, dates: Sequence[date], place: str) -> None:
    """Say on which days and where the visit takes place; possible until it is scheduled.

    Raises:
        CaseNotOpen: the visit is not being planned.
        VisitNotPossible: naming what does not fit.
    """
    must(session, actor, case, Permission.ASSESSMENTS_RUN)
    must_stand(case)
    must_be_in(case, *PLANNING)
    terms = terms_of(session, case)
    wanted = days_wanted(case.level, case.kind, terms)
    first, last = min(dates), max(dates)
    contracted_on = case.contracted_on or actor.today
    latest = expires_on(contracted_on, terms)
    if case.previous_valid_until is not None:
        # A renewal is visited inside the window; later it would be a first case at another price (invariants 3, 22).
        latest = min(latest, renewal_window(case.previous_valid_until, terms)[1])
    faults = []
    if len(dates) < wanted:
        faults.append(f"{wanted} days are wanted, {len(dates)} are named (domain invariant 11)")
    if first < contracted_on:
        faults.append(f"the contract was concluded on {contracted_on}")
    if last > latest:
        faults.append(f"the last possible day is {latest}")
    if faults:
        detail = f"{'; '.join(faults)}."
        raise VisitNotPossible(detail, faults=[Fault("/body/dates", "not_possible", fault) for fault in faults])
    before = facts_of(case)
    case.visit_dates, case.visit_place = [day.isoformat() for day in sorted(dates)], place
    touch(session, actor, case)
    told = {"dates": case.visit_dates}
    record(
        session, actor.author, "assessment.visit_planned", subject(case), details=told, before=before,
        after=facts_of(case),
    )  # fmt: skip


def schedule(session: Session, actor: Actor, case: Assessment) -> None:
    """Fix the visit: from now on the assessors are active.

    Raises:
        SelfAssessmentMissing, VisitNotPossible: what was to be there is not.
        AssessorsNotReady: naming everything that is missing (domain invariants 11, 17, 18, 22).
    """
    must_be_able(session, actor, case, "schedule")
    if not is_handed_in(session, case):
        raise SelfAssessmentMissing
    if not case.visit_dates:
        raise VisitNotPossible("No day is named.")
    _must_be_ready(session, case, AssignmentState.AGREED_BY_CLUSTER)
    for one in taking_part(session, case, AssignmentState.AGREED_BY_CLUSTER):
        _shift(session, actor, case, one, "activate")
    move_case(session, actor, case, "schedule", details={"dates": sorted(case.visit_dates)})


def reschedule(session: Session, actor: Actor, case: Assessment, *, reason: str) -> None:
    """Take the visit back: another day can be named, and assessors who cannot come can be replaced.

    Raises:
        EverybodyScored: all who visited have submitted their scores; there is nothing to repeat.
    """
    must_be_able(session, actor, case, "reschedule")
    if all_in(session, case):
        raise EverybodyScored
    for one in taking_part(session, case, AssignmentState.ACTIVE):
        _shift(session, actor, case, one, "stand_down")
    move_case(session, actor, case, "reschedule", reason=reason)


def assess(session: Session, actor: Actor, case: Assessment) -> None:
    """Record that the visit has taken place as planned: the assessors score now.

    Raises:
        VisitNotOver: its last day is to come.
        AssessorsNotReady: somebody's qualification did not reach to the visit.
    """
    must_be_able(session, actor, case, "assess")
    if actor.today < case.dates[-1]:
        raise VisitNotOver(f"It ends on {case.dates[-1]}.")
    _must_be_ready(session, case, AssignmentState.ACTIVE)
    move_case(session, actor, case, "assess")


def add_active(session: Session, actor: Actor, case: Assessment, assignment: Assignment) -> None:
    """Put somebody on record who takes part at once; called by areas that have checked who asks, and whom."""
    session.add(assignment)
    session.flush()
    _tell(session, actor, case, assignment, "assignment.activated", None)


def take_out(session: Session, actor: Actor, case: Assessment, assignment: Assignment, *, reason: str) -> None:
    """Take somebody out who takes part; called by areas that have checked who asks."""
    for verb in ("stand_down", "replace"):
        _shift(session, actor, case, assignment, verb, reason)


def finish(session: Session, actor: Actor, case: Assessment) -> None:
    """End the assignments of those who took part, when the report is sealed, and have the pool count what they did.

    The interview on which a bronze case rests was counted, and paid, with its benchmark.
    """
    ending = taking_part(session, case, AssignmentState.ACTIVE)
    for one in ending:
        _shift(session, actor, case, one, "finish")
    if case.level is Level.BRONZE:
        return
    known = [(find_assessor(session, one.person_id), one) for one in ending]
    # Always in the same order: two cases with the same assessors that end at once must not wait for each other.
    for assessor_id, one in sorted(((key, one) for key, one in known if key is not None), key=itemgetter(0)):
        _count(session, actor, case, one, assessor_id)


def _count(session: Session, actor: Actor, case: Assessment, assignment: Assignment, assessor_id: str) -> None:
    role = QUALIFIED_AS[assignment.role]
    record_engagement(
        session,
        actor,
        assessor_id=assessor_id,
        case_id=case.id,
        cluster_id=case.cluster_id,
        role=role,
        began_on=case.dates[0],
        ended_on=actor.today,
        days=len(case.dates),
        fee_cents=fee_of(role, len(case.dates), case.dates[0]),
    )


def _must_be_ready(session: Session, case: Assessment, wanted: AssignmentState) -> None:
    if missing := unready(session, case, wanted):
        detail = " ".join(one.detail for one in missing)
        raise AssessorsNotReady(detail, members={"missing": codes_of(missing)})


def must_be_able_to(actor: Actor, case: Assessment, assignment: Assignment, verb: str) -> None:
    """Raise CredentialsRequired, PermissionMissing or MoveNotAllowed unless the caller can make this move."""
    permission = Permission(ASSIGNMENT.permission_of(verb))
    if not may_move(actor, case, assignment, permission):
        actor.refuse(permission)
    ASSIGNMENT.find(assignment.state, verb)


def _move(
    session: Session, actor: Actor, case: Assessment, assignment: Assignment, verb: str, reason: str | None = None
) -> None:
    must_be_able_to(actor, case, assignment, verb)
    must_be_in(case, *PLANNING)
    _shift(session, actor, case, assignment, verb, reason)


def _shift(
    session: Session, actor: Actor, case: Assessment, assignment: Assignment, verb: str, reason: str | None = None
) -> None:
    ASSIGNMENT.apply(assignment, verb)
    assignment.reason = reason
    assignment.version += 1
    assignment.updated_at = actor.now
    session.flush()
    _tell(session, actor, case, assignment, EVENTS[verb], reason)


def _tell(
    session: Session, actor: Actor, case: Assessment, assignment: Assignment, event: str, reason: str | None
) -> None:
    # Not in the history of the case, which the cluster reads: why somebody declines is no matter of the cluster.
    told = {"assessment": case.id, "role": assignment.role.value, "state": assignment.state.value}
    record(session, actor.author, event, ("assignment", assignment.id), reason=reason, details=told)
