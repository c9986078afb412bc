"""The pool of assessors, trainings, and what bears on conflicts."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = (
    "assessor",
    "assessor_employment",
    "assessor_engagement",
    "assessor_qualification",
    "code_acceptance",
    "training",
    "training_attendance",
    "cluster_tie",
    "assessor_interest",
    "conflict_pin",
    "interest_declaration",
    "pair_waiver",
)


def upgrade() -> None:
    _pool()
    _trainings()
    _conflicts()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _pool() -> None:
    op.create_table(
        "assessor",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("person_id", schema.Identifier, nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("portfolios", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("unavailable_until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'suspended', 'retired')", name=op.f("ck_assessor_state_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_assessor_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessor")),
        sa.UniqueConstraint("person_id", name="uq_assessor_person_id"),
    )
    op.create_table(
        "assessor_employment",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("assessor_id", schema.Identifier, nullable=False),
        sa.Column("person_id", schema.Identifier, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", schema.Identifier, nullable=True),
        sa.Column("name", sa.String(length=300), nullable=True),
        sa.Column("key", sa.String(length=300), nullable=True),
        sa.Column("began_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "kind IN ('employed', 'self_employed', 'not_employed')", name=op.f("ck_assessor_employment_kind_known")
        ),
        sa.CheckConstraint("began_on <= ended_on", name=op.f("ck_assessor_employment_begins_before_it_ends")),
        sa.ForeignKeyConstraint(["assessor_id"], ["assessor.id"], name=op.f("fk_assessor_employment_assessor_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_assessor_employment_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_assessor_employment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessor_employment")),
    )
    op.create_index(op.f("ix_assessor_employment_assessor_id"), "assessor_employment", ["assessor_id"])
    op.create_index(op.f("ix_assessor_employment_key"), "assessor_employment", ["key"])
    op.create_index(op.f("ix_assessor_employment_organisation_id"), "assessor_employment", ["organisation_id"])
    op.create_table(
        "assessor_engagement",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("assessor_id", schema.Identifier, nullable=False),
        sa.Column("case_id", schema.Identifier, nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("days", sa.Numeric(precision=5, scale=1), nullable=False),
        sa.Column("fee_cents", sa.Integer(), nullable=False),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "role IN ('benchmarking', 'silver', 'gold', 'lead', 'trainee', 'observer')",
            name=op.f("ck_assessor_engagement_role_known"),
        ),
        sa.CheckConstraint("began_on <= ended_on", name=op.f("ck_assessor_engagement_begins_before_it_ends")),
        sa.CheckConstraint("days >= 0 AND fee_cents >= 0", name=op.f("ck_assessor_engagement_not_negative")),
        sa.ForeignKeyConstraint(["assessor_id"], ["assessor.id"], name=op.f("fk_assessor_engagement_assessor_id")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_assessor_engagement_cluster_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessor_engagement")),
        sa.UniqueConstraint("case_id", "assessor_id", name="uq_assessor_engagement_case"),
    )
    op.create_index(op.f("ix_assessor_engagement_assessor_id"), "assessor_engagement", ["assessor_id", "began_on"])
    op.create_index(op.f("ix_assessor_engagement_cluster_id"), "assessor_engagement", ["cluster_id"])
    op.create_table(
        "assessor_qualification",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("assessor_id", schema.Identifier, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("renewed_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("waiver", sa.Text(), nullable=True),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "role IN ('benchmarking', 'silver', 'gold', 'lead', 'trainee', 'observer')",
            name=op.f("ck_assessor_qualification_role_known"),
        ),
        sa.CheckConstraint("granted_on <= valid_until", name=op.f("ck_assessor_qualification_granted_before_it_ends")),
        sa.ForeignKeyConstraint(["assessor_id"], ["assessor.id"], name=op.f("fk_assessor_qualification_assessor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessor_qualification")),
    )
    op.create_index(op.f("ix_assessor_qualification_assessor_id"), "assessor_qualification", ["assessor_id"])
    op.create_table(
        "code_acceptance",
        sa.Column("assessor_id", schema.Identifier, nullable=False),
        sa.Column("code_version", sa.String(length=40), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["assessor_id"], ["assessor.id"], name=op.f("fk_code_acceptance_assessor_id")),
        sa.PrimaryKeyConstraint("assessor_id", "code_version", name=op.f("pk_code_acceptance")),
    )


def _trainings() -> None:
    op.create_table(
        "training",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("methodology_code", sa.String(length=40), nullable=False),
        sa.Column("methodology_version", sa.Integer(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('initial', 'refresher')", name=op.f("ck_training_kind_known")),
        sa.CheckConstraint("began_on <= ended_on", name=op.f("ck_training_begins_before_it_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
    )
    op.create_index(op.f("ix_training_methodology"), "training", ["methodology_code", "methodology_version"])
    op.create_table(
        "training_attendance",
        sa.Column("training_id", schema.Identifier, nullable=False),
        sa.Column("assessor_id", schema.Identifier, nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "result IN ('registered', 'passed', 'failed', 'absent')", name=op.f("ck_training_attendance_result_known")
        ),
        sa.ForeignKeyConstraint(["assessor_id"], ["assessor.id"], name=op.f("fk_training_attendance_assessor_id")),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_training_attendance_training_id")),
        sa.PrimaryKeyConstraint("training_id", "assessor_id", name=op.f("pk_training_attendance")),
    )
    op.create_index(op.f("ix_training_attendance_assessor_id"), "training_attendance", ["assessor_id"])


def _conflicts() -> None:
    op.create_table(
        "cluster_tie",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source_id", schema.Identifier, nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("other_id", schema.Identifier, nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('partnership', 'exchange')", name=op.f("ck_cluster_tie_kind_known")),
        sa.CheckConstraint("began_on <= ended_on", name=op.f("ck_cluster_tie_begins_before_it_ends")),
        sa.CheckConstraint("cluster_id < other_id", name=op.f("ck_cluster_tie_in_order")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_cluster_tie_cluster_id")),
        sa.ForeignKeyConstraint(["other_id"], ["cluster.id"], name=op.f("fk_cluster_tie_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_tie")),
        sa.UniqueConstraint("source_id", "cluster_id", "other_id", name="uq_cluster_tie_source"),
    )
    op.create_index(op.f("ix_cluster_tie_cluster_id"), "cluster_tie", ["cluster_id"])
    op.create_index(op.f("ix_cluster_tie_other_id"), "cluster_tie", ["other_id"])
    op.create_table(
        "assessor_interest",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("assessor_id", schema.Identifier, nullable=False),
        sa.Column("person_id", schema.Identifier, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=True),
        sa.Column("organisation_id", schema.Identifier, nullable=True),
        sa.Column("name", sa.String(length=300), nullable=True),
        sa.Column("key", sa.String(length=300), nullable=True),
        sa.Column("began_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", schema.Instant(), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('employment', 'board', 'membership', 'family', 'paid_advice', 'coaching', "
            "'employers_client', 'other')",
            name=op.f("ck_assessor_interest_kind_known"),
        ),
        sa.CheckConstraint(
            "source IN ('records', 'assessor', 'secretariat')", name=op.f("ck_assessor_interest_source_known")
        ),
        sa.CheckConstraint("began_on <= ended_on", name=op.f("ck_assessor_interest_begins_before_it_ends")),
        sa.ForeignKeyConstraint(["assessor_id"], ["assessor.id"], name=op.f("fk_assessor_interest_assessor_id")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_assessor_interest_cluster_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_assessor_interest_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_assessor_interest_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessor_interest")),
    )
    op.create_index(op.f("ix_assessor_interest_assessor_id"), "assessor_interest", ["assessor_id"])
    op.create_index(op.f("ix_assessor_interest_cluster_id"), "assessor_interest", ["cluster_id"])
    op.create_index(op.f("ix_assessor_interest_key"), "assessor_interest", ["key"])
    op.create_index(op.f("ix_assessor_interest_organisation_id"), "assessor_interest", ["organisation_id"])
    op.create_table(
        "conflict_pin",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("assessor_id", schema.Identifier, nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("effect", sa.String(length=40), nullable=False),
        sa.Column("conflict_key", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", schema.Instant(), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(effect = 'clear') = (conflict_key IS NOT NULL)", name=op.f("ck_conflict_pin_clears_one")),
        sa.CheckConstraint("effect IN ('conflict', 'clear')", name=op.f("ck_conflict_pin_effect_known")),
        sa.CheckConstraint("began_on <= ended_on", name=op.f("ck_conflict_pin_begins_before_it_ends")),
        sa.ForeignKeyConstraint(["assessor_id"], ["assessor.id"], name=op.f("fk_conflict_pin_assessor_id")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_conflict_pin_cluster_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_pin")),
    )
    op.create_index(op.f("ix_conflict_pin_assessor_id"), "conflict_pin", ["assessor_id"])
    op.create_index(op.f("ix_conflict_pin_cluster_id"), "conflict_pin", ["cluster_id"])
    op.create_table(
        "interest_declaration",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("assessor_id", schema.Identifier, nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["assessor_id"], ["assessor.id"], name=op.f("fk_interest_declaration_assessor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_declaration")),
    )
    op.create_index(op.f("ix_interest_declaration_assessor_id"), "interest_declaration", ["assessor_id", "declared_on"])
    op.create_table(
        "pair_waiver",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("first_id", schema.Identifier, nullable=False),
        sa.Column("second_id", schema.Identifier, nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", schema.Instant(), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("rule IN ('employers_differ', 'one_foreigner')", name=op.f("ck_pair_waiver_rule_known")),
        sa.CheckConstraint("began_on <= ended_on", name=op.f("ck_pair_waiver_begins_before_it_ends")),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_pair_waiver_in_order")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_pair_waiver_cluster_id")),
        sa.ForeignKeyConstraint(["first_id"], ["assessor.id"], name=op.f("fk_pair_waiver_first_id")),
        sa.ForeignKeyConstraint(["second_id"], ["assessor.id"], name=op.f("fk_pair_waiver_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_waiver")),
    )
    op.create_index(op.f("ix_pair_waiver_first_id"), "pair_waiver", ["first_id"])
    op.create_index(op.f("ix_pair_waiver_second_id"), "pair_waiver", ["second_id"])
