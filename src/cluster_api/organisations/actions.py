"""What one can do with organisations: record, change, close, reopen; say what members are and let them go.

Every change of a member raises the version of the organisation, whose entity tag guards it.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.actions import take_back_invitations
from cluster_api.identity.errors import PermissionMissing
from cluster_api.identity.models import Invitation, Membership, Organisation
from cluster_api.identity.permissions import Permission
from cluster_api.identity.states import Standing
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.organisations import rules
from cluster_api.organisations.errors import LastOwner, OrganisationClosed, OrganisationOpen
from cluster_api.organisations.queries import author_of, get_membership, may_change_any, may_manage, other_owners
from cluster_api.organisations.schemas import MemberChange, OrganisationCreate, OrganisationUpdate


def create(session: Session, actor: Actor, given: OrganisationCreate) -> Organisation:
    """Record an organisation, as yet without members, and answer it; raise PermissionMissing for guarded roles."""
    must_give_roles(actor, given.roles)
    organisation = Organisation(
        id=str(uuid7()),
        name=given.name,
        country=given.country,
        roles=list(given.roles),
        is_synthetic=False,
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(organisation)
    session.flush()
    record(session, actor.author, "organisation.created", _subject(organisation), details=_facts(organisation))
    return organisation


def update(session: Session, actor: Actor, organisation: Organisation, patch: OrganisationUpdate) -> Organisation:
    """Change name, country or roles by a merge patch and answer the organisation; no difference makes no version.

    Its owners change the name and the country; roles are given by whoever may write about every organisation.
    """
    must_manage(actor, organisation)
    wanted = patch.model_dump(exclude_unset=True)
    before = _facts(organisation)
    changes = {name: value for name, value in wanted.items() if value != getattr(organisation, name)}
    if "roles" in changes:
        must_give_roles(actor, {*changes["roles"], *organisation.roles})
        if rules.is_guarded(changes["roles"]) and not rules.is_guarded(organisation.roles):
            # Who was invited into less is not invited into this.
            withdraw_invitations(session, actor.author, organisation)
    if not changes:
        return organisation
    for name, value in changes.items():
        setattr(organisation, name, value)
    touch(session, actor.author, organisation)
    after = _facts(organisation)
    told = {name: after[name] for name in after if after[name] != before[name]}
    record(session, actor.author, "organisation.updated", _subject(organisation), details=told)
    return organisation


def close(session: Session, actor: Actor, organisation: Organisation, *, reason: str) -> Organisation:
    """Close an organisation: through it its members and machine clients have no access any more."""
    must_change_any(actor, organisation)
    must_be_open(organisation)
    organisation.closed_at = actor.now
    touch(session, actor.author, organisation)
    record(session, actor.author, "organisation.closed", _subject(organisation), reason=reason)
    return organisation


def reopen(session: Session, actor: Actor, organisation: Organisation, *, reason: str) -> Organisation:
    """Reopen a closed organisation, with the members and clients it had; raise OrganisationOpen if it is open."""
    must_change_any(actor, organisation)
    if organisation.closed_at is None:
        raise OrganisationOpen
    organisation.closed_at = None
    touch(session, actor.author, organisation)
    record(session, actor.author, "organisation.reopened", _subject(organisation), reason=reason)
    return organisation


def change_member(
    session: Session, actor: Actor, organisation: Organisation, person_id: str, given: MemberChange
) -> Membership:
    """Say what a member shall be, and answer the membership. The organisation must be locked by the caller.

    Raises:
        PermissionMissing: the caller may not, or would give more than what the caller has.
        OrganisationClosed, MemberNotFound, LastOwner: as named.
    """
    must_manage(actor, organisation)
    must_be_open(organisation)
    must_give_no_more(actor, organisation, given.standing)
    membership = get_membership(session, organisation.id, person_id)
    before = membership.standing
    if before is given.standing:
        return membership
    if before is Standing.OWNER:
        must_keep_an_owner(session, membership)
        withdraw_invitations(session, actor.author, organisation, by=author_of(person_id))
    membership.standing = given.standing
    touch(session, actor.author, organisation)
    details = {"person_id": person_id, "before": before.value, "standing": given.standing.value}
    record(session, actor.author, "member.changed", _subject(organisation), details=details)
    return membership


def remove_member(session: Session, actor: Actor, organisation: Organisation, person_id: str, *, reason: str) -> None:
    """Let a member go; everybody may leave. The organisation must be locked by the caller.

    Raises:
        PermissionMissing, OrganisationClosed, MemberNotFound, LastOwner: as named.
    """
    if person_id != actor.caller.person_id:
        must_manage(actor, organisation)
        must_be_open(organisation)
    membership = get_membership(session, organisation.id, person_id)
    if membership.standing is Standing.OWNER and organisation.closed_at is None:
        must_keep_an_owner(session, membership)
    drop_member(session, actor.author, organisation, membership, reason=reason)


def drop_member(
    session: Session, author: Author, organisation: Organisation, membership: Membership, *, reason: str
) -> None:
    """End a membership without asking whether that may be; invitations by the member are worth nothing any more."""
    withdraw_invitations(session, author, organisation, by=author_of(membership.person_id))
    details = {"person_id": membership.person_id, "standing": membership.standing.value}
    session.delete(membership)
    touch(session, author, organisation)
    record(session, author, "member.removed", _subject(organisation), reason=reason, details=details)


def put_member(
    session: Session, author: Author, organisation: Organisation, person_id: str, *, standing: Standing
) -> Membership:
    """Make somebody a member of an organisation locked by the caller; one who is more already stays that."""
    membership = session.get(Membership, (organisation.id, person_id), with_for_update=True, populate_existing=True)
    if membership is None:
        membership = Membership(
            organisation_id=organisation.id, person_id=person_id, standing=standing, created_at=author.at
        )
        session.add(membership)
    elif rules.is_more(standing, membership.standing):
        membership.standing = standing
    touch(session, author, organisation)
    return membership


def withdraw_invitations(
    session: Session, author: Author, organisation: Organisation, *, by: str | None = None
) -> None:
    """Take back the open invitations into an organisation, all or those of one author, who could come back by them."""
    concerned = [] if by is None else [Invitation.author == by]
    take_back_invitations(session, author, Invitation.organisation_id == organisation.id, *concerned)


def touch(session: Session, author: Author, organisation: Organisation) -> None:
    """Raise the version of an organisation and flush."""
    organisation.version += 1
    organisation.updated_at = author.at
    session.flush()


def must_manage(actor: Actor, organisation: Organisation) -> None:
    """Raise PermissionMissing unless the caller may say who belongs to this organisation."""
    if not may_manage(actor, organisation):
        actor.refuse(Permission.ORGANISATIONS_MANAGE, Permission.ORGANISATIONS_WRITE_ALL)


def must_change_any(actor: Actor, organisation: Organisation) -> None:
    """Raise PermissionMissing unless the caller may change this organisation as one of all."""
    if not may_change_any(actor, organisation):
        actor.refuse(Permission.ORGANISATIONS_WRITE_ALL)


def must_be_open(organisation: Organisation) -> None:
    """Raise OrganisationClosed."""
    if organisation.closed_at is not None:
        raise OrganisationClosed


def must_give_no_more(actor: Actor, organisation: Organisation, standing: Standing) -> None:
    """Raise PermissionMissing if this standing would allow what the caller may not do in this organisation.

    Whoever may write about every organisation, and change this one, gives every standing.
    """
    held = actor.mandates.get(organisation.id, frozenset())
    if not may_change_any(actor, organisation) and not rules.gives_no_more(organisation.roles, standing, held):
        raise PermissionMissing("Nobody gives more than what they have.")


def must_keep_an_owner(session: Session, membership: Membership) -> None:
    """Raise LastOwner if the organisation has no other owner."""
    if not other_owners(session, membership):
        raise LastOwner(members={"organisations": [membership.organisation_id]})


def must_give_roles(actor: Actor, roles: Iterable[str]) -> None:
    """Raise PermissionMissing unless the caller may give and take these roles."""
    actor.must(Permission.ORGANISATIONS_WRITE_ALL)
    if rules.is_guarded(roles) and not rules.is_administrator(actor.caller, actor.mandates):
        raise PermissionMissing("Only an administrator gives or takes the roles admin and auditor.")


def _subject(organisation: Organisation) -> tuple[str, str]:
    return "organisation", organisation.id


def _facts(organisation: Organisation) -> dict[str, object]:
    return {"name": organisation.name, "country": organisation.country, "roles": list(organisation.roles)}
