"""What a case asks, without a database: edges of windows, numbers of experts and days, checks, deadlines."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cluster_api.assessments import rules
from cluster_api.assessments.queries import data
from cluster_api.assessments.schemas import CheckOutcome
from cluster_api.assessments.states import CASES, EVENTS, CaseState
from cluster_api.clusters.states import ClusterStatus, Level, ProfileState
from cluster_api.identity.permissions import Permission
from cluster_api.methodology.queries import shipped
from cluster_api.methodology.schemas import Terms
from cluster_api.methodology.states import CaseKind

TERMS: Terms = shipped(code="2020")[0].document.terms
PROCESSES = data("processes")
GOLD = rules.process_on(PROCESSES, Level.GOLD, date(2021, 1, 15))
SILVER = rules.process_on(PROCESSES, Level.SILVER, date(2021, 1, 15))
FACTS = rules.Facts(
    today=date(2021, 1, 15),
    level=Level.GOLD,
    status=ClusterStatus.ACTIVE,
    profile_state=ProfileState.PUBLISHED,
    renewed_until=None,
    benchmarks=rules.Benchmarks(date(2020, 1, 10), None),
    unmet=[],
    said_members=42,
    recorded_members=42,
    evidence={},
)


def outcomes(facts: rules.Facts) -> dict[str, CheckOutcome]:
    assert GOLD is not None
    return {one.code: one.outcome for one in rules.checks_of(facts, TERMS, GOLD)}


def test_process_is_that_of_the_day_and_bronze_has_no_indicators() -> None:
    assert GOLD is not None
    assert SILVER is not None
    bronze = rules.process_on(PROCESSES, Level.BRONZE, date(2021, 1, 15))
    assert [one and one.indicators for one in (bronze, SILVER, GOLD)] == ["", "ECEI", "ECEI"]
    assert rules.process_on(PROCESSES, Level.GOLD, date(2009, 12, 31)) is None
    later = [*PROCESSES, {**PROCESSES[2], "applies_from": "2021-01-16", "objections": "2"}]
    found = [rules.process_on(later, Level.GOLD, date(2021, 1, day)) for day in (15, 16)]
    assert [one and one.objections for one in found] == [1, 2]


def test_invariant_11_gold_has_two_experts_and_two_days_or_one() -> None:
    assert GOLD is not None
    assert SILVER is not None
    assert [rules.experts_wanted(one, TERMS) for one in (GOLD, SILVER)] == [2, 1]
    assert rules.days_wanted(Level.GOLD, CaseKind.FIRST, TERMS) == 2
    assert rules.days_wanted(Level.GOLD, CaseKind.RENEWAL, TERMS) == 1
    assert rules.days_wanted(Level.SILVER, CaseKind.FIRST, TERMS) == 1


@pytest.mark.parametrize(
    ("code", "family", "is_of"),
    [
        ("ECEI-2013", "ECEI", True), ("ECEI", "ECEI", True), ("ECEIX-1", "ECEI", False), ("REGIONAL-1", "ECEI", False),
    ],
)  # fmt: skip
def test_document_belongs_to_a_family_by_its_code(code: str, family: str, is_of: bool) -> None:
    assert rules.is_of_family(code, family) is is_of


@pytest.mark.parametrize(
    ("second", "holds"),
    [
        (date(2020, 7, 9), False),
        (date(2020, 7, 10), True),
        (date(2021, 1, 10), True),
        (date(2021, 1, 11), False),
    ],
)
def test_invariant_8_second_benchmark_lies_in_the_window_with_both_edges(second: date, holds: bool) -> None:
    assert rules.silver_window_holds(date(2019, 1, 10), second, TERMS) is holds
    facts = replace(FACTS, level=Level.SILVER, benchmarks=rules.Benchmarks(date(2019, 1, 10), second))
    assert outcomes(facts)["benchmarks"] is (CheckOutcome.PASSED if holds else CheckOutcome.FAILED)


OLD, FIRST, LATE, LAST = date(2016, 1, 10), date(2019, 1, 10), date(2020, 10, 1), date(2021, 1, 11)


@pytest.mark.parametrize(
    ("level", "named", "released", "expected"),
    [
        (Level.GOLD, (None, None), [], (None, None, ())),
        (Level.GOLD, (None, None), [FIRST, LATE], (LATE, None, ())),
        (Level.GOLD, (FIRST, None), [FIRST, LATE], (FIRST, None, ())),
        (Level.GOLD, (LAST, None), [FIRST, LATE], (LAST, None, (LAST,))),
        (Level.SILVER, (None, None), [LATE], (None, None, ())),
        (Level.SILVER, (None, None), [LATE, OLD, FIRST], (FIRST, LATE, ())),
        (Level.SILVER, (None, None), [FIRST, LATE, LAST], (FIRST, LATE, ())),
        (Level.SILVER, (None, None), [OLD, FIRST, LAST], (FIRST, LAST, ())),
        (Level.SILVER, (OLD, None), [OLD, FIRST, LATE], (OLD, LATE, ())),
        (Level.SILVER, (None, LATE), [OLD, FIRST, LATE], (FIRST, LATE, ())),
        (Level.SILVER, (OLD, FIRST), [FIRST, LATE], (OLD, FIRST, (OLD,))),
        (Level.SILVER, (FIRST, LATE), [], (FIRST, LATE, (FIRST, LATE))),
    ],
)
def test_case_rests_on_benchmarks_that_the_register_shows(
    level: Level, named: tuple[date | None, date | None], released: list[date], expected: tuple[Any, ...]
) -> None:
    found = rules.benchmarks_counted(level, named, released, TERMS)
    assert (found.first, found.second, found.unproven) == expected


def test_benchmark_that_the_register_does_not_show_proves_nothing() -> None:
    for level in (Level.GOLD, Level.SILVER):
        facts = replace(FACTS, level=level, benchmarks=rules.Benchmarks(FIRST, LATE))
        assert outcomes(facts)["benchmarks"] is CheckOutcome.PASSED
        facts = replace(FACTS, level=level, benchmarks=rules.Benchmarks(FIRST, LATE, unproven=(LATE,)))
        assert outcomes(facts)["benchmarks"] is CheckOutcome.FAILED


def test_window_of_silver_can_be_open_at_its_end() -> None:
    open_end = TERMS.model_copy(
        update={"silver_most_months": TERMS.silver_most_months.model_copy(update={"value": None})}
    )
    assert rules.silver_window_holds(date(2010, 1, 1), date(2021, 1, 1), open_end)


def test_invariant_3_renewal_window_runs_from_the_lead_to_the_grace() -> None:
    assert rules.renewal_window(date(2021, 3, 31), TERMS) == (date(2020, 9, 30), date(2022, 3, 31))
    assert outcomes(replace(FACTS, renewed_until=date(2021, 3, 31)))["renewal_window"] is CheckOutcome.PASSED
    assert outcomes(replace(FACTS, renewed_until=date(2020, 1, 14)))["renewal_window"] is CheckOutcome.FAILED


def test_checks_look_at_register_dates_documents_and_plausibility() -> None:
    assert set(outcomes(FACTS).values()) == {CheckOutcome.PASSED}
    told = [
        (replace(FACTS, status=ClusterStatus.CLOSED), "cluster_active", CheckOutcome.FAILED),
        (replace(FACTS, profile_state=ProfileState.DRAFT), "profile_published", CheckOutcome.FAILED),
        (replace(FACTS, benchmarks=rules.Benchmarks(None, None)), "benchmarks", CheckOutcome.UNKNOWN),
        (replace(FACTS, benchmarks=rules.Benchmarks(date(2019, 1, 15), None)), "benchmarks", CheckOutcome.PASSED),
        (replace(FACTS, benchmarks=rules.Benchmarks(date(2019, 1, 14), None)), "benchmarks", CheckOutcome.FAILED),
        (replace(FACTS, benchmarks=rules.Benchmarks(date(2021, 1, 16), None)), "benchmarks", CheckOutcome.FAILED),
        (replace(FACTS, unmet=None), "eligibility", CheckOutcome.UNKNOWN),
        (replace(FACTS, unmet=["E3"]), "eligibility", CheckOutcome.FAILED),
        (replace(FACTS, evidence={"quarantined": 1}), "evidence", CheckOutcome.UNKNOWN),
        (replace(FACTS, evidence={"refused": 1, "quarantined": 1}), "evidence", CheckOutcome.FAILED),
        (replace(FACTS, said_members=None), "plausibility", CheckOutcome.UNKNOWN),
        (replace(FACTS, said_members=50, recorded_members=40), "plausibility", CheckOutcome.PASSED),
        (replace(FACTS, said_members=51, recorded_members=40), "plausibility", CheckOutcome.FAILED),
    ]
    for facts, code, outcome in told:
        found = outcomes(facts)
        assert found[code] is outcome, code
        assert {one for name, one in found.items() if name != code} == {CheckOutcome.PASSED}


def test_deadlines_are_data_with_reminders() -> None:
    starts = {"state_since": date(2021, 1, 1), "contracted_on": date(2021, 1, 1), "visit": date(2021, 3, 2)}
    found = rules.deadlines_of(data("deadlines"), CaseState.IN_PREPARATION, starts, TERMS, date(2021, 2, 17))
    assert [(one.code, one.due_on, one.is_overdue, one.who) for one in found] == [
        ("self_assessment", date(2021, 2, 16), True, "cluster"), ("visit", date(2022, 1, 1), False, "secretariat"),
    ]  # fmt: skip
    assert found[0].remind_on == [date(2021, 2, 2), date(2021, 2, 13)]
    assert rules.deadlines_of(data("deadlines"), CaseState.GRANTED, starts, TERMS, date(2021, 2, 17)) == []
    assert {word for row in data("deadlines") for word in row["states"].split()} <= {one.value for one in CaseState}


VISITED = {"prepare", "schedule", "reschedule", "assess"}
TALKED_THROUGH = {"interview", "take_back"}
FOREIGN = {Level.BRONZE: VISITED, Level.SILVER: TALKED_THROUGH, Level.GOLD: TALKED_THROUGH}
UNREACHED = {
    Level.BRONZE: {CaseState.IN_PREPARATION, CaseState.SCHEDULED, CaseState.ASSESSED},
    Level.SILVER: {CaseState.INTERVIEWED},
    Level.GOLD: {CaseState.INTERVIEWED},
}


def test_every_event_is_of_some_level_and_a_verb_needs_the_same_everywhere() -> None:
    needs = {(move.verb, move.permission) for table in CASES.values() for move in table.moves}
    assert sorted(verb for verb, _ in needs) == sorted(EVENTS)


@pytest.mark.parametrize("level", list(CASES))
def test_table_of_moves_is_whole(level: Level) -> None:
    table = CASES[level]
    assert {move.verb for move in table.moves} == set(EVENTS) - FOREIGN[level]
    assert all(Permission(move.permission) for move in table.moves)
    places = [(move.source, move.verb) for move in table.moves]
    assert len(set(places)) == len(places)
    reached = {CaseState.DRAFT}
    for _ in CaseState:
        reached |= {move.target for move in table.moves if move.source in reached}
    assert reached == set(CaseState) - UNREACHED[level]
