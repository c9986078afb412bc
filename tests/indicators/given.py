"""Documents and sheets for tests: small ones by hand, and random ones with sheets at the edges of their conditions."""

from typing import Any

from hypothesis import strategies as st

from cluster_api.indicators.schemas import IndicatorSet

CLAIM = {"certainty": "proposed", "source": "A test."}
LEVELS = [{"level": level, "text": f"Level {level}."} for level in range(6)]


def condition(*of: str, **bounds: Any) -> dict[str, Any]:
    return {"of": list(of), **bounds}


def measure(kind: str, **more: Any) -> dict[str, Any]:
    tops = {"count": 1000, "months": 600, "years": 100, "decimal": 1000, "cents": 10**9}
    found: dict[str, Any] = {"kind": kind, "label": "A value."}
    if kind in tops:
        found["highest"] = tops[kind]
    if kind == "level":
        found |= {"highest": 5, "levels": LEVELS}
    return found | more


def indicator(code: str, name: str, *measures: dict[str, Any], **more: Any) -> dict[str, Any]:
    basis = {"code": code, "name": name, "title": f"Indicator {name}", "dimension": "1", "measures": list(measures)}
    return {**basis, "max_points": 5, "silver_scope": True, **CLAIM, **more}


def level(code: str, name: str, **more: Any) -> dict[str, Any]:
    return indicator(code, name, measure("level"), **more)


def scale(*steps: tuple[int, dict[str, Any]]) -> dict[str, Any]:
    return {**CLAIM, "steps": [{"points": points, "conditions": [one]} for points, one in steps]}


def minimum(*conditions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**CLAIM, "conditions": list(conditions), **more}


def document(*indicators: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "kind": "indicator_set",
        "title": "A set",
        "summary": "For tests.",
        "dimensions": [{"code": "1", "title": "One"}],
        "indicators": list(indicators),
        "max_points": sum(one["max_points"] for one in indicators),
        "pass_percent": 80,
        **CLAIM,
        **more,
    }


def the_set(*indicators: dict[str, Any], **more: Any) -> IndicatorSet:
    return IndicatorSet.model_validate(document(*indicators, **more))


# ---- random ones

TOPS = {"count": 40, "ratio": 1, "decimal": 20}
PARTS = ("first", "second")


def ten_thousandths(low: int, high: int) -> st.SearchStrategy[float]:
    return st.integers(low, high).map(lambda units: units / 10_000)


@st.composite
def measures(draw: st.DrawFn) -> list[dict[str, Any]]:
    kinds = draw(st.lists(st.sampled_from(["count", "ratio", "decimal", "flag"]), min_size=1, max_size=2))
    names = [{}] if len(kinds) == 1 else [{"name": part} for part in PARTS]
    return [
        measure(kind, **named, **({"highest": TOPS[kind]} if kind in TOPS else {}))
        for kind, named in zip(kinds, names, strict=False)
    ]


@st.composite
def conditions(draw: st.DrawFn, paths: list[str]) -> dict[str, Any]:
    quantity = draw(st.sampled_from(["value", "sum", "difference", "quotient", "positive"]))
    fewest, most = {"value": (1, 1), "quotient": (2, 2), "difference": (2, 3)}.get(quantity, (1, 3))
    of = draw(st.lists(st.sampled_from(paths), min_size=fewest, max_size=most))
    low = draw(st.none() | st.sampled_from([0, 1, 2]) | ten_thousandths(-5_000, 50_000))
    high = draw(st.none() | ten_thousandths(0, 200_000)) if low is not None else draw(ten_thousandths(0, 200_000))
    bounds = {"at_least": low, "at_most": high}
    return {"quantity": quantity, "of": of, **{name: bound for name, bound in bounds.items() if bound is not None}}


@st.composite
def sets_and_sheets(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw a set of up to seven indicators, and a sheet whose values often lie on the bounds of its conditions."""
    count = draw(st.integers(1, 7))
    asked = [[measure("level")] if draw(st.booleans()) else draw(measures()) for _ in range(count)]
    names = [f"field_{at}" for at in range(count)]
    paths = [
        name if "name" not in one else f"{name}.{one['name']}"
        for name, found in zip(names, asked, strict=True)
        for one in found
    ]
    found = []
    for at, (name, parts) in enumerate(zip(names, asked, strict=True)):
        more: dict[str, Any] = {"silver_scope": draw(st.sampled_from([True, False, None]))}
        is_gate = at > 0 and draw(st.integers(0, 5)) == 0
        if is_gate or draw(st.integers(0, 3)) == 0:
            effect = draw(st.sampled_from(["refuse", "refuse", "warn"]))
            more["minimum"] = minimum(draw(conditions(paths)), effect=effect)
        if is_gate:
            more |= {"is_gate": True, "max_points": 0}
        elif parts[0]["kind"] != "level":
            points = sorted(draw(st.sets(st.integers(1, 12), min_size=1, max_size=4)))
            more |= {"max_points": points[-1], "scale": scale(*((one, draw(conditions(paths))) for one in points))}
        found.append(indicator(f"1.{at}", name, *parts, **more))
    made = document(*found, pass_percent=draw(st.integers(1, 100)))
    sheet: dict[str, Any] = {}
    for name, parts in zip(names, asked, strict=True):
        values = {part.get("name", ""): draw(value_of(part)) for part in parts}
        sheet[name] = values.get("", values)
    return made, sheet


def value_of(one: dict[str, Any]) -> st.SearchStrategy[Any]:
    top = int(one.get("highest", 1))
    if one["kind"] == "flag":
        return st.booleans()
    if one["kind"] in {"level", "count"}:
        return st.integers(0, top)
    return ten_thousandths(0, top * 10_000) | st.sampled_from([0, top]) | st.floats(0, top)
