"""What is sealed of a document, how patches go deep, which validity stands in a rule set, and edges of an impact."""

import hashlib
import json
from datetime import date
from typing import Any

import pytest

from cluster_api.indicators.schemas import IndicatorSet
from cluster_api.methodology.queries import shipped
from cluster_api.methodology.rules import DEEPEST, merged, rescored, rule_set_of, seal
from cluster_api.methodology.schemas import ExpiryMode, RuleSet, RuleSetDocument
from tests.indicators.given import condition, level, minimum, the_set

RULES: RuleSetDocument = shipped(code="2020")[0].document


@pytest.mark.parametrize(("day", "said"), [(None, None), (date(2020, 3, 1), "2020-03-01")])
def test_seal_is_the_digest_of_everything_a_methodology_says(day: date | None, said: str | None) -> None:
    plain = {"applies_from": said, "code": "X-1", "document": {"a": [1, "ä"]}, "version": 2}
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert seal("X-1", 2, day, {"a": [1, "ä"]}) == hashlib.sha256(canonical.encode()).hexdigest()


def nested(levels: int, leaf: dict[str, Any]) -> dict[str, Any]:
    """Answer a leaf so many levels deep."""
    return {"in": nested(levels - 1, leaf)} if levels else leaf


@pytest.mark.parametrize("levels", range(DEEPEST + 1))
def test_patch_goes_as_deep_as_documents_do(levels: int) -> None:
    found = merged(nested(levels, {"a": 1, "b": 2}), nested(levels, {"b": None, "c": 3}))
    assert found == nested(levels, {"a": 1, "c": 3})


def test_deeper_than_any_document_values_are_replaced() -> None:
    beyond = DEEPEST + 1
    found = merged(nested(beyond, {"a": 1, "b": 2}), nested(beyond, {"b": None, "c": 3}))
    assert found == nested(beyond, {"b": None, "c": 3})


def test_rules_of_validity_are_those_of_the_document() -> None:
    terms = RULES.terms
    assert rule_set_of("MINE", date(2020, 3, 1), RULES) == RuleSet(
        code="MINE",
        title=RULES.title,
        applies_from=date(2020, 3, 1),
        applies_until=RULES.applies_until,
        first_validity_months=24,
        renewal_validity_months=36,
        expiry_mode=ExpiryMode.END_OF_MONTH,
        renewal_grace_months=12,
        renewal_lead_months=6,
        source=RULES.source,
        confidence=(
            f"first_validity_months: {terms.first_validity_months.certainty}; "
            f"renewal_validity_months: {terms.renewal_validity_months.certainty}; "
            f"expiry_mode: {terms.expiry_mode.certainty}; "
            f"renewal_grace_months: {terms.renewal_grace_months.certainty}; "
            f"renewal_lead_months: {terms.renewal_lead_months.certainty}"
        ),
    )


def test_rule_set_ends_when_its_document_does() -> None:
    ended = RULES.model_copy(update={"applies_until": date(2030, 12, 31)})
    assert rule_set_of("MINE", date(2020, 3, 1), ended).applies_until == date(2030, 12, 31)


ROLE, PLAN = level("1.1", "role"), level("1.2", "plan")
BOTH_STRICT = [level("1.2", "plan", minimum=minimum(condition("plan", at_least=1)))]


def impact(sheet: dict[str, Any], new: IndicatorSet, old: IndicatorSet | None = None) -> tuple[bool, bool]:
    """Answer whether it surely passes and surely fails."""
    (found,) = rescored([sheet], old or the_set(ROLE), new)
    return found.surely_passes, found.surely_fails


def test_who_reaches_the_threshold_without_what_is_new_surely_passes() -> None:
    new = the_set(ROLE, PLAN, pass_percent=40)
    assert new.threshold == 4
    assert impact({"role": 4}, new) == (True, False)
    assert impact({"role": 3}, new) == (False, False)


def test_who_does_not_reach_the_threshold_even_with_all_that_is_new_surely_fails() -> None:
    new = the_set(ROLE, PLAN, pass_percent=80)
    assert new.threshold == 8
    assert impact({"role": 3}, new) == (False, False)
    assert impact({"role": 2}, new) == (False, True)


def test_nobody_surely_passes_while_something_new_has_a_minimum() -> None:
    assert impact({"role": 5}, the_set(ROLE, *BOTH_STRICT, pass_percent=40)) == (False, False)
    assert impact({"role": 5}, the_set(ROLE, PLAN, pass_percent=40)) == (True, False)
