"""A report says whether force majeure made the visitor go home early."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("exchange_report") as table:
        table.add_column(sa.Column("is_force_majeure", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("exchange_report") as table:
        table.alter_column("is_force_majeure", server_default=None)


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM exchange_report WHERE is_force_majeure")):
        raise RuntimeError("A report says that force majeure ended a stay, and the older form has no place for it.")
    with op.batch_alter_table("exchange_report") as table:
        table.drop_column("is_force_majeure")
