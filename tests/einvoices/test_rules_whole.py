"""An invoice and a credit note read whole: every element with its text, in the order in which they stand."""

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from cluster_api.einvoices.rules import ubl_of
from tests.einvoices.test_rules import DOCUMENTS, REVERSE, document, local, root_of


def leaves(element: Element, place: str = "") -> Iterator[str]:
    """Answer every text with its place, written on one line."""
    for below in element:
        here = f"{place}/{local(below)}"
        if len(below):
            yield from leaves(below, here)
        else:
            about = "".join(f" {name}={value}" for name, value in below.attrib.items())
            yield f"{here}{about}: {below.text}"


def test_invoice_reads_whole() -> None:
    seller, buyer = "/AccountingSupplierParty/Party", "/AccountingCustomerParty/Party"
    subtotal, sums, item = "/TaxTotal/TaxSubtotal", "/LegalMonetaryTotal", "/InvoiceLine/Item"
    assert list(leaves(root_of(document()))) == [
        "/CustomizationID: urn:cen.eu:en16931:2017",
        "/ID: IN-2021-000001-05",
        "/IssueDate: 2021-01-15",
        "/DueDate: 2021-02-14",
        "/InvoiceTypeCode: 380",
        "/DocumentCurrencyCode: EUR",
        f"{seller}/PostalAddress/StreetName: Rue 1",
        f"{seller}/PostalAddress/CityName: Brussels",
        f"{seller}/PostalAddress/PostalZone: 1000",
        f"{seller}/PostalAddress/Country/IdentificationCode: BE",
        f"{seller}/PartyTaxScheme/CompanyID: BE0428759497",
        f"{seller}/PartyTaxScheme/TaxScheme/ID: VAT",
        f"{seller}/PartyLegalEntity/RegistrationName: Association",
        f"{seller}/PartyLegalEntity/CompanyID: 0428759497",
        f"{buyer}/PostalAddress/StreetName: Street 2",
        f"{buyer}/PostalAddress/CityName: Berlin",
        f"{buyer}/PostalAddress/PostalZone: 10115",
        f"{buyer}/PostalAddress/Country/IdentificationCode: DE",
        f"{buyer}/PartyLegalEntity/RegistrationName: Ministère <Économie> & Co",
        "/PaymentMeans/PaymentMeansCode: 58",
        "/PaymentMeans/PaymentID: IN-2021-000001-05",
        "/PaymentMeans/PayeeFinancialAccount/ID: BE68539007547034",
        "/TaxTotal/TaxAmount currencyID=EUR: 1732.50",
        f"{subtotal}/TaxableAmount currencyID=EUR: 8250.00",
        f"{subtotal}/TaxAmount currencyID=EUR: 1732.50",
        f"{subtotal}/TaxCategory/ID: S",
        f"{subtotal}/TaxCategory/Percent: 21.00",
        f"{subtotal}/TaxCategory/TaxScheme/ID: VAT",
        f"{sums}/LineExtensionAmount currencyID=EUR: 8250.00",
        f"{sums}/TaxExclusiveAmount currencyID=EUR: 8250.00",
        f"{sums}/TaxInclusiveAmount currencyID=EUR: 9982.50",
        f"{sums}/PayableAmount currencyID=EUR: 9982.50",
        "/InvoiceLine/ID: 1",
        "/InvoiceLine/InvoicedQuantity unitCode=C62: 1",
        "/InvoiceLine/LineExtensionAmount currencyID=EUR: 8250.00",
        f"{item}/Name: Gold label, first: two experts, two days.",
        f"{item}/ClassifiedTaxCategory/ID: S",
        f"{item}/ClassifiedTaxCategory/Percent: 21.00",
        f"{item}/ClassifiedTaxCategory/TaxScheme/ID: VAT",
        "/InvoiceLine/Price/PriceAmount currencyID=EUR: 8250.00",
    ]


def test_credit_note_names_what_it_takes_back_and_why_there_is_no_tax() -> None:
    note = document(REVERSE, preceding="IN-2021-000001-05", vat_id="DE136695976")
    told, undated = list(leaves(root_of(note))), list(leaves(root_of(replace(note, credits_issued_on=None))))
    reference = "/BillingReference/InvoiceDocumentReference"
    assert [line for line in told if line not in undated] == [f"{reference}/IssueDate: 2021-01-01"]
    assert [line for line in undated if line not in told] == []
    category = "/TaxTotal/TaxSubtotal/TaxCategory"
    for line in (
        "/CreditNoteTypeCode: 381",
        f"{reference}/ID: IN-2021-000001-05",
        "/PaymentMeans/PaymentDueDate: 2021-02-14",
        "/CreditNoteLine/CreditedQuantity unitCode=C62: 1",
        f"{category}/TaxExemptionReasonCode: VATEX-EU-AE",
        f"{category}/TaxExemptionReason: Reverse charge",
        f"{category}/TaxScheme/ID: VAT",
    ):
        assert told.count(line) == 1, line


def test_file_begins_as_xml_with_the_usual_prefixes() -> None:
    for one, kind in ((DOCUMENTS[0], "Invoice"), (DOCUMENTS[3], "CreditNote")):
        schema = "urn:oasis:names:specification:ubl:schema:xsd"
        head, root = ubl_of(one).decode("utf-8").split("\n")[:2]
        assert head == "<?xml version='1.0' encoding='UTF-8'?>"
        assert root.startswith(
            f'<{kind} xmlns="{schema}:{kind}-2" xmlns:cac="{schema}:CommonAggregateComponents-2" '
            f'xmlns:cbc="{schema}:CommonBasicComponents-2"><cbc:CustomizationID>'
        )
        assert "Ministère &lt;Économie&gt; &amp; Co" in root
