"""Who takes part: organisations, people, machine clients, keys; whose a cluster and a job is."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("closed_at", schema.Instant(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_index("ix_organisation_name", "organisation", ["name", "id"])

    op.create_table(
        "person",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("name", sa.String(length=300), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("erased_at", schema.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "revoked_token",
        sa.Column("jti", sa.String(length=64), nullable=False),
        sa.Column("client_id", schema.Identifier, nullable=False),
        sa.Column("revoked_at", schema.Instant(), nullable=False),
        sa.Column("expires_at", schema.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_revoked_token")),
    )
    op.create_index(op.f("ix_revoked_token_expires_at"), "revoked_token", ["expires_at"])

    op.create_table(
        "signing_key",
        sa.Column("kid", schema.Identifier, nullable=False),
        sa.Column("public", schema.JSON, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("signs_from", schema.Instant(), nullable=False),
        sa.Column("signs_until", schema.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "used_assertion",
        sa.Column("client_id", schema.Identifier, nullable=False),
        sa.Column("jti", sa.String(length=255), nullable=False),
        sa.Column("expires_at", schema.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "jti", name=op.f("pk_used_assertion")),
    )
    op.create_index(op.f("ix_used_assertion_expires_at"), "used_assertion", ["expires_at"])

    op.create_table(
        "account",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("person_id", schema.Identifier, nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("issuer", "subject", name="uq_account_subject"),
    )
    op.create_index(op.f("ix_account_person_id"), "account", ["person_id"])

    op.create_table(
        "client",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("organisation_id", schema.Identifier, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("jwks_uri", sa.String(length=500), nullable=True),
        sa.Column("disabled_at", schema.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("standing IN ('owner', 'editor', 'reader')", name=op.f("ck_client_standing_known")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_client_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
    )
    op.create_index("ix_client_organisation_id", "client", ["organisation_id", "id"])

    op.create_table(
        "invitation",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("organisation_id", schema.Identifier, nullable=False),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("expires_at", schema.Instant(), nullable=False),
        sa.Column("revoked_at", schema.Instant(), nullable=True),
        sa.Column("accepted_at", schema.Instant(), nullable=True),
        sa.Column("person_id", schema.Identifier, nullable=True),
        sa.CheckConstraint("standing IN ('owner', 'editor', 'reader')", name=op.f("ck_invitation_standing_known")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invitation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitation_public_id")),
    )
    op.create_index(op.f("ix_invitation_organisation_id"), "invitation", ["organisation_id"])

    op.create_table(
        "membership",
        sa.Column("organisation_id", schema.Identifier, nullable=False),
        sa.Column("person_id", schema.Identifier, nullable=False),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("standing IN ('owner', 'editor', 'reader')", name=op.f("ck_membership_standing_known")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("organisation_id", "person_id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_person_id"), "membership", ["person_id"])

    op.create_table(
        "credential",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("client_id", schema.Identifier, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("public_id", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("jwk", schema.JSON, nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=True),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("expires_at", schema.Instant(), nullable=False),
        sa.Column("revoked_at", schema.Instant(), nullable=True),
        sa.Column("last_used_at", schema.Instant(), nullable=True),
        sa.CheckConstraint("kind IN ('api_key', 'client_secret', 'public_key')", name=op.f("ck_credential_kind_known")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_credential_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("public_id", name=op.f("uq_credential_public_id")),
    )
    op.create_index(op.f("ix_credential_client_id"), "credential", ["client_id"])

    op.add_column("cluster", sa.Column("owner_id", schema.Identifier, nullable=True))
    op.create_index(op.f("ix_cluster_owner_id"), "cluster", ["owner_id"])
    op.add_column("job", sa.Column("organisation_id", schema.Identifier, nullable=True))
    op.create_index(op.f("ix_job_organisation_id"), "job", ["organisation_id"])
    op.add_column("cluster_identifier", sa.Column("is_shown", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE cluster_identifier SET is_shown = true WHERE cluster_id IN "
        "(SELECT id FROM cluster WHERE profile_state IN ('published', 'archived'))"
    )
    with op.batch_alter_table("cluster_identifier") as table:
        table.alter_column("is_shown", server_default=None)
        table.drop_constraint("uq_cluster_identifier_value", type_="unique")
    op.create_index("ix_cluster_identifier_value", "cluster_identifier", ["registry_code", "value"])
    op.create_index(
        "uq_cluster_identifier_shown",
        "cluster_identifier",
        ["registry_code", "value"],
        unique=True,
        sqlite_where=sa.text("is_shown"),
        postgresql_where=sa.text("is_shown"),
    )


def downgrade() -> None:
    op.drop_index("uq_cluster_identifier_shown", "cluster_identifier")
    op.drop_index("ix_cluster_identifier_value", "cluster_identifier")
    with op.batch_alter_table("cluster_identifier") as table:
        table.drop_column("is_shown")
        table.create_unique_constraint("uq_cluster_identifier_value", ["registry_code", "value"])
    op.drop_index(op.f("ix_job_organisation_id"), "job")
    op.drop_column("job", "organisation_id")
    op.drop_index(op.f("ix_cluster_owner_id"), "cluster")
    op.drop_column("cluster", "owner_id")
    for table_name in (
        "credential",
        "membership",
        "invitation",
        "client",
        "account",
        "used_assertion",
        "signing_key",
        "revoked_token",
        "person",
        "organisation",
    ):
        op.drop_table(table_name)
