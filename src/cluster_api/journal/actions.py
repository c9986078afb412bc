"""Writing the journal: one function, called by every verb that changes something."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.foundation.identifiers import uuid7
from cluster_api.journal.models import JournalEntry
from cluster_api.journal.schemas import Author


def record(
    session: Session,
    author: Author,
    event: str,
    subject: tuple[str, str],
    *,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one line: ``event`` is ``noun.past_participle``, ``subject`` the kind and identifier of the thing."""
    session.add(
        JournalEntry(
            id=str(uuid7()),
            occurred_at=author.at,
            author=author.name,
            event=event,
            subject_kind=subject[0],
            subject_id=subject[1],
            request_id=author.request_id,
            reason=reason,
            details=dict(details or {}),
        )
    )
