"""The journal becomes a chain: every line knows the digest of the line before, and the database refuses to change it.

Lines on record are carried over in order; free text moves into a table of its own. The rule of the chain stands here
once more, as it was when these lines were chained.
"""

import hashlib
import secrets
from datetime import UTC, date, datetime
from typing import Any

import rfc8785
import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROWS_A_BATCH = 1_000
BEFORE = "journal_entry_before"
PROTECTED = {"journal_entry": ("position", "id"), "journal_note": ("position",), "journal_checkpoint": ("day",)}
INDEXES = {
    "subject": ["subject_kind", "subject_id", "position"],
    "author": ["author", "position"],
    "event": ["event", "position"],
    "occurred_at": ["occurred_at"],
    "request": ["request_id"],
    "client": ["client_id", "position"],
    "person": ["person_id", "position"],
    "organisation": ["organisation_id", "position"],
}
POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

OLD = sa.table(
    BEFORE,
    sa.column("position", POSITION),
    sa.column("id", schema.Identifier),
    sa.column("occurred_at", schema.Instant()),
    sa.column("author", sa.String()),
    sa.column("event", sa.String()),
    sa.column("subject_kind", sa.String()),
    sa.column("subject_id", schema.Identifier),
    sa.column("request_id", sa.String()),
    sa.column("reason", sa.Text()),
    sa.column("details", schema.JSON),
)

NOTHING: sa.ColumnElement[Any] = sa.literal_column("'{}'")
COPIED = ("id", "occurred_at", "author", "event", "subject_kind", "subject_id", "request_id")
DIGESTS = ("before_digest", "after_digest", "note_digest", "previous", "digest")
ENTRIES = sa.table(
    "journal_entry",
    *(sa.column(name, OLD.c[name].type) for name in ("position", *COPIED)),
    *(sa.column(name, schema.Identifier) for name in ("client_id", "person_id", "organisation_id")),
    *(sa.column(name, sa.String()) for name in DIGESTS),
    sa.column("day", sa.Date()),
)
NOTES = sa.table(
    "journal_note",
    sa.column("position", POSITION),
    sa.column("salt", sa.String()),
    sa.column("reason", sa.Text()),
    sa.column("details", schema.JSON),
)

REFUSE = """
CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refuses %: the journal is append-only', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    op.execute(f"CREATE TABLE {BEFORE} AS SELECT * FROM journal_entry")  # noqa: S608 - our own names
    op.drop_table("journal_entry")
    _create_tables()
    _carry_over()
    op.drop_table(BEFORE)
    _create_triggers()


def _create_tables() -> None:
    op.create_table(
        "journal_entry",
        sa.Column("position", POSITION, autoincrement=False, nullable=False),
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("occurred_at", schema.Instant(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("client_id", schema.Identifier, nullable=True),
        sa.Column("person_id", schema.Identifier, nullable=True),
        sa.Column("organisation_id", schema.Identifier, nullable=True),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", schema.Identifier, nullable=False),
        sa.Column("before_digest", sa.String(length=64), nullable=True),
        sa.Column("after_digest", sa.String(length=64), nullable=True),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("note_digest", sa.String(length=64), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("id", name=op.f("uq_journal_entry_id")),
    )
    for name, columns in INDEXES.items():
        known = sa.text(f"{columns[0]} IS NOT NULL") if name in {"client", "person", "organisation"} else None
        op.create_index(
            f"ix_journal_entry_{name}", "journal_entry", columns, sqlite_where=known, postgresql_where=known
        )
    op.create_table(
        "journal_note",
        sa.Column("position", POSITION, autoincrement=False, nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("details", schema.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["position"], ["journal_entry.position"], name=op.f("fk_journal_note_position_journal_entry")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_journal_note")),
    )
    op.create_table(
        "journal_checkpoint",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last_position", POSITION, nullable=False),
        sa.Column("lines", POSITION, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(length=200), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_journal_checkpoint")),
    )


def _carry_over() -> None:
    connection = op.get_bind()
    found = connection.execute(sa.select(OLD).order_by(OLD.c.position).execution_options(yield_per=ROWS_A_BATCH))
    position, previous, day = 0, "0" * 64, date.min
    for rows in found.mappings().partitions():
        lines, notes = [], []
        for row in rows:
            position, day = position + 1, max(day, row["occurred_at"].astimezone(UTC).date())
            line, note = _chained(row, position=position, day=day, previous=previous)
            previous = line["digest"]
            lines.append(line)
            notes.extend([note] if note is not None else [])
        connection.execute(sa.insert(ENTRIES), lines)
        if notes:
            connection.execute(sa.insert(NOTES), notes)


def _chained(row: Any, *, position: int, day: date, previous: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    note = None
    if row["reason"] is not None or row["details"]:
        note = {"salt": secrets.token_hex(16), "reason": row["reason"], "details": row["details"]}
    absent = dict.fromkeys(("client_id", "person_id", "organisation_id", "before_digest", "after_digest"))
    line = {name: row[name] for name in COPIED} | absent | {"position": position, "day": day, "previous": previous}
    line["note_digest"] = None if note is None else _note_digest(note)
    told = {name: _told(value) for name, value in line.items()}
    line["digest"] = hashlib.sha256(rfc8785.dumps(told)).hexdigest()
    return line, None if note is None else {"position": position, **note}


def _note_digest(note: dict[str, Any]) -> str:
    text = rfc8785.dumps({"reason": note["reason"], "details": note["details"]})
    return hashlib.sha256(bytes.fromhex(note["salt"]) + text).hexdigest()


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, date) else value


def _create_triggers() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(REFUSE)
        for table in PROTECTED:
            deeds = "UPDATE OR TRUNCATE" if table == "journal_note" else "UPDATE OR DELETE OR TRUNCATE"
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE {deeds} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()"
            )
        return
    for table, keys in PROTECTED.items():
        refusal = f"BEGIN SELECT RAISE(ABORT, '{table} refuses this: the journal is append-only'); END"
        for deed in ("UPDATE",) if table == "journal_note" else ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} {refusal}")
        # INSERT OR REPLACE would remove the row in its way without asking the triggers of DELETE.
        taken = " OR ".join(f"{key} = NEW.{key}" for key in keys)
        known = f"EXISTS (SELECT 1 FROM {table} WHERE {taken})"  # noqa: S608 - our own names
        op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {known} {refusal}")


def downgrade() -> None:
    op.execute(
        "CREATE TABLE journal_entry_before AS SELECT entry.position, entry.id, occurred_at, author, event, "
        "subject_kind, subject_id, request_id, reason, details FROM journal_entry AS entry "
        "LEFT JOIN journal_note AS note ON note.position = entry.position"
    )
    for table in ("journal_checkpoint", "journal_note", "journal_entry"):
        op.drop_table(table)
    op.create_table(
        "journal_entry",
        sa.Column("position", POSITION, nullable=False),
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("occurred_at", schema.Instant(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", schema.Identifier, nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("details", schema.JSON, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("id", name=op.f("uq_journal_entry_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_journal_entry_subject", "journal_entry", ["subject_kind", "subject_id", "position"])
    kept = [column if name != "details" else sa.func.coalesce(column, NOTHING) for name, column in OLD.c.items()]
    names = [column.name for column in OLD.c]
    entries = sa.table("journal_entry", *map(sa.column, names))
    op.execute(sa.insert(entries).from_select(names, sa.select(*kept)))
    op.drop_table(BEFORE)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION journal_refuse")
        op.execute(
            "SELECT setval(pg_get_serial_sequence('journal_entry', 'position'), max(position)) FROM journal_entry "
            "HAVING max(position) IS NOT NULL"
        )
