from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.identifiers import (
    Uuid7Source,
    check_digits,
    is_well_formed,
    normalised_number,
    numbered,
    uuid7,
    uuid7_of,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

prefixes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=4)
numbers = st.builds(numbered, prefixes, st.integers(1000, 9999), st.integers(1, 10**9 - 1))


def test_uuid7_of_gives_the_vector_of_the_rfc() -> None:
    # RFC 9562, appendix A.6.
    made = uuid7_of(0x017F22E279B0, 0xCC3 << 62 | 0b01 << 60 | 0x8C4DC0C0C07398F)
    assert made == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1))
def test_uuid7_of_keeps_time_version_and_variant(unix_ms: int, random_bits: int) -> None:
    made = uuid7_of(unix_ms, random_bits)
    assert (made.int >> 80, made.version, made.variant) == (unix_ms, 7, "specified in RFC 4122")


@pytest.mark.parametrize(("unix_ms", "random_bits"), [(-1, 0), (2**48, 0), (0, -1), (0, 2**74)])
def test_uuid7_of_refuses_what_does_not_fit(unix_ms: int, random_bits: int) -> None:
    with pytest.raises(ValueError, match="48 bits of time"):
        uuid7_of(unix_ms, random_bits)


def test_uuid7_carries_the_time_of_the_clock() -> None:
    made = Uuid7Source(FixedClock(NOON)).next()
    assert made.int >> 80 == int(NOON.timestamp() * 1000)


def test_uuid7_grows_when_the_clock_stands_still() -> None:
    source = Uuid7Source(FixedClock(NOON))
    made = [source.next() for _ in range(1000)]
    assert made == sorted(set(made))


def test_uuid7_grows_when_the_clock_is_set_back() -> None:
    clock = FixedClock(NOON)
    source = Uuid7Source(clock)
    before = source.next()
    clock.instant = NOON - timedelta(hours=1)
    assert source.next() > before


def test_uuid7_grows_when_its_counter_runs_over() -> None:
    source = Uuid7Source(FixedClock(NOON))
    before = source.next()
    source._counter = 2**42 - 1
    after = source.next()
    assert (after > before, after.int >> 80) == (True, (before.int >> 80) + 1)


def test_uuid7_differs_and_grows_within_each_of_several_threads() -> None:
    def several(_: int) -> list[UUID]:
        return [uuid7() for _ in range(500)]

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(several, range(4)))
    assert len({identifier for part in made for identifier in part}) == 2000
    assert all(earlier < later for part in made for earlier, later in pairwise(part))


@pytest.mark.parametrize(
    ("payload", "digits"),
    # 0794 is the example of ISO 7064 itself.
    [("0794", "44"), ("LB2019000123", "09"), ("0", "98"), ("A", "68"), ("Z", "90")],
)
def test_check_digits_of_examples(payload: str, digits: str) -> None:
    assert check_digits(payload) == digits


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=30))
def test_check_digits_agree_with_another_implementation(payload: str) -> None:
    assert check_digits(payload) == mod_97_10.calc_check_digits(payload)


@pytest.mark.parametrize("payload", ["", "a", "LB-2019", "\u0663", "Ä"])
def test_check_digits_refuse_other_characters(payload: str) -> None:
    with pytest.raises(ValueError, match="capital letters only"):
        check_digits(payload)


def test_numbered_is_printed_in_groups() -> None:
    assert numbered("LB", 2019, 123) == "LB-2019-000123-09"


@pytest.mark.parametrize(
    ("prefix", "year", "serial"),
    [
        ("L", 2019, 1),
        ("lb", 2019, 1),
        ("LABEL", 2019, 1),
        ("LB", 999, 1),
        ("LB", 10000, 1),
        ("LB", 2019, 0),
        ("LB", 2019, 10**9),
        ("LB", 2019, -1),
        ("L1", 2019, 1),
    ],
)
def test_numbered_refuses_what_could_not_be_read_back(prefix: str, year: int, serial: int) -> None:
    with pytest.raises(ValueError, match="two to four capital letters"):
        numbered(prefix, year, serial)


@given(st.integers(1000, 9999), st.integers(1, 10**9 - 1), st.integers(1000, 9999), st.integers(1, 10**9 - 1))
def test_numbered_differs_for_different_things(year: int, serial: int, other_year: int, other_serial: int) -> None:
    same = (year, serial) == (other_year, other_serial)
    assert (numbered("LB", year, serial) == numbered("LB", other_year, other_serial)) == same


@pytest.mark.parametrize(
    "typed",
    [
        "LB-2019-000123-09",
        "lb-2019-000123-09",
        " LB 2019 000123 09 ",
        "LB201900012309",
        "LB\u20132019\u2011000123\u221209",
        "lb\u00a02019\u00a000012309\n",
        "\ufeffLB-2019-000123-0\u200b9",
    ],
)
def test_normalised_number_does_not_mind_how_it_was_typed(typed: str) -> None:
    assert normalised_number(typed) == "LB-2019-000123-09"


@pytest.mark.parametrize(("typed", "shown"), [("", ""), ("hello world", "HELLOWORLD"), ("lb-2019-09", "LB201909")])
def test_normalised_number_gives_back_what_is_no_number(typed: str, shown: str) -> None:
    assert normalised_number(typed) == shown


@given(numbers)
def test_number_is_well_formed_and_already_normal(number: str) -> None:
    assert (is_well_formed(number), normalised_number(number)) == (True, number)


@given(numbers, st.data())
def test_single_wrong_digit_is_always_detected(number: str, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([i for i, character in enumerate(number) if character.isdigit()]))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert not is_well_formed(number[:place] + wrong + number[place + 1 :])


@given(numbers, st.data())
def test_single_wrong_letter_is_always_detected(number: str, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([i for i, character in enumerate(number) if character.isalpha()]))
    wrong = data.draw(st.sampled_from([c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c != number[place]]))
    assert not is_well_formed(number[:place] + wrong + number[place + 1 :])


@given(numbers, st.data())
def test_adjacent_transposition_is_always_detected(number: str, data: st.DataObject) -> None:
    compact = number.replace("-", "")
    place = data.draw(st.integers(0, len(compact) - 2))
    assume(compact[place] != compact[place + 1])
    assert not is_well_formed(compact[:place] + compact[place + 1] + compact[place] + compact[place + 2 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "LB",
        "LB-2019-000123",
        "LB-2019-000123-10",
        "LB-2019-000123-9",
        "LB-2019-00123-09",
        "2019-000123-09",
        "LB-2019-000123-106",
        "LB-\u0662\u0660\u0661\u0669-000123-09",
        "LB-2019-000123-09-LB",
    ],
)
def test_is_well_formed_refuses(text: str) -> None:
    assert not is_well_formed(text)


def test_is_well_formed_refuses_the_alias_of_a_check() -> None:
    # 98 and 01 leave the same remainder; only the one that is issued is well formed.
    serial = next(n for n in range(1, 1000) if numbered("LB", 2019, n).endswith("-98"))
    number = numbered("LB", 2019, serial)
    assert (is_well_formed(number), is_well_formed(f"{number[:-2]}01")) == (True, False)
