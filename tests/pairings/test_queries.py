"""The check finds whatever is wrong with a certificate, and nothing in one that holds."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_api.matching.rules import Profile
from cluster_api.pairings.queries import Violation, blocking_pairs, violations
from cluster_api.pairings.rules import Entrant, Terms, pair_up
from cluster_api.pairings.schemas import Certificate, PairRead
from cluster_api.pairings.states import Flaw
from tests.pairings.markets import WEIGHTS, Sides, blocking, quotas, sides, terms

TERMS = Terms("2027-spring", 2500, WEIGHTS)
VISITORS = [Entrant(Profile(f"v{n}", f"of v{n}", "FR", 1, 1, 1), 1) for n in (1, 2)]
HOSTS = [
    Entrant(Profile("h1", "of h1", "PT", 0b1, 1, 1), 1),
    Entrant(Profile("h2", "of h2", "PT", 0b11, 1, 1), 1),
    Entrant(Profile("h3", "of h3", "FR", 0b1, 1, 1), 0),
    Entrant(Profile("h4", "of h4", "PT", 0b1, 0, 0), 0),
]
CERTIFICATE = pair_up(VISITORS, HOSTS, TERMS)
FIRST, SECOND = sorted(CERTIFICATE.pairs, key=lambda one: one.host_id)


def found(certificate: Certificate, under: Terms = TERMS) -> list[Violation]:
    return list(violations(VISITORS, HOSTS, under, certificate))


def with_pairs(*pairs: PairRead) -> Certificate:
    return CERTIFICATE.model_copy(update={"pairs": pairs})


def test_certificate_that_holds_has_no_flaw_after_it_was_written_and_read() -> None:
    assert found(Certificate.model_validate_json(CERTIFICATE.model_dump_json())) == []
    assert [(one.host_id, one.points) for one in (FIRST, SECOND)] == [("h1", 10_000), ("h2", 8_000)]


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        ({"seed": "another"}, Flaw.INPUTS),
        ({"least_points": 2499}, Flaw.INPUTS),
        ({"inputs_sha256": "0" * 64}, Flaw.INPUTS),
        ({"weights_version": 2}, Flaw.WEIGHTS),
    ],
)
def test_certificate_of_something_else_does_not_hold(change: dict[str, Any], flaw: Flaw) -> None:
    assert found(CERTIFICATE.model_copy(update=change)) == [Violation(flaw)]


def test_pairs_that_cannot_be_are_found() -> None:
    stranger = PairRead(visitor_id="v9", host_id="h1", points=1)
    at_home = PairRead(visitor_id="v1", host_id="h3", points=10_000)
    assert found(with_pairs(FIRST, SECOND, stranger)) == [
        Violation(Flaw.STRANGER, "v9", "h1"), Violation(Flaw.QUOTA, host_id="h1"),
    ]  # fmt: skip
    assert found(with_pairs(FIRST, SECOND, at_home)) == [
        Violation(Flaw.MAY_NOT_MATCH, "v1", "h3"), Violation(Flaw.QUOTA, visitor_id="v1"),
        Violation(Flaw.QUOTA, host_id="h3"),
    ]  # fmt: skip
    assert found(with_pairs(FIRST, FIRST, SECOND)) == [
        Violation(Flaw.REPEATED, FIRST.visitor_id, "h1"), Violation(Flaw.QUOTA, visitor_id=FIRST.visitor_id),
        Violation(Flaw.QUOTA, host_id="h1"),
    ]  # fmt: skip


def test_points_that_are_not_those_of_the_pair_are_found() -> None:
    flattered = SECOND.model_copy(update={"points": 8_001})
    assert found(with_pairs(FIRST, flattered)) == [Violation(Flaw.POINTS, SECOND.visitor_id, "h2")]


def test_points_below_the_least_are_found() -> None:
    under = Terms("2027-spring", 9_000, WEIGHTS)
    certificate = pair_up(VISITORS, HOSTS, under)
    both = certificate.model_copy(update={"pairs": (*certificate.pairs, SECOND)})
    assert found(both, under) == [Violation(Flaw.POINTS, SECOND.visitor_id, "h2")]


def test_planted_blocking_pair_is_found() -> None:
    swapped = [
        PairRead(visitor_id=FIRST.visitor_id, host_id="h2", points=8_000),
        PairRead(visitor_id=SECOND.visitor_id, host_id="h1", points=10_000),
    ]
    assert found(with_pairs(*swapped)) == [Violation(Flaw.BLOCKING, FIRST.visitor_id, "h1")]
    assert found(with_pairs(FIRST)) == [Violation(Flaw.BLOCKING, SECOND.visitor_id, "h2")]


@settings(max_examples=200)
@given(sides, terms)
def test_every_pairing_holds(market: Sides, under: Terms) -> None:
    assert list(violations(*market, under, pair_up(*market, under))) == []


@settings(max_examples=300)
@given(sides, terms, st.data())
def test_blocking_pairs_are_those_that_looking_at_each_two_finds(
    market: Sides, under: Terms, data: st.DataObject
) -> None:
    visitors, hosts = market
    left = quotas(visitors) | quotas(hosts)
    every = [(one.profile.id, other.profile.id) for one in visitors for other in hosts]
    paired: set[tuple[str, str]] = set()
    allowed = {pair for pair in every if blocking(market, under, set()) >= {pair}}
    for pair in data.draw(st.permutations(sorted(allowed))):
        if min(left[pair[0]], left[pair[1]]) > 0 and data.draw(st.booleans()):
            left[pair[0]] -= 1
            left[pair[1]] -= 1
            paired.add(pair)
    pairs = [PairRead(visitor_id=one, host_id=other, points=0) for one, other in paired]
    told = list(blocking_pairs(visitors, hosts, under, pairs))
    assert len(told) == len(set(told))
    assert {(one.visitor_id, one.host_id) for one in told} == blocking(market, under, paired)


@given(st.permutations(range(7)), st.sampled_from(["one", "two", "three"]))
def test_among_equals_who_lost_the_lot_is_found(order: list[int], seed: str) -> None:
    market = (
        [Entrant(Profile(f"v{n}", f"of v{n}", "FR", 1, 1, 1), 1) for n in range(7)],
        [Entrant(Profile(f"h{n}", f"of h{n}", "PT", 1, 1, 1), 1) for n in range(7)],
    )
    under = Terms(seed, 0, WEIGHTS)
    paired = {(f"v{n}", f"h{order[n]}") for n in range(7)}
    pairs = [PairRead(visitor_id=one, host_id=other, points=10_000) for one, other in paired]
    told = blocking_pairs(*market, under, pairs)
    assert {(one.visitor_id, one.host_id) for one in told} == blocking(market, under, paired)
