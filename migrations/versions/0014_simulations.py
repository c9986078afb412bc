"""Simulations: what was asked, with the draft as it was, and what became of each assessment."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

REASONS = "('asked_anew', 'nothing_carried', 'set_broken', 'report_broken', 'sheet_incomplete')"


def upgrade() -> None:
    op.create_table(
        "simulation",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("methodology_version", sa.Integer(), nullable=False),
        sa.Column("document", schema.JSON, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("coverage", schema.JSON, nullable=False),
        sa.Column("job_id", schema.Identifier, nullable=True),
        sa.Column("requested_at", schema.Instant(), nullable=False),
        sa.Column("completed_at", schema.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_simulation_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulation")),
    )
    with op.batch_alter_table("simulation", schema=None) as batch_op:
        batch_op.create_index("ix_simulation_code", ["code", "id"], unique=False)
    op.create_table(
        "simulation_case",
        sa.Column("simulation_id", schema.Identifier, nullable=False),
        sa.Column("assessment_id", schema.Identifier, nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=40), nullable=False),
        sa.Column("size", sa.String(length=40), nullable=False),
        sa.Column("portfolio", sa.String(length=40), nullable=True),
        sa.Column("source_code", sa.String(length=40), nullable=False),
        sa.Column("source_version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("max_points", sa.Integer(), nullable=True),
        sa.Column("fewest_points", sa.Integer(), nullable=True),
        sa.Column("most_points", sa.Integer(), nullable=True),
        sa.CheckConstraint("level IN ('bronze', 'silver', 'gold')", name=op.f("ck_simulation_case_level_known")),
        sa.CheckConstraint(
            "outcome IN ('keeps', 'gains', 'loses', 'stays_out', 'open', 'not_rescored')",
            name=op.f("ck_simulation_case_outcome_known"),
        ),
        sa.CheckConstraint(f"reason IN {REASONS}", name=op.f("ck_simulation_case_reason_known")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_simulation_case_assessment_id")),
        sa.ForeignKeyConstraint(
            ["simulation_id"], ["simulation.id"], name=op.f("fk_simulation_case_simulation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("simulation_id", "assessment_id", name=op.f("pk_simulation_case")),
    )
    with op.batch_alter_table("simulation_case", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_simulation_case_assessment_id"), ["assessment_id"], unique=False)


def downgrade() -> None:
    op.drop_table("simulation_case")
    op.drop_table("simulation")
