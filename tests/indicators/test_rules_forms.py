"""A document becomes a form: the schema of each kind of field, whole, and what the form takes and refuses."""

from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from cluster_api.foundation.errors import Fault
from cluster_api.foundation.fields import PROSE_PATTERN
from cluster_api.indicators.rules import (
    FormBody,
    all_hold,
    compiled,
    described,
    example_form,
    example_of,
    faults_of,
    holds,
    values_of,
)
from cluster_api.indicators.schemas import Condition, Measure, Questionnaire
from tests.indicators.given import CLAIM, condition, indicator, level, measure, minimum, scale, the_set
from tests.indicators.test_rules import GOOD, SET


def item(code: str, name: str, *measures: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "name": name, "title": f"Item {name}", "dimension": "A", "measures": measures, **CLAIM}


QUESTIONS = Questionnaire.model_validate({
    "kind": "questionnaire", "title": "Questions", "summary": "For tests.",
    "dimensions": [{"code": "A", "title": "All"}], **CLAIM,
    "questions": [
        item("A1", "staff", measure("decimal", highest=50, unit="FTE", example=2.5)),
        item("A2", "legal", measure("choice", choices=["club", "firm"])),
        item("A3", "goals", measure("texts", lowest=2, highest=3)),
        item("A4", "note", measure("text", optional=True)),
        item("A5", "plan", measure("flag")),
        item(
            "A6", "team_size", measure("count", name="all", unit="people", example=7),
            measure("ratio", name="women", optional=True),
        ),
        item("A7", "role", measure("level")),
        item("A8", "spare", measure("count", name="x", optional=True), measure("flag", name="y", optional=True)),
    ],
})  # fmt: skip
PROSE = {"type": "string", "minLength": 1, "maxLength": 5000, "pattern": PROSE_PATTERN}
NOTHING = {"type": "null"}
FILLED = {
    "methodology": "TEST-Q", "staff": 2.5, "legal": "club", "goals": ["Text 1.", "Text 2."], "note": "A text.",
    "plan": True, "team_size": {"all": 7, "women": 0}, "role": 0, "spare": {"x": 0, "y": True},
}  # fmt: skip


def schema() -> dict[str, Any]:
    return compiled("TEST-Q", QUESTIONS).model_json_schema()


def field(code: str, name: str, text: str, **more: Any) -> dict[str, Any]:
    return {"title": f"Item {name}", "description": f"{code} Item {name}.{text}", "x-code": code, **more}


def test_schema_of_every_kind_of_field_is_typed_bounded_and_described() -> None:
    levels = " ".join(f"{number}: Level {number}." for number in range(6))
    assert schema()["properties"] == {
        "methodology": {
            "const": "TEST-Q", "type": "string", "title": "Methodology", "description": "Code of the methodology.",
            "examples": ["TEST-Q"],
        },
        "staff": field("A1", "staff", " A value. Unit: FTE.", type="number", minimum=0, maximum=50.0, examples=[2.5]),
        "legal": field("A2", "legal", " A value.", type="string", enum=["club", "firm"], examples=["club"]),
        "goals": field(
            "A3", "goals", " A value.", type="array", items=PROSE, minItems=2, maxItems=3,
            examples=[["Text 1.", "Text 2."]],
        ),
        "note": field("A4", "note", " A value.", anyOf=[PROSE, NOTHING], default=None, examples=["A text."]),
        "plan": field("A5", "plan", " A value.", type="boolean", examples=[True]),
        "team_size": field("A6", "team_size", "", **{"$ref": "#/$defs/TestQAnswersTeamSize"}),
        "role": field("A7", "role", f" A value. {levels}", type="integer", minimum=0, maximum=5, examples=[0]),
        "spare": field("A8", "spare", "", anyOf=[{"$ref": "#/$defs/TestQAnswersSpare"}, NOTHING], default=None),
    }  # fmt: skip


def test_schema_of_composed_fields_describes_their_parts() -> None:
    count = {"type": "integer", "minimum": 0, "maximum": 1000}
    ratio = {"type": "number", "minimum": 0, "maximum": 1}
    assert schema()["$defs"] == {
        "TestQAnswersTeamSize": {
            "title": "TestQAnswersTeamSize", "description": "Item team_size", "type": "object",
            "additionalProperties": False, "required": ["all"],
            "properties": {
                "all": {"title": "All", "description": "A value. Unit: people.", "examples": [7], **count},
                "women": {
                    "title": "Women", "description": "A value.", "examples": [0], "anyOf": [ratio, NOTHING],
                    "default": None,
                },
            },
        },
        "TestQAnswersSpare": {
            "title": "TestQAnswersSpare", "description": "Item spare", "type": "object", "additionalProperties": False,
            "properties": {
                "x": {
                    "title": "X", "description": "A value.", "examples": [0], "anyOf": [count, NOTHING],
                    "default": None,
                },
                "y": {
                    "title": "Y", "description": "A value.", "examples": [True],
                    "anyOf": [{"type": "boolean"}, NOTHING], "default": None,
                },
            },
        },
    }  # fmt: skip


def test_schema_of_a_form_names_what_is_required_and_its_checks() -> None:
    whole = schema()
    assert {name: whole[name] for name in ("title", "description", "type", "additionalProperties", "x-checks")} == {
        "title": "TestQAnswers", "description": "Questions", "type": "object", "additionalProperties": False,
        "x-checks": [],
    }  # fmt: skip
    assert whole["required"] == ["methodology", "staff", "legal", "goals", "plan", "team_size", "role"]
    assert compiled("TEST-1", SET).model_json_schema()["x-checks"] == [
        {"code": "sum_to_one", "text": "The shares must add up to 1."}
    ]


def test_example_is_accepted_and_what_is_optional_may_be_left_out() -> None:
    form = compiled("TEST-Q", QUESTIONS)
    assert example_form("TEST-Q", QUESTIONS) == FILLED
    assert form.model_validate(FILLED).model_dump() == FILLED
    few = {name: value for name, value in FILLED.items() if name not in {"note", "spare"}} | {"team_size": {"all": 7}}
    assert form.model_validate(few).model_dump() == {
        **few, "note": None, "spare": None, "team_size": {"all": 7, "women": None},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("staff", 50.1, "less_than_equal"), ("staff", -0.1, "greater_than_equal"), ("staff", "2", "float_type"),
        ("staff", float("nan"), "finite_number"), ("legal", "trust", "literal_error"), ("goals", ["One."], "too_short"),
        ("goals", ["One."] * 4, "too_long"), ("note", "", "string_too_short"), ("plan", 1, "bool_type"),
        ("role", 6, "less_than_equal"), ("role", -1, "greater_than_equal"), ("role", "3", "int_type"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(name: str, value: Any, code: str) -> None:
    with pytest.raises(ValidationError) as raised:
        compiled("TEST-Q", QUESTIONS).model_validate(FILLED | {name: value})
    assert [(one.pointer, one.code) for one in faults_of(raised.value)] == [(f"/body/{name}", code)]


def test_values_are_the_numbers_that_are_given() -> None:
    assert values_of(QUESTIONS, FILLED) == {
        "staff": 25_000, "plan": 10_000, "team_size.all": 70_000, "team_size.women": 0, "role": 0, "spare.x": 0,
        "spare.y": 10_000,
    }  # fmt: skip
    few = {name: value for name, value in FILLED.items() if name not in {"note", "spare"}}
    assert "spare.x" not in values_of(QUESTIONS, few)
    assert values_of(QUESTIONS, FILLED | {"spare": None}) == values_of(QUESTIONS, few)
    with pytest.raises(KeyError, match="staff"):
        values_of(QUESTIONS, {name: value for name, value in FILLED.items() if name != "staff"})


def test_every_broken_check_is_told_at_its_place() -> None:
    checks = [
        {"code": "few", "text": "Some people.", "condition": condition("mix.sme", at_least=0.5)},
        {"code": "many", "text": "Not so many.", "condition": condition("members", at_most=5)},
        {"code": "fine", "text": "Fine.", "condition": condition("role", at_least=1)},
    ]
    made = the_set(*(one.model_dump(exclude_unset=True) for one in SET.indicators), checks=checks)
    with pytest.raises(ValidationError) as raised:
        compiled("TEST-1", made).model_validate(GOOD)
    assert str(raised.value.errors()[0]["msg"]) == "Some people. Wanted: mix.sme at least 0.5."
    assert faults_of(raised.value, "/at") == [
        Fault("/at/mix/sme", "few", "Some people. Wanted: mix.sme at least 0.5."),
        Fault("/at/members", "many", "Not so many. Wanted: members at most 5."),
    ]


def test_what_was_left_out_breaks_no_check() -> None:
    check = {"code": "spare", "text": "One at least.", "condition": condition("spare.x", at_least=1)}
    made = Questionnaire.model_validate({**QUESTIONS.model_dump(exclude_unset=True), "checks": [check]})
    form = compiled("TEST-Q", made)
    for spare in (None, {"y": True}, {"x": None}, {"x": 1}):
        assert form.model_validate({**FILLED, "spare": spare}).methodology == "TEST-Q"
    with pytest.raises(ValidationError) as raised:
        form.model_validate(FILLED)
    assert [one.code for one in faults_of(raised.value)] == ["spare"]


def test_places_are_written_as_pointers() -> None:
    with pytest.raises(ValidationError) as raised:
        compiled("TEST-1", SET).model_validate(GOOD | {"a/b~c": 1, "members": 1001})
    assert faults_of(raised.value) == [
        Fault("/body/members", "less_than_equal", "Input should be less than or equal to 1000"),
        Fault("/body/a~1b~0c", "extra_forbidden", "Extra inputs are not permitted"),
    ]


def test_indicator_is_described_with_its_minimum_and_full_marks() -> None:
    more = {"minimum": minimum(condition("members", at_least=5), condition("members", at_most=9))}
    members = indicator("1.1", "members", measure("count"), scale=scale((5, condition("members", at_least=9))), **more)
    gate = level("1.2", "gate", is_gate=True, max_points=0, minimum=minimum(condition("gate", at_least=3)))
    made = the_set(members, gate)
    assert described(made.indicators[0]) == (
        "1.1 Indicator members. A value. Minimum: members at least 5 and members at most 9. "
        "5 points: members at least 9."
    )
    assert described(made.indicators[1]).endswith(" 5: Level 5. Minimum: gate at least 3. A gate.")
    assert described(SET.indicators[0]) == "1.1 Indicator members. A value. 5 points: members at least 9."


@pytest.mark.parametrize(
    ("values", "expected"),
    [({"a": 1, "b": 1}, True), ({"a": 1, "b": 0}, False), ({"a": 0, "b": 1}, False), ({"a": 1}, False)],
)
def test_all_hold_if_each_does(values: dict[str, int], expected: bool) -> None:
    conditions = [Condition.model_validate(condition(name, at_least=0.0001)) for name in ("a", "b")]
    assert all_hold(conditions, values) is expected
    assert all_hold([], values) is True


def test_quotient_of_the_smallest_numbers_is_one() -> None:
    one = Condition.model_validate({"quantity": "quotient", **condition("a", "b", at_least=1, at_most=1)})
    assert holds(one, {"a": 1, "b": 1}) is True


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (measure("count", lowest=3), 3),
        (measure("count", example=7.0), 7),
        (measure("decimal", lowest=1.5), 1.5),
        (measure("decimal", example=2.5), 2.5),
        (measure("texts", lowest=0, highest=2), []),
        (measure("flag"), True),
    ],
)
def test_example_of_a_measure_is_the_one_shown_or_its_lowest(given: dict[str, Any], expected: Any) -> None:
    found = example_of(Measure.model_validate(given))
    assert (found, type(found)) == (expected, type(expected))


def test_body_names_every_shipped_form_and_that_of_another_methodology() -> None:
    forms = [("TEST-Q", QUESTIONS, compiled("TEST-Q", QUESTIONS)), ("TEST-1", SET, compiled("TEST-1", SET))]
    body: TypeAdapter[Any] = TypeAdapter(Annotated[Any, FormBody("A filled form", lambda: forms)])
    found = body.json_schema(ref_template="#/components/schemas/{model}")
    named = found.pop("$defs")
    assert set(named) >= {"TestQAnswers", "Test1Sheet", "OtherForm"}
    assert found == {
        "anyOf": [
            {
                "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("TestQAnswers", "Test1Sheet")],
                "discriminator": {
                    "propertyName": "methodology",
                    "mapping": {
                        "TEST-Q": "#/components/schemas/TestQAnswers", "TEST-1": "#/components/schemas/Test1Sheet",
                    },
                },
            },
            {"$ref": "#/components/schemas/OtherForm"},
        ],
        "title": "A filled form",
        "examples": [FILLED],
    }  # fmt: skip
