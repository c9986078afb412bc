"""What is wrong with a sheet besides its values, at its place and in its words."""

from typing import Any

import pytest

from cluster_api.foundation.errors import Fault
from cluster_api.methodology.queries import shipped
from cluster_api.methodology.schemas import Terms
from cluster_api.scoresheets import rules
from tests.indicators.given import condition, level, minimum, the_set

TERMS: Terms = shipped(code="2020")[0].document.terms
SET = the_set(
    level("1.1", "role"), level("1.2", "plan", silver_scope=False), level("1.3", "team"), level("1.4", "work"),
    level("1.5", "gate", is_gate=True, max_points=0, minimum=minimum(condition("gate", at_least=3))),
)  # fmt: skip
SHEET = {"role": 4, "plan": 5, "team": 0, "work": 1, "gate": 5}


def test_comments_and_evidence_name_what_there_is() -> None:
    evidence = {"role": ["a", "b"], "sky": ["a"], "plan": ["c"]}
    found = list(rules.attachment_faults(SET, ["role", "moon"], evidence, {"a"}, "/body"))
    assert found == [
        Fault("/body/comments/moon", "unknown_indicator", "There is no such indicator in this set."),
        Fault("/body/evidence/sky", "unknown_indicator", "There is no such indicator in this set."),
        Fault("/body/evidence/role/1", "unknown_evidence", "The case has no such file."),
        Fault("/body/evidence/plan/0", "unknown_evidence", "The case has no such file."),
    ]
    assert list(rules.attachment_faults(SET, ["plan"], {"role": ["a"]}, ["a"], "/body")) == []


@pytest.mark.parametrize(
    ("named", "whole", "expected"),
    [
        (["role", "team", "work"], True, []),
        (["role", "team"], False, []),
        (
            ["role", "team"],
            True,
            [Fault("/at/improvements", "number", "3 improvements are wanted, 2 are named.")],
        ),
        (["role", "team", "work", "gate"], False, []),
        (
            ["role", "plan", "role"],
            True,
            [
                Fault("/at/improvements/1/indicator", "not_in_scope", "plan is not in silver's scope."),
                Fault("/at/improvements/2/indicator", "twice", "Each is on an indicator of its own."),
            ],
        ),
        (
            ["moon"],
            False,
            [Fault("/at/improvements/0/indicator", "not_in_scope", "moon is not in silver's scope.")],
        ),
    ],
)
def test_invariant_8_improvements_are_three_on_different_indicators_of_the_scope(
    named: list[str], whole: bool, expected: list[Fault]
) -> None:
    assert list(rules.improvement_faults(SET, TERMS, named, "/at", whole=whole)) == expected


def test_invariant_15_what_a_consensus_lacks_is_told_by_code() -> None:
    found = list(rules.consensus_faults(SET, SHEET, [SHEET | {"role": 3}], ["team"], {"role": ["a"], "plan": []}))
    assert found == [
        Fault("/body/comments/role", "reason_missing", "1.1 differs from an expert's: say why."),
        Fault("/body/evidence/plan", "evidence_missing", "1.2 has full marks: name a released file of evidence."),
    ]
    assert list(rules.consensus_faults(SET, SHEET, [SHEET], (), {"plan": ["a"]})) == []


def test_every_improvement_has_its_verdict_and_no_other_has() -> None:
    assert list(rules.verdict_faults(["role", "work", "team"], ["team", "plan"])) == [
        Fault("/body/confirmed/plan", "no_improvement", "Not named."),
        Fault("/body/confirmed/role", "verdict_missing", "Say whether it is confirmed."),
        Fault("/body/confirmed/work", "verdict_missing", "Say whether it is confirmed."),
    ]
    assert list(rules.verdict_faults(["role"], ["role"])) == []


def test_points_and_minimums_are_told_by_code_and_by_field() -> None:
    assert rules.points_by_code(SET, SHEET) == {"1.1": 4, "1.2": 5, "1.3": 0, "1.4": 1}
    assert rules.outcomes(SET, SHEET | {"gate": 2}) == {
        "role": (4, False), "plan": (5, False), "team": (0, False), "work": (1, False), "gate": (0, True),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "patch", "expected"),
    [
        ({}, {"a": None}, {}),
        ({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
    ],
)
def test_patch_takes_away_what_is_null_and_replaces_what_is_no_object(before: Any, patch: Any, expected: Any) -> None:
    assert rules.patched(before, patch) == expected
