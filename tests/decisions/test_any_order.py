"""No sequence of calls leads round who may decide: votes, joinings, interests, appeals in any order, on both databases.

Everything is done through the verbs, whatever they refuse; rows of assignments, memberships and interests are put on
record directly besides, as an import would.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from cluster_api.appeals import actions as appeals
from cluster_api.appeals.models import Appeal
from cluster_api.appeals.schemas import AppealCreate
from cluster_api.assessments.models import Assessment, Assignment
from cluster_api.assessments.states import CaseState
from cluster_api.decisions import actions
from cluster_api.decisions.models import Decision, DecisionVote
from cluster_api.decisions.queries import case_of, replay
from cluster_api.decisions.schemas import ChairChange, Conclusion, DecisionOpening, Notice, VoteCast
from cluster_api.decisions.states import COUNTING, Choice, DecisionState
from cluster_api.deferrals.actions import meet_conditions
from cluster_api.deferrals.schemas import ConditionsMet
from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import Problem
from cluster_api.identity.access import Actor, actor_of
from cluster_api.identity.models import Membership
from cluster_api.identity.schemas import Caller, Held
from cluster_api.identity.states import Role, Standing
from cluster_api.labels.models import Label
from tests.callers import LONG_AGO
from tests.conftest import empty
from tests.decisions.given import (
    DAY,
    as_person,
    as_secretariat,
    assessor_of,
    given_board,
    given_reported,
)
from tests.decisions.test_constraints import assigned

PEOPLE = 7
EXAMPLES = 10
WHO = st.integers(0, PEOPLE)
STEP = st.one_of(
    st.tuples(st.just("vote"), WHO, st.sampled_from(Choice)),
    st.tuples(st.just("vote"), WHO, st.sampled_from((Choice.GRANT, Choice.REFUSE))),
    st.tuples(st.sampled_from(("open", "conclude", "chair", "join", "assign", "review", "settle")), WHO, st.none()),
    st.tuples(st.just("all"), st.integers(0, 3), st.sampled_from(COUNTING)),
    st.tuples(st.sampled_from(("conclude", "settle")), st.just(0), st.none()),
    st.tuples(st.sampled_from(("notify", "appeal", "meet")), st.just(0), st.none()),
)
SAID = Conclusion(reasons="So.", conditions="Statutes.", deferred_until=DAY + timedelta(days=9))


class Play:
    """One case, seven people of the board, one of whom assessed it, and what became of them."""

    def __init__(self, session: Session) -> None:
        """Put everybody on record."""
        self.session = session
        self.case_id = given_reported(session).id
        case = session.get_one(Assessment, self.case_id)
        self.owner = str(case.cluster.owner_id)
        self.people = [*given_board(session, PEOPLE), assessor_of(session, case)]
        board = sa.text("UPDATE person SET roles = '|board|assessor|' WHERE id = :id")
        session.execute(board, {"id": self.people[-1]})
        session.commit()

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Do something as one transaction; what is refused leaves nothing."""
        try:
            yield
            self.session.commit()
        except (Problem, sa.exc.IntegrityError):
            self.session.rollback()
        self.session.expire_all()

    @property
    def case(self) -> Assessment:
        return self.session.get_one(Assessment, self.case_id)

    @property
    def last(self) -> Decision:
        statement = sa.select(Decision).order_by(Decision.serial.desc()).limit(1)
        return self.session.scalars(statement).one()

    @property
    def applicant(self) -> Actor:
        held = (Held(self.owner, frozenset({Role.CLUSTER}), Standing.OWNER),)
        return actor_of(Caller(name="applicant", held=held), as_secretariat(DAY).now)

    def do(self, verb: str, who: int, choice: Any) -> None:
        """Try a step."""
        person, runs = self.people[who], as_secretariat(DAY)
        acting = as_person(person, DAY)
        if verb == "open":
            actions.open_decision(self.session, runs, self.case, DecisionOpening(chair_id=person))
        elif verb == "join":
            row = {"organisation_id": self.owner, "person_id": person, "standing": "reader", "created_at": LONG_AGO}
            self.session.execute(sa.insert(Membership).values(**row))
        elif verb == "assign":
            self.session.execute(assigned(self.case, person))
        elif self.session.scalar(sa.select(sa.func.count()).select_from(Decision)):
            self._decide(verb, acting, choice)

    def _decide(self, verb: str, acting: Actor, choice: Any) -> None:
        session, last, runs = self.session, self.last, as_secretariat(DAY)
        person = str(acting.caller.person_id)
        if verb == "vote":
            actions.vote(session, acting, last, VoteCast(choice=choice, reason="So."))
        elif verb == "conclude":
            actions.conclude(session, as_person(last.chair_id, DAY), last, SAID)
        elif verb == "chair":
            actions.change_chair(session, runs, last, ChairChange(chair_id=person, reason="So."))
        elif verb == "notify":
            actions.notify(session, runs, last, Notice(notified_on=DAY))
        elif verb == "meet":
            meet_conditions(session, runs, last, ConditionsMet(met_on=DAY, how="Done."))
        elif verb == "appeal":
            appeals.file(session, self.applicant, last, AppealCreate(grounds="Unfair."))
        else:
            appeal = session.scalars(sa.select(Appeal)).first()
            if appeal is not None and verb == "review":
                appeals.review(session, runs, appeal, DecisionOpening(chair_id=person))
            if appeal is not None and verb == "settle":
                appeals.conclude(session, as_person(last.chair_id, DAY), appeal, SAID)

    def step(self, verb: str, who: int, choice: Any) -> None:
        """Try a step, or the same vote of three in a row."""
        for one in range(who, who + 4) if verb == "all" else (who,):
            with self.trying():
                self.do("vote" if verb == "all" else verb, one, choice)

    def took_part(self, decision: Decision) -> dict[str, Choice]:
        """Answer who takes part in a decision, and how."""
        votes = self.session.scalars(sa.select(DecisionVote).where(DecisionVote.decision_id == decision.id))
        return {one.person_id: one.choice for one in votes if one.choice is not Choice.RECUSED}

    def check(self, seen: dict[str, Any]) -> None:
        """Hold every invariant against what is on record (16, 18 to 20)."""
        session = self.session
        decisions = list(session.scalars(sa.select(Decision).order_by(Decision.serial)))
        assessors = set(session.scalars(sa.select(Assignment.person_id)))
        members = set(session.scalars(sa.select(Membership.person_id)))
        finals = [one for one in decisions if one.is_final]
        assert len(finals) <= 1
        assert sum(one.state is DecisionState.OPEN for one in decisions) <= 1
        for one in decisions:
            voters = self.took_part(one)
            assert not {*voters, one.chair_id} & assessors
            if one.state is not DecisionState.OPEN and one.id not in seen:
                assert not {*voters, one.chair_id} & members
                seen[one.id] = (one.state, voters, one.reasons, one.result_digest)
            if one.id in seen:
                assert seen[one.id] == (one.state, voters, one.reasons, one.result_digest)
            if one.previous_id is not None:
                first = [before for before in decisions if before.previous_id is None]
                deciders = {person for before in first for person in (*self.took_part(before), before.chair_id)}
                assert not {*voters, one.chair_id} & deciders
        self._check_case(finals)

    def check_replays(self) -> None:
        """Compute every decision again."""
        for one in self.session.scalars(sa.select(Decision)):
            assert replay(self.session, as_secretariat(DAY), one).is_identical

    def _check_case(self, finals: list[Decision]) -> None:
        labels = self.session.scalar(sa.select(sa.func.count()).select_from(Label))
        state = self.case.state
        told = [one for one in finals if one.notified_on is not None and one.label_id is not None]
        assert labels == len(told)
        assert bool(told) == (state is CaseState.GRANTED and finals[0].notified_on is not None)
        if state in {CaseState.GRANTED, CaseState.REFUSED}:
            assert [one.state.value for one in finals] == [state.value]
        if finals:
            assert case_of(self.session, finals[0]).state.value == finals[0].state.value


@pytest.mark.parametrize("start", ["from nothing", "from a refusal told"])
def test_invariants_18_to_20_hold_in_any_order(database: Database, start: str) -> None:
    reached: set[tuple[str, ...]] = set()

    @given(st.lists(STEP, min_size=5, max_size=15))
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
    )
    def play(steps: list[tuple[str, int, Any]]) -> None:
        empty(database)
        with database.session(writing=True) as session:
            one, seen = Play(session), dict[str, Any]()
            before: list[tuple[str, int, Any]] = [("open", 0, None)]
            if start == "from a refusal told":
                before += [("all", 0, Choice.REFUSE), ("conclude", 0, None), ("notify", 0, None), ("appeal", 0, None)]
                before += [("review", 5, None)]
            for step in (*before, *steps):
                one.step(*step)
                one.check(seen)
            one.check_replays()
            reached.add(tuple(session.scalars(sa.select(sa.cast(Decision.state, sa.String)))))
            session.rollback()

    play()
    assert len(reached) > 1
