"""Cases with assignments, evidence, sheets and reports, and the triggers that keep what is bound and what is sealed."""

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OPEN = sa.text("state NOT IN ('ineligible', 'granted', 'refused', 'withdrawn', 'expired')")
OUT = "('declined_by_expert', 'conflict', 'rejected_by_cluster', 'replaced')"
LIVE = sa.text(f"state NOT IN {OUT}")
SCORES = sa.text(f"role IN ('lead', 'second', 'auditor') AND state NOT IN {OUT}")
KEPT = sa.text("state NOT IN ('refused', 'removed')")

# A case keeps its cluster, level, kind, documents and price for its whole life.
BOUND = ("id", "number", "cluster_id", "level", "kind", "mode", "binding", "price_cents", "previous_valid_until")
# Once the report is sealed nothing is added to, changed in or taken from what it is made of.
PARTS = ("score_sheet", "evidence")


def sealed(row: str) -> str:
    report = "SELECT 1 FROM assessment_report"
    return f"EXISTS ({report} WHERE assessment_id = {row}.assessment_id)"


def sqlite_triggers() -> list[str]:
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in BOUND)
    found = [
        f"""
        CREATE TRIGGER assessment_bound BEFORE UPDATE ON assessment WHEN {changed}
        BEGIN SELECT RAISE(ABORT, 'assessment_bound'); END
        """
    ]
    found += [
        f"""
        CREATE TRIGGER assessment_report_{verb.lower()} BEFORE {verb} ON assessment_report
        BEGIN SELECT RAISE(ABORT, 'report_sealed'); END
        """
        for verb in ("UPDATE", "DELETE")
    ]
    found += [
        f"""
        CREATE TRIGGER {part}_{verb.lower()} BEFORE {verb} ON {part} WHEN {sealed(row)}
        BEGIN SELECT RAISE(ABORT, 'report_sealed'); END
        """
        for part in PARTS
        for verb, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD"))
    ]
    # What a file is never changes, sealed or not: another content is another file.
    return [
        *found,
        """
        CREATE TRIGGER evidence_content BEFORE UPDATE ON evidence
        WHEN NEW.sha256 IS NOT OLD.sha256 OR NEW.size IS NOT OLD.size OR NEW.assessment_id IS NOT OLD.assessment_id
        BEGIN SELECT RAISE(ABORT, 'report_sealed'); END
        """,
    ]


def postgresql_triggers() -> list[str]:
    changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in BOUND)
    refusing = [
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation'; END $$
        """
        for name in ("assessment_bound", "report_sealed")
    ]
    asking = f"""
        CREATE FUNCTION assessed_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' AND {sealed("OLD")} OR TG_OP = 'INSERT' AND {sealed("NEW")} THEN
                RAISE EXCEPTION 'report_sealed' USING ERRCODE = 'check_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$
        """
    return [
        *refusing,
        asking,
        f"""
        CREATE TRIGGER assessment_bound BEFORE UPDATE ON assessment FOR EACH ROW WHEN ({changed})
        EXECUTE FUNCTION assessment_bound()
        """,
        """
        CREATE TRIGGER assessment_report_kept BEFORE UPDATE OR DELETE ON assessment_report FOR EACH ROW
        EXECUTE FUNCTION report_sealed()
        """,
        """
        CREATE TRIGGER evidence_content BEFORE UPDATE ON evidence FOR EACH ROW
        WHEN (NEW.sha256 <> OLD.sha256 OR NEW.size <> OLD.size OR NEW.assessment_id <> OLD.assessment_id)
        EXECUTE FUNCTION report_sealed()
        """,
        *(
            f"""
            CREATE TRIGGER {part}_kept BEFORE INSERT OR UPDATE OR DELETE ON {part} FOR EACH ROW
            EXECUTE FUNCTION assessed_sealed()
            """
            for part in PARTS
        ),
    ]


def upgrade() -> None:
    op.create_table(
        "assessment_series",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_assessment_series")),
    )
    op.create_table(
        "assessment",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("cluster_id", schema.Identifier, nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_since", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("binding", schema.JSON, nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("previous_valid_until", sa.Date(), nullable=True),
        sa.Column("first_benchmark_on", sa.Date(), nullable=True),
        sa.Column("second_benchmark_on", sa.Date(), nullable=True),
        sa.Column("checklist", schema.JSON, nullable=False),
        sa.Column("waivers", schema.JSON, nullable=False),
        sa.Column("contract_reference", sa.String(length=120), nullable=True),
        sa.Column("contracted_on", sa.Date(), nullable=True),
        sa.Column("visit_dates", sa.Text(), nullable=False),
        sa.Column("visit_place", sa.String(length=300), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('first', 'renewal')", name=op.f("ck_assessment_kind_known")),
        sa.CheckConstraint("level IN ('bronze', 'silver', 'gold')", name=op.f("ck_assessment_level_known")),
        sa.CheckConstraint("mode IN ('on_site', 'video')", name=op.f("ck_assessment_mode_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'incomplete', 'eligible', 'ineligible', 'contracted', "
            "'in_preparation', 'scheduled', 'assessed', 'reported', 'in_decision', 'granted', "
            "'refused', 'deferred', 'withdrawn', 'expired')",
            name=op.f("ck_assessment_state_known"),
        ),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_assessment_cluster_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("number", name=op.f("uq_assessment_number")),
    )
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.create_index("ix_assessment_cluster_id", ["cluster_id", "id"], unique=False)
        batch_op.create_index("ix_assessment_state", ["state", "id"], unique=False)
        batch_op.create_index(
            "uq_assessment_open",
            ["cluster_id", "level"],
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )

    op.create_table(
        "assessment_report",
        sa.Column("assessment_id", schema.Identifier, nullable=False),
        sa.Column("document", schema.JSON, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", schema.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_assessment_report_assessment_id")),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_assessment_report")),
    )
    op.create_table(
        "assignment",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("assessment_id", schema.Identifier, nullable=False),
        sa.Column("person_id", schema.Identifier, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("waiver", sa.Text(), nullable=True),
        sa.Column("declared_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "role IN ('lead', 'second', 'auditor', 'trainee', 'observer')", name=op.f("ck_assignment_role_known")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'declined_by_expert', 'conflict', 'accepted_by_expert', "
            "'rejected_by_cluster', 'agreed_by_cluster', 'active', 'done', 'replaced')",
            name=op.f("ck_assignment_state_known"),
        ),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_assignment_assessment_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_assignment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_person_id", ["person_id", "assessment_id"], unique=False)
        batch_op.create_index(
            "uq_assignment_person",
            ["assessment_id", "person_id"],
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        )
        batch_op.create_index(
            "uq_assignment_role",
            ["assessment_id", "role"],
            unique=True,
            sqlite_where=SCORES,
            postgresql_where=SCORES,
        )

    op.create_table(
        "evidence",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("assessment_id", schema.Identifier, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("checked_at", schema.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('quarantined', 'released', 'refused', 'removed')", name=op.f("ck_evidence_state_known")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_evidence_not_empty")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_evidence_assessment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_assessment_id", ["assessment_id", "id"], unique=False)
        batch_op.create_index("ix_evidence_state", ["state", "id"], unique=False)
        batch_op.create_index(
            "uq_evidence_content",
            ["assessment_id", "sha256"],
            unique=True,
            sqlite_where=KEPT,
            postgresql_where=KEPT,
        )

    op.create_table(
        "score_sheet",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("assessment_id", schema.Identifier, nullable=False),
        sa.Column("slot", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("assignment_id", schema.Identifier, nullable=True),
        sa.Column("answers", schema.JSON, nullable=False),
        sa.Column("comments", schema.JSON, nullable=False),
        sa.Column("evidence", schema.JSON, nullable=False),
        sa.Column("improvements", schema.JSON, nullable=False),
        sa.Column("points", schema.JSON, nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("handed_in_at", schema.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'scores') = (assignment_id IS NOT NULL)", name=op.f("ck_score_sheet_scores_have_an_assessor")
        ),
        sa.CheckConstraint(
            "kind IN ('self_assessment', 'scores', 'consensus')", name=op.f("ck_score_sheet_kind_known")
        ),
        sa.CheckConstraint("handed_in_at IS NULL OR total IS NOT NULL", name=op.f("ck_score_sheet_handed_in_whole")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_score_sheet_assessment_id")),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_score_sheet_assignment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_sheet")),
        sa.UniqueConstraint("assessment_id", "slot", name="uq_score_sheet_assessment_id_slot"),
    )
    for statement in sqlite_triggers() if op.get_bind().dialect.name == "sqlite" else postgresql_triggers():
        op.execute(statement)


def downgrade() -> None:
    for table in ("score_sheet", "evidence", "assessment_report", "assignment", "assessment", "assessment_series"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for name in ("assessment_bound", "report_sealed", "assessed_sealed"):
            op.execute(f"DROP FUNCTION {name}()")
