"""Payments of exchanges: orders, the files that carry them, what the bank said."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = (
    "bank_statement",
    "payment_file",
    "exchange_payment",
)

# A file for the bank, and what the bank said, stay as they were.
KEPT = ("payment_file", "bank_statement")
SQLITE = tuple(
    f"""
    CREATE TRIGGER {table}_kept_{verb} BEFORE {verb} ON {table}
    BEGIN SELECT RAISE(ABORT, '{table}_kept'); END
    """
    for table in KEPT
    for verb in ("UPDATE", "DELETE")
)
POSTGRESQL = tuple(
    f"""
    CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW
    EXECUTE FUNCTION row_is_kept('{table}_kept')
    """
    for table in KEPT
)


def upgrade() -> None:
    _bank_statement()
    _payment_file()
    _exchange_payment()
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def _bank_statement() -> None:
    op.create_table(
        "bank_statement",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("partnership_id", schema.Identifier, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("findings", schema.JSON, nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("read_at", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name=op.f("fk_bank_statement_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
        sa.UniqueConstraint("partnership_id", "sha256", name="uq_bank_statement_sha256"),
    )


def _payment_file() -> None:
    op.create_table(
        "payment_file",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("partnership_id", schema.Identifier, nullable=False),
        sa.Column("message_id", sa.String(length=35), nullable=False),
        sa.Column("execution_on", sa.Date(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name=op.f("fk_payment_file_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_file")),
        sa.UniqueConstraint("message_id", name=op.f("uq_payment_file_message_id")),
    )
    with op.batch_alter_table("payment_file", schema=None) as batch_op:
        batch_op.create_index("ix_payment_file_partnership_id", ["partnership_id", "id"], unique=False)


def _exchange_payment() -> None:
    op.create_table(
        "exchange_payment",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("partnership_id", schema.Identifier, nullable=False),
        sa.Column("grant_id", schema.Identifier, nullable=False),
        sa.Column("file_id", schema.Identifier, nullable=False),
        sa.Column("end_to_end_id", sa.String(length=35), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("reason_code", sa.String(length=40), nullable=True),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('ordered', 'paid', 'failed', 'returned')", name=op.f("ck_exchange_payment_state_known")
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_exchange_payment_cents_positive")),
        sa.ForeignKeyConstraint(["file_id"], ["payment_file.id"], name=op.f("fk_exchange_payment_file_id")),
        sa.ForeignKeyConstraint(["grant_id"], ["exchange_grant.id"], name=op.f("fk_exchange_payment_grant_id")),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_exchange_payment_partnership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_payment")),
        sa.UniqueConstraint("end_to_end_id", name=op.f("uq_exchange_payment_end_to_end_id")),
    )
    with op.batch_alter_table("exchange_payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exchange_payment_file_id"), ["file_id"], unique=False)
        batch_op.create_index("ix_exchange_payment_grant_id", ["grant_id", "id"], unique=False)
        batch_op.create_index("ix_exchange_payment_partnership_id", ["partnership_id", "id"], unique=False)
        batch_op.create_index(
            "uq_exchange_payment_live",
            ["grant_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('ordered', 'paid')"),
            postgresql_where=sa.text("state IN ('ordered', 'paid')"),
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
