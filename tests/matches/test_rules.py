"""Whether two can be matched, and where a match stands on a day."""

from datetime import date
from typing import Any

import pytest

from cluster_api.matches.rules import faults, state_on
from cluster_api.matches.states import MatchState
from cluster_api.participants.states import ParticipantState

FITTING: dict[str, Any] = {
    "visitor": ("pilot", "FR", "one"), "host": ("pilot", "PT", "two"), "visits": True, "hosts": True,
    "visitor_state": ParticipantState.VALIDATED, "host_state": ParticipantState.VALIDATED,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, []),
        ({"visits": False}, ["The visitor has not registered to visit."]),
        ({"hosts": False}, ["The host has not registered to host."]),
        ({"visitor_state": ParticipantState.SUSPENDED}, ["Both are validated first."]),
        ({"host_state": ParticipantState.WITHDRAWN}, ["Both are validated first."]),
        ({"host": ("second", "PT", "two")}, ["The visitor is in the round pilot, the host in second."]),
        ({"host": ("pilot", "FR", "two")}, ["Both are in FR."]),
        ({"host": ("pilot", "PT", "one")}, ["Both are one organisation."]),
        (
            {"visits": False, "hosts": False, "host": ("second", "FR", "one")},
            [
                "The visitor has not registered to visit.", "The host has not registered to host.",
                "The visitor is in the round pilot, the host in second.", "Both are in FR.",
                "Both are one organisation.",
            ],
        ),
    ],
)  # fmt: skip
def test_programme_invariant_1_every_reason_against_a_match_is_told(changed: dict[str, Any], told: list[str]) -> None:
    assert faults(**{**FITTING, **changed}) == told


@pytest.mark.parametrize(
    ("state", "day", "found"),
    [
        (MatchState.PROPOSED, date(2021, 2, 14), MatchState.PROPOSED),
        (MatchState.PROPOSED, date(2021, 2, 15), MatchState.EXPIRED),
        (MatchState.CONFIRMED, date(2021, 2, 15), MatchState.CONFIRMED),
        (MatchState.DECLINED, date(2021, 2, 15), MatchState.DECLINED),
    ],
)
def test_proposal_without_an_answer_expires_after_its_last_day(state: MatchState, day: date, found: MatchState) -> None:
    assert state_on(state, date(2021, 2, 14), day) is found
