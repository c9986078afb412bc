"""What becomes of labels: grounds and notices, and the trigger that keeps chains without gap and overlap."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0009"
down_revision = "0005"
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
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER label_continues")
    else:
        op.execute("DROP TRIGGER label_continues ON label")
        op.execute("DROP FUNCTION label_continues()")
    op.drop_table("notice")
    op.drop_column("label_event", "ground")
    op.drop_column("label_event", "noticed_on")
