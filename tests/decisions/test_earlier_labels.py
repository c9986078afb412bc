"""What a decision does to the labels an organisation has already: gold asks for none, a refusal touches none."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.models import LevelPeriod
from cluster_api.clusters.states import Level
from cluster_api.decisions.states import DecisionState
from cluster_api.foundation.schema import Base
from cluster_api.identity.states import Role
from cluster_api.labels.models import Label, LabelEvent
from tests.awards.given import awarded
from tests.callers import given_organisation
from tests.decisions.given import DAY, decided, given_board, given_reported, told
from tests.journal.given import lines
from tests.register import given_cluster


def on_record(session: Session, *tables: type[Base]) -> list[list[tuple[Any, ...]]]:
    """Answer every row of these tables, as the database has it."""
    return [sorted(map(tuple, session.execute(sa.select(table.__table__))), key=repr) for table in tables]


def test_invariant_12_gold_is_granted_to_who_never_held_another_label(session: Session) -> None:
    case = given_reported(session)
    assert session.scalars(sa.select(Label)).all() == []
    decision = decided(session, case, given_board(session))
    assert decision.state is DecisionState.GRANTED
    told(session, decision)
    assert [label.level for label in session.scalars(sa.select(Label))] == [Level.GOLD]


def test_invariant_12_refusal_leaves_earlier_labels_untouched(session: Session) -> None:
    holder = given_cluster(session, "A", owner_id=given_organisation(session, Role.CLUSTER).id)
    bronze = awarded(session, holder, date(2020, 5, 10), Level.BRONZE)
    silver = awarded(session, holder, date(2020, 9, 1), Level.SILVER)
    before = on_record(session, Label, LabelEvent, LevelPeriod)
    told = [line for line in lines(session) if line.event.startswith("label.")]
    decision = decided(session, given_reported(session, cluster_id=holder, points=119), given_board(session), "refuse")
    assert decision.state is DecisionState.REFUSED
    assert on_record(session, Label, LabelEvent, LevelPeriod) == before
    assert [line for line in lines(session) if line.event.startswith("label.")] == told
    assert {label.number for label in (bronze, silver) if label.valid_from <= DAY <= label.valid_until} == {
        bronze.number, silver.number,
    }  # fmt: skip
