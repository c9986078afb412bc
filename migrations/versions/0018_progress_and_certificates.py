"""Reports of progress of partnerships; certificates of exchanges."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# What was reported stays as it was; only the answer is added.
REPORTED = "partnership_id, number, since, until, summary, deviations, indicators, digest, author, submitted_at"
SQLITE = (
    f"""
    CREATE TRIGGER progress_report_kept_UPDATE BEFORE UPDATE OF {REPORTED} ON progress_report
    BEGIN SELECT RAISE(ABORT, 'progress_report_kept'); END
    """,
    """
    CREATE TRIGGER progress_report_kept_DELETE BEFORE DELETE ON progress_report
    BEGIN SELECT RAISE(ABORT, 'progress_report_kept'); END
    """,
    *(
        f"""
        CREATE TRIGGER exchange_certificate_kept_{verb} BEFORE {verb} ON exchange_certificate
        BEGIN SELECT RAISE(ABORT, 'exchange_certificate_kept'); END
        """
        for verb in ("UPDATE", "DELETE")
    ),
)
POSTGRESQL = (
    f"""
    CREATE TRIGGER progress_report_kept BEFORE UPDATE OF {REPORTED} OR DELETE ON progress_report FOR EACH ROW
    EXECUTE FUNCTION row_is_kept('progress_report_kept')
    """,
    """
    CREATE TRIGGER exchange_certificate_kept BEFORE UPDATE OR DELETE ON exchange_certificate FOR EACH ROW
    EXECUTE FUNCTION row_is_kept('exchange_certificate_kept')
    """,
)


def upgrade() -> None:
    _progress_report()
    _exchange_certificate()
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def _progress_report() -> None:
    op.create_table(
        "progress_report",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("partnership_id", schema.Identifier, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("deviations", sa.Text(), nullable=True),
        sa.Column("indicators", schema.JSON, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("submitted_at", schema.Instant(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.String(length=200), nullable=True),
        sa.Column("answered_at", schema.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('submitted', 'accepted', 'returned')", name=op.f("ck_progress_report_state_known")
        ),
        sa.CheckConstraint("since <= until", name=op.f("ck_progress_report_since_before_until")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name=op.f("fk_progress_report_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_report")),
        sa.UniqueConstraint("partnership_id", "number", name="uq_progress_report_number"),
    )
    with op.batch_alter_table("progress_report", schema=None) as batch_op:
        batch_op.create_index(
            "uq_progress_report_period",
            ["partnership_id", "since"],
            unique=True,
            sqlite_where=sa.text("state <> 'returned'"),
            postgresql_where=sa.text("state <> 'returned'"),
        )


def _exchange_certificate() -> None:
    op.create_table(
        "exchange_certificate",
        sa.Column("grant_id", schema.Identifier, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("statement", schema.JSON, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["exchange_grant.id"], name=op.f("fk_exchange_certificate_grant_id")),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_exchange_certificate")),
        sa.UniqueConstraint("sha256", name=op.f("uq_exchange_certificate_sha256")),
    )


def downgrade() -> None:
    op.drop_table("exchange_certificate")
    op.drop_table("progress_report")
