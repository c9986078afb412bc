"""Evidence says which side sent it, and goes on saying so."""

import sqlalchemy as sa
from alembic import op

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


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    for statement in (ADDED, *(SQLITE if _is_sqlite() else POSTGRESQL)):
        op.execute(sa.text(statement))


def downgrade() -> None:
    op.execute(sa.text("DROP TRIGGER evidence_side" + ("" if _is_sqlite() else " ON evidence")))
    if not _is_sqlite():
        op.execute(sa.text("DROP FUNCTION evidence_side()"))
    op.drop_column("evidence", "side")
