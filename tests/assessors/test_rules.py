"""Qualifications, trainings, eligibility and order as values."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.assessors.rules import (
    AttendanceFact,
    Candidate,
    EngagementFact,
    PoolFacts,
    QualificationFact,
    Reason,
    Wanted,
    candidate,
    eligibility,
    experience,
    fee_of,
    lacking,
    qualified,
    ranked,
    trained,
    valid_until,
)
from cluster_api.assessors.states import Need, QualificationMove, ReasonCode
from cluster_api.conflicts.rules import AssessorFacts, ClusterFacts, PairFact, conflicts
from cluster_api.conflicts.states import PairRule
from cluster_api.pool.rules import EmploymentFact
from cluster_api.pool.states import SCORING, AssessorState, EmploymentKind, QualificationRole
from cluster_api.trainings.states import AttendanceResult, TrainingKind

ON = date(2021, 3, 1)
METHODOLOGY = ("ECEI-2013", 1)
R = QualificationRole


def qualification(role: R = R.GOLD, **days: date) -> QualificationFact:
    return QualificationFact(role, **{"granted_on": date(2019, 1, 1), "valid_until": date(2022, 1, 1), **days})


def attendance(result: AttendanceResult = AttendanceResult.PASSED, **facts: Any) -> AttendanceFact:
    return AttendanceFact(
        **{"methodology": METHODOLOGY, "kind": TrainingKind.INITIAL, "result": result, "ended_on": ON, **facts}
    )


FREE = EmploymentFact("e", None, None, assessor_id="a", kind=EmploymentKind.SELF_EMPLOYED)
FIT = PoolFacts(
    "a",
    AssessorState.ACTIVE,
    "IE",
    languages=("en", "fr"),
    portfolios=("ICT",),
    qualifications=(qualification(),),
    attendances=(attendance(),),
    codes=frozenset({"2019"}),
    employments=(FREE,),
)
WANTED = Wanted(R.GOLD, METHODOLOGY, ON, "DE", code="2019")


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2018, 12, 31), False),
        (date(2019, 1, 1), True),
        (date(2022, 1, 1), True),
        (date(2022, 1, 2), False),
    ],
)
def test_the_qualification_covers_the_day_of_the_visit_17(on: date, *, expected: bool) -> None:
    assert qualified([qualification()], R.GOLD, on) == expected


def test_a_withdrawn_qualification_is_none_from_that_day_on() -> None:
    withdrawn = [qualification(withdrawn_on=ON)]
    assert [qualified(withdrawn, R.GOLD, day) for day in (ON - timedelta(days=1), ON)] == [True, False]


COVERING = {
    R.BENCHMARKING: {R.BENCHMARKING},
    R.SILVER: {R.SILVER},
    R.GOLD: {R.GOLD, R.LEAD},
    R.LEAD: {R.LEAD},
    R.TRAINEE: {R.TRAINEE, *SCORING},
    R.OBSERVER: set(R),
}


@pytest.mark.parametrize("role", R)
def test_which_qualification_is_enough_for_which_role_11(role: R) -> None:
    assert {held for held in R if qualified([qualification(held)], role, ON)} == COVERING[role]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (attendance(), True),
        (attendance(kind=TrainingKind.REFRESHER), True),
        (attendance(ended_on=ON + timedelta(days=1)), False),
        (attendance(methodology=("ECEI-2013", 2)), False),
        (attendance(methodology=("ECEI-2020", 1)), False),
        *((attendance(result), False) for result in AttendanceResult if result is not AttendanceResult.PASSED),
    ],
)
def test_who_is_trained_passed_on_exactly_this_version(held: AttendanceFact, *, expected: bool) -> None:
    assert trained([held], METHODOLOGY, ON) == expected


def test_a_qualification_lasts_36_months() -> None:
    assert valid_until(R.GOLD, date(2020, 2, 29)) == date(2023, 2, 28)


GRANT, RENEW = QualificationMove.GRANT, QualificationMove.RENEW


@pytest.mark.parametrize(
    ("move", "role", "done", "missing"),
    [
        (GRANT, R.BENCHMARKING, {Need.TRAINING: 1, Need.OBSERVED_INTERVIEW: 1}, []),
        (GRANT, R.BENCHMARKING, {Need.TRAINING: 1}, ["observed_interview: 0 of 1"]),
        (GRANT, R.SILVER, {Need.BENCHMARK: 5}, []),
        (GRANT, R.SILVER, {Need.BENCHMARK: 4}, ["benchmark: 4 of 5"]),
        (GRANT, R.GOLD, {Need.SILVER_AUDIT: 3, Need.OBSERVED_GOLD_VISIT: 1}, []),
        (GRANT, R.GOLD, {Need.BENCHMARK: 10, Need.OBSERVED_GOLD_VISIT: 1}, []),
        (GRANT, R.GOLD, {Need.BENCHMARK: 10}, ["silver_audit: 0 of 3; observed_gold_visit: 0 of 1",
                                              "observed_gold_visit: 0 of 1"]),
        (GRANT, R.LEAD, {Need.GOLD_VISIT: 2}, ["gold_visit: 2 of 3"]),
        (GRANT, R.TRAINEE, {}, []),
        (RENEW, R.GOLD, {Need.REFRESHER: 1, Need.ASSIGNMENT: 2}, []),
        (RENEW, R.SILVER, {Need.ASSIGNMENT: 1}, ["refresher: 0 of 1; assignment: 1 of 2"]),
        (RENEW, R.OBSERVER, {}, []),
    ],
)  # fmt: skip
def test_what_a_qualification_needs(
    move: QualificationMove, role: R, done: dict[Need, int], missing: list[str]
) -> None:
    assert lacking(move, role, Counter(done), ON) == missing


def test_experience_counts_what_ended_in_the_period() -> None:
    done = [
        EngagementFact(R.BENCHMARKING, ON),
        EngagementFact(R.LEAD, ON),
        EngagementFact(R.SILVER, None),
        EngagementFact(R.GOLD, ON - timedelta(days=400)),
        EngagementFact(R.TRAINEE, ON, frozenset({R.BENCHMARKING})),
        EngagementFact(R.OBSERVER, ON, frozenset({R.GOLD, R.LEAD})),
        EngagementFact(R.OBSERVER, ON),
    ]
    held = [attendance(), attendance(kind=TrainingKind.REFRESHER), attendance(AttendanceResult.FAILED)]
    assert experience(done, held, ON - timedelta(days=365), ON) == {
        Need.ASSIGNMENT: 2,
        Need.BENCHMARK: 1,
        Need.GOLD_VISIT: 1,
        Need.OBSERVED_INTERVIEW: 1,
        Need.OBSERVED_GOLD_VISIT: 1,
        Need.TRAINING: 1,
        Need.REFRESHER: 1,
    }


def codes(facts: PoolFacts, wanted: Wanted = WANTED) -> list[ReasonCode]:
    return [one.code for one in eligibility(facts, wanted, [])]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (replace(FIT, state=AssessorState.SUSPENDED), ReasonCode.NOT_ACTIVE),
        (replace(FIT, state=AssessorState.RETIRED), ReasonCode.NOT_ACTIVE),
        (replace(FIT, unavailable_until=ON), ReasonCode.UNAVAILABLE),
        (replace(FIT, qualifications=()), ReasonCode.NOT_QUALIFIED),
        (replace(FIT, attendances=()), ReasonCode.NOT_TRAINED),
        (replace(FIT, codes=frozenset({"2012"})), ReasonCode.CODE_NOT_ACCEPTED),
        (replace(FIT, languages=("de",)), ReasonCode.NO_COMMON_LANGUAGE),
    ],
)
def test_every_reason_against_is_told(facts: PoolFacts, reason: ReasonCode) -> None:
    wanted = replace(WANTED, languages=("en", "es"))
    assert (codes(FIT, wanted), codes(facts, wanted)) == ([], [reason])


def test_back_from_leave_the_day_after() -> None:
    assert codes(replace(FIT, unavailable_until=ON - timedelta(days=1))) == []


@pytest.mark.parametrize("role", [R.TRAINEE, R.OBSERVER])
def test_who_never_scores_needs_no_training_yet_11(role: R) -> None:
    held = (qualification(R.TRAINEE),)
    assert codes(replace(FIT, attendances=(), qualifications=held), replace(WANTED, role=role)) == []


def test_conflicts_and_pairs_are_reasons_unless_waived_18() -> None:
    found = conflicts(AssessorFacts("a"), ClusterFacts("c"), ON)
    assert [one.code for one in eligibility(FIT, WANTED, found)] == [ReasonCode.CONFLICT] * 2
    unknown = PairFact("DE", ())
    local = replace(FIT, country="DE")
    beside = replace(WANTED, beside={"b": unknown})
    assert codes(local, beside) == [ReasonCode.SAME_EMPLOYER, ReasonCode.NO_FOREIGNER]
    waived = replace(beside, waived={("a", "b"): {PairRule.ONE_FOREIGNER: "Nobody else speaks the language."}})
    assert codes(local, waived) == [ReasonCode.SAME_EMPLOYER]


def test_who_fits_better_and_did_less_is_proposed_first() -> None:
    wanted = replace(WANTED, portfolio="ICT", languages=("fr", "en"))
    busy = replace(FIT, assessor_id="busy", recent_cases=4)
    other = replace(FIT, assessor_id="other", portfolios=())
    local = replace(FIT, assessor_id="local", country="DE", languages=("en",))
    unfit = replace(FIT, assessor_id="unfit", attendances=(), codes=frozenset())
    near = replace(FIT, assessor_id="near", attendances=())
    found = ranked(candidate(one, wanted, []) for one in (unfit, near, other, busy, local, FIT))
    assert [(one.assessor_id, one.eligible, one.score) for one in found] == [
        ("a", True, 70),
        ("busy", True, 58),
        ("local", True, 40),
        ("other", True, 40),
        ("near", False, 0),
        ("unfit", False, 0),
    ]
    assert [one.code for one in found[1].reasons] == [
        ReasonCode.SPEAKS,
        ReasonCode.KNOWS_PORTFOLIO,
        ReasonCode.FROM_ABROAD,
        ReasonCode.RECENT_CASES,
    ]


@given(st.lists(st.tuples(st.booleans(), st.integers(-50, 50), st.integers(0, 9)), max_size=20))
def test_order_is_whole_and_the_eligible_come_first(made: list[tuple[bool, int, int]]) -> None:
    given_ones = [
        Candidate(f"{place}", eligible, [Reason(ReasonCode.SPEAKS, "", points if eligible else 0)] * (1 + more))
        for place, (eligible, points, more) in enumerate(made)
    ]
    found = ranked(given_ones)
    assert sorted(one.assessor_id for one in found) == sorted(one.assessor_id for one in given_ones)
    assert [one.eligible for one in found] == sorted((one.eligible for one in found), reverse=True)
    scores = [one.score for one in found if one.eligible]
    assert scores == sorted(scores, reverse=True)
    assert ranked(reversed(given_ones)) == found


@pytest.mark.parametrize(
    ("role", "days", "fee"),
    [("lead", 2, 240_000), ("gold", 2, 205_000), ("gold", 1, 115_000), ("silver", 1, 115_000),
     ("benchmarking", 1, 60_000), ("trainee", 2, 0), ("observer", 1, 0), ("lead", 0, 40_000)],
)  # fmt: skip
def test_fee_is_for_the_case_and_for_its_days(role: str, days: int, fee: int) -> None:
    assert fee_of(QualificationRole(role), days, date(2021, 3, 3)) == fee


@pytest.mark.parametrize(
    ("price", "parts"),
    [(825_000, [("lead", 2), ("gold", 2)]), (676_500, [("lead", 1), ("gold", 1)]), (362_000, [("silver", 1)]),
     (165_000, [("benchmarking", 1)])],
)  # fmt: skip
def test_what_a_process_pays_its_assessors_is_less_than_its_price(price: int, parts: list[tuple[str, int]]) -> None:
    assert sum(fee_of(QualificationRole(role), days, date(2021, 3, 3)) for role, days in parts) < price
