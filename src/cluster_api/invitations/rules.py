"""What became of an invitation, asked of its dates. Pure."""

from datetime import datetime

from cluster_api.invitations.schemas import InvitationState


def state_of(
    now: datetime, *, expires_at: datetime, revoked_at: datetime | None, accepted_at: datetime | None
) -> InvitationState:
    """Answer what became of an invitation; nothing has to happen for it to expire."""
    if accepted_at is not None:
        return InvitationState.ACCEPTED
    if revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.EXPIRED if now >= expires_at else InvitationState.OPEN
