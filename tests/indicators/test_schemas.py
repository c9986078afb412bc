from typing import Any

import pytest
from pydantic import ValidationError

from cluster_api.indicators.schemas import EligibilitySet, IndicatorSet, Questionnaire
from cluster_api.indicators.states import Quantity
from tests.indicators.given import CLAIM, condition, document, indicator, level, measure, minimum, scale, the_set

COUNT = measure("count")
STEPS = scale((2, condition("members", at_least=1)), (5, condition("members", at_least=9)))


def members(**more: Any) -> dict[str, Any]:
    return indicator("1.1", "members", COUNT) | {"scale": STEPS, **more}


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (document(members(), members(code="1.2")), "Two items have the name members"),
        (document(members(), level("1.1", "role")), "Two items have the code 1.1"),
        (document(members(dimension="2")), "no dimension 2"),
        (document(members(), max_points=6), "max_points is 6, but the indicators have 5"),
        (document(members(scale=scale((5, condition("absent", at_least=1))))), "names absent, which is no number"),
        (document(members(scale=scale((3, condition("members", at_least=1))))), "rise from above 0 to max_points"),
        (document(members(scale=None)), "only a single level from 0 is its own scale"),
        (document(members(is_gate=True)), "a gate has a minimum and no points"),
        (document(members(minimum=minimum(condition("members")))), "needs at_least or at_most"),
        (document(members(minimum=minimum(condition("members", "members", at_least=1)))), "not made of 2 values"),
        (document(level("1.1", "class")), "class is a reserved word"),
        (document(level("1.1", "model_dump")), "model_dump is a reserved word"),
        (document(level("1.1", "methodology")), "methodology is a reserved word"),
        (document(level("1.1", "role", max_points=4)), "the highest level must be max_points"),
        (document(indicator("1.1", "members", COUNT, COUNT, scale=STEPS)), "parts need names of their own"),
        (document(members(measures=[{"kind": "count", "label": "No end."}])), "needs its highest possible value"),
        (document(members(measures=[measure("count", lowest=2, highest=1)])), "lowest value lies above the highest"),
        (document(members(measures=[measure("ratio", highest=2)])), "A ratio lies between 0 and 1"),
        (document(level("1.1", "role", measures=[measure("level", levels=[])])), "one text for each level"),
        (document(members(measures=[measure("choice", choices=["one"])])), "at least two different answers"),
        (document(members(measures=[measure("count", optional=True)])), "Nothing of an indicator set is optional"),
        (document(members(), dimensions=[{"code": "1", "title": "A"}] * 2), "Two dimensions have one code"),
    ],
)
def test_inconsistent_document_is_refused(broken: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as raised:
        IndicatorSet.model_validate(broken)
    assert told in str(raised.value)


def test_unknown_member_of_a_document_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        IndicatorSet.model_validate(document(members(), colour="blue"))


def test_threshold_is_the_smallest_number_that_passes() -> None:
    thresholds = [the_set(members(), pass_percent=percent).threshold for percent in (1, 20, 21, 80, 81, 100)]
    assert thresholds == [1, 1, 2, 4, 5, 5]


def test_level_is_its_own_scale() -> None:
    steps = the_set(level("1.1", "role")).indicators[0].steps
    assert [(step.points, step.conditions[0].of, step.conditions[0].at_least) for step in steps] == [
        (points, ("role",), points) for points in range(1, 6)
    ]


def test_words_of_a_condition_are_counted_by_quantity() -> None:
    assert {quantity.value for quantity in Quantity} == {"value", "sum", "difference", "quotient", "positive"}


def test_other_documents_name_their_items() -> None:
    item: dict[str, Any] = {
        "code": "1",
        "name": "legal_entity",
        "title": "Legal entity",
        "dimension": "1",
        "measures": [],
        **CLAIM,
    }
    item["measures"] = [{"kind": "flag", "label": "A legal entity."}]
    common = {**document(), "dimensions": [{"code": "1", "title": "One"}]}
    for left_out in ("indicators", "max_points", "pass_percent"):
        common.pop(left_out)
    criterion = {**item, "requires": [condition("legal_entity", at_least=1)], "is_waivable": False}
    asked = Questionnaire.model_validate({**common, "kind": "questionnaire", "questions": [item]})
    wanted = EligibilitySet.model_validate({**common, "kind": "eligibility_set", "criteria": [criterion]})
    assert [one.name for one in (*asked.items, *wanted.items)] == ["legal_entity", "legal_entity"]
