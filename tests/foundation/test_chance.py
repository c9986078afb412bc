"""What looks like chance stays within its bounds, follows its weights, and is the same on every machine."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.foundation.chance import Chance, noon


@given(st.integers(), st.integers(-50, 50), st.integers(0, 50))
def test_between_stays_between(seed: int, low: int, width: int) -> None:
    assert low <= Chance(seed).between(low, low + width) <= low + width


def test_weighted_choice_follows_the_weights() -> None:
    chance = Chance("weights")
    drawn = Counter(chance.weighted("abc", {"a": 1, "b": 0, "c": 3}.__getitem__) for _ in range(4000))
    assert drawn["b"] == 0
    assert 2900 < drawn["c"] < 3100


def test_weighted_choice_needs_a_weight() -> None:
    with pytest.raises(ValueError, match="has a weight"):
        Chance("weights").weighted("ab", lambda _: 0)


def test_chance_is_the_same_for_the_same_names() -> None:
    first, again, other = Chance("a", 1), Chance("a", 1), Chance("a", 2)
    drawn = [[one.between(0, 10**9) for _ in range(5)] for one in (first, again, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert first.identifier(noon(date(2020, 1, 1))) == again.identifier(noon(date(2020, 1, 1)))
