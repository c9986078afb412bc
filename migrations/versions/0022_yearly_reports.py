"""Yearly reports of the scheme, sealed when they are released."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

DRAFTED = "state = 'draft'"
# What a report says never changes, and what is no draft any more does not change at all.
SAID = "year, number, known_at, content, digest, correction, author, created_at"
KEPT = "SELECT RAISE(ABORT, 'yearly_report_kept')"
SQLITE = (
    f"CREATE TRIGGER yearly_report_said BEFORE UPDATE OF {SAID} ON yearly_report BEGIN {KEPT}; END",
    f"CREATE TRIGGER yearly_report_kept BEFORE UPDATE ON yearly_report WHEN OLD.state <> 'draft' BEGIN {KEPT}; END",
    f"CREATE TRIGGER yearly_report_there BEFORE DELETE ON yearly_report BEGIN {KEPT}; END",
)
POSTGRESQL = (
    f"""
    CREATE TRIGGER yearly_report_said BEFORE UPDATE OF {SAID} OR DELETE ON yearly_report FOR EACH ROW
    EXECUTE FUNCTION row_is_kept('yearly_report_kept')
    """,
    """
    CREATE TRIGGER yearly_report_kept BEFORE UPDATE ON yearly_report FOR EACH ROW WHEN (OLD.state <> 'draft')
    EXECUTE FUNCTION row_is_kept('yearly_report_kept')
    """,
)


def upgrade() -> None:
    op.create_table(
        "yearly_report",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("known_at", schema.Instant(), nullable=False),
        sa.Column("content", schema.JSON, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("correction", sa.Text(), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("released_at", schema.Instant(), nullable=True),
        sa.Column("released_by", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'released', 'discarded')", name=op.f("ck_yearly_report_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yearly_report")),
        sa.UniqueConstraint("year", "number", name="uq_yearly_report_number"),
    )
    with op.batch_alter_table("yearly_report", schema=None) as batch_op:
        batch_op.create_index(
            "uq_yearly_report_draft",
            ["year"],
            unique=True,
            sqlite_where=sa.text(DRAFTED),
            postgresql_where=sa.text(DRAFTED),
        )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("yearly_report")
