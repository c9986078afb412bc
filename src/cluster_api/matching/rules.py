"""How well a visitor and a host fit, why, and who fits best. Pure, and in whole numbers, so the same everywhere.

Source: programme, 1.5 (criteria and weights, proposed) and invariant 1 (different organisations, different countries).
Sets are compared by what both have of what either has (Jaccard): the share is the same seen from both sides, and who
ticks everything fits nobody better for it. Two empty sets share nothing, because nothing was said.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from cluster_api.matching.schemas import MatchWeights
from cluster_api.matching.states import MatchCriterion
from cluster_api.rounds.states import ExchangeRole

MOST_POINTS = 10_000
"""Points of a pair that fits in everything."""
POINTS_OF_WEIGHT = 100
LONG_AGO, NEVER = -(10**9), 10**9
"""Ends that are open, as ordinals of days, beyond any calendar."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is compared of a participant. Sets are bits: bit n stands for entry n of the vocabulary.

    What it wants are countries of hosts; none means that every country is as welcome. Days are the first and the last
    on which it is free; None is an open end.
    """

    id: str
    organisation_id: str
    country: str
    ecosystems: int = 0
    aims: int = 0
    activities: int = 0
    wanted_countries: frozenset[str] = frozenset()
    available_from: date | None = None
    available_until: date | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one criterion gives: its weight of a hundred, the share reached, its points, and why."""

    criterion: MatchCriterion
    weight: int
    reached: int
    of: int
    points: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Score:
    """How well a pair fits: points of ten thousand, and the parts that add up to them."""

    points: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody who fits, and how well."""

    profile: Profile
    score: Score


class SetPoints(dict[int, int]):
    """Points of any set against one set; each is reckoned once."""

    def __init__(self, mine: int, weight: int) -> None:
        """Compare with this set, for this weight of a hundred."""
        super().__init__()
        self._mine, self._weight = mine, weight

    def __missing__(self, theirs: int) -> int:
        """Reckon the points of a set that was not asked before."""
        self[theirs] = found = share_points(self._weight, *shared(self._mine, theirs))
        return found


def shared(one: int, other: int) -> tuple[int, int]:
    """Answer how many entries two sets have in common, and how many they have together."""
    return (one & other).bit_count(), (one | other).bit_count()


def share_points(weight: int, reached: int, of: int) -> int:
    """Answer the points of a share of a weight, cut to whole points; nothing of nothing is nothing."""
    return weight * POINTS_OF_WEIGHT * reached // of if of else 0


def may_match(one: Profile, other: Profile) -> bool:
    """Answer whether two may meet at all: of different organisations, in different countries (invariant 1)."""
    return one.organisation_id != other.organisation_id and one.country != other.country


def free_days(profile: Profile) -> tuple[int, int]:
    """Answer the ordinals of the first and the last day on which one is free; open ends lie beyond any calendar."""
    first, last = profile.available_from, profile.available_until
    return LONG_AGO if first is None else first.toordinal(), NEVER if last is None else last.toordinal()


def score(visitor: Profile, host: Profile, weights: MatchWeights) -> Score | None:
    """Answer how well a visitor and a host fit, criterion by criterion; None if they may not meet at all."""
    if not may_match(visitor, host):
        return None
    parts = (
        _set_part(weights, MatchCriterion.ECOSYSTEMS, visitor.ecosystems, host.ecosystems),
        _set_part(weights, MatchCriterion.AIMS, visitor.aims, host.aims),
        _set_part(weights, MatchCriterion.ACTIVITIES, visitor.activities, host.activities),
        _country_part(weights, visitor, host),
        _dates_part(weights, visitor, host),
    )
    return Score(sum(one.points for one in parts), parts)


def best(
    me: Profile, role: ExchangeRole, candidates: Iterable[Profile], weights: MatchWeights, count: int
) -> list[Match]:
    """Answer the candidates for the other role who fit best, the best first, equals by their id.

    Only those who are answered are explained, so that thousands can be compared while somebody waits.
    """
    points = _points_for_visitor if role is ExchangeRole.VISITOR else _points_for_host
    ranked = heapq.nsmallest(count, points(me, candidates, weights), key=lambda found: (found[0], found[1].id))
    chosen = []
    for _, one in ranked:
        visitor, host = (me, one) if role is ExchangeRole.VISITOR else (one, me)
        found = score(visitor, host, weights)
        if found is not None:
            chosen.append(Match(one, found))
    return chosen


def _points_for_visitor(me: Profile, hosts: Iterable[Profile], weights: MatchWeights) -> Iterator[tuple[int, Profile]]:
    """Answer every host that I may visit, with its points below nought, the best being the least."""
    sets, wanted = _pair_points(me, weights), me.wanted_countries
    of_country = weights.weights[MatchCriterion.WANTED_COUNTRIES].value * POINTS_OF_WEIGHT
    organisation, country = me.organisation_id, me.country
    for one in hosts:
        if one.organisation_id != organisation and one.country != country:
            points = sets(one)
            if not wanted or one.country in wanted:
                points += of_country
            yield -points, one


def _points_for_host(me: Profile, visitors: Iterable[Profile], weights: MatchWeights) -> Iterator[tuple[int, Profile]]:
    """Answer every visitor that I may receive, with its points below nought, the best being the least."""
    sets, country = _pair_points(me, weights), me.country
    of_country = weights.weights[MatchCriterion.WANTED_COUNTRIES].value * POINTS_OF_WEIGHT
    organisation = me.organisation_id
    for one in visitors:
        if one.organisation_id != organisation and one.country != country:
            points = sets(one)
            if not one.wanted_countries or country in one.wanted_countries:
                points += of_country
            yield -points, one


def _pair_points(me: Profile, weights: MatchWeights) -> Callable[[Profile], int]:
    """Answer the points of me and another in all that is the same from both sides: the sets and the dates."""
    ecosystems, aims, activities = set_points(me, weights)
    of_dates = weights.weights[MatchCriterion.DATES].value * POINTS_OF_WEIGHT
    fewest = weights.fewest_days.value
    first, last = free_days(me)

    def reckon(other: Profile) -> int:
        points = ecosystems[other.ecosystems] + aims[other.aims] + activities[other.activities]
        begins, ends = other.available_from, other.available_until
        common = last if ends is None else min(last, ends.toordinal())
        common -= first if begins is None else max(first, begins.toordinal())
        return points + of_dates if common + 1 >= fewest else points

    return reckon


def set_points(me: Profile, weights: MatchWeights) -> tuple[SetPoints, SetPoints, SetPoints]:
    """Answer the points of any ecosystems, aims and activities against mine."""
    return (
        SetPoints(me.ecosystems, weights.weights[MatchCriterion.ECOSYSTEMS].value),
        SetPoints(me.aims, weights.weights[MatchCriterion.AIMS].value),
        SetPoints(me.activities, weights.weights[MatchCriterion.ACTIVITIES].value),
    )


def _part(weights: MatchWeights, criterion: MatchCriterion, share: tuple[int, int], sentence: str) -> Part:
    weight = weights.weights[criterion].value
    return Part(criterion, weight, *share, share_points(weight, *share), sentence)


def _set_part(weights: MatchWeights, criterion: MatchCriterion, one: int, other: int) -> Part:
    reached, of = shared(one, other)
    sentence = f"Both have {reached} of the {of} {criterion.value} that either has."
    return _part(weights, criterion, (reached, of), sentence if of else f"Neither said any {criterion.value}.")


def _country_part(weights: MatchWeights, visitor: Profile, host: Profile) -> Part:
    wanted, country = visitor.wanted_countries, host.country
    fits = not wanted or country in wanted
    if not wanted:
        sentence = "The visitor would go to any country."
    else:
        sentence = f"The host is in {country}; the visitor wants {', '.join(sorted(wanted))}."
    return _part(weights, MatchCriterion.WANTED_COUNTRIES, (int(fits), 1), sentence)


def _dates_part(weights: MatchWeights, visitor: Profile, host: Profile) -> Part:
    fewest = weights.fewest_days.value
    here, there = free_days(visitor), free_days(host)
    days = max(0, min(here[1], there[1]) - max(here[0], there[0]) + 1)
    told = "any number of days" if days > date.max.toordinal() else f"{days} days"
    sentence = f"Both are free on {told}; a stay takes {fewest} at least."
    return _part(weights, MatchCriterion.DATES, (int(days >= fewest), 1), sentence)
