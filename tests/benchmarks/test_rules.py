"""What is wrong with answers, how reports are numbered and which days of an interview are possible; no database."""

from datetime import date
from typing import Any

import pytest

from cluster_api.benchmarks.rules import (
    contract_of,
    contradictions,
    digest_of_answers,
    fault_of_interview,
    faults_of_draft,
    faults_of_form,
    report_number,
    values_in,
)
from cluster_api.comparisons.rules import Check
from cluster_api.foundation.errors import Fault
from cluster_api.indicators.rules import compiled
from cluster_api.indicators.schemas import Condition
from tests.indicators.given import condition, indicator, level, measure, scale, the_set

FORM = the_set(
    indicator("1.1", "members", measure("count"), scale=scale((5, condition("members", at_least=9)))),
    indicator(
        "1.2", "mix", measure("ratio", name="sme"), measure("ratio", name="other"),
        scale=scale((5, condition("mix.sme", at_least=0.4))),
    ),
    level("1.3", "role"),
    indicator(
        "1.4", "history", measure("years", name="founded", lowest=1000, highest=2100),
        measure("years", name="age", lowest=0, highest=2100), measure("months", name="months", lowest=0, highest=9999),
        scale=scale((5, condition("history.age", at_least=1))),
    ),
    checks=[
        {
            "code": "sum_to_one",
            "text": "The shares must add up to 1.",
            "condition": {"quantity": "sum", "of": ["mix.sme", "mix.other"], "at_least": 0.995, "at_most": 1.005},
        }
    ],
)  # fmt: skip
MODEL = compiled("TEST-1", FORM)
GOOD: dict[str, Any] = {
    "members": 7, "mix": {"sme": 0.25, "other": 0.75}, "role": 3,
    "history": {"founded": 2021, "age": 2090, "months": 9000},
}  # fmt: skip
ON = date(2021, 3, 1)
COMMITTED = Check(
    "fewer_members", "There are at least five members.", Condition.model_validate(condition("members", at_least=5))
)


def broken(answers: dict[str, Any], *further: Check) -> list[Fault]:
    return list(contradictions(FORM, further, answers, ON, "/body/answers"))


def test_values_of_a_draft_are_exact_and_what_is_missing_is_absent() -> None:
    assert values_in(FORM, GOOD) == {
        "members": 70_000, "mix.sme": 2_500, "mix.other": 7_500, "role": 30_000, "history.founded": 20_210_000,
        "history.age": 20_900_000, "history.months": 90_000_000,
    }  # fmt: skip
    assert values_in(FORM, {"mix": {"other": 0.5}, "role": None, "members": "many"}) == {"mix.other": 5_000}
    assert values_in(FORM, {"mix": None}) == {}


def test_faults_of_a_form_name_what_is_missing_unknown_or_out_of_range() -> None:
    assert faults_of_form(MODEL, FORM, "TEST-1", GOOD, "/body/answers") == []
    wrong = {**GOOD, "members": -1, "weather": "fine"}
    del wrong["role"]
    found = faults_of_form(MODEL, FORM, "TEST-1", wrong, "/body/answers")
    assert {(one.pointer, one.code) for one in found} == {
        ("/body/answers/members", "greater_than_equal"),
        ("/body/answers/role", "missing"),
        ("/body/answers/weather", "extra_forbidden"),
    }


def test_faults_of_a_draft_let_missing_answers_wait() -> None:
    wrong = {"members": -1}
    found = faults_of_draft(MODEL, FORM, "TEST-1", wrong, "/body/answers")
    assert [(one.pointer, one.code) for one in found] == [("/body/answers/members", "greater_than_equal")]
    assert faults_of_draft(MODEL, FORM, "TEST-1", {}, "/body") == []


def test_rules_between_answers_are_not_faults_of_the_form() -> None:
    uneven = {**GOOD, "mix": {"sme": 0.25, "other": 0.5}}
    assert faults_of_form(MODEL, FORM, "TEST-1", uneven, "/body") == []
    assert broken(uneven) == [Fault("/body/answers/mix/sme", "sum_to_one", "The shares must add up to 1.")]


@pytest.mark.parametrize(("other", "holds"), [(0.744, False), (0.745, True), (0.755, True), (0.756, False)])
def test_invariant_24_shares_sum_to_one_within_half_a_percent(other: float, holds: bool) -> None:
    assert (broken({**GOOD, "mix": {"sme": 0.25, "other": other}}) == []) is holds


def test_invariant_24_what_is_not_answered_yet_contradicts_nothing() -> None:
    assert broken({"mix": {"sme": 0.25}}, COMMITTED) == []
    assert broken({"members": 5}, COMMITTED) == []
    assert broken({"members": 4}, COMMITTED) == [
        Fault("/body/answers/members", "fewer_members", "There are at least five members.")
    ]


def test_invariant_24_everything_that_contradicts_is_told_at_once() -> None:
    found = broken({"members": 4, "mix": {"sme": 0, "other": 0}, "history": {"founded": 2022}}, COMMITTED)
    assert [one.code for one in found] == ["sum_to_one", "fewer_members", "in_future"]


def test_invariant_24_years_of_the_calendar_are_not_in_the_future() -> None:
    assert broken({"history": {"founded": 2021, "age": 2022, "months": 9999}}) == []
    assert broken({"history": {"founded": 2022}}) == [
        Fault("/body/answers/history/founded", "in_future", "The year is not after 2021.")
    ]


def test_digest_of_answers_depends_on_values_and_not_on_their_order() -> None:
    # echo -n '{"a":1,"b":0.5}' | sha256sum
    digest = "2e76599baa1e42fd9bf6253fdc2bf4ea1317abe64622c63aeb6c862f4b705306"
    assert digest_of_answers({"b": 0.5, "a": 1}) == digest_of_answers({"a": 1, "b": 0.5}) == digest
    assert digest_of_answers({"a": 1, "b": 0.25}) != digest


@pytest.mark.parametrize(
    ("country", "of_country", "on", "of_all", "expected"),
    [
        ("DNK", 63, date(2016, 12, 31), 869, "DNK063201604C160869"),
        ("DNK", 63, date(2016, 10, 1), 869, "DNK063201604C160869"),
        ("DNK", 63, date(2016, 9, 30), 869, "DNK063201603C160869"),
        ("DEU", 1234, date(2021, 1, 1), 12345, "DEU1234202101C1612345"),
        ("DEU", 1, date(2021, 3, 31), 1, "DEU001202101C160001"),
        ("DEU", 1, date(2021, 4, 1), 1, "DEU001202102C160001"),
    ],
)
def test_report_number_says_country_quarter_and_serials(
    country: str, of_country: int, on: date, of_all: int, expected: str
) -> None:
    assert report_number(country, of_country, on, "C16", of_all) == expected


def test_contract_is_named_after_the_year() -> None:
    assert [contract_of(date(year, 5, 1)) for year in (2009, 2016, 2100)] == ["C09", "C16", "C00"]


@pytest.mark.parametrize(
    ("day", "last", "expected"),
    [
        (date(2021, 3, 1), None, None),
        (date(2021, 2, 1), None, None),
        (date(2021, 2, 10), date(2021, 2, 10), None),
        (date(2021, 3, 2), None, Fault("/body/interview_on", "in_future", "Today is 2021-03-01.")),
        (
            date(2021, 1, 31),
            None,
            Fault("/body/interview_on", "before_opening", "The benchmark was opened on 2021-02-01."),
        ),
        (
            date(2021, 2, 9),
            date(2021, 2, 10),
            Fault("/body/interview_on", "before_last", "The last interview was on 2021-02-10."),
        ),
    ],
)
def test_invariant_25_interview_lies_between_the_opening_and_today(
    day: date, last: date | None, expected: Fault | None
) -> None:
    assert fault_of_interview(day, today=ON, opened_on=date(2021, 2, 1), last=last) == expected
