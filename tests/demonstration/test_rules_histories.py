"""The labels of the register obey the rules of their time: validity, renewal, chains, levels."""

from calendar import monthrange
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from cluster_api.clusters.states import Level
from cluster_api.demonstration.queries import material
from cluster_api.demonstration.rules import AS_OF
from cluster_api.demonstration.schemas import EventRecord, LabelRecord, Register
from cluster_api.labels.rules import (
    ChainLink,
    EventFacts,
    LabelFacts,
    as_known,
    chain_faults,
    current_level,
    level_periods,
    standing,
)
from cluster_api.labels.states import LabelEventKind, LabelKind, Standing

NEW_RULES = date(2019, 11, 15)
YEAR_ENDS = [date(year, 12, 31) for year in range(2010, 2025)]


def months_later(day: date, months: int, *, to_the_end: bool = False) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, last if to_the_end else min(day.day, last))


@pytest.fixture(scope="session")
def events(register: Register) -> dict[str, list[EventRecord]]:
    found = defaultdict(list)
    for event in register.events:
        found[event.label_id].append(event)
    return found


@pytest.fixture(scope="session")
def labels(register: Register) -> dict[str, LabelRecord]:
    return {label.id: label for label in register.labels}


@pytest.fixture(scope="session")
def holders(register: Register) -> dict[str, list[LabelRecord]]:
    found = defaultdict(list)
    for label in register.labels:
        found[label.cluster_id].append(label)
    return found


@pytest.fixture(scope="session")
def facts(register: Register, events: dict[str, list[EventRecord]]) -> dict[str, list[LabelFacts]]:
    found = defaultdict(list)
    for label in register.labels:
        told = tuple(
            EventFacts(e.kind, e.effective_on, e.recorded_at, e.valid_from, e.valid_until, e.reason)
            for e in events[label.id]
        )
        dates = (label.valid_from, label.valid_until, label.recorded_at)
        found[label.cluster_id].append(LabelFacts(label.number, label.level, *dates, told))
    return found


def test_first_label_is_valid_for_two_years_as_its_rule_set_counts_them(register: Register) -> None:
    firsts = [label for label in register.labels if label.kind is LabelKind.FIRST]
    assert {label.rule_set for label in firsts} == {"2010", "2020"}
    for label in firsts:
        new = label.assessed_on >= NEW_RULES
        until = months_later(label.assessed_on, 24, to_the_end=new)
        found = (label.rule_set, label.valid_from, label.valid_until)
        assert found == ("2020" if new else "2010", label.assessed_on, until)


def test_renewal_is_visited_in_its_window_and_runs_on_from_the_old_end(
    register: Register, labels: dict[str, LabelRecord]
) -> None:
    renewals = [label for label in register.labels if label.kind is LabelKind.RENEWAL]
    assert {label.rule_set for label in renewals} == {"2010", "2020"}
    for label in renewals:
        old = labels[label.previous_label_id or ""].valid_until
        assert months_later(old, -6) <= label.assessed_on <= months_later(old, 12)
        months = 36 if label.assessed_on >= NEW_RULES else 24
        at_the_end = label.rule_set == "2020" and (old.day == monthrange(old.year, old.month)[1])
        assert label.valid_until == months_later(old, months, to_the_end=at_the_end)


def test_chains_are_faultless(holders: dict[str, list[LabelRecord]]) -> None:
    checked = 0
    for own in holders.values():
        chains: dict[str, list[ChainLink]] = {}
        for label in own:
            link = ChainLink(
                label.id, label.previous_label_id, label.cluster_id, label.level, label.valid_from, label.valid_until
            )
            chain = chains.pop(label.previous_label_id) if label.previous_label_id else []
            chains[label.id] = [*chain, link]
        assert [chain_faults(chain) for chain in chains.values()] == [[] for _ in chains]
        checked += sum(len(chain) for chain in chains.values())
    assert checked == sum(len(own) for own in holders.values())


def test_label_has_at_most_one_successor_and_it_is_not_withdrawn_before(
    register: Register, events: dict[str, list[EventRecord]]
) -> None:
    previous = [label.previous_label_id for label in register.labels if label.previous_label_id]
    assert max(Counter(previous).values()) == 1
    kinds = {event.kind for label in previous for event in events[label]}
    assert kinds == {
        LabelEventKind.AWARDED,
        LabelEventKind.SUSPENDED,
        LabelEventKind.REINSTATED,
    }


def test_new_chain_of_a_level_opens_only_where_the_old_could_not_be_renewed(
    holders: dict[str, list[LabelRecord]],
) -> None:
    for own in holders.values():
        for level in Level:
            of_level = [label for label in own if label.level is level]
            for before, after in pairwise(of_level):
                too_late = after.assessed_on > months_later(before.valid_until, 12)
                assert (after.kind is LabelKind.FIRST) is too_late


def test_holder_shows_one_level_on_a_day_the_highest_valid(facts: dict[str, list[LabelFacts]]) -> None:
    for own in facts.values():
        periods = level_periods(own)
        assert all(before.ends_on < after.starts_on for before, after in pairwise(periods))
        for day in YEAR_ENDS:
            shown = [period.level for period in periods if period.starts_on <= day <= period.ends_on]
            valid = [label.level for label in own if standing(label, [], day) is Standing.VALID]
            assert shown == sorted(valid, key=lambda level: level.rank)[-1:]
            assert current_level(own, day) == (shown[0] if shown else None)


def test_invented_silver_follows_bronze_after_one_and_a_half_to_two_years(
    holders: dict[str, list[LabelRecord]],
) -> None:
    for own in holders.values():
        for index, label in enumerate(own):
            if label.is_synthetic and label.level is Level.SILVER and label.kind is LabelKind.FIRST and index:
                before = own[index - 1]
                gap = (months_later(before.assessed_on, 18), months_later(before.assessed_on, 24))
                again = before.level is Level.SILVER
                assert again or (before.level is Level.BRONZE and gap[0] <= label.assessed_on <= gap[1])
    assert all(own[0].level is Level.BRONZE for own in holders.values() if own[0].is_synthetic)


def test_invented_gold_follows_a_benchmark_of_the_two_years_before(holders: dict[str, list[LabelRecord]]) -> None:
    steps: Counter[Level] = Counter()
    for own in holders.values():
        for before, label in pairwise(own):
            if label.is_synthetic and label.level is Level.GOLD and before.level is not Level.GOLD:
                steps[before.level] += 1
                assert label.assessed_on <= months_later(before.assessed_on, 24)
    assert set(steps) == {Level.BRONZE, Level.SILVER}


def test_decision_follows_the_assessment_and_is_recorded_on_its_day(register: Register) -> None:
    for label in register.labels:
        assert 21 <= (label.awarded_on - label.assessed_on).days <= 51
        assert label.recorded_at == datetime(*label.awarded_on.timetuple()[:3], 12, tzinfo=UTC)


def test_each_label_begins_with_its_award(register: Register, events: dict[str, list[EventRecord]]) -> None:
    for label in register.labels:
        own = events[label.id]
        assert [event.kind for event in own].count(LabelEventKind.AWARDED) == 1
        assert (own[0].kind, own[0].recorded_at) == (LabelEventKind.AWARDED, label.recorded_at)
        assert [event.recorded_at for event in own] == sorted({event.recorded_at for event in own})


def test_label_carries_the_dates_its_events_lead_to(facts: dict[str, list[LabelFacts]]) -> None:
    corrected = 0
    for label in (label for own in facts.values() for label in own):
        known, told = as_known(label, None), as_known(label, label.recorded_at)
        assert known is not None
        assert told is not None
        assert (known.valid_from, known.valid_until) == (label.valid_from, label.valid_until)
        corrected += told.valid_until == months_later(label.valid_until, -12)
    kinds = Counter(event.kind for own in facts.values() for label in own for event in label.events)
    assert corrected == kinds[LabelEventKind.CORRECTED] > 0


def test_every_standing_occurs_on_the_day_of_the_figures(facts: dict[str, list[LabelFacts]]) -> None:
    found = Counter(standing(label, own, AS_OF) for own in facts.values() for label in own)
    assert set(found) == set(Standing) - {Standing.UNKNOWN}


def test_some_withdrawals_reach_back_into_days_that_were_valid_when_asked_then(
    facts: dict[str, list[LabelFacts]],
) -> None:
    changed: Counter[tuple[Standing, Standing]] = Counter()
    for label in (label for own in facts.values() for label in own):
        for event in label.events:
            if event.kind is LabelEventKind.WITHDRAWN and event.effective_on < event.recorded_at.date():
                day = max(event.effective_on, label.valid_from)
                then = standing(label, [], day, known_at=label.recorded_at)
                changed[then, standing(label, [], day)] += 1
    assert set(changed) == {(Standing.VALID, Standing.WITHDRAWN)}
    assert sum(changed.values()) > 20


def step_of_label(label: LabelRecord, before: LabelRecord | None) -> str:
    if before is None or label.level is not before.level:
        return label.level.value
    if label.kind is LabelKind.FIRST:
        return "again"
    return "late" if label.assessed_on > before.valid_until else "renewed"


def step_of_event(event: EventRecord, label: LabelRecord, before: EventRecord) -> str:
    if event.kind is not LabelEventKind.WITHDRAWN:
        return event.kind.value
    if event.effective_on == label.valid_from:
        return "annulled"
    if event.effective_on < event.recorded_at.date():
        return "backdated"
    return "struck_off" if before.kind is LabelEventKind.SUSPENDED else "withdrawn"


def test_every_kind_of_history_occurs_and_no_other(
    holders: dict[str, list[LabelRecord]], events: dict[str, list[EventRecord]]
) -> None:
    lived = set()
    for own in (own for own in holders.values() if own[0].is_synthetic):
        steps = []
        for before, label in zip([None, *own], own, strict=False):
            steps.append(step_of_label(label, before))
            steps += [step_of_event(after, label, event) for event, after in pairwise(events[label.id])]
        lived.add(" ".join(steps))
    planned = {" ".join(s.name for s in h.steps) for histories in material().histories.values() for h in histories}
    assert lived == planned
