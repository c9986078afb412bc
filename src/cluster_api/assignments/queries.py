"""What one can ask about who assesses a case."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment, Assignment, Sheet
from cluster_api.assessments.queries import (
    must,
    owns,
    part_of,
    process_of,
    scorers_of,
    terms_of,
)
from cluster_api.assessments.rules import experts_wanted
from cluster_api.assessments.states import (
    ASSIGNMENT,
    GUESTS,
    OUT,
    SCORING,
    WITH_THE_CASE,
    AssignmentRole,
    AssignmentState,
    SheetKind,
)
from cluster_api.assessors.queries import Standing, candidates, pair_faults, read_candidate, standing_of
from cluster_api.assessors.rules import Candidate, ranked
from cluster_api.assignments.errors import AssignmentNotFound, RoleNotFitting
from cluster_api.assignments.rules import (
    NO_ROLE,
    NOT_IN_POOL,
    QUALIFIED_AS,
    UNKNOWN_PERSON,
    Refusal,
    having_a_part,
    not_acting,
    refusals_of,
)
from cluster_api.assignments.schemas import AssignmentRead, CandidateQuery, CaseCandidateRead
from cluster_api.clusters.states import Level
from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Person
from cluster_api.identity.permissions import Permission
from cluster_api.identity.states import Role
from cluster_api.pool.models import Assessor

UNSEEN_BY_CLUSTER = (AssignmentState.PROPOSED, AssignmentState.DECLINED_BY_EXPERT, AssignmentState.CONFLICT)
"""Whoever has not accepted is not named to the cluster."""


def visible_in(actor: Actor, case: Assessment) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller may know of an assignment of a case that is visible already."""
    runs = actor.can(Permission.ASSESSMENTS_READ_ALL) or actor.can(Permission.ASSESSMENTS_READ_REPORTED)
    if runs or not owns(actor, case):
        return sa.true()
    return Assignment.state.not_in(UNSEEN_BY_CLUSTER)


def get_assignment(session: Session, actor: Actor, case: Assessment, assignment_id: str) -> Assignment:
    """Answer an assignment of a case; raise AssignmentNotFound if there is none of which the caller may know."""
    statement = sa.select(Assignment).where(
        Assignment.id == assignment_id, Assignment.assessment_id == case.id, visible_in(actor, case)
    )
    found = session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise AssignmentNotFound
    return found


def _sees_names(session: Session, actor: Actor, case: Assessment) -> bool:
    # The cluster has to agree who comes, and assessors have to find each other; the board needs no names.
    return actor.can(Permission.PEOPLE_READ_ALL) or owns(actor, case) or part_of(session, actor, case) is not None


def may_move(actor: Actor, case: Assessment, assignment: Assignment, permission: Permission) -> bool:
    """Answer whether the caller may use a permission on an assignment: as its person, as the cluster, or on all."""
    if permission is Permission.ASSESSMENTS_SCORE:
        return actor.can(permission) and assignment.person_id == actor.caller.person_id
    if permission is Permission.ASSESSMENTS_WRITE:
        return owns(actor, case, permission)
    return actor.can(permission)


def allowed_moves(actor: Actor, case: Assessment, assignment: Assignment) -> list[str]:
    """Answer the verbs this caller can use on an assignment now."""
    moves = ASSIGNMENT.moves_from(assignment.state)
    return [
        move.verb
        for move in moves
        if move.verb not in WITH_THE_CASE and may_move(actor, case, assignment, Permission(move.permission))
    ]


def _read(actor: Actor, case: Assessment, assignment: Assignment, name: str | None) -> AssignmentRead:
    told: dict[str, Any] = {
        field: getattr(assignment, field)
        for field in AssignmentRead.model_fields
        if field not in {"name", "allowed_moves"}
    }
    return AssignmentRead(name=name, allowed_moves=allowed_moves(actor, case, assignment), **told)


def read_assignment(session: Session, actor: Actor, case: Assessment, assignment: Assignment) -> AssignmentRead:
    """Answer an assignment as it is shown to this caller."""
    named = sa.select(Person.name).where(Person.id == assignment.person_id)
    name = session.scalar(named) if _sees_names(session, actor, case) else None
    return _read(actor, case, assignment, name)


def assignments_page(session: Session, actor: Actor, case: Assessment, query: PageQuery) -> Page[AssignmentRead]:
    """Answer a page of the assignments of a case, the first proposed first; raise Invalid for a foreign cursor."""
    question = question_of({"of": "assignments", "case": case.id, "view": actor.view})
    keys = (Assignment.created_at, Assignment.id)
    statement = (
        sa.select(Assignment, Person.name)
        .join(Person, Person.id == Assignment.person_id)
        .where(Assignment.assessment_id == case.id, visible_in(actor, case))
    )
    if query.cursor is not None:
        since, key = read_cursor(query.cursor, question, [datetime, UUID])
        after = sa.tuple_(sa.literal(since, keys[0].type), sa.literal(key, keys[1].type))
        statement = statement.where(sa.tuple_(*keys) > after)
    found = session.execute(statement.order_by(*keys).limit(query.limit + 1)).all()
    shown, named = found[: query.limit], _sees_names(session, actor, case)
    items = [_read(actor, case, assignment, name if named else None) for assignment, name in shown]
    last = shown[-1][0] if len(found) > query.limit else None
    return Page(items=items, next=write_cursor(question, [last.created_at, last.id]) if last else None)


def is_handed_in(session: Session, case: Assessment) -> bool:
    """Answer whether the self-assessment of a case is handed in."""
    statement = sa.select(Sheet.id).where(
        Sheet.assessment_id == case.id, Sheet.slot == SheetKind.SELF_ASSESSMENT.value, Sheet.handed_in_at.is_not(None)
    )
    return session.scalar(statement) is not None


def find_assessor(session: Session, person_id: str) -> str | None:
    """Answer as whom the pool knows a person."""
    return session.scalar(sa.select(Assessor.id).where(Assessor.person_id == person_id))


def methodology_of(case: Assessment) -> tuple[str, int]:
    """Answer the version of the indicators on which whoever scores a case is trained."""
    bound = case.binding["indicator_set"]
    return bound["code"], bound["version"]


def assignment_refusals(
    session: Session, case: Assessment, person_id: str, role: AssignmentRole, days: Sequence[date]
) -> list[Refusal]:
    """Answer why a person may not take part in a case visited on these days; nothing if the person may.

    The pool answers for qualification, training, code of conduct and conflicts (domain invariants 17 and 18), on the
    first and on the last day: what holds on both holds between them.
    """
    person = session.get(Person, person_id, populate_existing=True)
    if person is None or person.erased_at is not None:
        return [UNKNOWN_PERSON]
    assessor_id = find_assessor(session, person_id)
    if assessor_id is None:
        return [NOT_IN_POOL]
    if Role.ASSESSOR.value not in person.roles:
        return refusals_of([NO_ROLE])
    ends = sorted({min(days), max(days)})
    return refusals_of(why for day in ends for why in _standing(session, case, assessor_id, role, day).reasons)


def _standing(session: Session, case: Assessment, assessor_id: str, role: AssignmentRole, day: date) -> Standing:
    return standing_of(
        session,
        assessor_id,
        role=QUALIFIED_AS[role],
        methodology=methodology_of(case),
        cluster_id=case.cluster_id,
        visit_on=day,
        case_id=case.id,
    )


def pair_refusals(session: Session, case: Assessment, one: str, other: str, on: date) -> list[Refusal]:
    """Answer why two people may not score a case together on a day: employers and countries (domain invariant 18).

    Who is not in the pool is refused alone, and no pair.
    """
    pair = [found for found in (find_assessor(session, person) for person in (one, other)) if found is not None]
    if len(pair) < len((one, other)):
        return []
    country, cluster_id = case.cluster.country, case.cluster_id
    return refusals_of(pair_faults(session, pair[0], pair[1], country, cluster_id=cluster_id, on=on))


def taking_part(session: Session, case: Assessment, state: AssignmentState) -> list[Assignment]:
    """Answer whose part in a case is in a state, those who sit in too, the lead first."""
    statement = sa.select(Assignment).where(Assignment.assessment_id == case.id, Assignment.state == state)
    return list(session.scalars(statement.order_by(Assignment.role, Assignment.id)))


def unready(session: Session, case: Assessment, wanted: AssignmentState) -> list[Refusal]:
    """Answer what is missing of the assessors for the visit: numbers, agreement, qualification on its days, the pair.

    Asked when the visit is scheduled and again when it is over, because a qualification can end in between (domain
    invariants 11, 17 and 18).
    """
    scorers = scorers_of(session, case)
    number = experts_wanted(process_of(case), terms_of(session, case))
    found = [] if len(scorers) == number else [_said(f"{number} assessors are wanted, {len(scorers)} are assigned")]
    guests = [one for one in taking_part(session, case, wanted) if one.role in GUESTS]
    for one in (*scorers, *guests):
        whom = one.role.value
        if one.state is not wanted:
            found.append(_said(f"{whom}: {one.state.value}, not {wanted.value}"))
        found += [why.of(whom) for why in assignment_refusals(session, case, one.person_id, one.role, case.dates)]
    for one, other in pairwise(scorers):
        if one.waiver is None and other.waiver is None:
            why_not = pair_refusals(session, case, one.person_id, other.person_id, case.dates[-1])
            found += [why.of("pair") for why in why_not]
    return found


def _said(words: str) -> Refusal:
    return Refusal(words, f"{words}.")


def candidates_page(session: Session, actor: Actor, case: Assessment, query: CandidateQuery) -> Page[CaseCandidateRead]:
    """Answer a page of the pool for a role in a case: who may be proposed, the most fitting first, then who may not.

    Asked is what is asked when somebody is proposed, as of the last day of the visit, or of today while none is named.

    Raises:
        CredentialsRequired, PermissionMissing: the caller does not propose assessors.
        RoleNotFitting: there is no such role at this level.
        Invalid: the cursor belongs to another question.
    """
    must(session, actor, case, Permission.ASSESSMENTS_RUN)
    must_fit(case, query.role)
    asked = {**query.model_dump(mode="json"), "case": case.id, "view": actor.view}
    question = question_of({"of": "candidates", **asked})
    start = 0 if query.cursor is None else max(0, read_cursor(query.cursor, question, [int])[0])
    found = _candidates(session, actor, case, query)
    shown, rest = found[start : start + query.limit], found[start + query.limit :]
    people = _people(session, [one.assessor_id for one in shown])
    named = _sees_names(session, actor, case)
    items = [
        CaseCandidateRead(
            **dict(read_candidate(one, sees_others=True)),
            person_id=UUID(people[one.assessor_id].id),
            name=people[one.assessor_id].name if named else None,
        )
        for one in shown
    ]
    return Page(items=items, next=write_cursor(question, [start + query.limit]) if rest else None)


def must_fit(case: Assessment, role: AssignmentRole) -> None:
    """Raise RoleNotFitting for a role that does not exist at the level of a case; at bronze nobody is proposed."""
    if case.level is Level.BRONZE:
        raise RoleNotFitting("Who holds the interview of bronze is assigned in its benchmark.")
    if role not in {*SCORING[case.level], *GUESTS}:
        raise RoleNotFitting(f"There is no {role.value} at {case.level.value}.")


def _candidates(session: Session, actor: Actor, case: Assessment, query: CandidateQuery) -> list[Candidate]:
    parts = (
        sa.select(Assessor.id, Assignment)
        .join(Assignment, Assignment.person_id == Assessor.person_id)
        .where(Assignment.assessment_id == case.id, Assignment.state.not_in(OUT))
    )
    taken = {row[0]: row[1] for row in session.execute(parts)}
    scores = query.role in SCORING[case.level]
    beside = [one for one, part in taken.items() if scores and part.role not in GUESTS and part.waiver is None]
    found = candidates(
        session,
        role=QUALIFIED_AS[query.role],
        methodology=methodology_of(case),
        cluster_id=case.cluster_id,
        visit_on=case.dates[-1] if case.dates else actor.today,
        languages=[] if query.language is None else [query.language],
        with_employer_other_than=beside,
        exclude=taken,
        case_id=case.id,
    )
    acting = {key for key, one in _people(session, [one.assessor_id for one in found]).items() if _acts(one)}
    told = [having_a_part(one, taken[one.assessor_id].role) if one.assessor_id in taken else one for one in found]
    return ranked(one if one.assessor_id in acting else not_acting(one) for one in told)


def _acts(person: Person) -> bool:
    return Role.ASSESSOR.value in person.roles


def _people(session: Session, assessor_ids: Sequence[str]) -> dict[str, Person]:
    statement = sa.select(Assessor.id, Person).join(Person, Person.id == Assessor.person_id)
    return {row[0]: row[1] for row in session.execute(statement.where(Assessor.id.in_(assessor_ids)))}


def submitted(session: Session, case: Assessment) -> list[tuple[Sheet, Assignment]]:
    """Answer the submitted scores of those who are not out of the case, the lead's first."""
    statement = (
        sa.select(Sheet, Assignment)
        .join(Assignment, Assignment.id == Sheet.assignment_id)
        .where(Sheet.assessment_id == case.id, Sheet.handed_in_at.is_not(None), Assignment.state.not_in(OUT))
        .order_by(Assignment.role, Assignment.id)
    )
    return [(sheet, assignment) for sheet, assignment in session.execute(statement)]


def all_in(session: Session, case: Assessment) -> bool:
    """Answer whether as many as are to score have submitted their sheets, and nobody else scores."""
    wanted = experts_wanted(process_of(case), terms_of(session, case))
    return len(submitted(session, case)) == len(scorers_of(session, case)) == wanted
