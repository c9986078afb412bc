# ruff: noqa: RUF001 - letters of other scripts are what these tests are about
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_api.files.errors import ColumnsNotUsable, FileNotReadable, FileTooLong, FormatNotKnown
from cluster_api.files.queries import column_names, file_format, open_table, text_encoding
from cluster_api.files.schemas import Limits, RawRow, Reading, Table, csv_lines, json_lines
from cluster_api.files.states import FileFormat, RowKind
from cluster_api.foundation.errors import Fault, Problem

HEADER = ("Name", "Country", "City")
ROWS = [("Клъстер Мехатроника", "България", "София"), ("ИКТ Клъстер", "България", "Пловдив")]


def opened(content: bytes, file_format: FileFormat = FileFormat.CSV, **said: Any) -> Table:
    kind = said.pop("kind", RowKind.CLUSTER)
    return open_table(io.BytesIO(content), Reading(file_format, kind, **said))


def rows_of(table: Table) -> list[tuple[str | None, ...]]:
    rows = list(table.rows)
    assert all(isinstance(row, RawRow) for row in rows), rows
    return [tuple(row.values.values()) for row in rows if isinstance(row, RawRow)]


def text_of(rows: Iterable[Sequence[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    return "".join(delimiter.join(row) + end for row in rows)


@pytest.mark.parametrize(
    ("name", "media_type", "known"),
    [
        ("register.CSV", "application/vnd.ms-excel", FileFormat.CSV),
        ("a.b.tsv", None, FileFormat.CSV),
        ("labels.ndjson", "text/plain", FileFormat.JSON_LINES),
        ("labels.xlsx", None, FileFormat.XLSX),
        (None, "text/csv; charset=windows-1251", FileFormat.CSV),
        (None, "application/jsonl", FileFormat.JSON_LINES),
        ("labels.bin", "application/x-ndjson", FileFormat.JSON_LINES),
    ],
)
def test_file_format_listens_to_the_name_first(name: str | None, media_type: str | None, known: FileFormat) -> None:
    assert file_format(name, media_type) is known


@pytest.mark.parametrize("sign", [("register.xls", None), ("csv.pdf", "application/pdf"), (None, None), ("", "")])
def test_file_format_refuses_the_rest(sign: tuple[str | None, str | None]) -> None:
    with pytest.raises(FormatNotKnown):
        file_format(*sign)


@pytest.mark.parametrize("delimiter", list(",;\t|"))
@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf_8_sig"),
        ("utf-8-sig", "utf_8_sig"),
        ("utf-16", "utf_16"),
        ("cp1251", "cp1251"),
        ("iso8859-5", "iso8859_5"),
    ],
)
def test_open_table_finds_encoding_and_delimiter(encoding: str, found: str, delimiter: str) -> None:
    table = opened(text_of([HEADER, *ROWS], delimiter).encode(encoding))
    assert (table.encoding, table.delimiter, rows_of(table)) == (found, delimiter, ROWS)


def test_open_table_reads_utf_16_of_either_order() -> None:
    text = text_of([HEADER, *ROWS])
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert rows_of(opened(mark + text.encode(encoding))) == ROWS


def test_open_table_reads_polish_of_windows_and_says_that_it_guessed() -> None:
    polish = [("Śląski Klaster Wodny", "PL", "Gliwice"), ("Klaster LifeScience", "PL", "Kraków"), ("X", "PL", "Łódź")]
    table = opened(text_of([HEADER, *polish], ";").encode("cp1250"))
    assert rows_of(table) == polish
    assert [(fault.pointer, fault.code) for fault in table.warnings] == [("", "encoding_guessed")]
    assert "cp1250" in table.warnings[0].detail


def test_open_table_believes_the_sender_about_the_encoding() -> None:
    spanish = [("AEI Tèxtils", "ES", "Terrassa")]
    table = opened(text_of([HEADER, *spanish]).encode("cp1252"), encoding="windows-1252")
    assert (rows_of(table), table.warnings) == (spanish, [])


@pytest.mark.parametrize(
    ("stated", "content"),
    [("utf-8", "é".encode("cp1252")), ("zlib", b"x"), ("rot13", b"x"), ("utf-99", b"x"), ("a\0b", b"x")],
)
def test_text_encoding_refuses_a_statement_that_is_wrong_or_dangerous(stated: str, content: bytes) -> None:
    with pytest.raises(FileNotReadable):
        text_encoding(io.BytesIO(content), stated)


@pytest.mark.parametrize(
    ("stated", "found", "city"),
    [
        ("iso-8859-9", "cp1254", "Eskişehir"),
        ("ISO-8859-1", "cp1252", "Málaga"),
        ("latin-1", "cp1252", "Málaga"),
        ("windows-1251", "cp1251", "София"),
        ("iso-8859-2", "iso8859_2", "Łódź"),
        ("us-ascii", "utf_8_sig", "Roma"),
        ("UTF8", "utf_8_sig", "Łódź"),
        ("utf-16-le", "utf_16_le", "Łódź"),
    ],
)
def test_text_encoding_knows_the_names_that_senders_use(stated: str, found: str, city: str) -> None:
    content = city.encode(stated)
    assert text_encoding(io.BytesIO(content), stated) == (found, [])
    assert content.decode(found) == city


def test_text_encoding_sees_a_byte_that_is_not_utf_8_however_late() -> None:
    content = b"name,country\n" + b"Cluster,PL\n" * 200_000 + "Łódź,PL\n".encode("cp1250")
    assert text_encoding(io.BytesIO(content))[0] == "cp1250"


def test_text_encoding_does_not_break_a_character_between_two_pieces() -> None:
    content = b"x" * ((1 << 20) - 1) + "Ж".encode()
    assert text_encoding(io.BytesIO(content)) == ("utf_8_sig", [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251"])
def test_open_table_refuses_nul_with_its_line(encoding: str) -> None:
    content = text_of([HEADER, ("София\0", "BG", "x")], end="\n").encode(encoding)
    with pytest.raises(FileNotReadable, match="Line 2 holds a NUL"):
        opened(content)


def test_open_table_leaves_the_file_open_and_readable_again() -> None:
    file = io.BytesIO(text_of([HEADER, *ROWS]).encode())
    how = Reading(FileFormat.CSV, RowKind.CLUSTER)
    assert [rows_of(open_table(file, how)) for _ in range(2)] == [ROWS, ROWS]
    assert not file.closed


def test_open_table_reads_mixed_line_ends_bars_and_quotes() -> None:
    content = (
        "name;country;city\r\n"
        'Mov\'eo | NextMove;FR;"Rouen; Paris"\n'
        '"The ""Food"" Cluster";ES;Barcelona\r'
        '"Food" | Drink;PT;Porto\r\r\n'
        '5" Displays;DE;Jena\r\n'
        "AFBW – Textil;DE;\n"
    )
    assert rows_of(opened(content.encode())) == [
        ("Mov'eo | NextMove", "FR", "Rouen; Paris"),
        ('The "Food" Cluster', "ES", "Barcelona"),
        ('"Food" | Drink', "PT", "Porto"),
        ('5" Displays', "DE", "Jena"),
        ("AFBW – Textil", "DE", None),
    ]


def test_open_table_numbers_rows_by_physical_lines_and_passes_over_empty_ones() -> None:
    content = '\n,,\nname,country,city\n\n"A\nB",BG,x\n, ,\u200b\nC,BG,y\n,,\n\n'
    assert [row.line for row in opened(content.encode()).rows if isinstance(row, RawRow)] == [5, 8]


def test_open_table_obeys_the_delimiter_a_spreadsheet_states() -> None:
    table = opened("sep=|\r\nName|Country\r\nA, B|BG\r\n".encode("utf-16"))
    assert (table.delimiter, [row.line for row in table.rows if isinstance(row, RawRow)]) == ("|", [3])


def test_open_table_refuses_rows_it_cannot_read_and_goes_on() -> None:
    content = (
        "name,country,city\n"
        "Wood, Furniture and Forest,SI,Ljubljana\n"
        '"Unended,BG\n'
        f"Good,BG,{'x' * 50}\n"
        f"Long,BG,{'x' * 51}\n"
        "Total: 12\n"
        ",Общо,12\n"
        "Total,FR,Paris\n"
    )
    answers = list(opened(content.encode(), limits=Limits(cell_characters=50)).rows)
    assert [(row.pointer, row.code) if isinstance(row, Fault) else row.line for row in answers] == [
        ("/rows/2", "too_many_cells"),
        ("/rows/3", "quotes_unbalanced"),
        4,
        ("/rows/5/city", "cell_too_long"),
        ("/rows/6", "totals_row"),
        ("/rows/7", "totals_row"),
        8,
    ]


def test_open_table_takes_nothing_from_a_column_without_a_name_at_the_end() -> None:
    first, second = opened(b"name,country,\nWood, Furniture,SI\nFood,SI,\n").rows
    assert (isinstance(first, Fault) and first.code, second) == (
        "too_many_cells",
        RawRow(3, {"legal_name": "Food", "country": "SI"}),
    )


def test_open_table_strips_the_guard_against_formulas() -> None:
    assert rows_of(opened(b"name,country,city\n'=A & B,BG,'s-Hertogenbosch\n")) == [
        ("=A & B", "BG", "'s-Hertogenbosch")
    ]


def test_open_table_knows_columns_by_many_names() -> None:
    header = ("  LEGAL_NAME ", "Държава", "www", "Label valid until", "Comparative portfolio", "Label level")
    table = opened(text_of([header, ("A", "BG", "a.bg", "2020/12/31", "ICT", "gold")]).encode(), kind=RowKind.LABEL)
    (row,) = table.rows
    assert isinstance(row, RawRow)
    assert list(row.values) == ["legal_name", "country", "website", "valid_until", "portfolio", "level"]


def test_open_table_warns_of_columns_it_does_not_read() -> None:
    table = opened(b"name,country,Phone/Fax,,city,,\nA,BG,1,,Sofia,,\n")
    assert [(fault.pointer, fault.code) for fault in table.warnings] == [
        ("/columns/Phone~1Fax", "column_unknown"),
        ("/columns/", "column_unknown"),
    ]
    assert rows_of(table) == [("A", "BG", "Sofia")]


def test_open_table_refuses_columns_that_are_missing_or_double_all_at_once() -> None:
    with pytest.raises(ColumnsNotUsable) as refused:
        opened(b"name,organisation,www,level\nA,A,a.bg,gold\n", kind=RowKind.LABEL)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/columns/country", "column_missing"),
        ("/columns/legal_name", "column_twice"),
    ]
    assert refused.value.detail.endswith("The file has: name, organisation, www, level.")


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n \n"])
def test_open_table_refuses_a_file_of_nothing(content: bytes) -> None:
    with pytest.raises(FileNotReadable, match="no rows"):
        opened(content)


@pytest.mark.parametrize(
    ("limits", "content"),
    [
        (Limits(rows=1), b"name,country\nA,BG\nB,BG\n"),
        (Limits(columns=2), b"name,country,city\nA,BG,x\n"),
        (Limits(line_characters=20), b"name,country\n" + b"A" * 20),
    ],
)
def test_open_table_refuses_files_beyond_the_limits(limits: Limits, content: bytes) -> None:
    with pytest.raises(FileTooLong):
        list(opened(content, limits=limits).rows)


def test_open_table_reads_as_many_rows_as_the_limits_allow() -> None:
    assert len(rows_of(opened(b"name,country\nA,BG\nB,BG\n", limits=Limits(rows=2, columns=2)))) == 2


def test_open_table_reads_only_as_far_as_it_is_asked() -> None:
    file = io.BytesIO(b"name,country\n" + b"A,BG\n" * 1_000_000)
    table = open_table(file, Reading(FileFormat.CSV, RowKind.CLUSTER))
    next(table.rows)
    assert file.tell() < 100_000


def test_open_table_reads_json_lines() -> None:
    content = (
        '\ufeff{"Name": "Клъстер", "country": "BG", "staff_fte": 1.125, "members_sme": 1100, "social economy": true}\n'
        "\r\n"
        '{"name": "B", "country": null, "ecosystems": ["Textiles", "Tourism"], "Phone": "1", "founded": 2004.0}\r\n'
        '{"name": "", "phone": "1"}'
    )
    table = opened(content.encode(), FileFormat.JSON_LINES)
    assert list(table.rows) == [
        RawRow(
            1,
            {
                "legal_name": "Клъстер",
                "country": "BG",
                "staff_fte": "1.1250",
                "members/sme": "1100",
                "is_social_economy": "true",
            },
        ),
        RawRow(3, {"legal_name": "B", "country": None, "ecosystems": "Textiles;Tourism", "founded_year": "2004"}),
        RawRow(4, {"legal_name": None}),
    ]
    assert [fault.pointer for fault in table.warnings] == ["/columns/Phone", "/columns/phone"]


@pytest.mark.parametrize(
    ("line", "pointer", "code"),
    [
        ('{"name": "A",}', "/rows/1", "json_unreadable"),
        ('{"name": NaN}', "/rows/1", "number_out_of_range"),
        ('{"staff_fte": 1e999999}', "/rows/1", "number_out_of_range"),
        ('{"staff_fte": 1e9999999999999999999}', "/rows/1", "json_unreadable"),
        ("[" * 100_000, "/rows/1", "json_unreadable"),
        ('["A", "BG"]', "/rows/1", "json_no_object"),
        ('"A"', "/rows/1", "json_no_object"),
        ('{"name": {"en": "A"}}', "/rows/1", "json_nested"),
        ('{"ecosystems": [["a"]]}', "/rows/1", "json_list_unreadable"),
        ('{"ecosystems": ["a;b"]}', "/rows/1", "json_list_unreadable"),
        ('{"name": "A", "Legal name": "B"}', "/rows/1", "column_twice"),
        ('{"name": "A\\u0000"}', "/rows/1/legal_name", "not_text"),
        ('{"name": "\\ud800"}', "/rows/1/legal_name", "not_text"),
    ],
)
def test_open_table_refuses_lines_of_json_it_cannot_read_and_goes_on(line: str, pointer: str, code: str) -> None:
    refused, row = opened(f'{line}\n{{"name": "B"}}\n'.encode(), FileFormat.JSON_LINES).rows
    assert isinstance(refused, Fault)
    assert (refused.pointer, refused.code) == (pointer, code)
    assert row == RawRow(2, {"legal_name": "B"})


def test_open_table_says_where_a_line_of_json_breaks() -> None:
    (refused,) = opened(b'{"name": "A",}', FileFormat.JSON_LINES).rows
    assert refused == Fault(
        "/rows/1",
        "json_unreadable",
        "The line is not well-formed JSON: Expecting property name enclosed in double quotes at character 14.",
    )


def test_open_table_shows_names_of_members_that_could_be_stored() -> None:
    table = opened(b'{"a\\u0000\\ud800~/b": 1}', FileFormat.JSON_LINES)
    assert list(table.rows) == [RawRow(1, {})]
    assert table.warnings[0].pointer == "/columns/a\ufffd\ufffd~0~1b"


def test_open_table_refuses_json_with_ever_new_members() -> None:
    lines = "".join(json.dumps({f"m{number}": 1}) + "\n" for number in range(5))
    with pytest.raises(FileTooLong):
        list(opened(lines.encode(), FileFormat.JSON_LINES, limits=Limits(columns=4)).rows)


NASTY = st.text(st.sampled_from("a;|,\t\"'\n\r=-+@ Жł\u2028\x85\ufeff")) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
)
FILLED = NASTY.map(lambda text: f"x{text}")
FIELDS = ("legal_name", "country", "city")


@given(
    st.lists(
        st.tuples(NASTY.filter(lambda text: text.strip("\u200b\u2060\ufeff \t\r\n") != ""), FILLED, NASTY), max_size=5
    )
)
@settings(deadline=None)
def test_what_is_exported_reads_back_the_same(rows: list[tuple[str, str, str]]) -> None:
    wanted = [tuple(cell or None for cell in row) for row in rows]
    assert rows_of(opened(b"".join(csv_lines(FIELDS, rows)), FileFormat.CSV)) == wanted
    assert rows_of(opened(b"".join(json_lines(FIELDS, rows)), FileFormat.JSON_LINES)) == wanted


def answer(content: bytes, form: FileFormat) -> object:
    try:
        rows = list(opened(content, form).rows)
    except Problem as refused:
        return type(refused)
    return "rows" if all(isinstance(row, RawRow | Fault) for row in rows) else rows


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_open_table_answers_for_any_bytes(content: bytes) -> None:
    for form in FileFormat:
        assert answer(b"name,country\n" + content, form) in {FileNotReadable, ColumnsNotUsable, "rows"}


@pytest.mark.parametrize("kind", RowKind)
def test_column_names_know_each_field_by_its_own_name(kind: RowKind) -> None:
    names = column_names(kind)
    assert {names[field.replace("_", " ").replace("/", " ")] for field in names.values()} == set(names.values())
