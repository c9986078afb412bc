"""What is written because somebody calls, and invitations taken back.

That a key was used, and the day on which an account was last seen, are no deeds: the journal has no line of them.
"""

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.database import Database
from cluster_api.identity.models import Account, Credential, Invitation
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author

NOTED_WITHIN = timedelta(minutes=10)
"""How old the note of the last use may be: a write for every request would cost more than the request."""


def note_use(database: Database, credential_id: str, now: datetime) -> None:
    """Note that an API key was used, in a transaction of its own."""
    stale = sa.or_(Credential.last_used_at.is_(None), Credential.last_used_at < now - NOTED_WITHIN)
    statement = sa.update(Credential).where(Credential.id == credential_id, stale).values(last_used_at=now)
    with database.transaction() as session:
        session.execute(statement, execution_options={"synchronize_session": False})


def see_account(database: Database, account_id: str, today: date) -> None:
    """Note that an account was seen today, in a transaction of its own; retention counts from it."""
    statement = sa.update(Account).where(Account.id == account_id, Account.seen_on < today).values(seen_on=today)
    with database.transaction() as session:
        session.execute(statement, execution_options={"synchronize_session": False})


def take_back_invitations(session: Session, author: Author, *concerned: sa.ColumnElement[bool]) -> None:
    """Take back the open invitations of which these conditions hold, with a line in the journal for each."""
    statement = (
        sa.update(Invitation)
        .where(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), *concerned)
        .values(revoked_at=author.at)
        .returning(Invitation.id, Invitation.organisation_id)
    )
    for taken in session.execute(statement, execution_options={"synchronize_session": False}).all():
        details = {"invitation_id": taken.id}
        record(session, author, "invitation.revoked", ("organisation", taken.organisation_id), details=details)
