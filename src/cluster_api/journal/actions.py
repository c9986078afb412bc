"""Writing the journal: recording, called by every verb that changes something; sealing days; erasing notes."""

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Unpack
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.bulk import insert_rows
from cluster_api.foundation.closing import at_commit
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.schema import Base
from cluster_api.journal import rules
from cluster_api.journal.errors import NotesNotErasable
from cluster_api.journal.models import JournalCheckpoint, JournalEntry, JournalNote
from cluster_api.journal.queries import first_open_day, last_line, last_sealed, lines_by_day
from cluster_api.journal.schemas import Author, Particulars

Sign = Callable[[bytes], tuple[str, str]]
"""Signs a payload; answers the JWS in compact form and the identifier of the key."""

JOURNAL_LOCK = 0x6A6F7572
POSITIONS_A_BATCH = LINES_A_BATCH = 5_000


def record(session: Session, author: Author, event: str, subject: tuple[str, str], **said: Unpack[Particulars]) -> None:
    """Record one deed: ``event`` is ``noun.past_participle``, ``subject`` the kind and identifier of the thing.

    The line is written and chained immediately before the transaction commits, and not at all if it does not.

    Raises:
        ValueError: facts or details hold what JSON cannot.
        RuntimeError: inside a savepoint.
    """
    reason, details, note = said.get("reason"), said.get("details"), None
    if reason is not None or details:
        note = {"salt": secrets.token_hex(16), "reason": reason, "details": rules.plain(dict(details or {}))}
    deed = {
        "id": str(uuid7()),
        "occurred_at": author.at,
        "author": author.name,
        "client_id": _spelt(author.client_id),
        "person_id": _spelt(author.person_id),
        "organisation_id": _spelt(author.organisation_id),
        "event": event,
        "subject_kind": subject[0],
        "subject_id": _spelt(subject[1]),
        "before_digest": rules.digest_of_facts(said.get("before")),
        "after_digest": rules.digest_of_facts(said.get("after")),
        "request_id": author.request_id,
        "note_digest": None if note is None else rules.note_digest(**note),
    }
    at_commit(session, _write, (deed, note))


def _spelt(identifier: str | None) -> str | None:
    # The one spelling that both databases give back: digests are of text.
    return None if identifier is None else str(UUID(identifier))


def _write(session: Session, queued: Sequence[tuple[dict[str, Any], dict[str, Any] | None]]) -> None:
    _hold_chain(session)
    deeds, said = (deed for deed, _ in queued), (note for _, note in queued)
    lines = rules.chained(last_line(session), deeds, first_open_day=first_open_day(session))
    while batch := list(islice(lines, LINES_A_BATCH)):
        pairs = zip(batch, islice(said, len(batch)), strict=True)
        notes = [{"position": line["position"], **note} for line, note in pairs if note is not None]
        insert_rows(session, Base.metadata.tables[JournalEntry.__tablename__], batch)
        insert_rows(session, Base.metadata.tables[JournalNote.__tablename__], notes)


def _hold_chain(session: Session) -> None:
    # On SQLite a writer has the only lock already; who began by reading and meets another writer fails and repeats.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(JOURNAL_LOCK)))


def erase_notes(session: Session, author: Author, positions: Sequence[int], reason: str) -> int:
    """Erase reason and details of lines for good, and record which ones and why; answer how many.

    The lines themselves stay, and so does the chain: it knows a note only by a salted digest.

    Raises:
        NotesNotErasable: a line has no note, or tells itself of an erasure.
    """
    wanted = sorted(set(positions))
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(wanted), POSITIONS_A_BATCH):
        batch = wanted[start : start + POSITIONS_A_BATCH]
        statement = sa.select(JournalEntry.position, JournalEntry.id, JournalEntry.event).join(
            JournalNote, JournalNote.position == JournalEntry.position
        )
        rows = session.execute(statement.where(JournalEntry.position.in_(batch)))
        found |= {position: (entry_id, event) for position, entry_id, event in rows}
    refused = [at for at in wanted if at not in found or found[at][1] == rules.NOTES_ERASED]
    if refused or not wanted:
        named = ", ".join(map(str, refused[:20])) or "no line at all"
        raise NotesNotErasable(f"No note that could be erased: {named}.")
    for start in range(0, len(wanted), POSITIONS_A_BATCH):
        batch = wanted[start : start + POSITIONS_A_BATCH]
        session.execute(sa.delete(JournalNote).where(JournalNote.position.in_(batch)))
    subject = ("journal_entry", found[wanted[0]][0])
    record(session, author, rules.NOTES_ERASED, subject, reason=reason, details={"positions": wanted})
    return len(wanted)


def make_checkpoints(session: Session, now: datetime, sign: Sign) -> list[date]:
    """Seal every UTC day that has ended and is not sealed yet, days without lines included; answer which ones.

    A line that commits later belongs to a later day, whenever its deed was done.
    """
    _hold_chain(session)
    today, head = now.astimezone(UTC).date(), last_sealed(session)
    counted = lines_by_day(session, after=head.position, before=today)
    day = head.day + timedelta(days=1) if head.position else min(counted, default=today)
    made = []
    while day < today:
        lines, head = counted.get(day, (0, head))
        signature, key_id = sign(rules.seal_payload(day, head.position, lines, head.digest))
        session.add(
            JournalCheckpoint(
                day=day,
                last_position=head.position,
                lines=lines,
                digest=head.digest,
                signature=signature,
                key_id=key_id,
                created_at=now,
            )
        )
        made.append(day)
        day += timedelta(days=1)
    session.flush()
    return made
