"""Conditions of a call rule by rule at their limits, and awards within it."""

from datetime import date
from typing import Any

import pytest

from cluster_api.calls.rules import PLATFORM, Requested, award_faults, consortium_rules, is_open
from cluster_api.calls.schemas import CallConditions, Consortium, GrantProposal
from cluster_api.calls.states import RegionDevelopment as D
from cluster_api.clusters.states import Level
from cluster_api.foundation.errors import Fault
from cluster_api.rounds.states import Finding
from tests.calls.given import PLAN

CALL = CallConditions.model_validate({name: value for name, value in PLAN.items() if name != "code"})
COUNTRIES = {"DE": "member", "FR": "member", "PT": "member", "GB": "conditional"}
ASKED = {"months": 24, "total_cents": 48_000_000, "requested_cents": 36_000_000}


def partner(country: str, development: D | None = D.MORE_DEVELOPED, **fields: Any) -> Consortium:
    values = {"cluster_id": country, "name": f"Cluster {country}", "role": "partner", "is_published": True}
    told = {"level": None, "label_number": None, **values, **fields}
    return Consortium(country=country, development=development, **told)


WELL = [partner("DE"), partner("FR"), partner("PT", D.TRANSITION)]


def broken(consortium: list[Consortium], call: CallConditions = CALL, **asked: int) -> dict[str, Finding]:
    """Answer the rules that are not met."""
    found = consortium_rules(call, consortium, COUNTRIES, **{**ASKED, **asked})
    return {one.code: one.outcome for one in found if one.outcome is not Finding.PASSED}


def test_consortium_that_meets_everything_is_told_every_rule() -> None:
    found = consortium_rules(CALL, WELL, COUNTRIES, **ASKED)
    assert [one.code for one in found] == [
        "entities", "countries", "participation", "registered", "months", "max_grant", "cofinancing", "weaker_region",
    ]  # fmt: skip
    assert broken(WELL) == {}


@pytest.mark.parametrize(
    ("consortium", "codes"),
    [
        (WELL[1:], {"entities": Finding.FAILED, "countries": Finding.FAILED}),
        ([*WELL[1:], partner("FR")], {"countries": Finding.FAILED}),
        ([*WELL, partner("NO")], {"participation": Finding.FAILED}),
        ([*WELL[1:], partner("NO")], {"countries": Finding.FAILED, "participation": Finding.FAILED}),
        ([*WELL[1:], partner("DE", is_published=False)], {"registered": Finding.FAILED}),
        ([*WELL[:2], partner("PT")], {"weaker_region": Finding.FAILED}),
        ([*WELL[:2], partner("PT", None)], {"weaker_region": Finding.UNKNOWN}),
        ([*WELL[:2], partner("PT", D.LESS_DEVELOPED)], {}),
    ],
)
def test_programme_invariant_23_consortium_meets_the_conditions(
    consortium: list[Consortium], codes: dict[str, Finding]
) -> None:
    assert broken(consortium) == codes


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"months": 19}, ["months"]),
        ({"months": 20}, []),
        ({"months": 25}, ["months"]),
        ({"requested_cents": 36_000_001}, ["max_grant", "cofinancing"]),
        ({"total_cents": 47_999_999}, ["cofinancing"]),
        ({"requested_cents": 1, "total_cents": 1}, ["cofinancing"]),
        ({"requested_cents": 3, "total_cents": 4}, []),
    ],
)
def test_money_and_months_at_their_limits(asked: dict[str, int], codes: list[str]) -> None:
    assert [*broken(WELL, CALL, **asked)] == codes


def test_region_is_asked_only_where_the_call_asks() -> None:
    call = CALL.model_copy(update={"needs_weaker_region": False})
    assert broken([*WELL[:2], partner("PT")], call) == {}


@pytest.mark.parametrize(("levels", "least", "is_met"), [("--s", 1, True), ("-bg", 2, False), ("-sg", 2, True)])
def test_label_of_the_level_or_higher_is_held_by_enough(levels: str, least: int, is_met: bool) -> None:
    call = CALL.model_copy(update={"label_level": Level.SILVER, "labelled_partners": least})
    known = {"b": Level.BRONZE, "s": Level.SILVER, "g": Level.GOLD}
    consortium = [one.model_copy(update={"level": known.get(level)}) for one, level in zip(WELL, levels, strict=True)]
    assert broken(consortium, call) == ({} if is_met else {"label": Finding.FAILED})
    sentence = consortium_rules(call, consortium, COUNTRIES, **ASKED)[-1].sentence
    assert sentence.endswith(f"on 2021-02-15; at least {least}.")
    dated = call.model_copy(update={"label_on": date(2020, 12, 31)})
    assert "on 2020-12-31;" in consortium_rules(dated, consortium, COUNTRIES, **ASKED)[-1].sentence


@pytest.mark.parametrize(
    ("is_published", "day", "told"),
    [(True, 15, True), (True, 14, False), (False, 15, False), (True, 31, True)],
)
def test_one_applies_from_the_first_day_on(is_published: bool, day: int, told: bool) -> None:
    assert is_open(CALL, is_published, date(2021, 1, day)) is told
    assert is_open(CALL, True, date(2021, 2, 15))
    assert not is_open(CALL, True, date(2021, 2, 16))


KNOWN = [Requested("CA-2021-000001-06", 30_000_000, True, 80.0), Requested("CA-2021-000002-03", 36_000_000, True, 70.0),
         Requested("CA-2021-000003-97", 1, False, 0.0)]  # fmt: skip


def grant(serial: int, cents: int, begins_on: date = date(2021, 9, 1)) -> GrantProposal:
    return GrantProposal(number=KNOWN[serial].number.lower(), grant_cents=cents, begins_on=begins_on)


@pytest.mark.parametrize(
    ("grants", "faults"),
    [
        ([], []),
        ([grant(0, 30_000_000), grant(1, 30_000_000)], []),
        ([grant(0, 30_000_000), grant(1, 30_000_001)], [("/body/grants", "above_budget")]),
        ([grant(0, 30_000_001)], [("/body/grants/0/grant_cents", "too_high")]),
        ([grant(2, 1)], [("/body/grants/0/number", "not_fundable")]),
        ([grant(0, 1), grant(0, 1)], [("/body/grants/1/number", "repeated")]),
        ([grant(0, 1, date(2021, 2, 15))], [("/body/grants/0/begins_on", "too_early")]),
        ([grant(0, 1, date(2021, 2, 16))], []),
    ],
)
def test_programme_invariant_23_award_is_within_the_call(
    grants: list[GrantProposal], faults: list[tuple[str, str]]
) -> None:
    assert [(one.pointer, one.code) for one in award_faults(CALL, KNOWN, grants)] == faults


def test_number_that_is_of_no_application_is_not_funded() -> None:
    unknown = GrantProposal(number="CA-2021-000009-79", grant_cents=1, begins_on=date(2021, 9, 1))
    assert [one.code for one in award_faults(CALL, KNOWN, [unknown])] == ["not_fundable"]
    capped = CALL.model_copy(update={"max_grant_cents": 10})
    assert [one.detail for one in award_faults(capped, KNOWN, [grant(0, 11)])] == ["At most 10 cents."]


def test_every_condition_is_told_in_a_sentence_with_its_source() -> None:
    outside = [partner("DE"), partner("NO", is_published=False), partner("CH", is_published=False)]
    told = {one.code: (one.sentence, one.source) for one in consortium_rules(CALL, outside, COUNTRIES, **ASKED)}
    assert told["participation"][0] == "Countries that do not take part: CH, NO."
    assert told["registered"] == ("2 without a published profile.", PLATFORM)
    assert told["participation"][1] != PLATFORM
    well = {one.code: one.sentence for one in consortium_rules(CALL, WELL, COUNTRIES, **ASKED)}
    assert well["participation"] == "Countries that do not take part: none."
    odd = {**ASKED, "total_cents": 48_000_001}
    assert {one.code: one.sentence for one in consortium_rules(CALL, WELL, COUNTRIES, **odd)}["cofinancing"] == (
        "36000000 cents; 75 % of 48000001 are 36000000."
    )


def test_every_fault_of_an_award_is_told() -> None:
    twice = [grant(2, 1), grant(0, 30_000_001, date(2021, 2, 15)), grant(0, 30_000_000)]
    assert award_faults(CALL, KNOWN, twice) == [
        Fault("/body/grants/0/number", "not_fundable", "No eligible application of this call."),
        Fault("/body/grants/1/grant_cents", "too_high", "At most 30000000 cents."),
        Fault("/body/grants/1/begins_on", "too_early", "After the deadline, 2021-02-15."),
        Fault("/body/grants/2/number", "repeated", "It is funded once."),
        Fault("/body/grants", "above_budget", f"60000002 cents; the budget is {CALL.budget_cents}."),
    ]
