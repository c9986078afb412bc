"""Statements as a bank sends them."""

from collections.abc import Mapping


def entry(reference: str | None, amount: str, **said: str) -> str:
    """Answer an entry of a statement: booked, a debit in euros, unless something else is said."""
    told: Mapping[str, str] = {
        "side": "DBIT",
        "currency": "EUR",
        "day": "2021-03-15",
        "status": "BOOK",
        "more": "",
        **said,
    }
    refs = "" if reference is None else f"<Refs><EndToEndId>{reference}</EndToEndId></Refs>"
    return (
        f'<Ntry><Amt Ccy="{told["currency"]}">{amount}</Amt><CdtDbtInd>{told["side"]}</CdtDbtInd>'
        f"<Sts><Cd>{told['status']}</Cd></Sts><BookgDt><Dt>{told['day']}</Dt></BookgDt>"
        f"<NtryDtls><TxDtls>{refs}{told['more']}</TxDtls></NtryDtls></Ntry>"
    )


def statement(*entries: str, message: str = "camt.054.001.08") -> str:
    """Answer a statement with these entries."""
    kind = ("BkToCstmrDbtCdtNtfctn", "Ntfctn") if "054" in message else ("BkToCstmrStmt", "Stmt")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}">'
        f"<{kind[0]}><{kind[1]}>{''.join(entries)}</{kind[1]}></{kind[0]}></Document>"
    )


RETURNED = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
