"""Documents become typed forms here, and conditions become true or false; nothing is ever rounded before a comparison.

A form compiles to a Pydantic model with one typed, bounded, described field an item, so that whatever it accepts can be
scored, and its JSON Schema names every indicator.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, ValidationError, create_model, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from cluster_api.foundation.errors import Fault
from cluster_api.foundation.fields import WHOLE, Prose
from cluster_api.indicators.schemas import (
    UNITS,
    Condition,
    Document,
    EligibilitySet,
    Exact,
    Form,
    Indicator,
    IndicatorSet,
    Item,
    Measure,
    Questionnaire,
    units,
)
from cluster_api.indicators.states import WHOLE_KINDS, MeasureKind, Quantity

Values = Mapping[str, Exact]
"""Values of a filled form by their paths, in ten-thousandths; what was left out or is words is absent."""

ENDINGS: Mapping[type[Form], str] = {IndicatorSet: "Sheet", Questionnaire: "Answers", EligibilitySet: "Checklist"}
CHECKS_FAILED = "checks_failed"


class FilledForm(BaseModel):
    """Base of compiled forms: unknown members are refused, and nothing is changed after it was checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    methodology: str = Field(max_length=40)


def compiled(code: str, form: Form) -> type[FilledForm]:
    """Answer the model of the forms that a document asks for, discriminated by ``methodology``, the document's code.

    Rules between fields are checked last and all together; their error names every place (see ``faults_of``).
    """
    name = class_name(code, form)
    fields: dict[str, Any] = {
        "methodology": (Literal[code], Field(description="Code of the methodology.", examples=[code]))
    }
    for item in form.items:
        fields[item.name] = _field(name, item)

    def keep_checks(filled: FilledForm) -> FilledForm:
        if failed := list(_failed_checks(form, filled)):
            raise PydanticCustomError(CHECKS_FAILED, "{text}", {"text": failed[0][2], "failed": failed})
        return filled

    rules: list[Any] = [{"code": check.code, "text": check.text} for check in form.checks]
    validators: dict[str, Any] = {"keep_checks": model_validator(mode="after")(keep_checks)} if form.checks else {}
    model = create_model(name, __base__=FilledForm, __doc__=form.title, __validators__=validators, **fields)
    model.model_config["json_schema_extra"] = {"x-checks": rules}
    return model


def class_name(code: str, form: Form) -> str:
    """Answer the name of the compiled form in the OpenAPI document: ``ECEI-2013`` gives ``Ecei2013Sheet``."""
    return "".join(part.capitalize() for part in code.split("-")) + ENDINGS[type(form)]


def _field(owner: str, item: Item) -> tuple[Any, Any]:
    optional = all(measure.optional for measure in item.measures)
    kind: Any = _type_of(item.measures[0])
    if item.is_composed:
        parts: dict[str, Any] = {str(measure.name): _part(measure) for measure in item.measures}
        camel = item.name.title().replace("_", "")
        kind = create_model(f"{owner}{camel}", __base__=Document, __doc__=item.title, **parts)
    about: dict[str, Any] = {
        "title": item.title,
        "description": described(item),
        "json_schema_extra": {"x-code": item.code},
    }
    if not item.is_composed and (example := example_of(item.measures[0])) is not None:
        about["examples"] = [example]
    return (kind | None, Field(default=None, **about)) if optional else (kind, Field(**about))


def _part(measure: Measure) -> tuple[Any, Any]:
    about: dict[str, Any] = {"description": _label(measure), "examples": [example_of(measure)]}
    kind = _type_of(measure)
    return (kind | None, Field(default=None, **about)) if measure.optional else (kind, Field(**about))


def _type_of(measure: Measure) -> Any:
    low, high = measure.lowest, measure.highest
    if measure.kind in WHOLE_KINDS:
        return Annotated[int, Field(ge=int(low), le=int(high), strict=True), WHOLE]
    match measure.kind:
        case MeasureKind.FLAG:
            return Annotated[bool, Field(strict=True)]
        case MeasureKind.CHOICE:
            return Literal[measure.choices]
        case MeasureKind.TEXT:
            return Prose
        case MeasureKind.TEXTS:
            return Annotated[list[Prose], Field(min_length=int(low), max_length=int(high))]
        case _:
            return Annotated[float, Field(ge=low, le=high, strict=True, allow_inf_nan=False)]


def _label(measure: Measure) -> str:
    levels = " ".join(f"{text.level}: {text.text}" for text in measure.levels)
    unit = f" Unit: {measure.unit}." if measure.unit else ""
    return f"{measure.label}{unit}{' ' + levels if levels else ''}"


def described(item: Item) -> str:
    """Answer what a reader of the form must know of an item: code, measure, levels, minimum and full marks."""
    text = f"{item.code} {item.title}."
    text += f" {_label(item.measures[0])}" if len(item.measures) == 1 else ""
    if isinstance(item, Indicator):
        text += f" Minimum: {said_all(item.minimum.conditions)}." if item.minimum else ""
        text += f" {item.max_points} points: {said_all(item.steps[-1].conditions)}." if not item.is_gate else " A gate."
    return text


def said_all(conditions: Iterable[Condition]) -> str:
    """Answer conditions in words."""
    return " and ".join([condition.words for condition in conditions])


def example_of(measure: Measure) -> Any:
    """Answer a value that the measure accepts, the one the document shows if it does."""
    match measure.kind:
        case MeasureKind.FLAG:
            return True
        case MeasureKind.CHOICE:
            return measure.choices[0]
        case MeasureKind.TEXT:
            return "A text."
        case MeasureKind.TEXTS:
            return [f"Text {number}." for number in range(1, int(measure.lowest) + 1)]
    value = measure.lowest if measure.example is None else measure.example
    return int(value) if measure.kind in WHOLE_KINDS else value


def example_form(code: str, form: Form) -> dict[str, Any]:
    """Answer a filled form made of the examples of a document."""
    filled: dict[str, Any] = {"methodology": code}
    for item in form.items:
        parts = {str(measure.name): example_of(measure) for measure in item.measures}
        filled[item.name] = parts if item.is_composed else example_of(item.measures[0])
    return filled


def values_of(form: Form, filled: Mapping[str, Any]) -> dict[str, Exact]:
    """Answer the numbers of a filled form by their paths, in ten-thousandths.

    Raises:
        KeyError: an item that is not optional is not in it.
    """
    values: dict[str, Exact] = {}
    for item in form.items:
        given = filled[item.name] if item.name in filled or not item.measures[0].optional else None
        for path, measure in item.paths():
            value = given if measure.name is None else given and given[measure.name]
            if isinstance(value, int | float):
                values[path] = units(value)
    return values


def holds(condition: Condition, values: Values) -> bool:
    """Answer whether a condition holds of values; nothing holds of a value that was left out."""
    low, high = condition.bounds
    if condition.quantity is Quantity.VALUE:
        # Nearly all conditions speak of one value: compared as it stands.
        value = values.get(condition.of[0])
        return value is not None and (low is None or value >= low) and (high is None or value <= high)
    found = _fraction(condition, values)
    if found is None or found[1] <= 0:
        return False
    scaled, divisor = found[0] * UNITS, found[1]
    return (low is None or scaled >= low * divisor) and (high is None or scaled <= high * divisor)


def _fraction(condition: Condition, values: Values) -> tuple[Exact, Exact] | None:
    """Answer a quantity made of several values as numerator and divisor, both in ten-thousandths."""
    parts = [values[path] for path in condition.of if path in values]
    if len(parts) < len(condition.of):
        return None
    match condition.quantity:
        case Quantity.SUM:
            return sum(parts), UNITS
        case Quantity.DIFFERENCE:
            return parts[0] - sum(parts[1:]), UNITS
        case Quantity.QUOTIENT:
            return parts[0], parts[1]
        case _:
            return sum(value > 0 for value in parts) * UNITS, UNITS


def all_hold(conditions: Iterable[Condition], values: Values) -> bool:
    """Answer whether every condition holds."""
    for condition in conditions:  # noqa: SIM110 - the inmost loop of scoring: a generator takes twice as long
        if not holds(condition, values):
            return False
    return True


def _failed_checks(form: Form, filled: FilledForm) -> Iterator[tuple[str, str, str]]:
    # Only what the checks speak of is read: validation of a sheet is on the way of every save.
    values: dict[str, Exact] = {}
    for path in {path for check in form.checks for path in check.condition.of}:
        name, _, part = path.partition(".")
        given = getattr(filled, name)
        value = getattr(given, part) if part and given is not None else given
        if value is not None:
            values[path] = units(value)
    for check in form.checks:
        if values.keys() >= {*check.condition.of} and not holds(check.condition, values):
            yield check.condition.of[0].replace(".", "/"), check.code, f"{check.text} Wanted: {check.condition.words}."


def faults_of(error: ValidationError, at: str = "/body") -> list[Fault]:
    """Answer every place of a form that is wrong: out of range, unknown, missing, or against a rule between fields."""
    faults = []
    for found in error.errors(include_url=False, include_input=False):
        if found["type"] == CHECKS_FAILED:
            faults += [Fault(f"{at}/{place}", code, text) for place, code, text in found["ctx"]["failed"]]
        else:
            place = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in found["loc"])
            faults.append(Fault(f"{at}{place}", found["type"], found["msg"]))
    return faults


class OtherForm(BaseModel):
    """A form of a methodology that was made over this interface; `/v1/methodologies/{code}/schema` describes it."""

    model_config = ConfigDict(extra="allow")

    methodology: str = Field(description="Code of the methodology.", max_length=40, examples=["REGIONAL-2021"])


@dataclass(frozen=True)
class FormBody:
    """Marks a body as one of several forms, told apart by ``methodology``.

    What is asked depends on a methodology that may have been made a moment ago, so it is checked against that one and
    not here; the document names the shipped forms field by field, built only when the document is asked for.
    """

    title: str
    forms: Callable[[], Sequence[tuple[str, Form, type[FilledForm]]]]

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Answer how to describe: one form of each shipped methodology, or that of another."""
        forms = self.forms()
        models = [*(model for _, _, model in forms), OtherForm]
        *shipped, other = handler(core_schema.union_schema([_referred(model) for model in models]))["anyOf"]
        discriminator = {
            "propertyName": "methodology",
            "mapping": {code: f"#/components/schemas/{model.__name__}" for code, _, model in forms},
        }
        return {
            # A discriminator tells forms apart that name their code; the form of another methodology names any.
            "anyOf": [{"oneOf": shipped, "discriminator": discriminator}, other],
            "title": self.title,
            "examples": [example_form(code, form) for code, form, _ in forms[:1]],
        }


def _referred(model: Any) -> CoreSchema:
    # With a reference the document names the model as a component; without one it would be written in place.
    named: CoreSchema = {**model.__pydantic_core_schema__, "ref": f"{__name__}.{model.__name__}:{id(model)}"}
    return named
