"""Pairs of visitors and hosts that are stable. Pure, in whole numbers.

Stable means that no two who are not paired would both rather be, in the place of somebody they have or in a free one
(Gale and Shapley, 1962; with quotas on both sides: Roth and Sotomayor, 1990, chapter 5). Each side wants the pair with
most points; among equals it wants whom the lot puts first. There is one draw for each side, made by SHA-256 from the
seed and the ids, so that anybody can draw again. As both sides see the same points and all of a side hold to the same
lots, the first pair by points, lot of the visitor and lot of the host is the first choice of both, and so on down:
there is exactly one stable pairing. Deferred acceptance ends in it, whichever side proposes, and favours nobody.

Whether a pairing is stable is asked in ``queries``, which shares nothing with the search but the points of two sets
and the lots.
"""

import hashlib
import heapq
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate, islice
from operator import or_
from typing import TypeVar

import rfc8785

from cluster_api.matching.rules import (
    POINTS_OF_WEIGHT,
    Profile,
    SetPoints,
    free_days,
)
from cluster_api.matching.schemas import MatchWeights
from cluster_api.matching.states import MatchCriterion
from cluster_api.pairings.schemas import Certificate, PairRead
from cluster_api.rounds.states import ExchangeRole


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody who takes part in a pairing, and in how many pairs at most."""

    profile: Profile
    quota: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a pairing is made under: what lots are drawn from, the points that are asked for, the weights."""

    seed: str
    least_points: int
    weights: MatchWeights


Value = TypeVar("Value", int, str)
Bits = int
"""A set of hosts: bit n stands for the host with lot n."""


def lots(entrants: Iterable[Entrant], role: ExchangeRole, seed: str) -> list[Entrant]:
    """Answer the entrants of a role as the lot puts them, the first first.

    They are sorted by the SHA-256 of seed, role and id, joined by line feeds: neither the order in which they came nor
    anything else that is known of them has a part in it.
    """

    def drawn(one: Entrant) -> tuple[bytes, str]:
        return hashlib.sha256(f"{seed}\n{role.value}\n{one.profile.id}".encode()).digest(), one.profile.id

    return sorted(entrants, key=drawn)


def canonical_inputs(visitors: Iterable[Entrant], hosts: Iterable[Entrant], terms: Terms) -> bytes:
    """Answer participants and terms as lines of canonical JSON (RFC 8785): terms, visitors, hosts, by id."""
    told = terms.weights.model_dump(mode="json")
    lines = [rfc8785.dumps({"seed": terms.seed, "least_points": terms.least_points, "weights": told})]
    for role, side in ((ExchangeRole.VISITOR, visitors), (ExchangeRole.HOST, hosts)):
        ordered = sorted(side, key=lambda one: one.profile.id)
        lines.extend(rfc8785.dumps([role.value, one.quota, *_values(one.profile)]) for one in ordered)
    return b"\n".join(lines)


def digest(visitors: Iterable[Entrant], hosts: Iterable[Entrant], terms: Terms) -> str:
    """Answer the SHA-256 of participants and terms, in hexadecimal."""
    return hashlib.sha256(canonical_inputs(visitors, hosts, terms)).hexdigest()


def pair_up(visitors: Sequence[Entrant], hosts: Sequence[Entrant], terms: Terms) -> Certificate:
    """Answer the stable pairing of visitors and hosts, with all that is needed to check it.

    Pairs are made from the best down, by points, lot of the visitor and lot of the host, wherever both have a place.

    Raises:
        ValueError: an id comes twice on a side, or a quota is below nought.
    """
    for side in (visitors, hosts):
        if len({one.profile.id for one in side}) != len(side):
            raise ValueError("Nobody takes part twice on one side.")
        if any(one.quota < 0 for one in side):
            raise ValueError("A quota is nought or more.")
    guests = lots(visitors, ExchangeRole.VISITOR, terms.seed)
    board = _Board(lots(hosts, ExchangeRole.HOST, terms.seed), terms)
    left = [one.quota for one in guests]
    tiers = [board.tiers(one.profile) for one in guests]
    waiting = [(-points, lot, fitting) for lot in range(len(guests)) for points, fitting in islice(tiers[lot], 1)]
    heapq.heapify(waiting)
    pairs = []
    while waiting:
        points, lot, fitting = heapq.heappop(waiting)
        for host in board.take(fitting, left[lot]):
            left[lot] -= 1
            pairs.append(PairRead(visitor_id=guests[lot].profile.id, host_id=host.id, points=-points))
        if left[lot]:
            for lower, others in islice(tiers[lot], 1):
                heapq.heappush(waiting, (-lower, lot, others))
    return Certificate(
        seed=terms.seed,
        weights_version=terms.weights.version,
        least_points=terms.least_points,
        inputs_sha256=digest(visitors, hosts, terms),
        pairs=tuple(sorted(pairs, key=lambda one: (one.visitor_id, one.host_id))),
    )


class _Board:
    """Hosts that still have a place, found by points without looking at each."""

    def __init__(self, hosts: Sequence[Entrant], terms: Terms) -> None:
        self._hosts = [one.profile for one in hosts]
        self._left = [one.quota for one in hosts]
        self._open: Bits = _bits(lot for lot, one in enumerate(hosts) if one.quota)
        self._least, self._weights = terms.least_points, terms.weights
        self._ecosystems = _grouped(one.ecosystems for one in self._hosts)
        self._aims = _grouped(one.aims for one in self._hosts)
        self._activities = _grouped(one.activities for one in self._hosts)
        self._countries = _grouped(one.country for one in self._hosts)
        self._organisations = _grouped(one.organisation_id for one in self._hosts)
        self._dates = _Dates(self._hosts, terms.weights.fewest_days.value)
        self._levels: dict[tuple[MatchCriterion, int], list[tuple[int, Bits]]] = {}
        self._aims_and_activities: dict[tuple[int, int], list[tuple[int, Bits]]] = {}

    def tiers(self, visitor: Profile) -> Iterator[tuple[int, Bits]]:
        """Answer level by level, the best first, the points and the hosts with a place that give a visitor them."""
        firsts, seconds = self._parts(visitor)
        # Points and places in one number, because thousands of such lists are kept at once.
        order = array(
            "q",
            sorted(
                -(((high + low) * len(firsts) + at) * len(seconds) + with_)
                for at, (high, _, _) in enumerate(firsts)
                for with_, (low, _) in enumerate(seconds)
                if high + low >= self._least
            ),
        )
        points, found = 0, 0
        for code in order:
            rest, with_ = divmod(-code, len(seconds))
            reached, at = divmod(rest, len(firsts))
            fitting = self._open & firsts[at][1] & firsts[at][2] & seconds[with_][1]
            if not fitting:
                continue
            if found and reached != points:
                yield points, found
                found = 0
            points, found = reached, found | fitting
        if found:
            yield points, found

    def take(self, fitting: Bits, count: int) -> Iterator[Profile]:
        """Take a place of up to so many of these hosts, those first whom the lot puts first."""
        fitting &= self._open
        while fitting and count:
            bit = fitting & -fitting
            lot = bit.bit_length() - 1
            fitting ^= bit
            count -= 1
            self._left[lot] -= 1
            if not self._left[lot]:
                self._open ^= bit
            yield self._hosts[lot]

    def _parts(self, visitor: Profile) -> tuple[list[tuple[int, Bits, Bits]], list[tuple[int, Bits]]]:
        """Answer the hosts by what country, dates and ecosystems give, and by what aims and activities give."""
        may = self._open & ~self._countries.get(visitor.country, 0)
        may &= ~self._organisations.get(visitor.organisation_id, 0)
        wanted = may
        if visitor.wanted_countries:
            wanted &= _union(self._countries.get(one, 0) for one in visitor.wanted_countries)
        free = self._dates.free_with(visitor)
        of_country = self._weights.weights[MatchCriterion.WANTED_COUNTRIES].value * POINTS_OF_WEIGHT
        of_dates = self._weights.weights[MatchCriterion.DATES].value * POINTS_OF_WEIGHT
        firsts = [
            (given + points, some, fitting)
            for given, some in (
                (of_country + of_dates, wanted & free),
                (of_country, wanted & ~free),
                (of_dates, may & free & ~wanted),
                (0, may & ~free & ~wanted),
            )
            if some
            for points, fitting in self._level(MatchCriterion.ECOSYSTEMS, visitor.ecosystems, self._ecosystems)
            if some & fitting
        ]
        return firsts, self._pairs_of(visitor.aims, visitor.activities)

    def _pairs_of(self, aims: int, activities: int) -> list[tuple[int, Bits]]:
        key = (aims, activities)
        if key not in self._aims_and_activities:
            found: dict[int, Bits] = defaultdict(int)
            for high, some in self._level(MatchCriterion.AIMS, aims, self._aims):
                for low, others in self._level(MatchCriterion.ACTIVITIES, activities, self._activities):
                    found[high + low] |= some & others
            self._aims_and_activities[key] = [(points, both) for points, both in found.items() if both]
        return self._aims_and_activities[key]

    def _level(self, criterion: MatchCriterion, mine: int, theirs: dict[int, Bits]) -> list[tuple[int, Bits]]:
        key = (criterion, mine)
        if key not in self._levels:
            table = SetPoints(mine, self._weights.weights[criterion].value)
            found: dict[int, Bits] = defaultdict(int)
            for other, some in theirs.items():
                found[table[other]] |= some
            self._levels[key] = list(found.items())
        return self._levels[key]


class _Dates:
    """Hosts that are free long enough together with somebody, found by the day alone."""

    def __init__(self, hosts: Sequence[Profile], fewest: int) -> None:
        spans = [free_days(one) for one in hosts]
        self._gap = fewest - 1
        self._enough = _bits(lot for lot, (first, last) in enumerate(spans) if last - first >= self._gap)
        self._begins, self._begun = _running(first for first, _ in spans)
        self._ends, self._ended = _running(last for _, last in spans)

    def free_with(self, visitor: Profile) -> Bits:
        """Answer the hosts with enough days in common: both begin, and both end, that far apart."""
        first, last = free_days(visitor)
        if last - first < self._gap:
            return 0
        in_time = self._begun[bisect_right(self._begins, last - self._gap)]
        too_short = self._ended[bisect_left(self._ends, first + self._gap)]
        return self._enough & in_time & ~too_short


def _running(values: Iterable[int]) -> tuple[list[int], list[Bits]]:
    """Answer the values in order, and before each and after the last who stands at or below those that came."""
    by_value = _grouped(values)
    order = sorted(by_value)
    return order, list(accumulate((by_value[one] for one in order), or_, initial=0))


def _bits(places: Iterable[int]) -> Bits:
    return _union(1 << one for one in places)


def _union(sets: Iterable[Bits]) -> Bits:
    return reduce(or_, sets, 0)


def _grouped(values: Iterable[Value]) -> dict[Value, Bits]:
    """Answer for each value at which places it stands."""
    found: dict[Value, Bits] = defaultdict(int)
    for place, one in enumerate(values):
        found[one] |= 1 << place
    return found


def _values(profile: Profile) -> list[str | int | list[str] | None]:
    """Answer what is compared of somebody, in the order of the profile."""
    first, last = profile.available_from, profile.available_until
    return [
        profile.id,
        profile.organisation_id,
        profile.country,
        profile.ecosystems,
        profile.aims,
        profile.activities,
        sorted(profile.wanted_countries),
        None if first is None else first.isoformat(),
        None if last is None else last.isoformat(),
    ]
