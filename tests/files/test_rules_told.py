"""Why a cell cannot be read, in the words that its sender reads."""

from collections.abc import Callable
from typing import Any

import pytest

from cluster_api.files import rules
from cluster_api.files.errors import CellRefused
from cluster_api.files.schemas import ClusterRow, RawRow
from cluster_api.files.states import RowKind
from cluster_api.labels.states import LabelKind
from tests.files.test_rules_of_rows import FINDERS, cluster

LONG = "x" * 61
AMBIGUOUS = "may be two different days; write it as yyyy-mm-dd."


def kind_of(text: str) -> LabelKind:
    return rules.member_of(LabelKind, text)


@pytest.mark.parametrize(
    ("read", "text", "code", "detail"),
    [
        (rules.cleaned, "#REF!", "spreadsheet_error", "The spreadsheet could not compute this cell: #REF!."),
        (rules.civil_day, "03/04/2021", "date_ambiguous", f"03/04/2021 {AMBIGUOUS}"),
        (rules.civil_day, "soon", "date_unreadable", '"soon" is not a day; write it as yyyy-mm-dd.'),
        (rules.civil_day, "2200-01-01", "date_out_of_range", "2200-01-01 is outside the years 1900 to 2199."),
        (rules.civil_day, "2021-02-30", "date_unreal", "2021-02-30 does not exist in the calendar."),
        (rules.civil_day, "13/13/2021", "date_unreal", "13/13/2021 does not exist in the calendar."),
        (rules.whole_number, "many", "whole_number_unreadable", '"many" is not a whole number.'),
        (rules.whole_number, "9" * 31, "whole_number_unreadable", f'"{"9" * 31}" is not a whole number.'),
        (rules.decimal_number, "9" * 31, "number_unreadable", f'"{"9" * 31}" is too long for a number.'),
        (
            rules.decimal_number,
            "1.250",
            "number_ambiguous",
            "1.250 may be thousands or decimals; write it without the mark.",
        ),
        (rules.decimal_number, "some", "number_unreadable", '"some" is not a number.'),
        (rules.yes_or_no, "perhaps", "yes_or_no_unreadable", '"perhaps" says neither yes nor no.'),
        (
            rules.label_level,
            "bronze or silver",
            "level_unreadable",
            '"bronze or silver" names no single level of bronze, silver and gold.',
        ),
        (kind_of, "third", "choice_unknown", '"third" is not one of first, renewal.'),
        (rules.web_address, "ftp://a.eu", "web_address_unreadable", '"ftp://a.eu" is not one http or https address.'),
        (rules.web_address, "https://", "web_address_unreadable", '"https://" is not one http or https address.'),
        (rules.yes_or_no, "x" * 60, "yes_or_no_unreadable", f'"{"x" * 60}" says neither yes nor no.'),
        (rules.yes_or_no, LONG, "yes_or_no_unreadable", f'"{"x" * 57}..." says neither yes nor no.'),
    ],
)  # fmt: skip
def test_cell_that_cannot_be_read_says_why(read: Callable[[str], Any], text: str, code: str, detail: str) -> None:
    with pytest.raises(CellRefused) as raised:
        read(text)
    assert (raised.value.code, raised.value.detail) == (code, detail)


def test_unknown_code_is_told_with_what_it_should_name() -> None:
    with pytest.raises(CellRefused) as raised:
        rules.code_for("Union", {"Club": "club"}.get, "legal_form")
    assert (raised.value.code, raised.value.detail) == (
        "legal_form_unknown", '"Union" is not known among legal form.',
    )  # fmt: skip


@pytest.mark.parametrize(
    ("read", "expected"), [(rules.whole_number, int("9" * 30)), (rules.decimal_number, int("9" * 30))]
)
def test_thirty_digits_are_a_number(read: Callable[[str], Any], expected: int) -> None:
    assert read("9" * 30) == expected


def test_month_of_thirteen_is_a_day() -> None:
    assert rules.civil_day("04/13/2021") == rules.civil_day("2021-04-13")


def test_blank_cell_hides_none_after_it() -> None:
    row = cluster(city=None, website="example.org")
    assert isinstance(row, ClusterRow)
    assert (row.city, row.website) == (None, "https://example.org")


def test_bad_cell_hides_no_other() -> None:
    raw = RawRow(9, {"legal_name": "A", "country": "Moon", "founded_year": "soon", "website": "ftp://x"})
    found = rules.typed_row(raw, RowKind.CLUSTER, FINDERS)
    assert isinstance(found, tuple)
    assert [(one.pointer, one.code) for one in found] == [
        ("/rows/9/country", "country_unknown"),
        ("/rows/9/founded_year", "whole_number_unreadable"),
        ("/rows/9/website", "web_address_unreadable"),
    ]
