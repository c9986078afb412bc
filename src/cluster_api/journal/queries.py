"""What one can ask of the journal: its lines page by page, the history of one thing, and whether it is whole.

Who may ask is decided above: the journal stands below those who know of permissions.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.foundation.schema import Base
from cluster_api.journal import rules
from cluster_api.journal.errors import CheckpointNotFound, JournalLineNotFound
from cluster_api.journal.models import JournalCheckpoint, JournalEntry, JournalNote
from cluster_api.journal.rules import Breach, Broken, Head, Seal
from cluster_api.journal.schemas import (
    LAST_POSITION,
    CheckpointPayload,
    CheckpointRead,
    EntryRead,
    HistoryRead,
    JournalQuery,
    SubjectRead,
)

SignatureCheck = Callable[[bytes, str, str], bool]
"""Answers whether a JWS in compact form is one of this payload made with the key of this identifier."""

ENTRIES, NOTES = (Base.metadata.tables[model.__tablename__] for model in (JournalEntry, JournalNote))
ENTRY, NOTE = ENTRIES.c, NOTES.c
TYPED = {"occurred_at", "day", "details"}
REACH = 2_000
"""How far around a broken place it is looked for where a line came from; beyond, it counts as changed."""
ROWS_A_FETCH = 1_000
UNMENDED = {Breach.INSERTED, Breach.REORDERED, Breach.REMOVED}
"""After these nothing that follows can be told apart from their consequences."""


def get_line(session: Session, position: int) -> EntryRead:
    """Answer the line at a position; raise JournalLineNotFound."""
    found = session.execute(_lines().where(JournalEntry.position == position)).one_or_none()
    if found is None:
        raise JournalLineNotFound
    return _read(*found)


def journal_page(session: Session, query: JournalQuery) -> Page[EntryRead]:
    """Answer a page of the journal, the latest line first; raise Invalid for a cursor of another question."""
    equal = ("author", "event", "subject_kind")
    identifiers = ("client_id", "person_id", "organisation_id", "subject_id")
    wanted = [getattr(JournalEntry, name) == value for name in equal if (value := getattr(query, name)) is not None]
    wanted += [
        getattr(JournalEntry, name) == str(value) for name in identifiers if (value := getattr(query, name)) is not None
    ]
    if query.request is not None:
        wanted.append(JournalEntry.request_id == query.request)
    if query.occurred_from is not None:
        wanted.append(JournalEntry.occurred_at >= query.occurred_from)
    if query.occurred_before is not None:
        wanted.append(JournalEntry.occurred_at < query.occurred_before)
    return _page(session, query, question_of({"of": "journal", **query.model_dump(mode="json")}), *wanted)


def history_length(session: Session, kind: str, subject_id: str) -> int:
    """Answer how many lines tell of one thing."""
    mine = (JournalEntry.subject_kind == kind, JournalEntry.subject_id == subject_id)
    return session.scalar(sa.select(sa.func.count()).select_from(JournalEntry).where(*mine)) or 0


def history_page(
    session: Session, kind: str, subject_id: str, query: PageQuery, *, most: int | None = None
) -> Page[HistoryRead]:
    """Answer a page of what happened to one thing, the latest first; raise Invalid for a cursor of another question.

    A cursor says how many of its lines are still to come: a history only grows at its other end, so that this stays a
    place in it, and a position in the journal would tell how much happened to others. ``most`` shows the first lines
    only, to who is not to know of the others yet.
    """
    question = question_of({"of": "history", "kind": kind, "id": subject_id})
    mine = (JournalEntry.subject_kind == kind, JournalEntry.subject_id == subject_id)
    left = history_length(session, kind, subject_id)
    left = left if most is None else min(left, most)
    if query.cursor is not None:
        left = max(0, min(read_cursor(query.cursor, question, [int])[0], left))
    older = max(0, left - query.limit)
    lines = _lines().where(*mine).order_by(JournalEntry.position).offset(older).limit(left - older)
    shown = [_told(*row) for row in session.execute(lines)][::-1]
    return Page(items=shown, next=write_cursor(question, [older]) if older else None)


def latest_lines(session: Session, wanted: sa.ColumnElement[bool], *, most: int) -> list[HistoryRead]:
    """Answer the lines that fit, the latest first, at most this many."""
    found = session.execute(_lines().where(wanted).order_by(JournalEntry.position.desc()).limit(most))
    return [_told(*row) for row in found]


def noted_positions(session: Session, kind: str, subject_id: str) -> list[int]:
    """Answer the positions of the lines about one thing whose notes can be erased."""
    statement = sa.select(JournalNote.position).join(JournalEntry, JournalEntry.position == JournalNote.position)
    mine = (JournalEntry.subject_kind == kind, JournalEntry.subject_id == subject_id)
    return list(session.scalars(statement.where(*mine).order_by(JournalNote.position)))


def _page(session: Session, query: PageQuery, question: str, *wanted: sa.ColumnElement[bool]) -> Page[EntryRead]:
    statement = _lines().where(*wanted)
    if query.cursor is not None:
        position = max(0, min(read_cursor(query.cursor, question, [int])[0], LAST_POSITION))
        statement = statement.where(JournalEntry.position < position)
    found = session.execute(statement.order_by(JournalEntry.position.desc()).limit(query.limit + 1)).all()
    shown = [_read(*row) for row in found[: query.limit]]
    return Page(items=shown, next=write_cursor(question, [shown[-1].position]) if len(found) > query.limit else None)


def _lines() -> sa.Select[JournalEntry, JournalNote]:
    return sa.select(JournalEntry, JournalNote).outerjoin(JournalNote, JournalNote.position == JournalEntry.position)


def _told(entry: JournalEntry, note: JournalNote | None) -> HistoryRead:
    return HistoryRead(**_read(entry, note).model_dump(include={*HistoryRead.model_fields}))


def _read(entry: JournalEntry, note: JournalNote | None) -> EntryRead:
    return EntryRead(
        **{name: getattr(entry, name) for name in (*rules.CHAINED, "digest") if not name.startswith("subject_")},
        subject=SubjectRead(kind=entry.subject_kind, id=entry.subject_id),
        reason=None if note is None else note.reason,
        details={} if note is None else note.details,
        note_erased=note is None and entry.note_digest is not None,
    )


def checkpoints_page(session: Session, query: PageQuery) -> Page[CheckpointRead]:
    """Answer a page of checkpoints, the latest first; raise Invalid for a cursor of another question."""
    question, statement = question_of({"of": "checkpoints"}), sa.select(JournalCheckpoint)
    if query.cursor is not None:
        statement = statement.where(JournalCheckpoint.day < read_cursor(query.cursor, question, [date])[0])
    found = session.scalars(statement.order_by(JournalCheckpoint.day.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(
        items=[
            CheckpointRead(
                payload=CheckpointPayload.model_validate(checkpoint, from_attributes=True),
                signature=checkpoint.signature,
                key_id=checkpoint.key_id,
                created_at=checkpoint.created_at,
            )
            for checkpoint in shown
        ],
        next=write_cursor(question, [shown[-1].day]) if len(found) > query.limit else None,
    )


def last_line(session: Session) -> Head:
    """Answer where the chain stands."""
    statement = sa.select(ENTRY.position, ENTRY.digest, ENTRY.day).order_by(ENTRY.position.desc()).limit(1)
    found = session.execute(statement).one_or_none()
    return Head() if found is None else Head(*found)


def last_sealed(session: Session) -> Head:
    """Answer where the chain stood at the end of the last day that has a checkpoint."""
    statement = sa.select(JournalCheckpoint).order_by(JournalCheckpoint.day.desc()).limit(1)
    found = session.scalar(statement)
    return Head() if found is None else Head(found.last_position, found.digest, found.day)


def first_open_day(session: Session) -> date:
    """Answer the first day to which a new line can belong: the one after the last day that has a checkpoint."""
    sealed = session.scalar(sa.select(sa.func.max(JournalCheckpoint.day)))
    return date.min if sealed is None else sealed + timedelta(days=1)


def lines_by_day(session: Session, *, after: int, before: date) -> dict[date, tuple[int, Head]]:
    """Answer, of the days before a day, how many lines after a position each has and where the chain stood then."""
    last = sa.func.max(ENTRY.position).label("last")
    days = sa.select(ENTRY.day, sa.func.count().label("lines"), last)
    grouped = days.where(ENTRY.position > after, ENTRY.day < before).group_by(ENTRY.day).subquery()
    statement = sa.select(grouped.c.lines, ENTRY.position, ENTRY.digest, ENTRY.day).join(
        grouped, grouped.c.last == ENTRY.position
    )
    return {day: (lines, Head(at, digest, day)) for lines, at, digest, day in session.execute(statement)}


def seals_after(session: Session, day: date) -> list[Seal]:
    """Answer the checkpoints of the days after a day, in order."""
    statement = sa.select(JournalCheckpoint).where(JournalCheckpoint.day > day).order_by(JournalCheckpoint.day)
    names = ("last_position", "digest", "day", "lines", "signature", "key_id")
    return [Seal(*(getattr(found, name) for name in names)) for found in session.scalars(statement)]


def count_of_checkpoints(session: Session) -> int:
    """Answer how many days are sealed."""
    return session.scalar(sa.select(sa.func.count()).select_from(JournalCheckpoint)) or 0


def sealed_on(session: Session, day: date) -> Head:
    """Answer where the chain stood at the end of a day, as its checkpoint states it; raise CheckpointNotFound."""
    found = session.get(JournalCheckpoint, day)
    if found is None:
        raise CheckpointNotFound(f"There is no checkpoint of {day}.")
    return Head(found.last_position, found.digest, found.day)


def broken_lines(
    session: Session,
    check_signature: SignatureCheck | None = None,
    *,
    since: date | None = None,
    expected_head: tuple[int, str] | None = None,
    outside: Sequence[Seal] = (),
) -> Iterator[Broken]:
    """Recompute the chain and answer every place where it is broken, the first one first, in constant memory.

    From the beginning, or from the checkpoint of the day ``since``, which is trusted. Signatures are checked if a check
    is given. ``expected_head`` is a position and its digest noted down outside of the database, ``outside`` are copies
    of checkpoints: they also tell that the end is missing. After a line removed, inserted or moved it stops, since all
    that follows would be named, too. Raises CheckpointNotFound.
    """
    start = Head() if since is None else sealed_on(session, since)
    kept = [Seal(*expected_head)] if expected_head is not None else []
    others = [*outside, *kept]
    for seal in others:
        if seal.last_position < start.position:
            yield from _before_start(session, seal)
    own = seals_after(session, start.day)
    others = [seal for seal in others if seal.last_position >= start.position and seal not in own]
    walk = _Walk(session, start, own, others)
    yield from walk.broken(check_signature)


def _before_start(session: Session, seal: Seal) -> Iterator[Broken]:
    digest = session.scalar(sa.select(ENTRY.digest).where(ENTRY.position == seal.last_position))
    found = rules.seal_broken(seal, digest or "", seal.lines or 0)
    if found is not None:
        yield found


class _Walk:
    """A walk along the chain, line by line, that remembers where it stands and which seals are still to come."""

    def __init__(self, session: Session, start: Head, own: Sequence[Seal], outside: Sequence[Seal]) -> None:
        self.session = session
        self.start = self.head = start
        self.own = frozenset(own)
        self.seals = deque(sorted([*own, *outside], key=lambda seal: (seal.last_position, seal.day or date.max)))
        # The day whose checkpoint comes next; found out from the first line if the walk begins there.
        self.due = start.day + timedelta(days=1) if start.position else None
        self.sealed_day = str(start.day)
        self.day, self.lines = "", 0
        self.erased = _erased(session)

    def broken(self, check_signature: SignatureCheck | None) -> Iterator[Broken]:
        """Answer what is broken, in the order of the walk."""
        yield from self._pass_seals(check_signature)
        for line in _stream(self.session, self.start.position):
            found = self._out_of_chain(line)
            if found is not None:
                yield found
                if found.breach in UNMENDED:
                    return
            if self.due is None:
                self.due = date.fromisoformat(rules.told(line["day"]))
            self._count(line)
            yield from self._note_of(line)
            yield from self._pass_seals(check_signature)
        if self.seals:
            yield rules.cut_off(self.head.position, self.seals[0])

    def _out_of_chain(self, line: sa.RowMapping) -> Broken | None:
        expected, linked = self.head.position + 1, line["previous"] == self.head.digest
        if line["position"] == expected and linked and rules.is_whole(line):
            late = rules.told(line["day"]) <= self.sealed_day
            return rules.came_late(line) if late else None
        origin, elsewhere = rules.origin_of(line, reach=REACH), _whereabouts(self.session, expected)
        return rules.broken_at(expected, line, origin=origin, elsewhere=elsewhere, linked=linked)

    def _count(self, line: sa.RowMapping) -> None:
        day = rules.told(line["day"])
        self.lines = self.lines + 1 if day == self.day else 1
        self.day = day
        self.head = Head(line["position"], line["digest"])

    def _note_of(self, line: sa.RowMapping) -> Iterator[Broken]:
        position = line["position"]
        found = rules.note_broken(line, salt=line["salt"], reason=line["reason"], details=_details(line["details"]))
        if found is Breach.NOTE_CHANGED:
            yield Broken(position, found, f"The note of line {position} is not the one with which it was written.")
        elif found is Breach.NOTE_MISSING and self.erased.get(position, 0) <= position:
            yield Broken(
                position, found, f"The note of line {position} is gone, and no later line tells of its erasure."
            )

    def _pass_seals(self, check_signature: SignatureCheck | None) -> Iterator[Broken]:
        while self.seals and self.seals[0].last_position == self.head.position:
            seal = self.seals.popleft()
            if seal.day is not None and seal in self.own:
                if seal.day != self.due:
                    sentence = f"The checkpoint of {self.due} is missing, though a later day has one."
                    yield Broken(seal.last_position, Breach.CHECKPOINT_MISSING, sentence)
                self.due, self.sealed_day = seal.day + timedelta(days=1), str(seal.day)
            before_start = seal.day is not None and seal.day <= self.start.day
            lines = self.lines if str(seal.day) == self.day else 0
            found = rules.seal_broken(seal, self.head.digest, (seal.lines or 0) if before_start else lines)
            if found is not None:
                yield found
            if check_signature is not None and not _is_signed(seal, check_signature):
                sentence = f"{seal.name} bears no good signature."
                yield Broken(seal.last_position, Breach.SIGNATURE_BAD, sentence)


def _is_signed(seal: Seal, check_signature: SignatureCheck) -> bool:
    if seal.day is None or seal.lines is None:
        return True
    payload = rules.seal_payload(seal.day, seal.last_position, seal.lines, seal.digest)
    return check_signature(payload, seal.signature or "", seal.key_id or "")


def _stream(session: Session, after: int) -> Generator[sa.RowMapping, None, None]:
    columns: list[sa.ColumnElement[Any]] = [*ENTRY, NOTE.salt, NOTE.reason, NOTE.details]
    if session.get_bind().dialect.name == "sqlite":
        # As text, since whoever writes into the file can write there what is no instant, no day and no JSON.
        columns = [
            sa.type_coerce(column, sa.Text).label(column.key) if column.key in TYPED else column for column in columns
        ]
    statement = sa.select(*columns).outerjoin_from(ENTRIES, NOTES, NOTE.position == ENTRY.position)
    if after:
        statement = statement.where(ENTRY.position > after)
    # Closed also when nobody wants the rest.
    with session.execute(statement.order_by(ENTRY.position).execution_options(yield_per=ROWS_A_FETCH)) as found:
        yield from found.mappings()


def _whereabouts(session: Session, position: int) -> int | None:
    """Answer where the line written at a position stands now, if it was moved towards the end and not too far."""
    later = (line for line in _stream(session, position) if line["position"] > position)
    return next((line["position"] for line in islice(later, REACH) if rules.was_written_as(line, position)), None)


def _details(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _erased(session: Session) -> dict[int, int]:
    """Answer, by position, the last line that tells that the note of a line was erased."""
    statement = sa.select(ENTRY.position, NOTE.details).join_from(ENTRIES, NOTES, NOTE.position == ENTRY.position)
    found = session.execute(statement.where(ENTRY.event == rules.NOTES_ERASED).order_by(ENTRY.position))
    return {erased: at for at, details in found for erased in rules.erased_positions(details)}
