# ruff: noqa: RUF001 - letters of other scripts are what these tests are about
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_api.clusters.states import Level
from cluster_api.files.queries import column_names
from cluster_api.files.rules import (
    Find,
    typed_row,
)
from cluster_api.files.schemas import ROW_MODELS, ClusterRow, LabelRow, RawRow
from cluster_api.files.states import RowKind
from cluster_api.foundation.errors import Fault
from cluster_api.labels.states import LabelKind

FINDERS: Mapping[str, Find] = {
    "country": {"Bulgaria": "BG", "България": "BG", "EL": "GR", "Spain": "ES"}.get,
    "portfolio": {"Food industry": "FOOD", "ICT": "ICT"}.get,
    "region": {"BG41": "BG41"}.get,
    "legal_form": {"Association": "association"}.get,
    "ecosystems": {"Textiles": "textiles", "Tourism": "tourism"}.get,
    "emerging_industries": {"Logistical Services": "logistical_services"}.get,
    "activities": {"62.01": "62.01"}.get,
}


def cluster(**given: str | None) -> ClusterRow | tuple[Fault, ...]:
    raw = {"legal_name": "ИКТ Клъстер", "country": "България", **given}
    row = typed_row(
        RawRow(17, {field.replace("__", "/"): text for field, text in raw.items()}), RowKind.CLUSTER, FINDERS
    )
    assert isinstance(row, ClusterRow | tuple)
    return row


def test_typed_row_reads_a_cluster() -> None:
    row = cluster(
        names__en="ICT  Cluster",
        portfolio="ICT",
        website="www.ictcluster.bg",
        founded_year="2004.0",
        members__sme="1 100",
        members__university="3",
        staff_fte="2,5",
        ecosystems="Textiles; Tourism|Textiles",
        is_social_economy="не",
        identifiers__vat="BG 123456789",
        descriptions__bg="един\r\nдва",
        city=" - ",
        region=None,
    )
    assert row == ClusterRow(
        line=17,
        legal_name="ИКТ Клъстер",
        country="BG",
        names={"en": "ICT Cluster"},
        portfolio="ICT",
        website="https://www.ictcluster.bg",
        founded_year=2004,
        members={"sme": 1100, "university": 3},
        staff_fte=Decimal("2.5"),
        ecosystems=["textiles", "tourism"],
        is_social_economy=False,
        identifiers={"vat": "BG 123456789"},
        descriptions={"bg": "един\nдва"},
    )


def test_typed_row_leaves_out_what_its_cells_do_not_say() -> None:
    row = cluster(city=" - ", region=None, members__sme="")
    assert isinstance(row, ClusterRow)
    assert row.model_fields_set == {"line", "legal_name", "country"}


def test_typed_row_reads_a_label() -> None:
    values = {
        "legal_name": '"Food | Drink" Cluster',
        "country": "EL",
        "portfolio": "Food industry",
        "level": "Gold Label",
        "valid_from": "01.10.2019",
        "valid_until": "2021/10/31",
        "kind": "first",
    }
    assert typed_row(RawRow(2, values), RowKind.LABEL, FINDERS) == LabelRow(
        line=2,
        legal_name='"Food | Drink" Cluster',
        country="GR",
        portfolio="FOOD",
        level=Level.GOLD,
        valid_from=date(2019, 10, 1),
        valid_until=date(2021, 10, 31),
        kind=LabelKind.FIRST,
    )


def test_typed_row_names_every_fault_once_with_its_place() -> None:
    faults = cluster(
        legal_name="x" * 301,
        country="Atlantis",
        founded_year="1700",
        members__sme="-4",
        staff_fte="1.250",
        website="#REF!",
    )
    assert isinstance(faults, tuple)
    assert {(fault.pointer, fault.code) for fault in faults} == {
        ("/rows/17/legal_name", "string_too_long"),
        ("/rows/17/country", "country_unknown"),
        ("/rows/17/founded_year", "greater_than_equal"),
        ("/rows/17/members/sme", "greater_than_equal"),
        ("/rows/17/staff_fte", "number_ambiguous"),
        ("/rows/17/website", "spreadsheet_error"),
    }
    assert len(faults) == 6


def test_typed_row_refuses_a_row_for_one_bad_cell_of_many() -> None:
    assert cluster(ecosystems="Textiles; Weaving") == (
        Fault("/rows/17/ecosystems", "ecosystems_unknown", '"Weaving" is not known among ecosystems.'),
    )


def test_typed_row_wants_the_required_cells() -> None:
    assert cluster(country="-") == (Fault("/rows/17/country", "missing", "Field required"),)


def test_typed_row_takes_a_label_of_one_day() -> None:
    values = {"legal_name": "A", "country": "EL", "level": "gold", "valid_from": "2020/1/2", "valid_until": "2020/1/2"}
    assert isinstance(typed_row(RawRow(3, values), RowKind.LABEL, FINDERS), LabelRow)


def test_typed_row_wants_a_day_from_which_the_validity_follows() -> None:
    values = {"legal_name": "ИКТ Клъстер", "country": "Bulgaria", "level": "gold"}
    assert typed_row(RawRow(3, values), RowKind.LABEL, FINDERS) == (
        Fault("/rows/3", "validity_missing", "valid_until, or else valid_from or assessed_on, is wanted"),
    )


def test_typed_row_refuses_a_label_that_ends_before_it_starts() -> None:
    values = {"legal_name": "A", "country": "EL", "level": "gold", "valid_from": "2020/1/2", "valid_until": "2020/1/1"}
    assert typed_row(RawRow(3, values), RowKind.LABEL, FINDERS) == (
        Fault("/rows/3", "ends_before_it_starts", "valid_until, the last day included, is before valid_from"),
    )


@pytest.mark.parametrize("kind", RowKind)
def test_every_known_column_has_a_place_in_its_row(kind: RowKind) -> None:
    fields = {field.partition("/")[0] for field in column_names(kind).values()}
    assert fields == set(ROW_MODELS[kind].model_fields) - {"line"}


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(set(column_names(RowKind.CLUSTER).values()))), st.text()))
def test_typed_row_answers_a_row_or_faults_whatever_the_cells_hold(values: dict[str, str | None]) -> None:
    answer = typed_row(RawRow(1, values), RowKind.CLUSTER, FINDERS)
    assert isinstance(answer, ClusterRow) or (isinstance(answer, tuple) and answer)
