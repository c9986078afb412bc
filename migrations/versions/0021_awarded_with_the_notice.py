"""A label is awarded when its holder is told: a grant has none before, and keeps it from then on."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

CHECK = "ck_decision_granted_has_label"
BEFORE = "(state = 'granted') = (label_id IS NOT NULL)"
# What was awarded with its decision and is not told yet stays as it is.
AFTER = (
    "(label_id IS NULL OR state = 'granted') AND (label_id IS NOT NULL OR state <> 'granted' OR notified_on IS NULL)"
)

KEPT = ("state", "chair_id", "meeting_on", "reasons", "conditions", "deferred_until", "concluded_at")
# A label comes with the notice of a grant, and in no other way.
WITH_NOTICE = (
    "NEW.label_id <!> OLD.label_id AND (OLD.label_id IS NOT NULL OR OLD.state <> 'granted'"
    " OR OLD.notified_on IS NOT NULL OR NEW.notified_on IS NULL)"
)
WITH_DECISION = "OLD.state <> 'open' AND NEW.label_id <!> OLD.label_id"


def upgrade() -> None:
    _check(BEFORE, AFTER)
    _guard(WITH_NOTICE)


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM decision WHERE state = 'granted' AND label_id IS NULL")):
        raise RuntimeError("A grant waits for its notice: record it first, its label is awarded with it.")
    _check(AFTER, BEFORE)
    _guard(WITH_DECISION)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _check(before: str, after: str) -> None:
    """Change the condition. SQLite cannot alter one: see 0012 for the way that its manual describes."""
    connection = op.get_bind()
    if not _is_sqlite():
        op.drop_constraint(op.f(CHECK), "decision", type_="check")
        op.create_check_constraint(op.f(CHECK), "decision", after)
        return
    wanted = {"before": f"({before})", "after": f"({after})"}
    version = int(connection.scalar(sa.text("PRAGMA schema_version")) or 0)
    op.execute("PRAGMA writable_schema = ON")
    changed = sa.text(
        "UPDATE sqlite_schema SET sql = replace(sql, :before, :after)"
        " WHERE type = 'table' AND name = 'decision' AND instr(sql, :before) > 0"
    )
    if connection.execute(changed, wanted).rowcount != 1:
        raise RuntimeError("The condition on labels of decisions is not the one that was expected.")
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")


def _guard(label: str) -> None:
    """Make the guard of concluded decisions anew, with this condition on their labels."""
    changed = " OR ".join(f"NEW.{name} <!> OLD.{name}" for name in KEPT)
    condition = (
        f"(OLD.state <> 'open' AND ({changed} OR (NEW.is_final AND NOT OLD.is_final)"
        " OR (OLD.notified_on IS NOT NULL AND NEW.notified_on <!> OLD.notified_on)))"
        f" OR (OLD.state = 'open' AND NEW.is_final <!> (NEW.state IN ('granted', 'refused'))) OR ({label})"
    )
    if _is_sqlite():
        op.execute("DROP TRIGGER decision_kept")
        op.execute(
            f"CREATE TRIGGER decision_kept BEFORE UPDATE ON decision WHEN {condition.replace('<!>', 'IS NOT')}"
            " BEGIN SELECT RAISE(ABORT, 'decision_sealed'); END"
        )
        return
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION decision_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {condition.replace("<!>", "IS DISTINCT FROM")} THEN
                RAISE EXCEPTION 'decision_sealed' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
