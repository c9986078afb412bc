"""What becomes of a past assessment under a draft, and what of the counts may be told; pure.

Levels are compared by what the sets alone decide: gate, minimums and points for gold, minimums in its scope for silver
(domain invariants 8 to 10). Days, experts and benchmarks are no matter of a set.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cluster_api.clusters.states import Level
from cluster_api.indicators.schemas import IndicatorSet
from cluster_api.methodology.rules import CarryOver
from cluster_api.scoring.rules import is_strict, scored
from cluster_api.simulations.states import SimulatedOutcome, SimulatedReason

MOVES: Mapping[tuple[bool, bool], SimulatedOutcome] = {
    (True, True): SimulatedOutcome.KEEPS,
    (False, True): SimulatedOutcome.GAINS,
    (True, False): SimulatedOutcome.LOSES,
    (False, False): SimulatedOutcome.STAYS_OUT,
}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What becomes of one assessment; points by its own set, and the fewest and the most by the draft."""

    outcome: SimulatedOutcome
    reason: SimulatedReason | None = None
    points: int | None = None
    max_points: int | None = None
    fewest_points: int | None = None
    most_points: int | None = None


def not_rescored(reason: SimulatedReason) -> Foreseen:
    """Answer an assessment that cannot be scored again."""
    return Foreseen(SimulatedOutcome.NOT_RESCORED, reason)


def foreseen(
    level: Level, sheet: Mapping[str, Any], own: IndicatorSet, draft: IndicatorSet, carried: CarryOver
) -> Foreseen:
    """Answer what becomes of a sealed sheet of its own set under a draft, as far as the crosswalk carries.

    What the draft asks anew may turn out at nothing or at full marks with its minimums reached: only an outcome that
    is the same either way is told, everything else is open.
    """
    if not carried.names:
        return not_rescored(SimulatedReason.NOTHING_CARRIED)
    try:
        before = scored(own, sheet)
        after = scored(carried.known, {name: sheet[name] for name in carried.names})
    except (KeyError, TypeError):
        return not_rescored(SimulatedReason.SHEET_INCOMPLETE)
    fewest, most = after["points"], after["points"] + carried.room
    if level is Level.GOLD:
        reached = before["passed"]
        refused = any(code != "threshold" for code in after["refused_by"])
        asks_anew = any(is_strict(one) for one in carried.unknown)
        surely, never = fewest >= draft.threshold, most < draft.threshold
    else:
        reached = before["silver_met"]
        refused = not after["silver_met"]
        asks_anew = any(one.silver_scope and is_strict(one) for one in carried.unknown)
        surely, never = True, False
    points = {
        "points": before["points"],
        "max_points": own.max_points,
        "fewest_points": fewest,
        "most_points": most,
    }
    if refused or never:
        return Foreseen(MOVES[reached, False], **points)
    if surely and not asks_anew:
        return Foreseen(MOVES[reached, True], **points)
    return Foreseen(SimulatedOutcome.OPEN, SimulatedReason.ASKED_ANEW, **points)


def size_of(bands: Sequence[Mapping[str, str]], members: int) -> str:
    """Answer the band of sizes in which so many committed participants lie."""
    fitting = [band for band in bands if int(band["at_least"]) <= members]
    return max(fitting, key=lambda band: int(band["at_least"]))["size"]


def in_force(rows: Iterable[Mapping[str, str]], day: date) -> list[Mapping[str, str]]:
    """Answer the rows of a dated table that apply on a day: those of the latest date that has come."""
    begun = [row for row in rows if row["since"] <= day.isoformat()]
    return [row for row in begun if row["since"] == max(one["since"] for one in begun)]


# --- what may be told

Counts = Mapping[SimulatedOutcome, int]


@dataclass(frozen=True, slots=True)
class Told:
    """Counts as they may be told: of how many, by outcome, and how many outcomes are kept back."""

    cases: int
    outcomes: Mapping[SimulatedOutcome, int]
    untold: int = 0


@dataclass(frozen=True, slots=True)
class Tables:
    """All that may be told of one simulation: nothing in it, added or subtracted, tells of fewer than so many."""

    total: Told | None
    groups: Mapping[str, Sequence[tuple[str | None, Told]]]


def everything(tables: Mapping[str, Mapping[str, Counts]]) -> Tables:
    """Answer all counts, for those who see the cases themselves."""
    found = {by: [(name, _told(groups[name], frozenset())) for name in sorted(groups)] for by, groups in tables.items()}
    first = next(iter(tables.values()), {})
    return Tables(_told(_sum(first.values()), frozenset()), found)


def suppressed(tables: Mapping[str, Mapping[str, Counts]], fewest: int) -> Tables:
    """Answer what may be told to everybody: groups are put together, never left out, until each may be told.

    ``tables`` count the same assessments by several things. Because what is told of one thing always adds up to the
    total, subtracting finds nothing but what is told. A count may be told if it is nought or at least so many; and
    of no group all may have one outcome, which would tell it of each of them. Source: domain invariants 26 and 28.
    """
    total = _sum(next(iter(tables.values()), {}).values())
    untold = _untold(total, fewest)
    if not _may_be_told(total, untold, fewest):
        enough = sum(total.values()) >= fewest
        nothing = Told(sum(total.values()), {}, sum(total.values())) if enough else None
        return Tables(nothing, {by: [] for by in tables})
    groups = {by: _together(found, untold, fewest) for by, found in tables.items()}
    return Tables(_told(total, untold), groups)


def _sum(groups: Iterable[Counts]) -> Counter[SimulatedOutcome]:
    total: Counter[SimulatedOutcome] = Counter()
    for counts in groups:
        total.update(counts)
    return total


def _untold(total: Counts, fewest: int) -> frozenset[SimulatedOutcome]:
    """Answer the outcomes that are kept back everywhere: the rare ones, and the next until they are enough together."""
    filled = sorted((count, outcome) for outcome, count in total.items() if count)
    untold = {outcome for count, outcome in filled if count < fewest}
    for count, outcome in filled:
        if not untold or sum(total[one] for one in untold) >= fewest:
            break
        if count >= fewest:
            untold.add(outcome)
    return frozenset(untold)


def _parts(counts: Counts, untold: frozenset[SimulatedOutcome]) -> list[int]:
    shown = [count for outcome, count in counts.items() if outcome not in untold]
    return [*shown, sum(count for outcome, count in counts.items() if outcome in untold)]


def _may_be_told(counts: Counts, untold: frozenset[SimulatedOutcome], fewest: int) -> bool:
    filled = [part for part in _parts(counts, untold) if part]
    return len(filled) > 1 and min(filled) >= fewest


def _together(
    groups: Mapping[str, Counts], untold: frozenset[SimulatedOutcome], fewest: int
) -> list[tuple[str | None, Told]]:
    """Answer the groups that may be told, and all others as one; nothing if all of them are others."""
    shown = sorted(groups, key=lambda name: (-sum(groups[name].values()), name))
    others = [name for name in shown if not _may_be_told(groups[name], untold, fewest)]
    shown = [name for name in shown if name not in others]
    while others and shown and not _may_be_told(_sum(groups[name] for name in others), untold, fewest):
        others.append(shown.pop())
    found: list[tuple[str | None, Told]] = [(name, _told(groups[name], untold)) for name in sorted(shown)]
    if found and others:
        found.append((None, _told(_sum(groups[name] for name in others), untold)))
    return found


def _told(counts: Counts, untold: frozenset[SimulatedOutcome]) -> Told:
    shown = {outcome: counts.get(outcome, 0) for outcome in SimulatedOutcome if outcome not in untold}
    return Told(sum(counts.values()), shown, sum(counts.get(outcome, 0) for outcome in untold))
