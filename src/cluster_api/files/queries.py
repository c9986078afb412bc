"""What one can ask of a file: how it is written, which columns it has, and its rows, one after the other.

Files are read forward and never held whole: a first pass over the bytes finds the encoding, a second gives the rows.
"""

import codecs
import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import chain, islice
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from cluster_api.files.errors import CellRefused, ColumnsNotUsable, FileNotReadable, FileTooLong, FormatNotKnown
from cluster_api.files.rules import (
    ENCODINGS,
    VISIBLE,
    Record,
    csv_records,
    delimiter_of,
    guessed_encodings,
    is_filled,
    is_total,
    pointer_to,
)
from cluster_api.files.schemas import Limits, RawRow, Reading, Table, cell_text, required_fields, unguarded
from cluster_api.files.states import FileFormat, RowKind
from cluster_api.foundation.errors import Fault
from cluster_api.vocabularies.rules import lookup_key

UTF_8 = "utf_8_sig"  # reads UTF-8 with and without a byte order mark
LINES_LOOKED_AT = 20
WORDS_LOOKED_AT = 5_000
PIECE = 1 << 20
LAST_ROW_OF_A_SHEET = 1_048_576

_FORMATS = {
    FileFormat.CSV: {"csv", "tsv", "txt", "text/csv", "application/csv", "text/tab-separated-values"},
    FileFormat.JSON_LINES: {"jsonl", "ndjson", "application/jsonl", "application/x-ndjson"},
    FileFormat.XLSX: {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
}
_MARKS = {codecs.BOM_UTF8: UTF_8, codecs.BOM_UTF16_LE: "utf_16", codecs.BOM_UTF16_BE: "utf_16"}
_FOREIGN_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_STATED_DELIMITER = re.compile('"?sep=([,;\t|])"?[\r\n]*')
# PostgreSQL stores no NUL, and half of a surrogate pair is no character of any encoding.
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
# What zipfile, the XML parser and openpyxl raise on damaged workbooks.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ParseError, NotImplementedError),
    *(ArithmeticError, LookupError, ValueError, TypeError, AttributeError),
)


def file_format(name: str | None, media_type: str | None) -> FileFormat:
    """Answer the format by file name, else by media type: browsers call CSV whatever their system tells them.

    Raises FormatNotKnown.
    """
    signs = ((name or "").rpartition(".")[2].lower(), (media_type or "").partition(";")[0].strip().lower())
    for sign in signs:
        for known, names in _FORMATS.items():
            if sign in names:
                return known
    raise FormatNotKnown(f"Neither the file name {name!r} nor the media type {media_type!r} tells a known format.")


@cache
def column_names(kind: RowKind) -> Mapping[str, str]:
    """Answer for each name of a column, folded, the field it means."""
    return {lookup_key(row["name"]): row["field"] for row in _data("column_names.csv") if row["kind"] == kind}


@cache
def alphabets() -> Mapping[str, frozenset[str]]:
    """Answer the letters, in lower case, with which each language of the single-byte encodings is written."""
    return {row["language"]: frozenset(row["letters"]) for row in _data("alphabets.csv")}


def _data(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((files(__package__) / "data" / name).read_text(encoding="utf-8"))))


def open_table(file: BinaryIO, how: Reading) -> Table:
    """Answer an open file as a table whose rows come one by one; the file must allow ``seek`` and stays open.

    A row that cannot be read comes as a Fault in its place. Raises FileNotReadable, FileTooLong and ColumnsNotUsable,
    the first two also while rows are read.
    """
    if how.file_format is FileFormat.XLSX:
        return _with_header(_sheet_records(file, how), how, Table())
    table = Table(*text_encoding(file, how.encoding))
    lines = _lines(file, table.encoding or UTF_8, how.limits)
    if how.file_format is FileFormat.JSON_LINES:
        table.rows = _counted(_objects(lines, _Fields(how, table.warnings), how.limits), how.limits)
        return table
    head = list(islice(lines, LINES_LOOKED_AT))
    if head and (stated := _STATED_DELIMITER.fullmatch(head[0])):
        table.delimiter, head[0] = stated[1], "\n"
    else:
        table.delimiter = delimiter_of(head, column_names(how.kind))
    return _with_header(csv_records(chain(head, lines), table.delimiter, how.limits), how, table)


def text_encoding(file: BinaryIO, stated: str | None = None) -> tuple[str, list[Fault]]:
    """Answer the encoding of a text file, and a warning if it is a guess.

    Stated by the sender, else by byte order mark, else UTF-8 if every byte fits, else the one in which most words are
    spelt with the letters of one language. Raises FileNotReadable if a byte has no meaning in it or is NUL.
    """
    file.seek(0)
    head = file.read(3)
    certain = _encoding_named(stated) if stated else next((_MARKS[m] for m in _MARKS if head.startswith(m)), None)
    if _decodes(file, certain or UTF_8):
        return certain or UTF_8, []
    if certain:
        raise FileNotReadable(f"The file has bytes that mean nothing in {certain}.")
    # One always does: some of the ISO encodings give every byte a meaning.
    guess = next(name for name in guessed_encodings(_foreign_words(file), alphabets()) if _decodes(file, name))
    detail = f"Nothing states the encoding; {guess} was guessed from the spelling. State it if names look wrong."
    return guess, [Fault("", "encoding_guessed", detail)]


def _encoding_named(stated: str) -> str:
    try:
        name = codecs.lookup(stated).name.replace("-", "_")
    except (LookupError, ValueError):
        name = ""
    name = {"utf_8": UTF_8, "ascii": UTF_8, "iso8859_1": "cp1252", "iso8859_9": "cp1254"}.get(name, name)
    # Python also lists codecs that unpack or evaluate, which nobody may name from outside.
    if name not in {*ENCODINGS, UTF_8, "utf_16", "utf_16_le", "utf_16_be"}:
        raise FileNotReadable(f"The encoding {stated!r} is not one of those that are read.")
    return name


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    line, more = 1, True
    while more:
        piece = file.read(PIECE)
        more = bool(piece)
        try:
            before, nul, _ = decoder.decode(piece, final=not more).partition("\0")
        except UnicodeDecodeError:
            return False
        line += before.count("\n")
        if nul:
            raise FileNotReadable(f"Line {line} holds a NUL character; UTF-16 needs its byte order mark.")
    return True


def _foreign_words(file: BinaryIO) -> set[bytes]:
    file.seek(0)
    words: set[bytes] = set()
    while len(words) < WORDS_LOOKED_AT and (piece := file.read(PIECE)):
        words.update(_FOREIGN_WORD.findall(piece))
    return words


def _lines(file: BinaryIO, encoding: str, limits: Limits) -> Iterator[str]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline="")
    try:
        while line := text.readline(limits.line_characters):
            if len(line) == limits.line_characters:
                raise FileTooLong(f"A line has more than {limits.line_characters} characters.")
            yield line
    finally:
        # Else the wrapper would close a file that belongs to the caller, who may have closed it before the last row.
        if not file.closed:
            text.detach()


def _sheet_records(file: BinaryIO, how: Reading) -> Iterator[Record]:
    # A heavy library that only this format needs: it loads here, never when the service starts.
    import openpyxl  # noqa: PLC0415

    try:
        _refuse_bombs(file, how.limits)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book[how.sheet] if how.sheet else book.worksheets[0]
        # What a sheet says about its own size is often wrong, so both are given.
        rows = sheet.iter_rows(max_row=LAST_ROW_OF_A_SHEET, max_col=how.limits.columns + 1, values_only=True)
        for line, row in enumerate(rows, 1):
            if row.count(None) < len(row):
                yield Record(line, [_sheet_text(value) for value in row])
    except _DAMAGE as error:
        reason = str(error).partition("\n")[0][:200] or type(error).__name__
        raise FileNotReadable(f"The workbook or the sheet asked for cannot be read: {reason}") from error


def _refuse_bombs(file: BinaryIO, limits: Limits) -> None:
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    if sum(part.file_size for part in parts) > limits.unpacked_bytes:
        raise FileTooLong(f"The workbook unpacks to more than {limits.unpacked_bytes} bytes.")
    if any(part.file_size > max(PIECE, limits.packing_ratio * part.compress_size) for part in parts):
        raise FileTooLong(f"A part of the workbook unpacks to more than {limits.packing_ratio} times its size.")


def _sheet_text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, datetime):
        return str(value.date() if value.time() == time.min else value)
    try:
        return cell_text(value) if isinstance(value, bool | int | float) else str(value)
    except CellRefused:
        return str(value)


def _with_header(records: Iterator[Record], how: Reading, table: Table) -> Table:
    header = next(filter(is_filled, records), None)
    if header is None:
        raise FileNotReadable("The file has no rows.")
    titles = [cell.strip() for cell in header.cells]
    while not titles[-1]:
        titles.pop()
    known = _Fields(how, table.warnings)
    fields = [known[title] for title in titles]
    refuse_columns(fields, titles, how.kind)
    table.rows = _counted((_row(record, fields, how) for record in records if is_filled(record)), how.limits)
    return table


class _Fields(dict[str, str | None]):
    """The field of each column as it is first met; None, and a warning, for a column nobody knows."""

    def __init__(self, how: Reading, warnings: list[Fault]) -> None:
        super().__init__()
        self._names = column_names(how.kind)
        self._limit = how.limits.columns
        self._warnings = warnings

    def __missing__(self, title: str) -> str | None:
        if len(self) == self._limit:
            raise FileTooLong(f"The file has more than {self._limit} columns.")
        field = self[title] = self._names.get(lookup_key(title))
        if field is None:
            # Titles come from anywhere; what cannot be shown could not be stored with the outcome either.
            shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in title[:100])
            place = shown.replace("~", "~0").replace("/", "~1")
            detail = f'Nothing is read from the column "{shown}".'
            self._warnings.append(Fault(f"/columns/{place}", "column_unknown", detail))
        return field


def refuse_columns(fields: Sequence[str | None], titles: Sequence[str], kind: RowKind) -> None:
    """Raise ColumnsNotUsable if a required field has no column or any field has two."""
    missing = [field for field in required_fields(kind) if field not in fields]
    double = [field for field in dict.fromkeys(fields) if field and fields.count(field) > 1]
    faults = [Fault(f"/columns/{field}", "column_missing", f"No column is {field}.") for field in missing]
    faults += [Fault(f"/columns/{field}", "column_twice", f"Several columns are {field}.") for field in double]
    if faults:
        reasons = " ".join(fault.detail for fault in faults)
        raise ColumnsNotUsable(f"{reasons} The file has: {', '.join(titles)[:500]}.", faults=faults)


def _row(record: Record, fields: Sequence[str | None], how: Reading) -> RawRow | Fault:
    cells = [unguarded(cell) for cell in record.cells]
    cells += [""] * (len(fields) - len(cells))
    values = {field: cell or None for field, cell in zip(fields, cells, strict=False) if field}
    here = pointer_to(record.line)
    if not all(values[field] for field in required_fields(how.kind)) and is_total(next(filter(VISIBLE.search, cells))):
        return Fault(here, "totals_row", "A row of totals tells of no organisation.")
    if not record.exact and len(record.cells) != len(fields):
        return Fault(here, "quotes_unbalanced", "A quoted cell does not end; write a quote inside it twice.")
    if any(map(VISIBLE.search, cells[len(fields) :])):
        return Fault(here, "too_many_cells", "More cells than columns; quote a cell that holds the delimiter.")
    return _checked(RawRow(record.line, values), how.limits)


def _checked(row: RawRow, limits: Limits) -> RawRow | Fault:
    for field, cell in row.values.items():
        if cell and len(cell) > limits.cell_characters:
            wanted = f"The cell has more than {limits.cell_characters} characters."
            return Fault(pointer_to(row.line, field), "cell_too_long", wanted)
        if cell and _NOT_TEXT.search(cell):
            return Fault(pointer_to(row.line, field), "not_text", "The cell holds a NUL or half a character.")
    return row


def _counted(rows: Iterable[RawRow | Fault], limits: Limits) -> Iterator[RawRow | Fault]:
    for number, row in enumerate(rows, 1):
        if number > limits.rows:
            raise FileTooLong(f"The file has more than {limits.rows} rows.")
        yield row


def _objects(lines: Iterator[str], fields: _Fields, limits: Limits) -> Iterator[RawRow | Fault]:
    for number, line in enumerate(lines, 1):
        if not VISIBLE.search(line):
            continue
        try:
            yield _checked(RawRow(number, _object_values(line, fields)), limits)
        except CellRefused as reason:
            yield Fault(pointer_to(number), reason.code, reason.detail)


def _object_values(line: str, fields: _Fields) -> dict[str, str | None]:
    try:
        members = json.loads(
            line, object_pairs_hook=tuple, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal
        )
    except json.JSONDecodeError as error:
        detail = f"The line is not well-formed JSON: {error.msg} at character {error.pos + 1}."
        raise CellRefused("json_unreadable", detail) from None
    except (RecursionError, ArithmeticError):
        raise CellRefused("json_unreadable", "The line nests too deep or holds a number beyond measure.") from None
    if not isinstance(members, tuple):
        raise CellRefused("json_no_object", "The line is not a JSON object.")
    values: dict[str, str | None] = {}
    for name, value in members:
        field = fields[name]
        if field in values:
            raise CellRefused("column_twice", f"More than one member of the object is {field}.")
        if field:
            values[field] = _json_text(value)
    return values


def _json_text(value: Any) -> str | None:
    if isinstance(value, list):
        items = [_json_text(item) or "" for item in value if not isinstance(item, list)]
        if len(items) < len(value) or any(re.search("[;|]", item) for item in items):
            raise CellRefused("json_list_unreadable", "A list may hold texts without ; and | and numbers only.")
        return ";".join(items) or None
    if isinstance(value, tuple):
        raise CellRefused("json_nested", "A member of the object holds another object.")
    return (value if isinstance(value, str) else cell_text(value)) or None
