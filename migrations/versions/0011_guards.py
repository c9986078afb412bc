"""Evidence says which side sent it; cases keep what is shown of them until a notice; serials are drawn, not counted."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Of what was sent before nobody wrote down the side: it counts as the applicant's, who sends nearly all of it.
ADDED = (
    "ALTER TABLE evidence ADD COLUMN side VARCHAR(40) DEFAULT 'cluster' NOT NULL "
    "CONSTRAINT ck_evidence_side_known CHECK (side IN ('cluster', 'assessors'))"
)
SQLITE = (
    """
    CREATE TRIGGER evidence_side BEFORE UPDATE OF side ON evidence WHEN NEW.side <> OLD.side
    BEGIN SELECT RAISE(ABORT, 'evidence_content'); END
    """,
)
POSTGRESQL = (
    "ALTER TABLE evidence ALTER COLUMN side DROP DEFAULT",
    """
    CREATE FUNCTION evidence_side() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'evidence_content' USING ERRCODE = 'check_violation'; END $$
    """,
    """
    CREATE TRIGGER evidence_side BEFORE UPDATE OF side ON evidence FOR EACH ROW
    WHEN (NEW.side <> OLD.side) EXECUTE FUNCTION evidence_side()
    """,
)


CASES = (
    "draft", "submitted", "incomplete", "eligible", "ineligible", "contracted", "in_preparation", "scheduled",
    "assessed", "reported", "in_decision", "granted", "refused", "deferred", "withdrawn", "expired",
)  # fmt: skip
SHOWN_STATE = (
    "ALTER TABLE assessment ADD COLUMN shown_state VARCHAR(40) "
    f"CONSTRAINT ck_assessment_shown_state_known CHECK (shown_state IN {CASES!r})"
)


NUMBERED = ("assessment", "benchmark", "complaint", "decision", "appeal")
# A number is its prefix, the year, the serial of six digits or more, and two check digits.
TAKEN = (
    "INSERT INTO number_taken (prefix, year, serial) "
    "SELECT substr(number, 1, 2), CAST(substr(number, 4, 4) AS INTEGER), "
    "CAST(substr(number, 9, length(number) - 11) AS INTEGER) FROM {table}"
)
LAST = "SELECT {columns}, max(serial) FROM number_taken WHERE prefix {which} 'AS' GROUP BY {columns}"
COUNTED_AGAIN = (
    "INSERT INTO assessment_series (year, last) " + LAST.format(columns="year", which="="),
    "DELETE FROM number_series WHERE prefix IN (SELECT prefix FROM number_taken)",
    "INSERT INTO number_series (prefix, year, last) " + LAST.format(columns="prefix, year", which="<>"),
)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    op.add_column("assessment", sa.Column("shown", schema.JSON, nullable=True))
    op.create_table(
        "number_taken",
        sa.Column("prefix", sa.String(length=4), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("serial", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("prefix", "year", "serial", name=op.f("pk_number_taken")),
    )
    for table in NUMBERED:
        op.execute(sa.text(TAKEN.format(table=table)))
    op.drop_table("assessment_series")
    for statement in (ADDED, SHOWN_STATE, *(SQLITE if _is_sqlite() else POSTGRESQL)):
        op.execute(sa.text(statement))


def downgrade() -> None:
    op.execute(sa.text("DROP TRIGGER evidence_side" + ("" if _is_sqlite() else " ON evidence")))
    if not _is_sqlite():
        op.execute(sa.text("DROP FUNCTION evidence_side()"))
    op.drop_column("evidence", "side")
    op.create_table(
        "assessment_series",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_assessment_series")),
    )
    for statement in COUNTED_AGAIN:
        op.execute(sa.text(statement))
    op.drop_table("number_taken")
    op.drop_column("assessment", "shown_state")
    op.drop_column("assessment", "shown")
