"""What a row means for the record, without a database: numbers, facts, the label it tells of."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cluster_api.clusters.states import Level
from cluster_api.files.schemas import ClusterRow, LabelRow
from cluster_api.foundation.errors import Fault
from cluster_api.intake.errors import RowRefused
from cluster_api.intake.rules import (
    HeldLabel,
    checked_patch,
    contradicts,
    corrected_validity,
    edited_here,
    fault_finding,
    held_of,
    kept_apart,
    label_told,
    members_faults,
    numbers_of,
    patch_of,
    refusal,
)
from cluster_api.jobs.schemas import Finding
from cluster_api.jobs.states import RowOutcome
from cluster_api.labels.rules import Validity
from cluster_api.labels.states import LabelKind

CHECKS = {"source": "none", "eccp": "none", "vat": "vat", "court": "country"}
FROM, UNTIL = date(2018, 5, 13), date(2020, 5, 12)


def cluster(**told: Any) -> ClusterRow:
    return ClusterRow.model_validate({"line": 3, "legal_name": "Alps Motion", "country": "DE", **told})


def label(**told: Any) -> LabelRow:
    row = {"line": 3, "legal_name": "Alps Motion", "country": "DE", "level": "gold", **told}
    return LabelRow.model_validate({name: value for name, value in row.items() if value is not ...})


def held(number: str = "one", **more: Any) -> HeldLabel:
    known = {
        "id": f"id-{number}", "number": number, "cluster_id": "c", "level": Level.GOLD, "kind": LabelKind.FIRST,
        "valid_from": FROM, "valid_until": UNTIL,
    }  # fmt: skip
    return HeldLabel(**{**known, **more})


def refused(raised: pytest.ExceptionInfo[RowRefused]) -> tuple[str, str, str]:
    return raised.value.place, raised.value.code, raised.value.sentence


@pytest.mark.parametrize(
    ("told", "own", "expected"),
    [
        ({}, True, set()),
        ({"external_id": " 17 "}, True, {("source", "17")}),
        ({"external_id": "17"}, False, set()),
        ({"external_id": "17", "registry_code": "eccp"}, True, {("eccp", "17")}),
        (
            {"external_id": "17", "identifiers": {"eccp": "18", "court": "HRB 1", "vat": "136.695.976"}},
            True,
            {("source", "17"), ("eccp", "18"), ("court", "DE-HRB 1"), ("vat", "DE136695976")},
        ),
    ],
)
def test_numbers_of_a_row_are_in_the_form_of_each_registry(
    told: dict[str, Any], own: bool, expected: set[tuple[str, str]]
) -> None:
    assert numbers_of(cluster(**told), CHECKS, own=own) == expected


def test_unknown_registry_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(RowRefused) as raised:
        numbers_of(cluster(identifiers={"moon": "1"}), CHECKS, own=True)
    sentence = "moon is no registry; known are court, eccp, source, vat."
    assert refused(raised) == ("registry_code", "registry_unknown", sentence)


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"identifiers": {"vat": "DE136695975"}}, "identifiers/vat"),
        ({"external_id": "DE136695975", "registry_code": "vat"}, "external_id"),
    ],
)
def test_number_with_wrong_check_digits_is_refused_at_its_place(told: dict[str, Any], place: str) -> None:
    with pytest.raises(RowRefused) as raised:
        numbers_of(cluster(**told), CHECKS, own=True)
    assert refused(raised)[:2] == (place, "number_not_valid")
    assert refused(raised)[2].startswith("Not a valid number: ")


def test_patch_is_what_the_row_says_and_no_more() -> None:
    row = cluster(
        city="Jena", staff_fte=Decimal("2.50"), members={"sme": 3}, identifiers={"eccp": "1"}, registry_code="eccp",
        external_id="17", committed_members=3,
    )  # fmt: skip
    assert patch_of(row) == {
        "legal_name": "Alps Motion", "country": "DE", "city": "Jena", "staff_fte": 2.5, "members": {"sme": 3},
    }  # fmt: skip
    assert type(patch_of(row)["staff_fte"]) is float
    assert patch_of(cluster(city=None)) == {"legal_name": "Alps Motion", "country": "DE", "city": None}


def test_patch_is_brought_into_the_form_of_the_record() -> None:
    assert checked_patch({"legal_name": " Alps  ", "country": "DE"}, new=True) == {
        "legal_name": "Alps",
        "country": "DE",
    }
    assert checked_patch({"city": "Jena"}, new=False) == {"city": "Jena"}


@pytest.mark.parametrize(
    ("patch", "new", "expected"),
    [
        ({"city": "Jena", "country": "DE"}, True, ("legal_name", "missing", "Field required.")),
        ({"status": "merged"}, False, ("status", "extra_forbidden", "Extra inputs are not permitted.")),
        (
            {"members": {"sme": -1}},
            False,
            ("members/sme", "greater_than_equal", "Input should be greater than or equal to 0."),
        ),
    ],
)
def test_what_the_record_does_not_take_is_refused_at_its_place(
    patch: dict[str, Any], new: bool, expected: tuple[str, str, str]
) -> None:
    with pytest.raises(RowRefused) as raised:
        checked_patch(patch, new=new)
    assert refused(raised) == expected


def test_programme_invariant_22_total_of_members_is_what_its_kinds_sum_to() -> None:
    facts = {"members": {"sme": 3, "large": 2}}
    assert members_faults(cluster(), facts) is None
    assert members_faults(cluster(committed_members=5), facts) is None
    assert members_faults(cluster(committed_members=5, members={"sme": 3, "large": 2}), facts) is None
    assert members_faults(cluster(committed_members=6), facts) == (
        "The 6 committed members are not kept: they are recorded by kind, and none is told."
    )
    with pytest.raises(RowRefused) as raised:
        members_faults(cluster(committed_members=6, members={"sme": 3, "large": 2}), facts)
    sentence = "The kinds of member sum to 5, not to 6."
    assert refused(raised) == ("committed_members", "members_do_not_sum", sentence)


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ([], [], False),
        ([("vat", "1")], [("vat", "1")], False),
        ([("vat", "1")], [("vat", "2")], True),
        ([("vat", "1")], [("eccp", "2")], False),
        ([("vat", "1"), ("vat", "3")], [("vat", "2"), ("vat", "3")], False),
        ([("vat", "1"), ("eccp", "5")], [("vat", "1"), ("eccp", "6")], True),
        ([("vat", "5")], [("vat", "6"), ("eccp", "5")], True),
        ([("vat", "5"), ("eccp", "7")], [("vat", "7"), ("eccp", "7")], True),
        ([("source", "1")], [("source", "2")], False),
    ],
)
def test_numbers_contradict_if_one_registry_tells_two_apart(
    mine: list[tuple[str, str]], theirs: list[tuple[str, str]], expected: bool
) -> None:
    assert contradicts(mine, theirs) is expected
    assert contradicts(iter(theirs), iter(mine)) is expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2016, 1, 1), date(2018, 5, 12), False),
        (date(2016, 1, 1), date(2018, 5, 13), True),
        (date(2019, 1, 1), date(2019, 2, 1), True),
        (date(2020, 5, 12), date(2022, 1, 1), True),
        (date(2020, 5, 13), date(2022, 1, 1), False),
    ],
)
def test_label_covers_days_it_shares(start: date, end: date, expected: bool) -> None:
    assert held().covers(Validity(start, end)) is expected


ROW: dict[str, Any] = {
    "id": "i", "number": "LB-1", "cluster_id": "c", "level": Level.GOLD, "kind": LabelKind.RENEWAL, "valid_from": FROM,
    "valid_until": UNTIL, "previous_label_id": "p", "registry_code": "eccp", "external_id": "17", "portfolio": "ICT",
    "assessed_on": FROM, "awarded_on": UNTIL, "source": "A list.", "country": "DE",
}  # fmt: skip


def test_label_about_to_be_recorded_is_seen_like_one_on_record() -> None:
    told = {
        "portfolio": "ICT", "kind": LabelKind.RENEWAL, "assessed_on": FROM, "awarded_on": UNTIL, "source": "A list.",
    }  # fmt: skip
    expected = HeldLabel(
        id="i", number="LB-1", cluster_id="c", level=Level.GOLD, kind=LabelKind.RENEWAL, valid_from=FROM,
        valid_until=UNTIL, previous_label_id="p", external=("eccp", "17"), told=told,
    )  # fmt: skip
    assert held_of(ROW) == expected
    unnamed = held_of(ROW | {"number": None, "external_id": None})
    assert (unnamed.number, unnamed.external, unnamed.is_withdrawn) == ("i", None, False)


def test_row_tells_of_the_label_with_its_level_and_first_day_or_else_its_last() -> None:
    silver = held("silver", level=Level.SILVER)
    later = held("later", valid_from=date(2020, 5, 13), valid_until=date(2023, 5, 12))
    on_record = [silver, held(), later]
    assert label_told(label(valid_from=FROM), on_record) == held()
    assert label_told(label(valid_from=FROM, valid_until=date(2023, 5, 12)), on_record) == held()
    assert label_told(label(valid_until=date(2023, 5, 12)), on_record) == later
    assert label_told(label(level="silver", valid_until=UNTIL), on_record) == silver
    assert label_told(label(valid_from=date(2018, 5, 14), valid_until=UNTIL), on_record) is None
    assert label_told(label(level="bronze", valid_from=FROM), on_record) is None
    assert label_told(label(valid_from=FROM), []) is None


def test_row_with_the_day_of_an_assessment_tells_of_the_label_that_rests_on_it() -> None:
    assessed = held("assessed", valid_from=date(2018, 6, 1), told={"assessed_on": date(2018, 5, 20)})
    assert label_told(label(assessed_on=FROM), [assessed, held()]) == held()
    assert label_told(label(assessed_on=date(2018, 5, 20)), [held(), assessed]) == assessed
    assert label_told(label(assessed_on=date(2018, 5, 21)), [held(), assessed, held("x", told={})]) is None


def test_correction_takes_the_days_the_row_has() -> None:
    other = date(2019, 1, 1)
    assert corrected_validity(label(valid_from=other), held()) == Validity(other, UNTIL)
    assert corrected_validity(label(valid_until=other), held()) == Validity(FROM, other)
    assert corrected_validity(label(assessed_on=other), held()) == Validity(FROM, UNTIL)


def test_what_no_import_corrects_is_named() -> None:
    row = label(valid_from=FROM, portfolio="ICT", kind="first", assessed_on=FROM, awarded_on=UNTIL, source="A list.")
    same = {"portfolio": "ICT", "kind": LabelKind.FIRST, "assessed_on": FROM, "awarded_on": UNTIL, "source": "A list."}
    assert kept_apart(row, same) == []
    other = {"portfolio": "FOOD", "kind": LabelKind.RENEWAL, "assessed_on": UNTIL, "awarded_on": FROM, "source": "B."}
    assert kept_apart(row, other) == ["portfolio", "kind", "assessed_on", "awarded_on", "source"]
    assert kept_apart(row, {"portfolio": None}) == []
    assert kept_apart(label(valid_from=FROM), other) == []


def test_findings_point_into_the_file() -> None:
    reason = RowRefused("identifiers/vat", "number_not_valid", "Wrong.")
    assert refusal(7, reason) == Finding(RowOutcome.REFUSED, 7, "/rows/7/identifiers/vat", "number_not_valid", "Wrong.")
    assert refusal(7, RowRefused("", "x", "Y.")).pointer == "/rows/7"
    fault = Fault("/rows/7/city", "too_long", "Too long.")
    assert fault_finding(fault, 7) == Finding(RowOutcome.REFUSED, 7, "/rows/7/city", "too_long", "Too long.")
    other = next(one for one in RowOutcome if one is not RowOutcome.REFUSED)
    assert fault_finding(fault, 0, other).outcome is other


@pytest.mark.parametrize(
    ("versions", "told"),
    [
        ([], None),
        ([("cluster.imported", ["city"])], None),
        ([("cluster.updated", ["website"])], None),
        ([("cluster.updated", ["city", "website"])], "city"),
        ([("cluster.updated", ["city"]), ("cluster.imported", ["city"])], None),
        ([("cluster.imported", ["city"]), ("cluster.renamed", ["legal_name", "city"])], "city, legal_name"),
    ],
)
def test_programme_invariant_29_what_was_edited_here_and_is_replaced_is_told(
    versions: list[tuple[str, list[str]]], told: str | None
) -> None:
    sentence = f"What was changed here gives way to the row, and stays in the history: {told}."
    expected = [] if told is None else [Finding(RowOutcome.NOTED, 3, "/rows/3", "edited_here", sentence)]
    assert edited_here(3, {"legal_name": "B", "city": "Lyon"}, versions) == expected
