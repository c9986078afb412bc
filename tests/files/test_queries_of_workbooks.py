import io
import random
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
from defusedxml import EntitiesForbidden

from cluster_api.files.errors import ColumnsNotUsable, FileNotReadable, FileTooLong
from cluster_api.files.queries import open_table
from cluster_api.files.schemas import Limits, RawRow, Reading, Table
from cluster_api.files.states import FileFormat, RowKind
from cluster_api.foundation.errors import Problem

HEADER = ("Name", "Country", "City")
ROWS = [("Клъстер Мехатроника", "България", "София"), ("ИКТ Клъстер", "България", "Пловдив")]
SHARED_ROW = '<row r="{0}"><c r="A{0}" t="s"><v>{1}</v></c><c r="B{0}" t="s"><v>{2}</v></c></row>'


def opened(content: bytes, kind: RowKind = RowKind.CLUSTER, **said: Any) -> Table:
    return open_table(io.BytesIO(content), Reading(FileFormat.XLSX, kind, **said))


def rows_of(table: Table) -> list[tuple[str | None, ...]]:
    return [tuple(row.values.values()) for row in table.rows if isinstance(row, RawRow)]


def workbook(rows: Iterable[Iterable[Any]], title: str = "Register") -> bytes:
    book = openpyxl.Workbook()
    book.create_sheet(title, 0)
    for row in rows:
        book[title].append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(content: bytes, changes: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {**dict.fromkeys(old.namelist()), **changes}:
            new.writestr(name, changes[name] if name in changes else old.read(name))
    return file.getvalue()


def test_open_table_reads_a_workbook() -> None:
    content = workbook(
        [
            [],
            ["Name", "Country", "Level", "Label valid until", "Label valid from", None],
            ['"Food" | Drink', "България", "Gold", date(2020, 12, 31), datetime.fromisoformat("2019-01-01 14:30")],
            [None, "  ", None],
            [2012, True, 1.125, 1e300, time(14, 30)],
        ]
    )
    table = opened(content, kind=RowKind.LABEL)
    fields = ("legal_name", "country", "level", "valid_until", "valid_from")
    assert list(table.rows) == [
        RawRow(
            3,
            dict(zip(fields, ('"Food" | Drink', "България", "Gold", "2020-12-31", "2019-01-01 14:30:00"), strict=True)),
        ),
        RawRow(5, dict(zip(fields, ("2012", "true", "1.1250", "1e+300", "14:30:00"), strict=True))),
    ]


def test_open_table_reads_the_named_sheet() -> None:
    content = workbook([HEADER, *ROWS], "Клъстери")
    assert rows_of(opened(content, sheet="Клъстери")) == ROWS
    with pytest.raises(FileNotReadable, match="Nowhere"):
        opened(content, sheet="Nowhere")


def test_open_table_does_not_believe_what_a_sheet_says_of_its_size() -> None:
    content = workbook([HEADER, *ROWS])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").replace(b'ref="A1:C3"', b'ref="A1:A1"')
    assert rows_of(opened(repacked(content, {"xl/worksheets/sheet1.xml": sheet}))) == ROWS


def test_open_table_refuses_a_workbook_that_unpacks_too_far() -> None:
    content = workbook([HEADER, *ROWS])
    with pytest.raises(FileTooLong, match="more than 5000 bytes"):
        opened(content, limits=Limits(unpacked_bytes=5000))
    bomb = repacked(content, {"docProps/core.xml": b" " * (4 << 20)})
    with pytest.raises(FileTooLong, match="more than 100 times"):
        opened(bomb, limits=Limits(packing_ratio=100))


def test_open_table_lets_small_parts_pack_as_well_as_they_can() -> None:
    assert rows_of(opened(workbook([HEADER, *ROWS]), limits=Limits(packing_ratio=1))) == ROWS


def test_open_table_refuses_entities_in_a_workbook() -> None:
    content = workbook([HEADER, *ROWS])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + archive.read("xl/worksheets/sheet1.xml")
    with pytest.raises(FileNotReadable) as refused:
        opened(repacked(content, {"xl/worksheets/sheet1.xml": sheet}))
    assert refused.value.__cause__ is not None
    assert isinstance(refused.value.__cause__.__cause__, EntitiesForbidden)


def test_open_table_reads_the_shared_texts_that_spreadsheets_write() -> None:
    book = workbook([])
    part = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + part + b'"/></Types>'
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        types = archive.read("[Content_Types].xml").replace(b"</Types>", override)
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    texts = "".join(f"<si><t>{text}</t></si>" for text in ("Name", "Country", "ИКТ", "BG"))
    rows = "".join(SHARED_ROW.format(row, text, text + 1) for row, text in ((1, 0), (1_000_000, 2)))
    changes = {
        "[Content_Types].xml": types,
        "xl/sharedStrings.xml": f"<sst {space}>{texts}</sst>".encode(),
        "xl/worksheets/sheet1.xml": f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>".encode(),
    }
    assert list(opened(repacked(book, changes)).rows) == [RawRow(1_000_000, {"legal_name": "ИКТ", "country": "BG"})]


@pytest.mark.parametrize(
    "content", [b"", b"name,country\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x05\x06" + b"\0" * 18]
)
def test_open_table_refuses_what_is_no_workbook(content: bytes) -> None:
    with pytest.raises(FileNotReadable):
        opened(content)


def answer(content: bytes) -> object:
    try:
        return "rows" if len(list(opened(content).rows)) <= len(ROWS) else "more rows than there are"
    except Problem as refused:
        return type(refused)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_open_table_answers_for_every_damaged_workbook() -> None:
    whole = bytearray(workbook([HEADER, *ROWS]))
    dice = random.Random(17)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        assert answer(bytes(damaged)) in {FileNotReadable, FileTooLong, ColumnsNotUsable, "rows"}
