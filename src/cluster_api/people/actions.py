"""What one can do about people: mend name and address, and erase what is personal.

Erasure leaves the row of the person, nameless, so that decisions, labels, books and the journal go on naming the same
somebody, and every chain of digests stays as it was: nothing personal was ever part of it.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.identity.access import Actor
from cluster_api.identity.models import Invitation, Membership, Organisation, Person
from cluster_api.identity.states import Standing
from cluster_api.journal.actions import erase_notes, record
from cluster_api.journal.queries import noted_positions
from cluster_api.journal.schemas import Author
from cluster_api.organisations.actions import drop_member
from cluster_api.organisations.errors import LastOwner
from cluster_api.organisations.queries import author_of, find_membership, organisations_of, other_owners
from cluster_api.people.errors import PersonErased
from cluster_api.people.queries import must_be_charged, personal_columns, rows_about
from cluster_api.people.schemas import PersonUpdate

UNSEEN = {"synchronize_session": False}


def update(session: Session, actor: Actor, person: Person, patch: PersonUpdate) -> Person:
    """Change name or address by a merge patch and answer the person. The journal tells which, not what.

    Raises:
        PermissionMissing: the caller is neither the person nor charged with what is personal.
        PersonErased: there is nothing to change any more.
    """
    must_be_charged(actor, person)
    if person.erased_at is not None:
        raise PersonErased
    wanted = patch.model_dump(exclude_unset=True)
    changes = {name: value for name, value in wanted.items() if value != getattr(person, name)}
    if changes:
        for name, value in changes.items():
            setattr(person, name, value)
        _touch(session, actor.author, person)
        details = {"changed": sorted(changes)}
        record(session, actor.author, "person.updated", ("person", person.id), details=details)
    return person


def erase(session: Session, actor: Actor, person: Person, *, reason: str) -> Person:
    """Erase what is personal about somebody and answer what is left; the person must be locked by the caller.

    Raises:
        PermissionMissing: the caller is neither the person nor charged with what is personal.
        PersonErased: it was done before.
        LastOwner: open organisations would be left without an owner; they are named.
    """
    must_be_charged(actor, person)
    return erase_person(session, actor.author, person, reason=reason)


def erase_person(session: Session, author: Author, person: Person, *, reason: str) -> Person:
    """Erase what is personal without asking who may; for retention. Raise PersonErased or LastOwner."""
    if person.erased_at is not None:
        raise PersonErased
    organisations = organisations_of(session, person.id, for_change=True)
    # Of a membership that ended while its organisation was waited for there is nothing left to end.
    found = [(one, find_membership(session, one.id, person.id)) for one in organisations]
    held = [(one, membership) for one, membership in found if membership is not None]
    left = [one.id for one, membership in held if _leaves_nobody(session, one, membership)]
    if left:
        raise LastOwner(
            f"Hand over first: {len(left)} organisation(s) have no other owner.", members={"organisations": left}
        )
    for organisation, membership in held:
        drop_member(session, author, organisation, membership, reason=reason)
    cancelled = _cancel_invitations(session, author, person)
    person.erased_at, person.roles = author.at, []
    _touch(session, author, person)
    _forget(session, person.id)
    if noted := noted_positions(session, "person", person.id):
        erase_notes(session, author, noted, "The person is erased.")
    session.refresh(person)
    details = {"organisations": [one.id for one, _ in held], "cancelled_invitations": cancelled}
    record(session, author, "person.erased", ("person", person.id), reason=reason, details=details)
    session.flush()
    return person


def _leaves_nobody(session: Session, organisation: Organisation, membership: Membership) -> bool:
    is_owner = membership.standing is Standing.OWNER
    return organisation.closed_at is None and is_owner and not other_owners(session, membership)


def _cancel_invitations(session: Session, author: Author, person: Person) -> list[str]:
    """Take back open invitations that the person made or that were meant for the person's address, and forget it."""
    concerned = [Invitation.author == author_of(person.id)]
    meant = sa.func.lower(Invitation.email) == (person.email or "").lower()
    if person.email is not None:
        concerned.append(meant)
    is_open = Invitation.accepted_at.is_(None) & Invitation.revoked_at.is_(None)
    open_ones = sa.update(Invitation).where(is_open, sa.or_(*concerned)).values(revoked_at=author.at)
    cancelled = session.scalars(open_ones.returning(Invitation.id), execution_options=UNSEEN).all()
    session.execute(sa.update(Invitation).where(meant).values(email=None), execution_options=UNSEEN)
    return sorted(cancelled)


def _forget(session: Session, person_id: str) -> None:
    """Empty every column marked personal in rows about a person; a row that cannot be without it goes as a whole."""
    for table, columns in personal_columns():
        about = rows_about(table, person_id)
        if all(column.nullable for column in columns):
            session.execute(sa.update(table).where(about).values(dict.fromkeys((one.name for one in columns), None)))
        else:
            session.execute(sa.delete(table).where(about))


def _touch(session: Session, author: Author, person: Person) -> None:
    person.version += 1
    person.updated_at = author.at
    session.flush()
