"""How well two fit, worked by hand and against plain fractions, and who fits best."""

import random
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.matching.queries import find_weights, versions, weights_on
from cluster_api.matching.rules import MOST_POINTS, Profile, best, may_match, score
from cluster_api.matching.schemas import MatchWeights
from cluster_api.matching.states import MatchCriterion
from cluster_api.rounds.states import ExchangeRole

WEIGHTS = weights_on(date(2021, 6, 7))
MONDAY = date(2021, 6, 7)

days = st.none() | st.integers(0, 8).map(lambda count: MONDAY + timedelta(days=count))
profiles = st.builds(
    Profile,
    id=st.uuids().map(str),
    organisation_id=st.sampled_from("abcdef"),
    country=st.sampled_from(["DE", "FR", "PT"]),
    ecosystems=st.integers(0, 15),
    aims=st.integers(0, 7),
    activities=st.integers(0, 7),
    wanted_countries=st.frozensets(st.sampled_from(["DE", "FR", "PT"])),
    available_from=days,
    available_until=days,
)


def plainly(visitor: Profile, host: Profile) -> int | None:
    """Answer the points as one would reckon them on paper: day by day, entry by entry."""
    if visitor.organisation_id == host.organisation_id or visitor.country == host.country:
        return None
    points = 0
    for weight, one, other in (
        (40, visitor.ecosystems, host.ecosystems),
        (25, visitor.aims, host.aims),
        (15, visitor.activities, host.activities),
    ):
        mine = {bit for bit in range(16) if one >> bit & 1}
        theirs = {bit for bit in range(16) if other >> bit & 1}
        if mine | theirs:
            points += int(Fraction(len(mine & theirs), len(mine | theirs)) * weight * 100)
    if host.country in (visitor.wanted_countries or {host.country}):
        points += 1000
    common = [
        day
        for day in (MONDAY + timedelta(days=count) for count in range(-20, 40))
        if all((one.available_from or date.min) <= day <= (one.available_until or date.max) for one in (visitor, host))
    ]
    return points + (1000 if len(common) >= 3 else 0)


def test_weights_are_those_of_the_programme_and_proposed() -> None:
    assert {one.value: WEIGHTS.weights[one].value for one in MatchCriterion} == {
        "ecosystems": 40, "aims": 25, "activities": 15, "wanted_countries": 10, "dates": 10,
    }  # fmt: skip
    assert {one.certainty.value for one in (*WEIGHTS.weights.values(), WEIGHTS.fewest_days)} == {"proposed"}
    assert WEIGHTS.fewest_days.value == 3


def test_weights_of_a_day_are_the_last_that_began() -> None:
    first, *_ = versions()
    assert weights_on(date(1999, 1, 1)) is first
    assert weights_on(first.since) is first
    assert find_weights(first.version) is first
    assert find_weights(99) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda told: told["weights"].pop("dates"), "Every criterion has a weight."),
        (lambda told: told["weights"]["dates"].update(value=11), "Weights add up to 100."),
        (lambda told: told["fewest_days"].update(value=0), "Dates fit on one day at least."),
    ],
)
def test_weights_that_are_not_whole_are_refused(change: object, sentence: str) -> None:
    told = WEIGHTS.model_dump(mode="json")
    assert callable(change)
    change(told)
    with pytest.raises(ValueError, match=sentence):
        MatchWeights.model_validate(told)


def test_score_tells_every_part() -> None:
    visitor = Profile("v", "one", "FR", 0b0111, 0b1, 0b11, frozenset({"PT", "ES"}), date(2021, 6, 1), date(2021, 6, 30))
    host = Profile("h", "other", "PT", 0b0110, 0b1, 0b01, frozenset({"DE"}), date(2021, 6, 28), None)
    found = score(visitor, host, WEIGHTS)
    assert found is not None
    assert [(one.criterion.value, one.weight, one.reached, one.of, one.points) for one in found.parts] == [
        ("ecosystems", 40, 2, 3, 2666),
        ("aims", 25, 1, 1, 2500),
        ("activities", 15, 1, 2, 750),
        ("wanted_countries", 10, 1, 1, 1000),
        ("dates", 10, 1, 1, 1000),
    ]
    assert found.points == 7916
    assert [one.sentence for one in found.parts] == [
        "Both have 2 of the 3 ecosystems that either has.",
        "Both have 1 of the 1 aims that either has.",
        "Both have 1 of the 2 activities that either has.",
        "The host is in PT; the visitor wants ES, PT.",
        "Both are free on 3 days; a stay takes 3 at least.",
    ]


def test_score_of_those_who_said_nothing_is_what_is_open() -> None:
    found = score(Profile("v", "one", "FR"), Profile("h", "other", "PT"), WEIGHTS)
    assert found is not None
    assert [one.points for one in found.parts] == [0, 0, 0, 1000, 1000]
    assert [one.sentence for one in found.parts] == [
        "Neither said any ecosystems.",
        "Neither said any aims.",
        "Neither said any activities.",
        "The visitor would go to any country.",
        "Both are free on any number of days; a stay takes 3 at least.",
    ]


@pytest.mark.parametrize(("until", "points"), [(8, 0), (9, 1000)])
def test_dates_fit_from_the_fewest_days_on(until: int, points: int) -> None:
    visitor = Profile("v", "one", "FR", available_from=MONDAY)
    host = Profile("h", "other", "PT", available_until=date(2021, 6, until))
    found = score(visitor, host, WEIGHTS)
    assert found is not None
    assert found.parts[4].points == points


def test_dates_at_the_end_of_the_calendar_are_compared() -> None:
    visitor = Profile("v", "one", "FR", available_from=date.max)
    found = score(visitor, Profile("h", "other", "PT", available_until=date.max), WEIGHTS)
    assert found is not None
    assert found.parts[4].sentence == "Both are free on 1 days; a stay takes 3 at least."


@given(profiles, profiles)
def test_programme_invariant_1_score_is_what_paper_says_and_only_across_borders(one: Profile, other: Profile) -> None:
    found = score(one, other, WEIGHTS)
    assert (None if found is None else found.points) == plainly(one, other)
    assert (found is not None) is may_match(one, other)
    if found is not None:
        assert found.points == sum(part.points for part in found.parts)
        assert 0 <= found.points <= MOST_POINTS


@given(profiles, st.lists(profiles, max_size=12, unique_by=lambda one: one.id), st.sampled_from(ExchangeRole))
def test_best_are_those_with_most_points_and_equals_by_id(
    me: Profile, candidates: list[Profile], role: ExchangeRole
) -> None:
    is_visitor = role is ExchangeRole.VISITOR
    pairs = [(one, plainly(me, one) if is_visitor else plainly(one, me)) for one in candidates]
    expected = sorted((-points, one.id) for one, points in pairs if points is not None)
    for count in (0, 3, 20):
        found = best(me, role, candidates, WEIGHTS, count)
        assert [(-one.score.points, one.profile.id) for one in found] == expected[:count]
        shuffled = random.Random(1).sample(candidates, len(candidates))
        assert best(me, role, shuffled, WEIGHTS, count) == found


def ranked(me: Profile, role: ExchangeRole, candidates: list[Profile], count: int = 2) -> list[str]:
    """Answer the ids of the best, the best first."""
    return [one.profile.id for one in best(me, role, candidates, WEIGHTS, count)]


def test_wanted_country_outweighs_one_ecosystem_of_eight() -> None:
    me = Profile("v", "one", "FR", 0b11111111, wanted_countries=frozenset({"PT"}))
    hosts = [Profile("x", "two", "DE", 0b1), Profile("y", "three", "PT")]
    assert ranked(me, ExchangeRole.VISITOR, hosts) == ["y", "x"]


def test_three_days_in_common_outweigh_one_ecosystem_of_eight_and_two_are_none() -> None:
    me = Profile("v", "one", "FR", 0b11111111, available_from=MONDAY)
    hosts = [
        Profile("x", "two", "DE", 0b1, available_until=MONDAY + timedelta(days=1)),
        Profile("y", "three", "PT", available_until=MONDAY + timedelta(days=2)),
    ]
    assert ranked(me, ExchangeRole.VISITOR, hosts) == ["y", "x"]


def test_nobody_of_the_own_organisation_takes_a_place_among_the_best() -> None:
    me = Profile("h", "one", "FR", 0b1)
    visitors = [Profile("x", "one", "DE", 0b1), Profile("y", "two", "DE")]
    assert ranked(me, ExchangeRole.HOST, visitors, 1) == ["y"]


@pytest.mark.parametrize(
    ("begins", "ends", "told"),
    [(date(2021, 6, 10), MONDAY, "0 days"), (date.min, date.max, f"{date.max.toordinal()} days")],
)
def test_days_in_common_are_told_as_they_are(begins: date, ends: date, told: str) -> None:
    visitor = Profile("v", "one", "FR", available_from=begins, available_until=date.max)
    found = score(visitor, Profile("h", "other", "PT", available_until=ends), WEIGHTS)
    assert found is not None
    assert found.parts[4].sentence == f"Both are free on {told}; a stay takes 3 at least."
