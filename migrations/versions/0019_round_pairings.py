"""Matchings of whole rounds with their pairs."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# What a matching was asked for, and what came out once it is done, stay as they were; its pairs always.
SQLITE = (
    """
    CREATE TRIGGER round_pairing_kept_UPDATE BEFORE UPDATE ON round_pairing WHEN OLD.completed_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'round_pairing_kept'); END
    """,
    """
    CREATE TRIGGER round_pairing_kept_DELETE BEFORE DELETE ON round_pairing
    BEGIN SELECT RAISE(ABORT, 'round_pairing_kept'); END
    """,
    *(
        f"""
        CREATE TRIGGER round_pair_kept_{verb} BEFORE {verb} ON round_pair
        BEGIN SELECT RAISE(ABORT, 'round_pair_kept'); END
        """
        for verb in ("UPDATE", "DELETE")
    ),
)
POSTGRESQL = (
    """
    CREATE TRIGGER round_pairing_kept_update BEFORE UPDATE ON round_pairing FOR EACH ROW
    WHEN (OLD.completed_at IS NOT NULL) EXECUTE FUNCTION row_is_kept('round_pairing_kept')
    """,
    """
    CREATE TRIGGER round_pairing_kept_delete BEFORE DELETE ON round_pairing FOR EACH ROW
    EXECUTE FUNCTION row_is_kept('round_pairing_kept')
    """,
    """
    CREATE TRIGGER round_pair_kept BEFORE UPDATE OR DELETE ON round_pair FOR EACH ROW
    EXECUTE FUNCTION row_is_kept('round_pair_kept')
    """,
)


def upgrade() -> None:
    _round_pairing()
    _round_pair()
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def _round_pairing() -> None:
    op.create_table(
        "round_pairing",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("round", sa.String(length=40), nullable=False),
        sa.Column("seed", sa.String(length=100), nullable=False),
        sa.Column("least_points", sa.Integer(), nullable=False),
        sa.Column("visitor_quota", sa.Integer(), nullable=False),
        sa.Column("host_quota", sa.Integer(), nullable=False),
        sa.Column("weights", schema.JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("job_id", schema.Identifier, nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("requested_at", schema.Instant(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=True),
        sa.Column("inputs_sha256", sa.String(length=64), nullable=True),
        sa.Column("visitors", sa.Integer(), nullable=True),
        sa.Column("hosts", sa.Integer(), nullable=True),
        sa.Column("pairs", sa.Integer(), nullable=True),
        sa.Column("completed_at", schema.Instant(), nullable=True),
        sa.CheckConstraint("visitor_quota > 0 AND host_quota > 0", name=op.f("ck_round_pairing_quotas_positive")),
        sa.CheckConstraint(
            "least_points >= 0 AND least_points <= 10000", name=op.f("ck_round_pairing_points_in_range")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_round_pairing_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_pairing")),
    )
    with op.batch_alter_table("round_pairing", schema=None) as batch_op:
        batch_op.create_index("ix_round_pairing_round", ["round", "id"], unique=False)


def _round_pair() -> None:
    op.create_table(
        "round_pair",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("pairing_id", schema.Identifier, nullable=False),
        sa.Column("visitor_id", schema.Identifier, nullable=False),
        sa.Column("host_id", schema.Identifier, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["host_id"], ["exchange_participant.id"], name=op.f("fk_round_pair_host_id")),
        sa.ForeignKeyConstraint(["pairing_id"], ["round_pairing.id"], name=op.f("fk_round_pair_pairing_id")),
        sa.ForeignKeyConstraint(["visitor_id"], ["exchange_participant.id"], name=op.f("fk_round_pair_visitor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_pair")),
        sa.UniqueConstraint("pairing_id", "visitor_id", "host_id", name="uq_round_pair_sides"),
    )
    with op.batch_alter_table("round_pair", schema=None) as batch_op:
        batch_op.create_index("ix_round_pair_pairing_id", ["pairing_id", "id"], unique=False)
        batch_op.create_index("ix_round_pair_host_id", ["host_id", "pairing_id"], unique=False)


def downgrade() -> None:
    for table in ("round_pair", "round_pairing"):
        op.drop_table(table)
