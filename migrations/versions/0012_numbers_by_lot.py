"""Numbers of assessments are drawn by lot: the series from which they were taken told how many there were."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("assessment_series")


def downgrade() -> None:
    op.create_table(
        "assessment_series",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_assessment_series")),
    )
