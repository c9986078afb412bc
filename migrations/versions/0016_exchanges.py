"""Exchanges: participants, matches, grants with what was signed, reported and shown."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = (
    "exchange_participant",
    "exchange_match",
    "exchange_grant",
    "exchange_proof",
    "exchange_report",
    "exchange_signature",
)

# What was signed, and what was shown as evidence, stays as it was.
KEPT = ("exchange_signature", "exchange_proof")
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
    _exchange_participant()
    _exchange_match()
    _exchange_grant()
    _exchange_proof()
    _exchange_report()
    _exchange_signature()
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def _exchange_participant() -> None:
    op.create_table(
        "exchange_participant",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("round", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", schema.Identifier, nullable=False),
        sa.Column("is_visitor", sa.Boolean(), nullable=False),
        sa.Column("is_host", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("support_type", sa.String(length=40), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=5), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("cluster_id", schema.Identifier, nullable=True),
        sa.Column("is_in_network", sa.Boolean(), nullable=False),
        sa.Column("is_approved", sa.Boolean(), nullable=False),
        sa.Column("approved_because", sa.Text(), nullable=True),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("turnover_cents", sa.BigInteger(), nullable=True),
        sa.Column("balance_sheet_cents", sa.BigInteger(), nullable=True),
        sa.Column("is_national", sa.Boolean(), nullable=True),
        sa.Column("residence_days", sa.Integer(), nullable=True),
        sa.Column("has_business", sa.Boolean(), nullable=True),
        sa.Column("partnership_id", schema.Identifier, nullable=True),
        sa.Column("is_assigned", sa.Boolean(), nullable=False),
        sa.Column("cv_sha256", sa.String(length=64), nullable=True),
        sa.Column("motivation", sa.Text(), nullable=False),
        sa.Column("ecosystems", sa.Text(), nullable=False),
        sa.Column("aims", sa.Text(), nullable=False),
        sa.Column("activities", sa.Text(), nullable=False),
        sa.Column("wanted_countries", sa.Text(), nullable=False),
        sa.Column("available_from", sa.Date(), nullable=True),
        sa.Column("available_until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("open_exchanges", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            (
                "kind IN ('cluster_organisation', 'business_network', 'sme', 'scaleup_support', "
                "'training_provider', 'large_company', 'public_authority')"
            ),
            name=op.f("ck_exchange_participant_kind_known"),
        ),
        sa.CheckConstraint(
            ("state IN ('draft', 'submitted', 'changes_requested', 'validated', 'rejected', 'suspended', 'withdrawn')"),
            name=op.f("ck_exchange_participant_state_known"),
        ),
        sa.CheckConstraint("is_visitor OR is_host", name=op.f("ck_exchange_participant_takes_a_role")),
        sa.CheckConstraint("open_exchanges >= 0", name=op.f("ck_exchange_participant_open_exchanges_not_negative")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_exchange_participant_cluster_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_exchange_participant_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_exchange_participant_partnership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_participant")),
    )
    with op.batch_alter_table("exchange_participant", schema=None) as batch_op:
        batch_op.create_index("ix_exchange_participant_catalogue", ["round", "state", "id"], unique=False)
        batch_op.create_index("ix_exchange_participant_organisation_id", ["organisation_id", "id"], unique=False)
        batch_op.create_index("ix_exchange_participant_partnership_id", ["partnership_id", "id"], unique=False)
        batch_op.create_index(
            "uq_exchange_participant_organisation",
            ["round", "organisation_id"],
            unique=True,
            sqlite_where=sa.text("state NOT IN ('rejected', 'withdrawn')"),
            postgresql_where=sa.text("state NOT IN ('rejected', 'withdrawn')"),
        )


def _exchange_match() -> None:
    op.create_table(
        "exchange_match",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("visitor_id", schema.Identifier, nullable=False),
        sa.Column("host_id", schema.Identifier, nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answered_at", schema.Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("proposed_by IN ('visitor', 'host')", name=op.f("ck_exchange_match_proposed_by_known")),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'declined', 'expired', 'converted')",
            name=op.f("ck_exchange_match_state_known"),
        ),
        sa.CheckConstraint("visitor_id <> host_id", name=op.f("ck_exchange_match_two_sides")),
        sa.ForeignKeyConstraint(["host_id"], ["exchange_participant.id"], name=op.f("fk_exchange_match_host_id")),
        sa.ForeignKeyConstraint(["visitor_id"], ["exchange_participant.id"], name=op.f("fk_exchange_match_visitor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_match")),
    )
    with op.batch_alter_table("exchange_match", schema=None) as batch_op:
        batch_op.create_index("ix_exchange_match_host_id", ["host_id"], unique=False)
        batch_op.create_index(
            "uq_exchange_match_pair",
            ["visitor_id", "host_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('proposed', 'confirmed')"),
            postgresql_where=sa.text("state IN ('proposed', 'confirmed')"),
        )


def _exchange_grant() -> None:
    op.create_table(
        "exchange_grant",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("match_id", schema.Identifier, nullable=False),
        sa.Column("round", sa.String(length=40), nullable=False),
        sa.Column("visitor_id", schema.Identifier, nullable=False),
        sa.Column("host_id", schema.Identifier, nullable=False),
        sa.Column("visitor_organisation_id", schema.Identifier, nullable=False),
        sa.Column("host_organisation_id", schema.Identifier, nullable=False),
        sa.Column("visitor_partnership_id", schema.Identifier, nullable=False),
        sa.Column("host_partnership_id", schema.Identifier, nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("goals", sa.Text(), nullable=True),
        sa.Column("agenda", schema.JSON, nullable=False),
        sa.Column("overrides", schema.JSON, nullable=False),
        sa.Column("declared_km", sa.Double(), nullable=True),
        sa.Column("offered_cents", sa.Integer(), nullable=True),
        sa.Column("account", schema.JSON, nullable=True),
        sa.Column("calculation", schema.JSON, nullable=True),
        sa.Column("agreed_cents", sa.Integer(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("done_until", sa.Date(), nullable=True),
        sa.Column("payable_cents", sa.Integer(), nullable=True),
        sa.Column("validated_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "mode = 'physical' OR COALESCE(agreed_cents, 0) = 0", name=op.f("ck_exchange_grant_virtual_is_not_paid")
        ),
        sa.CheckConstraint("mode IN ('physical', 'virtual')", name=op.f("ck_exchange_grant_mode_known")),
        sa.CheckConstraint(
            "state IN ('building', 'agreed', 'validated', 'paid', 'closed', 'cancelled', 'aborted')",
            name=op.f("ck_exchange_grant_state_known"),
        ),
        sa.CheckConstraint(
            "payable_cents IS NULL OR payable_cents <= agreed_cents", name=op.f("ck_exchange_grant_paid_within_agreed")
        ),
        sa.ForeignKeyConstraint(["host_id"], ["exchange_participant.id"], name=op.f("fk_exchange_grant_host_id")),
        sa.ForeignKeyConstraint(
            ["host_organisation_id"], ["organisation.id"], name=op.f("fk_exchange_grant_host_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["host_partnership_id"], ["partnership.id"], name=op.f("fk_exchange_grant_host_partnership_id")
        ),
        sa.ForeignKeyConstraint(["match_id"], ["exchange_match.id"], name=op.f("fk_exchange_grant_match_id")),
        sa.ForeignKeyConstraint(["visitor_id"], ["exchange_participant.id"], name=op.f("fk_exchange_grant_visitor_id")),
        sa.ForeignKeyConstraint(
            ["visitor_organisation_id"], ["organisation.id"], name=op.f("fk_exchange_grant_visitor_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["visitor_partnership_id"], ["partnership.id"], name=op.f("fk_exchange_grant_visitor_partnership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_grant")),
        sa.UniqueConstraint("match_id", name=op.f("uq_exchange_grant_match_id")),
        sa.UniqueConstraint("number", name=op.f("uq_exchange_grant_number")),
    )
    with op.batch_alter_table("exchange_grant", schema=None) as batch_op:
        batch_op.create_index("ix_exchange_grant_host_organisation_id", ["host_organisation_id", "id"], unique=False)
        batch_op.create_index("ix_exchange_grant_host_partnership_id", ["host_partnership_id", "id"], unique=False)
        batch_op.create_index(
            "ix_exchange_grant_visitor_organisation_id", ["visitor_organisation_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_exchange_grant_visitor_partnership_id", ["visitor_partnership_id", "id"], unique=False
        )
        batch_op.create_index(
            "uq_exchange_grant_visit",
            ["visitor_organisation_id"],
            unique=True,
            sqlite_where=sa.text("mode = 'physical' AND state NOT IN ('cancelled', 'aborted')"),
            postgresql_where=sa.text("mode = 'physical' AND state NOT IN ('cancelled', 'aborted')"),
        )


def _exchange_proof() -> None:
    op.create_table(
        "exchange_proof",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("grant_id", schema.Identifier, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('boarding_pass', 'travel_invoice', 'accommodation_invoice', 'other')",
            name=op.f("ck_exchange_proof_kind_known"),
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["exchange_grant.id"], name=op.f("fk_exchange_proof_grant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_proof")),
        sa.UniqueConstraint("sha256", name="uq_exchange_proof_sha256"),
    )
    with op.batch_alter_table("exchange_proof", schema=None) as batch_op:
        batch_op.create_index("ix_exchange_proof_grant_id", ["grant_id", "id"], unique=False)


def _exchange_report() -> None:
    op.create_table(
        "exchange_report",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("grant_id", schema.Identifier, nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("done_until", sa.Date(), nullable=False),
        sa.Column("returned_because", sa.Text(), nullable=True),
        sa.Column("submitted_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("side IN ('visitor', 'host')", name=op.f("ck_exchange_report_side_known")),
        sa.ForeignKeyConstraint(["grant_id"], ["exchange_grant.id"], name=op.f("fk_exchange_report_grant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_report")),
    )
    with op.batch_alter_table("exchange_report", schema=None) as batch_op:
        batch_op.create_index("ix_exchange_report_grant_id", ["grant_id", "id"], unique=False)


def _exchange_signature() -> None:
    op.create_table(
        "exchange_signature",
        sa.Column("grant_id", schema.Identifier, nullable=False),
        sa.Column("document", sa.String(length=40), nullable=False),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("signed_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "document IN ('commitment_to_quality', 'financial_agreement')",
            name=op.f("ck_exchange_signature_document_known"),
        ),
        sa.CheckConstraint("party IN ('vo', 'ho', 'vop', 'hop')", name=op.f("ck_exchange_signature_party_known")),
        sa.ForeignKeyConstraint(["grant_id"], ["exchange_grant.id"], name=op.f("fk_exchange_signature_grant_id")),
        sa.PrimaryKeyConstraint("grant_id", "document", "party", "digest", name=op.f("pk_exchange_signature")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
