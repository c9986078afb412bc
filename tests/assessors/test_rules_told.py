"""Why an assessor is proposed or is not, in words and in points; what counts as experience at the edges of a period."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from cluster_api.assessors.rules import (
    AttendanceFact,
    Candidate,
    EngagementFact,
    Reason,
    candidate,
    eligibility,
    experience,
    pair_reasons,
    preferences,
    ranked,
)
from cluster_api.assessors.states import Need, ReasonCode
from cluster_api.conflicts.rules import Conflict, PairFact, Step
from cluster_api.conflicts.states import ConflictKind, FactKind, PairRule, Source
from cluster_api.pool.rules import EmploymentFact
from cluster_api.pool.states import AssessorState, EmploymentKind
from cluster_api.trainings.states import AttendanceResult, TrainingKind
from tests.assessors.test_rules import FIT, FREE, METHODOLOGY, ON, WANTED, R, attendance

SINCE, UNTIL = date(2020, 1, 1), date(2020, 12, 31)
DAY = timedelta(days=1)
SAME = Reason(ReasonCode.SAME_EMPLOYER, "Both have the same employer, or the employer of one is not declared.")


def done(*ends: date) -> list[EngagementFact]:
    return [EngagementFact(R.GOLD, one) for one in ends]


def held(kind: TrainingKind, *ends: date) -> list[AttendanceFact]:
    return [attendance(kind=kind, ended_on=one) for one in ends]


def test_experience_counts_from_the_first_to_the_last_day_of_a_period() -> None:
    ends = (SINCE - DAY, SINCE, UNTIL, UNTIL + DAY)
    assert experience(done(*ends), [], SINCE, UNTIL) == Counter({Need.ASSIGNMENT: 2, Need.GOLD_VISIT: 2})
    assert experience([EngagementFact(R.GOLD, None)], [], SINCE, UNTIL) == Counter()
    refreshed = next(kind for kind in TrainingKind if kind is not TrainingKind.INITIAL)
    trainings = [*held(TrainingKind.INITIAL, *ends), *held(refreshed, *ends, UNTIL)]
    failed = next(one for one in AttendanceResult if one is not AttendanceResult.PASSED)
    trainings.append(attendance(failed, ended_on=SINCE))
    assert experience([], trainings, SINCE, UNTIL) == Counter({Need.TRAINING: 2, Need.REFRESHER: 3})


def test_invariant_17_everything_the_pool_knows_against_somebody_is_told_in_words() -> None:
    unfit = replace(
        FIT, state=AssessorState.SUSPENDED, unavailable_until=ON, qualifications=(), attendances=(), codes=frozenset(),
    )  # fmt: skip
    wanted = replace(WANTED, excluded=frozenset({"a"}), languages=("de", "it"))
    assert eligibility(unfit, wanted, []) == [
        Reason(ReasonCode.EXCLUDED, "Left out by who asks."),
        Reason(ReasonCode.NOT_ACTIVE, "The assessor is suspended."),
        Reason(ReasonCode.UNAVAILABLE, "Takes no work until 2021-03-01."),
        Reason(ReasonCode.NOT_QUALIFIED, "Has no qualification for gold valid on 2021-03-01."),
        Reason(ReasonCode.NOT_TRAINED, "Has not passed a training on version 1 of ECEI-2013."),
        Reason(ReasonCode.CODE_NOT_ACCEPTED, "Has not accepted version 2019 of the code of conduct."),
        Reason(ReasonCode.NO_COMMON_LANGUAGE, "Speaks none of de, it."),
    ]
    assert WANTED.methodology == METHODOLOGY


def conflict(**more: str) -> Conflict:
    path = (Step(FactKind.INTEREST, "i", "Sits on a board."), Step(FactKind.OWNER, "o", "It runs the cluster."))
    return Conflict(ConflictKind.BOARD, path, Source.ASSESSOR, **more)  # type: ignore[arg-type] # texts only


def test_invariant_18_open_conflicts_are_told_step_by_step() -> None:
    found = candidate(FIT, WANTED, [conflict(), conflict(cleared="Another board.")])
    told = Reason(ReasonCode.CONFLICT, "board: Sits on a board. It runs the cluster.")
    assert found == Candidate("a", eligible=False, reasons=[told], conflicts=[conflict()])


def employed(ended_on: date | None = None) -> PairFact:
    own = EmploymentFact("e", None, ended_on, assessor_id="b", kind=EmploymentKind.EMPLOYED, organisation_id="f")
    return PairFact("ES", (own,))


def test_invariant_18_pair_is_judged_on_the_day_and_waivers_are_of_both() -> None:
    working = replace(FIT, employments=employed().employments)
    for own, other in (("a", "b"), ("b", "a")):
        facts = replace(working, assessor_id=own)
        wanted = replace(WANTED, beside={other: employed()})
        assert eligibility(facts, wanted, []) == [SAME]
        waiver = {("a", "b"): {PairRule.EMPLOYERS_DIFFER: "A small country."}}
        assert eligibility(facts, replace(wanted, waived=waiver), []) == []
        assert eligibility(facts, replace(wanted, waived={("b", "a"): waiver["a", "b"]}), []) == [SAME]
    over = replace(WANTED, beside={"b": employed(ON - DAY)})
    assert eligibility(working, over, []) == [SAME]  # whose employer is not known on the day
    free = PairFact("ES", (FREE, *employed(ON - DAY).employments))
    assert eligibility(working, replace(WANTED, beside={"b": free}), []) == []
    assert pair_reasons(working.pair, free, "DE", ON - DAY) == [SAME]


def test_what_speaks_for_somebody_is_told_with_its_points() -> None:
    wanted = replace(WANTED, languages=("fr", "de", "en"), portfolio="ICT")
    facts = replace(FIT, recent_cases=2)
    told = [
        Reason(ReasonCode.SPEAKS, "Speaks fr, en.", 20),
        Reason(ReasonCode.KNOWS_PORTFOLIO, "Knows the portfolio ICT.", 30),
        Reason(ReasonCode.FROM_ABROAD, "Lives in IE.", 20),
        Reason(ReasonCode.RECENT_CASES, "Took part in 2 case(s) in the last twelve months.", -6),
    ]
    assert preferences(facts, wanted) == told
    assert candidate(facts, wanted, []) == Candidate("a", eligible=True, reasons=told)
    assert candidate(facts, wanted, []).score == 64
    assert preferences(FIT, replace(WANTED, country="IE", portfolio="FOOD", languages=("de",))) == []


def test_eligible_come_by_points_and_others_by_how_little_is_in_the_way() -> None:
    def one(name: str, *points: int, eligible: bool = True) -> Candidate:
        return Candidate(name, eligible, [Reason(ReasonCode.SPEAKS, "", point) for point in points])

    found = ranked([
        one("cc", 0, 0, eligible=False), one("e", 0, eligible=False), one("d", 0, eligible=False), one("c", 9),
        one("b", 5, 5), one("a", 3), one("g", 10),
    ])  # fmt: skip
    assert [candidate.assessor_id for candidate in found] == ["b", "g", "c", "a", "d", "e", "cc"]
