"""Appeals are in time or late, and are decided by others than those who decided first."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.appeals import actions, queries
from cluster_api.appeals.errors import AlreadyAppealed, AppealNotPossible
from cluster_api.appeals.models import Appeal
from cluster_api.appeals.schemas import AppealCreate
from cluster_api.appeals.states import AppealState
from cluster_api.assessments.states import CaseState
from cluster_api.decisions import actions as deciding
from cluster_api.decisions.errors import ConditionsOpen, DecidedOnAppeal, VoterBarred
from cluster_api.decisions.models import Decision
from cluster_api.decisions.queries import case_of, decisions_of, replay
from cluster_api.decisions.schemas import Conclusion, DecisionOpening, Notice
from cluster_api.decisions.states import DecisionKind, DecisionState
from cluster_api.deferrals.actions import meet_conditions
from cluster_api.deferrals.schemas import ConditionsMet
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, actor_of
from cluster_api.identity.errors import PermissionMissing
from cluster_api.identity.schemas import Caller, Held
from cluster_api.identity.states import Role, Standing
from cluster_api.labels.models import Label
from tests.decisions.given import (
    DAY,
    as_person,
    as_secretariat,
    concluded,
    decided,
    given_board,
    given_reported,
    instant,
    refused_and_told,
    voted,
)


def applicant(session: Session, decision: Decision, days: int = 0) -> Actor:
    """Answer who acts for the applicant, so many days after the notice."""
    owner = str(case_of(session, decision).cluster.owner_id)
    held = (Held(owner, frozenset({Role.CLUSTER}), Standing.OWNER),)
    return actor_of(Caller(name="applicant", held=held), instant(DAY + timedelta(days=days)))


def filed(session: Session, decision: Decision, days: int = 0) -> Appeal:
    """File an appeal so many days after the notice."""
    return actions.file(session, applicant(session, decision, days), decision, AppealCreate(grounds="Unfair."))


def reviewed(session: Session, decision: Decision, panel: list[str], choice: str, **said: Any) -> Appeal:
    """Appeal, let another panel vote the same, and conclude."""
    appeal = filed(session, decision)
    review = actions.review(session, as_secretariat(DAY), appeal, DecisionOpening(chair_id=panel[0]))
    voted(session, review, dict.fromkeys(panel, choice))
    given = Conclusion(**{"reasons": "Looked at anew.", **said})
    actions.conclude(session, as_person(panel[0], DAY), appeal, given)
    return appeal


@pytest.mark.parametrize(
    ("days", "state"),
    [(0, AppealState.ADMISSIBLE), (30, AppealState.ADMISSIBLE), (31, AppealState.REJECTED_LATE)],
)
def test_invariant_21_appeal_after_thirty_days_is_rejected_as_late(
    session: Session, days: int, state: AppealState
) -> None:
    decision = refused_and_told(session, given_board(session, 3))
    appeal = filed(session, decision, days)
    assert (appeal.state, appeal.due_on) == (state, DAY + timedelta(days=30))
    assert appeal.decide_by == DAY + timedelta(days=days + 30)
    if state is AppealState.REJECTED_LATE:
        with pytest.raises(MoveNotAllowed):
            actions.review(session, as_secretariat(DAY), appeal, DecisionOpening(chair_id=given_board(session, 1)[0]))


def test_invariant_21_late_appeal_is_not_admitted_past_the_verbs(session: Session) -> None:
    filed(session, refused_and_told(session, given_board(session, 3)), 31)
    with pytest.raises(sa.exc.IntegrityError, match="late_is_rejected"):
        session.execute(sa.update(Appeal).values(state="admissible"))


def test_invariant_20_appeal_is_decided_by_others(session: Session) -> None:
    board, panel = given_board(session, 3), given_board(session, 3)
    first = refused_and_told(session, board)
    appeal = filed(session, first)
    for person in board:
        with pytest.raises(VoterBarred):
            actions.review(session, as_secretariat(DAY), appeal, DecisionOpening(chair_id=person))
    review = actions.review(session, as_secretariat(DAY), appeal, DecisionOpening(chair_id=panel[0]))
    assert (review.kind, review.previous_id, review.serial) == (DecisionKind.APPEAL, first.id, 2)
    for person in board:
        with pytest.raises(VoterBarred):
            voted(session, review, {person: "grant"})


def test_upheld_appeal_grants_the_label_and_takes_the_place_of_the_refusal(session: Session) -> None:
    first = refused_and_told(session, given_board(session, 3))
    appeal = reviewed(session, first, given_board(session, 3), "grant")
    review = session.get_one(Decision, appeal.review_id)
    assert (appeal.state, first.is_final, review.is_final) == (AppealState.UPHELD, False, True)
    assert case_of(session, first).state is CaseState.GRANTED
    assert session.scalars(sa.select(Label.id)).all() == []
    deciding.notify(session, as_secretariat(DAY), review, Notice(notified_on=DAY))
    assert session.scalars(sa.select(Label.id)).all() == [review.label_id]
    assert replay(session, as_secretariat(DAY), review).is_identical is True
    assert replay(session, as_secretariat(DAY), first).is_identical is True


def test_dismissed_appeal_leaves_the_case_refused(session: Session) -> None:
    first = refused_and_told(session, given_board(session, 3), points=119)
    case = case_of(session, first)
    since = case.version
    appeal = reviewed(session, first, given_board(session, 3), "refuse")
    assert (appeal.state, case.state, case.version) == (AppealState.DISMISSED, CaseState.REFUSED, since)
    assert [one.is_final for one in session.scalars(sa.select(Decision).order_by(Decision.serial))] == [False, True]


def test_deferral_on_appeal_is_taken_up_by_others_again(session: Session) -> None:
    board, panel = given_board(session, 3), given_board(session, 3)
    first = refused_and_told(session, board)
    said = {"conditions": "Statutes.", "deferred_until": DAY + timedelta(days=9)}
    appeal = reviewed(session, first, panel, "defer", **said)
    case = case_of(session, first)
    assert (appeal.state, case.state) == (AppealState.UPHELD, CaseState.DEFERRED)
    deferred = decisions_of(session, case.id)[-1]
    meet_conditions(session, as_secretariat(DAY), deferred, ConditionsMet(met_on=DAY, how="Done."))
    with pytest.raises(VoterBarred):
        deciding.open_decision(session, as_secretariat(DAY), case, DecisionOpening(chair_id=board[0]))
    last = decided(session, case, panel)
    assert (last.kind, last.state, last.is_final) == (DecisionKind.RESUMED, DecisionState.GRANTED, True)


def test_conditions_met_after_a_refusal_let_an_appeal_grant(session: Session) -> None:
    board, panel, case = given_board(session, 3), given_board(session, 3), given_reported(session)
    until = DAY + timedelta(days=9)
    deferred = decided(session, case, board, "defer", conditions="Statutes.", deferred_until=until)
    day = until + timedelta(days=1)
    refused = decided(session, case, board, "refuse", day)
    deciding.notify(session, as_secretariat(day), refused, Notice(notified_on=day))
    appeal = filed(session, refused, 10)
    given = DecisionOpening(chair_id=panel[0])
    review = actions.review(session, as_secretariat(day), appeal, given)
    with pytest.raises(ConditionsOpen):
        voted(session, review, {panel[0]: "grant"}, day)
    meet_conditions(session, as_secretariat(day), deferred, ConditionsMet(met_on=until, how="In time."))
    voted(session, review, dict.fromkeys(panel, "grant"), day)
    actions.conclude(session, as_person(panel[0], day), appeal, Conclusion())
    assert (appeal.state, case.state) == (AppealState.UPHELD, CaseState.GRANTED)


def test_only_a_refusal_that_holds_and_was_told_is_appealed_against(session: Session) -> None:
    board = given_board(session, 3)
    granted = decided(session, given_reported(session), board)
    untold = decided(session, given_reported(session), board, "refuse")
    deciding.notify(session, as_secretariat(DAY), granted, Notice(notified_on=DAY))
    for decision in (granted, untold):
        with pytest.raises(AppealNotPossible):
            filed(session, decision)
    first = refused_and_told(session, board)
    appeal = reviewed(session, first, given_board(session, 3), "refuse")
    review = session.get_one(Decision, appeal.review_id)
    deciding.notify(session, as_secretariat(DAY), review, Notice(notified_on=DAY))
    with pytest.raises(AppealNotPossible):
        filed(session, review)
    with pytest.raises(AlreadyAppealed):
        filed(session, first)


def test_decision_is_appealed_against_once(session: Session) -> None:
    decision = refused_and_told(session, given_board(session, 3))
    appeal = filed(session, decision)
    with pytest.raises(AlreadyAppealed):
        filed(session, decision)
    row = {column.name: getattr(appeal, column.name) for column in Appeal.__table__.columns}
    again = {**row, "id": str(uuid7()), "number": "AP-2021-000009-00"}
    with pytest.raises(sa.exc.IntegrityError, match="appeal"):
        session.execute(sa.insert(Appeal), [again])


def test_second_appeal_is_refused_alike_whatever_another_panel_has_decided(session: Session) -> None:
    board = given_board(session, 3)
    waiting, decided_again = (refused_and_told(session, board) for _ in range(2))
    filed(session, waiting)
    reviewed(session, decided_again, given_board(session, 3), "refuse")
    for decision in (waiting, decided_again):
        with pytest.raises(AlreadyAppealed):
            filed(session, decision)


def test_decision_on_an_appeal_is_concluded_with_it(session: Session) -> None:
    panel = given_board(session, 3)
    appeal = filed(session, refused_and_told(session, given_board(session, 3)))
    review = actions.review(session, as_secretariat(DAY), appeal, DecisionOpening(chair_id=panel[0]))
    voted(session, review, dict.fromkeys(panel, "grant"))
    with pytest.raises(DecidedOnAppeal):
        concluded(session, review)


def test_only_the_applicant_appeals(session: Session) -> None:
    decision = refused_and_told(session, given_board(session, 3))
    grounds = AppealCreate(grounds="Unfair.")
    for role in Role:
        held = (Held("01767a3e-2f00-7c3a-8d5e-0123456789ab", frozenset({role}), Standing.OWNER),)
        with pytest.raises(PermissionMissing):
            actions.file(session, actor_of(Caller(name="x", held=held), instant(DAY)), decision, grounds)


def test_applicant_hears_of_the_outcome_with_its_notice(session: Session) -> None:
    first = refused_and_told(session, given_board(session, 3))
    appeal = reviewed(session, first, given_board(session, 3), "grant")
    asking = applicant(session, first)
    before = queries.read_appeal(session, asking, appeal)
    assert (before.state, before.review_id, before.closed_on) == (AppealState.IN_REVIEW, None, None)
    review = session.get_one(Decision, appeal.review_id)
    deciding.notify(session, as_secretariat(DAY), review, Notice(notified_on=DAY))
    after = queries.read_appeal(session, asking, appeal)
    assert (after.state, after.closed_on) == (AppealState.UPHELD, DAY)


def test_counts_are_public_anonymous_and_without_small_ones(session: Session) -> None:
    board = given_board(session, 3)
    for _ in range(5):
        filed(session, refused_and_told(session, board))
    reviewed(session, refused_and_told(session, board), given_board(session, 3), "refuse")
    public = Actor("public", instant(DAY + timedelta(days=300)))
    told = queries.counts(session, public)
    assert [(one.year, one.received, one.upheld) for one in told.years] == [(2021, 6, None)]
    assert queries.counts(session, Actor("public", instant(DAY))).years == []


def test_counts_of_a_few_and_of_none_look_the_same(session: Session) -> None:
    public = Actor("public", instant(DAY + timedelta(days=300)))
    none = queries.counts(session, public)
    board = given_board(session, 3)
    for _ in range(4):
        filed(session, refused_and_told(session, board))
    assert queries.counts(session, public) == none
    assert none.years == []
