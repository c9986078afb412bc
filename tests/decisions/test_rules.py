"""What a decision rests on and how votes are counted, without a database."""

from datetime import date
from typing import Any

import pytest

from cluster_api.decisions.rules import (
    TAKEN_OVER,
    TAKEN_OVER_OF_BRONZE,
    Difference,
    VotingRule,
    appealable_until,
    computed,
    conditions_on,
    counted,
    differences,
    group_of,
    inputs_of,
    outcome_of,
    quorum_lack,
    voting_rule_on,
)
from cluster_api.decisions.states import Choice, ConditionsStanding
from cluster_api.indicators.rules import example_form
from cluster_api.indicators.schemas import EligibilitySet
from cluster_api.methodology.queries import shipped
from cluster_api.methodology.rules import bronze_lacks, bronze_trace
from cluster_api.methodology.schemas import RuleSetDocument
from cluster_api.scoring.rules import score
from tests.scoring.given import FULL, GOLD, sheet_of

RULES: RuleSetDocument = shipped(code="2020")[0].document
BOTH = [{"role": "lead"}, {"role": "second"}]
AREAS = {"committed_participants": True, "direct_contacts": True, "strategy_building": True}
G, R, D, A, X = Choice.GRANT, Choice.REFUSE, Choice.DEFER, Choice.ABSTAIN, Choice.RECUSED
RULE = VotingRule("2020-03-01", quorum_percent=50, fewest_votes=3, majority_percent=50)


def votes(*choices: Choice) -> dict[str, Choice]:
    return {str(number): choice for number, choice in enumerate(choices)}


def gold_inputs(**changes: Any) -> dict[str, Any]:
    inputs = {
        "level": "gold", "kind": "first", "sheet": FULL, "scores": BOTH, "visit_dates": ["2021-03-02", "2021-03-03"],
        "benchmarks_on": ["2020-01-10"], "improvements": {},
    }  # fmt: skip
    return inputs | changes


def silver_inputs(**changes: Any) -> dict[str, Any]:
    inputs = {
        "level": "silver", "kind": "first", "sheet": FULL, "scores": [{"role": "auditor"}],
        "visit_dates": ["2021-03-02"], "benchmarks_on": ["2019-01-10", "2020-10-01"], "improvements": AREAS,
    }  # fmt: skip
    return inputs | changes


def refusals(inputs: dict[str, Any]) -> list[str]:
    found: list[str] = computed(inputs, RULES.terms, GOLD)["refusals"]
    return found


def test_inputs_are_all_that_the_result_is_computed_from_and_nothing_else() -> None:
    document = {name: f"the {name}" for name in TAKEN_OVER} | {"level": "gold"} | {"weather": "fine"}
    assert inputs_of(document, "abc") == {name: f"the {name}" for name in TAKEN_OVER} | {
        "level": "gold", "report_digest": "abc",
    }  # fmt: skip
    bronze = {name: f"the {name}" for name in TAKEN_OVER_OF_BRONZE} | {"level": "bronze"}
    assert inputs_of(bronze | {"sheet": 1}, "abc") == bronze | {"report_digest": "abc"}
    with pytest.raises(KeyError):
        inputs_of({name: "gold" for name in TAKEN_OVER if name != "evidence"}, "abc")


def test_computed_score_is_plain_data_of_the_trace() -> None:
    found = computed(gold_inputs(sheet=sheet_of(119)), RULES.terms, GOLD)
    assert found == {
        "score": score(GOLD, sheet_of(119)).model_dump(mode="json"),
        "refusals": ["threshold is missed"],
    }
    assert found["score"]["points"] == 119
    assert {type(step["rule"]) for step in found["score"]["trace"]} == {str}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"sheet": sheet_of(120)}, []),
        ({"sheet": FULL | {"commitment_of_participants": 0.4}}, ["1.1.0 is missed"]),
        ({"scores": BOTH[:1]}, ["2 experts must score, 1 did"]),
        ({"scores": [*BOTH, {"role": "trainee"}, {"role": "observer"}, {"role": "auditor"}]}, []),
        ({"scores": [{"role": "lead"}, {"role": "observer"}]}, ["2 experts must score, 1 did"]),
        ({"visit_dates": ["2021-03-02"]}, ["2 days on site are wanted, there were 1"]),
        ({"visit_dates": ["2021-03-02"], "kind": "renewal"}, []),
        ({"benchmarks_on": [], "improvements": {}}, []),
    ],
)
def test_invariants_9_to_11_gold_lacks_what_the_rules_of_gold_miss(
    changes: dict[str, Any], expected: list[str]
) -> None:
    assert refusals(gold_inputs(**changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"sheet": sheet_of(119)}, []),
        ({"scores": [], "visit_dates": []}, []),
        ({"benchmarks_on": []}, ["the days of the two benchmarks are not named"]),
        ({"benchmarks_on": ["2019-01-10"]}, ["the days of the two benchmarks are not named"]),
        (
            {"benchmarks_on": ["2019-01-10", "2019-11-01"]},
            ["the second benchmark is less than 18 months after the first"],
        ),
        (
            {"benchmarks_on": ["2019-01-10", "2021-11-01"]},
            ["the second benchmark is more than 24 months after the first"],
        ),
        ({"improvements": AREAS | {"direct_contacts": False}}, ["3 improvements must be confirmed, 2 are"]),
        ({"improvements": AREAS | {"direct_contacts": None}}, ["3 improvements must be confirmed, 2 are"]),
        (
            {"improvements": {"committed_participants": True, "direct_contacts": True, "working_groups": True}},
            ["working_groups is not in the scope of silver"],
        ),
    ],
)
def test_invariant_8_silver_lacks_what_the_rules_of_silver_miss(changes: dict[str, Any], expected: list[str]) -> None:
    assert refusals(silver_inputs(**changes)) == expected


@pytest.mark.parametrize(
    ("kept", "again", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        (1, 2, [Difference("", 1, 2)]),
        (
            {"a": 1, "b": 2},
            {"b": 3, "c": 4},
            [Difference("/a", 1, None), Difference("/b", 2, 3), Difference("/c", None, 4)],
        ),
        ({"a": [1, {"b": 2}, 3]}, {"a": [1, {"b": 5}, 4]}, [Difference("/a/1/b", 2, 5), Difference("/a/2", 3, 4)]),
        ([1, 2], [1], [Difference("", [1, 2], [1])]),
        ([1], [1, 2], [Difference("", [1], [1, 2])]),
        ([1], {"0": 1}, [Difference("", [1], {"0": 1})]),
        ({"0": 1}, [1], [Difference("", {"0": 1}, [1])]),
        ({"a": [[1]]}, {"a": [[2]]}, [Difference("/a/0/0", 1, 2)]),
        ({"a": None}, {}, []),
    ],
)
def test_differences_name_every_place(kept: Any, again: Any, expected: list[Difference]) -> None:
    assert list(differences(kept, again)) == expected


def row(day: str, body: str, quorum: int, fewest: int, majority: int, recusal: str = "organisation") -> dict[str, str]:
    numbers = {"quorum_percent": quorum, "fewest_votes": fewest, "majority_percent": majority}
    return {"applies_from": day, "body": body, "recusal": recusal, **{name: str(one) for name, one in numbers.items()}}


ROWS = [
    row("2020-03-01", "", 50, 3, 51),
    row("2022-01-01", "", 60, 4, 66, "country_group"),
    row("2010-01-01", "", 10, 1, 20),
    row("2021-01-01", "ESCA", 0, 1, 50),
    row("2000-01-01", "OTHER", 1, 1, 1),
]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2020, 2, 29), VotingRule("2010-01-01", 10, 1, 20)),
        (date(2020, 3, 1), VotingRule("2020-03-01", 50, 3, 51)),
        (date(2021, 12, 31), VotingRule("2020-03-01", 50, 3, 51)),
        (date(2022, 1, 1), VotingRule("2022-01-01", 60, 4, 66, "country_group")),
    ],
)
def test_voting_rule_is_the_one_in_force(day: date, expected: VotingRule) -> None:
    assert voting_rule_on(ROWS, day, "BOARD") == expected


def test_body_with_a_rule_of_its_own_follows_that() -> None:
    assert voting_rule_on(ROWS, date(2020, 12, 31), "ESCA") == VotingRule("2020-03-01", 50, 3, 51)
    assert voting_rule_on(ROWS, date(2022, 6, 1), "ESCA") == VotingRule("2021-01-01", 0, 1, 50)


def test_group_of_a_country_is_that_of_the_day() -> None:
    rows = [
        {"group": "north", "countries": "NO SE", "applies_from": "2010-01-01"},
        {"group": "north", "countries": "NO SE FI", "applies_from": "2020-01-01"},
        {"group": "sea", "countries": "NO NL", "applies_from": "2015-01-01"},
    ]
    assert group_of(rows, "SE", date(2019, 12, 31)) == {"NO", "SE"}
    assert group_of(rows, "SE", date(2020, 1, 1)) == {"NO", "SE", "FI"}
    assert group_of(rows, "NO", date(2015, 1, 1)) == {"NO", "SE", "NL"}
    assert group_of(rows, "FI", date(2019, 1, 1)) == group_of([], "FI", date(2019, 1, 1)) == {"FI"}


def test_every_choice_is_counted() -> None:
    assert counted(votes(G, R, G, X, A)) == {G: 2, R: 1, D: 0, A: 1, X: 1}


@pytest.mark.parametrize(
    ("cast", "members", "lack"),
    [
        (votes(G, R, D), 6, None),
        (votes(G, R, D), 7, "Votes that count: 3 of 4 wanted; 7 may vote."),
        (votes(G, R, D, A), 7, "Votes that count: 3 of 4 wanted; 7 may vote."),
        (votes(G, R, D, X), 8, "Votes that count: 3 of 4 wanted; 7 may vote."),
        (votes(G, R, D, X), 7, None),
        (votes(G, G), 2, "Votes that count: 2 of 3 wanted; 2 may vote."),
        (votes(G, G, G), 0, None),
        (votes(G, G, A, X), 0, "Votes that count: 2 of 3 wanted; 3 may vote."),
        (votes(*[G] * 60), 120, None),
        (votes(*[G] * 60), 121, "Votes that count: 60 of 61 wanted; 121 may vote."),
    ],
)
def test_invariant_19_quorum_counts_only_votes_that_count(
    cast: dict[str, Choice], members: int, lack: str | None
) -> None:
    assert quorum_lack(RULE, cast, {str(at) for at in range(members)}) == lack


@pytest.mark.parametrize(
    ("cast", "chair", "expected"),
    [
        (votes(G, G, R), "2", G),
        (votes(R, R, G), "2", R),
        (votes(D, D, G), "2", D),
        (votes(G, G, R, A, A, A, X), "4", G),
        (votes(G, R), "0", G),
        (votes(G), "9", G),
        (votes(G, R), "1", R),
        (votes(R, D, D, R), "1", D),
        (votes(G, R, A), "2", None),
        (votes(G, R), "9", None),
        (votes(G, R, D), "0", None),
        (votes(G, G, R, D), "0", None),
        (votes(G, G, R, D), "2", None),
        (votes(A, X), "0", None),
        ({}, "0", None),
    ],
)
def test_invariant_19_outcome_follows_more_than_half_or_the_chair_of_two_halves(
    cast: dict[str, Choice], chair: str, expected: Choice | None
) -> None:
    assert outcome_of(RULE, cast, chair) is expected


def test_majority_is_the_share_of_the_rule() -> None:
    two_thirds = VotingRule("2020-03-01", quorum_percent=50, fewest_votes=3, majority_percent=66)
    assert outcome_of(two_thirds, votes(G, G, G, R, R), "0") is None
    assert outcome_of(two_thirds, votes(G, G, R), "2") is G


def test_invariant_21_appeals_are_received_until_so_many_days_after_the_notice() -> None:
    assert appealable_until(date(2021, 3, 31), 30) == date(2021, 4, 30)


@pytest.mark.parametrize(
    ("until", "met_on", "today", "standing"),
    [
        (None, None, date(2021, 3, 1), None),
        (date(2021, 3, 31), None, date(2021, 3, 31), ConditionsStanding.OPEN),
        (date(2021, 3, 31), None, date(2021, 4, 1), ConditionsStanding.LAPSED),
        (date(2021, 3, 31), date(2021, 3, 1), date(2021, 4, 1), ConditionsStanding.MET),
    ],
)
def test_conditions_lapse_the_day_after_their_last(
    until: date | None, met_on: date | None, today: date, standing: ConditionsStanding | None
) -> None:
    assert conditions_on(until, met_on, today) is standing


ELIGIBILITY: EligibilitySet = shipped(code="ELIGIBILITY-2019")[0].document
CHECKLIST = example_form("ELIGIBILITY-2019", ELIGIBILITY)


@pytest.mark.parametrize(
    ("checklist", "waivers", "released_on", "recommends"),
    [
        (CHECKLIST, {}, "2021-01-10", True),
        (CHECKLIST, {}, "2021-01-10", False),
        (CHECKLIST | {"committed_members": 3}, {"E3": "A programme recognises it."}, "2021-01-10", True),
        (CHECKLIST | {"committed_members": 3}, {}, None, None),
    ],
)
def test_invariant_7_bronze_is_computed_from_checklist_benchmark_and_recommendation(
    checklist: dict[str, Any], waivers: dict[str, str], released_on: str | None, recommends: bool | None
) -> None:
    inputs = {
        "checklist": checklist, "waivers": waivers, "benchmark": {"released_on": released_on}, "recommends": recommends,
    }  # fmt: skip
    found: dict[str, Any] = {"released_on": released_on, "recommends": recommends}
    assert computed(inputs, RULES.terms, ELIGIBILITY) == {
        "trace": bronze_trace(ELIGIBILITY, checklist, waivers, **found),
        "refusals": bronze_lacks(ELIGIBILITY, checklist, waivers, **found),
    }
    assert bool(computed(inputs, RULES.terms, ELIGIBILITY)["refusals"]) is (released_on is None)
