"""The sliding window allows what it says: never much more in any minute, and everything again after a pause."""

from hypothesis import given
from hypothesis import strategies as st

from cluster_api.foundation.limits import Allowance


def test_requests_within_the_allowance_pass() -> None:
    allowance = Allowance(3)
    assert [allowance.take("a", 60.0) for _ in range(4)] == [
        (True, 2, 60), (True, 1, 60), (True, 0, 60), (False, 0, 60),
    ]  # fmt: skip


def test_clients_do_not_count_for_each_other() -> None:
    allowance = Allowance(1)
    assert [allowance.take(client, 60.0)[0] for client in ("a", "b", "a")] == [True, True, False]


def test_minute_before_counts_as_far_as_it_is_within_the_last_sixty_seconds() -> None:
    allowance = Allowance(10)
    for _ in range(10):
        allowance.take("a", 119.0)
    assert [allowance.take("a", second)[0] for second in (120.0, 150.0)] == [False, True]
    assert sum(allowance.take("a", 150.0)[0] for _ in range(10)) == 4


def test_pause_of_two_minutes_forgets_everything() -> None:
    allowance = Allowance(2)
    for _ in range(5):
        allowance.take("a", 60.0)
    assert allowance.take("a", 180.0) == (True, 1, 60)


@given(st.lists(st.floats(0, 400), min_size=1, max_size=200))
def test_no_aligned_minute_lets_more_through(moments: list[float]) -> None:
    allowance = Allowance(5)
    passed = [moment for moment in sorted(moments) if allowance.take("a", moment)[0]]
    for minute in range(7):
        assert sum(minute * 60 <= moment < minute * 60 + 60 for moment in passed) <= 5
