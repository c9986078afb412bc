"""What the accounts of a book hold is kept beside its last number, by the database; what lists need has indexes.

A reservation summed its whole book twice under the lock: once to ask, and once more in the guard against accounts below
zero. Now a trigger on new entries carries them on, and another one lets nothing else change what is kept.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ACCOUNTS = ("funding", "available", "reserved", "due", "ordered", "paid", "recovered")
KEPT = tuple(f"{account}_cents" for account in ACCOUNTS)
# SQLite adds a condition only together with a column: those on all columns come, and go, with the last one.
BALANCED = f"CONSTRAINT ck_budget_accounts_balance CHECK ({' + '.join(KEPT)} = 0)"
COVERED = f"CONSTRAINT ck_budget_account_below_zero CHECK ({' AND '.join(f'{one} >= 0' for one in KEPT[1:])})"
CONDITIONS = {KEPT[-1]: f" {BALANCED} {COVERED}"}
ADDED = tuple(f"ALTER TABLE budget ADD COLUMN {one} BIGINT DEFAULT 0 NOT NULL{CONDITIONS.get(one, '')}" for one in KEPT)


def _moved(entry: str, account: str) -> str:
    """What an entry adds to an account, in cents."""
    return (
        f"CASE '{account}' WHEN {entry}.to_account THEN {entry}.cents"
        f" WHEN {entry}.from_account THEN -{entry}.cents ELSE 0 END"
    )


OF_BOOK = "FROM ledger_entry e WHERE e.partnership_id = {book}.partnership_id"
SUMS = ", ".join(
    f"{account}_cents = (SELECT COALESCE(SUM({_moved('e', account)}), 0) {OF_BOOK.format(book='budget')})"
    for account in ACCOUNTS
)
SUMMED = f"UPDATE budget SET {SUMS}"  # noqa: S608 - names of our own columns
NEXT = ", ".join(f"{account}_cents = {account}_cents + {_moved('NEW', account)}" for account in ACCOUNTS)
CARRIED = (
    f"UPDATE budget SET version = NEW.number, updated_at = NEW.recorded_at, {NEXT}"  # noqa: S608 - likewise
    " WHERE partnership_id = NEW.partnership_id"
)
# A book changes by its next entry and by exactly what that entry moves; it begins with nothing.
THAT = " AND ".join(f"NEW.{account}_cents - OLD.{account}_cents = {_moved('e', account)}" for account in ACCOUNTS)
STRANGE = (
    "NEW.partnership_id <> OLD.partnership_id OR NEW.version <> OLD.version + 1"
    f" OR NOT EXISTS (SELECT 1 {OF_BOOK.format(book='NEW')} AND e.number = NEW.version AND {THAT})"
)
NOT_NOTHING = " OR ".join(f"NEW.{one} <> 0" for one in ("version", *KEPT))
BEGUN = f"{NOT_NOTHING} OR EXISTS (SELECT 1 {OF_BOOK.format(book='NEW')})"
SQLITE = (
    f"CREATE TRIGGER ledger_entry_carried AFTER INSERT ON ledger_entry BEGIN {CARRIED}; END",
    f"CREATE TRIGGER budget_kept BEFORE UPDATE ON budget WHEN {STRANGE} BEGIN SELECT RAISE(ABORT, 'budget_kept'); END",
    f"CREATE TRIGGER budget_begun BEFORE INSERT ON budget WHEN {BEGUN} BEGIN SELECT RAISE(ABORT, 'budget_kept'); END",
    # To replace a row is to remove one of which no trigger is told.
    """
    CREATE TRIGGER ledger_entry_kept_INSERT BEFORE INSERT ON ledger_entry
    WHEN EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'ledger_entry_kept'); END
    """,
)


def _refused(name: str, condition: str, verb: str) -> tuple[str, str]:
    return (
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {condition} THEN
                RAISE EXCEPTION 'budget_kept' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """,
        f"CREATE TRIGGER {name} BEFORE {verb} ON budget FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


POSTGRESQL = (
    f"""
    CREATE FUNCTION ledger_entry_carried() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {CARRIED}; RETURN NULL; END $$
    """,
    """
    CREATE TRIGGER ledger_entry_carried AFTER INSERT ON ledger_entry FOR EACH ROW
    EXECUTE FUNCTION ledger_entry_carried()
    """,
    *_refused("budget_kept", STRANGE, "UPDATE"),
    *_refused("budget_begun", BEGUN, "INSERT"),
)
TRIGGERS = (("ledger_entry_carried", "ledger_entry"), ("budget_kept", "budget"), ("budget_begun", "budget"))

# As it was before: the guard that sums the book for every entry.
HELD = """
    (SELECT COALESCE(SUM(CASE WHEN to_account = NEW.from_account THEN cents ELSE -cents END), 0) FROM ledger_entry
     WHERE partnership_id = NEW.partnership_id
       AND (to_account = NEW.from_account OR from_account = NEW.from_account)) < 0
"""
SQLITE_BEFORE = (
    f"""
    CREATE TRIGGER ledger_entry_covered AFTER INSERT ON ledger_entry
    WHEN NEW.from_account <> 'funding' AND {HELD}
    BEGIN SELECT RAISE(ABORT, 'account_below_zero'); END
    """,
)
POSTGRESQL_BEFORE = (
    f"""
    CREATE FUNCTION ledger_entry_covered() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {HELD} THEN
            RAISE EXCEPTION 'account_below_zero' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER ledger_entry_covered AFTER INSERT ON ledger_entry FOR EACH ROW
    WHEN (NEW.from_account <> 'funding') EXECUTE FUNCTION ledger_entry_covered()
    """,
)


# Lists of one participant, and of one state, read every match and exchange there is.
INDEXES = (
    ("exchange_match", "visitor_id", ["visitor_id"]),
    ("exchange_match", "state", ["state", "id"]),
    ("exchange_grant", "visitor_id", ["visitor_id"]),
    ("exchange_grant", "host_id", ["host_id"]),
    ("exchange_grant", "state", ["state", "id"]),
)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _drop(name: str, table: str) -> None:
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {name}")
    else:
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {name}()")


def upgrade() -> None:
    _drop("ledger_entry_covered", "ledger_entry")
    for statement in (*ADDED, SUMMED, *(SQLITE if _is_sqlite() else POSTGRESQL)):
        op.execute(sa.text(statement))
    for table, name, columns in INDEXES:
        op.create_index(f"ix_{table}_{name}", table, columns)


def downgrade() -> None:
    for table, name, _ in INDEXES:
        op.drop_index(f"ix_{table}_{name}", table)
    if _is_sqlite():
        op.execute("DROP TRIGGER ledger_entry_kept_INSERT")
    for name, table in TRIGGERS:
        _drop(name, table)
    for one in reversed(KEPT):
        op.drop_column("budget", one)
    for statement in SQLITE_BEFORE if _is_sqlite() else POSTGRESQL_BEFORE:
        op.execute(sa.text(statement))
