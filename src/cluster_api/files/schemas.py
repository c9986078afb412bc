"""What goes in and out: rows of a file as text, the typed rows they become, and rows written as files again."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import chain, islice
from typing import Annotated, Any, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from cluster_api.clusters.states import Level
from cluster_api.files.errors import CellRefused, ParquetNotInstalled
from cluster_api.files.states import FileFormat, RowKind
from cluster_api.foundation.errors import Fault
from cluster_api.labels.states import LabelKind

Cell = str | int | float | Decimal | bool | date | datetime | None

ROWS_AT_ONCE = 1_000
ROW_GROUP = 10_000
DIGITS_OF_A_NUMBER = 30

# A spreadsheet may run a cell that begins so as a formula; the apostrophe that stops it is doubled where text has its
# own, so that taking one away always gives the text back.
_RUNS_AS_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_CUTS_A_CELL = frozenset('",;|\t\r\n')
_NOT_FIRST = frozenset(" '=+-@\uff1d\uff0b\uff0d\uff20")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may hold before it is refused; characters and bytes are counted after unpacking."""

    rows: int = 1_000_000
    columns: int = 200
    cell_characters: int = 20_000
    line_characters: int = 1_000_000
    unpacked_bytes: int = 256 * 1024 * 1024
    packing_ratio: int = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a file: its format, what its rows tell, and what its sender says about it."""

    file_format: FileFormat
    kind: RowKind
    limits: Limits = Limits()
    encoding: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as text: the physical line (CSV, JSON Lines) or sheet row (XLSX) it began on, and field to cell.

    A field that belongs to a group is written ``group/key``, such as ``names/bg``. An empty cell is None.
    """

    line: int
    values: Mapping[str, str | None]


@dataclass(slots=True)
class Table:
    """An open file: what was found out about it, its warnings so far, and its rows, to be read once.

    Warnings grow while rows are read, because each line of JSON Lines may bring columns of its own.
    """

    encoding: str | None = None
    warnings: list[Fault] = field(default_factory=list)
    delimiter: str | None = None
    rows: Iterator[RawRow | Fault] = field(default_factory=lambda: iter(()))


Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Name = Annotated[str, Field(min_length=1, max_length=300)]
ShortText = Annotated[str, Field(min_length=1, max_length=120)]
Code = Annotated[str, Field(min_length=1, max_length=40)]
WebAddress = Annotated[str, Field(min_length=1, max_length=500)]
Number = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Codes = Annotated[list[Code], Field(max_length=100)]


class Row(BaseModel):
    """What rows of every kind share. A field is set only if its cell says something: blank cells take nothing away."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: int = Field(ge=1, description="Physical line or sheet row on which the row begins.")
    legal_name: Name
    country: Country
    website: WebAddress | None = None
    identifiers: dict[Code, Number] = Field(
        default_factory=dict, description="Registry to the organisation's number there."
    )
    registry_code: Code | None = Field(default=None, description="Whose number the external identifier is.")
    external_id: Number | None = None


class ClusterRow(Row):
    """A cluster organisation as one row tells of it."""

    short_name: ShortText | None = None
    names: dict[Code, Name] = Field(default_factory=dict, description="Language to name.")
    region: Code | None = None
    city: ShortText | None = None
    legal_form: Code | None = None
    host_organisation: Name | None = None
    founded_year: int | None = Field(default=None, ge=1800, le=2199)
    english_page: WebAddress | None = None
    contact_role: ShortText | None = None
    portfolio: Code | None = None
    ecosystems: Codes = Field(default_factory=list)
    emerging_industries: Codes = Field(default_factory=list)
    activities: Codes = Field(default_factory=list)
    participants: Count | None = None
    committed_members: Count | None = None
    members: dict[Code, Count] = Field(
        default_factory=dict, description="Kind of member to committed members of that kind."
    )
    staff_fte: Decimal | None = Field(default=None, ge=0, le=100_000)
    support_programme: Name | None = None
    is_social_economy: bool | None = None
    descriptions: dict[Code, Annotated[str, Field(max_length=20_000)]] = Field(
        default_factory=dict, description="Language to free text."
    )


class LabelRow(Row):
    """A label as one row of a register tells of it: who holds which level until when.

    Where the end is not told, the dated rules give it from the day of the assessment or the first day.
    """

    level: Level
    valid_until: date | None = None
    portfolio: Code | None = None
    valid_from: date | None = None
    assessed_on: date | None = None
    awarded_on: date | None = None
    kind: LabelKind | None = None
    source: Annotated[str, Field(max_length=500)] | None = None

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> Self:
        if self.valid_until is None and self.valid_from is None and self.assessed_on is None:
            raise PydanticCustomError("validity_missing", "valid_until, or else valid_from or assessed_on, is wanted")
        if self.valid_from is not None and self.valid_until is not None and self.valid_from > self.valid_until:
            raise PydanticCustomError(
                "ends_before_it_starts", "valid_until, the last day included, is before valid_from"
            )
        return self


ROW_MODELS: dict[RowKind, type[Row]] = {RowKind.CLUSTER: ClusterRow, RowKind.LABEL: LabelRow}


@cache
def required_fields(kind: RowKind) -> tuple[str, ...]:
    """Answer the fields without which a file of this kind is refused, in the order of the row's model."""
    members = ROW_MODELS[kind].model_fields.items()
    return tuple(name for name, member in members if member.is_required() and name != "line")


def plain_number(value: float | Decimal) -> str:
    """Answer a number in digits with a decimal point, as exports write it and typed cells are read.

    Exactly three decimals get a zero more, for 1.250 would read as a thousand in half of the member countries. Raises
    CellRefused beyond thirty digits.
    """
    number = Decimal(str(value))
    if not number.is_finite() or abs(number.adjusted()) > DIGITS_OF_A_NUMBER:
        raise CellRefused("number_out_of_range", f"{value} is not a number of at most {DIGITS_OF_A_NUMBER} digits.")
    whole, _, decimals = f"{number:f}".partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals}{'0' if len(decimals) == 3 else ''}" if decimals else whole


def guarded(text: str) -> str:
    """Answer text that no spreadsheet runs as a formula: what could be one gets an apostrophe in front.

    Numbers are written by ``plain_number`` and stay, "-5" as text does not. Source: OWASP, CSV injection.
    """
    return f"'{text}" if _RUNS_AS_FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Answer the text that ``guarded`` was given; text that never was guarded stays as it is."""
    return text[1:] if text.startswith("'") and _RUNS_AS_FORMULA.match(text) else text


def cell_text(value: Cell) -> str:
    """Answer a cell as text: ISO days, RFC 3339 instants in UTC, true and false, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else plain_number(value)


def csv_lines(columns: Iterable[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Answer rows as CSV (RFC 4180, UTF-8, header first) in pieces of a thousand rows.

    Quotes also stand around what another delimiter would cut, so that a semicolon in a name opens no second cell.
    None and the empty text are the same there.
    """
    for some in _batches(chain([tuple(columns)], rows), ROWS_AT_ONCE):
        yield "".join([_csv_line(row) for row in some]).encode()


def _csv_line(row: Sequence[Cell]) -> str:
    # Most cells are plain text; asking that here, without a call for each, makes the whole twice as fast.
    cells = [
        cell if type(cell) is str and _CUTS_A_CELL.isdisjoint(cell) and cell[:1] not in _NOT_FIRST else _csv_cell(cell)
        for cell in row
    ]
    return f"{','.join(cells)}\r\n"


def _csv_cell(value: Cell) -> str:
    text = cell_text(value)
    if _CUTS_A_CELL.isdisjoint(text) and not text.startswith(" "):
        return text
    return '"' + text.replace('"', '""') + '"'


def json_lines(columns: Iterable[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Answer rows as JSON Lines (one object a line, UTF-8) in pieces of a thousand rows."""
    names = tuple(columns)
    options = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    for some in _batches(rows, ROWS_AT_ONCE):
        yield b"".join([orjson.dumps(dict(zip(names, row, strict=True)), _json_number, options) for row in some])


def _json_number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(plain_number(value))
    raise TypeError(f"{type(value).__name__} is not a cell")


def _batches(rows: Iterable[Sequence[Cell]], size: int) -> Iterator[list[Sequence[Cell]]]:
    source = iter(rows)
    while some := list(islice(source, size)):
        yield some


def parquet_batches(columns: Mapping[str, type], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Answer rows as a Parquet file in pieces, one row group of 10,000 rows at a time.

    ``columns`` gives each name its type of value: str, int, float, bool, Decimal (four places), date or datetime.
    Raises ParquetNotInstalled at once, not when the first piece is asked for.
    """
    try:
        # A heavy library that only this export needs: it loads here, never when the service starts.
        import pyarrow as pa  # noqa: PLC0415
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as missing:
        raise ParquetNotInstalled from missing
    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), date: pa.date32()}
    kinds |= {datetime: pa.timestamp("us", tz="UTC"), Decimal: pa.decimal128(18, 4)}
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])

    def pieces() -> Iterator[bytes]:
        outlet = io.BytesIO()
        with parquet.ParquetWriter(outlet, schema) as writer:
            for some in _batches(rows, ROW_GROUP):
                columns_of_cells = zip(zip(*some, strict=True), schema.types, strict=True)
                writer.write_batch(pa.record_batch([pa.array(*column) for column in columns_of_cells], schema=schema))
                yield _emptied(outlet)
        yield _emptied(outlet)

    return pieces()


def _emptied(outlet: io.BytesIO) -> bytes:
    piece = outlet.getvalue()
    outlet.seek(0)
    outlet.truncate()
    return piece
