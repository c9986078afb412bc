"""Who sits in at the interview of a benchmark: trainees and observers."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATES = (
    "('proposed', 'declined_by_guest', 'accepted_by_guest', 'rejected_by_cluster', 'agreed_by_cluster', 'withdrawn', "
    "'attended')"
)
SITS_IN = "state NOT IN ('declined_by_guest', 'rejected_by_cluster', 'withdrawn')"


def upgrade() -> None:
    op.create_table(
        "interview_guest",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("benchmark_id", schema.Identifier, nullable=False),
        sa.Column("person_id", schema.Identifier, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("role IN ('trainee', 'observer')", name=op.f("ck_interview_guest_role_known")),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_interview_guest_state_known")),
        sa.ForeignKeyConstraint(["benchmark_id"], ["benchmark.id"], name=op.f("fk_interview_guest_benchmark_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_interview_guest_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interview_guest")),
    )
    with op.batch_alter_table("interview_guest", schema=None) as batch_op:
        batch_op.create_index("ix_interview_guest_person_id", ["person_id", "benchmark_id"], unique=False)
        batch_op.create_index(
            "uq_interview_guest_person",
            ["benchmark_id", "person_id"],
            unique=True,
            sqlite_where=sa.text(SITS_IN),
            postgresql_where=sa.text(SITS_IN),
        )


def downgrade() -> None:
    op.drop_table("interview_guest")
