"""What one can ask about invitations: those of an organisation, by whoever says who belongs to it."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.conditional import tag_of_bytes
from cluster_api.foundation.paging import Page, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Invitation, Organisation
from cluster_api.identity.permissions import Permission
from cluster_api.invitations import rules
from cluster_api.invitations.errors import InvitationNotFound
from cluster_api.invitations.schemas import InvitationQuery, InvitationRead, InvitationState
from cluster_api.organisations.queries import may_manage
from cluster_api.tokens.rules import INVITATION, is_same, read_secret

UNKNOWN_DIGEST = "0" * 64


def must_see(actor: Actor, organisation: Organisation) -> None:
    """Raise PermissionMissing unless the caller may see invitations of this organisation: those who may invite.

    Who reads about all organisations and all people, as an auditor does, reads invitations too.
    """
    reads_all = actor.can(Permission.ORGANISATIONS_READ_ALL) and actor.can(Permission.PEOPLE_READ_ALL)
    if not reads_all and not may_manage(actor, organisation):
        actor.refuse(Permission.ORGANISATIONS_MANAGE)


def get_invitation(
    session: Session, organisation: Organisation, invitation_id: str, *, for_change: bool = False
) -> Invitation:
    """Answer an invitation of an organisation, locked if it is to be changed; raise InvitationNotFound."""
    statement = sa.select(Invitation).where(
        Invitation.id == invitation_id, Invitation.organisation_id == organisation.id
    )
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise InvitationNotFound
    return found


def find_by_code(session: Session, code: str) -> Invitation | None:
    """Answer the invitation that has this code, whatever became of it; none for a wrong code.

    The digest is compared also where there is nothing to compare with, so that the time tells nothing.
    """
    secret = read_secret(code, INVITATION)
    if secret is None:
        return None
    found = session.scalar(sa.select(Invitation).where(Invitation.public_id == secret.public_id))
    fits = is_same(secret.digest, found.digest if found is not None else UNKNOWN_DIGEST)
    return found if fits else None


def state_of(invitation: Invitation, now: datetime) -> InvitationState:
    """Answer what became of an invitation."""
    return rules.state_of(
        now,
        expires_at=invitation.expires_at,
        revoked_at=invitation.revoked_at,
        accepted_at=invitation.accepted_at,
    )


def read_invitation(actor: Actor, organisation: Organisation, invitation: Invitation) -> InvitationRead:
    """Answer an invitation as it is shown to this caller."""
    state = state_of(invitation, actor.now)
    can_revoke = state is InvitationState.OPEN and may_manage(actor, organisation)
    return InvitationRead(
        id=UUID(invitation.id),
        organisation_id=UUID(invitation.organisation_id),
        standing=invitation.standing,
        roles=invitation.roles,
        email=invitation.email,
        state=state,
        author=invitation.author,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        revoked_at=invitation.revoked_at,
        accepted_at=invitation.accepted_at,
        person_id=None if invitation.person_id is None else UUID(invitation.person_id),
        allowed_moves=["revoke"] if can_revoke else [],
    )


def tag_of(actor: Actor, organisation: Organisation, invitation: Invitation) -> str:
    """Answer the entity tag of an invitation: it changes by itself when the invitation expires."""
    return tag_of_bytes(read_invitation(actor, organisation, invitation).model_dump_json().encode())


def _in_state(state: InvitationState, now: datetime) -> sa.ColumnElement[bool]:
    is_accepted, is_revoked = Invitation.accepted_at.is_not(None), Invitation.revoked_at.is_not(None)
    unsettled = ~is_accepted & ~is_revoked
    return {
        InvitationState.ACCEPTED: is_accepted,
        InvitationState.REVOKED: ~is_accepted & is_revoked,
        InvitationState.EXPIRED: unsettled & (Invitation.expires_at <= now),
        InvitationState.OPEN: unsettled & (Invitation.expires_at > now),
    }[state]


def invitations_page(
    session: Session, actor: Actor, organisation: Organisation, query: InvitationQuery
) -> Page[InvitationRead]:
    """Answer a page of the invitations of an organisation, the latest first; raise Invalid for a wrong cursor."""
    must_see(actor, organisation)
    question = question_of({"of": "invitations", "organisation": organisation.id, **query.model_dump()})
    statement = sa.select(Invitation).where(Invitation.organisation_id == organisation.id)
    if query.state is not None:
        statement = statement.where(_in_state(query.state, actor.now))
    if query.cursor is not None:
        statement = statement.where(Invitation.id < read_cursor(query.cursor, question, [UUID])[0])
    found = session.scalars(statement.order_by(Invitation.id.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(
        items=[read_invitation(actor, organisation, invitation) for invitation in shown],
        next=write_cursor(question, [shown[-1].id]) if len(found) > query.limit else None,
    )
