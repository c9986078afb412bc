from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.clusters.states import Level
from cluster_api.foundation.identifiers import numbered
from cluster_api.labels.rules import (
    EventFacts,
    LabelFacts,
    LevelSpan,
    Validity,
    as_known,
    current_level,
    first_held,
    highest_held_steps,
    label_spans,
    level_periods,
    standing,
)
from cluster_api.labels.states import LabelEventKind, Standing

START = date(2020, 1, 1)
RECORDED = datetime(2020, 1, 2, 9, tzinfo=UTC)
WINDOW = [START + timedelta(days=offset) for offset in range(-5, 60)]
OPEN = {Standing.VALID, Standing.SUPERSEDED}


def event(kind: LabelEventKind, day: date, *, recorded: int = 1) -> EventFacts:
    return EventFacts(kind, day, RECORDED + timedelta(days=recorded))


def a_label(serial: int, level: Level, span: tuple[date, date], *events: EventFacts) -> LabelFacts:
    return LabelFacts(numbered("LB", 2020, serial), level, *span, RECORDED, events)


@st.composite
def events(draw: st.DrawFn) -> EventFacts:
    kind = draw(st.sampled_from([kind for kind in LabelEventKind if kind is not LabelEventKind.AWARDED]))
    made = event(kind, draw(st.sampled_from(WINDOW)), recorded=draw(st.integers(0, 6)))
    if kind is not LabelEventKind.CORRECTED:
        return made
    first, last = sorted([draw(st.sampled_from(WINDOW)), draw(st.sampled_from(WINDOW))])
    return replace(made, valid_from=first, valid_until=last)


@st.composite
def labels(draw: st.DrawFn) -> LabelFacts:
    span = sorted([draw(st.sampled_from(WINDOW)), draw(st.sampled_from(WINDOW))])
    told = draw(st.lists(events(), max_size=5))
    return a_label(draw(st.integers(1, 999)), draw(st.sampled_from(Level)), (span[0], span[1]), *told)


holders = st.lists(labels(), max_size=4, unique_by=lambda label: label.number)
instants = st.none() | st.integers(-1, 7).map(lambda days: RECORDED + timedelta(days=days))


def naive_days(label: LabelFacts) -> set[date]:
    """Live through the window day by day, with all that is known, and note the days on which the label is valid."""
    first, last = label.valid_from, label.valid_until
    for happened in sorted(label.events, key=lambda told: told.recorded_at):
        first, last = happened.valid_from or first, happened.valid_until or last
    valid, suspended, withdrawn = set(), False, False
    for day in WINDOW:
        for happened in sorted(label.events, key=lambda told: told.recorded_at):
            if happened.effective_on == day:
                withdrawn = withdrawn or happened.kind is LabelEventKind.WITHDRAWN
                suspended = {"suspended": True, "reinstated": False}.get(happened.kind, suspended)
        if first <= day <= last and not suspended and not withdrawn:
            valid.add(day)
    return valid


def days_of(spans: Sequence[Validity]) -> list[date]:
    return [day for span in spans for day in WINDOW if span.valid_from <= day <= span.valid_until]


YEAR = (date(2020, 1, 1), date(2020, 12, 31))
SUSPENDED, REINSTATED = LabelEventKind.SUSPENDED, LabelEventKind.REINSTATED
WITHDRAWN = LabelEventKind.WITHDRAWN


@pytest.mark.parametrize(
    ("happened", "spans"),
    [
        ([], [YEAR]),
        ([event(SUSPENDED, date(2020, 3, 1))], [(YEAR[0], date(2020, 2, 29))]),
        (
            [event(SUSPENDED, date(2020, 3, 1)), event(REINSTATED, date(2020, 3, 2))],
            [(YEAR[0], date(2020, 2, 29)), (date(2020, 3, 2), YEAR[1])],
        ),
        # Suspended and reinstated for the same day: the later record counts, and the span is not cut.
        ([event(SUSPENDED, date(2020, 3, 1)), event(REINSTATED, date(2020, 3, 1), recorded=2)], [YEAR]),
        ([event(WITHDRAWN, date(2020, 5, 1))], [(YEAR[0], date(2020, 4, 30))]),
        ([event(SUSPENDED, date(2020, 3, 1)), event(WITHDRAWN, date(2020, 5, 1))], [(YEAR[0], date(2020, 2, 29))]),
        ([event(WITHDRAWN, date(2020, 5, 1)), event(REINSTATED, date(2020, 6, 1))], [(YEAR[0], date(2020, 4, 30))]),
        ([event(WITHDRAWN, YEAR[0])], []),
        ([event(WITHDRAWN, date(2019, 6, 1))], []),
        ([event(WITHDRAWN, date(2021, 6, 1))], [YEAR]),
        ([event(SUSPENDED, date(2019, 6, 1)), event(REINSTATED, date(2020, 2, 1))], [(date(2020, 2, 1), YEAR[1])]),
        ([event(SUSPENDED, date(2019, 6, 1)), event(REINSTATED, date(2019, 7, 1))], [YEAR]),
        ([event(SUSPENDED, YEAR[1])], [(YEAR[0], date(2020, 12, 30))]),
    ],
)
def test_label_spans_of_examples(happened: list[EventFacts], spans: list[tuple[date, date]]) -> None:
    label = a_label(1, Level.GOLD, YEAR, *happened)
    assert label_spans([label]) == {label.number: tuple(Validity(*span) for span in spans)}


def test_label_spans_reach_the_end_of_the_calendar() -> None:
    label = a_label(1, Level.GOLD, (START, date.max))
    assert label_spans([label]) == {label.number: (Validity(START, date.max),)}
    assert level_periods([label]) == [LevelSpan(Level.GOLD, START, date.max, label.number)]


def test_label_spans_follow_the_last_correction() -> None:
    corrected = replace(event(LabelEventKind.CORRECTED, START), valid_until=date(2020, 6, 30))
    label = a_label(1, Level.GOLD, YEAR, corrected)
    assert label_spans([label])[label.number] == (Validity(START, date(2020, 6, 30)),)


def test_label_spans_as_known_earlier_leave_out_what_was_recorded_later() -> None:
    label = a_label(1, Level.GOLD, YEAR, event(WITHDRAWN, date(2020, 5, 1), recorded=9))
    later = replace(a_label(2, Level.GOLD, YEAR), recorded_at=RECORDED + timedelta(days=2))
    assert label_spans([label, later], RECORDED) == {label.number: (Validity(*YEAR),)}


def test_level_periods_show_the_highest_level_and_fall_back_to_the_lower() -> None:
    bronze = a_label(1, Level.BRONZE, YEAR)
    gold = a_label(2, Level.GOLD, (date(2020, 3, 1), date(2020, 8, 31)), event(SUSPENDED, date(2020, 6, 1)))
    assert level_periods([bronze, gold]) == [
        LevelSpan(Level.BRONZE, date(2020, 1, 1), date(2020, 2, 29), bronze.number),
        LevelSpan(Level.GOLD, date(2020, 3, 1), date(2020, 5, 31), gold.number),
        LevelSpan(Level.BRONZE, date(2020, 6, 1), date(2020, 12, 31), bronze.number),
    ]


def test_level_periods_are_not_cut_by_a_lower_label_inside() -> None:
    gold, bronze = a_label(1, Level.GOLD, YEAR), a_label(2, Level.BRONZE, (date(2020, 3, 1), date(2020, 4, 1)))
    assert level_periods([gold, bronze]) == [LevelSpan(Level.GOLD, *YEAR, gold.number)]


def test_level_periods_keep_renewals_apart_by_their_number() -> None:
    first = a_label(1, Level.GOLD, YEAR)
    renewed = a_label(2, Level.GOLD, (date(2021, 1, 1), date(2023, 12, 31)))
    assert [(span.starts_on, span.number) for span in level_periods([renewed, first])] == [
        (date(2020, 1, 1), first.number),
        (date(2021, 1, 1), renewed.number),
    ]


def test_level_periods_of_nothing_are_none() -> None:
    assert level_periods([]) == []


def test_highest_held_only_rises() -> None:
    history = [
        a_label(1, Level.SILVER, (date(2014, 1, 1), date(2016, 1, 1))),
        a_label(2, Level.BRONZE, (date(2013, 1, 1), date(2015, 1, 1))),
        a_label(3, Level.BRONZE, (date(2017, 1, 1), date(2019, 1, 1))),
        a_label(4, Level.GOLD, (date(2018, 1, 1), date(2020, 1, 1)), event(WITHDRAWN, date(2018, 2, 1))),
    ]
    assert highest_held_steps(history) == [
        (date(2013, 1, 1), Level.BRONZE),
        (date(2014, 1, 1), Level.SILVER),
        (date(2018, 1, 1), Level.GOLD),
    ]


def test_highest_held_of_two_levels_on_one_day_is_the_higher() -> None:
    assert highest_held_steps([a_label(1, Level.BRONZE, YEAR), a_label(2, Level.GOLD, YEAR)]) == [(START, Level.GOLD)]


def test_first_held_keeps_lower_levels_reached_later() -> None:
    history = [a_label(1, Level.GOLD, YEAR), a_label(2, Level.BRONZE, (date(2021, 1, 1), date(2022, 1, 1)))]
    assert first_held(history) == {Level.GOLD: date(2020, 1, 1), Level.BRONZE: date(2021, 1, 1)}


def test_first_held_as_known_earlier_leaves_out_what_was_recorded_later() -> None:
    silver = a_label(1, Level.SILVER, YEAR, event(WITHDRAWN, START, recorded=9))
    gold = replace(a_label(2, Level.GOLD, YEAR), recorded_at=RECORDED + timedelta(days=9))
    assert first_held([silver, gold], RECORDED) == {Level.SILVER: START}
    assert highest_held_steps([silver, gold], RECORDED) == [(START, Level.SILVER)]
    assert first_held([silver, gold]) == {Level.GOLD: START}


@pytest.mark.parametrize("withdrawn_on", [START - timedelta(days=1), START])
def test_label_withdrawn_from_its_start_was_never_held(withdrawn_on: date) -> None:
    assert first_held([a_label(1, Level.GOLD, YEAR, event(WITHDRAWN, withdrawn_on))]) == {}


def test_label_suspended_at_its_start_is_held_from_its_reinstatement() -> None:
    label = a_label(1, Level.GOLD, YEAR, event(SUSPENDED, START), event(REINSTATED, date(2020, 2, 1)))
    assert first_held([label]) == {Level.GOLD: date(2020, 2, 1)}


@given(labels())
def test_label_spans_agree_with_living_through_the_days(label: LabelFacts) -> None:
    assert days_of(label_spans([label])[label.number]) == sorted(naive_days(label))


@given(labels())
def test_label_spans_are_disjoint_ordered_and_never_touch(label: LabelFacts) -> None:
    spans = label_spans([label])[label.number]
    assert all(span.valid_from <= span.valid_until for span in spans)
    assert all((after.valid_from - before.valid_until).days > 1 for before, after in pairwise(spans))


@given(holders, instants)
def test_standing_agrees_with_label_spans_on_every_day(holder: list[LabelFacts], known_at: datetime | None) -> None:
    spans = label_spans(holder, known_at)
    for label in holder:
        open_days = [day for day in WINDOW if standing(label, holder, day, known_at) in OPEN]
        assert open_days == days_of(spans.get(label.number, ()))


@given(holders, instants)
def test_level_periods_agree_with_standing_on_every_day(holder: list[LabelFacts], known_at: datetime | None) -> None:
    periods = level_periods(holder, known_at)
    for day in WINDOW:
        valid = {one.number: one.level for one in holder if standing(one, holder, day, known_at) is Standing.VALID}
        shown = [(span.number, span.level) for span in periods if span.starts_on <= day <= span.ends_on]
        assert len(shown) == min(1, len(valid))
        assert set(shown) <= set(valid.items())
        assert current_level(holder, day, known_at) == next((level for _, level in shown), None)


@given(holders)
def test_level_periods_are_disjoint_ordered_and_as_long_as_can_be(holder: list[LabelFacts]) -> None:
    periods = level_periods(holder)
    assert all(span.starts_on <= span.ends_on for span in periods)
    for before, after in pairwise(periods):
        assert before.ends_on < after.starts_on
        assert before.number != after.number or (after.starts_on - before.ends_on).days > 1


@given(holders)
def test_highest_held_agrees_with_living_through_the_days(holder: list[LabelFacts]) -> None:
    seen: list[tuple[date, Level]] = []
    for day in WINDOW:
        levels = [label.level for label in holder if day in naive_days(label)]
        highest = max(levels, key=lambda level: level.rank, default=None)
        if highest is not None and (not seen or highest.rank > seen[-1][1].rank):
            seen.append((day, highest))
    assert highest_held_steps(holder) == seen


@given(holders)
def test_first_held_agrees_with_living_through_the_days(holder: list[LabelFacts]) -> None:
    days = {level: [day for one in holder if one.level is level for day in naive_days(one)] for level in Level}
    assert first_held(holder) == {level: min(held) for level, held in days.items() if held}


@given(labels(), events(), instants)
def test_invariant_31_what_is_recorded_later_does_not_change_what_was_known(
    label: LabelFacts, later: EventFacts, known_at: datetime | None
) -> None:
    instant = known_at or RECORDED
    told = replace(later, recorded_at=instant + timedelta(microseconds=1))
    assert as_known(replace(label, events=(*label.events, told)), instant) == as_known(label, instant)


@given(labels(), instants)
def test_knowledge_once_narrowed_stays_the_same(label: LabelFacts, known_at: datetime | None) -> None:
    known = as_known(label, known_at)
    assert known is None or as_known(known, known_at) == known
