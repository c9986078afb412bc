"""A scorer as one would write it on paper, for tests: plain dictionaries and fractions, nothing of the service."""

from fractions import Fraction
from itertools import combinations
from typing import Any

Document = dict[str, Any]


def number(sheet: Document, path: str) -> Fraction:
    value: Any = sheet
    for part in path.split("."):
        value = value[part]
    return Fraction(str(int(value) if isinstance(value, bool) else value))


def true(condition: Document, sheet: Document) -> bool:
    parts = [number(sheet, path) for path in condition["of"]]
    kind = condition.get("quantity", "value")
    if kind == "quotient" and parts[1] <= 0:
        return False
    quantity = {
        "value": lambda: parts[0],
        "sum": lambda: sum(parts, Fraction(0)),
        "difference": lambda: parts[0] - sum(parts[1:], Fraction(0)),
        "quotient": lambda: parts[0] / parts[1],
        "positive": lambda: Fraction(len([part for part in parts if part > 0])),
    }[kind]()
    low, high = condition.get("at_least"), condition.get("at_most")
    return (low is None or quantity >= Fraction(str(low))) and (high is None or quantity <= Fraction(str(high)))


def points(indicator: Document, sheet: Document) -> int:
    if indicator.get("is_gate"):
        return 0
    if "scale" not in indicator:
        return int(sheet[indicator["name"]])
    given = [
        step["points"]
        for step in indicator["scale"]["steps"]
        if all(true(condition, sheet) for condition in step["conditions"])
    ]
    return max(given, default=0)


def misses(indicator: Document, sheet: Document) -> bool:
    return "minimum" in indicator and not all(true(one, sheet) for one in indicator["minimum"]["conditions"])


def refuses(indicator: Document, sheet: Document) -> bool:
    warns = not indicator.get("is_gate") and indicator.get("minimum", {}).get("effect") == "warn"
    return misses(indicator, sheet) and not warns


def needed(document: Document) -> int:
    wanted = document["pass_percent"] * document["max_points"]
    return next(n for n in range(document["max_points"] + 1) if n * 100 >= wanted)


def smallest(document: Document, sheet: Document) -> set[frozenset[str]]:
    """Try all sets of indicators, raised to full marks and their minimums mended, the small ones first."""
    indicators = document["indicators"]
    now = {one["code"]: points(one, sheet) for one in indicators}
    bad = {one["code"] for one in indicators if refuses(one, sheet)}
    for size in range(len(indicators) + 1):
        found = set()
        for chosen in combinations(indicators, size):
            codes = frozenset(one["code"] for one in chosen)
            raised = sum(one["max_points"] if one["code"] in codes else now[one["code"]] for one in indicators)
            if bad <= codes and raised >= needed(document):
                found.add(codes)
        if found:
            return found
    raise AssertionError("full marks always pass")
