"""What one can ask about people: who calls, who there is, and everything that is recorded about somebody."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic_core import to_jsonable_python
from sqlalchemy.orm import Session

from cluster_api.foundation.paging import Page, question_of, read_cursor, write_cursor
from cluster_api.foundation.schema import Base, Choice, Instant
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Account, Invitation, Membership, Organisation, Person
from cluster_api.identity.permissions import Permission
from cluster_api.identity.schemas import Caller
from cluster_api.journal.models import JournalEntry
from cluster_api.journal.queries import latest_lines
from cluster_api.organisations.queries import author_of
from cluster_api.people.errors import PersonNotFound
from cluster_api.people.schemas import (
    LINES_EXPORTED,
    AccountExport,
    InvitationExport,
    Kind,
    MembershipExport,
    MeRead,
    PersonExport,
    PersonQuery,
    PersonRead,
    PlaceRead,
    RecordsExport,
)

OF_PERSON = "person_id"
IS_ABOUT = "is_about"
TOLD_APART = frozenset({"account", "membership", "invitation"})
"""Tables that the export tells of in lists of their own."""
KNOWN_SCOPES = frozenset(permission.value for permission in Permission)


def _kind_of(caller: Caller) -> Kind:
    if caller.client_id is not None:
        return "client"
    if caller.person_id is not None:
        return "person"
    return "public" if caller.account is None else "account"


def who_am_i(session: Session, actor: Actor) -> MeRead:
    """Answer who the caller is, where the caller belongs, and what may be done there."""
    caller = actor.caller
    places = [one for one in caller.held if not one.is_person]
    statement = sa.select(Organisation.id, Organisation.name).where(
        Organisation.id.in_([one.holder_id for one in places])
    )
    names = {row.id: row.name for row in session.execute(statement)} if places else {}
    everything = frozenset[Permission]().union(*actor.mandates.values())
    return MeRead(
        kind=_kind_of(caller),
        name=caller.name,
        client_id=_identifier(caller.client_id),
        person_id=_identifier(caller.person_id),
        organisations=[
            PlaceRead(
                organisation_id=UUID(one.holder_id),
                name=names.get(one.holder_id, ""),
                roles=sorted(one.roles),
                standing=one.standing,
                permissions=sorted(actor.mandates.get(one.holder_id, ())),
            )
            for one in places
        ],
        roles=sorted({role for one in caller.held if one.is_person for role in one.roles}),
        permissions=sorted(everything),
        scopes=sorted(caller.scopes & KNOWN_SCOPES) if caller.scopes else None,
        cluster_id=_identifier(caller.cluster_id),
        expires_at=caller.expires_at,
    )


def _identifier(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller may know of a person; raise its refusal to who sees nobody."""
    if actor.can(Permission.PEOPLE_READ_ALL) or actor.can(Permission.PEOPLE_ERASE):
        return sa.true()
    if actor.caller.person_id is None:
        actor.refuse(Permission.PEOPLE_READ_ALL)
    return Person.id == actor.caller.person_id


def is_charged(actor: Actor, person: Person) -> bool:
    """Answer whether the caller may export, mend and erase what is personal: the person itself, or who is charged."""
    return person.id == actor.caller.person_id or actor.can(Permission.PEOPLE_ERASE)


def must_be_charged(actor: Actor, person: Person) -> None:
    """Raise PermissionMissing unless the caller is the person or charged with what is personal."""
    if not is_charged(actor, person):
        actor.refuse(Permission.PEOPLE_ERASE)


def get_person(session: Session, actor: Actor, person_id: str, *, for_change: bool = False) -> Person:
    """Answer a person of whom the caller may know, locked if to be changed.

    Raises:
        CredentialsRequired, PermissionMissing: the caller may know of nobody.
        PersonNotFound: there is nobody of whom the caller may know.
    """
    statement = sa.select(Person).where(Person.id == person_id, visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise PersonNotFound
    return found


def read_person(person: Person) -> PersonRead:
    """Answer a person as shown to whoever may know of them."""
    return PersonRead.model_validate(person, from_attributes=True)


def people_page(session: Session, actor: Actor, query: PersonQuery) -> Page[PersonRead]:
    """Answer a page of people in the order in which they came; raise Invalid for a cursor of another question."""
    question = question_of({"of": "people", "view": actor.view, **query.model_dump()})
    statement = sa.select(Person).where(visible(actor))
    if query.q is not None:
        wanted = query.q.lower()
        in_name = sa.func.lower(Person.name).contains(wanted, autoescape=True)
        statement = statement.where(
            sa.or_(in_name, Person.name.contains(query.q, autoescape=True), sa.func.lower(Person.email) == wanted)
        )
    if query.organisation_id is not None:
        members = sa.select(Membership.person_id).where(Membership.organisation_id == str(query.organisation_id))
        statement = statement.where(Person.id.in_(members))
    if query.cursor is not None:
        statement = statement.where(Person.id > read_cursor(query.cursor, question, [UUID])[0])
    found = session.scalars(statement.order_by(Person.id).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(
        items=[read_person(person) for person in shown],
        next=write_cursor(question, [shown[-1].id]) if len(found) > query.limit else None,
    )


def export_of(session: Session, actor: Actor, person: Person) -> PersonExport:
    """Answer everything that is recorded about a person; long lists end with the last thousand, and are counted.

    What the areas above record is found by the references of their tables: a new table is exported without a word.
    """
    must_be_charged(actor, person)
    by_person = JournalEntry.author == author_of(person.id)
    accounts = sa.select(Account).where(Account.person_id == person.id).order_by(Account.id)
    memberships = sa.select(Membership).where(Membership.person_id == person.id).order_by(Membership.organisation_id)
    return PersonExport(
        format="cluster-api/person",
        format_version=1,
        exported_at=actor.now,
        person=read_person(person),
        accounts=[AccountExport.model_validate(one, from_attributes=True) for one in session.scalars(accounts)],
        memberships=[
            MembershipExport.model_validate(one, from_attributes=True) for one in session.scalars(memberships)
        ],
        invitations_made=[
            one.model_copy(update={"email": None})
            for one in _invitations(session, Invitation.author == author_of(person.id))
        ],
        invitations_accepted=_invitations(session, Invitation.person_id == person.id),
        records=list(_records(session, person.id)),
        journal_lines=session.scalar(sa.select(sa.func.count()).select_from(JournalEntry).where(by_person)) or 0,
        journal=latest_lines(session, by_person, most=LINES_EXPORTED),
    )


def _invitations(session: Session, condition: sa.ColumnElement[bool]) -> list[InvitationExport]:
    statement = sa.select(Invitation).where(condition).order_by(Invitation.id.desc()).limit(LINES_EXPORTED)
    return [InvitationExport.model_validate(one, from_attributes=True) for one in session.scalars(statement)]


@dataclass(frozen=True, slots=True)
class Trace:
    """How the rows of a table lead to a person.

    ``subject`` names the columns by which a row is about a person: itself, or through a row that is a person's own, as
    the qualification of an assessor; ``part`` those by which somebody only had a part in it.
    """

    table: sa.Table
    subject: tuple[sa.Column[Any], ...]
    part: tuple[sa.Column[Any], ...]


def traces(metadata: sa.MetaData = Base.metadata) -> tuple[Trace, ...]:
    """Answer how every table leads to people that refers to one, in the order of the tables; new tables join by that.

    A row is a person's own if it must name one in ``person_id`` and has a key of its own: what refers to such a row is
    about the person, too.
    """
    own: set[str] = set()
    found = []
    for table in metadata.sorted_tables:
        to_person = [column for column in table.columns if _refers(column, {Person.__tablename__})]
        subject = [column for column in to_person if column.name == OF_PERSON]
        subject = subject or [column for column in table.columns if _refers(column, own)]
        part = [column for column in to_person if column not in subject]
        if any(not column.nullable for column in subject) and list(table.primary_key.columns) == [table.c.get("id")]:
            own.add(table.name)
        if subject or part:
            found.append(Trace(table, tuple(subject), tuple(part)))
    return tuple(found)


def _refers(column: sa.Column[Any], tables: Collection[str]) -> bool:
    return any(key.column.table.name in tables for key in column.foreign_keys)


def _belongs(column: sa.Column[Any], person_id: str) -> sa.ColumnElement[bool]:
    (key,) = column.foreign_keys
    owner = key.column.table
    if owner.name == Person.__tablename__:
        return column == person_id
    # An owner's own row names the person, or is found through another owner.
    return column.in_(sa.select(owner.c.id).where(owner.c[OF_PERSON] == person_id))


def _records(session: Session, person_id: str) -> Iterator[RecordsExport]:
    for trace in traces():
        if trace.table.name in TOLD_APART:
            continue
        about = sa.or_(sa.false(), *(_belongs(column, person_id) for column in trace.subject))
        concerned = sa.or_(about, *(_belongs(column, person_id) for column in trace.part))
        keys = [column.desc() for column in trace.table.primary_key.columns]
        statement = sa.select(trace.table, about.label(IS_ABOUT)).where(concerned).order_by(*keys)
        found = session.execute(statement.limit(LINES_EXPORTED + 1)).mappings().all()
        if not found:
            continue
        count = len(found)
        if count > LINES_EXPORTED:
            count = session.scalars(sa.select(sa.func.count()).select_from(trace.table).where(concerned)).one()
        mine = {person_id, author_of(person_id), *_owned(session, trace, person_id)}
        rows = [_told(trace, row, mine) for row in found[:LINES_EXPORTED]]
        yield RecordsExport(table=trace.table.name, count=count, rows=rows)


def _owned(session: Session, trace: Trace, person_id: str) -> Iterator[str]:
    for column in trace.subject:
        (key,) = column.foreign_keys
        if key.column.table.name != Person.__tablename__:
            owner = key.column.table
            yield from session.scalars(sa.select(owner.c.id).where(owner.c[OF_PERSON] == person_id))


def _told(trace: Trace, row: sa.RowMapping, mine: Collection[str]) -> dict[str, Any]:
    told = {}
    for column in trace.table.columns:
        names_somebody = column in trace.subject or column in trace.part
        is_shown = row[IS_ABOUT] or names_somebody or column.primary_key or _is_outline(column)
        is_handle = column.name == "author" and row[column.name].startswith(author_of(""))
        is_other = (names_somebody or is_handle) and row[column.name] not in mine
        if not is_shown or is_other or column.info.get("secret"):
            continue
        told[column.name] = to_jsonable_python(row[column.name])
    return told


def _is_outline(column: sa.Column[Any]) -> bool:
    return column.name == "number" or isinstance(column.type, sa.Date | Choice | Instant)


def personal_columns() -> Iterator[tuple[sa.Table, list[sa.Column[object]]]]:
    """Answer each table that has columns marked personal, with those columns."""
    for table in Base.metadata.sorted_tables:
        marked = [column for column in table.columns if column.info.get("personal")]
        if marked:
            yield table, marked


def rows_about(table: sa.Table, person_id: str) -> sa.ColumnElement[bool]:
    """Answer the condition under which a row of a table with personal columns is about a person.

    It is the person's own row, or names the person in ``person_id``: a table with a personal column needs one of both.
    """
    key = table.c.id if table.name == Person.__tablename__ else table.c.person_id
    return key == person_id
