"""Methodologies, and the trigger that seals what is published."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SEALED = "OLD.state IN ('published', 'retired')"
KEPT = ("id", "code", "version", "kind", "applies_from", "document", "digest")

# A retired version stays as it is; a published one can only be retired.
SQLITE = (
    f"""
    CREATE TRIGGER methodology_sealed BEFORE UPDATE ON methodology
    WHEN {SEALED} AND (
        {" OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in KEPT)}
        OR OLD.state = 'retired' OR NEW.state NOT IN ('published', 'retired')
    )
    BEGIN SELECT RAISE(ABORT, 'methodology_sealed'); END
    """,
    f"""
    CREATE TRIGGER methodology_kept BEFORE DELETE ON methodology WHEN {SEALED}
    BEGIN SELECT RAISE(ABORT, 'methodology_sealed'); END
    """,
)
POSTGRESQL = (
    """
    CREATE FUNCTION methodology_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'methodology_sealed' USING ERRCODE = 'check_violation'; END $$
    """,
    f"""
    CREATE TRIGGER methodology_sealed BEFORE UPDATE ON methodology FOR EACH ROW
    WHEN ({SEALED} AND (
        {" OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in KEPT)}
        OR OLD.state = 'retired' OR NEW.state NOT IN ('published', 'retired')
    ))
    EXECUTE FUNCTION methodology_sealed()
    """,
    f"""
    CREATE TRIGGER methodology_kept BEFORE DELETE ON methodology FOR EACH ROW WHEN ({SEALED})
    EXECUTE FUNCTION methodology_sealed()
    """,
)


def upgrade() -> None:
    op.create_table(
        "methodology",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("applies_from", sa.Date(), nullable=True),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("retirement_reason", sa.Text(), nullable=True),
        sa.Column("document", schema.JSON, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('indicator_set', 'questionnaire', 'eligibility_set', 'rule_set', 'price_list')",
            name=op.f("ck_methodology_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'in_consultation', 'published', 'retired')", name=op.f("ck_methodology_state_known")
        ),
        sa.CheckConstraint(
            "state NOT IN ('published', 'retired') OR (digest IS NOT NULL AND applies_from IS NOT NULL)",
            name=op.f("ck_methodology_sealed_when_published"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_methodology")),
        sa.UniqueConstraint("code", "version", name="uq_methodology_code_version"),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("methodology")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION methodology_sealed()")
