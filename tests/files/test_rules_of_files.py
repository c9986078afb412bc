# ruff: noqa: RUF001 - letters of other scripts are what these tests are about

import pytest

from cluster_api.files.queries import alphabets
from cluster_api.files.rules import (
    csv_records,
    delimiter_of,
    guessed_encodings,
)
from cluster_api.files.schemas import Limits


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "София"),
        ("cp1251", "Київ Львів Вінниця"),
        ("iso8859_5", "София Пловдив Варна Бургас"),
        ("cp1250", "Kraków Rzeszów Śląski Łódź"),
        ("iso8859_2", "Kraków Rzeszów Śląski Łódź"),
        ("cp1250", "Český Plzeň Moravskoslezský"),
        ("cp1250", "Győr Székesfehérvár Zöld Űr"),
        ("cp1250", "Timişoara Iaşi Constanţa"),
        ("cp1250", "Niš Čačak Kruševac Užice mašinstva"),
        ("cp1252", "Tromsø Bodø Blå Ålesund"),
        ("cp1252", "Clúster Tèxtils"),
        ("cp1250", "Łódź Düsseldorf Nürnberg"),
        ("cp1252", "Pôle Énergie Besançon"),
        ("cp1253", "Θεσσαλονίκη Αθήνα"),
        ("cp1254", "OSTİM Havacılık Kümelenmesi Eskişehir"),
        ("cp1257", "Šiauliai Žalia Panevėžys Klaipėda Kėdainių"),
        ("cp1252", "„Qualität“ – Düsseldorf"),
    ],
)
def test_guessed_encodings_put_the_one_that_spells_best_first(encoding: str, text: str) -> None:
    guess = guessed_encodings(text.encode(encoding).split(b" "), alphabets())[0]
    assert text.encode(encoding).decode(guess) == text


NAMES = {"name": "legal_name", "country": "country", "portfolio": "portfolio"}


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_delimiter_of_listens_to_the_header_only(delimiter: str) -> None:
    head = [f"Name{delimiter}Country\r\n", f'"A | B; C, D; E"{delimiter}BG\r\n', "x;x;x;x|x|x|x,x,x,x\n"]
    assert delimiter_of(head, NAMES) == delimiter


def test_delimiter_of_looks_past_empty_lines_and_quotes() -> None:
    assert delimiter_of(["\r\n", ";;\n", '"Name";"Country, if any"\n'], NAMES) == ";"


def records(text: str, delimiter: str = ";") -> list[tuple[int, list[str], bool]]:
    found = csv_records(iter(text.splitlines(keepends=True)), delimiter, Limits(line_characters=200))
    return [(record.line, list(record.cells), record.exact) for record in found]


def test_csv_records_count_physical_lines() -> None:
    text = 'a;"b\nb"\r\n\n"c";d\r'
    assert records(text) == [(1, ["a", "b\nb"], True), (3, [], True), (4, ["c", "d"], True)]


def test_csv_records_read_quotes_inside_names() -> None:
    assert records('a "b" c;5" Displays\n"a ""b""";d\n') == [
        (1, ['a "b" c', '5" Displays'], True),
        (2, ['a "b"', "d"], True),
    ]


def test_csv_records_look_past_space_around_quotes() -> None:
    assert records('a; "b; c"\n') == [(1, ["a", "b; c"], True)]
    assert records('a; "b ""c""" \n') == [(1, ["a", 'b "c"'], False)]


def test_csv_records_take_a_name_that_begins_with_a_quote_literally() -> None:
    assert records('"Food" Cluster;"BG; Sofia"\nnext;DE\n') == [
        (1, ['"Food" Cluster', '"BG', ' Sofia"'], False),
        (2, ["next", "DE"], True),
    ]


@pytest.mark.parametrize("rest", ["next;DE\n", "next;DE\n" * 100, 'next;DE\n"q"x;FR\n'])
def test_csv_records_lose_no_line_after_a_quote_that_never_ends(rest: str) -> None:
    found = records(f'"Food Cluster;BG\n{rest}')
    assert found[:2] == [(1, ['"Food Cluster', "BG"], False), (2, ["next", "DE"], True)]
    assert [line for line, _, _ in found] == list(range(1, len(rest.splitlines()) + 2))
