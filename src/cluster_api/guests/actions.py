"""What one can do about those who sit in at an interview: propose, accept, agree, and confirm that they were there.

They are recorded beside the expert, who alone talks the questionnaire through: nobody who sits in changes an answer.
"""

from datetime import date

from sqlalchemy.orm import Session

from cluster_api.assessors.actions import record_engagement
from cluster_api.assessors.rules import fee_of
from cluster_api.benchmarks.models import Benchmark, InterviewGuest
from cluster_api.benchmarks.states import ASSIGNABLE, GUEST, GuestRole, GuestState
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.guests.errors import GuestNotEligible
from cluster_api.guests.queries import assessor_of, may_move, refusals
from cluster_api.guests.rules import QUALIFIED_AS, possible
from cluster_api.guests.schemas import GuestPropose
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record

EVENTS = {
    "accept": "interview_guest.accepted",
    "decline": "interview_guest.declined",
    "agree": "interview_guest.agreed",
    "object": "interview_guest.objected_to",
    "withdraw": "interview_guest.withdrawn",
    "confirm": "interview_guest.attended",
}


def propose(session: Session, actor: Actor, benchmark: Benchmark, given: GuestPropose) -> InterviewGuest:
    """Propose somebody to sit in at an interview whose answers are not frozen, and answer the guest.

    Raises:
        PermissionMissing, MoveNotAllowed: not this caller, or not now.
        GuestNotEligible: with every reason.
        GuestTaken: the person sits in already (said by the database).
    """
    actor.must(Permission.BENCHMARKS_RUN)
    if benchmark.state not in ASSIGNABLE:
        raise MoveNotAllowed(f"The benchmark is {benchmark.state.value}: nobody is proposed to sit in.")
    day = benchmark.interview_on or actor.today
    _must_be_eligible(session, benchmark, str(given.person_id), given.role, day, pointer="/body/person_id")
    guest = InterviewGuest(
        id=str(uuid7()),
        benchmark_id=benchmark.id,
        person_id=str(given.person_id),
        role=given.role,
        state=GuestState.PROPOSED,
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(guest)
    session.flush()
    _tell(session, actor, guest, "interview_guest.proposed", None)
    return guest


def _must_be_eligible(
    session: Session, benchmark: Benchmark, person_id: str, role: GuestRole, on: date, *, pointer: str
) -> None:
    if against := refusals(session, benchmark, person_id, role, on):
        raise GuestNotEligible(
            " ".join(one.detail for one in against),
            faults=[Fault(pointer, one.code.value, one.detail) for one in against],
            members={"reasons": list(dict.fromkeys(one.code.value for one in against))},
        )


def accept(session: Session, actor: Actor, benchmark: Benchmark, guest: InterviewGuest) -> None:
    """Accept to sit in, declaring to be free of conflicts; raise GuestNotEligible if that is not so any more."""
    _must_be_able(session, actor, benchmark, guest, "accept")
    day = benchmark.interview_on or actor.today
    _must_be_eligible(session, benchmark, guest.person_id, guest.role, day, pointer="/body/no_conflict")
    guest.declared_on = actor.today
    _shift(session, actor, guest, "accept")


def decline(session: Session, actor: Actor, benchmark: Benchmark, guest: InterviewGuest, *, reason: str) -> None:
    """Decline to sit in, as the guest: the benchmark is not seen any more."""
    _move(session, actor, benchmark, guest, "decline", reason)


def agree(session: Session, actor: Actor, benchmark: Benchmark, guest: InterviewGuest) -> None:
    """Agree to a guest who accepted, as the cluster, before the interview (domain rules 6)."""
    _move(session, actor, benchmark, guest, "agree")


def object_to(session: Session, actor: Actor, benchmark: Benchmark, guest: InterviewGuest, *, reason: str) -> None:
    """Object to a guest with a reason, as the cluster."""
    _move(session, actor, benchmark, guest, "object", reason)


def withdraw(session: Session, actor: Actor, benchmark: Benchmark, guest: InterviewGuest, *, reason: str) -> None:
    """Withdraw a guest who cannot come, or did not."""
    _move(session, actor, benchmark, guest, "withdraw", reason)


def confirm(session: Session, actor: Actor, benchmark: Benchmark, guest: InterviewGuest) -> None:
    """Confirm, as the expert, that a guest sat in: the pool counts it.

    It counts for a qualification once the expert's part is counted, with the release of the report.

    Raises:
        PermissionMissing, MoveNotAllowed: not the expert, or the interview was not held.
        GuestNotEligible: the guest was not on the day of the interview (domain invariants 17 and 18).
    """
    _must_be_able(session, actor, benchmark, guest, "confirm")
    held_on = benchmark.interview_on or actor.today
    _must_be_eligible(session, benchmark, guest.person_id, guest.role, held_on, pointer="/path/guest_id")
    _shift(session, actor, guest, "confirm")
    role, assessor = QUALIFIED_AS[guest.role], assessor_of(session, guest.person_id)
    if assessor is None:
        return
    record_engagement(
        session,
        actor,
        assessor_id=assessor.id,
        case_id=benchmark.id,
        cluster_id=benchmark.cluster_id,
        role=role,
        began_on=held_on,
        ended_on=held_on,
        days=1,
        fee_cents=fee_of(role, 1, held_on),
    )


def _must_be_able(session: Session, actor: Actor, benchmark: Benchmark, guest: InterviewGuest, verb: str) -> None:
    # Whether the verb is the caller's at all is said before whether it is possible now.
    if not may_move(session, actor, benchmark, guest, verb):
        actor.refuse(Permission(GUEST.permission_of(verb)))
    GUEST.find(guest.state, verb)
    if not possible(verb, benchmark.state):
        raise MoveNotAllowed(f"The benchmark is {benchmark.state.value}: {verb} is not possible.")


def _move(
    session: Session, actor: Actor, benchmark: Benchmark, guest: InterviewGuest, verb: str, reason: str | None = None
) -> None:
    _must_be_able(session, actor, benchmark, guest, verb)
    _shift(session, actor, guest, verb, reason)


def _shift(session: Session, actor: Actor, guest: InterviewGuest, verb: str, reason: str | None = None) -> None:
    GUEST.apply(guest, verb)
    guest.reason = reason
    guest.version += 1
    guest.updated_at = actor.now
    session.flush()
    _tell(session, actor, guest, EVENTS[verb], reason)


def _tell(session: Session, actor: Actor, guest: InterviewGuest, event: str, reason: str | None) -> None:
    # Not in the history of the benchmark, which the cluster reads: why somebody declines is no matter of the cluster.
    told = {"benchmark": guest.benchmark_id, "role": guest.role.value, "state": guest.state.value}
    record(session, actor.author, event, ("interview_guest", guest.id), reason=reason, details=told)
