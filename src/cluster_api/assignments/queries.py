"""What one can ask about who assesses a case."""

from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment, Assignment, Sheet
from cluster_api.assessments.queries import (
    assignment_refusals,
    owns,
    pair_refusals,
    part_of,
    process_of,
    scorers_of,
    terms_of,
)
from cluster_api.assessments.rules import experts_wanted
from cluster_api.assessments.states import ASSIGNMENT, OUT, WITH_THE_CASE, AssignmentState, SheetKind
from cluster_api.assignments.errors import AssignmentNotFound
from cluster_api.assignments.schemas import AssignmentRead
from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Person
from cluster_api.identity.permissions import Permission

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


def unready(session: Session, case: Assessment, wanted: AssignmentState) -> list[str]:
    """Answer what is missing of the assessors for the visit: numbers, agreement, qualification on the day, the pair.

    Asked when the visit is scheduled and again when it is over, because a qualification can end in between (domain
    invariants 11, 17 and 18).
    """
    scorers, dates = scorers_of(session, case), case.dates
    number = experts_wanted(process_of(case), terms_of(session, case))
    found = [] if len(scorers) == number else [f"{number} assessors are wanted, {len(scorers)} are assigned"]
    visit_on = dates[-1] if dates else None
    for one in scorers:
        if one.state is not wanted:
            found.append(f"{one.role.value}: {one.state.value}, not {wanted.value}")
        found += [f"{one.role.value}: {why}" for why in assignment_refusals(session, case, one.person_id, visit_on)]
    for one, other in pairwise(scorers):
        if one.waiver is None and other.waiver is None:
            found += [f"pair: {why}" for why in pair_refusals(session, one.person_id, other.person_id)]
    return found


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
