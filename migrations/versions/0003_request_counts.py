"""Counts of requests that processes share."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing here is worth a write-ahead log: after a crash counting begins anew.
    is_postgresql = op.get_context().dialect.name == "postgresql"
    op.create_table(
        "request_count",
        sa.Column("minute", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("client", sa.String(length=200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "client", name=op.f("pk_request_count")),
        prefixes=["UNLOGGED"] if is_postgresql else [],
    )


def downgrade() -> None:
    op.drop_table("request_count")
