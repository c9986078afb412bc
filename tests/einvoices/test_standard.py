"""Invoice files before the official judges; and that these judges judge."""

import re

import pytest

from cluster_api.einvoices.rules import ubl_of
from cluster_api.einvoices.schemas import Document
from tests.einvoices.judges import RULES, rule_faults, schema_faults
from tests.einvoices.test_rules import DOCUMENTS, document, documents


@documents
def test_file_is_valid_ubl(given_one: Document) -> None:
    assert schema_faults(ubl_of(given_one)) == []


@documents
def test_file_breaks_no_rule_of_the_standard(given_one: Document) -> None:
    assert rule_faults(ubl_of(given_one)) == []


@pytest.mark.parametrize("net", [0, 1, 3, 99_999_999])
def test_no_amount_breaks_a_rule(net: int) -> None:
    assert rule_faults(ubl_of(document(net=net))) == []


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        ((rb"<cbc:ID>IN-2021-000001-05</cbc:ID>", b""), ["BR-02"]),
        ((rb"<cbc:IssueDate>[^<]*</cbc:IssueDate>", b""), ["BR-03"]),
        ((rb"9982.50</cbc:TaxInclusiveAmount>", b"9982.51</cbc:TaxInclusiveAmount>"), ["BR-CO-15", "BR-CO-16"]),
        ((rb"9982.50</cbc:PayableAmount>", b"9982.49</cbc:PayableAmount>"), ["BR-CO-16"]),
        ((rb"8250.00</cbc:TaxExclusiveAmount>", b"8250.01</cbc:TaxExclusiveAmount>"), ["BR-CO-13", "BR-CO-15"]),
        ((rb"<cbc:DocumentCurrencyCode>EUR", b"<cbc:DocumentCurrencyCode>EUX"), ["BR-CL-04", "BR-CO-15"]),
        ((rb"<cbc:RegistrationName>Association</cbc:RegistrationName>", b""), ["BR-06"]),
        ((rb"<cbc:IdentificationCode>DE</cbc:IdentificationCode>", b""), ["BR-11"]),
        ((rb"<cbc:Name>[^<]*</cbc:Name>", b""), ["BR-25"]),
    ],
)
def test_the_rules_of_the_standard_find_what_is_spoilt(spoil: tuple[bytes, bytes], expected: list[str]) -> None:
    spoilt, count = re.subn(*spoil, ubl_of(DOCUMENTS[0]))
    assert count >= 1
    assert set(expected) <= set(rule_faults(spoilt))


@pytest.mark.parametrize(
    ("category", "reason", "expected"), [("AE", "VATEX-EU-AE", "BR-AE-10"), ("O", "VATEX-EU-O", "BR-O-10")]
)
def test_the_rules_of_the_standard_know_the_treatments_of_tax(category: str, reason: str, expected: str) -> None:
    one = next(one for one in DOCUMENTS if one.tax.category == category)
    reasons = rf"<cbc:TaxExemptionReasonCode>{reason}</cbc:\w+><cbc:TaxExemptionReason>[^<]*</cbc:TaxExemptionReason>"
    spoilt, count = re.subn(reasons.encode(), b"", ubl_of(one))
    assert (count, rule_faults(spoilt)) == (1, [expected])


def test_the_schema_finds_what_stands_in_the_wrong_place() -> None:
    file = ubl_of(DOCUMENTS[0])
    moved, count = re.subn(
        rb"(<cbc:ID>IN-2021-000001-05</cbc:ID>)(<cbc:IssueDate>[^<]*</cbc:IssueDate>)", rb"\2\1", file, count=1
    )
    assert count == 1
    assert schema_faults(moved) != []


def test_the_rules_are_those_of_cen() -> None:
    text = RULES.read_text(encoding="utf-8")
    assert "Schematron version 1.3" in text
    assert "European Union Public Licence" in text
