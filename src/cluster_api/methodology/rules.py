"""The method as pure functions: months, seals, prices, what each level needs, and how two sets compare."""

import hashlib
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import rfc8785

from cluster_api.clusters.states import Level
from cluster_api.indicators.rules import all_hold, said_all, values_of
from cluster_api.indicators.schemas import Criterion, EligibilitySet, Form, Indicator, IndicatorSet, Item
from cluster_api.methodology.schemas import (
    CrosswalkRow,
    Price,
    PriceList,
    Relation,
    RuleSet,
    RuleSetDocument,
    Terms,
)
from cluster_api.methodology.states import CaseKind, VisitMode
from cluster_api.scoring.rules import is_strict, score, scored, silver_misses

VALIDITY = (
    "first_validity_months",
    "renewal_validity_months",
    "expiry_mode",
    "renewal_grace_months",
    "renewal_lead_months",
)
DEEPEST = 12


def add_months(day: date, months: int) -> date:
    """Answer the same day that many months later (or earlier), or the last day of that month if it is shorter.

    2020-02-29 and 24 months give 2022-02-28; 2024-03-31 and -1 months give 2024-02-29.

    Raises:
        ValueError: the answer would lie outside the years 1 to 9999.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not 1 <= year <= 9999:
        raise ValueError(f"{months} months from {day} is outside the calendar.")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def end_of_month(day: date) -> date:
    """Answer the last day of the month in which this day lies."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def seal(code: str, version: int, applies_from: date | None, document: Mapping[str, Any]) -> str:
    """Answer the SHA-256 of the canonical form (RFC 8785) of what a published methodology says."""
    sealed: dict[str, Any] = {
        "code": code,
        "version": version,
        "applies_from": None if applies_from is None else applies_from.isoformat(),
        "document": document,
    }
    return hashlib.sha256(rfc8785.dumps(sealed)).hexdigest()


def merged(document: Mapping[str, Any], patch: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Answer a document after a JSON Merge Patch (RFC 7396); deeper than any document goes, values are replaced."""
    after = dict(document)
    for name, value in patch.items():
        if value is None:
            after.pop(name, None)
        elif isinstance(value, dict) and depth < DEEPEST:
            before = after.get(name)
            after[name] = merged(before if isinstance(before, dict) else {}, value, depth + 1)
        else:
            after[name] = value
    return after


def rule_set_of(code: str, applies_from: date, document: RuleSetDocument) -> RuleSet:
    """Answer the rules of validity out of a rule set."""
    terms = {name: getattr(document.terms, name) for name in VALIDITY}
    return RuleSet(
        code=code,
        title=document.title,
        applies_from=applies_from,
        applies_until=document.applies_until,
        source=document.source,
        confidence="; ".join(f"{name}: {term.certainty.value}" for name, term in terms.items()),
        **{name: term.value for name, term in terms.items()},
    )


def price_of(prices: PriceList, level: Level, kind: CaseKind, mode: VisitMode) -> Price | None:
    """Answer what a process costs by a price list; None if it does not offer it (domain invariant 22)."""
    asked = (level, kind, mode)
    return next((price for price in prices.prices if (price.level, price.kind, price.mode) == asked), None)


def kind_of_case(valid_until: date | None, visit_on: date, terms: Terms) -> CaseKind:
    """Answer whether a case renews a label: from the lead before its end to the grace after it, else it is a first one.

    Source: domain invariants 3 and 22 (the renewal price holds inside the window only).
    """
    if valid_until is None:
        return CaseKind.FIRST
    opens = add_months(valid_until, -terms.renewal_lead_months.value)
    closes = add_months(valid_until, terms.renewal_grace_months.value)
    return CaseKind.RENEWAL if opens <= visit_on <= closes else CaseKind.FIRST


def unmet_criteria(
    criteria: EligibilitySet, checklist: Mapping[str, Any], waived: Mapping[str, str]
) -> list[Criterion]:
    """Answer the criteria that are neither met nor waived with a reason; only waivable ones can be waived."""
    values = values_of(criteria, checklist)
    return [
        one
        for one in criteria.criteria
        if not all_hold(one.requires, values) and not (one.is_waivable and waived.get(one.code, "").strip())
    ]


def bronze_refusals(*, benchmark_released: bool, recommendation: bool | None, unmet: Sequence[Criterion]) -> list[str]:
    """Answer why bronze cannot be granted; nothing if it can.

    Source: domain invariant 7: a released benchmark, every criterion met or waived, a recommendation (either way: who
    decides may differ from the expert).
    """
    found = [f"criterion {one.code} is not met" for one in unmet]
    if not benchmark_released:
        found.append("there is no released benchmark")
    if recommendation is None:
        found.append("the expert's recommendation is missing")
    return found


def bronze_lacks(
    criteria: EligibilitySet,
    checklist: Mapping[str, Any],
    waived: Mapping[str, str],
    *,
    released_on: str | None,
    recommends: bool | None,
) -> list[str]:
    """Answer the same as ``bronze_refusals``, from what a case or a decision keeps."""
    return bronze_refusals(
        benchmark_released=released_on is not None,
        recommendation=recommends,
        unmet=unmet_criteria(criteria, checklist, waived),
    )


def bronze_trace(
    criteria: EligibilitySet,
    checklist: Mapping[str, Any],
    waived: Mapping[str, str],
    *,
    released_on: str | None,
    recommends: bool | None,
) -> list[dict[str, Any]]:
    """Answer each rule of bronze in plain values: what is wanted, what is there, whether it holds, and its source.

    Source: domain rules 2.1 and 5, invariant 7.
    """
    missed = {one.code for one in unmet_criteria(criteria, checklist, {})}
    trace: list[dict[str, Any]] = [
        {
            "rule": one.code,
            "wanted": said_all(one.requires),
            "found": checklist.get(one.name),
            "waived": waived.get(one.code) if one.is_waivable else None,
            "holds": one.code not in missed or bool(one.is_waivable and waived.get(one.code, "").strip()),
            "source": one.source,
        }
        for one in criteria.criteria
    ]
    for rule, wanted, found in (
        ("benchmark", "a released benchmark with its expert", released_on),
        ("recommendation", "a recommendation of the expert, either way", recommends),
    ):
        source = "Domain rules 2.1, invariant 7."
        holds = found is not None
        trace.append({"rule": rule, "wanted": wanted, "found": found, "waived": None, "holds": holds, "source": source})
    return trace


@dataclass(frozen=True, slots=True)
class ImprovementArea:
    """An area in which a cluster says it improved: a field of the indicator set, and whether the auditor confirms."""

    indicator: str
    is_confirmed: bool


def silver_refusals(
    terms: Terms,
    methodology: IndicatorSet,
    sheet: Mapping[str, Any],
    areas: Sequence[ImprovementArea],
    benchmarks: tuple[date, date],
) -> list[str]:
    """Answer why silver cannot be granted; nothing if it can.

    Source: domain invariant 8: so many improvements as the rule set says, on different indicators in silver's scope,
    confirmed; every baseline minimum met; the second benchmark in the window after the first, both edges included.
    """
    scope = {one.name for one in methodology.indicators if one.silver_scope}
    names = [area.indicator for area in areas]
    found = [f"{name} is not in the scope of silver" for name in dict.fromkeys(names) if name not in scope]
    if len(names) != terms.silver_improvements.value:
        found.append(f"{terms.silver_improvements.value} improvements are wanted, {len(names)} are named")
    if len(set(names)) < len(names):
        found.append("improvements must be on different indicators")
    confirmed = sum(area.is_confirmed for area in areas)
    if confirmed < terms.silver_confirmed.value:
        found.append(f"{terms.silver_confirmed.value} improvements must be confirmed, {confirmed} are")
    found += [f"the minimum of {one.code} is missed" for one in silver_misses(methodology, sheet)]
    first, second = benchmarks
    most = terms.silver_most_months.value
    if second < add_months(first, terms.silver_fewest_months.value):
        found.append(f"the second benchmark is less than {terms.silver_fewest_months.value} months after the first")
    if most is not None and second > add_months(first, most):
        found.append(f"the second benchmark is more than {most} months after the first")
    return found


def gold_refusals(
    terms: Terms, methodology: IndicatorSet, sheet: Mapping[str, Any], *, experts: int, days: int, kind: CaseKind
) -> list[str]:
    """Answer why gold cannot be granted; nothing if it can.

    Source: domain invariants 9 to 11: gate and minimums, the share of points, two scoring experts, days on site.
    """
    return gold_refusals_of(terms, scored(methodology, sheet)["refused_by"], experts=experts, days=days, kind=kind)


def gold_refusals_of(terms: Terms, refused_by: Sequence[str], *, experts: int, days: int, kind: CaseKind) -> list[str]:
    """Answer the same of a sheet that is scored already: ``refused_by`` are the codes its score names."""
    found = [f"{code} is missed" for code in refused_by]
    wanted = terms.gold_days_first.value if kind is CaseKind.FIRST else terms.gold_days_renewal.value
    if experts != terms.gold_experts.value:
        found.append(f"{terms.gold_experts.value} experts must score, {experts} did")
    if days < wanted:
        found.append(f"{wanted} days on site are wanted, there were {days}")
    return found


def crosswalk(source_code: str, source: Form, target_code: str, target: Form) -> list[CrosswalkRow]:
    """Answer for each item of the target what it follows in the source.

    Same is an item with the same field and the same measures; related is one that either set names as the like.
    """
    return [
        CrosswalkRow(code=item.code, name=item.name, title=item.title, relation=relation, follows=follows)
        for item in target.items
        for relation, follows in [_follows(item, target_code, source_code, source)]
    ]


def _follows(item: Item, code: str, source_code: str, source: Form) -> tuple[Relation, list[str]]:
    for other in source.items:
        if is_same(item, other):
            return Relation.SAME, [other.code]
    named = set(item.related.get(source_code, ()))
    found = [
        other.code
        for other in source.items
        if other.code in named or item.code in other.related.get(code, ()) or other.name == item.name
    ]
    return (Relation.RELATED if found else Relation.NEW), found


def is_same(item: Item, other: Item) -> bool:
    """Answer whether a value of one item can be carried over to the other."""
    return item.name == other.name and item.measures == other.measures


def dropped(source: Form, rows: Sequence[CrosswalkRow]) -> list[str]:
    """Answer the codes of the source that nothing follows."""
    followed = {code for row in rows for code in row.follows}
    return [item.code for item in source.items if item.code not in followed]


def share_of(rows: Sequence[CrosswalkRow], *relations: Relation) -> float:
    """Answer the share of rows with one of these relations, to four places."""
    return round(sum(row.relation in relations for row in rows) / len(rows), 4)


@dataclass(frozen=True, slots=True)
class Rescored:
    """What a sheet of one set is worth by another: between the worst and the best values of what it does not say."""

    old_points: int
    old_passed: bool
    fewest_points: int
    most_points: int
    surely_passes: bool
    surely_fails: bool


@dataclass(frozen=True, slots=True)
class CarryOver:
    """What of sheets of an old set can be scored by a new one: the part that is known, and what the rest may add.

    Values that cannot be carried over count as nothing for the worst case and as full marks (and a reached minimum)
    for the best one.
    """

    names: frozenset[str]
    known: IndicatorSet
    unknown: tuple[Indicator, ...]

    @property
    def room(self) -> int:
        """Answer the points that what is not known may add."""
        return sum(one.max_points for one in self.unknown)


def carry_over(old: IndicatorSet, new: IndicatorSet) -> CarryOver:
    """Answer what can be carried over: the same field and measures, scales and minimums that speak of no other."""
    same = {one.name for one in new.indicators if any(is_same(one, other) for other in old.indicators)}
    # A scale or minimum that speaks of another field needs that one too.
    needed = {one.name: {path.split(".")[0] for path in one.scale_paths + one.minimum_paths} for one in new.indicators}
    names = frozenset(name for name in same if needed[name] <= same)
    known = new.model_copy(update={"indicators": tuple(one for one in new.indicators if one.name in names)})
    return CarryOver(names, known, tuple(one for one in new.indicators if one.name not in names))


def rescored(sheets: Sequence[Mapping[str, Any]], old: IndicatorSet, new: IndicatorSet) -> Iterator[Rescored]:
    """Answer for each sheet of an old set what it would be worth by a new one, as far as the crosswalk carries.

    The two scores stand side by side; they are never averaged.
    """
    carried = carry_over(old, new)
    demanding = any(is_strict(one) for one in carried.unknown)
    for sheet in sheets:
        before, after = score(old, sheet), score(carried.known, {name: sheet[name] for name in carried.names})
        refused = any(code != "threshold" for code in after.refused_by)
        yield Rescored(
            old_points=before.points,
            old_passed=before.passed,
            fewest_points=after.points,
            most_points=after.points + carried.room,
            surely_passes=not refused and not demanding and after.points >= new.threshold,
            surely_fails=refused or after.points + carried.room < new.threshold,
        )
