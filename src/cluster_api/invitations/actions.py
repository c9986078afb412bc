"""What one can do with invitations: make, take back, take up.

Locks are always taken in one order, person, organisation, invitation, so that two who meet wait and never block.
"""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.errors import CredentialsRequired
from cluster_api.identity.models import Account, Client, Invitation, Membership, Organisation, Person
from cluster_api.invitations.errors import InvitationNotUsable, InvitationSettled, PersonRequired
from cluster_api.invitations.queries import find_by_code, state_of
from cluster_api.invitations.schemas import InvitationCreate, InvitationState
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.organisations.actions import (
    must_be_open,
    must_give_no_more,
    must_give_roles,
    must_manage,
    put_member,
)
from cluster_api.organisations.queries import author_of
from cluster_api.tokens.rules import INVITATION, new_secret


def invite(
    session: Session, actor: Actor, organisation: Organisation, given: InvitationCreate
) -> tuple[Invitation, str]:
    """Offer a membership of an organisation locked by the caller; answer the offer and its code, which is not kept.

    Raises:
        PermissionMissing: the caller may not, or would give more than what the caller has.
        OrganisationClosed: nobody is taken in.
    """
    must_manage(actor, organisation)
    must_be_open(organisation)
    must_give_no_more(actor, organisation, given.standing)
    if given.roles:
        must_give_roles(actor, given.roles)
    secret = new_secret(INVITATION)
    invitation = Invitation(
        id=str(uuid7()),
        organisation_id=organisation.id,
        standing=given.standing,
        roles=list(given.roles),
        email=given.email,
        public_id=secret.public_id,
        digest=secret.digest,
        author=actor.name,
        created_at=actor.now,
        expires_at=actor.now + timedelta(days=given.expires_in_days),
    )
    session.add(invitation)
    session.flush()
    details = {"invitation_id": invitation.id, "standing": given.standing.value, "roles": list(given.roles)}
    record(session, actor.author, "member.invited", ("organisation", organisation.id), details=details)
    return invitation, secret.text


def revoke(session: Session, actor: Actor, organisation: Organisation, invitation: Invitation, *, reason: str) -> None:
    """Take an open invitation back; raise PermissionMissing or InvitationSettled."""
    must_manage(actor, organisation)
    if state_of(invitation, actor.now) is not InvitationState.OPEN:
        raise InvitationSettled
    invitation.revoked_at = actor.now
    session.flush()
    subject, details = ("organisation", organisation.id), {"invitation_id": invitation.id}
    record(session, actor.author, "invitation.revoked", subject, reason=reason, details=details)


def accept(session: Session, actor: Actor, code: str) -> tuple[Invitation, Membership]:
    """Take up an invitation: pair the account with a person, new or known, who becomes a member.

    Of several who do so at once one succeeds. Name and address of a new person are what the issuer says.

    Raises:
        CredentialsRequired, PersonRequired: nobody, or a machine, calls.
        InvitationNotUsable: whatever is wrong with the code, its invitation or its organisation.
    """
    if actor.caller.is_public:
        raise CredentialsRequired
    if actor.caller.account is None and actor.caller.person_id is None:
        raise PersonRequired
    person = _known_person(session, actor)
    if person is not None and person.erased_at is not None:
        raise InvitationNotUsable
    invitation, organisation = _usable(session, actor, code)
    if person is None:
        person = _pair(session, actor)
    before = sorted(person.roles)
    person.roles = sorted({*before, *invitation.roles})
    if person.roles != before:
        person.version += 1
        person.updated_at = actor.now
    invitation.accepted_at, invitation.person_id = actor.now, person.id
    author = _as_person(actor, person)
    membership = put_member(session, author, organisation, person.id, standing=invitation.standing)
    details = {
        "person_id": person.id,
        "invitation_id": invitation.id,
        "standing": membership.standing.value,
        "roles": list(invitation.roles),
    }
    record(session, author, "member.joined", ("organisation", organisation.id), details=details)
    return invitation, membership


def _known_person(session: Session, actor: Actor) -> Person | None:
    person_id = actor.caller.person_id
    if actor.caller.account is not None:
        # Who called as an account may have become a person a moment ago.
        issuer, subject = actor.caller.account
        statement = sa.select(Account.person_id).where(Account.issuer == issuer, Account.subject == subject)
        person_id = session.scalar(statement)
    if person_id is None:
        return None
    return session.get(Person, person_id, with_for_update=True, populate_existing=True)


def _usable(session: Session, actor: Actor, code: str) -> tuple[Invitation, Organisation]:
    found = find_by_code(session, code)
    if found is None:
        raise InvitationNotUsable
    organisation = session.get(Organisation, found.organisation_id, with_for_update=True, populate_existing=True)
    invitation = session.get(Invitation, found.id, with_for_update=True, populate_existing=True)
    is_open = invitation is not None and state_of(invitation, actor.now) is InvitationState.OPEN
    if invitation is None or organisation is None or organisation.closed_at is not None or not is_open:
        raise InvitationNotUsable
    if _is_shut_out(session, invitation.author):
        raise InvitationNotUsable
    return invitation, organisation


def _is_shut_out(session: Session, author: str) -> bool:
    """Answer whether a machine client that invited was disabled, perhaps in the seconds in which it was still known."""
    kind, _, client_id = author.partition(":")
    client = session.get(Client, client_id, populate_existing=True) if kind == "client" else None
    return client is not None and client.disabled_at is not None


def _pair(session: Session, actor: Actor) -> Person:
    if actor.caller.account is None:
        raise InvitationNotUsable
    person = Person(
        id=str(uuid7()),
        name=actor.caller.claimed_name,
        email=actor.caller.claimed_email,
        roles=[],
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(person)
    session.flush()
    issuer, subject = actor.caller.account
    account = Account(
        id=str(uuid7()),
        person_id=person.id,
        issuer=issuer,
        subject=subject,
        created_at=actor.now,
        seen_on=actor.today,
    )
    session.add(account)
    session.flush()
    author = _as_person(actor, person)
    record(session, author, "person.created", ("person", person.id), details={"account_id": account.id})
    return person


def _as_person(actor: Actor, person: Person) -> Author:
    # The handle of an account is made from its subject, which must not outlive an erasure in the journal.
    return replace(actor.author, name=author_of(person.id), person_id=person.id)
