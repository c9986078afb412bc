"""What becomes of labels: grounds and notices, and the trigger that keeps chains without gap and overlap."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A renewal has the holder and the level of its predecessor and begins on the day after its end.
SQLITE = (
    """
    CREATE TRIGGER label_continues BEFORE INSERT ON label
    WHEN NEW.previous_label_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM label WHERE id = NEW.previous_label_id AND cluster_id = NEW.cluster_id
        AND level = NEW.level AND date(valid_until, '+1 day') = NEW.valid_from
    )
    BEGIN SELECT RAISE(ABORT, 'label_continues'); END
    """,
)
POSTGRESQL = (
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


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER label_continues")
    else:
        op.execute("DROP TRIGGER label_continues ON label")
        op.execute("DROP FUNCTION label_continues()")
    op.drop_table("complaint")
    op.drop_table("notice")
    op.drop_column("label_event", "ground")
    op.drop_column("label_event", "noticed_on")
