"""The database keeps who decides and what a decision rests on, whoever goes past the verbs."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.app import CONSTRAINTS
from cluster_api.assessments.models import Assessment, Assignment
from cluster_api.decisions.errors import (
    AlreadyVoted,
    CaseNotReported,
    DecisionMissing,
    DecisionOpen,
    DecisionSealed,
    OutcomeWithoutVotes,
    VoterBarred,
)
from cluster_api.decisions.models import Decision, DecisionVote
from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import Problem
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.problems import as_problem
from cluster_api.identity.models import Membership
from cluster_api.identity.states import Role, Standing
from tests.callers import LONG_AGO
from tests.decisions.given import (
    DAY,
    assessor_of,
    decided,
    given_board,
    given_reported,
    given_somebody,
    instant,
    opened,
    refused_and_told,
    voted,
)

Prepare = Callable[[Session], Any]


def refusal(session: Session, statement: Any) -> Problem:
    """Answer how the database refuses a statement."""
    with pytest.raises(sa.exc.IntegrityError) as caught:
        session.execute(statement)
    session.rollback()
    return as_problem(caught.value, CONSTRAINTS)


def cast(decision: Decision, person: str, choice: str = "grant") -> Any:
    """Answer the statement that puts a vote on record."""
    return sa.insert(DecisionVote).values(
        decision_id=decision.id, person_id=person, choice=choice, cast_at=instant(DAY)
    )


def copied(decision: Decision, **changed: Any) -> Any:
    """Answer the statement that puts a copy of a decision on record."""
    row = {column.key: getattr(decision, column.key) for column in sa.inspect(Decision).column_attrs}
    return sa.insert(Decision).values(**{**row, "id": str(uuid7()), "number": "X", "serial": 9, **changed})


def assigned(case: Assessment, person: str) -> Any:
    """Answer the statement that assigns somebody to a case."""
    return sa.insert(Assignment).values(
        id=str(uuid7()), assessment_id=case.id, person_id=person, role="observer", state="proposed", version=1,
        created_at=instant(DAY), updated_at=instant(DAY),
    )  # fmt: skip


@pytest.mark.parametrize("choice", ["grant", "refuse", "defer", "abstain"])
@pytest.mark.parametrize("why", ["assigned", "replaced", "member"])
def test_invariant_19_no_vote_of_who_had_a_hand_in_the_case(session: Session, why: str, choice: str) -> None:
    case, board = given_reported(session), given_board(session)
    person = given_somebody(session, Role.BOARD)
    if why == "member":
        owner = str(case.cluster.owner_id)
        row = {"organisation_id": owner, "person_id": person, "standing": Standing.READER, "created_at": LONG_AGO}
        session.execute(sa.insert(Membership).values(**row))
    else:
        session.execute(assigned(case, person))
        state = "replaced" if why == "replaced" else "done"
        session.execute(sa.update(Assignment).where(Assignment.person_id == person).values(state=state))
    decision = opened(session, case, board[0])
    session.execute(cast(decision, person, "recused"))
    change = sa.update(DecisionVote).where(DecisionVote.person_id == person).values(choice=choice)
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.execute(change)
    session.expunge_all()
    assert isinstance(refusal(session, cast(decision, person, choice)), VoterBarred | AlreadyVoted)


def test_invariant_19_assessor_is_refused_by_name(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    decision = opened(session, case, board[0])
    assert isinstance(refusal(session, cast(decision, assessor_of(session, case))), VoterBarred)


def test_invariant_19_who_votes_or_chairs_is_not_assigned_afterwards(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    decision = opened(session, case, board[0])
    voted(session, decision, {board[1]: "grant", board[2]: "recused"})
    session.execute(assigned(case, board[2]))
    for person in board[:2]:
        with pytest.raises(sa.exc.IntegrityError, match="voter_barred"), session.begin_nested():
            session.execute(assigned(case, person))
    moved = sa.update(Assignment).where(Assignment.person_id == board[2]).values(person_id=board[3])
    assert isinstance(refusal(session, moved), DecisionSealed)


def test_invariant_20_no_decider_of_the_first_decides_on_appeal(session: Session) -> None:
    board = given_board(session, 6)
    first = refused_and_told(session, board[:3])
    other = copied(
        first, kind="appeal", previous_id=first.id, state="open", is_final=False, chair_id=board[3], reasons=None,
        concluded_at=None, notified_on=None,
    )  # fmt: skip
    session.execute(other)
    appeal = session.scalars(sa.select(Decision).where(Decision.kind == "appeal")).one()
    session.execute(cast(appeal, board[4], "refuse"))
    assert isinstance(refusal(session, cast(appeal, board[1], "refuse")), VoterBarred)


def test_invariant_20_no_chair_of_the_first_chairs_on_appeal(session: Session) -> None:
    first = refused_and_told(session, given_board(session, 3))
    again = copied(
        first, kind="appeal", previous_id=first.id, state="open", is_final=False, reasons=None, concluded_at=None,
        notified_on=None,
    )  # fmt: skip
    assert isinstance(refusal(session, again), VoterBarred)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, DecisionOpen),
        ({"report_digest": "0" * 64}, CaseNotReported),
        ({"state": "refused", "reasons": "No.", "concluded_at": instant(DAY)}, DecisionSealed),
        ({"is_final": True}, DecisionSealed),
    ],
)
def test_invariant_20_a_decision_begins_open_on_a_sealed_report(
    session: Session, changed: dict[str, Any], expected: type[Problem]
) -> None:
    decision = opened(session, given_reported(session), given_board(session)[0])
    assert isinstance(refusal(session, copied(decision, **changed)), expected)


BINDING: list[dict[str, Any]] = [
    {"inputs": {}}, {"inputs_digest": "0" * 64}, {"result": {}}, {"result_digest": "0" * 64}, {"passes": False},
    {"engine": "0"}, {"rounding": "up"}, {"voting": {}}, {"report_digest": "0" * 64}, {"body": "Somebody"},
    {"kind": "resumed"}, {"serial": 7},
]  # fmt: skip


@pytest.mark.parametrize("values", BINDING, ids=[next(iter(one)) for one in BINDING])
def test_invariant_16_what_a_decision_rests_on_never_changes(session: Session, values: dict[str, Any]) -> None:
    opened(session, given_reported(session), given_board(session)[0])
    assert isinstance(refusal(session, sa.update(Decision).values(**values)), DecisionSealed)


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(Decision).values(state="granted"),
        sa.update(Decision).values(reasons="Others."),
        sa.update(Decision).values(state="open", concluded_at=None, is_final=False),
        sa.delete(Decision),
        sa.delete(DecisionVote),
        sa.update(DecisionVote).values(choice="grant"),
        sa.update(DecisionVote).values(choice="recused"),
        sa.update(DecisionVote).values(reason="Afterwards."),
        sa.delete(Assignment),
    ],
)
def test_invariant_20_concluded_decision_stays_as_it_is(session: Session, statement: Any) -> None:
    decided(session, given_reported(session), given_board(session), "refuse")
    assert isinstance(refusal(session, statement), DecisionSealed)


def test_invariant_20_nobody_votes_afterwards(session: Session) -> None:
    decision = decided(session, given_reported(session), given_board(session), "refuse")
    assert isinstance(refusal(session, cast(decision, given_somebody(session, Role.BOARD))), DecisionSealed)


@pytest.mark.parametrize("votes", [{}, {"grant": 2}, {"grant": 2, "refuse": 1}, {"abstain": 3}, {"recused": 3}])
def test_invariant_19_outcome_against_the_votes_is_refused(session: Session, votes: dict[str, int]) -> None:
    case, board = given_reported(session), given_board(session)
    decision = opened(session, case, board[0])
    choices = [choice for choice, count in votes.items() for _ in range(count)]
    voted(session, decision, dict(zip(board, choices, strict=False)))
    values = {"state": "refused", "is_final": True, "reasons": "So.", "concluded_at": instant(DAY)}
    assert isinstance(refusal(session, sa.update(Decision).values(**values)), OutcomeWithoutVotes)


@pytest.mark.parametrize("state", ["granted", "refused"])
def test_case_is_not_decided_without_a_decision(session: Session, state: str) -> None:
    opened(session, given_reported(session), given_board(session)[0])
    assert isinstance(refusal(session, sa.update(Assessment).values(state=state)), DecisionMissing)


def test_reason_of_a_recusal_can_be_erased(database: Database) -> None:
    with database.transaction() as session:
        case, board = given_reported(session), given_board(session)
        decision = opened(session, case, board[0])
        voted(session, decision, {**dict.fromkeys(board[:4], "refuse"), board[4]: "recused"})
        session.execute(sa.update(DecisionVote).values(reason=None))
    with database.session() as session:
        assert session.scalars(sa.select(DecisionVote.reason)).all() == [None] * 5
