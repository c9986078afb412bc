"""What is plain, sealed and accounted for, and every breach with its sentence, on values alone."""

import hashlib
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from cluster_api.journal import rules
from cluster_api.journal.rules import Breach, Broken, Head, Seal
from tests.journal.test_rules import DEED

DAY = date(2021, 1, 15)
SEAL = Seal(7, "a" * 64, DAY, 3)


@pytest.mark.parametrize(
    "value", [None, True, 7, 0.5, -0.25, 2**53 - 1, "é\n", [], [1, [2]], {}, {"b": 1, "a": {"c": None}}]
)
def test_plain_value_is_as_a_database_gives_it_back(value: Any) -> None:
    found = rules.plain(value)
    assert (found, type(found)) == (value, type(value))


def test_whole_number_written_as_decimal_becomes_whole() -> None:
    assert (rules.plain({"n": 2.0}), type(rules.plain({"n": 2.0})["n"])) == ({"n": 2}, int)


@pytest.mark.parametrize("value", [-1e19, {"n": [1e300]}])
def test_large_number_that_is_written_with_an_exponent_stays(value: Any) -> None:
    assert rules.plain(value) == value


def test_digest_of_facts_is_that_of_their_canonical_form() -> None:
    assert rules.digest_of_facts({"b": 1, "a": "é"}) == hashlib.sha256('{"a":"é","b":1}'.encode()).hexdigest()
    assert rules.digest_of_facts(None) is None


def test_days_are_spelled_in_digests() -> None:
    assert [rules.told(value) for value in (DAY, None, 7, "x")] == ["2021-01-15", None, 7, "x"]


def test_day_of_a_line_is_that_of_its_instant_in_utc_wherever_the_service_runs() -> None:
    far = timezone(timedelta(hours=14))
    for hour, day in ((13, date(2021, 1, 14)), (14, DAY)):
        (line,) = rules.chained(Head(), [DEED | {"occurred_at": datetime(2021, 1, 15, hour, tzinfo=far)}])
        assert line["day"] == day


def test_seal_signs_day_position_number_and_digest() -> None:
    text = '{"day":"2021-01-15","digest":"abc","last_position":7,"lines":3}'
    assert rules.seal_payload(DAY, 7, 3, "abc") == text.encode()


def test_origin_is_looked_for_on_both_sides_and_never_before_the_first() -> None:
    lines = list(rules.chained(Head(), [DEED] * 5))
    assert rules.origin_of({**lines[0], "position": 3}, reach=2) == 1
    assert rules.origin_of({**lines[4], "position": 3}, reach=2) == 5
    assert rules.origin_of(lines[2], reach=0) == 3
    assert rules.origin_of({**lines[2], "event": "other"}, reach=9) is None
    (before,) = rules.chained(Head(position=-1), [DEED])
    assert before["position"] == 0
    assert rules.origin_of({**before, "position": 1}, reach=3) is None


CHANGED = "Line {} was changed: it no longer has the digest with which it was written."
IN_ITS_PLACE = "Line 5 was inserted: the line written in its place stands at position 6."


@pytest.mark.parametrize(
    ("position", "origin", "elsewhere", "linked", "expected"),
    [
        (0, None, None, True, Broken(0, Breach.INSERTED, "Line 0 was inserted: positions begin at 1.")),
        (6, 6, 11, False, Broken(5, Breach.REORDERED, "Line 5 was moved: it stands at position 11.")),
        (6, 6, None, False, Broken(5, Breach.REMOVED, "Line 5 was removed.")),
        (8, None, None, False, Broken(5, Breach.REMOVED, "Lines 5 to 7 were removed.")),
        (5, 4, None, False, Broken(4, Breach.INSERTED, "Line 4 was inserted: line 5 was written as line 4.")),
        (5, 2, None, False, Broken(2, Breach.INSERTED, "Lines 2 to 4 were inserted: line 5 was written as line 2.")),
        (5, None, 6, True, Broken(5, Breach.INSERTED, IN_ITS_PLACE)),
        (5, 5, None, False, Broken(4, Breach.CHANGED, CHANGED.format(4))),
        (5, 5, None, True, Broken(5, Breach.CHANGED, CHANGED.format(5))),
        (5, None, None, False, Broken(5, Breach.CHANGED, CHANGED.format(5))),
    ],
)
def test_breach_is_told_in_a_sentence(
    position: int, origin: int | None, elsewhere: int | None, linked: bool, expected: Broken
) -> None:
    found = rules.broken_at(5, {"position": position}, origin=origin, elsewhere=elsewhere, linked=linked)
    assert found == expected


@pytest.mark.parametrize(("position", "changed"), [(1, 1), (2, 1), (3, 2)])
def test_changed_line_is_the_one_before_unless_it_is_the_first(position: int, changed: int) -> None:
    found = rules.broken_at(position, {"position": position}, origin=position, elsewhere=None, linked=False)
    assert found == Broken(changed, Breach.CHANGED, CHANGED.format(changed))


def test_first_line_alone_can_be_changed() -> None:
    found = rules.broken_at(1, {"position": 1}, origin=None, elsewhere=None, linked=True)
    assert found == Broken(1, Breach.CHANGED, CHANGED.format(1))


def test_line_that_came_late_is_told() -> None:
    sentence = "Line 9 was inserted: it bears a day that was sealed before."
    assert rules.came_late({"position": 9}) == Broken(9, Breach.INSERTED, sentence)


def test_seal_that_disagrees_is_told() -> None:
    anew = "The checkpoint of 2021-01-15 names another digest of line 7: the chain was written anew."
    assert rules.seal_broken(SEAL, "b" * 64, 3) == Broken(7, Breach.CHECKPOINT_DISAGREES, anew)
    outside = Seal(7, "a" * 64)
    assert rules.seal_broken(outside, "a" * 64, 99) is None
    kept = "The head kept outside names another digest of line 7: the chain was written anew."
    assert rules.seal_broken(outside, "b" * 64, 0) == Broken(7, Breach.CHECKPOINT_DISAGREES, kept)


@pytest.mark.parametrize(("last", "lines"), [(6, "Line 7 was"), (5, "Lines 6 to 7 were")])
def test_end_that_was_cut_off_is_told(last: int, lines: str) -> None:
    sentence = f"{lines} removed: the checkpoint of 2021-01-15 knows it."
    assert rules.cut_off(last, SEAL) == Broken(last + 1, Breach.REMOVED, sentence)


def test_line_without_a_note_misses_none() -> None:
    assert rules.note_broken({"note_digest": None}, salt=None, reason=None, details=None) is None
    assert rules.note_broken({"note_digest": "a"}, salt=None, reason=None, details=None) is Breach.NOTE_MISSING


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"positions": [3, 7]}, [3, 7]),
        ({"positions": [3, "7", None]}, [3]),
        ({"positions": 3}, []),
        ({"other": [3]}, []),
        ({}, []),
        ([3], []),
        (None, []),
        ("positions", []),
    ],
)
def test_erasure_accounts_for_the_positions_it_lists(details: Any, expected: list[int]) -> None:
    assert rules.erased_positions(details) == expected
