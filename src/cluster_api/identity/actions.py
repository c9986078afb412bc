"""What is written about callers by the way: that a key was used."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from cluster_api.foundation.database import DOWN, Database
from cluster_api.foundation.logs import log
from cluster_api.identity.models import Credential

NOTED_WITHIN = timedelta(minutes=10)
"""How old the note of the last use may be: a write for every request would cost more than the request."""


def note_use(database: Database, credential_id: str, now: datetime) -> None:
    """Note that an API key was used; what cannot be written now is written with a later use."""
    stale = sa.or_(Credential.last_used_at.is_(None), Credential.last_used_at < now - NOTED_WITHIN)
    statement = sa.update(Credential).where(Credential.id == credential_id, stale).values(last_used_at=now)
    try:
        with database.transaction() as session:
            session.execute(statement, execution_options={"synchronize_session": False})
    except DOWN as error:
        log.warning("key.use_not_noted", error=type(error).__name__)
