"""What one can ask of the method; answered from the data files of the package, which are read once."""

import csv
from datetime import date
from functools import cache
from importlib.resources import files

from cluster_api.methodology.errors import RuleSetNotFound
from cluster_api.methodology.schemas import RuleSet


@cache
def rule_sets() -> tuple[RuleSet, ...]:
    """Answer every rule set, the oldest first."""
    text = files("cluster_api.methodology").joinpath("data", "rule_sets.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    found = [RuleSet.model_validate({column: value or None for column, value in row.items()}) for row in rows]
    return tuple(sorted(found, key=lambda rules: rules.applies_from))


def get_rule_set(code: str) -> RuleSet:
    """Answer the rule set with this code; raise RuleSetNotFound if there is none."""
    for rules in rule_sets():
        if rules.code == code:
            return rules
    raise RuleSetNotFound(f"There is no rule set {code!r}; there are {_codes()}.")


def rule_set_on(day: date) -> RuleSet:
    """Answer the rule set under which an assessment on this day falls.

    Raises:
        RuleSetNotFound: the day lies before the scheme began.
    """
    for rules in rule_sets():
        if rules.applies_on(day):
            return rules
    raise RuleSetNotFound(f"No rule set applies on {day}; the first applies from {rule_sets()[0].applies_from}.")


def _codes() -> str:
    return ", ".join(rules.code for rules in rule_sets())
