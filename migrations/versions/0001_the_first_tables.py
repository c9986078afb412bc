"""The first tables."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cluster",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("legal_name", sa.String(length=300), nullable=False),
        sa.Column("short_name", sa.String(length=120), nullable=True),
        sa.Column("names", schema.JSON, nullable=False),
        sa.Column(
            "sort_name",
            sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=5), nullable=True),
        sa.Column("city", sa.String(length=120), nullable=True),
        sa.Column("legal_form", sa.String(length=40), nullable=True),
        sa.Column("host_organisation", sa.String(length=300), nullable=True),
        sa.Column("founded_year", sa.Integer(), nullable=True),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.Column("english_page", sa.String(length=500), nullable=True),
        sa.Column("contact_role", sa.String(length=120), nullable=True),
        sa.Column("portfolio", sa.String(length=40), nullable=True),
        sa.Column("ecosystems", sa.Text(), nullable=False),
        sa.Column("emerging_industries", sa.Text(), nullable=False),
        sa.Column("activities", sa.Text(), nullable=False),
        sa.Column("participants", sa.Integer(), nullable=True),
        sa.Column("committed_members", sa.Integer(), nullable=False),
        sa.Column("members", schema.JSON, nullable=False),
        sa.Column("staff_fte", sa.Numeric(precision=6, scale=1), nullable=True),
        sa.Column("support_programme", sa.String(length=300), nullable=True),
        sa.Column("is_social_economy", sa.Boolean(), nullable=False),
        sa.Column("descriptions", schema.JSON, nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("profile_state", sa.String(length=40), nullable=False),
        sa.Column("profile_reason", sa.Text(), nullable=True),
        sa.Column("waiver", sa.Text(), nullable=True),
        sa.Column("published_at", schema.Instant(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "profile_state IN ('draft', 'needs_review', 'published', 'rejected', 'archived')",
            name=op.f("ck_cluster_profile_state_known"),
        ),
        sa.CheckConstraint("status IN ('active', 'merged', 'split', 'closed')", name=op.f("ck_cluster_status_known")),
        sa.CheckConstraint("committed_members <= participants", name=op.f("ck_cluster_committed_within_participants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster")),
    )
    with op.batch_alter_table("cluster", schema=None) as batch_op:
        batch_op.create_index("ix_cluster_committed_members", ["committed_members", "id"], unique=False)
        batch_op.create_index("ix_cluster_country_sort_name", ["country", "sort_name", "id"], unique=False)
        batch_op.create_index("ix_cluster_portfolio_sort_name", ["portfolio", "sort_name", "id"], unique=False)
        batch_op.create_index("ix_cluster_sort_name", ["sort_name", "id"], unique=False)
        batch_op.create_index("ix_cluster_updated_at", ["updated_at", "id"], unique=False)

    op.create_table(
        "job",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("request", schema.JSON, nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("requested_at", schema.Instant(), nullable=False),
        sa.Column("started_at", schema.Instant(), nullable=True),
        sa.Column("finished_at", schema.Instant(), nullable=True),
        sa.Column("heartbeat_at", schema.Instant(), nullable=True),
        sa.Column("cancel_requested_at", schema.Instant(), nullable=True),
        sa.Column("worker", schema.Identifier, nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("resume_line", sa.Integer(), nullable=False),
        sa.Column("counts", schema.JSON, nullable=False),
        sa.Column("problem", schema.JSON, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_job_state_known")
        ),
        sa.CheckConstraint("done >= 0", name=op.f("ck_job_done_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_state", ["state", "id"], unique=False)

    op.create_table(
        "journal_entry",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("occurred_at", schema.Instant(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", schema.Identifier, nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("details", schema.JSON, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("id", name=op.f("uq_journal_entry_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.create_index("ix_journal_entry_subject", ["subject_kind", "subject_id", "position"], unique=False)

    op.create_table(
        "number_series",
        sa.Column("prefix", sa.String(length=4), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "year", name=op.f("pk_number_series")),
    )
    op.create_table(
        "stored_answer",
        sa.Column("caller", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", schema.JSON, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_stored_answer")),
    )
    op.create_table(
        "tally",
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("grain", sa.String(length=40), nullable=False),
        sa.Column("span", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("portfolio", sa.String(length=40), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.CheckConstraint("grain IN ('country', 'portfolio')", name=op.f("ck_tally_grain_known")),
        sa.CheckConstraint("level IN ('bronze', 'silver', 'gold')", name=op.f("ck_tally_level_known")),
        sa.CheckConstraint(
            "series IN ('valid_labels', 'current', 'labels_ever', 'ever_held', 'highest_held')",
            name=op.f("ck_tally_series_known"),
        ),
        sa.CheckConstraint("span IN ('year', 'month', 'day')", name=op.f("ck_tally_span_known")),
        sa.PrimaryKeyConstraint(
            "series", "grain", "span", "starts_on", "level", "country", "portfolio", name=op.f("pk_tally")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cluster_identifier",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("registry_code", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_cluster_identifier_cluster_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_identifier")),
        sa.UniqueConstraint("registry_code", "value", name="uq_cluster_identifier_value"),
    )
    with op.batch_alter_table("cluster_identifier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cluster_identifier_cluster_id"), ["cluster_id"], unique=False)

    op.create_table(
        "cluster_likeness",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_cluster_likeness_cluster_id")),
        sa.PrimaryKeyConstraint("key", "cluster_id", name=op.f("pk_cluster_likeness")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("cluster_likeness", schema=None) as batch_op:
        batch_op.create_index("ix_cluster_likeness_cluster_id", ["cluster_id"], unique=False)

    op.create_table(
        "cluster_version",
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("profile_state", sa.String(length=40), nullable=False),
        sa.Column("changes", schema.JSON, nullable=False),
        sa.CheckConstraint(
            "profile_state IN ('draft', 'needs_review', 'published', 'rejected', 'archived')",
            name=op.f("ck_cluster_version_profile_state_known"),
        ),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_cluster_version_cluster_id")),
        sa.PrimaryKeyConstraint("cluster_id", "version", name=op.f("pk_cluster_version")),
    )
    op.create_table(
        "import_file",
        sa.Column("job_id", schema.Identifier, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_import_file_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_import_file")),
    )
    op.create_table(
        "job_finding",
        sa.Column("job_id", schema.Identifier, nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("pointer", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('created', 'changed', 'left', 'refused', 'noted')", name=op.f("ck_job_finding_outcome_known")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_finding_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "sequence", name=op.f("pk_job_finding")),
    )
    op.create_table(
        "label",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("rule_set", sa.String(length=40), nullable=False),
        sa.Column("previous_label_id", schema.Identifier, nullable=True),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("awarded_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("portfolio", sa.String(length=40), nullable=False),
        sa.Column("registry_code", sa.String(length=40), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("source", sa.String(length=500), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('first', 'renewal')", name=op.f("ck_label_kind_known")),
        sa.CheckConstraint("level IN ('bronze', 'silver', 'gold')", name=op.f("ck_label_level_known")),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_label_valid_from_before_until")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_label_cluster_id")),
        sa.ForeignKeyConstraint(["previous_label_id"], ["label.id"], name=op.f("fk_label_previous_label_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("number", name=op.f("uq_label_number")),
        sa.UniqueConstraint("previous_label_id", name="uq_label_previous_label_id"),
        sa.UniqueConstraint("registry_code", "external_id", name="uq_label_external_id"),
    )
    with op.batch_alter_table("label", schema=None) as batch_op:
        batch_op.create_index("ix_label_awarded_on", ["awarded_on", "level", "country", "portfolio"], unique=False)
        batch_op.create_index(batch_op.f("ix_label_cluster_id"), ["cluster_id"], unique=False)

    op.create_table(
        "level_period",
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("label_number", sa.String(length=40), nullable=False),
        sa.CheckConstraint("level IN ('bronze', 'silver', 'gold')", name=op.f("ck_level_period_level_known")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_level_period_starts_before_ends")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_level_period_cluster_id")),
        sa.PrimaryKeyConstraint("cluster_id", "starts_on", name=op.f("pk_level_period")),
    )
    with op.batch_alter_table("level_period", schema=None) as batch_op:
        batch_op.create_index("ix_level_period_ends_on", ["ends_on", "starts_on", "level"], unique=False)

    op.create_table(
        "succession",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("successors", sa.Text(), nullable=False),
        sa.Column("former_name", sa.String(length=300), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind IN ('renamed', 'merged', 'split', 'closed')", name=op.f("ck_succession_kind_known")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_succession_cluster_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_succession")),
    )
    with op.batch_alter_table("succession", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_succession_cluster_id"), ["cluster_id"], unique=False)

    op.create_table(
        "label_event",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("label_id", schema.Identifier, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "kind IN ('awarded', 'corrected', 'suspended', 'reinstated', 'withdrawn')",
            name=op.f("ck_label_event_kind_known"),
        ),
        sa.ForeignKeyConstraint(["label_id"], ["label.id"], name=op.f("fk_label_event_label_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_event")),
    )
    with op.batch_alter_table("label_event", schema=None) as batch_op:
        batch_op.create_index("ix_label_event_label_id", ["label_id", "recorded_at"], unique=False)

    op.create_table(
        "label_holder",
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("highest_level", sa.String(length=40), nullable=False),
        sa.Column("first_held_on", sa.Date(), nullable=False),
        sa.Column("label_id", schema.Identifier, nullable=False),
        sa.CheckConstraint(
            "highest_level IN ('bronze', 'silver', 'gold')", name=op.f("ck_label_holder_highest_level_known")
        ),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_label_holder_cluster_id")),
        sa.ForeignKeyConstraint(["label_id"], ["label.id"], name=op.f("fk_label_holder_label_id")),
        sa.PrimaryKeyConstraint("cluster_id", name=op.f("pk_label_holder")),
    )


def downgrade() -> None:
    op.drop_table("label_holder")
    with op.batch_alter_table("label_event", schema=None) as batch_op:
        batch_op.drop_index("ix_label_event_label_id")

    op.drop_table("label_event")
    with op.batch_alter_table("succession", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_succession_cluster_id"))

    op.drop_table("succession")
    with op.batch_alter_table("level_period", schema=None) as batch_op:
        batch_op.drop_index("ix_level_period_ends_on")

    op.drop_table("level_period")
    with op.batch_alter_table("label", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_cluster_id"))
        batch_op.drop_index("ix_label_awarded_on")

    op.drop_table("label")
    op.drop_table("job_finding")
    op.drop_table("import_file")
    op.drop_table("cluster_version")
    with op.batch_alter_table("cluster_likeness", schema=None) as batch_op:
        batch_op.drop_index("ix_cluster_likeness_cluster_id")

    op.drop_table("cluster_likeness")
    with op.batch_alter_table("cluster_identifier", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cluster_identifier_cluster_id"))

    op.drop_table("cluster_identifier")
    op.drop_table("tally")
    op.drop_table("stored_answer")
    op.drop_table("number_series")
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_journal_entry_subject")

    op.drop_table("journal_entry")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_state")

    op.drop_table("job")
    with op.batch_alter_table("cluster", schema=None) as batch_op:
        batch_op.drop_index("ix_cluster_updated_at")
        batch_op.drop_index("ix_cluster_sort_name")
        batch_op.drop_index("ix_cluster_portfolio_sort_name")
        batch_op.drop_index("ix_cluster_country_sort_name")
        batch_op.drop_index("ix_cluster_committed_members")

    op.drop_table("cluster")
