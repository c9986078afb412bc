"""Bronze cases with their interviews, conditions of a deferral that are met, and days of what is complained about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATES = (
    "draft", "submitted", "incomplete", "eligible", "ineligible", "contracted", "in_preparation", "scheduled",
    "interviewed", "assessed", "reported", "in_decision", "granted", "refused", "deferred", "withdrawn", "expired",
)  # fmt: skip
ROLES = ("benchmarking", "lead", "second", "auditor", "trainee", "observer")
# What a column may hold from now on, and what of it is new.
WIDENED = (
    ("assessment", "state", STATES, "interviewed"),
    ("assessment", "shown_state", STATES, "interviewed"),
    ("assignment", "role", ROLES, "benchmarking"),
)
OUT = "('declined_by_expert', 'conflict', 'rejected_by_cluster', 'replaced')"
SEALED = "EXISTS (SELECT 1 FROM assessment_report WHERE assessment_id = {row}.assessment_id)"


@dataclass(frozen=True)
class Guard:
    """A condition under which the database refuses a change, and the word with which it does."""

    name: str
    table: str
    verb: str
    condition: str
    refusal: str


GUARDS = (
    # What the report is made of does not change any more (invariant 16).
    *(
        Guard(f"interview_{verb.lower()}", "interview", verb, SEALED.format(row=row), "report_sealed")
        for verb, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD"))
    ),
    # Bronze rests on a released benchmark with its expert, and a recommendation (invariant 7).
    Guard(
        "assessment_bronze",
        "assessment",
        "UPDATE",
        """NEW.state <> OLD.state AND NEW.state = 'granted' AND NEW.level = 'bronze' AND NOT EXISTS (
            SELECT 1 FROM interview i JOIN benchmark b ON b.id = i.benchmark_id
            WHERE i.assessment_id = NEW.id AND i.recommends IS NOT NULL AND b.cluster_id = NEW.cluster_id
            AND b.state = 'released' AND b.expert_id IS NOT NULL
        )""",
        "bronze_without_benchmark",
    ),
    # Of a deferral, and of nothing else, it is said once that its conditions are met.
    Guard(
        "decision_conditions_new",
        "decision",
        "INSERT",
        "NEW.conditions_met_on IS NOT NULL OR NEW.conditions_met_how IS NOT NULL",
        "decision_sealed",
    ),
    Guard(
        "decision_conditions",
        "decision",
        "UPDATE",
        "(NEW.conditions_met_on <!> OLD.conditions_met_on OR NEW.conditions_met_how <!> OLD.conditions_met_how)"
        " AND (OLD.conditions_met_on IS NOT NULL OR OLD.state <> 'deferred' OR NEW.conditions_met_on IS NULL"
        " OR NEW.conditions_met_how IS NULL)",
        "decision_sealed",
    ),
)


def sqlite(guard: Guard) -> list[str]:
    return [
        f"""
        CREATE TRIGGER {guard.name} BEFORE {guard.verb} ON {guard.table}
        WHEN {guard.condition.replace("<!>", "IS NOT")}
        BEGIN SELECT RAISE(ABORT, '{guard.refusal}'); END
        """
    ]


def postgresql(guard: Guard) -> list[str]:
    row = "OLD" if guard.verb == "DELETE" else "NEW"
    return [
        f"""
        CREATE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {guard.condition.replace("<!>", "IS DISTINCT FROM")} THEN
                RAISE EXCEPTION '{guard.refusal}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN {row};
        END $$
        """,
        f"""
        CREATE TRIGGER {guard.name} BEFORE {guard.verb} ON {guard.table} FOR EACH ROW
        EXECUTE FUNCTION {guard.name}()
        """,
    ]


def upgrade() -> None:
    for table, column, values, new in WIDENED:
        _set_known(table, column, [one for one in values if one != new], values)
    _one_each("'benchmarking', 'lead', 'second', 'auditor'")
    op.add_column("decision", sa.Column("conditions_met_on", sa.Date(), nullable=True))
    op.add_column("decision", sa.Column("conditions_met_how", sa.Text(), nullable=True))
    op.add_column("complaint", sa.Column("happened_on", sa.Date(), nullable=True))
    op.create_table(
        "interview",
        sa.Column("assessment_id", schema.Identifier, nullable=False),
        sa.Column("benchmark_id", schema.Identifier, nullable=False),
        sa.Column("checklist", schema.JSON, nullable=False),
        sa.Column("recommends", sa.Boolean(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.Column("found_on", sa.Date(), nullable=True),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "(found_on IS NULL) = (recommends IS NULL)", name=op.f("ck_interview_found_with_recommendation")
        ),
        sa.CheckConstraint("(found_on IS NULL) = (reasons IS NULL)", name=op.f("ck_interview_found_with_reasons")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_interview_assessment_id")),
        sa.ForeignKeyConstraint(["benchmark_id"], ["benchmark.id"], name=op.f("fk_interview_benchmark_id")),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_interview")),
        sa.UniqueConstraint("benchmark_id", name="uq_interview_benchmark_id"),
    )
    spelt = sqlite if _is_sqlite() else postgresql
    _execute(statement for guard in GUARDS for statement in spelt(guard))


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _execute(statements: Iterable[str]) -> None:
    for statement in statements:
        op.execute(statement)


def _set_known(table: str, column: str, before: Sequence[str], after: Sequence[str]) -> None:
    """Change the values that a column may have.

    SQLite cannot alter a CHECK, and a table to which others refer cannot be made anew inside a transaction. Its manual
    (lang_altertable, 7) describes the way taken here for constraints that change nothing of what is stored.
    """
    name, connection = f"ck_{table}_{column}_known", op.get_bind()
    if not _is_sqlite():
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, _known(column, after))
        return
    # With its bracket, so that a column whose name ends alike is not meant.
    wanted = {"name": table, "before": f"({_known(column, before)}", "after": f"({_known(column, after)}"}
    version = int(connection.scalar(sa.text("PRAGMA schema_version")) or 0)
    op.execute("PRAGMA writable_schema = ON")
    changed = sa.text(
        "UPDATE sqlite_schema SET sql = replace(sql, :before, :after)"
        " WHERE type = 'table' AND name = :name AND instr(sql, :before) > 0"
    )
    if connection.execute(changed, wanted).rowcount != 1:
        raise RuntimeError(f"The values of {table}.{column} are not those that were expected.")
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")


def _known(column: str, values: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _one_each(roles: str) -> None:
    where = sa.text(f"role IN ({roles}) AND state NOT IN {OUT}")
    op.drop_index("uq_assignment_role", "assignment")
    op.create_index(
        "uq_assignment_role",
        "assignment",
        ["assessment_id", "role"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    for guard in GUARDS:
        op.execute(f"DROP TRIGGER {guard.name}" + ("" if _is_sqlite() else f" ON {guard.table}"))
        if not _is_sqlite():
            op.execute(f"DROP FUNCTION {guard.name}()")
    op.drop_table("interview")
    op.drop_column("complaint", "happened_on")
    op.drop_column("decision", "conditions_met_how")
    op.drop_column("decision", "conditions_met_on")
    _one_each("'lead', 'second', 'auditor'")
    for table, column, values, new in WIDENED:
        _set_known(table, column, values, [one for one in values if one != new])
