"""Calls, partnerships with what they agree and do, and the books of their budgets."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = (
    "programme_call",
    "call_application",
    "partnership",
    "budget",
    "call_applicant",
    "call_evaluation",
    "kpi_declaration",
    "partner",
    "partnership_activity",
    "partnership_agreement",
    "activity_attendee",
    "ledger_entry",
    "partnership_signature",
)

# A book is only written on: no entry is changed or removed, nor what was said and signed of an agreement. And no
# account but the one the money comes from goes below zero, whatever the code forgets.
KEPT = ("ledger_entry", "partnership_signature", "kpi_declaration", "call_evaluation")
HELD = """
    (SELECT COALESCE(SUM(CASE WHEN to_account = NEW.from_account THEN cents ELSE -cents END), 0) FROM ledger_entry
     WHERE partnership_id = NEW.partnership_id
       AND (to_account = NEW.from_account OR from_account = NEW.from_account)) < 0
"""
SQLITE = (
    *(
        f"""
        CREATE TRIGGER {table}_kept_{verb} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, '{table}_kept'); END
        """
        for table in KEPT
        for verb in ("UPDATE", "DELETE")
    ),
    f"""
    CREATE TRIGGER ledger_entry_covered AFTER INSERT ON ledger_entry
    WHEN NEW.from_account <> 'funding' AND {HELD}
    BEGIN SELECT RAISE(ABORT, 'account_below_zero'); END
    """,
)
POSTGRESQL = (
    *(
        f"""
        CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW
        EXECUTE FUNCTION row_is_kept('{table}_kept')
        """
        for table in KEPT
    ),
    f"""
    CREATE FUNCTION ledger_entry_covered() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {HELD} THEN
            RAISE EXCEPTION 'account_below_zero' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER ledger_entry_covered AFTER INSERT ON ledger_entry FOR EACH ROW
    WHEN (NEW.from_account <> 'funding') EXECUTE FUNCTION ledger_entry_covered()
    """,
)
FUNCTIONS = ("ledger_entry_covered",)


def upgrade() -> None:
    _programme_call()
    _call_application()
    _partnership()
    _budget()
    _call_applicant()
    _call_evaluation()
    _kpi_declaration()
    _partner()
    _partnership_activity()
    _partnership_agreement()
    _activity_attendee()
    _ledger_entry()
    _partnership_signature()
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def _programme_call() -> None:
    op.create_table(
        "programme_call",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=False),
        sa.Column("budget_cents", sa.BigInteger(), nullable=False),
        sa.Column("max_grant_cents", sa.BigInteger(), nullable=False),
        sa.Column("cofinancing_percent", sa.Integer(), nullable=False),
        sa.Column("fewest_entities", sa.Integer(), nullable=False),
        sa.Column("fewest_countries", sa.Integer(), nullable=False),
        sa.Column("needs_weaker_region", sa.Boolean(), nullable=False),
        sa.Column("fewest_months", sa.Integer(), nullable=False),
        sa.Column("most_months", sa.Integer(), nullable=False),
        sa.Column("label_level", sa.String(length=40), nullable=True),
        sa.Column("label_on", sa.Date(), nullable=True),
        sa.Column("labelled_partners", sa.Integer(), nullable=False),
        sa.Column("participation", sa.String(length=40), nullable=False),
        sa.Column("fewest_evaluations", sa.Integer(), nullable=False),
        sa.Column("documents", schema.JSON, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("award_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "label_level IN ('bronze', 'silver', 'gold')", name=op.f("ck_programme_call_label_level_known")
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'open', 'closed', 'evaluated', 'awarded')", name=op.f("ck_programme_call_state_known")
        ),
        sa.CheckConstraint(
            "0 <= max_grant_cents AND max_grant_cents <= budget_cents",
            name=op.f("ck_programme_call_grant_within_budget"),
        ),
        sa.CheckConstraint("opens_on <= deadline_on", name=op.f("ck_programme_call_opens_before_deadline")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_call")),
        sa.UniqueConstraint("code", name=op.f("uq_programme_call_code")),
    )


def _call_application() -> None:
    op.create_table(
        "call_application",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("call_id", schema.Identifier, nullable=False),
        sa.Column("organisation_id", schema.Identifier, nullable=False),
        sa.Column("acronym", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("requested_cents", sa.BigInteger(), nullable=False),
        sa.Column("ecosystems", sa.Text(), nullable=False),
        sa.Column("targets", schema.JSON, nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("is_eligible", sa.Boolean(), nullable=False),
        sa.Column("proof", schema.JSON, nullable=False),
        sa.Column("proof_digest", sa.String(length=64), nullable=False),
        sa.Column("grant_cents", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitted_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('submitted', 'withdrawn', 'funded', 'refused')", name=op.f("ck_call_application_state_known")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["programme_call.id"], name=op.f("fk_call_application_call_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_call_application_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_application")),
        sa.UniqueConstraint("number", name=op.f("uq_call_application_number")),
    )
    with op.batch_alter_table("call_application", schema=None) as batch_op:
        batch_op.create_index("ix_call_application_call_id", ["call_id", "id"], unique=False)
        batch_op.create_index("ix_call_application_organisation_id", ["organisation_id"], unique=False)


def _partnership() -> None:
    op.create_table(
        "partnership",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("acronym", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("call_code", sa.String(length=40), nullable=False),
        sa.Column("application_number", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", schema.Identifier, nullable=False),
        sa.Column("grant_cents", sa.BigInteger(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ecosystems", sa.Text(), nullable=False),
        sa.Column("targets", schema.JSON, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.Column("terminated_on", sa.Date(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("state IN ('preparing', 'active', 'terminated')", name=op.f("ck_partnership_state_known")),
        sa.CheckConstraint("begins_on <= ends_on", name=op.f("ck_partnership_begins_before_ends")),
        sa.CheckConstraint("grant_cents >= 0", name=op.f("ck_partnership_grant_not_negative")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_partnership_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership")),
        sa.UniqueConstraint("application_number", name=op.f("uq_partnership_application_number")),
    )
    with op.batch_alter_table("partnership", schema=None) as batch_op:
        batch_op.create_index("ix_partnership_call_code", ["call_code", "id"], unique=False)
        batch_op.create_index("ix_partnership_organisation_id", ["organisation_id", "id"], unique=False)


def _budget() -> None:
    op.create_table(
        "budget",
        sa.Column("partnership_id", schema.Identifier, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name=op.f("fk_budget_partnership_id")),
        sa.PrimaryKeyConstraint("partnership_id", name=op.f("pk_budget")),
    )


def _call_applicant() -> None:
    op.create_table(
        "call_applicant",
        sa.Column("application_id", schema.Identifier, nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.CheckConstraint("role IN ('coordinator', 'partner')", name=op.f("ck_call_applicant_role_known")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["call_application.id"], name=op.f("fk_call_applicant_application_id")
        ),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_call_applicant_cluster_id")),
        sa.PrimaryKeyConstraint("application_id", "cluster_id", name=op.f("pk_call_applicant")),
    )
    with op.batch_alter_table("call_applicant", schema=None) as batch_op:
        batch_op.create_index("ix_call_applicant_cluster_id", ["cluster_id"], unique=False)


def _call_evaluation() -> None:
    op.create_table(
        "call_evaluation",
        sa.Column("application_id", schema.Identifier, nullable=False),
        sa.Column("person_id", schema.Identifier, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("evaluated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("points >= 0 AND points <= 100", name=op.f("ck_call_evaluation_points_in_range")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["call_application.id"], name=op.f("fk_call_evaluation_application_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_call_evaluation_person_id")),
        sa.PrimaryKeyConstraint("application_id", "person_id", name=op.f("pk_call_evaluation")),
    )


def _kpi_declaration() -> None:
    op.create_table(
        "kpi_declaration",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("partnership_id", schema.Identifier, nullable=False),
        sa.Column("kpi", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("value >= 0", name=op.f("ck_kpi_declaration_value_not_negative")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name=op.f("fk_kpi_declaration_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_declaration")),
    )
    with op.batch_alter_table("kpi_declaration", schema=None) as batch_op:
        batch_op.create_index(
            "ix_kpi_declaration_partnership_id", ["partnership_id", "kpi", "reached_on"], unique=False
        )


def _partner() -> None:
    op.create_table(
        "partner",
        sa.Column("partnership_id", schema.Identifier, nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.CheckConstraint("role IN ('coordinator', 'partner')", name=op.f("ck_partner_role_known")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_partner_cluster_id")),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name=op.f("fk_partner_partnership_id")),
        sa.PrimaryKeyConstraint("partnership_id", "cluster_id", name=op.f("pk_partner")),
    )
    with op.batch_alter_table("partner", schema=None) as batch_op:
        batch_op.create_index("ix_partner_cluster_id", ["cluster_id"], unique=False)
        batch_op.create_index(
            "uq_partner_coordinator",
            ["partnership_id"],
            unique=True,
            sqlite_where=sa.text("role = 'coordinator' AND left_on IS NULL"),
            postgresql_where=sa.text("role = 'coordinator' AND left_on IS NULL"),
        )


def _partnership_activity() -> None:
    op.create_table(
        "partnership_activity",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("partnership_id", schema.Identifier, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=True),
        sa.Column("results", sa.Text(), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            (
                "kind IN ('benchmarking', 'training', 'mentoring', 'coaching', 'learning_event', "
                "'study_visit', 'matchmaking', 'cluster_strategy', 'joint_strategy', 'consultation', "
                "'event')"
            ),
            name=op.f("ck_partnership_activity_kind_known"),
        ),
        sa.CheckConstraint("begins_on <= ends_on", name=op.f("ck_partnership_activity_begins_before_ends")),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_partnership_activity_partnership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership_activity")),
    )
    with op.batch_alter_table("partnership_activity", schema=None) as batch_op:
        batch_op.create_index("ix_partnership_activity_partnership_id", ["partnership_id", "id"], unique=False)


def _partnership_agreement() -> None:
    op.create_table(
        "partnership_agreement",
        sa.Column("partnership_id", schema.Identifier, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("in_force_at", schema.Instant(), nullable=True),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_partnership_agreement_partnership_id")
        ),
        sa.PrimaryKeyConstraint("partnership_id", "number", name=op.f("pk_partnership_agreement")),
    )


def _activity_attendee() -> None:
    op.create_table(
        "activity_attendee",
        sa.Column("activity_id", schema.Identifier, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.CheckConstraint("kind IN ('sme', 'organisation', 'manager')", name=op.f("ck_activity_attendee_kind_known")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["partnership_activity.id"], name=op.f("fk_activity_attendee_activity_id")
        ),
        sa.PrimaryKeyConstraint("activity_id", "kind", "key", name=op.f("pk_activity_attendee")),
    )


def _ledger_entry() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("partnership_id", schema.Identifier, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("from_account", sa.String(length=40), nullable=False),
        sa.Column("to_account", sa.String(length=40), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", schema.Identifier, nullable=True),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            (
                "(kind = 'set' AND from_account = 'funding' AND to_account = 'available') OR (kind = "
                "'cut' AND from_account = 'available' AND to_account = 'funding') OR (kind = 'reserve' "
                "AND from_account = 'available' AND to_account = 'reserved') OR (kind = 'release' AND "
                "from_account = 'reserved' AND to_account = 'available') OR (kind = 'become_due' AND "
                "from_account = 'reserved' AND to_account = 'due') OR (kind = 'order' AND from_account "
                "= 'due' AND to_account = 'ordered') OR (kind = 'fail' AND from_account = 'ordered' "
                "AND to_account = 'due') OR (kind = 'pay' AND from_account = 'ordered' AND to_account "
                "= 'paid') OR (kind = 'return' AND from_account = 'paid' AND to_account = 'due') OR "
                "(kind = 'recover' AND from_account = 'paid' AND to_account = 'recovered')"
            ),
            name=op.f("ck_ledger_entry_legs_fit"),
        ),
        sa.CheckConstraint(
            ("from_account IN ('funding', 'available', 'reserved', 'due', 'ordered', 'paid', 'recovered')"),
            name=op.f("ck_ledger_entry_from_account_known"),
        ),
        sa.CheckConstraint(
            ("kind IN ('set', 'cut', 'reserve', 'release', 'become_due', 'order', 'fail', 'pay', 'return', 'recover')"),
            name=op.f("ck_ledger_entry_kind_known"),
        ),
        sa.CheckConstraint(
            "to_account IN ('funding', 'available', 'reserved', 'due', 'ordered', 'paid', 'recovered')",
            name=op.f("ck_ledger_entry_to_account_known"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_ledger_entry_cents_positive")),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["budget.partnership_id"], name=op.f("fk_ledger_entry_partnership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("partnership_id", "number", name="uq_ledger_entry_number"),
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_entry_subject_id", ["subject_id", "number"], unique=False)


def _partnership_signature() -> None:
    op.create_table(
        "partnership_signature",
        sa.Column("partnership_id", schema.Identifier, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("signed_at", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_partnership_signature_cluster_id")),
        sa.ForeignKeyConstraint(
            ["partnership_id", "number"],
            ["partnership_agreement.partnership_id", "partnership_agreement.number"],
            name="fk_partnership_signature_agreement",
        ),
        sa.PrimaryKeyConstraint("partnership_id", "number", "cluster_id", name=op.f("pk_partnership_signature")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for name in FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}()")
