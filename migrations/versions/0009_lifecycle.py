"""What becomes of labels: grounds and notices, and the trigger that keeps chains without gap and overlap."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A renewal has the holder and the level of its predecessor and begins on the day after its end.
SQLITE: tuple[str, ...] = (
    """
    CREATE TRIGGER label_continues BEFORE INSERT ON label
    WHEN NEW.previous_label_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM label WHERE id = NEW.previous_label_id AND cluster_id = NEW.cluster_id
        AND level = NEW.level AND date(valid_until, '+1 day') = NEW.valid_from
    )
    BEGIN SELECT RAISE(ABORT, 'label_continues'); END
    """,
    """
    CREATE TRIGGER label_continues_after BEFORE UPDATE OF valid_from, valid_until ON label
    WHEN (NEW.valid_from <> OLD.valid_from AND NEW.previous_label_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM label WHERE id = NEW.previous_label_id AND date(valid_until, '+1 day') = NEW.valid_from
    )) OR (NEW.valid_until <> OLD.valid_until AND EXISTS (
        SELECT 1 FROM label WHERE previous_label_id = NEW.id AND valid_from <> date(NEW.valid_until, '+1 day')
    ))
    BEGIN SELECT RAISE(ABORT, 'label_continues'); END
    """,
)
POSTGRESQL: tuple[str, ...] = (
    """
    CREATE FUNCTION label_continues() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.previous_label_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM label WHERE id = NEW.previous_label_id AND cluster_id = NEW.cluster_id
            AND level = NEW.level AND valid_until + 1 = NEW.valid_from
        ) THEN
            RAISE EXCEPTION 'label_continues' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER label_continues BEFORE INSERT ON label FOR EACH ROW EXECUTE FUNCTION label_continues()
    """,
    """
    CREATE FUNCTION label_continues_after() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (NEW.valid_from <> OLD.valid_from AND NEW.previous_label_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM label WHERE id = NEW.previous_label_id AND valid_until + 1 = NEW.valid_from
        )) OR (NEW.valid_until <> OLD.valid_until AND EXISTS (
            SELECT 1 FROM label WHERE previous_label_id = NEW.id AND valid_from <> NEW.valid_until + 1
        )) THEN
            RAISE EXCEPTION 'label_continues' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER label_continues_after BEFORE UPDATE OF valid_from, valid_until ON label
    FOR EACH ROW EXECUTE FUNCTION label_continues_after()
    """,
)


# What was issued and what was paid is never changed nor removed: a credit note is another row. Nor is what happened to
# a label: what could be known at an instant is told from it.
BOOKS = {"invoice": "invoice_immutable", "invoice_payment": "invoice_immutable", "label_event": "label_event_kept"}
SQLITE += tuple(
    f"""
    CREATE TRIGGER {table}_kept_{verb} BEFORE {verb} ON {table}
    BEGIN SELECT RAISE(ABORT, '{told}'); END
    """
    for table, told in BOOKS.items()
    for verb in ("UPDATE", "DELETE")
)
POSTGRESQL += (
    """
    CREATE FUNCTION row_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'check_violation'; END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW
        EXECUTE FUNCTION row_is_kept('{told}')
        """
        for table, told in BOOKS.items()
    ),
)


def upgrade() -> None:
    op.add_column("label_event", sa.Column("noticed_on", sa.Date(), nullable=True))
    op.add_column("label_event", sa.Column("ground", sa.String(length=40), nullable=True))
    op.create_table(
        "notice",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("label_id", schema.Identifier, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("made_at", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["label_id"], ["label.id"], name=op.f("fk_notice_label_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("label_id", "kind", "due_on", name="uq_notice_label_kind_due"),
    )
    _complaints()
    _invoices()
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def _complaints() -> None:
    op.create_table(
        "complaint",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("matter", sa.String(length=40), nullable=False),
        sa.Column("label_id", schema.Identifier, nullable=True),
        sa.Column("cluster_id", schema.Identifier, nullable=True),
        sa.Column("assessor_id", schema.Identifier, nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("contact", sa.String(length=320), nullable=True),
        sa.Column("person_id", schema.Identifier, nullable=True),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("acknowledge_by", sa.Date(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("acknowledged_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("closed_at", schema.Instant(), nullable=True),
        sa.Column("handler_id", schema.Identifier, nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "matter IN ('label', 'cluster', 'assessor', 'process')", name=op.f("ck_complaint_matter_known")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'acknowledged', 'in_review', 'answered', 'closed')",
            name=op.f("ck_complaint_state_known"),
        ),
        sa.CheckConstraint("outcome IN ('founded', 'unfounded', 'partly')", name=op.f("ck_complaint_outcome_known")),
        sa.CheckConstraint(
            "handler_id IS NULL OR person_id IS NULL OR handler_id <> person_id",
            name=op.f("ck_complaint_handler_other"),
        ),
        sa.ForeignKeyConstraint(["label_id"], ["label.id"], name=op.f("fk_complaint_label_id")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_complaint_cluster_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_complaint_person_id")),
        sa.ForeignKeyConstraint(["handler_id"], ["person.id"], name=op.f("fk_complaint_handler_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("number", name=op.f("uq_complaint_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_complaint_public_id")),
    )
    op.create_index("ix_complaint_received_on", "complaint", ["received_on", "id"])
    op.create_index("ix_complaint_person_id", "complaint", ["person_id"])
    op.create_index("ix_complaint_handler_id", "complaint", ["handler_id"])


def _invoices() -> None:
    op.create_table(
        "invoice",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("credits_id", schema.Identifier, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("organisation_id", schema.Identifier, nullable=True),
        sa.Column("case_id", schema.Identifier, nullable=True),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("case_kind", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("price_list", sa.String(length=40), nullable=False),
        sa.Column("price_list_version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net_cents", sa.Integer(), nullable=False),
        sa.Column("vat_treatment", sa.String(length=40), nullable=False),
        sa.Column("vat_category", sa.String(length=2), nullable=False),
        sa.Column("vat_basis_points", sa.Integer(), nullable=False),
        sa.Column("vat_exemption_code", sa.String(length=40), nullable=True),
        sa.Column("vat_exemption_reason", sa.String(length=500), nullable=True),
        sa.Column("vat_cents", sa.Integer(), nullable=False),
        sa.Column("seller", schema.JSON, nullable=False),
        sa.Column("payer", schema.JSON, nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        *_invoice_constraints(),
    )
    op.create_index("ix_invoice_organisation_id", "invoice", ["organisation_id", "id"])
    op.create_index("ix_invoice_cluster_id", "invoice", ["cluster_id", "id"])
    op.create_index("ix_invoice_case_id", "invoice", ["case_id"])
    op.create_table(
        "invoice_payment",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("invoice_id", schema.Identifier, nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_payment_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_payment")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_invoice_payment_invoice_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_invoice_payment_reference")),
    )


def _invoice_constraints() -> tuple[sa.Constraint, ...]:
    known = {
        "kind": ("invoice", "credit_note"),
        "level": ("bronze", "silver", "gold"),
        "case_kind": ("first", "renewal"),
        "mode": ("on_site", "video"),
        "vat_treatment": ("domestic", "reverse_charge", "outside_eu"),
    }
    return (
        *(
            sa.CheckConstraint(
                f"{column} IN ({', '.join(repr(one) for one in members)})", name=op.f(f"ck_invoice_{column}_known")
            )
            for column, members in known.items()
        ),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (credits_id IS NOT NULL)", name=op.f("ck_invoice_credit_notes_credit")
        ),
        sa.CheckConstraint("net_cents >= 0 AND vat_cents >= 0", name=op.f("ck_invoice_amounts_not_negative")),
        sa.ForeignKeyConstraint(["credits_id"], ["invoice.id"], name=op.f("fk_invoice_credits_id")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_invoice_cluster_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_invoice_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
        sa.UniqueConstraint("credits_id", name=op.f("uq_invoice_credits_id")),
    )


def downgrade() -> None:
    op.drop_table("invoice_payment")
    op.drop_table("invoice")
    op.drop_table("complaint")
    op.drop_table("notice")
    if op.get_bind().dialect.name == "sqlite":
        for trigger in (
            "label_continues",
            "label_continues_after",
            "label_event_kept_UPDATE",
            "label_event_kept_DELETE",
        ):
            op.execute(f"DROP TRIGGER {trigger}")
    else:
        op.execute("DROP TRIGGER label_event_kept ON label_event")
        op.execute("DROP FUNCTION row_is_kept()")
        for trigger in ("label_continues", "label_continues_after"):
            op.execute(f"DROP TRIGGER {trigger} ON label")
            op.execute(f"DROP FUNCTION {trigger}()")
    op.drop_column("label_event", "ground")
    op.drop_column("label_event", "noticed_on")
