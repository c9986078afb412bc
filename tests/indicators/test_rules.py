from fractions import Fraction
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from cluster_api.foundation.errors import Fault
from cluster_api.indicators.rules import class_name, compiled, example_form, faults_of, holds, values_of
from cluster_api.indicators.schemas import Condition, IndicatorSet, units
from cluster_api.methodology.queries import shipped_forms
from tests.indicators.given import condition, document, indicator, level, measure, scale, the_set

SHARES = {
    "code": "sum_to_one",
    "text": "The shares must add up to 1.",
    "condition": {"quantity": "sum", "of": ["mix.sme", "mix.other"], "at_least": 0.995, "at_most": 1.005},
}
SET = the_set(
    indicator("1.1", "members", measure("count"), scale=scale((5, condition("members", at_least=9)))),
    indicator(
        "1.2", "mix", measure("ratio", name="sme"), measure("ratio", name="other"),
        scale=scale((5, condition("mix.sme", at_least=0.4))),
    ),
    level("1.3", "role"),
    checks=[SHARES],
)  # fmt: skip
FORM = compiled("TEST-1", SET)
GOOD: dict[str, Any] = {"methodology": "TEST-1", "members": 7, "mix": {"sme": 0.25, "other": 0.75}, "role": 3}


def places(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as raised:
        FORM.model_validate({name: value for name, value in {**GOOD, **changes}.items() if value is not ...})
    return [(fault.pointer, fault.code) for fault in faults_of(raised.value)]


def test_good_sheet_is_accepted_and_comes_out_as_it_went_in() -> None:
    assert FORM.model_validate(GOOD).model_dump() == GOOD


def test_whole_numbers_written_as_decimals_are_understood() -> None:
    assert FORM.model_validate({**GOOD, "members": 7.0}).model_dump()["members"] == 7


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"members": -1}, [("/body/members", "greater_than_equal")]),
        ({"members": 1001}, [("/body/members", "less_than_equal")]),
        ({"members": "7"}, [("/body/members", "int_type")]),
        ({"members": 7.5}, [("/body/members", "int_type")]),
        ({"members": True}, [("/body/members", "int_type")]),
        ({"role": 6}, [("/body/role", "less_than_equal")]),
        ({"mix": {"sme": float("nan"), "other": 1}}, [("/body/mix/sme", "finite_number")]),
        ({"mix": {"sme": 0.25, "other": 0.5}}, [("/body/mix/sme", "sum_to_one")]),
        ({"methodology": "TEST-2"}, [("/body/methodology", "literal_error")]),
    ],
)
def test_wrong_value_is_named(changes: dict[str, Any], wrong: list[tuple[str, str]]) -> None:
    assert places(**changes) == wrong


def test_out_of_range_unknown_and_missing_are_named_all_at_once() -> None:
    assert places(members=..., role=9, colour="blue", mix={"sme": 2, "large": 0}) == [
        ("/body/members", "missing"),
        ("/body/mix/sme", "less_than_equal"),
        ("/body/mix/other", "missing"),
        ("/body/mix/large", "extra_forbidden"),
        ("/body/role", "less_than_equal"),
        ("/body/colour", "extra_forbidden"),
    ]


def test_rule_between_fields_tells_what_is_wanted() -> None:
    with pytest.raises(ValidationError) as raised:
        FORM.model_validate({**GOOD, "mix": {"sme": 0, "other": 0}})
    wanted = "The shares must add up to 1. Wanted: mix.sme + mix.other at least 0.995 and at most 1.005."
    assert faults_of(raised.value) == [Fault("/body/mix/sme", "sum_to_one", wanted)]


@pytest.mark.parametrize(
    ("code", "name"),
    [("ECEI-2013", "Ecei2013Sheet"), ("ECEI-2026-PROPOSAL", "Ecei2026ProposalSheet"), ("A", "ASheet")],
)
def test_name_of_a_form_follows_its_code(code: str, name: str) -> None:
    assert class_name(code, SET) == name


@pytest.mark.parametrize(
    ("given", "values", "expected"),
    [
        (condition("a", at_least=0.3), {"a": 3000}, True),
        (condition("a", at_least=0.3), {"a": 2999}, False),
        (condition("a", at_most=0.3), {"a": 3000}, True),
        (condition("a", at_most=0.3), {"a": 3001}, False),
        (condition("a", at_least=0), {}, False),
        ({"quantity": "sum", **condition("a", "b", at_least=1)}, {"a": 6000, "b": 4000}, True),
        ({"quantity": "sum", **condition("a", "b", at_least=1)}, {"a": 6000}, False),
        ({"quantity": "difference", **condition("a", "b", at_least=0)}, {"a": 1, "b": 1}, True),
        ({"quantity": "difference", **condition("a", "b", at_least=0)}, {"a": 0, "b": 1}, False),
        ({"quantity": "quotient", **condition("a", "b", at_most=40)}, {"a": 800000, "b": 20000}, True),
        ({"quantity": "quotient", **condition("a", "b", at_most=40)}, {"a": 800001, "b": 20000}, False),
        ({"quantity": "quotient", **condition("a", "b", at_most=40)}, {"a": 0, "b": 0}, False),
        ({"quantity": "positive", **condition("a", "b", at_least=2)}, {"a": 1, "b": 1}, True),
        ({"quantity": "positive", **condition("a", "b", at_least=2)}, {"a": 1, "b": 0}, False),
    ],
)
def test_condition_holds_exactly(given: dict[str, Any], values: dict[str, int], expected: bool) -> None:
    assert holds(Condition.model_validate(given), values) is expected


def test_condition_is_said_in_words() -> None:
    given = {"quantity": "quotient", "of": ["members", "team.fte"], "at_least": 1, "at_most": 40}
    assert Condition.model_validate(given).words == "members / team.fte at least 1 and at most 40"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 10000),
        (0.1, 1000),
        (0.0001, 1),
        (0.7, 7000),
        (True, 10000),
        (0.69996, Fraction(34998, 5)),
        (0.7000000000000001, Fraction(7000000000000001, 10**12)),
        (1e-7, Fraction(1, 1000)),
    ],
)
def test_units_are_exact_and_nothing_is_rounded(value: float, expected: Fraction) -> None:
    assert units(value) == expected


def test_values_are_found_by_their_paths() -> None:
    assert values_of(SET, GOOD) == {"members": 70000, "mix.sme": 2500, "mix.other": 7500, "role": 30000}


@pytest.mark.parametrize("place", shipped_forms(), ids=lambda place: place[0])
def test_shipped_form_accepts_its_example_also_by_its_json_schema(place: Any) -> None:
    code, form, model = place
    example = example_form(code, form)
    filled = model.model_validate(example)
    assert filled.methodology == code
    schema = model.model_json_schema()
    Draft202012Validator(schema).validate(example)
    assert set(schema["required"]) | {"monitoring_cycle"} >= {item.name for item in form.items}
    assert all(schema["properties"][item.name]["description"].startswith(item.code) for item in form.items)


def test_documents_and_forms_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        FORM.model_validate(GOOD).methodology = "OTHER"  # type: ignore[misc] # that it is refused is the point
    with pytest.raises(ValidationError, match="frozen"):
        IndicatorSet.model_validate(document(level("1.1", "role"))).pass_percent = 1  # type: ignore[misc] # the point
