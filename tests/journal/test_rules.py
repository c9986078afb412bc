"""The rule of the chain, on values alone."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_api.journal import rules
from cluster_api.journal.rules import Breach, Head, Seal

AT = datetime(2021, 1, 15, 10, 0, tzinfo=UTC)
DEED: dict[str, Any] = {
    "id": "01767a3e-2f00-7c3a-8d5e-0123456789ab",
    "occurred_at": AT,
    "author": "client:01767a3e-2f00-7c3a-8d5e-0123456789ac",
    "client_id": None,
    "person_id": None,
    "organisation_id": None,
    "event": "thing.changed",
    "subject_kind": "thing",
    "subject_id": "01767a3e-2f00-7c3a-8d5e-0123456789ad",
    "before_digest": None,
    "after_digest": None,
    "request_id": "1" * 32,
    "note_digest": None,
}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
deeds = st.lists(
    st.builds(
        lambda hours, author, after: (
            DEED
            | {
                "occurred_at": AT + timedelta(hours=hours),
                "author": author,
                "after_digest": rules.digest_of_facts(after),
            }
        ),
        st.integers(-50, 50),
        texts,
        st.none() | st.dictionaries(texts, st.none() | st.booleans() | st.integers(-9, 9) | texts, max_size=2),
    ),
    max_size=8,
)


def test_first_line_is_the_hash_of_its_canonical_json() -> None:
    (line,) = rules.chained(Head(), [DEED])
    # Written out by hand: members by name, no spaces, RFC 8785.
    text = (
        '{"after_digest":null,"author":"client:01767a3e-2f00-7c3a-8d5e-0123456789ac","before_digest":null,'
        '"client_id":null,"day":"2021-01-15","event":"thing.changed","id":"01767a3e-2f00-7c3a-8d5e-0123456789ab",'
        '"note_digest":null,"occurred_at":"2021-01-15T10:00:00.000000Z","organisation_id":null,"person_id":null,'
        '"position":1,"previous":"' + "0" * 64 + '","request_id":"' + "1" * 32 + '",'
        '"subject_id":"01767a3e-2f00-7c3a-8d5e-0123456789ad","subject_kind":"thing"}'
    )
    assert line["digest"] == hashlib.sha256(text.encode()).hexdigest()


@settings(deadline=None)
@given(deeds, st.integers(0, 8))
def test_chain_is_the_same_however_many_lines_are_written_at_once(done: list[dict[str, Any]], split: int) -> None:
    at_once = list(rules.chained(Head(), done))
    first = list(rules.chained(Head(), done[:split]))
    last = Head(first[-1]["position"], first[-1]["digest"], first[-1]["day"]) if first else Head()
    assert [*first, *rules.chained(last, done[split:])] == at_once


@settings(deadline=None)
@given(deeds)
def test_chain_is_gapless_linked_and_its_days_never_decrease(done: list[dict[str, Any]]) -> None:
    lines = list(rules.chained(Head(), done))
    assert [line["position"] for line in lines] == list(range(1, len(done) + 1))
    assert [line["previous"] for line in lines] == [rules.NO_DIGEST, *(line["digest"] for line in lines)][:-1]
    assert [line["day"] for line in lines] == sorted(line["day"] for line in lines)
    assert all(rules.is_whole(line) for line in lines)


@pytest.mark.parametrize("name", rules.CHAINED)
def test_every_chained_member_is_kept_by_the_digest(name: str) -> None:
    (line,) = rules.chained(Head(), [DEED])
    other = {"position": 2, "occurred_at": AT + timedelta(microseconds=1), "day": date(2021, 1, 16)}.get(name, "other")
    assert not rules.is_whole({**line, name: other})


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"])), min_size=15, max_size=15))
def test_lines_are_written_as_rfc8785_says(values: list[str | None]) -> None:
    line = {"position": 2**53 - 1, **dict(zip(rules.CHAINED[1:], values, strict=True))}
    assert rules.canonical_line(line) == rfc8785.dumps(line)


def test_every_character_is_written_as_rfc8785_says() -> None:
    line = dict.fromkeys(rules.CHAINED) | {"author": "".join(map(chr, [*range(0xD800), *range(0xE000, 0x11000)]))}
    assert rules.canonical_line(line) == rfc8785.dumps(line)


def test_line_of_a_sealed_day_belongs_to_the_day_after() -> None:
    (line,) = rules.chained(Head(), [DEED], first_open_day=date(2021, 2, 1))
    assert line["day"] == date(2021, 2, 1)


def test_day_is_counted_in_utc() -> None:
    late = datetime.fromisoformat("2021-01-16T00:30:00+01:00")
    (line,) = rules.chained(Head(), [DEED | {"occurred_at": late}])
    assert line["day"] == date(2021, 1, 15)


def test_origin_is_found_near_and_not_guessed_far() -> None:
    lines = list(rules.chained(Head(), [DEED] * 5))
    moved = {**lines[1], "position": 5}
    assert [rules.origin_of(moved, reach=reach) for reach in (2, 3)] == [None, 2]


def test_facts_that_say_the_same_have_the_same_digest() -> None:
    assert rules.digest_of_facts({"b": 1, "a": "é"}) == rules.digest_of_facts({"a": "é", "b": 1.0})
    assert rules.digest_of_facts(None) is None


@pytest.mark.parametrize("value", [{"n": 2**60}, {"n": 1e17}, {"n": float("nan")}, {"at": AT}])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        rules.plain(value)


def test_note_is_known_by_salt_and_words() -> None:
    digest = rules.note_digest("00" * 16, "why", {"a": 1})
    assert digest == hashlib.sha256(bytes(16) + b'{"details":{"a":1},"reason":"why"}').hexdigest()
    line = {**DEED, "note_digest": digest}
    said: dict[str, Any] = {"salt": "00" * 16, "reason": "why", "details": {"a": 1}}
    cases: list[dict[str, Any]] = [
        {},
        {"salt": None},
        {"salt": "01" * 16},
        {"reason": "else"},
        {"details": "{"},
        {"salt": "no salt"},
    ]
    assert [rules.note_broken(line, **(said | case)) for case in cases] == [
        None, Breach.NOTE_MISSING, *[Breach.NOTE_CHANGED] * 4,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("position", "origin", "elsewhere", "linked", "wanted"),
    [
        (5, None, None, True, (5, Breach.CHANGED)),
        (5, 5, None, False, (4, Breach.CHANGED)),
        (5, 4, None, False, (4, Breach.INSERTED)),
        (5, 2, 8, False, (2, Breach.INSERTED)),
        (5, None, 6, True, (5, Breach.INSERTED)),
        (5, 6, None, False, (5, Breach.REMOVED)),
        (5, 7, 7, False, (5, Breach.REORDERED)),
        (7, 7, None, False, (5, Breach.REMOVED)),
        (6, 6, 11, False, (5, Breach.REORDERED)),
        (0, None, None, False, (0, Breach.INSERTED)),
    ],
)
def test_breach_is_told_from_where_lines_stand(
    position: int, origin: int | None, elsewhere: int | None, linked: bool, wanted: tuple[int, Breach]
) -> None:
    found = rules.broken_at(5, {"position": position}, origin=origin, elsewhere=elsewhere, linked=linked)
    assert (found.position, found.breach) == wanted


def test_seal_knows_digest_and_number_of_lines() -> None:
    seal = Seal(7, "a" * 64, date(2021, 1, 15), 3)
    found = [
        rules.seal_broken(seal, "a" * 64, 3),
        rules.seal_broken(seal, "b" * 64, 3),
        rules.seal_broken(seal, "a" * 64, 2),
    ]
    assert [broken and broken.breach for broken in found] == [None, *[Breach.CHECKPOINT_DISAGREES] * 2]
    assert found[2] is not None
    assert found[2].sentence == "The checkpoint of 2021-01-15 counts 3 lines of the day, the journal has 2."
    assert rules.cut_off(5, seal).sentence == "Lines 6 to 7 were removed: the checkpoint of 2021-01-15 knows it."
