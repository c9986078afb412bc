"""What auditors may ask of the journal."""

from pydantic import ValidationError
from sqlalchemy.orm import Session

from cluster_api.foundation.paging import Page, PageQuery
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal import queries as journal
from cluster_api.journal.errors import CheckpointNotReadable
from cluster_api.journal.rules import Seal
from cluster_api.journal.schemas import CheckpointRead, EntryRead, JournalQuery


def audit_page(session: Session, actor: Actor, query: JournalQuery) -> Page[EntryRead]:
    """Answer a page of the journal, the latest line first.

    Raises CredentialsRequired or its like for who may not read it, Invalid for a cursor of another question.
    """
    actor.must(Permission.JOURNAL_READ)
    return journal.journal_page(session, query)


def audit_line(session: Session, actor: Actor, position: int) -> EntryRead:
    """Answer one line; raise CredentialsRequired or its like for who may not read it, JournalLineNotFound."""
    actor.must(Permission.JOURNAL_READ)
    return journal.get_line(session, position)


def audit_checkpoints(session: Session, actor: Actor, query: PageQuery) -> Page[CheckpointRead]:
    """Answer a page of checkpoints, the latest first; raise what ``audit_page`` raises."""
    actor.must(Permission.JOURNAL_READ)
    return journal.checkpoints_page(session, query)


def kept_checkpoint(text: str) -> Seal:
    """Answer the checkpoint in a file kept outside: an item of ``GET /v1/journal/checkpoints``.

    Raises:
        CheckpointNotReadable: it is something else.
    """
    try:
        kept = CheckpointRead.model_validate_json(text)
    except ValidationError as error:
        place = "/".join(map(str, error.errors()[0]["loc"])) or "the file"
        raise CheckpointNotReadable(f"This is no checkpoint: {place} is not as it should be.") from error
    return Seal(**kept.payload.model_dump(), signature=kept.signature, key_id=kept.key_id)
