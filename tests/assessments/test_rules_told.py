"""What the checks before admission tell, whole: outcome, words, source, and whether a case waits for it."""

from dataclasses import replace
from datetime import date

import pytest

from cluster_api.assessments import rules
from cluster_api.assessments.schemas import CheckOutcome, CheckResult, DeadlineRead
from cluster_api.assessments.states import CaseState
from cluster_api.clusters.states import ClusterStatus, Level, ProfileState
from tests.assessments.test_rules import FACTS, GOLD, PROCESSES, TERMS

PASSED, FAILED, UNKNOWN = CheckOutcome.PASSED, CheckOutcome.FAILED, CheckOutcome.UNKNOWN
SILVER_FACTS = replace(FACTS, level=Level.SILVER, benchmarks=rules.Benchmarks(date(2019, 1, 10), date(2020, 10, 1)))


def told(facts: rules.Facts, code: str) -> tuple[CheckOutcome, bool, str, str]:
    """Answer one check without its code."""
    assert GOLD is not None
    (found,) = [one for one in rules.checks_of(facts, TERMS, GOLD) if one.code == code]
    return found.outcome, found.blocks, found.detail, found.source


def test_process_names_its_families_of_documents() -> None:
    found = rules.process_on(PROCESSES, Level.GOLD, date(2021, 1, 15))
    assert found == rules.Process("ECEI", "ELIGIBILITY", "ESCA-PRICES", "rule_set", objections=1, tolerance_percent=20)


def test_case_without_a_visit_expires_the_months_of_the_rule_set_after_the_contract() -> None:
    assert TERMS.assessment_months.value == 12
    assert rules.expires_on(date(2021, 2, 28), TERMS) == date(2022, 2, 28)


def test_checks_come_in_their_order() -> None:
    assert GOLD is not None
    found = rules.checks_of(replace(FACTS, renewed_until=date(2021, 3, 31)), TERMS, GOLD)
    assert [one.code for one in found] == [
        "cluster_active", "profile_published", "renewal_window", "benchmarks", "eligibility", "evidence",
        "plausibility",
    ]  # fmt: skip
    assert found[0] == CheckResult(
        code="cluster_active", outcome=PASSED, blocks=True, detail="The cluster is active.",
        source="Eligibility E1 (domain rules 5).",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "outcome", "detail"),
    [
        (FACTS, PASSED, "The profile is published; a reason may stand for it where none can be had."),
        (
            replace(FACTS, profile_state=ProfileState.DRAFT),
            FAILED,
            "The profile is draft; a reason may stand for it where none can be had.",
        ),
    ],
)
def test_profile_is_asked_for_and_blocks_nothing(facts: rules.Facts, outcome: CheckOutcome, detail: str) -> None:
    source = "Eligibility (b) since November 2019, stated (domain rules 5)."
    assert told(facts, "profile_published") == (outcome, False, detail, source)


def test_closed_cluster_is_told_so() -> None:
    facts = replace(FACTS, status=ClusterStatus.CLOSED)
    assert told(facts, "cluster_active")[:3] == (FAILED, True, "The cluster is closed.")


@pytest.mark.parametrize(
    ("today", "outcome"),
    [
        (date(2020, 9, 29), FAILED),
        (date(2020, 9, 30), PASSED),
        (date(2022, 3, 31), PASSED),
        (date(2022, 4, 1), FAILED),
    ],
)
def test_invariant_3_window_of_renewal_is_checked_with_both_edges(today: date, outcome: CheckOutcome) -> None:
    facts = replace(FACTS, today=today, renewed_until=date(2021, 3, 31))
    detail = "Renewed from 2020-09-30 to 2022-03-31."
    assert told(facts, "renewal_window") == (outcome, True, detail, "Domain invariants 3 and 22.")


@pytest.mark.parametrize(
    ("benchmarks", "outcome", "detail"),
    [
        (
            rules.Benchmarks(date(2020, 1, 10), None),
            PASSED,
            "Latest benchmark 2020-01-10, none before 2019-01-15 counts.",
        ),
        (
            rules.Benchmarks(date(2021, 1, 15), None),
            PASSED,
            "Latest benchmark 2021-01-15, none before 2019-01-15 counts.",
        ),
        (rules.Benchmarks(None, None), UNKNOWN, "Latest benchmark not to be had, none before 2019-01-15 counts."),
        (
            rules.Benchmarks(date(2019, 5, 1), date(2020, 1, 10), (date(2019, 5, 1), date(2020, 1, 10))),
            FAILED,
            (
                "Latest benchmark 2020-01-10, none before 2019-01-15 counts. The register shows no released benchmark "
                "of 2019-05-01, 2020-01-10: have it released first."
            ),
        ),
    ],
)
def test_gold_rests_on_a_benchmark_that_counts(
    benchmarks: rules.Benchmarks, outcome: CheckOutcome, detail: str
) -> None:
    facts = replace(FACTS, benchmarks=benchmarks)
    assert told(facts, "benchmarks") == (outcome, True, detail, "Domain rules 4.3; proposed.")


@pytest.mark.parametrize(
    ("benchmarks", "outcome", "detail"),
    [
        (SILVER_FACTS.benchmarks, PASSED, "First benchmark 2019-01-10, second 2020-10-01."),
        (
            rules.Benchmarks(date(2019, 1, 10), None),
            UNKNOWN,
            "First benchmark 2019-01-10, second not to be had.",
        ),
        (rules.Benchmarks(None, date(2020, 10, 1)), UNKNOWN, "First benchmark not to be had, second 2020-10-01."),
        (
            rules.Benchmarks(date(2019, 1, 10), date(2020, 10, 1), (date(2020, 10, 1),)),
            FAILED,
            (
                "First benchmark 2019-01-10, second 2020-10-01. The register shows no released benchmark of "
                "2020-10-01: have it released first."
            ),
        ),
    ],
)
def test_invariant_8_silver_rests_on_two_benchmarks(
    benchmarks: rules.Benchmarks, outcome: CheckOutcome, detail: str
) -> None:
    facts = replace(SILVER_FACTS, benchmarks=benchmarks)
    assert told(facts, "benchmarks") == (outcome, True, detail, "Domain rules 3, invariant 8.")


@pytest.mark.parametrize(
    ("unmet", "outcome", "detail"),
    [
        ([], PASSED, "Neither met nor waived: none."),
        (["E3", "E9"], FAILED, "Neither met nor waived: E3, E9."),
        (None, UNKNOWN, "Not answered."),
    ],
)
def test_eligibility_is_checked(unmet: list[str] | None, outcome: CheckOutcome, detail: str) -> None:
    assert told(replace(FACTS, unmet=unmet), "eligibility") == (outcome, True, detail, "Domain rules 5.")


@pytest.mark.parametrize(
    ("files", "outcome", "detail"),
    [
        ({}, PASSED, "0 files released, 0 wait for their check, 0 refused."),
        ({"released": 3}, PASSED, "3 files released, 0 wait for their check, 0 refused."),
        ({"released": 3, "quarantined": 2}, UNKNOWN, "3 files released, 2 wait for their check, 0 refused."),
        ({"quarantined": 2, "refused": 1}, FAILED, "0 files released, 2 wait for their check, 1 refused."),
        ({"refused": 1}, FAILED, "0 files released, 0 wait for their check, 1 refused."),
    ],
)
def test_evidence_is_checked(files: dict[str, int], outcome: CheckOutcome, detail: str) -> None:
    found = told(replace(FACTS, evidence=files), "evidence")
    assert found == (outcome, False, detail, "Own rule: files are checked first.")


@pytest.mark.parametrize(
    ("said", "recorded", "outcome", "detail"),
    [
        (42, 42, PASSED, "Committed members: 42 said, 42 on record; 20 %."),
        (40, 50, PASSED, "Committed members: 40 said, 50 on record; 20 %."),
        (39, 50, FAILED, "Committed members: 39 said, 50 on record; 20 %."),
        (None, 50, UNKNOWN, "Committed members: nothing said, 50 on record; 20 %."),
    ],
)
def test_plausibility_is_a_difference_of_at_most_a_share(
    said: int | None, recorded: int, outcome: CheckOutcome, detail: str
) -> None:
    found = told(replace(FACTS, said_members=said, recorded_members=recorded), "plausibility")
    assert found == (outcome, False, detail, "Own check against the register; the difference is proposed.")


ROW = {
    "code": "one", "since": "2010-01-01", "states": "incomplete eligible", "counts_from": "start", "unit": "days",
    "amount": "30", "remind_days": "14 3", "who": "cluster", "text": "Do it.", "source": "A test.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("today", "overdue"), [(date(2021, 1, 30), False), (date(2021, 1, 31), False), (date(2021, 2, 1), True)]
)
def test_deadline_is_overdue_from_the_day_after(today: date, overdue: bool) -> None:
    found = rules.deadlines_of([ROW], CaseState.ELIGIBLE, {"start": date(2021, 1, 1)}, TERMS, today)
    assert found == [
        DeadlineRead(
            code="one", due_on=date(2021, 1, 31), is_overdue=overdue,
            remind_on=[date(2021, 1, 17), date(2021, 1, 28)], who="cluster", text="Do it.", source="A test.",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "due_on"),
    [(date(2009, 12, 31), None), (date(2010, 1, 1), date(2010, 1, 31)), (date(2019, 12, 31), date(2020, 1, 30)),
     (date(2020, 1, 1), date(2020, 1, 11))],
)  # fmt: skip
def test_deadline_is_that_of_the_day_from_which_it_counts(start: date, due_on: date | None) -> None:
    rows = [ROW | {"since": "2020-01-01", "amount": "10"}, ROW, ROW | {"code": "two", "states": "draft"}]
    found = rules.deadlines_of(rows, CaseState.ELIGIBLE, {"start": start}, TERMS, start)
    assert [one.due_on for one in found] == ([] if due_on is None else [due_on])


def test_deadlines_in_months_are_numbers_or_terms_of_the_rule_set() -> None:
    rows = [
        ROW | {"code": "b", "unit": "months", "amount": "2"},
        ROW | {"code": "c", "unit": "months", "amount": "assessment_months"},
    ]
    rows += [ROW | {"code": "d"}, ROW | {"code": "a"}, ROW | {"code": "x", "counts_from": "never"}]
    found = rules.deadlines_of(rows, CaseState.ELIGIBLE, {"start": date(2020, 12, 31)}, TERMS, date(2021, 1, 1))
    assert [(one.code, one.due_on) for one in found] == [
        ("a", date(2021, 1, 30)), ("d", date(2021, 1, 30)), ("b", date(2021, 2, 28)), ("c", date(2021, 12, 31)),
    ]  # fmt: skip
