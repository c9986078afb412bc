"""Why a label cannot be awarded, in the words and at the places that callers are told; and edges of what is lower."""

from datetime import date

import pytest

from cluster_api.awards.rules import Award, Renewed, award_faults, reason_of_change, superseded_by, validity_of
from cluster_api.clusters.states import Level
from cluster_api.foundation.errors import Fault
from cluster_api.labels.rules import LabelFacts, Validity
from cluster_api.labels.states import LabelEventKind, LabelKind, Standing
from tests.awards.test_rules import NEW, facts

DAYS = (date(2024, 3, 14), date(2026, 3, 31))
VISIT = date(2026, 1, 10)
OLD = facts("LB-1", Level.GOLD, *DAYS)
WITHDRAWN = facts("LB-1", Level.GOLD, *DAYS, (LabelEventKind.WITHDRAWN, date(2026, 2, 1)))


def award(
    kind: LabelKind = LabelKind.RENEWAL, visit: date = VISIT, level: Level = Level.GOLD, awarded: date | None = None
) -> Award:
    return Award("a", level, kind, visit, awarded or visit, NEW)


def renewed(
    old: LabelFacts = OLD, holder: str = "a", standing: Standing = Standing.VALID, *, again: bool = False
) -> Renewed:
    return Renewed(old, holder, standing, again)


@pytest.mark.parametrize(
    ("given", "old", "expected"),
    [
        (award(), renewed(), []),
        (award(awarded=date(2026, 1, 11)), renewed(), []),
        (
            award(awarded=date(2026, 1, 9)),
            renewed(),
            [Fault("/assessed_on", "after_award", "An award follows its assessment.")],
        ),
        (
            award(LabelKind.FIRST, date(2026, 4, 1)),
            renewed(),
            [Fault("/previous", "first_has_none", "A first label continues no other.")],
        ),
        (award(), None, [Fault("/previous", "missing", "A renewal names the label that it continues.")]),
        (
            award(),
            renewed(holder="b"),
            [Fault("/cluster_id", "other_holder", "LB-1 belongs to another organisation.")],
        ),
        (award(level=Level.SILVER), renewed(), [Fault("/level", "other_level", "The level of LB-1 is gold.")]),
        (award(), renewed(again=True), [Fault("/previous", "already_renewed", "LB-1 has been renewed already.")]),
        (
            award(),
            renewed(standing=Standing.SUSPENDED),
            [Fault("/previous", "suspended", "LB-1 is suspended; only a valid or expired label is renewed.")],
        ),
        (
            award(),
            renewed(WITHDRAWN, standing=Standing.SUSPENDED),
            [Fault("/previous", "withdrawn", "LB-1 is withdrawn; only a valid or expired label is renewed.")],
        ),
        (
            award(visit=date(2025, 9, 29)),
            renewed(),
            [Fault("/assessed_on", "too_early", "Its renewal can be asked for from 2025-09-30.")],
        ),
        (
            award(visit=date(2027, 4, 1)),
            renewed(),
            [Fault("/assessed_on", "too_late", "A visit after 2027-03-31 is for a first award, not for a renewal.")],
        ),
    ],
)
def test_invariant_4_every_fault_of_an_award_has_its_place_and_its_words(
    given: Award, old: Renewed | None, expected: list[Fault]
) -> None:
    assert award_faults(given, old, ()) == expected


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong = award(level=Level.SILVER, visit=date(2027, 4, 1), awarded=date(2027, 3, 1))
    found = award_faults(wrong, renewed(WITHDRAWN, "b", again=True), ())
    assert [one.code for one in found] == [
        "after_award", "other_holder", "other_level", "already_renewed", "withdrawn", "too_late",
    ]  # fmt: skip


@pytest.mark.parametrize(("withdrawn_on", "until"), [(None, "2026-03-31"), (date(2026, 2, 1), "2026-01-31")])
def test_invariant_4_overlap_is_told_with_the_day_until_which_the_other_is_held(
    withdrawn_on: date | None, until: str
) -> None:
    events = [] if withdrawn_on is None else [(LabelEventKind.WITHDRAWN, withdrawn_on)]
    held = facts("LB-1", Level.GOLD, *DAYS, *events)
    detail = f"LB-1 is held until {until}: a label of the same level renews it, or begins after it."
    assert award_faults(award(LabelKind.FIRST), None, [held]) == [Fault("/assessed_on", "overlap", detail)]


def test_withdrawn_label_is_in_the_way_up_to_the_day_before() -> None:
    for day, expected in ((date(2026, 1, 31), ["overlap"]), (date(2026, 2, 1), [])):
        found = award_faults(award(LabelKind.FIRST, day), None, [WITHDRAWN])
        assert [one.code for one in found] == expected


def test_first_label_begins_with_its_assessment_whatever_was_before() -> None:
    assert validity_of(award(LabelKind.FIRST), renewed()) == Validity(VISIT, date(2028, 1, 31))
    assert validity_of(award(), renewed()) == Validity(date(2026, 4, 1), date(2029, 3, 31))


@pytest.mark.parametrize(
    ("level", "start", "end", "expected"),
    [
        (Level.BRONZE, date(2024, 3, 14), date(2025, 1, 31), ["LB-2"]),
        (Level.BRONZE, date(2024, 3, 15), date(2025, 1, 31), []),
        (Level.BRONZE, date(2022, 1, 1), date(2024, 3, 14), ["LB-2"]),
        (Level.BRONZE, date(2022, 1, 1), date(2024, 3, 13), []),
        (Level.SILVER, date(2023, 1, 1), date(2025, 1, 31), []),
        (Level.GOLD, date(2023, 1, 1), date(2025, 1, 31), []),
    ],
)
def test_invariant_5_lower_labels_valid_on_the_first_day_are_superseded(
    level: Level, start: date, end: date, expected: list[str]
) -> None:
    given = award(LabelKind.FIRST, level=Level.SILVER)
    assert superseded_by(given, date(2024, 3, 14), [facts("LB-2", level, start, end)]) == expected


def test_lower_label_that_was_never_held_is_not_superseded() -> None:
    never = facts("LB-2", Level.BRONZE, *DAYS, (LabelEventKind.WITHDRAWN, DAYS[0]))
    assert superseded_by(award(LabelKind.FIRST), VISIT, [never]) == []


def test_change_of_a_label_is_told_by_what_takes_its_place() -> None:
    day = date(2026, 4, 1)
    assert reason_of_change("renewed", "LB-2", Level.GOLD, day) == "LB-2 follows it without a gap, from 2026-04-01 on."
    assert reason_of_change("superseded", "LB-2", Level.GOLD, day) == (
        "LB-2 is of the higher level gold and is shown instead from 2026-04-01 on."
    )
