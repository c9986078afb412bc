"""Standing, candidates and pairs asked of both databases; and how long the whole pool takes."""

import gc
import time
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessors.queries import Standing, candidates, load_of, pair_faults, read_candidate, standing_of
from cluster_api.assessors.states import ReasonCode
from cluster_api.clusters.errors import ClusterNotFound
from cluster_api.conflicts.actions import record_tie
from cluster_api.conflicts.models import ConflictPin, PairWaiver
from cluster_api.conflicts.schemas import Tie
from cluster_api.conflicts.states import InterestKind, PairRule, PinEffect, TieKind
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Membership, Person
from cluster_api.identity.states import Role
from cluster_api.identity.states import Standing as InOrganisation
from cluster_api.pool.errors import AssessorNotFound
from cluster_api.pool.models import Assessor
from cluster_api.pool.states import AssessorState, QualificationRole
from tests.assessors.given import (
    METHODOLOGY,
    TODAY,
    VISIT,
    given_assessor,
    given_employment,
    given_engagement,
    given_interest,
    given_pool_member,
    given_training,
)
from tests.assessors.history import POOL, given_history
from tests.callers import LONG_AGO, given_organisation
from tests.register import given_cluster

GOLD, SILVER = QualificationRole.GOLD, QualificationRole.SILVER


def standing(
    session: Session, assessor: Assessor, cluster: str, role: QualificationRole = GOLD, **asked: Any
) -> Standing:
    wanted: dict[str, Any] = {
        "role": role,
        "methodology": METHODOLOGY,
        "cluster_id": cluster,
        "visit_on": VISIT,
        **asked,
    }
    return standing_of(session, assessor.id, **wanted)


def why(found: Standing) -> list[str]:
    assert found.eligible == (not found.reasons)
    return [*(one.kind for one in found.conflicts), *(one.code for one in found.reasons if one.code != "conflict")]


def owned(session: Session, **facts: Any) -> tuple[str, str]:
    owner = given_organisation(session, Role.CLUSTER, name="Tidal Network")
    return given_cluster(session, "Tidal Cluster", owner_id=owner.id, **facts), owner.id


def test_who_is_qualified_trained_and_free_can_be_assigned_17(session: Session) -> None:
    cluster, _ = owned(session)
    assessor = given_assessor(session)
    assert standing(session, assessor, cluster) == Standing(True, [], [], [])
    late = standing(session, assessor, cluster, visit_on=date(2023, 1, 1))
    assert why(late) == ["undeclared", "not_qualified"]
    other = standing(session, assessor, cluster, methodology=("ECEI-2013", 2))
    assert why(other) == ["not_trained"]


def test_unknown_things_are_not_found(session: Session) -> None:
    cluster, _ = owned(session)
    assessor = given_assessor(session)
    with pytest.raises(ClusterNotFound):
        standing(session, assessor, str(uuid7()))
    with pytest.raises(AssessorNotFound):
        standing_of(session, str(uuid7()), role=GOLD, methodology=METHODOLOGY, cluster_id=cluster, visit_on=VISIT)
    with pytest.raises(AssessorNotFound):
        pair_faults(session, assessor.id, str(uuid7()), "DE")


def test_nobody_assesses_the_own_organisation_18(session: Session) -> None:
    cluster, owner = owned(session)
    employed, member, namesake, other = (given_assessor(session) for _ in range(4))
    given_employment(session, employed, None, organisation_id=owner)
    given_employment(session, namesake, "TIDAL cluster!")
    given_employment(session, other, "Another")
    session.add(
        Membership(
            organisation_id=owner, person_id=member.person_id, standing=InOrganisation.READER, created_at=LONG_AGO
        )
    )
    session.flush()
    found = [why(standing(session, one, cluster)) for one in (employed, member, namesake, other)]
    assert found == [["employment"], ["membership"], ["employment"], []]


def test_nobody_assesses_a_coached_cluster_or_a_client_of_the_employer_18(session: Session) -> None:
    cluster, _ = owned(session)
    coach, colleague, other = (given_assessor(session, employer=name) for name in ("Firm Ltd", "FIRM LTD.", "Other"))
    given_interest(session, coach, InterestKind.COACHING, cluster_id=cluster)
    assert [why(standing(session, one, cluster)) for one in (coach, colleague, other)] == [
        ["coaching"],
        ["employers_client"],
        [],
    ]
    conflict = standing(session, colleague, cluster).conflicts[0]
    assert [(step.fact, step.is_of_other) for step in conflict.path] == [
        ("employment", False),
        ("colleague", True),
        ("interest", True),
    ]


def test_a_withdrawn_interest_does_not_count(session: Session) -> None:
    cluster, _ = owned(session)
    assessor = given_assessor(session)
    given_interest(session, assessor, InterestKind.BOARD, cluster_id=cluster, withdrawn_at=LONG_AGO)
    assert standing(session, assessor, cluster).eligible


def test_who_speaks_for_a_partner_is_in_conflict(session: Session, administrator: Actor) -> None:
    cluster, _ = owned(session)
    partner = given_cluster(session, "Wave Cluster")
    assessor = given_assessor(session)
    given_interest(session, assessor, InterestKind.BOARD, cluster_id=partner)
    assert standing(session, assessor, cluster).eligible
    told: dict[str, Any] = {
        "source_id": str(uuid7()),
        "cluster_id": partner,
        "other_id": cluster,
        "began_on": date(2019, 1, 1),
    }
    first = record_tie(session, administrator, Tie(kind=TieKind.EXCHANGE, **told))
    assert why(standing(session, assessor, cluster)) == ["exchange"]
    again = record_tie(session, administrator, Tie(kind=TieKind.EXCHANGE, ended_on=date(2019, 2, 1), **told))
    assert (first.id, first.ended_on) == (again.id, date(2019, 2, 1))


def test_not_twice_in_a_row_alone(session: Session) -> None:
    cluster, _ = owned(session)
    first, second = given_assessor(session), given_assessor(session)
    given_engagement(session, first, cluster, QualificationRole.BENCHMARKING, began_on=date(2018, 1, 1), ended_on=None)
    last = given_engagement(session, second, cluster, SILVER, began_on=date(2020, 1, 1))
    given_engagement(session, first, cluster, QualificationRole.OBSERVER, case_id=last.case_id)
    assert [why(standing(session, one, cluster, SILVER)) for one in (first, second)] == [[], ["earlier_assessment"]]
    assert standing(session, second, cluster, GOLD).eligible
    assert standing(session, second, cluster, SILVER, case_id=last.case_id).eligible


def test_a_cleared_conflict_stands_apart_and_does_not_count(session: Session) -> None:
    cluster, _ = owned(session)
    assessor = given_assessor(session)
    given_interest(session, assessor, InterestKind.BOARD, cluster_id=cluster)
    key = standing(session, assessor, cluster).conflicts[0].key
    facts = {"assessor_id": assessor.id, "cluster_id": cluster, "began_on": TODAY, "recorded_at": LONG_AGO}
    pin = ConflictPin(
        id=str(uuid7()), effect=PinEffect.CLEAR, conflict_key=key, reason="An honour only.", author="test", **facts
    )
    session.add(pin)
    session.flush()
    found = standing(session, assessor, cluster)
    assert (found.eligible, found.conflicts, [one.cleared for one in found.cleared]) == (True, [], ["An honour only."])
    pin.withdrawn_at = LONG_AGO
    session.flush()
    assert not standing(session, assessor, cluster).eligible


def test_an_erased_person_is_nobody_who_can_be_assigned(session: Session) -> None:
    cluster, _ = owned(session)
    assessor = given_assessor(session)
    session.execute(sa.update(Person).where(Person.id == assessor.person_id).values(erased_at=LONG_AGO))
    assert why(standing(session, assessor, cluster)) == ["not_active"]


def test_two_of_one_case_differ_in_employer_and_one_is_foreign_18(session: Session) -> None:
    cluster, _ = owned(session, country="DE")
    firm = given_organisation(session, Role.ASSESSOR, name="Firm Ltd")
    german, other = given_assessor(session, country="DE", employer="firm ltd"), given_assessor(session, country="DE")
    given_employment(session, other, None, organisation_id=firm.id)
    found = [one.code for one in pair_faults(session, german.id, other.id, "DE", cluster_id=cluster, on=VISIT)]
    assert found == [ReasonCode.SAME_EMPLOYER, ReasonCode.NO_FOREIGNER]
    first, second = sorted((german.id, other.id))
    facts = {"began_on": TODAY, "recorded_at": LONG_AGO, "author": "test", "reason": "Nobody else speaks Sorbian."}
    waiver = PairWaiver(
        id=str(uuid7()), first_id=first, second_id=second, rule=PairRule.ONE_FOREIGNER, cluster_id=cluster, **facts
    )
    session.add(waiver)
    session.flush()
    found = [one.code for one in pair_faults(session, other.id, german.id, "DE", cluster_id=cluster, on=VISIT)]
    assert found == [ReasonCode.SAME_EMPLOYER]
    assert [one.code for one in pair_faults(session, german.id, other.id, "DE")] == [
        ReasonCode.SAME_EMPLOYER,
        ReasonCode.NO_FOREIGNER,
    ]
    foreign = given_assessor(session, country="FR")
    assert pair_faults(session, german.id, foreign.id, "DE", on=VISIT) == []


def test_the_eligible_come_first_and_every_other_says_why(session: Session) -> None:
    cluster, _ = owned(session, country="DE")
    training = given_training(session)
    best = given_assessor(session, training=training)
    good = given_assessor(session, training=training, portfolios=[])
    german = given_assessor(session, country="DE", training=training)
    first = given_assessor(session, country="DE", employer="Firm", training=training)
    colleague = given_assessor(session, employer="firm", training=training)
    silver = given_assessor(session, SILVER, training=training)
    away = given_assessor(session, training=training, state=AssessorState.SUSPENDED)
    mute = given_assessor(session, training=training, languages=["pl"])
    refused = given_assessor(session, training=training)
    found = candidates(
        session,
        role=GOLD,
        methodology=METHODOLOGY,
        cluster_id=cluster,
        visit_on=VISIT,
        languages=("fr",),
        with_employer_other_than=(first.id,),
        exclude=(refused.id,),
    )
    told = {one.assessor_id: [reason.code.value for reason in one.reasons] for one in found}
    assert [one.assessor_id for one in found][:2] == [best.id, good.id]
    assert told == {
        best.id: ["speaks", "knows_portfolio", "from_abroad"],
        good.id: ["speaks", "from_abroad"],
        german.id: ["no_foreigner"],
        first.id: ["excluded", "same_employer", "no_foreigner"],
        colleague.id: ["same_employer"],
        silver.id: ["not_qualified"],
        away.id: ["not_active"],
        mute.id: ["no_common_language"],
        refused.id: ["excluded"],
    }


def test_one_and_all_are_judged_alike(session: Session) -> None:
    cluster, owner = owned(session)
    pool = [given_assessor(session, employer=name) for name in ("A", "B", None)]
    given_interest(session, pool[0], InterestKind.PAID_ADVICE, organisation_id=owner)
    given_employment(session, pool[1], "a")
    asked: dict[str, Any] = {"role": SILVER, "methodology": METHODOLOGY, "cluster_id": cluster, "visit_on": VISIT}
    found = {one.assessor_id: one for one in candidates(session, **asked)}
    for one in pool:
        alone = standing_of(session, one.id, **asked)
        assert (alone.eligible, alone.conflicts) == (found[one.id].eligible, found[one.id].conflicts)
    assert [found[one.id].eligible for one in pool] == [False, False, True]


def test_before_the_first_code_of_conduct_none_is_asked_for(session: Session) -> None:
    cluster, _ = owned(session)
    found = standing(session, given_pool_member(session), cluster, visit_on=date(2015, 1, 1))
    assert [one.code.value for one in found.reasons] == ["not_qualified", "not_trained", "conflict", "conflict"]


@pytest.mark.parametrize("sees_others", [True, False])
def test_a_candidate_is_shown_with_reasons_and_conflicts(session: Session, *, sees_others: bool) -> None:
    cluster, _ = owned(session)
    given_interest(session, given_assessor(session, employer="Firm"), InterestKind.COACHING, cluster_id=cluster)
    colleague, free = given_assessor(session, employer="firm"), given_assessor(session)
    asked: dict[str, Any] = {"methodology": METHODOLOGY, "cluster_id": cluster, "visit_on": VISIT}
    found = candidates(session, role=SILVER, **asked)
    read = {str(one.assessor_id): one for one in (read_candidate(each, sees_others=sees_others) for each in found)}
    best, other = read[free.id], read[colleague.id]
    assert (best.is_eligible, best.score, best.conflicts) == (True, 50, [])
    assert [(one.code.value, one.points) for one in best.reasons] == [("knows_portfolio", 30), ("from_abroad", 20)]
    assert (other.is_eligible, other.score, [one.kind.value for one in other.conflicts]) == (
        False,
        0,
        ["employers_client"],
    )
    named = [step.fact_id is not None for step in other.conflicts[0].path]
    assert named == [True, sees_others, sees_others]


def test_load_is_told_by_year(session: Session) -> None:
    cluster, _ = owned(session)
    assessor = given_assessor(session)
    for day, ended_on, role in (
        (date(2019, 5, 1), date(2019, 5, 2), GOLD),
        (date(2020, 5, 1), None, SILVER),
        (date(2020, 6, 1), date(2020, 6, 1), QualificationRole.OBSERVER),
    ):
        given_engagement(session, assessor, cluster, role, began_on=day, ended_on=ended_on)
    years = [one.model_dump(exclude={"currency"}) for one in load_of(session, assessor).years]
    assert years == [
        {"year": 2019, "cases": 1, "scoring_cases": 1, "open_cases": 0, "days": 2.0, "fee_cents": 100_000},
        {"year": 2020, "cases": 2, "scoring_cases": 1, "open_cases": 1, "days": 4.0, "fee_cents": 200_000},
    ]


MOST_STATEMENTS = 14
MOST_SECONDS = 1.0
"""Five times the aim of 200 ms: machines of others are busy, and a query per assessor would take much longer."""


def test_the_whole_pool_is_judged_in_a_handful_of_statements(database: Database, session: Session) -> None:
    cluster = given_history(session)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    asked: dict[str, Any] = {
        "role": GOLD,
        "methodology": METHODOLOGY,
        "cluster_id": cluster,
        "visit_on": VISIT,
        "languages": ("en",),
    }
    engine = session.get_bind().engine
    taken = []
    for _ in range(3):
        gc.collect()
        statements.clear()
        sa.event.listen(engine, "before_cursor_execute", note)
        began = time.perf_counter()
        found = candidates(session, **asked)
        taken.append(time.perf_counter() - began)
        sa.event.remove(engine, "before_cursor_execute", note)
        assert (len(found), {one.eligible for one in found}) == (POOL, {True, False})
    told = ", ".join(f"{seconds * 1000:.0f}" for seconds in taken)
    print(f"{database.engine.dialect.name}: {POOL} candidates in {told} ms, {len(statements)} statements")  # noqa: T201
    assert (len(statements) <= MOST_STATEMENTS, min(taken) < MOST_SECONDS) == (True, True)
