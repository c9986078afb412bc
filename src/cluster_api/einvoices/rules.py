"""An invoice written as UBL 2.1 (ISO/IEC 19845) in the semantic model of EN 16931. Pure.

It is written with the standard library: the libraries looked at make the other syntax only (CII, factur-x and
drafthorse) or bring compiled processors and fetch their rules from the net (eu-einvoice). The order of elements is that
of the UBL schemas; tests ask the schemas of OASIS and the rules of EN 16931 as CEN publishes them.
"""

from xml.etree import ElementTree as ET

from cluster_api.einvoices.schemas import Document, Party, Tax

UBL = "urn:oasis:names:specification:ubl:schema:xsd"
CAC, CBC = f"{UBL}:CommonAggregateComponents-2", f"{UBL}:CommonBasicComponents-2"
EN_16931 = "urn:cen.eu:en16931:2017"
COMMERCIAL_INVOICE, CREDIT_NOTE = "380", "381"  # UNTDID 1001
SEPA_CREDIT_TRANSFER = "58"  # UNTDID 4461
ONE = "C62"  # UN/ECE Recommendation 20
NOT_SUBJECT = "O"


def ubl_of(document: Document) -> bytes:
    """Answer an invoice or credit note as UBL 2.1 in UTF-8."""
    is_credit = document.credits is not None
    kind = "CreditNote" if is_credit else "Invoice"
    root = ET.Element(f"{{{UBL}:{kind}-2}}{kind}")
    _text(root, "CustomizationID", EN_16931)
    _text(root, "ID", document.number)
    _text(root, "IssueDate", document.issued_on.isoformat())
    if not is_credit:
        _text(root, "DueDate", document.due_on.isoformat())
    _text(root, f"{kind}TypeCode", CREDIT_NOTE if is_credit else COMMERCIAL_INVOICE)
    _text(root, "DocumentCurrencyCode", document.currency)
    _preceding(root, document)
    # What is not subject to VAT names no VAT identifiers (BR-O-02 to BR-O-04).
    with_vat = document.tax.category != NOT_SUBJECT
    _party(_part(root, "AccountingSupplierParty"), document.seller, with_vat=with_vat)
    _party(_part(root, "AccountingCustomerParty"), document.buyer, with_vat=with_vat)
    _payment(root, document)
    _totals(root, document)
    _line(root, document, kind)
    for prefix, name in (("", f"{UBL}:{kind}-2"), ("cac", CAC), ("cbc", CBC)):
        ET.register_namespace(prefix, name)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True))


def amount(cents: int) -> str:
    """Answer cents as a decimal amount with two places: 82500 gives ``825.00``."""
    sign, whole = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def _part(above: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(above, f"{{{CAC}}}{name}")


def _text(above: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(above, f"{{{CBC}}}{name}", attributes).text = text


def _money(above: ET.Element, name: str, cents: int, currency: str) -> None:
    _text(above, name, amount(cents), currencyID=currency)


def _preceding(root: ET.Element, document: Document) -> None:
    if document.credits is None:
        return
    reference = _part(_part(root, "BillingReference"), "InvoiceDocumentReference")
    _text(reference, "ID", document.credits)
    if document.credits_issued_on is not None:
        _text(reference, "IssueDate", document.credits_issued_on.isoformat())


def _party(role: ET.Element, given: Party, *, with_vat: bool) -> None:
    party = _part(role, "Party")
    address = _part(party, "PostalAddress")
    _text(address, "StreetName", given.street)
    _text(address, "CityName", given.city)
    _text(address, "PostalZone", given.postal_code)
    _text(_part(address, "Country"), "IdentificationCode", given.country)
    if with_vat and given.vat_id is not None:
        scheme = _part(party, "PartyTaxScheme")
        _text(scheme, "CompanyID", given.vat_id)
        _text(_part(scheme, "TaxScheme"), "ID", "VAT")
    entity = _part(party, "PartyLegalEntity")
    _text(entity, "RegistrationName", given.name)
    if given.company_id is not None:
        _text(entity, "CompanyID", given.company_id)


def _payment(root: ET.Element, document: Document) -> None:
    means = _part(root, "PaymentMeans")
    _text(means, "PaymentMeansCode", SEPA_CREDIT_TRANSFER)
    if document.credits is not None:
        _text(means, "PaymentDueDate", document.due_on.isoformat())
    _text(means, "PaymentID", document.number)
    _text(_part(means, "PayeeFinancialAccount"), "ID", document.iban)


def _totals(root: ET.Element, document: Document) -> None:
    total = _part(root, "TaxTotal")
    _money(total, "TaxAmount", document.vat_cents, document.currency)
    subtotal = _part(total, "TaxSubtotal")
    _money(subtotal, "TaxableAmount", document.net_cents, document.currency)
    _money(subtotal, "TaxAmount", document.vat_cents, document.currency)
    category = _category(subtotal, "TaxCategory", document.tax)
    if document.tax.exemption_code is not None:
        _text(category, "TaxExemptionReasonCode", document.tax.exemption_code)
    if document.tax.exemption_reason is not None:
        _text(category, "TaxExemptionReason", document.tax.exemption_reason)
    _text(_part(category, "TaxScheme"), "ID", "VAT")
    sums = _part(root, "LegalMonetaryTotal")
    for name, cents in (
        ("LineExtensionAmount", document.net_cents),
        ("TaxExclusiveAmount", document.net_cents),
        ("TaxInclusiveAmount", document.gross_cents),
        ("PayableAmount", document.gross_cents),
    ):
        _money(sums, name, cents, document.currency)


def _category(above: ET.Element, name: str, tax: Tax) -> ET.Element:
    category = _part(above, name)
    _text(category, "ID", tax.category)
    if tax.category != NOT_SUBJECT:
        _text(category, "Percent", amount(tax.basis_points))
    return category


def _line(root: ET.Element, document: Document, kind: str) -> None:
    line = _part(root, f"{kind}Line")
    _text(line, "ID", "1")
    _text(line, "CreditedQuantity" if document.credits is not None else "InvoicedQuantity", "1", unitCode=ONE)
    _money(line, "LineExtensionAmount", document.net_cents, document.currency)
    item = _part(line, "Item")
    _text(item, "Name", document.text)
    _text(_part(_category(item, "ClassifiedTaxCategory", document.tax), "TaxScheme"), "ID", "VAT")
    _money(_part(line, "Price"), "PriceAmount", document.net_cents, document.currency)
