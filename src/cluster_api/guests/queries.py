"""What one can ask about those who sit in at an interview."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessors.queries import history_of, standing_of
from cluster_api.assessors.rules import Reason
from cluster_api.assessors.states import ReasonCode
from cluster_api.benchmarks.models import Benchmark, InterviewGuest
from cluster_api.benchmarks.queries import is_impartial, may
from cluster_api.benchmarks.states import GUEST, GuestRole, GuestState
from cluster_api.foundation.paging import Page, PageQuery
from cluster_api.guests.errors import GuestNotFound
from cluster_api.guests.rules import QUALIFIED_AS, possible, training_lacks
from cluster_api.guests.schemas import GuestRead
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Person
from cluster_api.identity.permissions import Permission
from cluster_api.identity.states import Role
from cluster_api.pool.models import Assessor
from cluster_api.pool.queries import keyed_page

UNACCEPTED = (GuestState.PROPOSED, GuestState.DECLINED)
"""Whoever has not accepted is not named to the cluster, nor to others who sit in."""
NO_PART = Reason(ReasonCode.NOT_QUALIFIED, "Is nobody who acts in the pool of assessors.")
HOLDS_IT = Reason(ReasonCode.EXCLUDED, "Holds this interview.")
BELONGS = Reason(ReasonCode.CONFLICT, "Belongs to the organisation of the cluster.")


def assessor_of(session: Session, person_id: str) -> Assessor | None:
    """Answer as whom the pool knows a person."""
    return session.scalar(sa.select(Assessor).where(Assessor.person_id == person_id))


def refusals(session: Session, benchmark: Benchmark, person_id: str, role: GuestRole, on: date) -> list[Reason]:
    """Answer every reason why a person may not sit in at an interview held on a day (invariants 17 and 18)."""
    person = session.get(Person, person_id, populate_existing=True)
    assessor = assessor_of(session, person_id)
    if person is None or assessor is None or Role.ASSESSOR.value not in person.roles:
        return [NO_PART]
    questionnaire = (benchmark.questionnaire, benchmark.questionnaire_version)
    standing = standing_of(
        session,
        assessor.id,
        role=QUALIFIED_AS[role],
        methodology=questionnaire,
        cluster_id=benchmark.cluster_id,
        visit_on=on,
        case_id=benchmark.id,
    )
    found = [*standing.reasons, *training_lacks(role, history_of(session, assessor).attendances, questionnaire, on)]
    if person_id == benchmark.expert_id:
        found.append(HOLDS_IT)
    return found if is_impartial(session, person_id, benchmark.cluster_id) else [*found, BELONGS]


def _sees_all(session: Session, actor: Actor, benchmark: Benchmark) -> bool:
    return actor.can(Permission.BENCHMARKS_READ_ALL) or may(session, actor, benchmark, Permission.BENCHMARKS_INTERVIEW)


def _visible(session: Session, actor: Actor, benchmark: Benchmark) -> sa.ColumnElement[bool]:
    if _sees_all(session, actor, benchmark):
        return sa.true()
    return sa.or_(
        InterviewGuest.state.not_in(UNACCEPTED),
        sa.and_(InterviewGuest.person_id == actor.caller.person_id, InterviewGuest.state == GuestState.PROPOSED),
    )


def get_guest(session: Session, actor: Actor, benchmark: Benchmark, guest_id: str) -> InterviewGuest:
    """Answer a guest of the interview of a benchmark; raise GuestNotFound if there is none the caller may know of."""
    statement = sa.select(InterviewGuest).where(
        InterviewGuest.id == guest_id,
        InterviewGuest.benchmark_id == benchmark.id,
        _visible(session, actor, benchmark),
    )
    found = session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise GuestNotFound
    return found


def guests_of(session: Session, benchmark_id: str, state: GuestState) -> list[InterviewGuest]:
    """Answer the guests of the interview of a benchmark whose part is in a state, the first proposed first."""
    statement = sa.select(InterviewGuest).where(
        InterviewGuest.benchmark_id == benchmark_id, InterviewGuest.state == state
    )
    return list(session.scalars(statement.order_by(InterviewGuest.id)))


def may_move(session: Session, actor: Actor, benchmark: Benchmark, guest: InterviewGuest, verb: str) -> bool:
    """Answer whether a verb is the caller's: the guest's own, the expert's who confirms, the cluster's, or of all."""
    permission = Permission(GUEST.permission_of(verb))
    if permission is Permission.BENCHMARKS_INTERVIEW and verb != "confirm":
        return actor.can(permission) and guest.person_id == actor.caller.person_id
    return may(session, actor, benchmark, permission)


def read_guest(session: Session, actor: Actor, benchmark: Benchmark, guest: InterviewGuest) -> GuestRead:
    """Answer a guest as shown to this caller."""
    named = sa.select(Person.name).where(Person.id == guest.person_id)
    return _read(session, actor, benchmark, guest, session.scalar(named))


def _read(session: Session, actor: Actor, benchmark: Benchmark, guest: InterviewGuest, name: str | None) -> GuestRead:
    told: dict[str, Any] = {
        field: getattr(guest, field) for field in GuestRead.model_fields if field not in {"name", "allowed_moves"}
    }
    moves = [
        move.verb
        for move in GUEST.moves_from(guest.state)
        if possible(move.verb, benchmark.state) and may_move(session, actor, benchmark, guest, move.verb)
    ]
    # Whoever may know of a guest has to deal with the person, who is named.
    return GuestRead(name=name, allowed_moves=moves, **told)


def guests_page(session: Session, actor: Actor, benchmark: Benchmark, query: PageQuery) -> Page[GuestRead]:
    """Answer a page of the guests of an interview, the first proposed first; raise Invalid for a foreign cursor."""
    statement = sa.select(InterviewGuest).where(
        InterviewGuest.benchmark_id == benchmark.id, _visible(session, actor, benchmark)
    )
    asked = {"of": "interview_guests", "benchmark": benchmark.id, "view": actor.view}
    shown, cursor = keyed_page(session, statement, InterviewGuest.id, query, **asked)
    people = sa.select(Person.id, Person.name).where(Person.id.in_({one.person_id for one in shown}))
    names = {row.id: row.name for row in session.execute(people)}
    items = [_read(session, actor, benchmark, one, names[one.person_id]) for one in shown]
    return Page(items=items, next=cursor)
