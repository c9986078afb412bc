"""The published figures, recounted from the events day by day without any rule of the project, and sameness."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.clusters.states import Level
from cluster_api.demonstration.queries import material
from cluster_api.demonstration.rules import AS_OF, demonstration, size
from cluster_api.demonstration.schemas import EventRecord, Material, Register
from cluster_api.foundation.chance import Chance
from cluster_api.labels.states import LabelEventKind

DIGEST = "d4eb2bd0955a23cbfc3acc15e0d7bc8b1e52fb5ae66d11ee39575357267087f0"

Figures = dict[Level, tuple[int, int]]


def days_valid(events: Iterable[EventRecord]) -> Iterator[date]:
    """Tell a label's valid days up to the day of the figures, one by one: the slow way, from nothing but its events."""
    told = sorted(events, key=lambda event: event.recorded_at)
    day, last = [(e.valid_from, e.valid_until) for e in told if e.valid_from and e.valid_until][-1]
    by_day = defaultdict(list)
    for event in told:
        by_day[max(event.effective_on, day)].append(event.kind)
    suspended = False
    while day <= min(last, AS_OF):
        for kind in by_day.get(day, ()):
            if kind is LabelEventKind.WITHDRAWN:
                return
            if kind in {LabelEventKind.SUSPENDED, LabelEventKind.REINSTATED}:
                suspended = kind is LabelEventKind.SUSPENDED
        if not suspended:
            yield day
        day += timedelta(days=1)


def levels_of_holders(parts: Iterable[Register], *, on: date | None = None) -> dict[str, set[Level]]:
    """Tell for each holder its levels that were valid on a day, or on any."""
    found: dict[str, set[Level]] = defaultdict(set)
    for part in parts:
        events = defaultdict(list)
        for event in part.events:
            events[event.label_id].append(event)
        for label in part.labels:
            days = days_valid(events[label.id])
            if on in days if on else any(days):
                found[label.cluster_id].add(label.level)
    return found


def highest_figures(parts: list[Register], *, on: date | None = None) -> Figures:
    """Count organisations and countries by the highest level."""
    country = {cluster.id: cluster.country for part in parts for cluster in part.clusters}
    holders = defaultdict(list)
    for holder, levels in levels_of_holders(parts, on=on).items():
        holders[max(levels, key=["bronze", "silver", "gold"].index)].append(country[holder])
    return {level: (len(found), len(set(found))) for level, found in holders.items()}


def test_highest_ever_held_gives_the_published_figures(register: Register) -> None:
    figures = highest_figures([register])
    assert figures == {Level.BRONZE: (1141, 46), Level.SILVER: (132, 20), Level.GOLD: (110, 18)}
    assert sum(organisations for organisations, _ in figures.values()) == 1383


def test_scale_multiplies_each_count_in_the_same_countries(threefold: list[Register]) -> None:
    assert highest_figures(threefold) == {Level.BRONZE: (3423, 46), Level.SILVER: (396, 20), Level.GOLD: (330, 18)}


def test_valid_ever_held_and_highest_held_differ(register: Register) -> None:
    ever = Counter(level for levels in levels_of_holders([register]).values() for level in levels)
    valid = {level: organisations for level, (organisations, _) in highest_figures([register], on=AS_OF).items()}
    highest = {level: organisations for level, (organisations, _) in highest_figures([register]).items()}
    assert all(0 < valid[level] < highest[level] for level in Level)
    assert all(highest[level] < ever[level] for level in (Level.BRONZE, Level.SILVER))
    assert highest[Level.GOLD] == ever[Level.GOLD]


def test_nothing_was_decided_after_the_day_of_the_figures(register: Register) -> None:
    last = datetime(2020, 12, 31, 12, tzinfo=UTC)
    instants = {label.recorded_at for label in register.labels} | {event.recorded_at for event in register.events}
    assert max(instants) <= last
    assert max(cluster.created_at for cluster in register.clusters) == last
    assert min(instants).year == 2010


def test_same_bytes_on_every_machine() -> None:
    """Made by this test itself, so that mutants of whatever makes the register are judged by it."""
    (register,) = demonstration(material())
    text = json.dumps(asdict(register), default=str, ensure_ascii=True, separators=(",", ":"))
    assert sha256(text.encode()).hexdigest() == DIGEST


def test_larger_register_begins_with_the_smaller(register: Register, threefold: list[Register]) -> None:
    assert threefold[0] == register


def test_size_counts_the_organisations_without_labels_once(register: Register, threefold: list[Register]) -> None:
    assert size(material()) == len(register.clusters)
    assert size(material(), 3) == sum(len(part.clusters) for part in threefold)
    assert [len(part.clusters) for part in threefold] == [1383 + 85, 1383, 1383]


def test_numbers_run_through_the_years_without_gaps(threefold: list[Register]) -> None:
    labels = [label for part in threefold for label in part.labels]
    serials: dict[int, list[int]] = defaultdict(list)
    for label in labels:
        prefix, year, serial, _ = label.number.split("-")
        assert (prefix, int(year)) == ("LB", label.awarded_on.year)
        serials[int(year)].append(int(serial))
    assert all(found == list(range(1, len(found) + 1)) for found in serials.values())


def test_identifiers_are_never_used_twice(threefold: list[Register]) -> None:
    found = [cluster.id for part in threefold for cluster in part.clusters]
    found += [label.id for part in threefold for label in part.labels]
    found += [event.id for part in threefold for event in part.events]
    assert len(set(found)) == len(found)


def test_history_that_cannot_end_in_time_is_refused() -> None:
    found = material()
    histories = {level: tuple(replace(h, steps=h.steps * 9) for h in found.histories[level]) for level in Level}
    with pytest.raises(ValueError, match="too long to end by 2020-12-31"):
        list(demonstration(replace(found, histories=histories)))


@given(st.integers(), st.sampled_from(sorted(material().distributions)))
def test_amount_stays_between_the_ends_of_its_distribution(seed: int, quantity: str) -> None:
    points = material().distributions[quantity]
    assert points[0][1] <= Chance(seed).amount(points) <= points[-1][1]


def test_material_is_read_once() -> None:
    assert isinstance(material(), Material)
    assert material() is material()
