"""The pairing is the one that is stable, whoever comes first, and the lot decides among equals."""

import hashlib
import json
import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_api.matching.rules import Profile, score
from cluster_api.pairings.rules import Entrant, Terms, canonical_inputs, digest, lots, pair_up
from cluster_api.pairings.schemas import PairRead
from cluster_api.rounds.states import ExchangeRole
from tests.pairings.markets import MONDAY, WEIGHTS, Sides, blocking, deferred_acceptance, quotas, sides, terms, wishes

TERMS = Terms("2027-spring", 2500, WEIGHTS)


def entrant(name: str, country: str, ecosystems: int, quota: int = 1) -> Entrant:
    """Answer somebody of an organisation of its own, with one aim and one activity."""
    return Entrant(Profile(name, f"of {name}", country, ecosystems, 1, 1), quota)


def told(pairs: tuple[PairRead, ...]) -> list[tuple[str, str, int]]:
    return [(one.visitor_id, one.host_id, one.points) for one in pairs]


def test_pairs_are_made_from_the_best_down_within_the_quotas() -> None:
    visitors = [entrant("v1", "FR", 0b1, 2), entrant("v2", "FR", 0b11), entrant("v3", "FR", 0b11)]
    hosts = [entrant("h1", "PT", 0b1), entrant("h2", "PT", 0b11, 2), entrant("h3", "FR", 0b11, 9)]
    # h2 has two places for the two who are like it; v1 finds only h1, and h3 is in the country of all of them.
    assert told(pair_up(visitors, hosts, TERMS).pairs) == [
        ("v1", "h1", 10_000), ("v2", "h2", 10_000), ("v3", "h2", 10_000),
    ]  # fmt: skip


@pytest.mark.parametrize(("least", "count"), [(6000, 1), (6001, 0)])
def test_nobody_is_paired_below_the_least_points(least: int, count: int) -> None:
    found = pair_up([entrant("v", "FR", 0b01)], [entrant("h", "PT", 0b10)], Terms("any", least, WEIGHTS))
    assert len(found.pairs) == count


def test_lots_decide_among_equals_and_change_with_the_seed() -> None:
    visitors = [entrant(f"v{number}", "FR", 1) for number in range(20)]
    hosts = [entrant(f"h{number}", "PT", 1) for number in range(20)]
    for seed in ("one", "two"):
        found = pair_up(visitors, hosts, Terms(seed, 0, WEIGHTS))
        guests, places = lots(visitors, ExchangeRole.VISITOR, seed), lots(hosts, ExchangeRole.HOST, seed)
        expected = {(a.profile.id, b.profile.id) for a, b in zip(guests, places, strict=True)}
        assert {(one.visitor_id, one.host_id) for one in found.pairs} == expected
    assert lots(visitors, ExchangeRole.VISITOR, "one") != lots(visitors, ExchangeRole.VISITOR, "two")


def test_lots_can_be_drawn_again_by_anybody() -> None:
    entrants = [entrant(name, "FR", 1) for name in ("a", "b", "c", "d")]
    by_hand = sorted("abcd", key=lambda name: hashlib.sha256(f"seed\nhost\n{name}".encode()).hexdigest())
    assert [one.profile.id for one in lots(entrants, ExchangeRole.HOST, "seed")] == by_hand


@settings(max_examples=200)
@given(sides, terms)
def test_pairing_is_that_of_deferred_acceptance_whichever_side_asks(market: Sides, under: Terms) -> None:
    visitors, hosts = market
    of_visitors, of_hosts = wishes(market, under)
    places = quotas(visitors) | quotas(hosts)
    found = {(one.visitor_id, one.host_id) for one in pair_up(visitors, hosts, under).pairs}
    assert found == deferred_acceptance(of_visitors, of_hosts, places)
    assert found == {(one, other) for other, one in deferred_acceptance(of_hosts, of_visitors, places)}
    assert blocking(market, under, found) == set()


@given(sides, terms, st.randoms(use_true_random=False))
def test_certificate_does_not_depend_on_who_comes_first(market: Sides, under: Terms, chance: random.Random) -> None:
    visitors, hosts = market
    expected = pair_up(visitors, hosts, under)
    shuffled = [chance.sample(one, len(one)) for one in market]
    assert pair_up(shuffled[0], shuffled[1], under) == expected


def test_inputs_are_lines_that_anybody_can_write() -> None:
    visitor = Entrant(Profile("v", "of v", "FR", 3, 1, 2, frozenset({"PT", "ES"}), None, None), 2)
    host = Entrant(Profile("h", "of h", "PT", 1, 1, 1, frozenset(), date(2021, 6, 7), date(2021, 6, 30)), 1)
    first, *others = canonical_inputs([visitor], [host], TERMS).decode().split("\n")
    assert json.loads(first) == {
        "seed": "2027-spring", "least_points": 2500, "weights": WEIGHTS.model_dump(mode="json"),
    }  # fmt: skip
    assert others == [
        '["visitor",2,"v","of v","FR",3,1,2,["ES","PT"],null,null]',
        '["host",1,"h","of h","PT",1,1,1,[],"2021-06-07","2021-06-30"]',
    ]
    assert digest([visitor], [host], TERMS) != digest([host], [visitor], TERMS)


def test_who_comes_twice_or_asks_for_less_than_nothing_is_refused() -> None:
    one = entrant("v", "FR", 1)
    with pytest.raises(ValueError, match=r"^Nobody takes part twice on one side\.$"):
        pair_up([one, one], [], TERMS)
    with pytest.raises(ValueError, match=r"^A quota is nought or more\.$"):
        pair_up([], [entrant("h", "PT", 1, -1)], TERMS)


def test_points_of_pairs_are_those_of_the_match_whenever_the_two_are_free() -> None:
    days = [None, *(MONDAY + timedelta(days=count) for count in range(6))]
    spans = [(first, last) for first in days for last in days if first is None or last is None or first <= last]
    visitors, hosts = (
        [
            Entrant(Profile(f"{letter}{number}", f"{letter}{number}", country, available_from=a, available_until=b), 99)
            for number, (a, b) in enumerate(spans)
        ]
        for letter, country in (("v", "FR"), ("h", "PT"))
    )
    found = {
        (one.visitor_id, one.host_id): one.points for one in pair_up(visitors, hosts, Terms("any", 0, WEIGHTS)).pairs
    }
    expected = {
        (one.profile.id, other.profile.id): worth.points
        for one in visitors
        for other in hosts
        if (worth := score(one.profile, other.profile, WEIGHTS)) is not None
    }
    assert found == expected
    assert set(found.values()) == {1000, 2000}


@pytest.mark.parametrize(("until", "points"), [(None, 9000), (MONDAY, 8000)])
def test_country_that_nobody_is_of_and_days_that_are_too_few_give_no_points(until: date | None, points: int) -> None:
    visitor = Profile("v", "of v", "FR", 1, 1, 1, frozenset({"IT"}), MONDAY, until)
    found = pair_up([Entrant(visitor, 1)], [entrant("h", "PT", 1)], Terms("any", 0, WEIGHTS))
    assert told(found.pairs) == [("v", "h", points)]


def test_hosts_with_the_same_points_for_other_reasons_are_all_found() -> None:
    visitor = Entrant(Profile("v", "of v", "FR", 0, 0b00111, 0b1), 2)
    # Three aims of five weigh as much as the one activity.
    hosts = [
        Entrant(Profile("h1", "of h1", "PT", 0, 0b11111, 0b10), 1),
        Entrant(Profile("h2", "of h2", "PT", 0, 0b100000, 0b1), 1),
    ]
    assert told(pair_up([visitor], hosts, Terms("any", 0, WEIGHTS)).pairs) == [("v", "h1", 3500), ("v", "h2", 3500)]
