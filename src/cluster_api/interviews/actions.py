"""What one can do with the interview of a bronze case: record that it was held, say what was found, take it back."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.actions import move, must_be_able, must_be_in, must_stand, subject, touch
from cluster_api.assessments.models import Assessment, Assignment, Interview
from cluster_api.assessments.queries import facts_of, part_of, terms_of
from cluster_api.assessments.rules import expires_on, renewal_window
from cluster_api.assessments.states import AssignmentRole, AssignmentState, CaseState
from cluster_api.assignments.actions import add_active, take_out
from cluster_api.assignments.queries import taking_part
from cluster_api.benchmarks.models import Benchmark
from cluster_api.benchmarks.states import GuestState
from cluster_api.eligibility.queries import checked_list
from cluster_api.foundation.identifiers import uuid7
from cluster_api.guests.queries import guests_of
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.interviews import rules
from cluster_api.interviews.errors import BenchmarkNotFitting, FindingsInvalid
from cluster_api.interviews.queries import get_interview
from cluster_api.interviews.schemas import FindingsWrite, InterviewHeld
from cluster_api.journal.actions import record


def hold(session: Session, actor: Actor, case: Assessment, given: InterviewHeld) -> Interview:
    """Record on which benchmark a bronze case rests: its expert, and who sat in, have a part in the case from now on.

    That the expert was qualified and impartial on the day was asked when the answers were frozen: invariants 17 and 18.

    Raises:
        PermissionMissing, MoveNotAllowed, ClusterNotActive: as named.
        BenchmarkNotFitting: naming everything that does not fit.
        BenchmarkTaken: another case rests on it (said by the database).
    """
    must_be_able(session, actor, case, "interview")
    statement = sa.select(Benchmark).where(Benchmark.id == str(given.benchmark_id)).with_for_update()
    benchmark = session.scalar(statement.execution_options(populate_existing=True))
    held = _held(session, benchmark)
    faults = list(rules.interview_faults(held, _wanted(session, actor, case)))
    if benchmark is None or faults or benchmark.interview_on is None or benchmark.expert_id is None:
        raise BenchmarkNotFitting(" ".join(one.detail for one in faults), faults=faults)
    day = benchmark.interview_on
    # From the month of the interview on the label is valid (domain invariant 1).
    case.visit_dates, case.first_benchmark_on = [day.isoformat()], day
    interview = Interview(
        assessment_id=case.id, benchmark_id=benchmark.id, checklist={}, created_at=actor.now, updated_at=actor.now
    )
    session.add(interview)
    _join(session, actor, case, benchmark.expert_id, AssignmentRole.BENCHMARKING, None)
    # Whoever sat in has a part in the case, and so never decides about it (domain invariants 11 and 19).
    for guest in guests_of(session, benchmark.id, GuestState.ATTENDED):
        _join(session, actor, case, guest.person_id, AssignmentRole(guest.role.value), guest.declared_on)
    move(session, actor, case, "interview", details={"benchmark": benchmark.number, "held_on": day.isoformat()})
    return interview


def _join(
    session: Session, actor: Actor, case: Assessment, person_id: str, role: AssignmentRole, declared_on: date | None
) -> None:
    assignment = Assignment(
        id=str(uuid7()),
        assessment_id=case.id,
        person_id=person_id,
        role=role,
        state=AssignmentState.ACTIVE,
        declared_on=declared_on,
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    add_active(session, actor, case, assignment)


def _held(session: Session, benchmark: Benchmark | None) -> rules.Held:
    if benchmark is None:
        return rules.NOTHING
    return rules.Held(
        cluster_id=benchmark.cluster_id,
        state=benchmark.state,
        held_on=benchmark.interview_on,
        mode=benchmark.interview_mode,
        has_expert=benchmark.expert_id is not None,
        guests_waiting=len(guests_of(session, benchmark.id, GuestState.AGREED)),
    )


def _wanted(session: Session, actor: Actor, case: Assessment) -> rules.Wanted:
    terms, contracted_on = terms_of(session, case), case.contracted_on or actor.today
    latest = expires_on(contracted_on, terms)
    if case.previous_valid_until is not None:
        # Later it would be a first case (domain invariant 3).
        latest = min(latest, renewal_window(case.previous_valid_until, terms)[1])
    return rules.Wanted(case.cluster_id, case.mode, contracted_on, latest)


def find(session: Session, actor: Actor, case: Assessment, given: FindingsWrite) -> Interview:
    """Fill in the criteria as the expert found them, with a recommendation; possible until the report is sealed.

    Raises:
        PermissionMissing: the caller did not hold the interview.
        CaseNotOpen, ClusterNotActive: not now.
        FindingsInvalid: naming every field that is missing, unknown or out of range.
    """
    part = part_of(session, actor, case)
    if part is None or part.role is not AssignmentRole.BENCHMARKING:
        actor.refuse(Permission.ASSESSMENTS_SCORE)
    must_stand(case)
    must_be_in(case, CaseState.INTERVIEWED)
    filled, faults = checked_list(session, case, given.checklist)
    if faults:
        raise FindingsInvalid(f"{len(faults)} place(s) of the criteria are wrong.", faults=faults)
    interview = get_interview(session, case)
    before = _facts(case, interview)
    interview.checklist, interview.recommends, interview.reasons = filled, given.recommends, given.reasons
    interview.found_on, interview.updated_at = actor.today, actor.now
    part.declared_on = actor.today
    touch(session, actor, case)
    # No recommendation in the details: the cluster reads the history of its case.
    record(
        session, actor.author, "assessment.findings_written", subject(case), details={"number": case.number},
        before=before, after=_facts(case, interview),
    )  # fmt: skip
    return interview


def take_back(session: Session, actor: Actor, case: Assessment, *, reason: str) -> None:
    """Take the interview of a case back, because its benchmark is void or was the wrong one: another one is held.

    Raises:
        PermissionMissing, MoveNotAllowed, ClusterNotActive: as named.
    """
    must_be_able(session, actor, case, "take_back")
    for one in taking_part(session, case, AssignmentState.ACTIVE):
        take_out(session, actor, case, one, reason=reason)
    session.delete(get_interview(session, case))
    case.visit_dates, case.first_benchmark_on = [], None
    move(session, actor, case, "take_back", reason=reason)


def _facts(case: Assessment, interview: Interview) -> dict[str, object]:
    found_on = None if interview.found_on is None else interview.found_on.isoformat()
    found = {"checklist": interview.checklist, "recommends": interview.recommends, "reasons": interview.reasons}
    return {**facts_of(case), **found, "found_on": found_on}
