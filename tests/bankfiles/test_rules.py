"""Orders are valid SEPA files; statements are read line by line, and settle what is certain and nothing else."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st
from sepaxml.validation import try_valid_xml

from cluster_api.bankfiles.errors import AccountNotValid, StatementUnreadable
from cluster_api.bankfiles.rules import checked_bic, checked_iban, read_statement, sepa_text, settle, write_payment_file
from cluster_api.bankfiles.schemas import CreditTransfer, Debtor, Ordered, StatementLine
from cluster_api.bankfiles.states import LineKind as K
from cluster_api.bankfiles.states import SettledAs as S
from cluster_api.foundation.errors import Fault
from tests.bankfiles.given import RETURNED, entry, statement

IBAN, OTHER = "BE68539007547034", "DE89370400440532013000"
NOW = datetime(2021, 3, 10, 9, 0, tzinfo=UTC)
DEBTOR = Debtor("Tides", "be68 5390 0754 7034", None)
SPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


def transfer(reference: str = "EX-1", cents: int = 78_000, **fields: str | None) -> CreditTransfer:
    values = {"name": "Société Żółw & Söhne", "iban": OTHER, "bic": None, "text": "Stay EX-1", **fields}
    return CreditTransfer(end_to_end_id=reference, cents=cents, **values)  # type: ignore[arg-type] # of a table


def written(*transfers: CreditTransfer, debtor: Debtor = DEBTOR) -> bytes:
    return write_payment_file(debtor, transfers, "M-1", NOW, date(2021, 3, 15))


def test_file_is_valid_and_sums_are_exact() -> None:
    content = written(transfer(), transfer("EX-2", 1, bic="COBADEFF"), transfer("EX-3", 10_000_001))
    try_valid_xml(content, "pain.001.001.09")
    root = ElementTree.fromstring(content)
    assert [one.text for one in root.iter(f"{SPACE}CtrlSum")] == ["100780.02", "100780.02"]
    assert [one.text for one in root.iter(f"{SPACE}NbOfTxs")] == ["3", "3"]
    assert [one.text for one in root.iter(f"{SPACE}InstdAmt")] == ["780.00", "0.01", "100000.01"]
    assert [one.text for one in root.iter(f"{SPACE}IBAN")] == [IBAN, OTHER, OTHER, OTHER]
    assert [one.text for one in root.iter(f"{SPACE}Nm")][:3] == ["Tides", "Tides", "Societe Zolw   Sohne"]
    assert content == written(transfer(), transfer("EX-2", 1, bic="COBADEFF"), transfer("EX-3", 10_000_001))


def test_debtor_with_a_bic_is_named_by_it() -> None:
    content = written(transfer(), debtor=Debtor("Tides", IBAN, "kredbebb"))
    try_valid_xml(content, "pain.001.001.09")
    assert b"<BICFI>KREDBEBB</BICFI>" in content


WHOLE = """<?xml version='1.0' encoding='UTF-8'?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">
  <CstmrCdtTrfInitn>
    <GrpHdr>
      <MsgId>M-1</MsgId>
      <CreDtTm>2021-03-10T09:00:00+00:00</CreDtTm>
      <NbOfTxs>1</NbOfTxs>
      <CtrlSum>780.05</CtrlSum>
      <InitgPty>
        <Nm>DEBTOR</Nm>
      </InitgPty>
    </GrpHdr>
    <PmtInf>
      <PmtInfId>M-1</PmtInfId>
      <PmtMtd>TRF</PmtMtd>
      <BtchBookg>false</BtchBookg>
      <NbOfTxs>1</NbOfTxs>
      <CtrlSum>780.05</CtrlSum>
      <PmtTpInf>
        <SvcLvl>
          <Cd>SEPA</Cd>
        </SvcLvl>
      </PmtTpInf>
      <ReqdExctnDt>
        <Dt>2021-03-15</Dt>
      </ReqdExctnDt>
      <Dbtr>
        <Nm>DEBTOR</Nm>
      </Dbtr>
      <DbtrAcct>
        <Id>
          <IBAN>BE68539007547034</IBAN>
        </Id>
      </DbtrAcct>
      <DbtrAgt>
        <FinInstnId>
          <BICFI>KREDBEBB</BICFI>
        </FinInstnId>
      </DbtrAgt>
      <ChrgBr>SLEV</ChrgBr>
      <CdtTrfTxInf>
        <PmtId>
          <EndToEndId>EX-1</EndToEndId>
        </PmtId>
        <Amt>
          <InstdAmt Ccy="EUR">780.05</InstdAmt>
        </Amt>
        <CdtrAgt>
          <FinInstnId>
            <BICFI>COBADEFF</BICFI>
          </FinInstnId>
        </CdtrAgt>
        <Cdtr>
          <Nm>CREDITOR</Nm>
        </Cdtr>
        <CdtrAcct>
          <Id>
            <IBAN>DE89370400440532013000</IBAN>
          </Id>
        </CdtrAcct>
        <RmtInf>
          <Ustrd>REMITTANCE</Ustrd>
        </RmtInf>
      </CdtTrfTxInf>
    </PmtInf>
  </CstmrCdtTrfInitn>
</Document>"""


def test_whole_file_byte_by_byte_and_texts_cut_to_the_length_that_banks_take() -> None:
    long = transfer(cents=78_005, bic="cobadeff", name="S" * 71, text="x" * 141)
    told = {"DEBTOR": "T" * 70, "CREDITOR": "S" * 70, "REMITTANCE": "x" * 140}
    expected = WHOLE
    for name, text in told.items():
        expected = expected.replace(name, text)
    assert written(long, debtor=Debtor("T" * 71, IBAN, "kredbebb")).decode() == expected


@pytest.mark.parametrize(
    ("debtor", "more", "at", "code", "detail"),
    [
        (("BE68539007547035", None), {}, "/body/account/iban", "iban", "This is no IBAN: Invalid checksum digits."),
        ((IBAN, "XX00"), {}, "/body/account/bic", "bic", "This is no BIC: Invalid length '4'."),
        ((IBAN, None), {"bic": "XX00"}, "/orders/EX-1/bic", "bic", "This is no BIC: Invalid length '4'."),
        ((IBAN, None), {"iban": IBAN[:-1] + "5"}, "/orders/EX-1/iban", "iban",
         "This is no IBAN: Invalid checksum digits."),
    ],
)  # fmt: skip
def test_wrong_account_is_told_with_place_and_reason(
    debtor: tuple[str, str | None], more: dict[str, Any], at: str, code: str, detail: str
) -> None:
    with pytest.raises(AccountNotValid) as caught:
        written(transfer(**more), debtor=Debtor("Tides", *debtor))
    assert caught.value.detail == detail
    assert caught.value.faults == (Fault(at, code, detail),)


@pytest.mark.parametrize("wrong", ["BE68539007547035", "XX00", "", "BE6853900754703"])
def test_wrong_iban_is_named_with_its_place(wrong: str) -> None:
    with pytest.raises(AccountNotValid) as caught:
        written(transfer(iban=wrong))
    assert [one.pointer for one in caught.value.faults] == ["/orders/EX-1/iban"]
    with pytest.raises(AccountNotValid):
        checked_bic("XX" + wrong, "/body")


def test_accounts_are_written_in_one_form() -> None:
    assert checked_iban("de89 3704 0044 0532 0130 00", "/body") == OTHER
    assert checked_bic("cobadeff", "/body") == "COBADEFF"


@pytest.mark.parametrize(
    ("text", "told"), [("Żółw", "Zolw"), ("a<b>&c", "a b  c"), ("x" * 80, "x" * 70), ("", "-"), ("€ 5", "EUR 5")]
)
def test_text_is_in_the_characters_of_banks(text: str, told: str) -> None:
    assert sepa_text(text, 70) == told


@pytest.mark.parametrize("message", ["camt.053.001.02", "camt.054.001.04", "camt.054.001.08"])
def test_statement_is_read_line_by_line(message: str) -> None:
    content = statement(
        entry("EX-1", "780.00"), entry("EX-2", "450", side="CRDT", more=RETURNED), entry(None, "12.3"),
        entry("EX-3", "1.00", status="PDNG"), entry("NOTPROVIDED", "5.000", side="CRDT"), message=message,
    )  # fmt: skip
    lines = read_statement(content.encode())
    assert [(one.position, one.end_to_end_id, one.cents, one.kind, one.reason_code) for one in lines] == [
        (1, "EX-1", 78_000, K.PAID, None), (2, "EX-2", 45_000, K.RETURNED, "AC04"), (3, None, 1_230, K.PAID, None),
        (4, None, 500, K.OTHER, None),
    ]  # fmt: skip
    assert {one.booked_on for one in lines} == {date(2021, 3, 15)}


def test_transactions_of_one_entry_are_lines_of_their_own() -> None:
    parts = "".join(
        f'<TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt></TxDtls>'
        for name, amount in (("EX-1", "780.00"), ("EX-2", "390.00"))
    )
    whole = entry(None, "1170.00").replace("<TxDtls></TxDtls>", parts)
    assert [(one.end_to_end_id, one.cents) for one in read_statement(statement(whole).encode())] == [
        ("EX-1", 78_000), ("EX-2", 39_000),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        "", "<", "<Document/>", statement(entry("EX-1", "1")).replace("camt.054", "pain.001"),
        statement(entry("EX-1", "12,50")), statement(entry("EX-1", "1.005")), statement(entry("EX-1", "-1")),
        statement(entry("EX-1", "1", day="2021-02-30")), statement("<Ntry><Sts>BOOK</Sts></Ntry>"),
        '<!DOCTYPE a [<!ENTITY b "c">]><Document>&b;</Document>',
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused_as_a_whole(content: str) -> None:
    with pytest.raises(StatementUnreadable):
        read_statement(content.encode())


NAMELESS = "a" * 200


@pytest.mark.parametrize(
    ("content", "at", "detail"),
    [
        ("<", "", "It is not well-formed: ParseError."),
        (f"<{NAMELESS}/>", "", f"It begins with {NAMELESS[:120]}."),
        (statement(entry("EX-1", "1"), entry("EX-2", "12,50")), "#2", "Its amount cannot be read as euros and cents."),
        (statement(entry("EX-1", "")), "#1", "Its amount cannot be read as euros and cents."),
        (statement(entry("EX-1", "1.005")), "#1", "Its amount cannot be read as euros and cents."),
        (statement(entry("EX-1", "1", day="2021-02-30")), "#1", "Its day cannot be read."),
        (statement("<Ntry><Sts>BOOK</Sts></Ntry>"), "", "An entry has no amount."),
    ],
)
def test_what_is_no_statement_is_told_with_its_place(content: str, at: str, detail: str) -> None:
    with pytest.raises(StatementUnreadable) as caught:
        read_statement(content.encode())
    assert caught.value.detail == detail
    assert caught.value.faults == (Fault(f"/body/content{at}", "unreadable", detail),)


def line_of(entry_content: str) -> StatementLine:
    """Answer the only line of a statement with one entry."""
    (line,) = read_statement(statement(f"<Ntry>{entry_content}</Ntry>").encode())
    return line


AMOUNT = '<Amt Ccy="EUR">7.5</Amt>'
DEEPER = '<AmtDtls><TxAmt><Amt Ccy="SEK">3.00</Amt></TxAmt></AmtDtls>'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        # Older messages have the status without a code; an entry without details has its reference itself.
        (f"{AMOUNT}<Sts>BOOK</Sts><NtryRef>EX-7</NtryRef>", {"end_to_end_id": "EX-7", "cents": 750, "kind": K.PAID}),
        (f"{AMOUNT}<BookgDt><DtTm>2021-03-15T23:59:59+01:00</DtTm></BookgDt>", {"booked_on": date(2021, 3, 15)}),
        (AMOUNT, {"booked_on": None, "end_to_end_id": None, "reason_code": None, "position": 1}),
        ("<Amt>7.05</Amt>", {"cents": 705, "currency": ""}),
        # The whole entry is of several, the amount of each transaction deeper.
        (
            f"{AMOUNT}<NtryDtls><TxDtls>{DEEPER}</TxDtls></NtryDtls>",
            {"cents": 300, "currency": "SEK"},
        ),
        # Given back as a whole, with the reason beside the entry; reversed; and money that just came in.
        (f"{AMOUNT}<CdtDbtInd>CRDT</CdtDbtInd>{RETURNED}", {"kind": K.RETURNED, "reason_code": "AC04"}),
        (
            f"{AMOUNT}<CdtDbtInd>CRDT</CdtDbtInd>{RETURNED}<NtryDtls><TxDtls/></NtryDtls>",
            {"kind": K.RETURNED, "reason_code": "AC04"},
        ),
        (f"{AMOUNT}<CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd>", {"kind": K.RETURNED, "reason_code": None}),
        (f"{AMOUNT}<CdtDbtInd>CRDT</CdtDbtInd><RvslInd>1</RvslInd>", {"kind": K.RETURNED}),
        (f"{AMOUNT}<CdtDbtInd>CRDT</CdtDbtInd><RvslInd>false</RvslInd>", {"kind": K.OTHER}),
        # One transaction of a debit came back: its own side counts, not that of the entry.
        (
            f"{AMOUNT}<CdtDbtInd>DBIT</CdtDbtInd><NtryDtls><TxDtls><CdtDbtInd>CRDT</CdtDbtInd>{RETURNED}</TxDtls></NtryDtls>",
            {"kind": K.RETURNED},
        ),
        (f"{AMOUNT}<NtryDtls><TxDtls><Sts><Cd>RJCT</Cd></Sts></TxDtls></NtryDtls>", {"kind": K.FAILED}),
        (f"{AMOUNT}<NtryRef> </NtryRef>", {"end_to_end_id": None}),
        ('<Amt Ccy="EUR"> 1234567890123.10000 </Amt>', {"cents": 123_456_789_012_310}),
        ('<Amt Ccy="EUR">5</Amt>', {"cents": 500}),
    ],
)
def test_every_place_where_a_bank_says_something_is_read(content: str, told: dict[str, Any]) -> None:
    line = line_of(content)
    assert {name: getattr(line, name) for name in told} == told


def test_what_is_only_announced_is_no_line() -> None:
    content = statement(f"<Ntry>{AMOUNT}<Sts>PDNG</Sts></Ntry>", f"<Ntry>{AMOUNT}<Sts>BOOK</Sts></Ntry>")
    assert len(read_statement(content.encode())) == 1


@given(st.data())
def test_spoilt_statement_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(statement(entry("EX-1", "780.00"), entry("EX-2", "1")).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] = data.draw(st.integers(0, 255))
    try:
        lines = read_statement(bytes(content))
    except StatementUnreadable:
        return
    assert all(one.cents >= 0 for one in lines)


ORDERS = [Ordered("EX-1", 78_000, "ordered"), Ordered("EX-2", 45_000, "paid"), Ordered("EX-3", 100, "failed"),
          Ordered("EX-4", 45_000, "paid", 1)]  # fmt: skip


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([entry("EX-1", "780.00")], [S.APPLIED_PAID]),
        ([entry("EX-1", "780.00"), entry("EX-1", "780.00")], [S.APPLIED_PAID, S.ALREADY_SETTLED]),
        ([entry("EX-1", "779.99")], [S.OTHER_AMOUNT]),
        ([entry("EX-1", "780.00", currency="SEK")], [S.OTHER_CURRENCY]),
        ([entry("EX-9", "780.00"), entry(None, "780.00")], [S.UNKNOWN_REFERENCE, S.NO_REFERENCE]),
        ([entry("EX-1", "780.00", side="CRDT")], [S.NOT_AN_ORDER]),
        ([entry("EX-1", "780.00", side="CRDT", more=RETURNED)], [S.NOT_PAID_YET]),
        ([entry("EX-1", "780.00", more="<Sts>RJCT</Sts>")], [S.APPLIED_FAILED]),
        ([entry("EX-2", "450.00", side="CRDT", more=RETURNED)], [S.APPLIED_RETURNED]),
        ([entry("EX-4", "450.00", side="CRDT", more=RETURNED)], [S.RECOVERED_BEFORE]),
        ([entry("EX-4", "450.00")], [S.ALREADY_SETTLED]),
        ([entry("EX-2", "450.00")], [S.ALREADY_SETTLED]),
        ([entry("EX-3", "1.00")], [S.ALREADY_SETTLED]),
        (
            [entry("EX-1", "780.00"), entry("EX-1", "780.00", side="CRDT", more=RETURNED)],
            [S.APPLIED_PAID, S.APPLIED_RETURNED],
        ),
    ],
)
def test_programme_invariant_15_what_is_certain_settles_an_order_once(entries: list[str], told: list[S]) -> None:
    settled = settle(read_statement(statement(*entries).encode()), ORDERS)
    assert [one.finding for one in settled] == told


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (entry("EX-1", "780.00"), "Ordered, and paid."),
        (entry("EX-1", "780.00", more="<Sts>RJCT</Sts>"), "Ordered, and not carried out."),
        (entry("EX-2", "450.00"), "The order is paid already."),
        (entry("EX-1", "780.00", side="CRDT", more=RETURNED), "Given back, but its payment was not told yet."),
        (entry("EX-2", "450.00", side="CRDT", more=RETURNED), "Paid, and given back."),
        (
            entry("EX-4", "450.00", side="CRDT", more=RETURNED),
            "1 cents of it were paid back before: people have to look at it.",
        ),
        (entry(None, "780.00"), "It names no order."),
        (entry("EX-9", "780.00"), "No order of this partnership has this reference."),
        (entry("EX-1", "780.00", side="CRDT"), "Money came in, which no order asked for."),
        (entry("EX-1", "780.00", currency="SEK"), "The order is in EUR, the line in SEK."),
        (entry("EX-1", "780.00", currency=""), "The order is in EUR, the line in nothing."),
        (entry("EX-1", "779.99"), "The order is of 78000 cents, the line of 77999."),
    ],
)
def test_every_line_is_told_in_a_sentence_at_its_place(one: str, sentence: str) -> None:
    told = settle(read_statement(statement(entry(None, "1"), one).encode()), ORDERS)
    assert [line.position for line in told] == [1, 2]
    assert (told[0].sentence, told[1].sentence) == ("It names no order.", sentence)


@pytest.mark.parametrize(("more", "state"), [("<Sts>RJCT</Sts>", "failed"), ("", "paid")])
def test_line_that_comes_twice_is_told_what_the_first_has_done(more: str, state: str) -> None:
    told = settle(read_statement(statement(*[entry("EX-1", "780.00", more=more)] * 2).encode()), ORDERS)
    assert told[1].sentence == f"The order is {state} already."


def test_money_given_back_twice_is_given_back_once() -> None:
    back = entry("EX-2", "450.00", side="CRDT", more=RETURNED)
    told = settle(read_statement(statement(back, back).encode()), ORDERS)
    assert [one.finding for one in told] == [S.APPLIED_RETURNED, S.ALREADY_SETTLED]
    assert told[1].sentence == "The order is returned already."
