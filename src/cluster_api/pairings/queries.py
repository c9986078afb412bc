"""What one can ask of a pairing: whether its certificate holds. Anybody who has the participants can ask it.

Nothing is read from the database, and nothing of the search is used: the points of the pairs are reckoned anew, and
all who are not paired are held against each other. Groups of them are passed over only where even the most points that
they could have together would not move one of the sides.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from cluster_api.matching.rules import (
    POINTS_OF_WEIGHT,
    Profile,
    SetPoints,
    free_days,
    may_match,
    score,
    set_points,
)
from cluster_api.matching.states import MatchCriterion
from cluster_api.pairings.rules import Entrant, Terms, digest, lots
from cluster_api.pairings.schemas import Certificate, PairRead
from cluster_api.pairings.states import Flaw
from cluster_api.rounds.states import ExchangeRole

Kinds = tuple[int, int]
"""Aims and activities."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that is wrong with a certificate, and whom it concerns."""

    flaw: Flaw
    visitor_id: str | None = None
    host_id: str | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody in a pairing: its lot, whom it has, and the wall that another must surmount to be rather had.

    Whoever has a place over the wall of the seat is wanted. The place of somebody is its points times a number greater
    than any lot, less its lot; so every comparison is one of two whole numbers.
    """

    profile: Profile
    lot: int
    wall: int
    mates: frozenset[str]
    days: tuple[int, int]


class Group:
    """Seats of one side, the most easily moved first."""

    def __init__(self, seats: Iterable[Seat]) -> None:
        """Order the seats."""
        self.seats = sorted(seats, key=lambda one: one.wall)
        self.walls = [one.wall for one in self.seats]
        self.first_lots = list(accumulate((one.lot for one in self.seats), min))
        self.kinds: dict[Kinds, Group] = {}


def violations(
    visitors: Sequence[Entrant], hosts: Sequence[Entrant], terms: Terms, certificate: Certificate
) -> Iterator[Violation]:
    """Answer all that is wrong with a certificate, one by one; nothing at all if it holds.

    It holds if it was made of these participants under these terms, all its pairs may be and have the points that it
    says, nobody is in more pairs than it asked for, and no two would both rather be paired.
    """
    said = (certificate.seed, certificate.least_points, certificate.inputs_sha256)
    if said != (terms.seed, terms.least_points, digest(visitors, hosts, terms)):
        yield Violation(Flaw.INPUTS)
    if certificate.weights_version != terms.weights.version:
        yield Violation(Flaw.WEIGHTS)
    yield from flawed_pairs(visitors, hosts, terms, certificate.pairs)
    yield from blocking_pairs(visitors, hosts, terms, certificate.pairs)


def flawed_pairs(
    visitors: Iterable[Entrant], hosts: Iterable[Entrant], terms: Terms, pairs: Sequence[PairRead]
) -> Iterator[Violation]:
    """Answer the pairs that cannot be as they are said to be, and those who are in too many."""
    guests = {one.profile.id: one for one in visitors}
    places = {one.profile.id: one for one in hosts}
    for (visitor_id, host_id), times in Counter((one.visitor_id, one.host_id) for one in pairs).items():
        if times > 1:
            yield Violation(Flaw.REPEATED, visitor_id, host_id)
    for pair in pairs:
        guest, place = guests.get(pair.visitor_id), places.get(pair.host_id)
        if guest is None or place is None:
            yield Violation(Flaw.STRANGER, pair.visitor_id, pair.host_id)
            continue
        found = score(guest.profile, place.profile, terms.weights)
        if found is None:
            yield Violation(Flaw.MAY_NOT_MATCH, pair.visitor_id, pair.host_id)
        elif found.points != pair.points or found.points < terms.least_points:
            yield Violation(Flaw.POINTS, pair.visitor_id, pair.host_id)
    for one_id in _over_quota(guests, Counter(one.visitor_id for one in pairs)):
        yield Violation(Flaw.QUOTA, visitor_id=one_id)
    for one_id in _over_quota(places, Counter(one.host_id for one in pairs)):
        yield Violation(Flaw.QUOTA, host_id=one_id)


def blocking_pairs(
    visitors: Sequence[Entrant], hosts: Sequence[Entrant], terms: Terms, pairs: Iterable[PairRead]
) -> Iterator[Violation]:
    """Answer every two who are not paired and would both rather be: for somebody they have, or in a free place."""
    guests, places = _seated(visitors, hosts, terms, {(one.visitor_id, one.host_id) for one in pairs})
    here, there = _grouped(guests), _grouped(places)
    check = _Check(terms, max(len(visitors), len(hosts)) + 1)
    for mine, some in here.items():
        shared = SetPoints(mine, terms.weights.weights[MatchCriterion.ECOSYSTEMS].value)
        for theirs, others in there.items():
            if check.could_move(shared[theirs] + check.most_of_kinds, some, others):
                yield from check.among(some, others, shared[theirs])


class _Check:
    """Holds groups of visitors against groups of hosts."""

    def __init__(self, terms: Terms, size: int) -> None:
        weights = {one: terms.weights.weights[one].value * POINTS_OF_WEIGHT for one in MatchCriterion}
        self._terms, self._size = terms, size
        self._of_country, self._of_dates = weights[MatchCriterion.WANTED_COUNTRIES], weights[MatchCriterion.DATES]
        self.most_of_kinds = weights[MatchCriterion.AIMS] + weights[MatchCriterion.ACTIVITIES]
        self._of_kinds: dict[Kinds, tuple[SetPoints, SetPoints]] = {}

    def could_move(self, points: int, some: Group, others: Group) -> bool:
        """Answer whether the most that two can have together is more than what keeps either side."""
        most = (points + self._of_country + self._of_dates) * self._size
        return most > some.walls[0] and most > others.walls[0]

    def among(self, some: Group, others: Group, shared: int) -> Iterator[Violation]:
        """Answer the blocking pairs of visitors and hosts whose ecosystems give these points."""
        for kinds, guests in some.kinds.items():
            if kinds not in self._of_kinds:
                _, *tables = set_points(guests.seats[0].profile, self._terms.weights)
                self._of_kinds[kinds] = (tables[0], tables[1])
            of_aims, of_activities = self._of_kinds[kinds]
            for (aims, activities), places in others.kinds.items():
                points = shared + of_aims[aims] + of_activities[activities]
                if self.could_move(points, guests, places):
                    yield from self._between(guests, places, points)

    def _between(self, guests: Group, places: Group, points: int) -> Iterator[Violation]:
        """Answer the blocking pairs of visitors and hosts whose sets give these points."""
        most = (points + self._of_country + self._of_dates) * self._size
        for guest in guests.seats:
            if most <= guest.wall:
                break
            count = bisect_left(places.walls, most - guest.lot)
            if not count or most - places.first_lots[count - 1] <= guest.wall:
                continue
            for place in places.seats[:count]:
                if self._blocks(guest, place, points):
                    yield Violation(Flaw.BLOCKING, guest.profile.id, place.profile.id)

    def _blocks(self, guest: Seat, place: Seat, points: int) -> bool:
        wanted, country = guest.profile.wanted_countries, place.profile.country
        if not wanted or country in wanted:
            points += self._of_country
        common = min(guest.days[1], place.days[1]) - max(guest.days[0], place.days[0]) + 1
        if common >= self._terms.weights.fewest_days.value:
            points += self._of_dates
        place_of_pair = points * self._size
        return (
            place_of_pair - place.lot > guest.wall
            and place_of_pair - guest.lot > place.wall
            and place.profile.id not in guest.mates
            and may_match(guest.profile, place.profile)
        )


def _over_quota(side: Mapping[str, Entrant], counts: Mapping[str, int]) -> list[str]:
    """Answer those of a side who are in more pairs than they asked for."""
    return [one_id for one_id, count in counts.items() if one_id in side and count > side[one_id].quota]


def _seated(
    visitors: Sequence[Entrant], hosts: Sequence[Entrant], terms: Terms, pairs: Iterable[tuple[str, str]]
) -> tuple[list[Seat], list[Seat]]:
    """Answer the seats of both sides; pairs that cannot be count for nothing."""
    size = max(len(visitors), len(hosts)) + 1
    guests = {one.profile.id: (lot, one) for lot, one in enumerate(lots(visitors, ExchangeRole.VISITOR, terms.seed))}
    places = {one.profile.id: (lot, one) for lot, one in enumerate(lots(hosts, ExchangeRole.HOST, terms.seed))}
    of_guests: dict[str, dict[str, int]] = defaultdict(dict)
    of_places: dict[str, dict[str, int]] = defaultdict(dict)
    for visitor_id, host_id in pairs:
        if visitor_id in guests and host_id in places:
            (guest_lot, guest), (place_lot, place) = guests[visitor_id], places[host_id]
            found = score(guest.profile, place.profile, terms.weights)
            if found is not None and found.points >= terms.least_points:
                of_guests[visitor_id][host_id] = found.points * size - place_lot
                of_places[host_id][visitor_id] = found.points * size - guest_lot
    lowest = (terms.least_points - 1) * size
    return _seats(guests, of_guests, lowest), _seats(places, of_places, lowest)


def _seats(side: Mapping[str, tuple[int, Entrant]], mates: Mapping[str, Mapping[str, int]], lowest: int) -> list[Seat]:
    """Answer the seats of those who ask for a pair at all; who has a free place is moved by whatever is enough."""
    found = []
    for one_id, (lot, one) in side.items():
        places = mates.get(one_id, {})
        if one.quota:
            wall = lowest if len(places) < one.quota else min(places.values())
            found.append(Seat(one.profile, lot, wall, frozenset(places), free_days(one.profile)))
    return found


def _grouped(seats: Iterable[Seat]) -> dict[int, Group]:
    """Answer the seats by ecosystems, and within by aims and activities."""
    by_ecosystems: dict[int, dict[Kinds, list[Seat]]] = defaultdict(lambda: defaultdict(list))
    for one in seats:
        by_ecosystems[one.profile.ecosystems][one.profile.aims, one.profile.activities].append(one)
    found = {}
    for ecosystems, by_kinds in by_ecosystems.items():
        found[ecosystems] = Group(one for seats in by_kinds.values() for one in seats)
        found[ecosystems].kinds = {kinds: Group(seats) for kinds, seats in by_kinds.items()}
    return found
