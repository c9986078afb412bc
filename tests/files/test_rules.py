# ruff: noqa: RUF001 - letters of other scripts are what these tests are about
import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.clusters.states import Level
from cluster_api.files.errors import CellRefused
from cluster_api.files.rules import (
    block_of_text,
    civil_day,
    cleaned,
    decimal_number,
    is_total,
    items_of,
    label_level,
    line_of_text,
    member_of,
    web_address,
    whole_number,
    yes_or_no,
)
from cluster_api.labels.states import LabelKind


def refusal(convert: object, *arguments: object) -> str:
    assert callable(convert)
    with pytest.raises(CellRefused) as refused:
        convert(*arguments)
    return refused.value.code


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("  София\u00a0", "София"),
        ("\ufeffKraków\u200b", "Kraków"),
        ("Krako\u0301w", "Kraków"),
        ("e\u200b\u0301", "é"),
        ("clus\u00adter", "cluster"),
        ("می\u200cخواهم\u200d", "می\u200cخواهم"),
        (" \u200b\u00a0\u200d ", None),
        ("-", None),
        (" – ", None),
        ("N/A", None),
        ("NA", "NA"),
        ("", None),
    ],
)
def test_cleaned_takes_away_what_cannot_be_seen(text: str, seen: str | None) -> None:
    assert cleaned(text) == seen


@pytest.mark.parametrize("text", ["#REF!", " #N/A ", "#DIV/0!"])
def test_cleaned_refuses_what_a_spreadsheet_could_not_compute(text: str) -> None:
    assert refusal(cleaned, text) == "spreadsheet_error"


@given(
    st.text(st.sampled_from("a \u00a0\u00ad\u200b\u200c\u200d\u2060\u0301\ufeffЖé\n"))
    | st.text().filter(lambda text: "#" not in text)
)
def test_cleaned_text_is_normal_and_stays_as_it_is(text: str) -> None:
    seen = cleaned(text)
    assert seen is None or (cleaned(seen), unicodedata.is_normalized("NFC", seen)) == (seen, True)


def test_line_of_text_joins_lines() -> None:
    assert line_of_text("Cluster of\r\n  Wood\u00a0and\tFurniture") == "Cluster of Wood and Furniture"


def test_block_of_text_keeps_lines() -> None:
    assert block_of_text("one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2020/12/31", date(2020, 12, 31)),
        ("2020-12-31", date(2020, 12, 31)),
        ("2020.12.31.", date(2020, 12, 31)),
        ("2020/2/9", date(2020, 2, 9)),
        ("2020-12-31T00:00:00Z", date(2020, 12, 31)),
        ("2020-12-31 00:00:00", date(2020, 12, 31)),
        ("31.12.2020", date(2020, 12, 31)),
        ("1.2.2020", date(2020, 2, 1)),
        ("31/12/2020", date(2020, 12, 31)),
        ("12/31/2020", date(2020, 12, 31)),
        ("05/05/2020", date(2020, 5, 5)),
        ("13-04-2020", date(2020, 4, 13)),
        ("29.02.2020", date(2020, 2, 29)),
        ("1900/01/01", date(1900, 1, 1)),
        ("2199-12-31", date(2199, 12, 31)),
    ],
)
def test_civil_day_reads_what_means_one_day(text: str, day: date) -> None:
    assert civil_day(text) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("03/04/2020", "date_ambiguous"),
        ("12-11-2020", "date_ambiguous"),
        ("29.02.2021", "date_unreal"),
        ("31.31.2020", "date_unreal"),
        ("12.31.2020", "date_unreal"),
        ("13/13/2020", "date_unreal"),
        ("0.5.2020", "date_unreal"),
        ("2020-13-01", "date_unreal"),
        ("1.2.20", "date_unreadable"),
        ("2020", "date_unreadable"),
        ("2020-12", "date_unreadable"),
        ("2020-12-31T14:00:00", "date_unreadable"),
        ("2020/12-31", "date_unreadable"),
        ("soon", "date_unreadable"),
        ("٢٠٢٠-١٢-٣١", "date_unreadable"),
        ("0020-12-31", "date_out_of_range"),
        ("1899-12-31", "date_out_of_range"),
        ("2200-01-01", "date_out_of_range"),
    ],
)
def test_civil_day_refuses_the_rest(text: str, code: str) -> None:
    assert refusal(civil_day, text) == code


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_civil_day_reads_the_form_of_the_register_the_iso_form_and_the_dotted_form(day: date) -> None:
    written = (f"{day:%Y/%m/%d}", day.isoformat(), f"{day:%d.%m.%Y}")
    assert [civil_day(text) for text in written] == [day] * 3


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_civil_day_never_takes_the_wrong_day_for_slashes(day: date) -> None:
    for text in (f"{day:%d/%m/%Y}", f"{day:%m/%d/%Y}"):
        if day.day <= 12 and day.day != day.month:
            assert refusal(civil_day, text) == "date_ambiguous"
        else:
            assert civil_day(text) == day


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1141", 1141),
        ("1 141", 1141),
        ("1\u202f141", 1141),
        ("1.141", 1141),
        ("1,141", 1141),
        ("1'141'000", 1141000),
        ("1.141.000,00", 1141000),
        ("12.0", 12),
        ("12,00", 12),
        ("-3", -3),
        ("0", 0),
    ],
)
def test_whole_number_reads_thousands(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["12.5", "1,234.567", "1.2345", "1 14", "1.141,000.0", "12a", "", "1e3", "9" * 31])
def test_whole_number_refuses_the_rest(text: str) -> None:
    assert refusal(whole_number, text) == "whole_number_unreadable"


@given(st.integers(-(10**15), 10**15), st.sampled_from(" .,'\u00a0\u202f\u2019"))
def test_whole_number_reads_every_grouping(number: int, mark: str) -> None:
    assert whole_number(f"{number:,}".replace(",", mark)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.5", "2.5"),
        ("2,5", "2.5"),
        ("0,125", "0.125"),
        ("1234.567", "1234.567"),
        ("1.234,5", "1234.5"),
        ("1,234.567", "1234.567"),
        ("1 234,5", "1234.5"),
        ("1,234,567", "1234567"),
        ("-0.5", "-0.5"),
        ("4", "4"),
    ],
)
def test_decimal_number_reads_points_and_commas(text: str, number: str) -> None:
    assert decimal_number(text) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.250", "number_ambiguous"),
        ("1,250", "number_ambiguous"),
        ("-12,500", "number_ambiguous"),
        ("1.2.3", "number_unreadable"),
        ("1,23,456", "number_unreadable"),
        ("4 FTE", "number_unreadable"),
        ("NaN", "number_unreadable"),
        ("1e5", "number_unreadable"),
        ("1" * 31, "number_unreadable"),
    ],
)
def test_decimal_number_refuses_the_rest(text: str, code: str) -> None:
    assert refusal(decimal_number, text) == code


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Yes", True),
        ("да", True),
        ("SÍ", True),
        ("ναι", True),
        ("1", True),
        ("No", False),
        ("Не", False),
        ("não", False),
    ],
)
def test_yes_or_no_reads_the_languages_of_forms(text: str, answer: bool) -> None:
    assert yes_or_no(text) is answer


def test_yes_or_no_refuses_the_rest() -> None:
    assert refusal(yes_or_no, "perhaps") == "yes_or_no_unreadable"


@pytest.mark.parametrize(
    ("text", "items"),
    [("a; b|c", ["a", "b", "c"]), ("a;;a; ", ["a"]), ("Wood, Furniture", ["Wood, Furniture"]), (";", [])],
)
def test_items_of_parts_at_semicolons_and_bars(text: str, items: list[str]) -> None:
    assert items_of(text) == items


@pytest.mark.parametrize(
    ("text", "level"),
    [("GOLD", Level.GOLD), ("Bronze Label", Level.BRONZE), ("ECEI-silver (2019)", Level.SILVER)],
)
def test_label_level_reads_names_in_phrases(text: str, level: Level) -> None:
    assert label_level(text) is level


@pytest.mark.parametrize("text", ["silver and gold", "platinum", "golden"])
def test_label_level_refuses_none_and_two(text: str) -> None:
    assert refusal(label_level, text) == "level_unreadable"


def test_member_of_reads_values_without_case() -> None:
    assert member_of(LabelKind, " Renewal ") is LabelKind.RENEWAL
    assert refusal(member_of, LabelKind, "second") == "choice_unknown"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("www.eyde.no", "https://www.eyde.no"),
        ("eyde.no/en?a=1", "https://eyde.no/en?a=1"),
        ("http://Eyde.no", "http://Eyde.no"),
        ("HTTPS://eyde.no:8443/", "HTTPS://eyde.no:8443/"),
        ("клъстер.бг", "https://клъстер.бг"),
    ],
)
def test_web_address_adds_the_scheme_only(text: str, address: str) -> None:
    assert web_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("www.a.eu, www.b.eu", "www.a.eu;www.b.eu", "info@eyde.no", "javascript:alert(1)", "ftp://eyde.no"),
        *(
            "no website",
            "eyde",
            "http://",
            "://eyde.no",
            "http://[::1",
            "http://eyde.no:99999",
            "http://eyde.no:0",
            "http://-eyde.no",
        ),
    ],
)
def test_web_address_refuses_what_is_not_one_address(text: str) -> None:
    assert refusal(web_address, text) == "web_address_unreadable"


@pytest.mark.parametrize("text", ["Total", "Total: 12", "GRAND TOTAL 1 141", "Общо: 7", "Total number of clusters: 9"])
def test_is_total_knows_totals(text: str) -> None:
    assert is_total(text)


@pytest.mark.parametrize("text", ["Total Logistics Cluster", "Summer Tourism", "12", "Razem dla klimatu"])
def test_is_total_leaves_names_alone(text: str) -> None:
    assert not is_total(text)
