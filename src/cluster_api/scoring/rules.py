"""Scoring, pure and exact: points by the published scales, gates and minimums before points, points before percent.

Source of the arithmetic: domain rules 1.2 (31 criteria, 150 points, 120 pass; a holder's report) and invariants 9, 10
and 14. Points are whole numbers, compared as ``100 * points >= pass_percent * max_points``, never rounded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cluster_api.clusters.states import Level
from cluster_api.indicators.rules import Values, all_hold, said_all, values_of
from cluster_api.indicators.schemas import UNITS, Condition, Exact, Indicator, IndicatorSet, Minimum, units
from cluster_api.indicators.states import Effect
from cluster_api.scoring.schemas import DimensionScore, Improvement, ImprovementSet, Missing, RuleKind, Score, TraceStep

ENGINE = "1"
"""Version of what stands here. Raise it with every change of what comes out: a test pins results, and every decision
keeps the version by which it was computed."""
ROUNDING = (
    "Points are whole and compared uncut, 100 * points >= percent * maximum; the percentage is cut to one decimal."
)
MOST_SETS = 10
TOLD_AT_MOST = 128
MISSED = (False, True)
EXACT = "Points are added and compared as whole numbers; the percentage is never rounded up (domain invariant 14)."


def points_of(indicator: Indicator, values: Values) -> int:
    """Answer the points of an indicator: those of the highest step of its scale that holds, 0 if none does."""
    for step in reversed(indicator.steps):
        if all_hold(step.conditions, values):
            return step.points
    return 0


def is_missed(indicator: Indicator, values: Values) -> bool:
    """Answer whether the indicator has a minimum (or is a gate) and does not reach it."""
    return indicator.minimum is not None and not all_hold(indicator.minimum.conditions, values)


def refuses(indicator: Indicator, values: Values) -> bool:
    """Answer whether this indicator alone refuses gold: a missed gate or a missed minimum that does not only warn.

    Source: domain invariant 10, it refuses even at 100 %.
    """
    return is_strict(indicator) and is_missed(indicator, values)


def is_strict(indicator: Indicator) -> bool:
    """Answer whether missing its minimum refuses: of a gate always, of others unless it only warns."""
    return indicator.is_gate or (indicator.minimum is not None and indicator.minimum.effect is Effect.REFUSE)


def passes(points: int, max_points: int, pass_percent: int) -> bool:
    """Answer whether points reach the share that passes: 120 of 150 at 80 percent do, 119 do not (invariant 10)."""
    return 100 * points >= pass_percent * max_points


def percent_for_display(points: int, max_points: int) -> float:
    """Answer the percentage cut (not rounded) to one decimal: 119 of 150 is 79.3 (invariant 14)."""
    return points * 1000 // max_points / 10


def silver_misses(methodology: IndicatorSet, sheet: Mapping[str, Any]) -> list[Indicator]:
    """Answer the indicators in the scope of silver whose minimum is missed; one is enough to refuse silver.

    Source: the gold minimum requirements are checked for silver too (esca-silver, stated); that they are those of the
    indicators in silver's scope is inferred (domain rules 1.1).
    """
    values = values_of(methodology, sheet)
    return [one for one in methodology.indicators if one.silver_scope and refuses(one, values)]


def score(methodology: IndicatorSet, sheet: Mapping[str, Any]) -> Score:
    """Answer what a sheet is worth: points, whether it passes, and each step with its inputs and its source.

    The sheet maps names of indicators to values, as the compiled form accepts them.

    Raises:
        KeyError: an indicator is not in the sheet.
    """
    return Score.model_validate(scored(methodology, sheet))


def scored(methodology: IndicatorSet, sheet: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the same as plain values, as JSON holds them: what decisions keep, and computed again by the thousand.

    Raises:
        KeyError: an indicator is not in the sheet.
    """
    told = _told_of(methodology)
    values = dict(_values(told.fields, sheet))
    given = {one.code: points_of(one, values) for one in told.scored}
    missed = {one.code: is_missed(one, values) for one in told.demanding}
    points, most = sum(given.values()), methodology.max_points
    enough = passes(points, most, methodology.pass_percent)
    refused = [one.code for one in told.demanding if missed[one.code] and is_strict(one)]
    return {
        "points": points,
        "max_points": most,
        "threshold": methodology.threshold,
        "percent": percent_for_display(points, most),
        "passed": enough and not refused,
        "silver_met": not any(missed[one.code] and one.silver_scope and is_strict(one) for one in told.demanding),
        "refused_by": [*refused, *([] if enough else ["threshold"])],
        "warnings": [one.code for one in told.demanding if missed[one.code] and not is_strict(one)],
        "dimensions": [
            {**dimension, "points": sum([given[code] for code in codes])} for dimension, codes in told.dimensions
        ],
        "trace": [
            *(
                {**one.steps[(given if one.is_points else missed)[one.code]], "inputs": _inputs(one.paths, values)}
                for one in told.lines
            ),
            *_closing_steps(methodology, points, enough=enough),
        ],
    }


def _values(fields: Sequence[tuple[str, str | None, str]], sheet: Mapping[str, Any]) -> Iterator[tuple[str, Exact]]:
    """Answer the same as ``values_of``: nothing of a set of indicators is optional."""
    for path, part, name in fields:
        value = sheet[name] if part is None else sheet[name][part]
        if isinstance(value, int | float):
            yield path, units(value)


Step = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the trace as it reads for each outcome, all but its inputs: by points, or by whether it is missed."""

    code: str
    is_points: bool
    paths: tuple[str, ...]
    steps: Mapping[Any, Step]


@dataclass(frozen=True, slots=True)
class _Told:
    """Everything that scores of one set say whatever the sheet is, made once."""

    methodology: IndicatorSet
    fields: tuple[tuple[str, str | None, str], ...]
    scored: tuple[Indicator, ...]
    demanding: tuple[Indicator, ...]
    dimensions: tuple[tuple[dict[str, Any], tuple[str, ...]], ...]
    lines: tuple[_Line, ...]


_told: dict[int, _Told] = {}
"""By the identity of the set, which is held here so that no other takes it: a set is too large to be hashed."""


def _told_of(methodology: IndicatorSet) -> _Told:
    found = _told.get(id(methodology))
    if found is None or found.methodology is not methodology:
        if len(_told) >= TOLD_AT_MOST:
            _told.clear()
        found = _told[id(methodology)] = _Told(
            methodology,
            tuple((path, part.name, one.name) for one in methodology.indicators for path, part in one.paths()),
            tuple(one for one in methodology.indicators if not one.is_gate),
            tuple(one for one in methodology.indicators if one.minimum is not None),
            tuple(_dimensions(methodology)),
            tuple(line for one in methodology.indicators for line in _lines(one)),
        )
    return found


def _dimensions(methodology: IndicatorSet) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    for group in methodology.dimensions:
        members = [one for one in methodology.indicators if one.dimension == group.code]
        said = DimensionScore(
            code=group.code, title=group.title, points=0, max_points=sum(one.max_points for one in members)
        )
        yield said.model_dump(mode="json"), tuple(one.code for one in members if not one.is_gate)


def _inputs(paths: Sequence[str], values: Values) -> dict[str, float]:
    return {path: float(values[path] / UNITS) for path in paths if path in values}


def _lines(indicator: Indicator) -> Iterator[_Line]:
    if not indicator.is_gate:
        possible = (0, *(step.points for step in indicator.steps))
        by_points = {points: _plain(_points_step(indicator, points)) for points in possible}
        yield _Line(indicator.code, is_points=True, paths=indicator.scale_paths, steps=by_points)
    if indicator.minimum is not None:
        by_miss = {missed: _plain(_minimum_step(indicator, indicator.minimum, missed=missed)) for missed in MISSED}
        yield _Line(indicator.code, is_points=False, paths=indicator.minimum_paths, steps=by_miss)


def _plain(step: TraceStep) -> Step:
    return step.model_dump(mode="json")


def _minimum_step(indicator: Indicator, minimum: Minimum, *, missed: bool) -> TraceStep:
    return TraceStep(
        rule=RuleKind.GATE if indicator.is_gate else RuleKind.MINIMUM,
        code=indicator.code,
        indicator=indicator.name,
        inputs={},
        threshold=said_all(minimum.conditions),
        met=not missed,
        refuses=missed and is_strict(indicator),
        points=None,
        max_points=None,
        result=("missed" if missed else "reached") + (", which only warns" if minimum.effect is Effect.WARN else ""),
        certainty=minimum.certainty,
        source=minimum.source,
    )


def _points_step(indicator: Indicator, points: int) -> TraceStep:
    claim = indicator.scale or indicator
    reached = next((step for step in reversed(indicator.steps) if step.points <= points), None)
    above = next((step for step in indicator.steps if step.points > points), None)
    parts = [f"{points}: {said_all(reached.conditions)}"] if reached else []
    parts += [f"{above.points}: {said_all(above.conditions)}"] if above else []
    return TraceStep(
        rule=RuleKind.POINTS,
        code=indicator.code,
        indicator=indicator.name,
        inputs={},
        threshold="; ".join(parts),
        met=points == indicator.max_points,
        refuses=False,
        points=points,
        max_points=indicator.max_points,
        result=f"{points} of {indicator.max_points} points",
        certainty=claim.certainty,
        source=claim.source,
    )


def _closing_steps(methodology: IndicatorSet, points: int, *, enough: bool) -> Iterator[Step]:
    most, percent = methodology.max_points, methodology.pass_percent
    without = {"code": None, "indicator": None}
    yield {
        "rule": RuleKind.TOTAL.value,
        **without,
        "inputs": {},
        "threshold": f"the sum of the points of {sum(not one.is_gate for one in methodology.indicators)} indicators",
        "met": points == most,
        "refuses": False,
        "points": points,
        "max_points": most,
        "result": f"{points} of {most} points, {percent_for_display(points, most)} %",
        "certainty": methodology.certainty.value,
        "source": EXACT,
    }
    yield {
        "rule": RuleKind.THRESHOLD.value,
        **without,
        "inputs": {"points": float(points), "max_points": float(most), "pass_percent": float(percent)},
        "threshold": f"100 * points >= {percent} * {most}: at least {methodology.threshold} points",
        "met": enough,
        "refuses": not enough,
        "points": None,
        "max_points": None,
        "result": f"100 * {points} = {100 * points}, {percent} * {most} = {percent * most}",
        "certainty": methodology.certainty.value,
        "source": methodology.source,
    }


def missing(methodology: IndicatorSet, sheet: Mapping[str, Any]) -> list[Missing]:
    """Answer what is missing for each level that the sheet does not reach, silver before gold.

    For silver only minimums count; its benchmark and its three improvements are no matter of the sheet. Smallest is a
    set with the fewest indicators; missed gates and minimums are part of every set, and points they give on the way to
    full marks are used first.
    """
    values = values_of(methodology, sheet)
    found = []
    below = silver_misses(methodology, sheet)
    if below:
        found.append(_missing(methodology, values, below, Level.SILVER, wanted=0))
    required = [one for one in methodology.indicators if refuses(one, values)]
    points = sum(points_of(one, values) for one in methodology.indicators)
    wanted = max(0, methodology.threshold - points)
    if required or wanted:
        found.append(_missing(methodology, values, required, Level.GOLD, wanted=wanted))
    return found


def _missing(
    methodology: IndicatorSet, values: Values, required: Sequence[Indicator], level: Level, *, wanted: int
) -> Missing:
    points = {one.code: points_of(one, values) for one in methodology.indicators}
    gaps = {one.code: one.max_points - points[one.code] for one in methodology.indicators}
    rest = max(0, wanted - sum(gaps[one.code] for one in required))
    others = [one for one in methodology.indicators if one not in required and gaps[one.code]]
    others.sort(key=lambda one: (-gaps[one.code], one.code))
    chosen = _smallest([gaps[one.code] for one in others], rest)
    sets = []
    for places in chosen[:MOST_SETS]:
        members = [*required, *(others[place] for place in places)]
        targets = _targets(members, points, wanted)
        improvements = [_improvement(one, points[one.code], targets[one.code], values) for one in members]
        gained = sum(target - points[code] for code, target in targets.items())
        sets.append(ImprovementSet(improvements=improvements, points=sum(points.values()) + gained))
    return Missing(
        level=level,
        required=[one.code for one in required],
        points_missing=wanted,
        sets=sets,
        has_more=len(chosen) > MOST_SETS,
    )


def _smallest(gaps: Sequence[int], wanted: int) -> list[tuple[int, ...]]:
    """Answer the sets of places, as few as can be, whose gaps add up to what is wanted; one more than are shown.

    Gaps fall, so that the first ones show how few are enough, and a branch ends where even the next ones are not.
    """
    size = next(count for count in range(len(gaps) + 1) if sum(gaps[:count]) >= wanted)
    found: list[tuple[int, ...]] = []
    open_branches: list[tuple[tuple[int, ...], int, int]] = [((), 0, wanted)]
    while open_branches and len(found) <= MOST_SETS:
        places, start, left = open_branches.pop()
        count = size - len(places)
        if count == 0:
            found.append(places)
            continue
        fitting = [at for at in range(start, len(gaps) - count + 1) if sum(gaps[at : at + count]) >= left]
        open_branches += [((*places, at), at + 1, left - gaps[at]) for at in reversed(fitting)]
    return found


def _targets(members: Sequence[Indicator], points: Mapping[str, int], wanted: int) -> dict[str, int]:
    """Answer how many points each must reach: full marks, lowered from the last on as long as enough is left."""
    targets = {one.code: one.max_points for one in members}
    spare = sum(target - points[code] for code, target in targets.items()) - wanted
    for one in reversed(members):
        possible = [points[one.code], *(step.points for step in one.steps if step.points > points[one.code])]
        lower = min((target for target in possible if one.max_points - target <= spare), default=one.max_points)
        spare -= one.max_points - lower
        targets[one.code] = lower
    return targets


def _improvement(indicator: Indicator, now: int, target: int, values: Values) -> Improvement:
    conditions: list[Condition] = []
    if is_missed(indicator, values) and indicator.minimum is not None:
        conditions += indicator.minimum.conditions
    if target > now:
        conditions += next(step.conditions for step in indicator.steps if step.points == target)
    return Improvement(
        code=indicator.code,
        indicator=indicator.name,
        title=indicator.title,
        points_now=now,
        points_wanted=target,
        wanted=said_all(dict.fromkeys(conditions)),
    )
