"""Rules of a benchmark: what is wrong with its answers, what its report is called, which days are possible. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import rfc8785
from pydantic import ValidationError

from cluster_api.comparisons.rules import Check
from cluster_api.foundation.errors import Fault
from cluster_api.indicators.rules import FilledForm, faults_of, holds
from cluster_api.indicators.schemas import Condition, Exact, Form, units
from cluster_api.indicators.states import MeasureKind

MISSING = "missing"
FIRST_CALENDAR_YEAR = 1000
"""From here on a number of years is a year of the calendar and not a span."""


def values_in(form: Form, answers: Mapping[str, Any]) -> dict[str, Exact]:
    """Answer the numbers of a draft by their paths, in ten-thousandths; what is missing is absent."""
    values: dict[str, Exact] = {}
    for item in form.items:
        given = answers.get(item.name)
        for path, measure in item.paths():
            value = given if measure.name is None else (given or {}).get(measure.name)
            if isinstance(value, int | float):
                values[path] = units(value)
    return values


def faults_of_form(model: type[FilledForm], form: Form, code: str, answers: Mapping[str, Any], at: str) -> list[Fault]:
    """Answer which fields are missing, unknown or out of range; rules between fields are asked elsewhere."""
    try:
        model.model_validate({"methodology": code, **answers})
    except ValidationError as error:
        own = {check.code for check in form.checks}
        return [fault for fault in faults_of(error, at) if fault.code not in own]
    return []


def faults_of_draft(model: type[FilledForm], form: Form, code: str, answers: Mapping[str, Any], at: str) -> list[Fault]:
    """Answer what cannot stand even in a draft: a field that is unknown or out of range. Missing ones may wait."""
    return [fault for fault in faults_of_form(model, form, code, answers, at) if fault.code != MISSING]


def contradictions(
    form: Form, further: Sequence[Check], answers: Mapping[str, Any], on: date, at: str
) -> Iterator[Fault]:
    """Answer which answers contradict each other or the calendar, as far as they are given (domain invariant 24)."""
    values = values_in(form, answers)
    rules: list[tuple[str, str, Condition]] = [(one.code, one.text, one.condition) for one in form.checks]
    rules += [(one.code, one.text, one.condition) for one in further]
    for code, text, condition in rules:
        if values.keys() >= {*condition.of} and not holds(condition, values):
            place = condition.of[0].replace(".", "/")
            yield Fault(f"{at}/{place}", code, text)
    for item in form.items:
        for path, measure in item.paths():
            is_calendar = measure.kind is MeasureKind.YEARS and measure.lowest >= FIRST_CALENDAR_YEAR
            if is_calendar and values.get(path, 0) > units(on.year):
                yield Fault(f"{at}/{path.replace('.', '/')}", "in_future", f"The year is not after {on.year}.")


def digest_of_answers(answers: Mapping[str, Any]) -> str:
    """Answer the SHA-256 of the canonical form (RFC 8785) of answers."""
    return hashlib.sha256(rfc8785.dumps(dict(answers))).hexdigest()


def report_number(iso3: str, country_serial: int, on: date, contract: str, serial: int) -> str:
    """Answer the number of a report: country, serial in the country, year, quarter, contract, serial of all.

    ``DNK063201604C160869`` is the 63rd report of Denmark, of the fourth quarter of 2016, under contract C16, and the
    869th of all. Read off two published reports (domain 2.4). Larger serials make the number longer.
    """
    quarter = (on.month + 2) // 3
    return f"{iso3}{country_serial:03d}{on.year}{quarter:02d}{contract}{serial:04d}"


def contract_of(on: date) -> str:
    """Answer the contract under which a report stands unless another is named: ``C16`` in 2016 (inferred from 2.4)."""
    return f"C{on.year % 100:02d}"


def fault_of_interview(on: date, *, today: date, opened_on: date, last: date | None) -> Fault | None:
    """Answer why an interview cannot have been on a day, if so."""
    if on > today:
        return Fault("/body/interview_on", "in_future", f"Today is {today}.")
    if on < opened_on:
        return Fault("/body/interview_on", "before_opening", f"The benchmark was opened on {opened_on}.")
    if last is not None and on < last:
        return Fault("/body/interview_on", "before_last", f"The last interview was on {last}.")
    return None
