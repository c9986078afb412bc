# ruff: noqa: RUF001 - letters of other scripts are what these tests are about
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from io import BytesIO

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.files.errors import CellRefused, ParquetNotInstalled
from cluster_api.files.rules import decimal_number
from cluster_api.files.schemas import (
    Cell,
    csv_lines,
    guarded,
    json_lines,
    parquet_batches,
    plain_number,
    required_fields,
    unguarded,
)
from cluster_api.files.states import RowKind

PEEK = datetime(2020, 12, 31, 23, 30, 0, 5, tzinfo=timezone(timedelta(hours=1)))


def csv_of(*cells: Cell) -> str:
    _, line = b"".join(csv_lines(["a"] * len(cells), [cells])).decode().split("\r\n", 1)
    return line.removesuffix("\r\n")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("", ""),
        ("Mov'eo", "Mov'eo"),
        ('The "Food" Cluster', '"The ""Food"" Cluster"'),
        ("Transport | Logistics", '"Transport | Logistics"'),
        ("Wood; Furniture", '"Wood; Furniture"'),
        ("one\nname", '"one\nname"'),
        (" apart", '" apart"'),
        (" =1", '" =1"'),
        ("'tis; so", '"\'tis; so"'),
        ("=a,b", '"\'=a,b"'),
        (-5, "-5"),
        (True, "true"),
        (False, "false"),
        (0.5, "0.5"),
        (Decimal("12.50"), "12.5"),
        (date(2020, 12, 31), "2020-12-31"),
        (PEEK, "2020-12-31T22:30:00.000005Z"),
    ],
)
def test_csv_lines_write_a_cell(cell: Cell, text: str) -> None:
    assert csv_of(cell) == text


def test_csv_lines_begin_with_the_columns_and_end_each_line_as_rfc_4180_says() -> None:
    assert b"".join(csv_lines(("name", "level"), [("Злато", "gold")])).decode() == "name,level\r\nЗлато,gold\r\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+359 2 123", "'+359 2 123"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\uff1d1", "'\uff1d1"),
        ("'=1", "''=1"),
        ("'s-Hertogenbosch", "'s-Hertogenbosch"),
        ("a=1", "a=1"),
    ],
)
def test_guarded_stops_formulas_only(text: str, written: str) -> None:
    assert guarded(text) == written
    assert unguarded(written) == text


@given(st.text(st.sampled_from("'=+-@\t\r\naЖ"), max_size=6) | st.text())
def test_unguarded_gives_back_what_was_guarded(text: str) -> None:
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1141, "1141"),
        (1141.0, "1141"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
        (Decimal("2.50"), "2.5"),
        (Decimal("1.250"), "1.25"),
        (Decimal("1.125"), "1.1250"),
        (Decimal("-0.5"), "-0.5"),
    ],
)
def test_plain_number_writes_digits(value: float | Decimal, text: str) -> None:
    assert plain_number(value) == text


@pytest.mark.parametrize("value", [1e300, Decimal("1e999999"), float("nan"), float("inf")])
def test_plain_number_refuses_what_has_too_many_digits(value: float | Decimal) -> None:
    with pytest.raises(CellRefused) as refused:
        plain_number(value)
    assert refused.value.code == "number_out_of_range"


@given(st.decimals(-(10**9), 10**9, places=4))
def test_plain_number_is_never_ambiguous(value: Decimal) -> None:
    assert decimal_number(plain_number(value)) == value


def test_json_lines_write_one_object_a_line() -> None:
    row = ("ЦЕНТЪР\n2", None, Decimal("2.5"), True, date(2020, 12, 31), PEEK.astimezone(UTC))
    (line,) = b"".join(json_lines("abcdef", [row])).splitlines()
    assert json.loads(line) == {
        "a": "ЦЕНТЪР\n2",
        "b": None,
        "c": 2.5,
        "d": True,
        "e": "2020-12-31",
        "f": "2020-12-31T22:30:00.000005Z",
    }


def test_json_lines_refuse_what_is_no_cell() -> None:
    with pytest.raises(TypeError):
        b"".join(json_lines(["a"], [({1, 2},)]))  # type: ignore[list-item]


def test_json_lines_refuse_a_row_of_another_width() -> None:
    with pytest.raises(ValueError, match="shorter"):
        b"".join(json_lines(["a", "b"], [(1,)]))


def test_writers_read_rows_as_they_write_them() -> None:
    drawn: list[int] = []

    def rows() -> Iterator[tuple[int]]:
        for number in range(100_000):
            drawn.append(number)
            yield (number,)

    next(csv_lines(["a"], rows()))
    next(json_lines(["a"], rows()))
    next(parquet_batches({"a": int}, rows()))
    assert len(drawn) == 999 + 1_000 + 10_000


def test_parquet_batches_give_the_rows_with_their_types() -> None:
    columns = {"a": str, "b": int, "c": float, "d": bool, "e": Decimal, "f": date, "g": datetime}
    row = ('"Хлеб" | 2', 7, 0.5, False, Decimal("2.5000"), date(2020, 12, 31), PEEK.astimezone(UTC))
    nothing = (None,) * 7
    table = pq.read_table(BytesIO(b"".join(parquet_batches(columns, [row, nothing]))))
    assert [tuple(found.values()) for found in table.to_pylist()] == [row, nothing]


def test_parquet_batches_write_groups_of_ten_thousand_rows() -> None:
    pieces = list(parquet_batches({"a": int}, ((number,) for number in range(25_000))))
    file = pq.ParquetFile(BytesIO(b"".join(pieces)))
    groups = [file.metadata.row_group(at).num_rows for at in range(file.metadata.num_row_groups)]
    assert groups == [10_000, 10_000, 5_000]
    assert file.read().column("a").to_pylist() == list(range(25_000))
    assert len(pieces) == 4


def test_parquet_batches_of_no_rows_keep_the_columns() -> None:
    assert pq.read_table(BytesIO(b"".join(parquet_batches({"a": int}, [])))).column_names == ["a"]


def test_parquet_batches_say_at_once_that_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ParquetNotInstalled):
        parquet_batches({"a": int}, [])


def test_heavy_libraries_stay_out_of_the_start() -> None:
    code = "import sys, cluster_api.files.queries; print({'pyarrow', 'openpyxl'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"set()\n"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (RowKind.CLUSTER, ("legal_name", "country")),
        (RowKind.LABEL, ("legal_name", "country", "level")),
    ],
)
def test_required_fields_are_those_without_which_a_row_tells_nothing(kind: RowKind, fields: tuple[str, ...]) -> None:
    assert required_fields(kind) == fields
