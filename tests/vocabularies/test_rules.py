"""Folding and keys of names."""

# ruff: noqa: RUF001 - letters of other scripts are what these tests are about

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.vocabularies.rules import fold, has_words, is_working_day, lookup_key, public_holiday


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Österreich", "osterreich"),
        ("ÖSTERREICH", "osterreich"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("İzmir", "izmir"),
        ("Ångström Ærø Þór", "angstrom aero thor"),
        ("Ελλάδα", "ellada"),
        ("ΕΛΛΆΔΑ", "ellada"),
        ("Україна", "ukrayina"),
        ("Враца", "vratsa"),
        ("ＮＡＣＥ Ｒｅｖ", "nace rev"),
        ("  two\u00a0 \t\nwords ", "two words"),
        ("soft\u00adhyphen, zero\u200bwidth, \ufeffmark", "softhyphen, zerowidth, mark"),
        ("nul\x00bell\x07", "nul bell"),
        ("half\ud800character", "halfcharacter"),
        ("", ""),
    ],
)
def test_fold_drops_what_people_do_not_type(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_fold_treats_composed_and_decomposed_letters_alike() -> None:
    assert fold("й") == fold("\u0438\u0306") == "i"
    assert fold("España") == fold("Espan\u0303a") == "espana"


@given(st.text())
def test_fold_answers_printable_ascii_in_lower_case(text: str) -> None:
    folded = fold(text)

    assert set(folded) <= set(string.printable) - set(string.ascii_uppercase) - set("\t\n\r\x0b\x0c")
    assert folded == folded.strip()
    assert "  " not in folded


@given(st.text())
def test_fold_changes_nothing_the_second_time(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="äöüàéèñçşłđčšžабвгдежαβγδλ abz"))
def test_fold_does_not_see_capitals(text: str) -> None:
    assert fold(text.upper()) == fold(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Bosnia & Herzegovina", "bosnia and herzegovina"),
        ("U.S.A.", "usa"),
        ("Côte d’Ivoire", "cote divoire"),
        ("Kosovo*", "kosovo"),
        ("Czech-Republic ", "czech republic"),
        ("Micro-, nano- and optical", "micro nano and optical"),
        ("***", ""),
    ],
)
def test_lookup_key_ignores_punctuation(text: str, key: str) -> None:
    assert lookup_key(text) == key


@given(st.text())
def test_lookup_key_of_a_key_is_the_key(text: str) -> None:
    assert lookup_key(lookup_key(text)) == lookup_key(text)


@pytest.mark.parametrize(
    ("words", "found"),
    [(["wien"], True), (["wien", "at13"], True), (["ien"], True), (["wien", "graz"], False), ([], False)],
)
def test_has_words_wants_every_word(words: list[str], found: bool) -> None:
    assert has_words("at13 wien", words) is found


@pytest.mark.parametrize(
    ("country", "day", "name"),
    [
        ("PT", date(2021, 6, 10), "Day of Portugal, Camões, and the Portuguese Communities"),
        ("FR", date(2021, 6, 10), None),
        ("FR", date(2021, 7, 14), "National Day"),
        ("FR", date(2021, 7, 15), None),
        ("BE", date(2021, 7, 21), "National Day"),
        ("PT", date(2021, 4, 2), "Good Friday"),
    ],
)
def test_public_holidays_are_those_of_the_country(country: str, day: date, name: str | None) -> None:
    assert public_holiday(day, country) == name


@pytest.mark.parametrize(
    ("country", "day", "is_working"),
    [
        ("PT", date(2021, 6, 9), True),
        ("PT", date(2021, 6, 10), False),  # the national day is a Thursday
        ("FR", date(2021, 6, 10), True),
        ("PT", date(2021, 6, 11), True),
        ("PT", date(2021, 6, 12), False),  # a Saturday
        ("PT", date(2021, 6, 13), False),
        ("PT", date(2021, 6, 14), True),
        ("PT", date(2022, 6, 10), False),
        ("XK", date(2021, 2, 17), False),  # independence
    ],
)
def test_working_days_are_neither_weekends_nor_holidays(country: str, day: date, is_working: bool) -> None:
    assert is_working_day(day, country) is is_working
