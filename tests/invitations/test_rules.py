"""What became of an invitation, for every order of its dates."""

from datetime import UTC, datetime, timedelta

import pytest

from cluster_api.invitations.rules import state_of
from cluster_api.invitations.schemas import InvitationState

END = datetime(2021, 1, 15, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)
STATES = InvitationState


@pytest.mark.parametrize(
    ("now", "revoked", "accepted", "expected"),
    [
        (END - SECOND, None, None, STATES.OPEN),
        (END, None, None, STATES.EXPIRED),
        (END + SECOND, None, None, STATES.EXPIRED),
        (END - SECOND, END - SECOND, None, STATES.REVOKED),
        (END + SECOND, END - SECOND, None, STATES.REVOKED),
        (END + SECOND, None, END - SECOND, STATES.ACCEPTED),
        (END - SECOND, None, END - SECOND, STATES.ACCEPTED),
        (END - SECOND, END, END - SECOND, STATES.ACCEPTED),
    ],
)
def test_state_of_an_invitation_follows_from_its_dates(
    now: datetime, revoked: datetime | None, accepted: datetime | None, expected: InvitationState
) -> None:
    assert state_of(now, expires_at=END, revoked_at=revoked, accepted_at=accepted) is expected
