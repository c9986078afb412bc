"""Whether a consortium meets the conditions of a call, rule by rule, and whether an award fits it. Pure.

Sources: programme, 2.1 (conditions of the third call), invariants 23 and 24.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cluster_api.calls.schemas import CallConditions, Consortium, GrantProposal
from cluster_api.calls.states import RegionDevelopment
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import normalised_number
from cluster_api.rounds.rules import HOLDS
from cluster_api.rounds.schemas import RoundRuleRead

CONDITIONS = "Conditions of the call; defaults of https://turnerer.com/grant-notices/10608/"
PLATFORM = "https://turnerer.com/grant-notices/10608/"
WEAKER = frozenset({RegionDevelopment.LESS_DEVELOPED, RegionDevelopment.TRANSITION})


@dataclass(frozen=True, slots=True)
class Requested:
    """What an application asks for, as far as an award has to know."""

    number: str
    requested_cents: int
    is_fundable: bool
    mean_points: float


def is_open(call: CallConditions, is_published: bool, day: date) -> bool:
    """Answer whether one can apply on a day: published, and from the first day to the deadline, both included."""
    return is_published and call.opens_on <= day <= call.deadline_on


def consortium_rules(
    call: CallConditions,
    consortium: Sequence[Consortium],
    taking_part: Mapping[str, str],
    *,
    months: int,
    total_cents: int,
    requested_cents: int,
) -> list[RoundRuleRead]:
    """Answer rule by rule whether a consortium is eligible (programme, 2.1; invariant 23)."""
    countries = sorted({one.country for one in consortium})
    inside = [country for country in countries if country in taking_part]
    outside = [country for country in countries if country not in taking_part]
    unpublished = [one.name for one in consortium if not one.is_published]
    payable = total_cents * call.cofinancing_percent // 100
    found = [
        _rule(
            "entities", len(consortium) >= call.fewest_entities,
            f"{len(consortium)} organisations; at least {call.fewest_entities}.",
        ),
        _rule(
            "countries", len(inside) >= call.fewest_countries,
            f"{len(inside)} participating countries; at least {call.fewest_countries}.",
        ),
        _rule("participation", not outside, f"Countries that do not take part: {', '.join(outside) or 'none'}."),
        _rule("registered", not unpublished, f"{len(unpublished)} without a published profile.", PLATFORM),
        _rule(
            "months", call.fewest_months <= months <= call.most_months,
            f"{months} months; {call.fewest_months} to {call.most_months}.",
        ),
        _rule(
            "max_grant", requested_cents <= call.max_grant_cents,
            f"{requested_cents} cents; at most {call.max_grant_cents}.",
        ),
        _rule(
            "cofinancing", requested_cents <= payable,
            f"{requested_cents} cents; {call.cofinancing_percent} % of {total_cents} are {payable}.",
        ),
    ]  # fmt: skip
    if call.needs_weaker_region:
        found.append(_region_rule(consortium))
    if call.label_level is not None:
        found.append(_label_rule(call, consortium))
    return found


def _region_rule(consortium: Sequence[Consortium]) -> RoundRuleRead:
    count = sum(one.development in WEAKER for one in consortium)
    unsaid = sum(one.development is None for one in consortium)
    holds = True if count else (None if unsaid else False)
    sentence = f"{count} in a less developed or transition region as declared; of {unsaid} it was not said."
    return _rule("weaker_region", holds, sentence)


def _label_rule(call: CallConditions, consortium: Sequence[Consortium]) -> RoundRuleRead:
    level = call.label_level
    if level is None:
        raise ValueError("The call asks for no label.")
    count = sum(one.level is not None and one.level.rank >= level.rank for one in consortium)
    on = call.label_on or call.deadline_on
    sentence = f"{count} partners held {level.value} or higher on {on}; at least {call.labelled_partners}."
    return _rule("label", count >= call.labelled_partners, sentence)


def award_faults(call: CallConditions, requested: Iterable[Requested], grants: Sequence[GrantProposal]) -> list[Fault]:
    """Answer what of an award does not fit: each grant, and their sum (invariant 23)."""
    known = {one.number: one for one in requested}
    faults, seen = [], set[str]()
    for position, grant in enumerate(grants):
        number = normalised_number(grant.number)
        at, one = f"/body/grants/{position}", known.get(number)
        if one is None or not one.is_fundable:
            faults.append(Fault(f"{at}/number", "not_fundable", "No eligible application of this call."))
            continue
        if number in seen:
            faults.append(Fault(f"{at}/number", "repeated", "It is funded once."))
        seen.add(number)
        most = min(one.requested_cents, call.max_grant_cents)
        if grant.grant_cents > most:
            faults.append(Fault(f"{at}/grant_cents", "too_high", f"At most {most} cents."))
        if grant.begins_on <= call.deadline_on:
            faults.append(Fault(f"{at}/begins_on", "too_early", f"After the deadline, {call.deadline_on}."))
    total = sum(grant.grant_cents for grant in grants)
    if total > call.budget_cents:
        faults.append(Fault("/body/grants", "above_budget", f"{total} cents; the budget is {call.budget_cents}."))
    return faults


def _rule(code: str, holds: bool | None, sentence: str, source: str = CONDITIONS) -> RoundRuleRead:
    outcome = next(one for one, meant in HOLDS.items() if meant is holds)
    return RoundRuleRead(code=code, outcome=outcome, sentence=sentence, source=source)
