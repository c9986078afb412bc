"""What one can ask about organisations and their members; who asks decides what there is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Membership, Organisation, Person
from cluster_api.identity.permissions import Permission
from cluster_api.identity.states import Standing
from cluster_api.organisations import rules
from cluster_api.organisations.errors import MemberNotFound, OrganisationNotFound
from cluster_api.organisations.schemas import (
    MemberRead,
    OrganisationQuery,
    OrganisationRead,
    OrganisationState,
)

FARTHEST = 2**63 - 1


def own_organisations(actor: Actor) -> tuple[str, ...]:
    """Answer the organisations of which the caller may know because they are the caller's own.

    A member knows of the organisation whatever its roles allow: it must at least be possible to leave it.
    """
    member = () if actor.caller.person_id is None else (one.holder_id for one in actor.caller.held if not one.is_person)
    return tuple(sorted({*actor.where(Permission.ORGANISATIONS_READ), *member}))


def author_of(person_id: str) -> str:
    """Answer the handle under which the journal knows a person; it says nothing once the row behind is erased."""
    return f"person:{person_id}"


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller may know of an organisation."""
    if actor.can(Permission.ORGANISATIONS_READ_ALL):
        return sa.true()
    return Organisation.id.in_(own_organisations(actor))


def must_see_some(actor: Actor) -> None:
    """Raise CredentialsRequired or PermissionMissing to a caller for whom there are no organisations at all."""
    if not actor.can(Permission.ORGANISATIONS_READ_ALL) and not own_organisations(actor):
        actor.refuse(Permission.ORGANISATIONS_READ, Permission.ORGANISATIONS_READ_ALL)


def get_organisation(session: Session, actor: Actor, organisation_id: str, *, for_change: bool = False) -> Organisation:
    """Answer an organisation of which the caller may know.

    ``for_change`` locks the row until the transaction ends: whoever changes its members does it one after the other.

    Raises:
        CredentialsRequired, PermissionMissing: the caller sees no organisations at all.
        OrganisationNotFound: there is none of which the caller may know.
    """
    must_see_some(actor)
    statement = sa.select(Organisation).where(Organisation.id == organisation_id, visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise OrganisationNotFound
    return found


def may_change_any(actor: Actor, organisation: Organisation) -> bool:
    """Answer whether the caller may change this organisation as one of all; guarded ones are the administrators'."""
    if not actor.can(Permission.ORGANISATIONS_WRITE_ALL):
        return False
    return not rules.is_guarded(organisation.roles) or rules.is_administrator(actor.caller, actor.mandates)


def may_manage(actor: Actor, organisation: Organisation) -> bool:
    """Answer whether the caller may say who belongs to this organisation, as its owner or as one of all."""
    return actor.can(Permission.ORGANISATIONS_MANAGE, within=organisation.id) or may_change_any(actor, organisation)


def allowed_moves(actor: Actor, organisation: Organisation) -> list[str]:
    """Answer what the caller can do with an organisation now."""
    is_open, changes_any = organisation.closed_at is None, may_change_any(actor, organisation)
    manages = may_manage(actor, organisation)
    possible = {
        "update": manages,
        "invite": manages and is_open,
        "close": changes_any and is_open,
        "reopen": changes_any and not is_open,
    }
    return [verb for verb, is_possible in possible.items() if is_possible]


def read_organisation(actor: Actor, organisation: Organisation) -> OrganisationRead:
    """Answer an organisation as it is shown to this caller."""
    return OrganisationRead(
        id=UUID(organisation.id),
        name=organisation.name,
        country=organisation.country,
        roles=organisation.roles,
        state=OrganisationState.OPEN if organisation.closed_at is None else OrganisationState.CLOSED,
        closed_at=organisation.closed_at,
        is_synthetic=organisation.is_synthetic,
        version=organisation.version,
        created_at=organisation.created_at,
        updated_at=organisation.updated_at,
        allowed_moves=allowed_moves(actor, organisation),
    )


def _filters(query: OrganisationQuery) -> list[sa.ColumnElement[bool]]:
    # Upper and lower case of letters beyond ASCII are one to PostgreSQL only: as written is tried too.
    found: list[sa.ColumnElement[bool]] = [
        sa.or_(
            sa.func.lower(Organisation.name).contains(word.lower(), autoescape=True),
            Organisation.name.contains(word, autoescape=True),
        )
        for word in (query.q or "").split()
    ]
    if query.role is not None:
        found.append(sa.type_coerce(Organisation.roles, sa.Text).contains(f"|{query.role}|", autoescape=True))
    if query.country is not None:
        found.append(Organisation.country == query.country)
    if query.state is not None:
        is_open = Organisation.closed_at.is_(None)
        found.append(is_open if query.state is OrganisationState.OPEN else ~is_open)
    return found


def organisations_page(session: Session, actor: Actor, query: OrganisationQuery) -> Page[OrganisationRead]:
    """Answer a page of organisations by name; raise Invalid for a cursor of another question."""
    must_see_some(actor)
    question = question_of({"of": "organisations", "view": actor.view, **query.model_dump()})
    statement = sa.select(Organisation).where(visible(actor), *_filters(query))
    if query.cursor is not None:
        name, key = read_cursor(query.cursor, question, [str, UUID])
        after = sa.tuple_(sa.literal(name, Organisation.name.type), sa.literal(key, Organisation.id.type))
        statement = statement.where(sa.tuple_(Organisation.name, Organisation.id) > after)
    found = session.scalars(statement.order_by(Organisation.name, Organisation.id).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(
        items=[read_organisation(actor, organisation) for organisation in shown],
        next=write_cursor(question, [shown[-1].name, shown[-1].id]) if len(found) > query.limit else None,
    )


def find_membership(session: Session, organisation_id: str, person_id: str) -> Membership | None:
    """Answer what a person is in an organisation, locked until the transaction ends, if anything."""
    statement = (
        sa.select(Membership)
        .where(Membership.organisation_id == organisation_id, Membership.person_id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalar(statement)


def get_membership(session: Session, organisation_id: str, person_id: str) -> Membership:
    """Answer what a person is in an organisation, locked until the transaction ends; raise MemberNotFound."""
    found = find_membership(session, organisation_id, person_id)
    if found is None:
        raise MemberNotFound
    return found


def other_owners(session: Session, membership: Membership) -> int:
    """Answer how many owners the organisation has besides this member."""
    statement = (
        sa.select(sa.func.count())
        .select_from(Membership)
        .where(
            Membership.organisation_id == membership.organisation_id,
            Membership.person_id != membership.person_id,
            Membership.standing == Standing.OWNER,
        )
    )
    return session.scalar(statement) or 0


def organisations_of(session: Session, person_id: str, *, for_change: bool = False) -> Sequence[Organisation]:
    """Answer the organisations, open or closed, of which a person is a member, by their identifiers."""
    statement = (
        sa.select(Organisation)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id)
        .order_by(Organisation.id)
    )
    if for_change:
        statement = statement.with_for_update(of=Organisation).execution_options(populate_existing=True)
    return session.scalars(statement).all()


def _sees_names(actor: Actor, organisation: Organisation) -> bool:
    return actor.can(Permission.PEOPLE_READ_ALL) or organisation.id in own_organisations(actor)


def _member(actor: Actor, organisation: Organisation, row: Any) -> MemberRead:
    manages = may_manage(actor, organisation) and organisation.closed_at is None
    removes = manages or row.person_id == actor.caller.person_id
    return MemberRead(
        person_id=UUID(row.person_id),
        name=row.name if _sees_names(actor, organisation) else None,
        standing=row.standing,
        since=row.created_at,
        allowed_moves=[verb for verb, can in (("change", manages), ("remove", removes)) if can],
    )


def _members(organisation: Organisation) -> sa.Select[str, Standing, datetime, str | None]:
    return (
        sa.select(Membership.person_id, Membership.standing, Membership.created_at, Person.name)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == organisation.id)
    )


def read_member(session: Session, actor: Actor, organisation: Organisation, person_id: str) -> MemberRead:
    """Answer a member as shown to this caller; raise MemberNotFound."""
    row = session.execute(_members(organisation).where(Membership.person_id == person_id)).one_or_none()
    if row is None:
        raise MemberNotFound
    return _member(actor, organisation, row)


def members_page(session: Session, actor: Actor, organisation: Organisation, query: PageQuery) -> Page[MemberRead]:
    """Answer a page of the members, the longest-standing first; raise Invalid for a cursor of another question."""
    question = question_of({"of": "members", "organisation": organisation.id})
    statement = _members(organisation)
    keys = (Membership.created_at, Membership.person_id)
    if query.cursor is not None:
        since, person_id = read_cursor(query.cursor, question, [datetime, UUID])
        after = sa.tuple_(sa.literal(since, keys[0].type), sa.literal(person_id, keys[1].type))
        statement = statement.where(sa.tuple_(*keys) > after)
    found = session.execute(statement.order_by(*keys).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(
        items=[_member(actor, organisation, row) for row in shown],
        next=write_cursor(question, [shown[-1].created_at, shown[-1].person_id]) if len(found) > query.limit else None,
    )
