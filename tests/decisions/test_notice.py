"""The notice of a decision: when it goes out, and that the label of a grant is awarded with it and not before."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.states import CaseState
from cluster_api.awards.errors import AwardNotPossible
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.states import ClusterStatus
from cluster_api.decisions import actions, queries
from cluster_api.decisions.errors import NoticeDayWrong
from cluster_api.decisions.models import Decision
from cluster_api.decisions.schemas import Notice
from cluster_api.decisions.states import DecisionState
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.labels.models import Label
from tests.conftest import unguarded
from tests.decisions.given import DAY, as_secretariat, decided, given_board, given_reported, instant, told
from tests.journal.given import lines
from tests.register import given_label


def test_notice_of_a_grant_awards_the_label_in_the_same_transaction(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    decision, day = decided(session, case, board), DAY + timedelta(days=3)
    assert (decision.state, decision.is_final, decision.label_id) == (DecisionState.GRANTED, True, None)
    assert (case.state, session.scalars(sa.select(Label)).all()) == (CaseState.GRANTED, [])
    assert not [line for line in lines(session) if line.event.startswith("label.")]
    told(session, decision, day)
    label = session.scalars(sa.select(Label)).one()
    assert decision.label_id == label.id
    # Valid from the month of the assessment, known from the notice on.
    assert (label.level, label.assessed_on, label.awarded_on) == (case.level, date(2021, 3, 3), day)
    assert (label.valid_until, label.recorded_at) == (date(2023, 3, 31), instant(day))
    assert queries.replay(session, as_secretariat(day), decision).is_identical


def test_nothing_is_told_of_a_label_that_cannot_be_awarded_any_more(session: Session) -> None:
    case = given_reported(session)
    decision = decided(session, case, given_board(session))
    session.get_one(Cluster, case.cluster_id).status = ClusterStatus.CLOSED
    with pytest.raises(AwardNotPossible):
        told(session, decision)
    assert (decision.notified_on, decision.label_id, session.scalars(sa.select(Label)).all()) == (None, None, [])


def test_label_awarded_with_its_decision_before_is_not_awarded_again(session: Session) -> None:
    case = given_reported(session)
    decision = decided(session, case, given_board(session))
    given_label(session, case.cluster_id, "gold", (date(2021, 3, 3), date(2023, 3, 31)))
    label = session.scalars(sa.select(Label)).one()
    with unguarded(session):
        session.execute(sa.update(Decision).values(label_id=label.id))
    session.refresh(decision)
    told(session, decision)
    assert [one.id for one in session.scalars(sa.select(Label))] == [decision.label_id]


def test_label_comes_with_the_notice_of_a_grant_and_in_no_other_way(session: Session) -> None:
    case = given_reported(session)
    decision = decided(session, case, given_board(session))
    given_label(session, case.cluster_id, "gold", (date(2018, 3, 3), date(2020, 3, 31)))
    other = session.scalars(sa.select(Label)).one()
    without, beside = sa.update(Decision).values(notified_on=DAY), sa.update(Decision).values(label_id=other.id)
    for change in (without, beside):
        with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
            session.execute(change)
    told(session, decision)
    for value in (None, other.id):
        with pytest.raises(sa.exc.IntegrityError, match="decision_sealed"), session.begin_nested():
            session.execute(sa.update(Decision).values(label_id=value))
    with pytest.raises(sa.exc.IntegrityError, match="decision_sealed"), session.begin_nested():
        session.execute(sa.update(Decision).values(reasons="Others."))


@pytest.mark.parametrize("day", [DAY - timedelta(days=1), DAY + timedelta(days=1)])
def test_notice_goes_out_after_the_decision_and_not_in_the_future(session: Session, day: date) -> None:
    decision = decided(session, given_reported(session), given_board(session))
    with pytest.raises(NoticeDayWrong):
        actions.notify(session, as_secretariat(DAY), decision, Notice(notified_on=day))
    actions.notify(session, as_secretariat(DAY), decision, Notice(notified_on=DAY))
    with pytest.raises(MoveNotAllowed):
        actions.notify(session, as_secretariat(DAY), decision, Notice(notified_on=DAY))
