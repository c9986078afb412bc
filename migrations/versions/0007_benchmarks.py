"""Benchmarks, versions of their answers, released reports, and the figures compared; triggers keep what is frozen."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FROZEN = "('interviewed', 'report_ready', 'released')"
STATES = "'questionnaire_open', 'questionnaire_submitted', 'in_interview', 'interviewed', 'report_ready', 'released'"
UNFINISHED = sa.text(
    "state IN ('questionnaire_open', 'questionnaire_submitted', 'in_interview', 'interviewed', 'report_ready')"
)
# Frozen at the interview; also kept if the benchmark is declared void afterwards.
KEPT = ("answers", "portfolio", "country", "interview_on", "interview_mode", "expert_id")
BOUND = ("id", "number", "cluster_id", "questionnaire", "questionnaire_version", "questionnaire_digest")
ONCE = ("benchmark_version", "benchmark_report")


def changed(names: tuple[str, ...], differs: str) -> str:
    return " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in names)


def update_refused(differs: str, same: str) -> str:
    # JSON is compared as text by SQLite and as a value by PostgreSQL: both say whether it was changed.
    frozen = f"OLD.answers_version > 0 AND ({changed(KEPT, differs)} OR NEW.answers_version < OLD.answers_version)"
    released = f"OLD.released_on IS NOT NULL AND ({changed(('report_number', 'released_on'), differs)})"
    return f"({changed(BOUND, differs)}) OR ({frozen}) OR ({released}) OR (OLD.state {same} 'void')"


def sqlite() -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'benchmark_frozen'); END"
    return [
        f"CREATE TRIGGER benchmark_frozen BEFORE UPDATE ON benchmark WHEN {update_refused('IS NOT', '=')} {refuse}",
        f"CREATE TRIGGER benchmark_kept BEFORE DELETE ON benchmark WHEN OLD.answers_version > 0 {refuse}",
        *(f"CREATE TRIGGER {name}_fixed BEFORE UPDATE ON {name} {refuse}" for name in ONCE),
        *(f"CREATE TRIGGER {name}_kept BEFORE DELETE ON {name} {refuse}" for name in ONCE),
    ]


def postgresql() -> list[str]:
    refuse = "EXECUTE FUNCTION benchmark_frozen()"
    refused = update_refused("IS DISTINCT FROM", "=")
    return [
        """
        CREATE FUNCTION benchmark_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'benchmark_frozen' USING ERRCODE = 'check_violation'; END $$
        """,
        f"CREATE TRIGGER benchmark_frozen BEFORE UPDATE ON benchmark FOR EACH ROW WHEN ({refused}) {refuse}",
        f"""CREATE TRIGGER benchmark_kept BEFORE DELETE ON benchmark FOR EACH ROW
        WHEN (OLD.answers_version > 0) {refuse}""",
        *(f"CREATE TRIGGER {name}_fixed BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW {refuse}" for name in ONCE),
    ]


def upgrade() -> None:
    op.create_table(
        "benchmark",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("questionnaire", sa.String(length=40), nullable=False),
        sa.Column("questionnaire_version", sa.Integer(), nullable=False),
        sa.Column("questionnaire_digest", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("portfolio", sa.String(length=40), nullable=False),
        sa.Column("answers", schema.JSON, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("expert_id", schema.Identifier, nullable=True),
        sa.Column("interview_on", sa.Date(), nullable=True),
        sa.Column("interview_mode", sa.String(length=40), nullable=True),
        sa.Column("answers_version", sa.Integer(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("report_number", sa.String(length=40), nullable=True),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES}, 'void')", name=op.f("ck_benchmark_state_known")),
        sa.CheckConstraint("interview_mode IN ('on_site', 'video')", name=op.f("ck_benchmark_interview_mode_known")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_benchmark_cluster_id")),
        sa.ForeignKeyConstraint(["expert_id"], ["person.id"], name=op.f("fk_benchmark_expert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark")),
        sa.UniqueConstraint("number", name=op.f("uq_benchmark_number")),
        sa.UniqueConstraint("report_number", name=op.f("uq_benchmark_report_number")),
    )
    op.create_index(
        "uq_benchmark_open",
        "benchmark",
        ["cluster_id"],
        unique=True,
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )
    op.create_index("ix_benchmark_cluster_id", "benchmark", ["cluster_id", "id"])
    op.create_index("ix_benchmark_expert_id", "benchmark", ["expert_id"])
    op.create_table(
        "benchmark_version",
        sa.Column("benchmark_id", schema.Identifier, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("answers", schema.JSON, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["benchmark_id"], ["benchmark.id"], name=op.f("fk_benchmark_version_benchmark_id")),
        sa.PrimaryKeyConstraint("benchmark_id", "number", name=op.f("pk_benchmark_version")),
    )
    op.create_table(
        "benchmark_report",
        sa.Column("benchmark_id", schema.Identifier, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["benchmark_id"], ["benchmark.id"], name=op.f("fk_benchmark_report_benchmark_id")),
        sa.PrimaryKeyConstraint("benchmark_id", "number", name=op.f("pk_benchmark_report")),
    )
    op.create_table(
        "benchmark_figures",
        sa.Column("benchmark_id", schema.Identifier, nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("basis", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("portfolio", sa.String(length=40), nullable=False),
        sa.Column("interview_on", sa.Date(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_benchmark_figures_cluster_id")),
        sa.PrimaryKeyConstraint("benchmark_id", name=op.f("pk_benchmark_figures")),
    )
    op.create_index(op.f("ix_benchmark_figures_cluster_id"), "benchmark_figures", ["cluster_id"])
    op.create_index("ix_benchmark_figures_basis", "benchmark_figures", ["basis", "interview_on", "benchmark_id"])
    for statement in sqlite() if op.get_bind().dialect.name == "sqlite" else postgresql():
        op.execute(statement)


def downgrade() -> None:
    for name in ("benchmark_figures", "benchmark_report", "benchmark_version", "benchmark"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION benchmark_frozen()")
