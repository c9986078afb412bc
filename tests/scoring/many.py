"""Random sets and sheets made as fast as they are scored, from one seed each: ten thousand of them in the suite."""

import random
from typing import Any

from tests.indicators.given import condition, document, indicator, level, measure, minimum, scale

Case = tuple[dict[str, Any], dict[str, Any]]
TOPS = {"count": 40, "ratio": 1, "decimal": 20}
FEWEST_AND_MOST = {"value": (1, 1), "quotient": (2, 2), "difference": (2, 3), "sum": (1, 3), "positive": (1, 3)}


def random_case(chance: random.Random) -> Case:
    """Answer a set of up to ten indicators and a sheet, many of whose values lie on a bound of a condition."""
    asked = {f"field_{at}": _measures(chance) for at in range(chance.randint(1, 10))}
    paths = {f"{name}.{one['name']}" if "name" in one else name: one for name, parts in asked.items() for one in parts}
    made, bounds = [], {path: [0, TOPS.get(one["kind"], 5)] for path, one in paths.items()}
    for at, (name, parts) in enumerate(asked.items()):
        made.append(_indicator(chance, f"1.{at}", name, parts, bounds))
    sheet: dict[str, Any] = {}
    for path, one in paths.items():
        name, _, part = path.partition(".")
        value = _value(chance, one, bounds[path])
        if part:
            sheet.setdefault(name, {})[part] = value
        else:
            sheet[name] = value
    return document(*made, pass_percent=chance.randint(1, 100)), sheet


def _measures(chance: random.Random) -> list[dict[str, Any]]:
    if chance.random() < 0.4:
        return [measure("level")]
    kinds = [chance.choice(("count", "ratio", "decimal", "flag")) for _ in range(chance.randint(1, 2))]
    names = [{}] if len(kinds) == 1 else [{"name": "first"}, {"name": "second"}]
    return [
        measure(kind, **named, **({"highest": TOPS[kind]} if kind in TOPS else {}))
        for kind, named in zip(kinds, names, strict=True)
    ]


def _indicator(
    chance: random.Random, code: str, name: str, parts: list[dict[str, Any]], bounds: dict[str, list[Any]]
) -> dict[str, Any]:
    more: dict[str, Any] = {"silver_scope": chance.choice((True, False, None))}
    is_gate = code != "1.0" and chance.random() < 0.15
    if is_gate or chance.random() < 0.3:
        more["minimum"] = minimum(_condition(chance, bounds), effect=chance.choice(("refuse", "refuse", "warn")))
    if is_gate:
        return indicator(code, name, *parts, **{**more, "is_gate": True, "max_points": 0})
    if parts[0]["kind"] == "level" and len(parts) == 1:
        return level(code, name, **more)
    points = sorted(chance.sample(range(1, 13), chance.randint(1, 4)))
    steps = [(one, _condition(chance, bounds)) for one in points]
    return indicator(code, name, *parts, **{**more, "max_points": points[-1], "scale": scale(*steps)})


def _condition(chance: random.Random, bounds: dict[str, list[Any]]) -> dict[str, Any]:
    quantity, paths = chance.choice(list(FEWEST_AND_MOST)), list(bounds)
    of = chance.choices(paths, k=chance.randint(*FEWEST_AND_MOST[quantity]))
    said: dict[str, Any] = {}
    if chance.random() < 0.7:
        said["at_least"] = chance.choice((0, 1, 2, chance.randint(-5_000, 50_000) / 10_000))
    if not said or chance.random() < 0.4:
        said["at_most"] = chance.randint(0, 200_000) / 10_000
    for path in of if quantity == "value" else ():
        bounds[path] += said.values()
    return condition(*of, quantity=quantity, **said)


def _value(chance: random.Random, one: dict[str, Any], bounds: list[Any]) -> Any:
    if one["kind"] == "flag":
        return chance.random() < 0.5
    top = one.get("highest", 5)
    edge = min(max(chance.choice(bounds), 0), top)
    if one["kind"] in {"level", "count"}:
        return int(edge) if chance.random() < 0.5 else chance.randint(0, int(top))
    # As people write it, on the edge, or with as many digits as a number has.
    return chance.choice((edge, round(chance.uniform(0, top), 4), chance.uniform(0, top)))
