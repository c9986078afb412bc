from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.clusters.states import Level
from cluster_api.foundation.errors import Fault
from cluster_api.labels.rules import ChainLink, Validity, chain_faults, first_validity, may_renew, renewal_validity
from cluster_api.labels.states import ChainFaultCode, RenewalCode
from cluster_api.methodology.queries import get_rule_set
from cluster_api.methodology.schemas import RuleSet

DAY = timedelta(days=1)
SAME_DAY = get_rule_set("2010")
END_OF_MONTH = get_rule_set("2020")

rule_sets = st.sampled_from([SAME_DAY, END_OF_MONTH])
days = st.dates(date(2010, 1, 1), date(2060, 12, 31))

FIRST = ChainLink("A", None, "NODE", Level.GOLD, date(2020, 1, 10), date(2022, 1, 31))
RENEWED = ChainLink("B", "A", "NODE", Level.GOLD, date(2022, 2, 1), date(2025, 1, 31))
AGAIN = ChainLink("C", "B", "NODE", Level.GOLD, date(2025, 2, 1), date(2028, 1, 31))


@pytest.mark.parametrize(
    ("rules", "assessed_on", "valid_until"),
    [
        (END_OF_MONTH, date(2024, 3, 14), date(2026, 3, 31)),
        (END_OF_MONTH, date(2024, 3, 1), date(2026, 3, 31)),
        (END_OF_MONTH, date(2024, 3, 31), date(2026, 3, 31)),
        (END_OF_MONTH, date(2024, 2, 29), date(2026, 2, 28)),
        (END_OF_MONTH, date(2022, 2, 28), date(2024, 2, 29)),
        (END_OF_MONTH, date(2027, 4, 1), date(2029, 4, 30)),
        (END_OF_MONTH, date(2023, 12, 31), date(2025, 12, 31)),
        (SAME_DAY, date(2019, 7, 25), date(2021, 7, 25)),
        (SAME_DAY, date(2020, 2, 29), date(2022, 2, 28)),
        (SAME_DAY, date(2018, 2, 28), date(2020, 2, 28)),
        (SAME_DAY, date(2018, 12, 31), date(2020, 12, 31)),
    ],
)
def test_invariants_1_and_2_first_validity_runs_from_the_assessment(
    rules: RuleSet, assessed_on: date, valid_until: date
) -> None:
    assert first_validity(assessed_on, rules) == Validity(assessed_on, valid_until)


@pytest.mark.parametrize(
    ("rules", "old_until", "valid_from", "valid_until"),
    [
        (END_OF_MONTH, date(2026, 3, 31), date(2026, 4, 1), date(2029, 3, 31)),
        (END_OF_MONTH, date(2026, 4, 30), date(2026, 5, 1), date(2029, 4, 30)),
        (END_OF_MONTH, date(2025, 2, 28), date(2025, 3, 1), date(2028, 2, 29)),
        (END_OF_MONTH, date(2028, 2, 29), date(2028, 3, 1), date(2031, 2, 28)),
        # Old ends of the older rule set: three years are counted from the old end, not from the end of its month.
        (END_OF_MONTH, date(2021, 7, 25), date(2021, 7, 26), date(2024, 7, 25)),
        (END_OF_MONTH, date(2022, 2, 28), date(2022, 3, 1), date(2025, 2, 28)),
        (SAME_DAY, date(2017, 7, 25), date(2017, 7, 26), date(2019, 7, 25)),
        (SAME_DAY, date(2016, 2, 29), date(2016, 3, 1), date(2018, 2, 28)),
        (SAME_DAY, date(2018, 2, 28), date(2018, 3, 1), date(2020, 2, 28)),
    ],
)
def test_renewal_validity_runs_on_from_the_old_end(
    rules: RuleSet, old_until: date, valid_from: date, valid_until: date
) -> None:
    assert renewal_validity(old_until, rules) == Validity(valid_from, valid_until)


@pytest.mark.parametrize(
    ("asked_on", "visited_on", "code"),
    [
        (date(2025, 9, 29), date(2026, 1, 15), RenewalCode.TOO_EARLY),
        (date(2025, 9, 30), date(2026, 1, 15), RenewalCode.ALLOWED),
        (date(2026, 3, 31), date(2026, 3, 31), RenewalCode.ALLOWED),
        (date(2027, 1, 5), date(2027, 2, 10), RenewalCode.ALLOWED),
        (date(2027, 3, 31), date(2027, 3, 31), RenewalCode.ALLOWED),
        (date(2027, 3, 1), date(2027, 4, 1), RenewalCode.TOO_LATE),
        (date(2025, 1, 1), date(2027, 4, 1), RenewalCode.TOO_LATE),
    ],
)
def test_renewal_of_a_label_until_2026_03_31(asked_on: date, visited_on: date, code: RenewalCode) -> None:
    answer = may_renew(date(2026, 3, 31), visited_on, asked_on, END_OF_MONTH)
    assert (answer.code, answer.opens_on, answer.closes_on) == (code, date(2025, 9, 30), date(2027, 3, 31))


@pytest.mark.parametrize(
    ("old_until", "day_of_grace", "code"),
    [
        (date(2026, 3, 31), 365, RenewalCode.ALLOWED),
        (date(2026, 3, 31), 366, RenewalCode.TOO_LATE),
        # The year after these ends holds a leap day, so its last day is the 366th.
        (date(2027, 3, 31), 366, RenewalCode.ALLOWED),
        (date(2027, 3, 31), 367, RenewalCode.TOO_LATE),
        # A year after 28 February is 28 February, also in a leap year; after 29 February it is the 28th as well.
        (date(2027, 2, 28), 365, RenewalCode.ALLOWED),
        (date(2027, 2, 28), 366, RenewalCode.TOO_LATE),
        (date(2028, 2, 29), 365, RenewalCode.ALLOWED),
        (date(2028, 2, 29), 366, RenewalCode.TOO_LATE),
    ],
)
def test_programme_invariant_26_grace_is_a_calendar_year(old_until: date, day_of_grace: int, code: RenewalCode) -> None:
    visited_on = old_until + timedelta(days=day_of_grace)
    assert may_renew(old_until, visited_on, old_until, END_OF_MONTH).code is code


@pytest.mark.parametrize(
    ("asked_on", "visited_on", "sentence"),
    [
        (date(2026, 1, 5), date(2026, 2, 1), "It can be renewed by a visit up to 2027-03-31."),
        (date(2025, 1, 5), date(2026, 2, 1), "Its renewal can be asked for from 2025-09-30."),
        (date(2027, 1, 5), date(2027, 4, 1), "A visit after 2027-03-31 is for a first award, not for a renewal."),
    ],
)
def test_renewal_answer_gives_its_reason(asked_on: date, visited_on: date, sentence: str) -> None:
    assert may_renew(date(2026, 3, 31), visited_on, asked_on, END_OF_MONTH).sentence == sentence


@given(days, rule_sets, rule_sets)
def test_invariant_4_renewal_lengthens_a_chain_without_gap_or_overlap(
    assessed_on: date, first: RuleSet, later: RuleSet
) -> None:
    spans = [first_validity(assessed_on, first)]
    for _ in range(4):
        spans.append(renewal_validity(spans[-1].valid_until, later))
    assert all(earlier.valid_until + DAY == later.valid_from < later.valid_until for earlier, later in pairwise(spans))


@given(days, days, rule_sets)
def test_later_assessment_never_ends_earlier(one: date, other: date, rules: RuleSet) -> None:
    earlier, later = sorted([one, other])
    assert first_validity(earlier, rules).valid_until <= first_validity(later, rules).valid_until


@given(days)
def test_months_end_goes_on_to_a_months_end(assessed_on: date) -> None:
    until = first_validity(assessed_on, END_OF_MONTH).valid_until
    renewed = renewal_validity(until, END_OF_MONTH).valid_until
    assert ((until + DAY).day, (renewed + DAY).day, renewed.year - until.year) == (1, 1, 3)


def test_chain_of_renewals_has_no_faults() -> None:
    assert chain_faults([FIRST, RENEWED, AGAIN]) == []


def test_chain_may_come_in_any_order() -> None:
    assert chain_faults([AGAIN, FIRST, RENEWED]) == []


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (
            replace(RENEWED, valid_from=date(2022, 2, 2)),
            Fault("/1/valid_from", ChainFaultCode.GAP, "A ends on 2022-01-31; this must begin on the day after."),
        ),
        (
            replace(RENEWED, valid_from=date(2022, 1, 31)),
            Fault("/1/valid_from", ChainFaultCode.OVERLAP, "A ends on 2022-01-31; this must begin on the day after."),
        ),
        (
            replace(RENEWED, level=Level.SILVER),
            Fault("/1/level", ChainFaultCode.OTHER_LEVEL, "The level of A is gold."),
        ),
        (
            replace(RENEWED, holder="EYDE"),
            Fault("/1/holder", ChainFaultCode.OTHER_HOLDER, "The holder of A is NODE."),
        ),
        (
            replace(RENEWED, previous="Z"),
            Fault("/1/previous", ChainFaultCode.PREDECESSOR_MISSING, "The chain does not hold Z."),
        ),
        (
            replace(RENEWED, previous=None),
            Fault("/1/previous", ChainFaultCode.SECOND_FIRST, "Another label already follows nothing."),
        ),
    ],
)
def test_programme_invariant_26_chain_fault_names_the_link_and_what_is_wrong(wrong: ChainLink, fault: Fault) -> None:
    assert chain_faults([FIRST, wrong]) == [fault]


def test_label_renewed_twice_is_a_fault_of_the_second_renewal() -> None:
    faults = chain_faults([FIRST, RENEWED, replace(RENEWED, number="C")])
    assert faults == [Fault("/2/previous", ChainFaultCode.SECOND_SUCCESSOR, "Another label already follows A.")]


def test_label_that_follows_itself_is_a_fault() -> None:
    assert [fault.code for fault in chain_faults([replace(FIRST, previous="A")])] == [ChainFaultCode.OVERLAP]


@given(st.integers(-400, 400), st.sampled_from([1, 2]))
def test_chain_with_a_shifted_link_is_always_at_fault(shift: int, index: int) -> None:
    chain = [FIRST, RENEWED, AGAIN]
    chain[index] = replace(chain[index], valid_from=chain[index].valid_from + shift * DAY)
    codes = [fault.code for fault in chain_faults(chain)]
    assert codes == ([] if shift == 0 else [ChainFaultCode.GAP if shift > 0 else ChainFaultCode.OVERLAP])
