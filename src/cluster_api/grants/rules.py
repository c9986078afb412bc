"""Where an exchange stands, what its documents say, what is paid for the days done, and when. Pure.

Sources: programme, 1.3 to 1.5; invariants 9 to 11 (documents and amounts), 13, 16 to 18 (money), 20 (counting).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cluster_api.grants.states import SIGNERS, DocumentKind, GrantPhase, GrantState, Party
from cluster_api.rounds.rules import amount_of
from cluster_api.rounds.schemas import AmountRead, RoundRead, StayDay
from cluster_api.rounds.states import ExchangeMode

BUILD_DAYS = "build_days"
REPORT_DAYS = "report_days"


@dataclass(frozen=True, slots=True)
class Times:
    """The dates of an exchange, as far as its phase follows from them."""

    state: GrantState
    begins_on: date | None
    ends_on: date | None
    created_on: date
    due_on: date | None


def phase_on(times: Times, day: date) -> GrantPhase:
    """Answer where an exchange stands on a day: an agreed one runs on its days, and waits for reports after them."""
    if times.state is not GrantState.AGREED or times.begins_on is None or times.ends_on is None:
        return GrantPhase(times.state.value)
    if day < times.begins_on:
        return GrantPhase.AGREED
    return GrantPhase.ONGOING if day <= times.ends_on else GrantPhase.REPORTING


def is_overdue(times: Times, day: date, terms: Mapping[str, int]) -> bool:
    """Answer whether something is late: not built, not reported or validated, not paid in time. It blocks nothing."""
    phase = phase_on(times, day)
    if phase is GrantPhase.BUILDING:
        return day > times.created_on + timedelta(days=terms[BUILD_DAYS])
    if phase is GrantPhase.REPORTING and times.ends_on is not None:
        return day > times.ends_on + timedelta(days=terms[REPORT_DAYS])
    return phase is GrantPhase.VALIDATED and times.due_on is not None and day > times.due_on


def missing_signatures(
    digests: Mapping[DocumentKind, str], signed: Iterable[tuple[DocumentKind, Party, str]]
) -> list[tuple[DocumentKind, Party]]:
    """Answer who has not signed what, as it is now: a signature under another digest is none (invariant 9)."""
    held = set(signed)
    return [
        (kind, party)
        for kind, digest in digests.items()
        for party in Party
        if party in SIGNERS[kind] and (kind, party, digest) not in held
    ]


def commitment(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Answer what the Commitment to Quality says: who, when, in which form, goals and agenda (programme, 1.5)."""
    said = ("number", "visitor_id", "host_id", "visitor_partnership_id", "host_partnership_id", "mode", "begins_on",
            "ends_on", "goals", "agenda")  # fmt: skip
    return {name: facts[name] for name in said}


def financial(facts: Mapping[str, Any], amount: AmountRead, payment_days: int) -> dict[str, Any]:
    """Answer what the financial agreement says: the sum, how it was reckoned, when it is paid and to whom."""
    return {
        "number": facts["number"], "visitor_id": facts["visitor_id"],
        "visitor_partnership_id": facts["visitor_partnership_id"],
        "cents": agreed_cents(amount, facts["offered_cents"]),
        "currency": amount.currency, "ceiling": amount.ceiling, "ceiling_cents": amount.ceiling_cents,
        "halved_because": amount.halved_because, "begins_on": facts["begins_on"], "ends_on": facts["ends_on"],
        "payment_days": payment_days, "account": facts["account"],
    }  # fmt: skip


def agreed_cents(amount: AmountRead, offered_cents: int | None) -> int:
    """Answer what is agreed: the most, or less if the partnership pays less (programme, 1.4)."""
    most = amount.most_cents or 0
    return most if offered_cents is None else min(most, offered_cents)


@dataclass(frozen=True)
class DoneUntil:
    """The last day that was done, and whether force majeure made it the last."""

    day: date
    is_force_majeure: bool = False


def working_days_done(days: Iterable[StayDay], done_until: date) -> int:
    """Answer how many of the planned working days were done."""
    return sum(one.is_working for one in days if one.day <= done_until)


def payable_cents(
    round_: RoundRead, agreed: AmountRead, days: Iterable[StayDay], agreed_sum: int, done: DoneUntil
) -> int:
    """Answer what is paid for the days that were done: reckoned anew with what was agreed, never more (10, 16, 18)."""
    if agreed.ceiling_cents is None:
        return 0
    count = working_days_done(days, done.day)
    again = amount_of(
        round_,
        agreed.ceiling_cents,
        count,
        agreed.distance_km,
        ExchangeMode.PHYSICAL,
        is_force_majeure=done.is_force_majeure,
    )
    return min(agreed_sum, again.most_cents)


def due_on(ended_on: date, validated_on: date, evidence_on: date, payment_days: int) -> date:
    """Answer by when it is paid: so many days after the latest of end, validated report and evidence (17)."""
    return max(ended_on, validated_on, evidence_on) + timedelta(days=payment_days)
