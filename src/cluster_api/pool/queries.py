"""What one can ask of the pool; who asks decides what there is: everything, oneself, or nothing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Organisation, Person
from cluster_api.identity.permissions import Permission
from cluster_api.pool.errors import AssessorNotFound
from cluster_api.pool.models import Assessor, CodeAcceptance, Employment, Qualification
from cluster_api.pool.rules import EmploymentFact, code_of_conduct_on, employer_key
from cluster_api.pool.schemas import AssessorQuery, AssessorRead, CodeAcceptanceRead, EmploymentRead, QualifiedFor
from cluster_api.pool.states import COVERED_BY, LIFE, AssessorState, QualificationRole

R = TypeVar("R")
FIRST = date(1, 1, 1)


def sees_all(actor: Actor) -> bool:
    """Answer whether the caller sees every assessor."""
    return actor.can(Permission.ASSESSORS_READ_ALL) or actor.can(Permission.ASSESSORS_WRITE)


def must_see_some(actor: Actor) -> None:
    """Raise CredentialsRequired or PermissionMissing to a caller for whom there are no assessors at all."""
    if not sees_all(actor) and (actor.caller.person_id is None or not actor.can(Permission.ASSESSORS_DECLARE)):
        actor.refuse(Permission.ASSESSORS_READ_ALL, Permission.ASSESSORS_DECLARE)


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller may know of an assessor."""
    return sa.true() if sees_all(actor) else Assessor.person_id == actor.caller.person_id


def is_self(actor: Actor, assessor: Assessor) -> bool:
    """Answer whether the caller is this assessor, with the right to declare."""
    is_same = actor.caller.person_id is not None and actor.caller.person_id == assessor.person_id
    return is_same and actor.can(Permission.ASSESSORS_DECLARE)


def may_declare(actor: Actor, assessor: Assessor) -> bool:
    """Answer whether the caller may declare about this assessor: oneself, or the secretariat."""
    return is_self(actor, assessor) or actor.can(Permission.ASSESSORS_WRITE)


def sees_personal(actor: Actor, assessor: Assessor) -> bool:
    """Answer whether names and statements are told to the caller: about oneself, and to who may see people."""
    return actor.can(Permission.PEOPLE_READ_ALL) or is_self(actor, assessor)


def get_assessor(session: Session, actor: Actor, assessor_id: str, *, for_change: bool = False) -> Assessor:
    """Answer an assessor of whom the caller may know, locked until the transaction ends if to be changed.

    Raises:
        CredentialsRequired, PermissionMissing: the caller sees no assessors at all.
        AssessorNotFound: there is none of whom the caller may know.
    """
    must_see_some(actor)
    statement = sa.select(Assessor).where(Assessor.id == assessor_id, visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise AssessorNotFound
    return found


def allowed_moves(actor: Actor, assessor: Assessor) -> list[str]:
    """Answer what the caller can do with an assessor now."""
    moves = ["update", "declare"] if may_declare(actor, assessor) else []
    return moves + [move.verb for move in LIFE.moves_from(assessor.state) if actor.can(Permission(move.permission))]


def keyed_page(
    session: Session, statement: sa.Select[Any], key: InstrumentedAttribute[Any], query: PageQuery, **asked: Any
) -> tuple[Sequence[Any], str | None]:
    """Answer the rows of a page in the order of a key that is a UUID, and the cursor of the page after.

    Raises:
        Invalid: the cursor belongs to another question.
    """
    question = question_of({**query.model_dump(mode="json"), **asked})
    if query.cursor is not None:
        statement = statement.where(key > read_cursor(query.cursor, question, [UUID])[0])
    found = session.execute(statement.order_by(key).limit(query.limit + 1)).all()
    shown = [row[0] if len(row) == 1 else row for row in found[: query.limit]]
    last = shown[-1] if len(found) > query.limit else None
    return shown, None if last is None else write_cursor(question, [getattr(last, key.key)])


def assessors_page(session: Session, actor: Actor, query: AssessorQuery) -> Page[AssessorRead]:
    """Answer a page of assessors in the order in which they came; raise Invalid for a cursor of another question."""
    must_see_some(actor)
    statement = sa.select(Assessor).where(visible(actor), *_filters(actor, query))
    shown, cursor = keyed_page(session, statement, Assessor.id, query, of="assessors", view=actor.view)
    return Page(items=read_assessors(session, actor, shown), next=cursor)


def _filters(actor: Actor, query: AssessorQuery) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    for column, code in ((Assessor.languages, query.language), (Assessor.portfolios, query.portfolio)):
        if code is not None:
            found.append(sa.type_coerce(column, sa.Text).contains(f"|{code}|", autoescape=True))
    if query.country is not None:
        found.append(Assessor.country == query.country)
    if query.state is not None:
        found.append(Assessor.state == query.state)
    if query.qualified_for is not None:
        found.append(Assessor.id.in_(_qualified(query.qualified_for, actor.today)))
    if query.available_on is not None:
        is_back = sa.or_(Assessor.unavailable_until.is_(None), Assessor.unavailable_until < query.available_on)
        found += [Assessor.state == AssessorState.ACTIVE, is_back]
    return found


def valid_on(day: date) -> sa.ColumnElement[bool]:
    """Answer the condition under which a qualification is valid on a day."""
    is_kept = sa.or_(Qualification.withdrawn_on.is_(None), Qualification.withdrawn_on > day)
    return sa.and_(Qualification.granted_on <= day, Qualification.valid_until >= day, is_kept)


def _qualified(role: QualificationRole, day: date) -> sa.Select[str]:
    return sa.select(Qualification.assessor_id).where(Qualification.role.in_(COVERED_BY[role]), valid_on(day))


def read_assessor(session: Session, actor: Actor, assessor: Assessor) -> AssessorRead:
    """Answer an assessor as shown to this caller."""
    return read_assessors(session, actor, [assessor])[0]


def read_assessors(session: Session, actor: Actor, assessors: Sequence[Assessor]) -> list[AssessorRead]:
    """Answer assessors as shown to this caller, with three statements however many they are."""
    people = sa.select(Person.id, Person.name).where(Person.id.in_([one.person_id for one in assessors]))
    names = {row.id: row.name for row in session.execute(people)}
    ids, today = [one.id for one in assessors], actor.today
    qualified = defaultdict(list)
    for one in session.scalars(sa.select(Qualification).where(Qualification.assessor_id.in_(ids), valid_on(today))):
        qualified[one.assessor_id].append(QualifiedFor(role=one.role, valid_until=one.valid_until))
    held = defaultdict(list)
    is_today = sa.func.coalesce(Employment.began_on, FIRST) <= today
    goes_on = sa.or_(Employment.ended_on.is_(None), Employment.ended_on >= today)
    for row in session.execute(_employments().where(Employment.assessor_id.in_(ids), is_today, goes_on)):
        held[row[0].assessor_id].append(_read_employment(row))
    return [
        AssessorRead(
            id=UUID(one.id),
            person_id=UUID(one.person_id),
            name=names.get(one.person_id) if sees_personal(actor, one) else None,
            country=one.country,
            languages=one.languages,
            portfolios=one.portfolios,
            employments=held[one.id],
            qualifications=sorted(qualified[one.id], key=lambda found: found.role),
            state=one.state,
            unavailable_until=one.unavailable_until,
            version=one.version,
            created_at=one.created_at,
            updated_at=one.updated_at,
            allowed_moves=allowed_moves(actor, one),
        )
        for one in assessors
    ]


def _employments() -> sa.Select[Employment, str | None]:
    names = sa.outerjoin(Employment, Organisation, Organisation.id == Employment.organisation_id)
    return sa.select(Employment, Organisation.name).select_from(names).order_by(Employment.id)


def _read_employment(row: Any) -> EmploymentRead:
    one, known_as = row
    return EmploymentRead(
        id=UUID(one.id),
        kind=one.kind,
        organisation_id=None if one.organisation_id is None else UUID(one.organisation_id),
        name=one.name or known_as,
        began_on=one.began_on,
        ended_on=one.ended_on,
    )


def employments_page(session: Session, assessor: Assessor, query: PageQuery) -> Page[EmploymentRead]:
    """Answer a page of everybody for whom an assessor worked, as recorded one after the other."""
    statement = sa.select(Employment).where(Employment.assessor_id == assessor.id)
    shown, cursor = keyed_page(session, statement, Employment.id, query, of="employments", assessor=assessor.id)
    rows = session.execute(_employments().where(Employment.id.in_([one.id for one in shown])))
    return Page(items=[_read_employment(row) for row in rows], next=cursor)


def get_employment(session: Session, assessor: Assessor, employment_id: str) -> Employment:
    """Answer an employment of an assessor; raise AssessorNotFound if it has none with this identifier."""
    found = session.get(Employment, employment_id)
    if found is None or found.assessor_id != assessor.id:
        raise AssessorNotFound("This assessor has no such employment.")
    return found


def employment_facts(session: Session, assessor_ids: Iterable[str] | None = None) -> dict[str, list[EmploymentFact]]:
    """Answer for whom assessors worked, all or these, by assessor: one statement."""
    columns = Employment.__table__.c
    statement = sa.select(
        columns.id,
        columns.began_on,
        columns.ended_on,
        columns.assessor_id,
        columns.kind,
        columns.organisation_id,
        columns.key,
        Organisation.name,
    ).outerjoin(Organisation, Organisation.id == columns.organisation_id)
    if assessor_ids is not None:
        statement = statement.where(columns.assessor_id.in_(list(assessor_ids)))
    found: dict[str, list[EmploymentFact]] = defaultdict(list)
    for row in session.execute(statement):
        keys = {row.key, None if row.name is None else employer_key(row.name)} - {None}
        found[row.assessor_id].append(
            EmploymentFact(
                row.id,
                row.began_on,
                row.ended_on,
                assessor_id=row.assessor_id,
                kind=row.kind,
                organisation_id=row.organisation_id,
                keys=frozenset(keys),
            )
        )
    return found


def code_acceptances_page(
    session: Session, actor: Actor, assessor: Assessor, query: PageQuery
) -> Page[CodeAcceptanceRead]:
    """Answer a page of the versions of the code of conduct that an assessor accepted, by version."""
    question = question_of({**query.model_dump(), "of": "codes", "assessor": assessor.id})
    statement = sa.select(CodeAcceptance).where(CodeAcceptance.assessor_id == assessor.id)
    if query.cursor is not None:
        statement = statement.where(CodeAcceptance.code_version > read_cursor(query.cursor, question, [str])[0])
    found = session.scalars(statement.order_by(CodeAcceptance.code_version).limit(query.limit + 1)).all()
    current = code_of_conduct_on(actor.today)
    shown = [
        CodeAcceptanceRead(
            version=one.code_version, accepted_on=one.accepted_on, is_current=one.code_version == current
        )
        for one in found[: query.limit]
    ]
    return Page(items=shown, next=write_cursor(question, [shown[-1].version]) if len(found) > query.limit else None)
