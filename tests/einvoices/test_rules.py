"""Invoices as files: the order of UBL 2.1, and the business rules of EN 16931 that concern such a document."""

from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.einvoices.rules import CAC, CBC, amount, ubl_of
from cluster_api.einvoices.schemas import Document, Party, Tax

NAMES = {"cac": CAC, "cbc": CBC}
SELLER = Party("Association", "Rue 1", "1000", "Brussels", "BE", "BE0428759497", "0428759497")
HOME = Tax("S", 2100)
REVERSE = Tax("AE", 0, "VATEX-EU-AE", "Reverse charge")
OUTSIDE = Tax("O", 0, "VATEX-EU-O", "Not subject to VAT")

# The sequences of the UBL 2.1 schemas (Invoice-2, CreditNote-2, common aggregates), as far as they are used.
ORDER = {
    "Invoice": "CustomizationID ID IssueDate DueDate InvoiceTypeCode DocumentCurrencyCode BillingReference "
    "AccountingSupplierParty AccountingCustomerParty PaymentMeans TaxTotal LegalMonetaryTotal InvoiceLine",
    "CreditNote": "CustomizationID ID IssueDate CreditNoteTypeCode DocumentCurrencyCode BillingReference "
    "AccountingSupplierParty AccountingCustomerParty PaymentMeans TaxTotal LegalMonetaryTotal CreditNoteLine",
    "Party": "PostalAddress PartyTaxScheme PartyLegalEntity",
    "PostalAddress": "StreetName CityName PostalZone Country",
    "PartyTaxScheme": "CompanyID TaxScheme",
    "PartyLegalEntity": "RegistrationName CompanyID",
    "PaymentMeans": "PaymentMeansCode PaymentDueDate PaymentID PayeeFinancialAccount",
    "TaxTotal": "TaxAmount TaxSubtotal",
    "TaxSubtotal": "TaxableAmount TaxAmount TaxCategory",
    "TaxCategory": "ID Percent TaxExemptionReasonCode TaxExemptionReason TaxScheme",
    "ClassifiedTaxCategory": "ID Percent TaxScheme",
    "LegalMonetaryTotal": "LineExtensionAmount TaxExclusiveAmount TaxInclusiveAmount PayableAmount",
    "InvoiceLine": "ID InvoicedQuantity LineExtensionAmount Item Price",
    "CreditNoteLine": "ID CreditedQuantity LineExtensionAmount Item Price",
    "Item": "Name ClassifiedTaxCategory",
}


def document(
    tax: Tax = HOME, *, net: int = 825_000, preceding: str | None = None, vat_id: str | None = None
) -> Document:
    return Document(
        number="IN-2021-000001-05",
        issued_on=date(2021, 1, 15),
        due_on=date(2021, 2, 14),
        currency="EUR",
        seller=SELLER,
        buyer=Party("Ministère <Économie> & Co", "Street 2", "10115", "Berlin", "DE", vat_id),
        iban="BE68539007547034",
        text="Gold label, first: two experts, two days.",
        net_cents=net,
        vat_cents=net * tax.basis_points // 10_000,
        tax=tax,
        credits=preceding,
        credits_issued_on=None if preceding is None else date(2021, 1, 1),
    )


DOCUMENTS = [
    document(),
    document(REVERSE, vat_id="DE136695976"),
    document(OUTSIDE, vat_id="DE136695976"),
    document(preceding="IN-2021-000001-05"),
    document(REVERSE, preceding="IN-2021-000001-05", vat_id="DE136695976"),
]
documents = pytest.mark.parametrize("given_one", DOCUMENTS, ids=["S", "AE", "O", "credit-S", "credit-AE"])


def local(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[1]


def root_of(one: Document) -> Element:
    found: Element = fromstring(ubl_of(one))
    return found


def text(root: Element, path: str) -> str:
    found = root.find(path, NAMES)
    assert found is not None, path
    assert found.text, path
    return found.text


def texts(root: Element, path: str) -> list[str]:
    return [found.text or "" for found in root.findall(path, NAMES)]


@documents
def test_elements_stand_in_the_order_of_the_schema(given_one: Document) -> None:
    for element in root_of(given_one).iter():
        children = [local(child) for child in element]
        if children and local(element) in ORDER:
            order = ORDER[local(element)].split()
            assert children == [name for name in order if name in children]


@documents
def test_mandatory_terms_are_there(given_one: Document) -> None:
    """BR-01 to BR-16, BR-21 to BR-27: what every invoice has."""
    root = root_of(given_one)
    assert text(root, "cbc:CustomizationID") == "urn:cen.eu:en16931:2017"
    assert (text(root, "cbc:ID"), text(root, "cbc:IssueDate")) == (given_one.number, "2021-01-15")
    kind = "CreditNote" if given_one.credits else "Invoice"
    assert text(root, f"cbc:{kind}TypeCode") == ("381" if given_one.credits else "380")
    assert text(root, "cbc:DocumentCurrencyCode") == "EUR"
    for role, name in (("AccountingSupplierParty", SELLER.name), ("AccountingCustomerParty", given_one.buyer.name)):
        party = f"cac:{role}/cac:Party"
        assert text(root, f"{party}/cac:PartyLegalEntity/cbc:RegistrationName") == name
        assert len(text(root, f"{party}/cac:PostalAddress/cac:Country/cbc:IdentificationCode")) == 2
    for part in ("LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount"):
        assert text(root, f"cac:LegalMonetaryTotal/cbc:{part}")
    line = f"cac:{kind}Line"
    assert (text(root, f"{line}/cbc:ID"), text(root, f"{line}/cac:Item/cbc:Name")) == ("1", given_one.text)
    assert Decimal(text(root, f"{line}/cac:Price/cbc:PriceAmount")) >= 0


@documents
def test_sums_agree(given_one: Document) -> None:
    """BR-CO-10, 13, 14, 15, 16, 17, 18: lines, totals, and the tax of the one category."""
    root = root_of(given_one)
    kind = "CreditNote" if given_one.credits else "Invoice"
    sums = {local(part): Decimal(part.text or "") for part in root.iterfind("cac:LegalMonetaryTotal/*", NAMES)}
    lines = sum(Decimal(one) for one in texts(root, f"cac:{kind}Line/cbc:LineExtensionAmount"))
    tax = Decimal(text(root, "cac:TaxTotal/cbc:TaxAmount"))
    subtotal = "cac:TaxTotal/cac:TaxSubtotal"
    assert lines == sums["LineExtensionAmount"] == sums["TaxExclusiveAmount"]
    assert sums["TaxInclusiveAmount"] == sums["PayableAmount"] == sums["TaxExclusiveAmount"] + tax
    assert texts(root, f"{subtotal}/cbc:TaxAmount") == [str(tax)]
    assert [Decimal(one) for one in texts(root, f"{subtotal}/cbc:TaxableAmount")] == [lines]
    rate = Decimal((texts(root, f"{subtotal}/cac:TaxCategory/cbc:Percent") or ["0"])[0])
    assert tax == (lines * rate / 100).quantize(Decimal("0.01"))
    currencies = {found.get("currencyID") for found in root.iter() if local(found).endswith("Amount")}
    assert currencies == {"EUR"}


@documents
def test_tax_category_has_what_its_rules_ask(given_one: Document) -> None:
    """BR-S-01 to 10, BR-AE-01 to 10, BR-O-01 to 14, BR-CO-26: identifiers, rates and reasons of each category."""
    root = root_of(given_one)
    category = "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory"
    in_line = ".//cac:ClassifiedTaxCategory"
    code = text(root, f"{category}/cbc:ID")
    assert (code, texts(root, f"{in_line}/cbc:ID")) == (given_one.tax.category, [code])
    rates = {"S": ["21.00"], "AE": ["0.00"], "O": []}[code]
    assert (texts(root, f"{category}/cbc:Percent"), texts(root, f"{in_line}/cbc:Percent")) == (rates, rates)
    reasons = texts(root, f"{category}/cbc:TaxExemptionReasonCode")
    assert reasons == {"S": [], "AE": ["VATEX-EU-AE"], "O": ["VATEX-EU-O"]}[code]
    named = "cac:Party/cac:PartyTaxScheme/cbc:CompanyID"
    sellers = texts(root, f"cac:AccountingSupplierParty/{named}")
    buyers = texts(root, f"cac:AccountingCustomerParty/{named}")
    assert sellers == ([] if code == "O" else [SELLER.vat_id])
    assert buyers == ([given_one.buyer.vat_id] if code == "AE" else [])
    company = texts(root, "cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID")
    assert company == [SELLER.company_id]


@documents
def test_payment_says_how_and_until_when(given_one: Document) -> None:
    """BR-49, BR-50, BR-61, BR-CO-25, and BR-55 for what is taken back."""
    root = root_of(given_one)
    means = "cac:PaymentMeans"
    assert text(root, f"{means}/cbc:PaymentMeansCode") == "58"
    assert text(root, f"{means}/cac:PayeeFinancialAccount/cbc:ID") == given_one.iban
    due = f"{means}/cbc:PaymentDueDate" if given_one.credits else "cbc:DueDate"
    assert text(root, due) == "2021-02-14"
    preceding = texts(root, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID")
    assert preceding == ([given_one.credits] if given_one.credits else [])


@pytest.mark.parametrize(
    ("cents", "written"), [(0, "0.00"), (5, "0.05"), (82_500, "825.00"), (99, "0.99"), (-105, "-1.05")]
)
def test_amounts_have_two_places(cents: int, written: str) -> None:
    assert amount(cents) == written


@given(st.text(min_size=1, max_size=40), st.integers(0, 10**9))
def test_whatever_a_payer_is_called_the_file_is_well_formed(name: str, cents: int) -> None:
    one = document(net=cents)
    printable = "".join(sign for sign in name if sign.isprintable()) or "A"
    buyer = Party(printable, "S", "1", "C", "DE")
    written = Document(**{field: getattr(one, field) for field in one.__slots__} | {"buyer": buyer})
    found = text(root_of(written), "cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName")
    assert found == printable
