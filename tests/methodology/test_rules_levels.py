"""What each level needs, prices, and how sets compare; numbers are those of the domain's invariants (11.4)."""

from datetime import date
from typing import Any

import pytest

from cluster_api.clusters.states import Level
from cluster_api.indicators.rules import example_form
from cluster_api.indicators.schemas import EligibilitySet, IndicatorSet
from cluster_api.methodology.queries import shipped
from cluster_api.methodology.rules import (
    ImprovementArea,
    bronze_refusals,
    crosswalk,
    dropped,
    gold_refusals,
    kind_of_case,
    merged,
    price_of,
    rescored,
    share_of,
    silver_refusals,
    unmet_criteria,
)
from cluster_api.methodology.schemas import PriceList, Relation, RuleSetDocument
from cluster_api.methodology.states import CaseKind, VisitMode
from tests.indicators.given import condition, indicator, level, measure, minimum, scale, the_set
from tests.scoring.given import FULL, GOLD, sheet_of

RULES: RuleSetDocument = shipped(code="2020")[0].document
PRICES: PriceList = shipped(code="ESCA-PRICES")[0].document
ELIGIBILITY: EligibilitySet = shipped(code="ELIGIBILITY-2019")[0].document
PROPOSAL: IndicatorSet = shipped(code="ECEI-2026-PROPOSAL")[0].document
CHECKLIST = example_form("ELIGIBILITY-2019", ELIGIBILITY)


def unmet(changes: dict[str, Any], **waived: str) -> list[str]:
    return [one.code for one in unmet_criteria(ELIGIBILITY, CHECKLIST | changes, waived)]


def test_criteria_are_met_by_numbers_at_their_limit() -> None:
    assert unmet({"committed_members": 15, "months_active": 12, "service_groups": 3, "priority_areas": 2}) == []
    assert unmet({"committed_members": 14, "months_active": 11, "service_groups": 2, "priority_areas": 1}) == [
        "E3", "E6", "E7", "E8",
    ]  # fmt: skip


def test_only_waivable_criteria_are_waived_and_only_with_a_reason() -> None:
    changes = {"committed_members": 3, "english_page": False}
    assert unmet(changes, E3="A programme recognises it.", E9="No.") == ["E9"]
    assert unmet(changes, E3=" ") == ["E3", "E9"]


def test_invariant_7_bronze_needs_benchmark_criteria_and_recommendation() -> None:
    missed = unmet_criteria(ELIGIBILITY, CHECKLIST | {"english_page": False}, {})
    assert bronze_refusals(benchmark_released=True, recommendation=True, unmet=[]) == []
    assert bronze_refusals(benchmark_released=True, recommendation=False, unmet=[]) == []
    assert bronze_refusals(benchmark_released=False, recommendation=None, unmet=missed) == [
        "criterion E9 is not met",
        "there is no released benchmark",
        "the expert's recommendation is missing",
    ]


AREAS = [ImprovementArea(name, True) for name in ("committed_participants", "direct_contacts", "strategy_building")]
WINDOW = (date(2022, 1, 31), date(2023, 10, 1))


def silver(areas: list[ImprovementArea] = AREAS, window: tuple[date, date] = WINDOW, **changes: Any) -> list[str]:
    return silver_refusals(RULES.terms, GOLD, FULL | changes, areas, window)


def test_invariant_8_silver_with_everything_is_granted_whatever_the_points() -> None:
    assert silver() == []
    assert silver_refusals(RULES.terms, GOLD, sheet_of(119), AREAS, WINDOW) == []


@pytest.mark.parametrize(
    ("areas", "told"),
    [
        (AREAS[:2], "3 improvements are wanted, 2 are named"),
        ([*AREAS[:2], AREAS[0]], "improvements must be on different indicators"),
        ([*AREAS[:2], ImprovementArea("strategy_building", False)], "3 improvements must be confirmed, 2 are"),
        ([*AREAS[:2], ImprovementArea("working_groups", True)], "working_groups is not in the scope of silver"),
        ([*AREAS[:2], ImprovementArea("success_stories", True)], "success_stories is not in the scope of silver"),
        ([*AREAS, ImprovementArea("web_presence", True)], "3 improvements are wanted, 4 are named"),
    ],
)
def test_invariant_8_silver_needs_three_confirmed_improvements(areas: list[ImprovementArea], told: str) -> None:
    assert told in silver(areas)


def test_invariant_8_one_missed_minimum_refuses_silver() -> None:
    assert silver(committed_participants=14) == ["the minimum of 1.1.2 is missed"]
    assert silver(commitment_of_participants=0.49) == ["the minimum of 1.1.0 is missed"]


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        (date(2023, 7, 30), ["the second benchmark is less than 18 months after the first"]),
        (date(2023, 7, 31), []),
        (date(2024, 1, 31), []),
        (date(2024, 2, 1), ["the second benchmark is more than 24 months after the first"]),
    ],
)
def test_invariant_8_window_of_silver_includes_both_edges(second: date, refused: list[str]) -> None:
    assert silver(window=(date(2022, 1, 31), second)) == refused


def gold(sheet: dict[str, Any], experts: int = 2, days: int = 2, kind: CaseKind = CaseKind.FIRST) -> list[str]:
    return gold_refusals(RULES.terms, GOLD, sheet, experts=experts, days=days, kind=kind)


def test_invariant_9_gold_needs_gate_minimums_and_points() -> None:
    assert gold(sheet_of(120)) == []
    assert gold(sheet_of(119)) == ["threshold is missed"]
    assert gold(FULL | {"commitment_of_participants": 0.4}) == ["1.1.0 is missed"]
    with pytest.raises(KeyError):
        gold({name: value for name, value in FULL.items() if name != "web_presence"})


def test_invariant_11_gold_has_two_experts_and_two_days_or_one_to_renew() -> None:
    assert gold(FULL, experts=1) == ["2 experts must score, 1 did"]
    assert gold(FULL, experts=3) == ["2 experts must score, 3 did"]
    assert gold(FULL, days=1) == ["2 days on site are wanted, there were 1"]
    assert gold(FULL, days=1, kind=CaseKind.RENEWAL) == []


@pytest.mark.parametrize(
    ("place", "cents"),
    [
        ("bronze first on_site", 225000),
        ("bronze first video", 165000),
        ("bronze renewal video", 165000),
        ("silver first on_site", 362000),
        ("silver renewal on_site", 362000),
        ("gold first on_site", 825000),
        ("gold renewal on_site", 676500),
        ("gold first video", None),
    ],
)
def test_invariant_22_price_follows_level_kind_and_mode(place: str, cents: int | None) -> None:
    level_, kind, mode = place.split()
    found = price_of(PRICES, Level(level_), CaseKind(kind), VisitMode(mode))
    assert (found.net_cents if found else None) == cents


@pytest.mark.parametrize(
    ("visit", "kind"),
    [
        (date(2025, 9, 29), CaseKind.FIRST),
        (date(2025, 9, 30), CaseKind.RENEWAL),
        (date(2027, 2, 10), CaseKind.RENEWAL),
        (date(2027, 3, 31), CaseKind.RENEWAL),
        (date(2027, 4, 1), CaseKind.FIRST),
    ],
)
def test_invariants_3_and_22_renewal_only_inside_its_window(visit: date, kind: CaseKind) -> None:
    assert kind_of_case(date(2026, 3, 31), visit, RULES.terms) is kind


def test_without_a_label_a_case_is_a_first_one() -> None:
    assert kind_of_case(None, date(2026, 3, 31), RULES.terms) is CaseKind.FIRST


def test_crosswalk_to_the_proposal_carries_23_over_relates_4_and_has_4_new() -> None:
    rows = crosswalk("ECEI-2013", GOLD, "ECEI-2026-PROPOSAL", PROPOSAL)
    related = {row.code: row.follows for row in rows if row.relation is Relation.RELATED}
    assert related == {"4.1.3": ["4.1.2", "4.1.3"], "4.6.2": ["4.6.1", "4.6.2"], "6.1": ["5.2"], "6.3": ["2.7"]}
    assert [row.code for row in rows if row.relation is Relation.NEW] == ["6.2", "6.4", "6.5", "6.6"]
    assert (share_of(rows, Relation.SAME), share_of(rows, Relation.SAME, Relation.RELATED)) == (0.7419, 0.871)
    assert dropped(GOLD, rows) == ["1.2", "2.2.4", "4.5", "5.1"]


def test_crosswalk_works_backwards_and_onto_itself() -> None:
    back = crosswalk("ECEI-2026-PROPOSAL", PROPOSAL, "ECEI-2013", GOLD)
    assert [row.follows for row in back if row.code in {"4.1.2", "4.1.3"}] == [["4.1.3"], ["4.1.3"]]
    assert share_of(crosswalk("ECEI-2013", GOLD, "ECEI-2013", GOLD), Relation.SAME) == 1.0


def test_rescored_tells_worst_and_best_case() -> None:
    (full, low) = rescored([FULL, sheet_of(119)], GOLD, PROPOSAL)
    assert (full.old_points, full.old_passed, full.fewest_points, full.most_points) == (150, True, 110, 150)
    assert (full.surely_passes, full.surely_fails, low.old_passed) == (False, False, False)
    (same,) = rescored([sheet_of(119)], GOLD, GOLD)
    assert (same.fewest_points, same.most_points, same.surely_passes, same.surely_fails) == (119, 119, False, True)


def test_rescored_leaves_out_scales_that_speak_of_fields_that_are_gone() -> None:
    staff = indicator("1.2", "staff", measure("decimal"), scale=scale((5, condition("members", at_least=9))))
    members = indicator("1.1", "members", measure("count"), scale=scale((5, condition("members", at_least=9))))
    old, new = the_set(staff, members), the_set(staff, members | {"measures": [measure("count", highest=9)]})
    (found,) = rescored([{"staff": 2, "members": 9}], old, new)
    assert (found.fewest_points, found.most_points, found.surely_passes, found.surely_fails) == (0, 10, False, False)


def test_rescored_missed_minimum_surely_fails() -> None:
    strict = the_set(level("1.1", "role", minimum=minimum(condition("role", at_least=5))), pass_percent=1)
    (found,) = rescored([{"role": 4}], the_set(level("1.1", "role")), strict)
    assert (found.old_passed, found.surely_fails, found.surely_passes) == (True, True, False)


@pytest.mark.parametrize(
    ("document", "patch", "expected"),
    [
        ({"a": 1}, {"a": None}, {}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": {"b": 1}}, {"a": [2]}, {"a": [2]}),
        ({"a": 1}, {"a": {"b": None, "c": 1}}, {"a": {"c": 1}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
    ],
)
def test_documents_are_changed_by_merge_patch(document: Any, patch: Any, expected: Any) -> None:
    assert merged(document, patch) == expected
