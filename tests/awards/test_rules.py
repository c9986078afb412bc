"""Validity of chains of labels, against month arithmetic done in another way."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.awards.rules import Award, Renewed, award_faults, hearing_ends_on, superseded_by, validity_of
from cluster_api.clusters.states import Level
from cluster_api.labels.rules import EventFacts, LabelFacts, level_periods
from cluster_api.labels.states import LabelEventKind, LabelKind, Standing
from cluster_api.methodology.queries import get_rule_set, rule_set_on
from cluster_api.methodology.schemas import RuleSet
from tests.register import noon

NEW, OLD = get_rule_set("2020"), get_rule_set("2010")


def facts(number: str, level: Level, start: date, end: date, *events: tuple[LabelEventKind, date]) -> LabelFacts:
    happened = tuple(EventFacts(kind, day, noon(day)) for kind, day in events)
    return LabelFacts(number, level, start, end, noon(start), happened)


def renewal(visit: date, old: LabelFacts, standing: Standing = Standing.VALID, **more: bool) -> list[str]:
    award = Award("a", Level.GOLD, LabelKind.RENEWAL, visit, visit, NEW)
    renewed = Renewed(old, "a", standing, more.get("has_successor", False))
    return [fault.code for fault in award_faults(award, renewed, ())]


@pytest.mark.parametrize(
    ("assessed_on", "rules", "until"),
    [
        (date(2024, 3, 14), NEW, date(2026, 3, 31)),
        (date(2024, 2, 29), NEW, date(2026, 2, 28)),
        (date(2019, 7, 25), OLD, date(2021, 7, 25)),
        (date(2018, 2, 28), OLD, date(2020, 2, 28)),
    ],
)
def test_invariants_1_and_2_first_validity(assessed_on: date, rules: RuleSet, until: date) -> None:
    award = Award("a", Level.GOLD, LabelKind.FIRST, assessed_on, assessed_on, rules)
    validity = validity_of(award, None)
    assert (validity.valid_from, validity.valid_until) == (assessed_on, until)


@pytest.mark.parametrize(
    ("visit", "expected"),
    [
        (date(2025, 9, 29), ["too_early"]),
        (date(2025, 9, 30), []),
        (date(2027, 2, 10), []),
        (date(2027, 3, 31), []),
        (date(2027, 4, 1), ["too_late"]),
    ],
)
def test_invariant_3_window_of_renewal(visit: date, expected: list[str]) -> None:
    old = facts("1", Level.GOLD, date(2024, 3, 14), date(2026, 3, 31))
    assert renewal(visit, old) == expected


def test_invariant_3_renewal_continues_the_old_end_whatever_the_visit() -> None:
    old = facts("1", Level.GOLD, date(2024, 3, 14), date(2026, 3, 31))
    for visit in (date(2025, 10, 1), date(2027, 2, 10)):
        award = Award("a", Level.GOLD, LabelKind.RENEWAL, visit, visit, NEW)
        validity = validity_of(award, Renewed(old, "a", Standing.VALID, False))
        assert (validity.valid_from, validity.valid_until) == (date(2026, 4, 1), date(2029, 3, 31))


def test_invariant_4_what_a_renewal_must_continue() -> None:
    days = (date(2024, 3, 14), date(2026, 3, 31))
    visit = date(2026, 1, 10)
    assert renewal(visit, facts("1", Level.BRONZE, *days)) == ["other_level"]
    assert renewal(visit, facts("1", Level.GOLD, *days), has_successor=True) == ["already_renewed"]
    assert renewal(visit, facts("1", Level.GOLD, *days), Standing.SUSPENDED) == ["suspended"]
    withdrawn = facts("1", Level.GOLD, *days, (LabelEventKind.WITHDRAWN, date(2026, 2, 1)))
    assert renewal(visit, withdrawn) == ["withdrawn"]
    award = Award("other", Level.GOLD, LabelKind.RENEWAL, visit, visit, NEW)
    old = Renewed(facts("1", Level.GOLD, *days), "a", Standing.VALID, False)
    assert [fault.code for fault in award_faults(award, old, ())] == ["other_holder"]
    assert [fault.code for fault in award_faults(award, None, ())] == ["missing"]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (facts("1", Level.GOLD, date(2022, 5, 1), date(2024, 3, 14)), ["overlap"]),
        (facts("1", Level.GOLD, date(2022, 5, 1), date(2024, 3, 13)), []),
        (facts("1", Level.BRONZE, date(2022, 5, 1), date(2025, 3, 14)), []),
        (
            facts("1", Level.GOLD, date(2022, 5, 1), date(2025, 3, 1), (LabelEventKind.WITHDRAWN, date(2024, 3, 14))),
            [],
        ),
        (
            facts("1", Level.GOLD, date(2022, 5, 1), date(2025, 3, 1), (LabelEventKind.WITHDRAWN, date(2022, 5, 1))),
            [],
        ),
    ],
)
def test_invariant_4_first_label_does_not_overlap_one_of_its_level(held: LabelFacts, expected: list[str]) -> None:
    award = Award("a", Level.GOLD, LabelKind.FIRST, date(2024, 3, 14), date(2024, 5, 1), NEW)
    assert [fault.code for fault in award_faults(award, None, [held])] == expected


def test_award_follows_its_assessment() -> None:
    award = Award("a", Level.GOLD, LabelKind.FIRST, date(2024, 3, 14), date(2024, 3, 13), NEW)
    assert [fault.code for fault in award_faults(award, None, ())] == ["after_award"]


def test_lower_valid_labels_are_superseded() -> None:
    award = Award("a", Level.SILVER, LabelKind.FIRST, date(2024, 3, 14), date(2024, 5, 1), NEW)
    beside = [
        facts("bronze", Level.BRONZE, date(2023, 1, 1), date(2025, 1, 31)),
        facts("ended", Level.BRONZE, date(2020, 1, 1), date(2022, 1, 31)),
        facts("gold", Level.GOLD, date(2023, 1, 1), date(2025, 1, 31)),
    ]
    assert superseded_by(award, date(2024, 3, 14), beside) == ["bronze"]


def test_hearing_lasts_the_days_of_the_rule_set() -> None:
    assert hearing_ends_on(date(2021, 1, 15), 30) == date(2021, 2, 14)


def naive_until(day: date, months: int, *, to_end: bool) -> date:
    """Walk month by month and take the last day there is: another way than the one function that counts months."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    last = after - timedelta(days=1)
    return last if to_end else min(last, date(year, month, min(day.day, last.day)))


@given(
    st.dates(date(2011, 1, 1), date(2090, 12, 31)),
    st.lists(st.floats(0, 1), min_size=1, max_size=6),
)
def test_invariants_1_to_5_random_chains_agree_with_naive_months(first: date, visits: list[float]) -> None:
    """A chain renewed anywhere in its windows has no gap, no overlap, and ends where months walked one by one say."""
    rules = rule_set_on(first)
    to_end = rules.code == "2020"
    until = naive_until(first, 24, to_end=to_end)
    validity = validity_of(Award("a", Level.GOLD, LabelKind.FIRST, first, first, rules), None)
    assert (validity.valid_from, validity.valid_until) == (first, until)
    chain = [facts("0", Level.GOLD, first, until)]
    for number, place in enumerate(visits, start=1):
        opens = until - timedelta(days=180)
        visit = opens + timedelta(days=int(place * (naive_until(until, 12, to_end=False) - opens).days))
        rules = rule_set_on(visit)
        award = Award("a", Level.GOLD, LabelKind.RENEWAL, visit, visit, rules)
        renewed = Renewed(chain[-1], "a", Standing.VALID, False)
        assert award_faults(award, renewed, ()) == []
        validity = validity_of(award, renewed)
        was_end = until == naive_until(until, 0, to_end=True)
        until = naive_until(until, rules.renewal_validity_months, to_end=rules.code == "2020" and was_end)
        assert validity.valid_until == until
        chain.append(facts(str(number), Level.GOLD, validity.valid_from, validity.valid_until))
    assert all((after.valid_from - before.valid_until).days == 1 for before, after in pairwise(chain))
    periods = level_periods(chain)
    assert [period.number for period in periods] == [label.number for label in chain]
