"""Decisions follow votes, keep out who had a hand in the case, and can be computed again for ever."""

import time
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.models import AssessmentReport
from cluster_api.assessments.states import CaseState
from cluster_api.awards.errors import AwardNotPossible
from cluster_api.conflicts.models import Interest
from cluster_api.decisions import actions, queries
from cluster_api.decisions.errors import (
    AlreadyVoted,
    MajorityMissing,
    NotOnTheBoard,
    NotTheChair,
    OnlyPeopleVote,
    QuorumMissing,
    ReasonMissing,
    ReportBroken,
    RequirementsNotMet,
    VoterBarred,
)
from cluster_api.decisions.models import Decision, DecisionVote
from cluster_api.decisions.schemas import ChairChange, Conclusion, DecisionOpening, VoteCast
from cluster_api.decisions.states import Choice, DecisionKind, DecisionState
from cluster_api.deferrals.actions import meet_conditions
from cluster_api.deferrals.schemas import ConditionsMet
from cluster_api.foundation.database import Database
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.errors import PermissionMissing
from cluster_api.identity.models import Membership
from cluster_api.identity.states import Role, Standing
from cluster_api.labels.models import Label
from tests.assessments.given import whole
from tests.callers import LONG_AGO
from tests.conftest import unguarded
from tests.decisions.given import (
    DAY,
    as_person,
    as_secretariat,
    assessor_of,
    concluded,
    decided,
    given_board,
    given_reported,
    given_somebody,
    instant,
    opened,
    told,
    voted,
)

DECISIONS = 220


def test_silver_is_granted_without_the_points_of_gold(session: Session) -> None:
    decision = decided(session, given_reported(session, level="silver", points=119), given_board(session))
    assert decision.state is DecisionState.GRANTED


def test_refusal_leaves_no_label_and_keeps_its_reasons_out_of_the_case(session: Session) -> None:
    case = given_reported(session, points=119)
    decision = decided(session, case, given_board(session), "refuse", reasons="Too few points.")
    assert (decision.state, decision.reasons, decision.is_final) == (DecisionState.REFUSED, "Too few points.", True)
    assert (case.state, case.reason) == (CaseState.REFUSED, f"Decision {decision.number}.")
    assert session.scalars(sa.select(Label)).all() == []


def test_deferred_case_is_taken_up_again(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    said: dict[str, Any] = {"conditions": "New statutes.", "deferred_until": DAY + timedelta(days=90)}
    first = decided(session, case, board, "defer", **said)
    assert (first.state, first.is_final, case.state) == (DecisionState.DEFERRED, False, CaseState.DEFERRED)
    met = ConditionsMet(met_on=DAY + timedelta(days=59), how="They were registered.")
    meet_conditions(session, as_secretariat(DAY + timedelta(days=60)), first, met)
    second = decided(session, case, board, day=DAY + timedelta(days=60))
    assert (second.kind, second.serial, second.is_final) == (DecisionKind.RESUMED, 2, True)
    assert case.state is CaseState.GRANTED


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("refuse", {"reasons": None}),
        ("defer", {"conditions": None, "deferred_until": DAY + timedelta(days=1)}),
        ("defer", {"conditions": "Statutes.", "deferred_until": DAY}),
        ("defer", {"conditions": "Statutes."}),
    ],
)
def test_refusal_and_deferral_say_enough(session: Session, choice: str, said: dict[str, Any]) -> None:
    with pytest.raises(ReasonMissing):
        decided(session, given_reported(session), given_board(session), choice, **said)


@pytest.mark.parametrize(
    ("level", "sheet"),
    [("gold", whole(119)), ("silver", {**whole(150), "commitment_of_participants": 0.4})],
    ids=["too few points", "a minimum missed"],
)
def test_invariants_8_to_10_what_does_not_reach_its_level_cannot_be_granted(
    session: Session, level: str, sheet: dict[str, Any]
) -> None:
    case, board = given_reported(session, level=level, sheet=sheet), given_board(session)
    decision = opened(session, case, board[0])
    assert decision.passes is False
    with pytest.raises(RequirementsNotMet):
        voted(session, decision, {board[0]: "grant"})


def test_invariant_20_only_a_reported_case_is_decided_about(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    case.state = CaseState.ASSESSED
    with pytest.raises(MoveNotAllowed):
        opened(session, case, board[0])


def test_invariant_20_decided_case_is_not_decided_again(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    decision = decided(session, case, board)
    with pytest.raises(MoveNotAllowed):
        opened(session, case, board[0])
    with pytest.raises(MoveNotAllowed):
        concluded(session, decision)
    with pytest.raises(MoveNotAllowed):
        voted(session, decision, {given_board(session, 1)[0]: "refuse"})


def test_invariant_16_report_that_is_not_what_was_sealed_is_not_decided_about(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    report = session.get_one(AssessmentReport, case.id)
    with unguarded(session):
        document = {**report.document, "sheet": {}}
        session.execute(sa.update(AssessmentReport).values(document=document))
    session.expire_all()
    with pytest.raises(ReportBroken):
        opened(session, case, board[0])


def bar(session: Session, why: str, case: Any) -> str:
    """Answer a member of the board who is barred from a case."""
    if why == "assigned":
        person = assessor_of(session, case)
        session.execute(sa.text("UPDATE person SET roles = '|board|assessor|' WHERE id = :id"), {"id": person})
        return person
    person = given_somebody(session, Role.BOARD)
    if why == "member":
        owner = case.cluster.owner_id
        session.add(Membership(organisation_id=owner, person_id=person, standing=Standing.READER, created_at=LONG_AGO))
    if why == "coached":
        coach(session, case, person)
    session.flush()
    return person


def coach(session: Session, case: Any, person: str) -> None:
    """Record that somebody coached the cluster of a case, long ago."""
    assessor = sa.text(
        "INSERT INTO assessor (id, person_id, country, languages, portfolios, state, version, created_at, updated_at)"
        " VALUES (:id, :id, 'BE', '', '', 'active', 1, :now, :now)"
    )
    now = instant(DAY)
    value = now if session.get_bind().dialect.name == "postgresql" else now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    session.execute(assessor, {"id": person, "now": value})
    session.execute(
        sa.insert(Interest).values(
            id=case.id, assessor_id=person, person_id=person, kind="coaching", cluster_id=case.cluster_id,
            began_on=date(2012, 1, 1), ended_on=date(2013, 1, 1), source="records", recorded_at=now, author="x",
        )
    )  # fmt: skip


@pytest.mark.parametrize("why", ["assigned", "member", "coached"])
def test_invariants_18_and_19_who_had_a_hand_in_the_case_takes_no_part(session: Session, why: str) -> None:
    case = given_reported(session)
    person = bar(session, why, case)
    with pytest.raises(VoterBarred):
        opened(session, case, person)


@pytest.mark.parametrize("why", ["assigned", "member", "coached"])
def test_invariants_18_and_19_barred_member_can_only_be_recused(session: Session, why: str) -> None:
    case, board = given_reported(session), given_board(session)
    person = bar(session, why, case)
    decision = opened(session, case, board[0])
    for choice in ("grant", "refuse", "defer", "abstain"):
        with pytest.raises(VoterBarred):
            voted(session, decision, {person: choice})
    change = ChairChange(chair_id=person, reason="No.")
    with pytest.raises(VoterBarred):
        actions.change_chair(session, as_secretariat(DAY), decision, change)
    voted(session, decision, {person: "recused"})
    assert [one.choice for one in queries.votes_of(session, decision)] == [Choice.RECUSED]


def test_vote_of_somebody_who_joins_the_applicant_is_set_aside(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    decision = opened(session, case, board[0])
    voted(session, decision, {**dict.fromkeys(board[:3], "grant"), board[3]: "refuse", board[4]: "refuse"})
    session.add(
        Membership(
            organisation_id=str(case.cluster.owner_id), person_id=board[4], standing=Standing.READER,
            created_at=LONG_AGO,
        )
    )  # fmt: skip
    session.flush()
    concluded(session, decision)
    votes = {one.person_id: one.choice for one in queries.votes_of(session, decision)}
    assert (votes[board[4]], decision.state) == (Choice.RECUSED, DecisionState.GRANTED)


def test_chair_who_joins_the_applicant_does_not_conclude(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    decision = opened(session, case, board[0])
    voted(session, decision, dict.fromkeys(board, "grant"))
    session.add(
        Membership(
            organisation_id=str(case.cluster.owner_id), person_id=board[0], standing=Standing.READER,
            created_at=LONG_AGO,
        )
    )  # fmt: skip
    session.flush()
    with pytest.raises(VoterBarred):
        concluded(session, decision)
    actions.change_chair(session, as_secretariat(DAY), decision, ChairChange(chair_id=board[1], reason="Joined."))
    concluded(session, decision)
    assert decision.state is DecisionState.GRANTED


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        (["grant", "grant", "refuse"], "granted"),
        (["grant", "refuse", "refuse"], "refused"),
        (["grant", "grant", "abstain", "recused", "recused"], "granted"),
        (["grant", "refuse"], QuorumMissing),
        (["grant", "abstain", "abstain", "abstain"], QuorumMissing),
        (["grant", "refuse", "recused"], "granted"),
        (["refuse", "grant", "abstain", "recused"], "refused"),
        (["abstain", "grant", "refuse", "recused"], MajorityMissing),
        (["grant", "refuse", "defer"], MajorityMissing),
    ],
)
def test_invariant_19_outcome_follows_the_votes(session: Session, votes: list[str], expected: Any) -> None:
    case, board = given_reported(session), given_board(session)
    decision = opened(session, case, board[0])
    voted(session, decision, dict(zip(board, votes, strict=False)))
    if isinstance(expected, str):
        concluded(session, decision)
        assert decision.state.value == expected
        return
    with pytest.raises(expected):
        concluded(session, decision)


def test_vote_is_cast_once_and_can_be_recused_afterwards(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    decision = opened(session, case, board[0])
    voted(session, decision, {board[1]: "grant"})
    with pytest.raises(AlreadyVoted):
        voted(session, decision, {board[1]: "refuse"})
    voted(session, decision, {board[1]: "recused"})
    for again in ("recused", "grant"):
        with pytest.raises(AlreadyVoted):
            voted(session, decision, {board[1]: again})


def test_only_people_of_the_board_vote(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    decision = opened(session, case, board[0])
    grant = VoteCast(choice=Choice.GRANT)
    with pytest.raises(OnlyPeopleVote):
        actions.vote(session, as_secretariat(DAY), decision, grant)
    for role in (one for one in Role if one is not Role.BOARD):
        with pytest.raises(PermissionMissing):
            actions.vote(session, as_person(given_somebody(session, role), DAY, role), decision, grant)
    both = given_somebody(session, Role.BOARD, Role.SECRETARIAT)
    with pytest.raises(VoterBarred):
        actions.vote(session, as_person(both, DAY, Role.BOARD, Role.SECRETARIAT), decision, grant)
    with pytest.raises(NotOnTheBoard):
        opened(session, given_reported(session), given_somebody(session, Role.SECRETARIAT))


def test_only_the_chair_concludes(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    decision = opened(session, case, board[0])
    voted(session, decision, dict.fromkeys(board, "grant"))
    for person in board[1:]:
        with pytest.raises(NotTheChair):
            actions.conclude(session, as_person(person, DAY), decision, Conclusion())


def test_label_that_cannot_be_awarded_is_not_granted(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    told(session, decided(session, case, board))
    again = given_reported(session, cluster_id=case.cluster_id, visited_on=date(2021, 3, 20))
    decision = opened(session, again, board[0])
    voted(session, decision, dict.fromkeys(board, "grant"))
    with pytest.raises(AwardNotPossible):
        concluded(session, decision)


def test_replay_finds_every_change(session: Session) -> None:
    decision = decided(session, given_reported(session), given_board(session))
    actor = as_secretariat(DAY)
    assert queries.replay(session, actor, decision).is_identical is True
    changes: list[tuple[str, Any, str]] = [
        ("inputs", {**decision.inputs, "visit_dates": []}, "/inputs_digest"),
        ("result", {**decision.result, "refusals": ["nothing"]}, "/result/refusals"),
        ("result_digest", "0" * 64, "/result_digest"),
        ("report_digest", "0" * 64, "/report"),
    ]
    for name, value, pointer in changes:
        with unguarded(session):
            was = getattr(decision, name)
            session.execute(sa.update(Decision).values({name: value}))
            session.expire_all()
            told = queries.replay(session, actor, decision)
            session.execute(sa.update(Decision).values({name: was}))
        session.expire_all()
        assert pointer in [one.pointer for one in told.differences], name
    with unguarded(session):
        session.execute(sa.text("UPDATE evidence SET sha256 = 'changed'"))
    session.expire_all()
    found = [one.pointer for one in queries.replay(session, actor, decision).differences]
    assert found == [f"/evidence/{decision.inputs['evidence'][0]['id']}"]


def test_engine_is_told_but_no_difference_by_itself(session: Session) -> None:
    decision = decided(session, given_reported(session), given_board(session))
    with unguarded(session):
        session.execute(sa.update(Decision).values(engine="0"))
    session.expire_all()
    told = queries.replay(session, as_secretariat(DAY), decision)
    assert (told.is_identical, told.engine_then, told.engine_now) == (True, "0", "1")


def test_ten_years_of_decisions_are_replayed_with_the_identical_result(
    database: Database, record_property: Any
) -> None:
    with database.transaction() as session:
        board = given_board(session, 3)
        for number in range(DECISIONS):
            visited_on = date(2011, 1, 10) + timedelta(days=number * 17)
            points, level = (150, 128, 120, 119)[number % 4], ("gold", "silver")[number % 2]
            case = given_reported(session, level=level, points=points, visited_on=visited_on)
            day = visited_on + timedelta(days=30)
            passes = level == "silver" or points >= 120
            decided(session, case, board, "grant" if passes and number % 5 else "refuse", day)
    with database.session() as session:
        found = list(session.scalars(sa.select(Decision)))
        actor = as_secretariat(DAY)
        began = time.perf_counter()
        identical = sum(queries.replay(session, actor, one).is_identical for one in found)
        record_property("replays_a_second", round(len(found) / (time.perf_counter() - began)))
    assert (identical, len(found)) == (DECISIONS, DECISIONS)
    assert {one.inputs["binding"]["rule_set"]["code"] for one in found} > {"2020"}


def test_vote_leaves_a_line_with_before_and_after(session: Session) -> None:
    case, board = given_reported(session), given_board(session)
    decision = opened(session, case, board[0])
    voted(session, decision, {board[0]: "grant"})
    voted(session, decision, {board[0]: "recused"})
    session.commit()
    lines = session.execute(
        sa.text(
            "SELECT event, before_digest IS NULL, after_digest IS NULL FROM journal_entry"
            " WHERE subject_kind = 'decision' ORDER BY position"
        )
    ).all()
    assert [(event, bool(before), bool(after)) for event, before, after in lines] == [
        ("decision.opened", True, False), ("decision.voted", True, False), ("decision.recused", False, False),
    ]  # fmt: skip
    assert session.scalar(sa.select(sa.func.count()).select_from(DecisionVote)) == 1
    assert DecisionOpening(chair_id=board[0]).meeting_on is None
