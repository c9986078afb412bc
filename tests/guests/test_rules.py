"""What a trainee has to know before, and when a guest can do what."""

from datetime import date

import pytest

from cluster_api.assessors.rules import AttendanceFact, Reason
from cluster_api.assessors.states import ReasonCode
from cluster_api.benchmarks.states import BenchmarkState, GuestRole
from cluster_api.guests.rules import possible, training_lacks
from cluster_api.trainings.states import AttendanceResult, TrainingKind

DAY, SET = date(2021, 1, 15), ("ESCA-BRONZE-2019", 1)
PASSED = AttendanceFact(SET, TrainingKind.INITIAL, AttendanceResult.PASSED, DAY)


@pytest.mark.parametrize(
    ("role", "attendances", "expected"),
    [
        (GuestRole.TRAINEE, [PASSED], 0),
        (GuestRole.TRAINEE, [], 1),
        (GuestRole.TRAINEE, [AttendanceFact(SET, TrainingKind.INITIAL, AttendanceResult.FAILED, DAY)], 1),
        (GuestRole.TRAINEE, [AttendanceFact((SET[0], 2), TrainingKind.INITIAL, AttendanceResult.PASSED, DAY)], 1),
        (GuestRole.TRAINEE, [AttendanceFact(SET, TrainingKind.INITIAL, AttendanceResult.PASSED, date(2021, 1, 16))], 1),
        (GuestRole.OBSERVER, [], 0),
    ],
)
def test_trainee_is_trained_on_the_version_by_the_day(
    role: GuestRole, attendances: list[AttendanceFact], expected: int
) -> None:
    assert len(training_lacks(role, attendances, SET, DAY)) == expected


def test_guest_comes_before_the_interview_and_is_confirmed_after_it() -> None:
    before = {BenchmarkState.OPEN, BenchmarkState.SUBMITTED, BenchmarkState.IN_INTERVIEW}
    after = {BenchmarkState.INTERVIEWED, BenchmarkState.REPORT_READY, BenchmarkState.RELEASED}
    for verb, states in {"accept": before, "agree": before, "confirm": after, "withdraw": set(BenchmarkState)}.items():
        assert {state for state in BenchmarkState if possible(verb, state)} == states


def test_what_a_trainee_lacks_is_told() -> None:
    told = training_lacks(GuestRole.TRAINEE, [], SET, DAY)
    detail = "Has not passed a training on version 1 of ESCA-BRONZE-2019."
    assert told == [Reason(ReasonCode.NOT_TRAINED, detail)]
