from datetime import date, timedelta
from itertools import pairwise

import pytest
from pydantic import ValidationError

from cluster_api.methodology.errors import RuleSetNotFound
from cluster_api.methodology.queries import get_rule_set, rule_set_on, rule_sets
from cluster_api.methodology.schemas import ExpiryMode, RuleSet


def terms(code: str) -> tuple[int, int, ExpiryMode, int, int]:
    rules = get_rule_set(code)
    validity = (rules.first_validity_months, rules.renewal_validity_months, rules.expiry_mode)
    return (*validity, rules.renewal_grace_months, rules.renewal_lead_months)


@pytest.mark.parametrize(
    ("code", "expected"),
    [("2010", (24, 24, ExpiryMode.SAME_DAY, 12, 6)), ("2020", (24, 36, ExpiryMode.END_OF_MONTH, 12, 6))],
)
def test_rule_set_says_how_long_labels_are_valid(code: str, expected: tuple[int, int, ExpiryMode, int, int]) -> None:
    assert terms(code) == expected


def test_rule_sets_have_one_code_each_and_come_oldest_first() -> None:
    assert [rules.code for rules in rule_sets()] == ["2010", "2020"]


def test_rule_sets_follow_each_other_without_gap_and_the_last_is_in_force() -> None:
    ends = [rules.applies_until for rules in rule_sets()]
    starts = [later.applies_from - timedelta(days=1) for _, later in pairwise(rule_sets())]
    assert ends == [*starts, None]


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2010, 1, 1), "2010"),
        (date(2019, 11, 14), "2010"),
        (date(2019, 11, 15), "2020"),
        (date(2026, 3, 1), "2020"),
    ],
)
def test_rule_set_on_a_day(day: date, code: str) -> None:
    assert rule_set_on(day).code == code


def test_rule_set_on_a_day_before_the_scheme_is_not_found() -> None:
    with pytest.raises(RuleSetNotFound) as raised:
        rule_set_on(date(2009, 12, 31))
    assert raised.value.detail == "No rule set applies on 2009-12-31; the first applies from 2010-01-01."


def test_get_rule_set_of_an_unknown_code_names_the_known_ones() -> None:
    with pytest.raises(RuleSetNotFound) as raised:
        get_rule_set("1999")
    assert (raised.value.status, raised.value.detail) == (404, "There is no rule set '1999'; there are 2010, 2020.")


def test_rule_set_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        get_rule_set("2020").first_validity_months = 12  # type: ignore[misc]  # that it is refused is the point


def test_rule_set_that_ends_before_it_starts_is_refused() -> None:
    row = get_rule_set("2010").model_dump() | {"applies_until": date(2009, 12, 31)}
    with pytest.raises(ValidationError, match="cannot end before it starts"):
        RuleSet.model_validate(row)
