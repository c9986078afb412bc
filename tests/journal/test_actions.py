"""What recording, sealing and erasing do to the journal, and what the database refuses, on both databases."""

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.journal.actions import erase_notes, make_checkpoints, record
from cluster_api.journal.errors import NotesNotErasable
from cluster_api.journal.models import JournalEntry, JournalNote
from cluster_api.journal.queries import get_line
from cluster_api.journal.rules import NO_DIGEST, Breach, Head, chained, digest_of_facts
from tests.conftest import NOW
from tests.journal.given import THING, author, found, given_days, given_lines, lines

DAY = timedelta(days=1)


def count(database: Database) -> int:
    with database.session() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(JournalEntry)) or 0


def test_record_writes_one_chained_line(session: Session) -> None:
    person, organisation = str(uuid7()), str(uuid7())
    who = author(name=f"person:{person}", person_id=person.upper(), organisation_id=organisation)
    said = {"why": ["so", 1.5, None, "é"]}
    record(session, who, "thing.made", ("thing", THING), reason="new", details=said, after={"a": 1})
    record(session, who, "thing.changed", ("thing", THING), before={"a": 1}, after={"a": 2})
    first, second = lines(session)
    assert (first.position, first.day, first.previous, first.reason) == (1, NOW.date(), NO_DIGEST, "new")
    assert (str(first.person_id), str(first.organisation_id), first.client_id) == (person, organisation, None)
    assert (first.details, first.before_digest, first.after_digest) == (said, None, digest_of_facts({"a": 1}))
    assert (second.position, second.previous, second.before_digest) == (2, first.digest, first.after_digest)
    assert (second.reason, second.details, second.note_digest, second.note_erased) == (None, {}, None, False)


def test_nothing_is_written_before_the_commit(session: Session) -> None:
    record(session, author(), "thing.made", ("thing", THING))
    session.flush()
    assert session.scalar(sa.select(sa.func.count()).select_from(JournalEntry)) == 0
    assert [line.event for line in lines(session)] == ["thing.made"]


def test_invariant_32_rollback_leaves_no_line(database: Database) -> None:
    with database.session(writing=True) as session:
        record(session, author(), "thing.made", ("thing", THING))
        session.rollback()
        record(session, author(), "thing.changed", ("thing", THING))
        session.commit()
        session.commit()
    with database.session() as session:
        assert [line.event for line in lines(session)] == ["thing.changed"]


def test_session_closed_without_commit_leaves_no_line(database: Database) -> None:
    session = database.session(writing=True)
    record(session, author(), "thing.made", ("thing", THING))
    session.close()
    session.commit()
    assert count(database) == 0


def test_line_and_change_are_one(database: Database) -> None:
    given_lines(database, 1)
    with database.session(writing=True) as session:
        record(session, author(), "thing.made", ("thing", THING))
        session.add(JournalNote(position=17, salt="", reason=None, details={}))
        with pytest.raises(sa.exc.IntegrityError):
            session.commit()
    assert (count(database), found(database)) == (1, [])


def test_recording_inside_a_savepoint_is_refused(session: Session) -> None:
    with session.begin_nested(), pytest.raises(RuntimeError, match="inside a savepoint"):
        record(session, author(), "thing.made", ("thing", THING))
    record(session, author(), "thing.made", ("thing", THING))
    with pytest.raises(RuntimeError, match="cannot be kept"), session.begin_nested():
        session.execute(sa.text("SELECT 1"))


def test_concurrent_transactions_write_one_gapless_chain(database: Database) -> None:
    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(8):
                with database.session(writing=True) as session:
                    for _ in range(1 + turn % 3):
                        record(session, author(), "thing.made", ("thing", THING), reason=f"{number}")
                    # Something is done between recording and the end, so that transactions overlap.
                    session.execute(sa.select(sa.func.count()).select_from(JournalEntry))
                    time.sleep(0.002)
                    if turn == 5:
                        session.rollback()
                    else:
                        session.commit()
        except sa.exc.SQLAlchemyError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session() as session:
        positions = session.scalars(sa.select(JournalEntry.position).order_by(JournalEntry.position)).all()
    assert (failed, positions, found(database)) == ([], list(range(1, 4 * 12 + 1)), [])


CHANGES = [
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
]


@pytest.mark.parametrize("change", CHANGES, ids=["update", "delete", "truncate", "replace"])
@pytest.mark.parametrize(
    ("table", "column"), [("journal_entry", "digest"), ("journal_checkpoint", "digest"), ("journal_note", "reason")]
)
def test_database_refuses_to_change_the_journal(database: Database, change: str, table: str, column: str) -> None:
    of_one_kind = {"TRUNCATE": False, "INSERT": True}.get(change.split(maxsplit=1)[0], database.is_sqlite)
    if of_one_kind != database.is_sqlite or (table == "journal_note" and change.startswith("DELETE")):
        return  # no such statement on this database; notes can be erased
    given_lines(database, 2)
    with database.transaction() as session:
        make_checkpoints(session, NOW + DAY, lambda payload: (payload.hex(), "key"))
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(sa.text(change.format(table=table, column=column)))
    assert found(database) == []


def test_sqlite_refuses_to_replace_a_line_by_its_id(database: Database) -> None:
    given_lines(database, 2)
    if database.is_sqlite:
        statement = (
            "INSERT OR REPLACE INTO journal_entry SELECT 99 AS position, {} FROM journal_entry WHERE position = 1"
        )
        names = ", ".join(column.name for column in JournalEntry.__table__.columns if column.name != "position")
        with pytest.raises(sa.exc.IntegrityError, match="append-only"), database.transaction() as session:
            session.execute(sa.text(statement.format(names)))
    assert found(database) == []


def test_checkpoints_seal_every_finished_day(database: Database) -> None:
    given_days(database, [2, 0, 3, 1])
    signed: list[bytes] = []

    def sign(payload: bytes) -> tuple[str, str]:
        signed.append(payload)
        return "signature", "key"

    with database.transaction() as session:
        assert make_checkpoints(session, NOW + DAY, sign) == [date(2021, 1, 15)]
        assert make_checkpoints(session, NOW + 3 * DAY, sign) == [date(2021, 1, 16), date(2021, 1, 17)]
        assert make_checkpoints(session, NOW + 3 * DAY, sign) == []
        digest = get_line(session, 2).digest
    assert signed[1] == f'{{"day":"2021-01-16","digest":"{digest}","last_position":2,"lines":0}}'.encode()
    assert [payload.rsplit(b",", 1)[1] for payload in signed] == [b'"lines":2}', b'"lines":0}', b'"lines":3}']
    assert found(database) == []


def test_no_checkpoint_is_made_of_an_empty_journal(session: Session) -> None:
    assert make_checkpoints(session, NOW, lambda _: ("", "")) == []


def test_line_that_commits_after_its_day_was_sealed_belongs_to_the_next(database: Database) -> None:
    given_lines(database, 1)
    with database.transaction() as session:
        make_checkpoints(session, NOW + DAY, lambda _: ("", ""))
    given_lines(database, 1)
    with database.session() as session:
        assert [line.day for line in lines(session)] == [date(2021, 1, 15), date(2021, 1, 16)]
    assert found(database) == []


def test_invariant_32_erased_notes_are_gone_and_the_chain_stays_whole(database: Database) -> None:
    given_lines(database, 6)
    with database.transaction() as session:
        assert erase_notes(session, author(), [4, 2, 4], "asked by the person concerned") == 2
    with database.session() as session:
        told = lines(session)
    assert [line.note_erased for line in told] == [False, True, False, True, False, False, False]
    assert [(line.reason, line.details) for line in told[1:6:2]] == [
        (None, {}),
        (None, {}),
        ("reason 5", {"number": 5}),
    ]
    assert (told[6].event, told[6].details) == ("journal.notes_erased", {"positions": [2, 4]})
    assert told[6].subject.id == told[1].id
    assert found(database) == []


@pytest.mark.parametrize("positions", [[1], [2, 99], [7], []])
def test_what_cannot_be_erased_is_refused(database: Database, positions: list[int]) -> None:
    given_lines(database, 6)
    with database.transaction() as session:
        erase_notes(session, author(), [4], "first")
    with database.session(writing=True) as session, pytest.raises(NotesNotErasable):
        erase_notes(session, author(), positions, "second")
    assert (count(database), found(database)) == (7, [])


def test_note_that_vanishes_without_a_line_is_missing(database: Database) -> None:
    given_lines(database, 4)
    with database.transaction() as session:
        session.execute(sa.delete(JournalNote).where(JournalNote.position == 2))
    assert found(database) == [(2, Breach.NOTE_MISSING)]


def test_ten_thousand_lines_are_recorded_in_one_transaction(database: Database) -> None:
    began = time.perf_counter()
    with database.transaction() as session:
        for number in range(10_000):
            record(session, author(), "thing.made", ("thing", THING), details={"number": number}, after={"a": number})
    assert time.perf_counter() - began < 10
    assert (count(database), found(database)) == (10_000, [])


def test_chain_does_not_depend_on_the_database(database: Database) -> None:
    given_lines(database, 1, at=datetime(2021, 1, 15, 10, 0, 0, 123456, tzinfo=UTC))
    with database.session() as session:
        entry = session.scalars(sa.select(JournalEntry)).one()
    deed = {column.name: getattr(entry, column.name) for column in JournalEntry.__table__.columns}
    (line,) = chained(Head(), [deed])
    assert line["digest"] == entry.digest
