"""Decisions, votes and appeals, with the triggers that keep who takes part and what a decision rests on."""

from dataclasses import dataclass

import sqlalchemy as sa
from alembic import op

from cluster_api.foundation import schema

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BOUND = (
    "id", "number", "assessment_id", "serial", "kind", "previous_id", "body", "report_digest", "inputs",
    "inputs_digest", "engine", "rounding", "result", "result_digest", "passes", "voting", "created_at",
)  # fmt: skip
CONCLUDED = (
    "state",
    "chair_id",
    "meeting_on",
    "reasons",
    "conditions",
    "deferred_until",
    "label_id",
    "concluded_at",
)


def changed(*names: str) -> str:
    # Of the two ways to compare with NULL each database knows one: see spelt().
    return "(" + " OR ".join(f"NEW.{name} <!> OLD.{name}" for name in names) + ")"


def barred(case: str, person: str) -> str:
    """Who is or was assigned, has an interest in the cluster, belongs to or works for its organisation."""
    of_case = "FROM assessment s JOIN cluster c ON c.id = s.cluster_id"
    return f"""(
        EXISTS (SELECT 1 FROM assignment x WHERE x.assessment_id = {case} AND x.person_id = {person})
        OR EXISTS (SELECT 1 {of_case} JOIN membership m ON m.organisation_id = c.owner_id
            WHERE s.id = {case} AND m.person_id = {person})
        OR EXISTS (SELECT 1 {of_case} JOIN assessor_interest i
            ON i.cluster_id = c.id OR i.organisation_id = c.owner_id
            WHERE s.id = {case} AND i.person_id = {person} AND i.withdrawn_at IS NULL)
        OR EXISTS (SELECT 1 {of_case} JOIN assessor_employment e ON e.organisation_id = c.owner_id
            WHERE s.id = {case} AND e.person_id = {person})
    )"""


def decided(case: str, person: str) -> str:
    """Who took part in what is appealed against."""
    return f"""EXISTS (
        SELECT 1 FROM decision f WHERE f.assessment_id = {case} AND f.previous_id IS NULL AND (
            f.chair_id = {person} OR EXISTS (
                SELECT 1 FROM decision_vote w
                WHERE w.decision_id = f.id AND w.person_id = {person} AND w.choice <> 'recused'
            )
        )
    )"""


def out(case: str, previous: str, person: str) -> str:
    return f"({barred(case, person)} OR ({previous} IS NOT NULL AND {decided(case, person)}))"


def decision_of(vote: str, condition: str) -> str:
    return f"EXISTS (SELECT 1 FROM decision d WHERE d.id = {vote}.decision_id AND {condition})"


VOTES = "SELECT count(*) FROM decision_vote v WHERE v.decision_id = NEW.id AND v.choice"
CHOSEN = "CASE NEW.state WHEN 'granted' THEN 'grant' WHEN 'refused' THEN 'refuse' ELSE 'defer' END"
CONCLUDES = "OLD.state = 'open' AND NEW.state <> 'open'"


@dataclass(frozen=True)
class Guard:
    """A condition under which the database refuses a change, and the word with which it does."""

    name: str
    table: str
    verb: str
    condition: str
    refusal: str


GUARDS = (
    # A decision is about a reported case, and begins open (invariant 20).
    Guard("decision_begins", "decision", "INSERT", "NEW.state <> 'open' OR NEW.is_final", "decision_sealed"),
    Guard(
        "decision_reported",
        "decision",
        "INSERT",
        """NOT EXISTS (
            SELECT 1 FROM assessment_report r JOIN assessment s ON s.id = r.assessment_id
            WHERE s.id = NEW.assessment_id AND r.digest = NEW.report_digest
            AND (s.state = 'in_decision' OR (s.state = 'refused' AND NEW.previous_id IS NOT NULL))
        )""",
        "decision_without_report",
    ),
    Guard(
        "decision_chair",
        "decision",
        "INSERT",
        out("NEW.assessment_id", "NEW.previous_id", "NEW.chair_id"),
        "voter_barred",
    ),
    # What it rests on never changes, and once it is concluded nothing but that it was told and that it gave way.
    Guard("decision_bound", "decision", "UPDATE", changed(*BOUND), "decision_sealed"),
    Guard(
        "decision_kept",
        "decision",
        "UPDATE",
        f"(OLD.state <> 'open' AND ({changed(*CONCLUDED)} OR (NEW.is_final AND NOT OLD.is_final)"
        " OR (OLD.notified_on IS NOT NULL AND NEW.notified_on <!> OLD.notified_on)))"
        f" OR (OLD.state = 'open' AND NEW.is_final <!> (NEW.state IN ('granted', 'refused')))",
        "decision_sealed",
    ),
    Guard("decision_deleted", "decision", "DELETE", "1 = 1", "decision_sealed"),
    # The outcome follows the votes: no fewer than half of those that count, whatever the rule adds (invariant 19).
    Guard(
        "decision_voted",
        "decision",
        "UPDATE",
        f"{CONCLUDES} AND (({VOTES} = {CHOSEN}) = 0"
        f" OR 2 * ({VOTES} = {CHOSEN}) < ({VOTES} IN ('grant', 'refuse', 'defer')))",
        "decision_without_votes",
    ),
    Guard(
        "decision_deciders",
        "decision",
        "UPDATE",
        f"({CONCLUDES} OR NEW.chair_id <> OLD.chair_id) AND ("
        + out("NEW.assessment_id", "NEW.previous_id", "NEW.chair_id")
        + " OR EXISTS (SELECT 1 FROM decision_vote v WHERE v.decision_id = NEW.id AND v.choice <> 'recused' AND "
        f"{CONCLUDES} AND " + out("NEW.assessment_id", "NEW.previous_id", "v.person_id") + "))",
        "voter_barred",
    ),
    # Nobody who had a hand in the case or belongs to the applicant votes (invariants 18 to 20).
    *(
        Guard(
            f"vote_barred_{verb.lower()}",
            "decision_vote",
            verb,
            "NEW.choice <> 'recused' AND "
            + decision_of("NEW", out("d.assessment_id", "d.previous_id", "NEW.person_id")),
            "voter_barred",
        )
        for verb in ("INSERT", "UPDATE")
    ),
    Guard("vote_late", "decision_vote", "INSERT", decision_of("NEW", "d.state <> 'open'"), "decision_sealed"),
    # A vote is cast once, and afterwards only recused while the decision is open; its reason can be erased.
    Guard(
        "vote_kept",
        "decision_vote",
        "UPDATE",
        "NEW.decision_id <> OLD.decision_id OR NEW.person_id <> OLD.person_id"
        " OR (NEW.choice <> OLD.choice AND (NEW.choice <> 'recused' OR "
        + decision_of("OLD", "d.state <> 'open'")
        + ")) OR (NEW.reason IS NOT NULL AND NEW.reason <!> OLD.reason AND "
        + decision_of("OLD", "d.state <> 'open'")
        + ")",
        "decision_sealed",
    ),
    Guard("vote_deleted", "decision_vote", "DELETE", "1 = 1", "decision_sealed"),
    # The other way round: who decides is not assigned, and nobody is taken out of a case that is decided about.
    *(
        Guard(
            f"assignment_decider_{verb.lower()}",
            "assignment",
            verb,
            """EXISTS (
                SELECT 1 FROM decision d WHERE d.assessment_id = NEW.assessment_id AND (
                    d.chair_id = NEW.person_id OR EXISTS (
                        SELECT 1 FROM decision_vote v
                        WHERE v.decision_id = d.id AND v.person_id = NEW.person_id AND v.choice <> 'recused'
                    )
                )
            )""",
            "voter_barred",
        )
        for verb in ("INSERT", "UPDATE")
    ),
    Guard(
        "assignment_deleted",
        "assignment",
        "DELETE",
        "EXISTS (SELECT 1 FROM decision d WHERE d.assessment_id = OLD.assessment_id)",
        "decision_sealed",
    ),
    Guard(
        "assignment_moved",
        "assignment",
        "UPDATE",
        "(NEW.person_id <> OLD.person_id OR NEW.assessment_id <> OLD.assessment_id)"
        " AND EXISTS (SELECT 1 FROM decision d WHERE d.assessment_id = OLD.assessment_id)",
        "decision_sealed",
    ),
    # A case is granted or refused by its final decision alone.
    Guard(
        "assessment_decided",
        "assessment",
        "UPDATE",
        "NEW.state <> OLD.state AND NEW.state IN ('granted', 'refused') AND NOT EXISTS ("
        "SELECT 1 FROM decision d WHERE d.assessment_id = NEW.id AND d.is_final AND d.state = NEW.state)",
        "decision_missing",
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
    _decision()
    op.create_table(
        "decision_vote",
        sa.Column("decision_id", schema.Identifier, nullable=False),
        sa.Column("person_id", schema.Identifier, nullable=False),
        sa.Column("choice", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("cast_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "choice IN ('grant', 'refuse', 'defer', 'abstain', 'recused')", name=op.f("ck_decision_vote_choice_known")
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_vote_decision_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_decision_vote_person_id")),
        sa.PrimaryKeyConstraint("decision_id", "person_id", name=op.f("pk_decision_vote")),
    )
    op.create_index("ix_decision_vote_person_id", "decision_vote", ["person_id"])
    _appeal()
    spelt = sqlite if op.get_bind().dialect.name == "sqlite" else postgresql
    for guard in GUARDS:
        for statement in spelt(guard):
            op.execute(statement)


def _decision() -> None:
    op.create_table(
        "decision",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("assessment_id", schema.Identifier, nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("previous_id", schema.Identifier, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("body", sa.String(length=300), nullable=False),
        sa.Column("meeting_on", sa.Date(), nullable=True),
        sa.Column("chair_id", schema.Identifier, nullable=False),
        sa.Column("report_digest", sa.String(length=64), nullable=False),
        sa.Column("inputs", schema.JSON, nullable=False),
        sa.Column("inputs_digest", sa.String(length=64), nullable=False),
        sa.Column("engine", sa.String(length=40), nullable=False),
        sa.Column("rounding", sa.String(length=300), nullable=False),
        sa.Column("result", schema.JSON, nullable=False),
        sa.Column("result_digest", sa.String(length=64), nullable=False),
        sa.Column("passes", sa.Boolean(), nullable=False),
        sa.Column("voting", schema.JSON, nullable=False),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=True),
        sa.Column("deferred_until", sa.Date(), nullable=True),
        sa.Column("label_id", schema.Identifier, nullable=True),
        sa.Column("concluded_at", schema.Instant(), nullable=True),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('first', 'resumed', 'appeal')", name=op.f("ck_decision_kind_known")),
        sa.CheckConstraint("state IN ('open', 'granted', 'refused', 'deferred')", name=op.f("ck_decision_state_known")),
        sa.CheckConstraint("state <> 'granted' OR passes", name=op.f("ck_decision_granted_passes")),
        sa.CheckConstraint(
            "NOT is_final OR state IN ('granted', 'refused')", name=op.f("ck_decision_final_is_decided")
        ),
        sa.CheckConstraint("(state = 'open') = (concluded_at IS NULL)", name=op.f("ck_decision_concluded_has_instant")),
        sa.CheckConstraint(
            "(state = 'deferred') = (deferred_until IS NOT NULL)", name=op.f("ck_decision_deferred_has_day")
        ),
        sa.CheckConstraint(
            "state NOT IN ('refused', 'deferred') OR reasons IS NOT NULL", name=op.f("ck_decision_has_reasons")
        ),
        sa.CheckConstraint("(state = 'granted') = (label_id IS NOT NULL)", name=op.f("ck_decision_granted_has_label")),
        sa.CheckConstraint(
            "notified_on IS NULL OR concluded_at IS NOT NULL", name=op.f("ck_decision_told_when_concluded")
        ),
        sa.CheckConstraint("kind <> 'appeal' OR previous_id IS NOT NULL", name=op.f("ck_decision_appeal_has_previous")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_decision_assessment_id")),
        sa.ForeignKeyConstraint(["previous_id"], ["decision.id"], name=op.f("fk_decision_previous_id")),
        sa.ForeignKeyConstraint(["chair_id"], ["person.id"], name=op.f("fk_decision_chair_id")),
        sa.ForeignKeyConstraint(["label_id"], ["label.id"], name=op.f("fk_decision_label_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("number", name=op.f("uq_decision_number")),
        sa.UniqueConstraint("assessment_id", "serial", name="uq_decision_serial"),
    )
    for name, columns, where in (
        ("uq_decision_open", ["assessment_id"], sa.text("state = 'open'")),
        ("uq_decision_final", ["assessment_id", "is_final"], sa.text("is_final")),
    ):
        op.create_index(name, "decision", columns, unique=True, sqlite_where=where, postgresql_where=where)


def _appeal() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", schema.Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("decision_id", schema.Identifier, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("decide_by", sa.Date(), nullable=False),
        sa.Column("review_id", schema.Identifier, nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Instant(), nullable=False),
        sa.Column("updated_at", schema.Instant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('received', 'admissible', 'rejected_late', 'in_review', 'upheld', 'dismissed')",
            name=op.f("ck_appeal_state_known"),
        ),
        sa.CheckConstraint(
            "(state = 'rejected_late') = (received_on > due_on)", name=op.f("ck_appeal_late_is_rejected")
        ),
        sa.CheckConstraint(
            "(state IN ('in_review', 'upheld', 'dismissed')) = (review_id IS NOT NULL)",
            name=op.f("ck_appeal_reviewed_has_decision"),
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_appeal_decision_id")),
        sa.ForeignKeyConstraint(["review_id"], ["decision.id"], name=op.f("fk_appeal_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("number", name=op.f("uq_appeal_number")),
        sa.UniqueConstraint("decision_id", name="uq_appeal_decision_id"),
    )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for guard in GUARDS:
        op.execute(f"DROP TRIGGER {guard.name}" + ("" if is_sqlite else f" ON {guard.table}"))
        if not is_sqlite:
            op.execute(f"DROP FUNCTION {guard.name}()")
    for table in ("appeal", "decision_vote", "decision"):
        op.drop_table(table)
