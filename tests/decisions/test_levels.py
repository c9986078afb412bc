"""The same of all three levels: who decides on which day, renewals through decisions, deferrals with conditions."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment
from cluster_api.assessments.states import CaseState
from cluster_api.awards.actions import suspend, withdraw
from cluster_api.awards.errors import AwardNotPossible, GrantUntold
from cluster_api.awards.schemas import LabelSanction
from cluster_api.benchmarks.models import Benchmark
from cluster_api.decisions.errors import ConditionsOpen, QuorumMissing
from cluster_api.decisions.models import Decision
from cluster_api.decisions.queries import replay
from cluster_api.decisions.states import DecisionKind, DecisionState
from cluster_api.deferrals.actions import meet_conditions
from cluster_api.deferrals.errors import ConditionsDayWrong
from cluster_api.deferrals.schemas import ConditionsMet
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.interviews.errors import BenchmarkNotReleased
from cluster_api.labels.models import Label
from tests.decisions.given import (
    DAY,
    as_secretariat,
    concluded,
    decided,
    given_board,
    given_reported,
    opened,
    told,
    voted,
)
from tests.interviews.reported import given_bronze_reported
from tests.register import given_label

LEVELS = ("bronze", "silver", "gold")
each_level = pytest.mark.parametrize("level", LEVELS)
UNTIL = date(2021, 2, 28)
HELD = (date(2019, 2, 3), UNTIL)


def reported(session: Session, level: str, **more: Any) -> Assessment:
    """Put a reported case of a level on record."""
    return given_bronze_reported(session, **more) if level == "bronze" else given_reported(session, level=level, **more)


def renewed(session: Session, level: str, visited_on: date, day: date, until: date = UNTIL) -> Decision:
    """Put a label and the reported case that renews it on record, and have it granted."""
    case = reported(session, level, kind="renewal", previous_valid_until=until, visited_on=visited_on)
    given_label(session, case.cluster_id, level, (HELD[0], until), rule_set="2020")
    return told(session, decided(session, case, given_board(session), day=day), day)


def labels(session: Session) -> list[Label]:
    return list(session.scalars(sa.select(Label).order_by(Label.valid_from)))


@pytest.mark.parametrize(
    ("level", "on", "body"),
    [
        ("silver", date(2019, 11, 14), "ESCA"),
        ("bronze", date(2019, 11, 15), "ESCA"),
        ("bronze", date(2024, 6, 30), "ESCA"),
        ("bronze", date(2024, 7, 1), "EUCLES board"),
        ("silver", date(2024, 6, 30), "ESCA"),
        ("silver", date(2024, 7, 1), "EUCLES board"),
        ("gold", date(2024, 6, 30), "Cluster Excellence Expert Group"),
        ("gold", date(2024, 7, 1), "EUCLES board"),
    ],
)
def test_body_that_decides_is_that_of_the_rule_set_of_the_day(
    session: Session, level: str, on: date, body: str
) -> None:
    case = reported(session, level, visited_on=on)
    decision = opened(session, case, given_board(session)[0], on + timedelta(days=30))
    assert decision.body == body


def test_esca_decides_bronze_alone_and_a_board_does_not(session: Session) -> None:
    one = given_board(session)[0]
    alone = opened(session, reported(session, "bronze"), one)
    voted(session, alone, {one: "grant"})
    concluded(session, alone)
    assert (alone.state, alone.voting["fewest_votes"]) == (DecisionState.GRANTED, 1)
    day = date(2025, 3, 3)
    board = opened(session, reported(session, "bronze", visited_on=day), one, day)
    voted(session, board, {one: "grant"}, day)
    with pytest.raises(QuorumMissing):
        concluded(session, board, day)


@each_level
@pytest.mark.parametrize(
    ("visited_on", "day"),
    [
        (date(2020, 10, 5), date(2020, 11, 1)),
        (UNTIL, DAY),
        (date(2021, 3, 1), DAY),
        (date(2022, 2, 28), date(2022, 4, 1)),
    ],
    ids=["before the end", "on the last day", "the day after", "last day of the window"],
)
def test_invariants_3_and_4_renewal_follows_without_overlap_or_gap(
    session: Session, level: str, visited_on: date, day: date
) -> None:
    decision = renewed(session, level, visited_on, day)
    first, second = labels(session)
    assert (second.kind, second.level, second.previous_label_id) == ("renewal", level, first.id)
    # Three years from the old end, whatever the day of the visit.
    assert (second.valid_from, second.valid_until) == (date(2021, 3, 1), date(2024, 2, 29))
    assert decision.label_id == second.id
    assert replay(session, as_secretariat(day), decision).is_identical


@pytest.mark.parametrize("verb", [suspend, withdraw])
def test_label_whose_renewal_was_granted_counts_until_that_is_told(session: Session, verb: Any) -> None:
    case = reported(session, "gold", kind="renewal", previous_valid_until=UNTIL, visited_on=date(2020, 10, 5))
    given_label(session, case.cluster_id, "gold", (HELD[0], UNTIL), rule_set="2020")
    decision, (label,) = decided(session, case, given_board(session)), labels(session)
    days = {"noticed_on": DAY - timedelta(days=60), "effective_on": UNTIL}
    given = LabelSanction(**days, ground="logo_misuse", reason="Used by another.")
    with pytest.raises(GrantUntold):
        verb(session, as_secretariat(DAY), label, given)
    told(session, decision)
    assert verb(session, as_secretariat(DAY), label, given).version == 2
    assert len(labels(session)) == 2


@each_level
def test_invariant_3_visit_after_the_window_renews_nothing(session: Session, level: str) -> None:
    with pytest.raises(AwardNotPossible) as refused:
        renewed(session, level, date(2022, 3, 1), date(2022, 4, 1))
    assert [one.code for one in refused.value.faults] == ["too_late"]
    assert [one.kind for one in labels(session)] == ["first"]


@each_level
def test_invariant_3_first_case_after_the_window_begins_a_new_chain(session: Session, level: str) -> None:
    case = reported(session, level, visited_on=date(2022, 3, 1))
    given_label(session, case.cluster_id, level, HELD, rule_set="2020")
    day = date(2022, 4, 1)
    told(session, decided(session, case, given_board(session), day=day), day)
    first, second = labels(session)
    assert (second.kind, second.previous_label_id) == ("first", None)
    assert (second.valid_from, second.valid_until) == (date(2022, 3, 1), date(2024, 3, 31))
    assert first.valid_until == UNTIL


@each_level
def test_deferral_waits_for_its_conditions(session: Session, level: str) -> None:
    case, board = reported(session, level), given_board(session)
    until = DAY + timedelta(days=90)
    deferred = decided(session, case, board, "defer", conditions="New statutes.", deferred_until=until)
    with pytest.raises(ConditionsOpen):
        opened(session, case, board[0], until)
    met = ConditionsMet(met_on=DAY + timedelta(days=20), how="They were registered.")
    day = DAY + timedelta(days=21)
    meet_conditions(session, as_secretariat(day), deferred, met)
    with pytest.raises(MoveNotAllowed):
        meet_conditions(session, as_secretariat(day), deferred, met)
    second = decided(session, case, board, day=day)
    assert (second.kind, second.state, second.is_final) == (DecisionKind.RESUMED, DecisionState.GRANTED, True)
    assert (deferred.conditions_met_on, deferred.conditions_met_how) == (met.met_on, met.how)
    assert case.state is CaseState.GRANTED
    assert labels(session) == []
    told(session, second, day)
    assert [one.level for one in labels(session)] == [level]
    assert [replay(session, as_secretariat(day), one).is_identical for one in (deferred, second)] == [True, True]


@each_level
def test_conditions_that_are_not_met_by_their_day_leave_no_grant(session: Session, level: str) -> None:
    case, board = reported(session, level), given_board(session)
    until = DAY + timedelta(days=90)
    decided(session, case, board, "defer", conditions="New statutes.", deferred_until=until)
    late = until + timedelta(days=1)
    second = opened(session, case, board[0], late)
    with pytest.raises(ConditionsOpen):
        voted(session, second, {board[0]: "grant"}, late)
    voted(session, second, dict.fromkeys(board, "refuse"), late)
    concluded(session, second, late)
    assert (second.state, case.state, labels(session)) == (DecisionState.REFUSED, CaseState.REFUSED, [])


def test_deferred_again_waits_for_the_new_conditions(session: Session) -> None:
    case, board = reported(session, "bronze"), given_board(session)
    said: dict[str, Any] = {"conditions": "Statutes.", "deferred_until": DAY + timedelta(days=9)}
    first = decided(session, case, board, "defer", **said)
    day = DAY + timedelta(days=10)
    said |= {"deferred_until": day + timedelta(days=9)}
    second = decided(session, case, board, "defer", day, **said)
    met = ConditionsMet(met_on=day, how="Done.")
    with pytest.raises(MoveNotAllowed):
        meet_conditions(session, as_secretariat(day), first, met)
    meet_conditions(session, as_secretariat(day), second, met)
    assert decided(session, case, board, day=day).state is DecisionState.GRANTED


@pytest.mark.parametrize("offset", [-1, 2], ids=["before the deferral", "in the future"])
def test_conditions_are_met_after_they_were_set_and_not_in_the_future(session: Session, offset: int) -> None:
    case, board = reported(session, "gold"), given_board(session)
    later = DAY + timedelta(days=9)
    deferred = decided(session, case, board, "defer", conditions="Statutes.", deferred_until=later)
    actor = as_secretariat(DAY + timedelta(days=1))
    with pytest.raises(ConditionsDayWrong):
        meet_conditions(session, actor, deferred, ConditionsMet(met_on=DAY + timedelta(days=offset), how="Done."))


def test_what_is_done_after_the_day_of_a_deferral_does_not_count(session: Session) -> None:
    case, board = reported(session, "gold"), given_board(session)
    until = DAY + timedelta(days=9)
    deferred = decided(session, case, board, "defer", conditions="Statutes.", deferred_until=until)
    actor = as_secretariat(until + timedelta(days=5))
    with pytest.raises(ConditionsDayWrong):
        meet_conditions(session, actor, deferred, ConditionsMet(met_on=until + timedelta(days=1), how="Late."))
    meet_conditions(session, actor, deferred, ConditionsMet(met_on=until, how="In time, and recorded later."))
    assert deferred.conditions_met_on == until


def test_of_what_is_not_deferred_no_conditions_are_met(session: Session) -> None:
    decision = decided(session, reported(session, "gold"), given_board(session))
    with pytest.raises(MoveNotAllowed):
        meet_conditions(session, as_secretariat(DAY), decision, ConditionsMet(met_on=DAY, how="Done."))
    change = sa.update(Decision).values(conditions_met_on=DAY, conditions_met_how="Done.")
    with pytest.raises(sa.exc.IntegrityError, match="decision_sealed"), session.begin_nested():
        session.execute(change)


def test_invariant_7_benchmark_void_since_the_report_bars_the_grant(session: Session) -> None:
    case, board = reported(session, "bronze"), given_board(session)
    decision = opened(session, case, board[0])
    voted(session, decision, dict.fromkeys(board, "grant"))
    session.execute(sa.update(Benchmark).values(state="void"))
    with pytest.raises(BenchmarkNotReleased):
        concluded(session, decision)
    assert (decision.state, case.state, labels(session)) == (DecisionState.OPEN, CaseState.IN_DECISION, [])
