"""Orders, lines of statements, and what came of them."""

from dataclasses import dataclass
from datetime import date

from cluster_api.bankfiles.states import LineKind, SettledAs


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who pays."""

    name: str
    iban: str
    bic: str | None


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """An order to pay somebody."""

    end_to_end_id: str
    name: str
    iban: str
    bic: str | None
    cents: int
    text: str


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What a bank says about one movement; the position counts from 1."""

    position: int
    end_to_end_id: str | None
    cents: int
    currency: str
    kind: LineKind
    booked_on: date | None
    reason_code: str | None


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order, whether it is ``ordered``, ``paid``, ``failed`` or ``returned``, and what of it was paid back since."""

    end_to_end_id: str
    cents: int
    state: str
    recovered_cents: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a line, and why."""

    position: int
    finding: SettledAs
    sentence: str
