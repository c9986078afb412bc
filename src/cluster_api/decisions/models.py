"""Tables of decisions and votes. Triggers on both databases keep who takes part, what was bound, and what follows.

A decision keeps everything it was computed from, by value and by digest, so that it can be computed again for ever.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.decisions import states
from cluster_api.decisions.states import DecisionKind, DecisionState
from cluster_api.foundation.schema import Base, Choice, Code, Identifier, Key, Reference, one_of
from cluster_api.identity.models import PERSONAL

OPEN = sa.text("state = 'open'")
FINAL = sa.text("is_final")
LABELLED = (
    "(label_id IS NULL OR state = 'granted') AND (label_id IS NOT NULL OR state <> 'granted' OR notified_on IS NULL)"
)
"""Of a grant there is a label once it is told; it was awarded with the decision once."""


class Decision(Base):
    """A decision about a reported case."""

    __tablename__ = "decision"
    __table_args__ = (
        one_of("kind", DecisionKind),
        one_of("state", DecisionState),
        sa.UniqueConstraint("assessment_id", "serial", name="uq_decision_serial"),
        sa.Index("uq_decision_open", "assessment_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        sa.Index(
            "uq_decision_final", "assessment_id", "is_final", unique=True, sqlite_where=FINAL, postgresql_where=FINAL
        ),
        sa.CheckConstraint("state <> 'granted' OR passes", name="granted_passes"),
        sa.CheckConstraint("NOT is_final OR state IN ('granted', 'refused')", name="final_is_decided"),
        sa.CheckConstraint("(state = 'open') = (concluded_at IS NULL)", name="concluded_has_instant"),
        sa.CheckConstraint("(state = 'deferred') = (deferred_until IS NOT NULL)", name="deferred_has_day"),
        sa.CheckConstraint("state NOT IN ('refused', 'deferred') OR reasons IS NOT NULL", name="has_reasons"),
        sa.CheckConstraint(LABELLED, name="granted_has_label"),
        sa.CheckConstraint("notified_on IS NULL OR concluded_at IS NOT NULL", name="told_when_concluded"),
        sa.CheckConstraint("kind <> 'appeal' OR previous_id IS NOT NULL", name="appeal_has_previous"),
    )

    id: Mapped[Key]
    number: Mapped[Code] = mapped_column(unique=True)
    assessment_id: Mapped[Reference] = mapped_column(sa.ForeignKey("assessment.id"))
    serial: Mapped[int]  # of the decisions about one case
    kind: Mapped[DecisionKind] = mapped_column(Choice(DecisionKind))
    previous_id: Mapped[str | None] = mapped_column(Identifier, sa.ForeignKey("decision.id"))  # appealed against
    state: Mapped[DecisionState] = mapped_column(Choice(DecisionState))
    is_final: Mapped[bool]
    body: Mapped[str] = mapped_column(sa.String(300))  # who decides about this level, by the rule set of the case
    meeting_on: Mapped[date | None]
    chair_id: Mapped[Reference] = mapped_column(sa.ForeignKey("person.id"))
    report_digest: Mapped[str] = mapped_column(sa.String(64))
    inputs: Mapped[dict[str, Any]]
    inputs_digest: Mapped[str] = mapped_column(sa.String(64))
    engine: Mapped[Code]
    rounding: Mapped[str] = mapped_column(sa.String(300))
    result: Mapped[dict[str, Any]]  # score with trace, and what the level lacks
    result_digest: Mapped[str] = mapped_column(sa.String(64))
    passes: Mapped[bool]
    voting: Mapped[dict[str, Any]]  # the rule of quorum and majority in force when it was opened
    reasons: Mapped[str | None] = mapped_column(sa.Text)
    conditions: Mapped[str | None] = mapped_column(sa.Text)
    deferred_until: Mapped[date | None]
    conditions_met_on: Mapped[date | None]  # of a deferral
    conditions_met_how: Mapped[str | None] = mapped_column(sa.Text)
    label_id: Mapped[str | None] = mapped_column(Identifier, sa.ForeignKey("label.id"))
    concluded_at: Mapped[datetime | None]
    notified_on: Mapped[date | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DecisionVote(Base):
    """What one person chose: once, and afterwards only recused."""

    __tablename__ = "decision_vote"
    __table_args__ = (one_of("choice", states.Choice),)

    decision_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("decision.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("person.id"), primary_key=True, index=True)
    choice: Mapped[states.Choice] = mapped_column(Choice(states.Choice))
    reason: Mapped[str | None] = mapped_column(sa.Text, info=PERSONAL)
    cast_at: Mapped[datetime]
