"""Sheets of the set of 2013, from full marks down."""

from typing import Any

from cluster_api.indicators.rules import example_form
from cluster_api.indicators.schemas import IndicatorSet
from cluster_api.methodology.queries import shipped

EDITION = shipped(code="ECEI-2013")[0]
GOLD: IndicatorSet = EDITION.document
EXAMPLE = example_form("ECEI-2013", GOLD)
FULL: dict[str, Any] = EXAMPLE | {
    "commitment_of_participants": 1,
    "composition_of_participants": {
        "sme": 0.62, "large_firms": 0.14, "research_education": 0.12, "other": 0.12, "research_members": 5,
    },
    "lifelong_learning": {"training_plan": True, "training_days": 3},
    "cooperation": 0.6,
    "innovation_system": 5,
    "financial_outlook": 36,
    "private_money": 0.4,
    "performance_monitoring": 5,
    "strategic_focus": 5,
    "communication": 5,
    "press_recognition": 12,
}  # fmt: skip
NOT_MINIMAL = ("geographical_concentration", "stability_of_team", "stability_of_participation", "private_money")
"""Ratios without a minimum: nothing in them gives 0 of 5 points and refuses nothing."""


def sheet_of(points: int) -> dict[str, Any]:
    """Answer a sheet of 130 to 150 points, or of 115 to 129, that misses no minimum."""
    sheet, lost = dict(FULL), 150 - points
    for name in (*NOT_MINIMAL, "press_recognition", "strategic_focus", "success_stories"):
        if lost >= 5:
            sheet[name], lost = 0, lost - 5
    # A judged level falls by single points.
    sheet["innovation_system"] -= min(lost, 3)
    lost -= min(lost, 3)
    sheet["communication"] -= lost
    return sheet
