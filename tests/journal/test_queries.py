"""Every kind of tampering is planted past the triggers, and found at the right place, on both databases."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import Invalid
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.paging import PageQuery
from cluster_api.foundation.schema import Base
from cluster_api.journal import queries
from cluster_api.journal.actions import erase_notes, make_checkpoints, record
from cluster_api.journal.errors import CheckpointNotFound
from cluster_api.journal.models import JournalCheckpoint, JournalEntry, JournalNote
from cluster_api.journal.queries import broken_lines, history_page, last_line, seals_after
from cluster_api.journal.rules import Breach, Seal, line_digest
from tests.conftest import NOW
from tests.journal.given import THING, author, found, given_days, given_lines, tampering

DAY = timedelta(days=1)
ENTRIES, NOTES = (Base.metadata.tables[model.__tablename__] for model in (JournalEntry, JournalNote))
Plant = Callable[[sa.Connection], None]


class Es256:
    """A signer and checker with a key of its own, as the service will have one."""

    def __init__(self, key_id: str = "2021-1") -> None:
        self.key_id = key_id
        self.key = ECKey.generate_key("P-256")

    def sign(self, payload: bytes) -> tuple[str, str]:
        return jws.serialize_compact({"alg": "ES256", "kid": self.key_id}, payload, self.key), self.key_id

    def check(self, payload: bytes, signature: str, key_id: str) -> bool:
        try:
            signed = jws.deserialize_compact(signature, self.key, algorithms=["ES256"])
        except (JoseError, ValueError):
            return False
        return signed.payload == payload and signed.headers()["kid"] == key_id == self.key_id


def sealed(database: Database, signer: Es256, until: int) -> list[Seal]:
    """Seal the days before the one this many days after ``NOW``, and answer their checkpoints as kept outside."""
    with database.transaction() as session:
        make_checkpoints(session, NOW + until * DAY, signer.sign)
        return seals_after(session, date.min)


def change(position: int, **values: Any) -> Plant:
    def plant(connection: sa.Connection) -> None:
        connection.execute(sa.update(ENTRIES).where(ENTRIES.c.position == position).values(values))

    return plant


def remove(connection: sa.Connection, *positions: int) -> None:
    for table in (NOTES, ENTRIES):
        connection.execute(sa.delete(table).where(table.c.position.in_(positions)))


def renumber(connection: sa.Connection, new: dict[int, int]) -> None:
    """Give lines and their notes other positions, by way of places where nobody stands."""
    for table in (ENTRIES, NOTES):
        for old, to in new.items():
            connection.execute(sa.update(table).where(table.c.position == old).values(position=to + 1_000_000))
        for to in new.values():
            connection.execute(sa.update(table).where(table.c.position == to + 1_000_000).values(position=to))


def fabricated(connection: sa.Connection, position: int, *, whole: bool) -> None:
    """Insert a line nobody recorded; a whole one continues the line before it as an honest line would."""
    like = connection.execute(sa.select(ENTRIES).where(ENTRIES.c.position == position - 1)).mappings().one()
    line = {**like, "id": str(uuid7()), "position": position, "previous": like["digest"], "note_digest": None}
    connection.execute(sa.insert(ENTRIES).values({**line, "digest": line_digest(line) if whole else "0" * 64}))


def rewrite(connection: sa.Connection, position: int, **values: Any) -> None:
    """Change a line and compute every digest from there on anew, as who knows the rule would."""
    change(position, **values)(connection)
    previous = connection.scalar(sa.select(ENTRIES.c.digest).where(ENTRIES.c.position == position - 1))
    for row in connection.execute(sa.select(ENTRIES).where(ENTRIES.c.position >= position).order_by("position")).all():
        line = {**row._mapping, "previous": previous}
        previous = line_digest(line)
        change(line["position"], previous=line["previous"], digest=previous)(connection)


def insert_shifted(connection: sa.Connection, position: int, *, whole: bool) -> None:
    renumber(connection, {at: at + 1 for at in range(8, position - 1, -1)})
    fabricated(connection, position, whole=whole)


def remove_closed_up(connection: sa.Connection) -> None:
    remove(connection, 4, 5)
    renumber(connection, {at: at - 2 for at in range(6, 9)})


def rehash(connection: sa.Connection) -> None:
    change(4, author="somebody else")(connection)
    row = connection.execute(sa.select(ENTRIES).where(ENTRIES.c.position == 4)).one()
    change(4, digest=line_digest(row._mapping))(connection)


PLANTED: list[tuple[str, Plant, tuple[int, Breach]]] = [
    ("changed_author", change(4, author="somebody else"), (4, Breach.CHANGED)),
    ("changed_instant", change(1, occurred_at=NOW + timedelta(microseconds=1)), (1, Breach.CHANGED)),
    ("changed_subject", change(8, subject_id=str(uuid7())), (8, Breach.CHANGED)),
    ("changed_facts", change(4, after_digest="0" * 64), (4, Breach.CHANGED)),
    ("changed_day", change(4, day=NOW.date() + DAY), (4, Breach.CHANGED)),
    ("changed_digest", change(4, digest="0" * 64), (4, Breach.CHANGED)),
    ("changed_link", change(4, previous="0" * 64), (4, Breach.CHANGED)),
    ("changed_with_its_digest", rehash, (4, Breach.CHANGED)),
    ("removed_first", lambda connection: remove(connection, 1), (1, Breach.REMOVED)),
    ("removed_inside", lambda connection: remove(connection, 4), (4, Breach.REMOVED)),
    ("removed_and_closed_up", remove_closed_up, (4, Breach.REMOVED)),
    ("inserted_clumsily", lambda connection: insert_shifted(connection, 4, whole=False), (4, Breach.INSERTED)),
    ("inserted_skilfully", lambda connection: insert_shifted(connection, 4, whole=True), (4, Breach.INSERTED)),
    ("inserted_before_all", lambda connection: renumber(connection, {1: 0}), (0, Breach.INSERTED)),
    ("neighbours_exchanged", lambda connection: renumber(connection, {4: 5, 5: 4}), (4, Breach.REORDERED)),
    ("lines_exchanged", lambda connection: renumber(connection, {2: 7, 7: 2}), (2, Breach.REORDERED)),
    ("moved_to_the_end", lambda connection: renumber(connection, {3: 9}), (3, Breach.REORDERED)),
    ("moved_and_closed_up", lambda connection: renumber(connection, {3: 6, 4: 3, 5: 4, 6: 5}), (3, Breach.REORDERED)),
]  # fmt: skip


@pytest.mark.parametrize(("plant", "wanted"), [case[1:] for case in PLANTED], ids=[case[0] for case in PLANTED])
def test_tampering_is_found_at_its_place(database: Database, plant: Plant, wanted: tuple[int, Breach]) -> None:
    given_lines(database, 8)
    assert found(database) == []
    with tampering(database) as connection:
        plant(connection)
    assert found(database)[0] == wanted


def test_change_is_named_alone(database: Database) -> None:
    given_lines(database, 8)
    with tampering(database) as connection:
        change(4, event="thing.unmade")(connection)
        change(7, event="thing.unmade")(connection)
    with database.session() as session:
        told = [broken.sentence for broken in broken_lines(session)]
    assert told == [f"Line {at} was changed: it no longer has the digest with which it was written." for at in (4, 7)]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"reason": "another"}, Breach.NOTE_CHANGED),
        ({"details": {"number": 4}}, Breach.NOTE_CHANGED),
        ({"details": ["number"]}, Breach.NOTE_CHANGED),
        ({"salt": "0" * 32}, Breach.NOTE_CHANGED),
        (None, Breach.NOTE_MISSING),
    ],
)
def test_tampered_note_is_found(database: Database, values: dict[str, Any] | None, wanted: Breach) -> None:
    given_lines(database, 8)
    with tampering(database) as connection:
        mine = NOTES.c.position == 4
        connection.execute(
            sa.delete(NOTES).where(mine) if values is None else sa.update(NOTES).where(mine).values(values)
        )
    assert found(database) == [(4, wanted)]


def test_note_added_to_a_line_is_found(database: Database) -> None:
    given_lines(database, 8)
    with tampering(database) as connection:
        connection.execute(sa.insert(NOTES).values(position=3, salt="0" * 32, reason="never said", details={}))
    assert found(database) == [(3, Breach.NOTE_CHANGED)]


def test_what_is_no_value_at_all_counts_as_changed(database: Database) -> None:
    given_lines(database, 8)
    if database.is_sqlite:
        with tampering(database) as connection:
            connection.exec_driver_sql(
                "UPDATE journal_entry SET occurred_at = 'never', day = 'none' WHERE position = 3"
            )
            connection.exec_driver_sql("UPDATE journal_note SET details = '{' WHERE position = 6")
        assert found(database) == [(3, Breach.CHANGED), (6, Breach.NOTE_CHANGED)]


def test_chain_written_anew_is_found_by_the_checkpoint(database: Database) -> None:
    signer = Es256()
    given_days(database, [3, 3, 2])
    sealed(database, signer, 2)
    with tampering(database) as connection:
        rewrite(connection, 2, author="somebody else")
    assert found(database, check_signature=signer.check) == [
        (3, Breach.CHECKPOINT_DISAGREES), (6, Breach.CHECKPOINT_DISAGREES),
    ]  # fmt: skip


def test_checkpoint_written_anew_is_found_by_its_signature(database: Database) -> None:
    signer = Es256()
    given_days(database, [3, 3])
    sealed(database, signer, 2)
    with tampering(database) as connection:
        rewrite(connection, 5, author="somebody else")
        digest = connection.scalar(sa.select(ENTRIES.c.digest).where(ENTRIES.c.position == 6))
        mine = JournalCheckpoint.day == NOW.date() + DAY
        connection.execute(sa.update(JournalCheckpoint).where(mine).values(digest=digest))
    assert found(database) == []
    assert found(database, check_signature=signer.check) == [(6, Breach.SIGNATURE_BAD)]


def test_signature_of_another_key_is_bad(database: Database) -> None:
    given_days(database, [3, 3])
    sealed(database, Es256(), 1)
    assert found(database, check_signature=Es256().check) == [(3, Breach.SIGNATURE_BAD)]


def test_missing_checkpoint_is_found(database: Database) -> None:
    given_days(database, [2, 0, 2, 2])
    sealed(database, Es256(), 4)
    for day in (NOW.date() + DAY, NOW.date()):
        with tampering(database) as connection:
            connection.execute(sa.delete(JournalCheckpoint).where(JournalCheckpoint.day == day))
        assert found(database) == [(4, Breach.CHECKPOINT_MISSING)]


def test_lines_cut_off_are_found_by_a_checkpoint(database: Database) -> None:
    given_days(database, [3, 3])
    (_, last) = sealed(database, Es256(), 2)
    with tampering(database) as connection:
        remove(connection, 5, 6)
    assert found(database) == [(5, Breach.REMOVED)]
    with tampering(database) as connection:
        connection.execute(sa.delete(JournalCheckpoint).where(JournalCheckpoint.day == last.day))
    assert (found(database), found(database, outside=[last])) == ([], [(5, Breach.REMOVED)])


def test_lines_cut_off_are_found_by_a_head_kept_outside(database: Database) -> None:
    given_lines(database, 8)
    with database.session() as session:
        head = last_line(session)
    kept = (head.position, head.digest)
    assert found(database, expected_head=kept) == []
    given_lines(database, 1)
    assert found(database, expected_head=kept) == []
    with tampering(database) as connection:
        remove(connection, 7, 8, 9)
    assert found(database, expected_head=kept) == [(7, Breach.REMOVED)]
    given_lines(database, 2)
    assert found(database, expected_head=kept) == [(8, Breach.CHECKPOINT_DISAGREES)]


def test_emptied_journal_is_found_by_a_head_kept_outside(database: Database) -> None:
    assert found(database, expected_head=(1, "0" * 64)) == [(1, Breach.REMOVED)]


def test_line_added_to_a_sealed_day_is_found(database: Database) -> None:
    given_days(database, [3])
    sealed(database, Es256(), 1)
    with tampering(database) as connection:
        fabricated(connection, 4, whole=True)
    assert found(database) == [(4, Breach.INSERTED)]


def test_verification_begins_at_a_checkpoint(database: Database) -> None:
    signer = Es256()
    given_days(database, [3, 0, 3, 2])
    first, *_ = sealed(database, signer, 3)
    with tampering(database) as connection:
        change(2, author="somebody else")(connection)
    since = {"since": NOW.date(), "check_signature": signer.check}
    assert (found(database)[0], found(database, **since)) == ((2, Breach.CHANGED), [])
    assert found(database, **since, outside=[first]) == []
    with tampering(database) as connection:
        change(5, author="somebody else")(connection)
    assert found(database, **since) == [(5, Breach.CHANGED)]
    assert found(database, since=NOW.date() + 2 * DAY, outside=[first]) == []
    forged = Seal(3, "0" * 64, NOW.date(), 3)
    assert found(database, since=NOW.date() + 2 * DAY, outside=[forged]) == [(3, Breach.CHECKPOINT_DISAGREES)]


def test_verification_from_an_unknown_checkpoint_is_refused(database: Database) -> None:
    given_lines(database, 1)
    with pytest.raises(CheckpointNotFound):
        found(database, since=NOW.date())


def test_erasure_accounts_only_for_what_it_lists(database: Database) -> None:
    given_lines(database, 8)
    with database.transaction() as session:
        erase_notes(session, author(), [2], "asked for")
        session.execute(sa.delete(JournalNote).where(JournalNote.position == 4))
    assert found(database) == [(4, Breach.NOTE_MISSING)]
    with tampering(database) as connection:
        connection.execute(sa.delete(NOTES).where(NOTES.c.position == 9))
    assert found(database) == [(2, Breach.NOTE_MISSING), (4, Breach.NOTE_MISSING), (9, Breach.NOTE_MISSING)]


def test_moves_beyond_reach_still_name_the_first_broken_line(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "REACH", 2)
    given_lines(database, 8)
    with tampering(database) as connection:
        renumber(connection, {2: 7, 7: 2})
    assert found(database)[0] == (2, Breach.CHANGED)


def test_history_is_what_happened_to_one_thing(database: Database) -> None:
    given_lines(database, 2)
    with database.transaction() as session:
        for event in ("thing.made", "thing.changed", "thing.ended"):
            record(session, author(), event, ("thing", THING))
        record(session, author(), "case.opened", ("case", THING))
    with database.session() as session:
        first = history_page(session, "thing", THING, PageQuery(limit=2))
        second = history_page(session, "thing", THING, PageQuery(limit=2, cursor=first.next))
        with pytest.raises(Invalid):
            history_page(session, "case", THING, PageQuery(cursor=first.next))
    assert [line.event for line in (*first.items, *second.items)] == ["thing.ended", "thing.changed", "thing.made"]
    assert second.next is None


def test_long_journal_is_read_in_pieces(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "ROWS_A_FETCH", 3)
    with database.transaction() as session:
        for _ in range(20):
            record(session, author(), "thing.made", ("thing", THING), reason="new")
    assert found(database) == []
    with database.session() as session:
        if not database.is_sqlite:
            lines = queries._stream(session, 0)
            next(lines)
            assert session.scalar(sa.text("SELECT count(*) FROM pg_cursors")) == 1
            lines.close()
