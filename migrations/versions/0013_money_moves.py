"""Payments in parts and refunds; notices on their way to their readers."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Making the table anew on SQLite takes its triggers away: the books stay closed to every change.
KEPT = tuple(
    (
        f"invoice_payment_kept_{verb}",
        f"""
        CREATE TRIGGER invoice_payment_kept_{verb} BEFORE {verb} ON invoice_payment
        BEGIN SELECT RAISE(ABORT, 'invoice_immutable'); END
        """,
    )
    for verb in ("UPDATE", "DELETE")
)


def upgrade() -> None:
    _unguarded()
    with op.batch_alter_table("invoice_payment") as table:
        table.add_column(sa.Column("kind", sa.String(length=40), nullable=False, server_default="payment"))
        table.drop_constraint("uq_invoice_payment_invoice_id", type_="unique")
        table.create_check_constraint(op.f("ck_invoice_payment_kind_known"), "kind IN ('payment', 'refund')")
        table.create_check_constraint(op.f("ck_invoice_payment_amount_positive"), "amount_cents > 0")
    with op.batch_alter_table("invoice_payment") as table:
        table.alter_column("kind", server_default=None)
    op.create_index("ix_invoice_payment_invoice_id", "invoice_payment", ["invoice_id", "id"])
    _guarded()
    _deliveries()


def _deliveries() -> None:
    op.create_table(
        "notice_delivery",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("notice_id", schema.Identifier, nullable=False),
        sa.Column("person_id", schema.Identifier, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", schema.Instant(), nullable=False),
        sa.Column("taken_at", schema.Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("sent_at", schema.Instant(), nullable=True),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed', 'uncertain', 'dropped')",
            name=op.f("ck_notice_delivery_state_known"),
        ),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_notice_delivery_sent_has_instant")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_delivery_notice_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_delivery_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_delivery")),
        sa.UniqueConstraint("notice_id", "person_id", name="uq_notice_delivery_reader"),
    )
    op.create_index("ix_notice_delivery_state", "notice_delivery", ["state", "next_at"])
    op.create_index("ix_notice_delivery_person_id", "notice_delivery", ["person_id"])


def downgrade() -> None:
    op.drop_table("notice_delivery")
    _unguarded()
    op.drop_index("ix_invoice_payment_invoice_id", "invoice_payment")
    # Of several payments none can be left out: whoever has such goes no further back than here.
    with op.batch_alter_table("invoice_payment") as table:
        table.create_unique_constraint("uq_invoice_payment_invoice_id", ["invoice_id"])
        table.drop_constraint(op.f("ck_invoice_payment_amount_positive"), type_="check")
        table.drop_constraint(op.f("ck_invoice_payment_kind_known"), type_="check")
        table.drop_column("kind")
    _guarded()


def _unguarded() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, _ in KEPT:
            op.execute(f"DROP TRIGGER {name}")


def _guarded() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for _, definition in KEPT:
            op.execute(definition)
