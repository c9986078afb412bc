"""Counts stay in bounded memory, and nobody can make the window forget whoever is active."""

from cluster_api.foundation.windows import SHARED_PLACES, Window


def test_flood_of_names_does_not_reset_whoever_was_counted() -> None:
    window = Window(most_names=10)
    for _ in range(7):
        window.add("victim", 60.0)
    for number in range(100_000):
        window.add(f"flood-{number}", 60.0)
    assert window.count("victim", 60.0) == 7
    assert len(window.present.counts) <= 10 + SHARED_PLACES


def test_newcomers_of_a_flooded_minute_are_still_counted() -> None:
    window = Window(most_names=1)
    for name in ("first", "newcomer", "newcomer", "newcomer"):
        window.add(name, 60.0)
    assert (window.count("newcomer", 60.0), window.own_count("newcomer", 60.0)) == (3, 0)


def test_oldest_minutes_fall_away_first() -> None:
    window = Window()
    for name, now in (("a", 60.0), ("b", 120.0), ("c", 180.0)):
        window.add(name, now)
    assert [window.count(name, 180.0) for name in ("a", "b", "c")] == [0, 1, 1]


def test_clock_that_goes_back_changes_nothing() -> None:
    window = Window()
    window.add("a", 120.0)
    window.turn(59.0)
    assert window.count("a", 120.0) == 1
