"""Orders written as pain.001, statements read, and orders settled by them where that is certain. Pure.

Sources: ISO 20022 (pain.001.001.09, camt.053, camt.054), the SEPA credit transfer guidelines (character set, euros, one
reference from end to end); programme, 1.4; invariants 15 and 16: one payment, and nothing is guessed.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from unidecode import unidecode

from cluster_api.bankfiles.errors import AccountNotValid, StatementUnreadable
from cluster_api.bankfiles.schemas import CreditTransfer, Debtor, Ordered, Settled, StatementLine
from cluster_api.bankfiles.states import LineKind, SettledAs
from cluster_api.foundation.errors import Fault

PAIN = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
CURRENCY = "EUR"
FOREIGN = re.compile(r"[^0-9A-Za-z/\-?:().,'+ ]")
AMOUNT = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,5}))?")
READABLE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.05[34]\.001\.[0-9]{2}\}Document")
NOT_PROVIDED = "NOTPROVIDED"
REJECTED = "RJCT"
BOOKED = "BOOK"

S, K = SettledAs, LineKind


def checked_iban(text: str, at: str) -> str:
    """Answer an IBAN without spaces and in capitals; raise AccountNotValid at this place if it is none."""
    try:
        return str(IBAN(text).compact)
    except SchwiftyException as error:
        detail = f"This is no IBAN: {error}."
        raise AccountNotValid(detail, faults=[Fault(at, "iban", detail)]) from error


def checked_bic(text: str, at: str) -> str:
    """Answer a BIC in capitals; raise AccountNotValid at this place if it is none."""
    try:
        return str(BIC(text.upper()).compact)
    except SchwiftyException as error:
        detail = f"This is no BIC: {error}."
        raise AccountNotValid(detail, faults=[Fault(at, "bic", detail)]) from error


def sepa_text(text: str, most: int) -> str:
    """Answer a text in the characters that every bank takes, cut to a length."""
    return FOREIGN.sub(" ", unidecode(text)).strip()[:most].strip() or "-"


def write_payment_file(
    debtor: Debtor, transfers: Sequence[CreditTransfer], message_id: str, created_at: datetime, execution_on: date
) -> bytes:
    """Answer the orders as a SEPA credit transfer file; the same orders make the same bytes.

    Raises:
        AccountNotValid: an IBAN or BIC is wrong.
    """
    root = ET.Element("Document", {"xmlns": PAIN})
    message = ET.SubElement(root, "CstmrCdtTrfInitn")
    header = ET.SubElement(message, "GrpHdr")
    _put(header, "MsgId", message_id)
    _put(header, "CreDtTm", created_at.strftime("%Y-%m-%dT%H:%M:%S+00:00"))
    _put(header, "NbOfTxs", str(len(transfers)))
    _put(header, "CtrlSum", _euros(sum(one.cents for one in transfers)))
    _put(header, "InitgPty/Nm", sepa_text(debtor.name, 70))
    batch = ET.SubElement(message, "PmtInf")
    _put(batch, "PmtInfId", message_id)
    _put(batch, "PmtMtd", "TRF")
    _put(batch, "BtchBookg", "false")
    _put(batch, "NbOfTxs", str(len(transfers)))
    _put(batch, "CtrlSum", _euros(sum(one.cents for one in transfers)))
    _put(batch, "PmtTpInf/SvcLvl/Cd", "SEPA")
    _put(batch, "ReqdExctnDt/Dt", execution_on.isoformat())
    _put(batch, "Dbtr/Nm", sepa_text(debtor.name, 70))
    _put(batch, "DbtrAcct/Id/IBAN", checked_iban(debtor.iban, "/body/account/iban"))
    if debtor.bic is None:
        _put(batch, "DbtrAgt/FinInstnId/Othr/Id", NOT_PROVIDED)
    else:
        _put(batch, "DbtrAgt/FinInstnId/BICFI", checked_bic(debtor.bic, "/body/account/bic"))
    _put(batch, "ChrgBr", "SLEV")
    for one in transfers:
        _put_transfer(ET.SubElement(batch, "CdtTrfTxInf"), one)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True))


def _put_transfer(node: ET.Element, one: CreditTransfer) -> None:
    at = f"/orders/{one.end_to_end_id}"
    _put(node, "PmtId/EndToEndId", one.end_to_end_id)
    amount = ET.SubElement(ET.SubElement(node, "Amt"), "InstdAmt", {"Ccy": CURRENCY})
    amount.text = _euros(one.cents)
    if one.bic is not None:
        _put(node, "CdtrAgt/FinInstnId/BICFI", checked_bic(one.bic, f"{at}/bic"))
    _put(node, "Cdtr/Nm", sepa_text(one.name, 70))
    _put(node, "CdtrAcct/Id/IBAN", checked_iban(one.iban, f"{at}/iban"))
    _put(node, "RmtInf/Ustrd", sepa_text(one.text, 140))


def _put(node: ET.Element, path: str, text: str) -> None:
    for name in path.split("/"):
        found = ET.SubElement(node, name)
        node = found
    node.text = text


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def read_statement(content: bytes) -> list[StatementLine]:
    """Answer what a statement says, line by line: each transaction of an entry, else the entry itself.

    Raises:
        StatementUnreadable: it is not well-formed, has a document type, is no camt.053 or camt.054, or an amount or a
            day in it cannot be read. Nothing of such a file is used.
    """
    try:
        root = ElementTree.fromstring(content)
    except (ET.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _unreadable("/body/content", f"It is not well-formed: {type(error).__name__}.") from error
    if not READABLE.fullmatch(root.tag):
        raise _unreadable("/body/content", f"It begins with {root.tag[:120]}.")
    space = root.tag.removesuffix("Document")
    return [_line(position, space, entry, part) for position, (entry, part) in enumerate(_parts(space, root), start=1)]


def _parts(space: str, root: ET.Element) -> Iterator[tuple[ET.Element, ET.Element | None]]:
    for entry in root.iter(f"{space}Ntry"):
        status = _text(space, entry, "Sts/Cd") or _text(space, entry, "Sts")
        # What is only announced is no movement yet.
        if status not in {BOOKED, None}:
            continue
        details = [part for group in entry.findall(f"{space}NtryDtls") for part in group.findall(f"{space}TxDtls")]
        yield from ((entry, part) for part in details) if details else [(entry, None)]


def _line(position: int, space: str, entry: ET.Element, part: ET.Element | None) -> StatementLine:
    at = f"/body/content#{position}"
    named = entry if part is None else part
    reference = _text(space, named, "Refs/EndToEndId") or _text(space, entry, "NtryRef")
    amount = _first(space, [part, entry], ("Amt", "AmtDtls/TxAmt/Amt"))
    reason = _text(space, named, "RtrInf/Rsn/Cd") or _text(space, entry, "RtrInf/Rsn/Cd")
    day = _text(space, entry, "BookgDt/Dt") or (_text(space, entry, "BookgDt/DtTm") or "")[:10] or None
    try:
        booked_on = None if day is None else date.fromisoformat(day)
    except ValueError as error:
        raise _unreadable(at, "Its day cannot be read.") from error
    is_credit = (_text(space, named, "CdtDbtInd") or _text(space, entry, "CdtDbtInd")) == "CRDT"
    is_reversal = _text(space, entry, "RvslInd") in {"true", "1"}
    kind = K.PAID
    if REJECTED in {_text(space, named, "Sts"), _text(space, named, "Sts/Cd")}:
        kind = K.FAILED
    elif is_credit:
        kind = K.RETURNED if is_reversal or reason is not None else K.OTHER
    return StatementLine(
        position=position,
        end_to_end_id=None if reference in {None, "", NOT_PROVIDED} else reference,
        cents=_cents(amount, at),
        currency=amount.get("Ccy", ""),
        kind=kind,
        booked_on=booked_on,
        reason_code=reason,
    )


def _first(space: str, nodes: Sequence[ET.Element | None], paths: Sequence[str]) -> ET.Element:
    for node in nodes:
        for path in paths:
            found = None if node is None else _find(space, node, path)
            if found is not None:
                return found
    raise _unreadable("/body/content", "An entry has no amount.")


def _cents(amount: ET.Element, at: str) -> int:
    found = AMOUNT.fullmatch((amount.text or "").strip())
    if found is None or (found[2] or "").rstrip("0")[2:]:
        raise _unreadable(at, "Its amount cannot be read as euros and cents.")
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")[:2])


def _find(space: str, node: ET.Element, path: str) -> ET.Element | None:
    return node.find("/".join(f"{space}{name}" for name in path.split("/")))


def _text(space: str, node: ET.Element, path: str) -> str | None:
    found = _find(space, node, path)
    return None if found is None or found.text is None else found.text.strip() or None


def _unreadable(at: str, detail: str) -> StatementUnreadable:
    return StatementUnreadable(detail, faults=[Fault(at, "unreadable", detail)])


def settle(lines: Iterable[StatementLine], orders: Sequence[Ordered]) -> list[Settled]:
    """Answer line by line what comes of it, in the order of the lines; what is not certain changes nothing."""
    known = {one.end_to_end_id: one for one in orders}
    states = {one.end_to_end_id: one.state for one in orders}
    return [_settle(line, known, states) for line in lines]


def _settle(line: StatementLine, known: Mapping[str, Ordered], states: dict[str, str]) -> Settled:
    key = line.end_to_end_id
    found = _doubt(line, known)
    if found is not None or key is None:
        finding, sentence = found or (S.NO_REFERENCE, "It names no order.")
        return Settled(line.position, finding, sentence)
    state = states[key]
    if line.kind is K.PAID and state == "ordered":
        states[key] = "paid"
        return Settled(line.position, S.APPLIED_PAID, "Ordered, and paid.")
    if line.kind is K.FAILED and state == "ordered":
        states[key] = "failed"
        return Settled(line.position, S.APPLIED_FAILED, "Ordered, and not carried out.")
    if line.kind is K.RETURNED and state in {"paid", "ordered"}:
        return _returned(line, known[key], states)
    return Settled(line.position, S.ALREADY_SETTLED, f"The order is {state} already.")


def _returned(line: StatementLine, order: Ordered, states: dict[str, str]) -> Settled:
    if states[order.end_to_end_id] == "ordered":
        return Settled(line.position, S.NOT_PAID_YET, "Given back, but its payment was not told yet.")
    if order.recovered_cents:
        sentence = f"{order.recovered_cents} cents of it were paid back before: people have to look at it."
        return Settled(line.position, S.RECOVERED_BEFORE, sentence)
    states[order.end_to_end_id] = "returned"
    return Settled(line.position, S.APPLIED_RETURNED, "Paid, and given back.")


def _doubt(line: StatementLine, known: Mapping[str, Ordered]) -> tuple[SettledAs, str] | None:
    key = line.end_to_end_id
    if key is None:
        return S.NO_REFERENCE, "It names no order."
    if key not in known:
        return S.UNKNOWN_REFERENCE, "No order of this partnership has this reference."
    if line.kind is K.OTHER:
        return S.NOT_AN_ORDER, "Money came in, which no order asked for."
    if line.currency != CURRENCY:
        return S.OTHER_CURRENCY, f"The order is in {CURRENCY}, the line in {line.currency or 'nothing'}."
    if line.cents != known[key].cents:
        return S.OTHER_AMOUNT, f"The order is of {known[key].cents} cents, the line of {line.cents}."
    return None
