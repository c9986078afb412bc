"""What one can do with payments: order them in a file, read what the bank says, record what was paid back."""

import hashlib
from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.bankfiles import rules as bank
from cluster_api.bankfiles.schemas import CreditTransfer, Debtor, Ordered, Settled, StatementLine
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import normalised_number, uuid7
from cluster_api.grants.actions import noted
from cluster_api.grants.models import ExchangeGrant
from cluster_api.grants.states import LIFE, GrantState
from cluster_api.identity.access import Actor
from cluster_api.journal.actions import record
from cluster_api.ledger.actions import move
from cluster_api.ledger.queries import held_for
from cluster_api.ledger.states import Account, EntryKind
from cluster_api.partnerships.models import Partnership
from cluster_api.payments.errors import NothingDue, RecoveryNotPossible
from cluster_api.payments.models import BankStatement, ExchangePayment, PaymentFile
from cluster_api.payments.schemas import MOST_ORDERS, PaymentRecover, PaymentsOrder
from cluster_api.payments.states import LIVE, PaymentState


def order(session: Session, actor: Actor, partnership: Partnership, given: PaymentsOrder) -> PaymentFile:
    """Order what is due, in one file for the bank. The partnership is locked: what is ordered is ordered once.

    Raises:
        NothingDue: an exchange that was named is not due, or nothing is.
        AccountNotValid: IBAN or BIC of either side is wrong.
        BudgetExceeded: the book does not hold as much as due; it cannot happen unless it was written by hand.
    """
    grants = _due(session, partnership, [normalised_number(one) for one in given.numbers])
    key = str(uuid7())
    file = PaymentFile(
        id=key,
        partnership_id=partnership.id,
        message_id=key.replace("-", ""),
        execution_on=given.execution_on,
        author=actor.name,
        created_at=actor.now,
        **_content(actor, partnership, grants, given, key.replace("-", "")),
    )
    session.add(file)
    session.flush()
    for grant in grants:
        cents = grant.payable_cents or 0
        payment = ExchangePayment(
            id=str(uuid7()),
            partnership_id=partnership.id,
            grant_id=grant.id,
            file_id=file.id,
            end_to_end_id=_end_to_end(grant, file.message_id),
            cents=cents,
            state=PaymentState.ORDERED,
            created_at=actor.now,
            updated_at=actor.now,
        )
        session.add(payment)
        session.flush()
        move(session, actor, partnership.id, EntryKind.ORDER, cents, subject_id=grant.id)
        noted(session, actor, grant, "exchange.payment_ordered", cents=cents, end_to_end_id=payment.end_to_end_id)
    details = {"file_id": file.id, "orders": len(grants), "sha256": file.sha256}
    record(session, actor.author, "payments.ordered", ("partnership", partnership.id), details=details)
    return file


def _due(session: Session, partnership: Partnership, numbers: Sequence[str]) -> list[ExchangeGrant]:
    live = sa.select(ExchangePayment.grant_id).where(ExchangePayment.state.in_(LIVE))
    statement = sa.select(ExchangeGrant).where(
        ExchangeGrant.visitor_partnership_id == partnership.id,
        ExchangeGrant.state == GrantState.VALIDATED,
        ExchangeGrant.id.not_in(live),
    )
    if numbers:
        statement = statement.where(ExchangeGrant.number.in_(numbers))
    found = list(session.scalars(statement.order_by(ExchangeGrant.id).limit(MOST_ORDERS).with_for_update()))
    missing = set(numbers) - {one.number for one in found}
    faults = [
        Fault(f"/body/numbers/{position}", "not_due", f"{number} is not due, or it is ordered.")
        for position, number in enumerate(numbers)
        if number in missing
    ]
    if faults or not found:
        detail = " ".join(one.detail for one in faults[:20]) or "Nothing is due."
        raise NothingDue(detail, faults=faults)
    return found


def _end_to_end(grant: ExchangeGrant, message_id: str) -> str:
    # An exchange that is ordered again after a failure is another order for the bank.
    return f"{grant.number}-{message_id[-8:]}"[:35]


def _content(
    actor: Actor, partnership: Partnership, grants: Sequence[ExchangeGrant], given: PaymentsOrder, message_id: str
) -> dict[str, str]:
    debtor = Debtor(given.account.name, given.account.iban, given.account.bic)
    transfers = []
    for grant in grants:
        account = grant.account or {}
        text = f"ClusterXchange {grant.number} {partnership.acronym}"
        transfers.append(
            CreditTransfer(
                end_to_end_id=_end_to_end(grant, message_id),
                name=account.get("name", ""),
                iban=account.get("iban", ""),
                bic=account.get("bic"),
                cents=grant.payable_cents or 0,
                text=text,
            )
        )
    content = bank.write_payment_file(debtor, transfers, message_id, actor.now, given.execution_on)
    return {"content": content.decode(), "sha256": hashlib.sha256(content).hexdigest()}


def read_statement(session: Session, actor: Actor, partnership: Partnership, content: str) -> BankStatement:
    """Read what the bank says, and apply what is certain: line by line, in one transaction, and once.

    Raises:
        StatementUnreadable: it is no such file; nothing is applied.
        StatementKnown: it was read already.
    """
    raw = content.encode()
    lines = bank.read_statement(raw)
    wanted = {one.end_to_end_id for one in lines if one.end_to_end_id}
    payments = {
        one.end_to_end_id: one
        for one in session.scalars(
            sa.select(ExchangePayment)
            .where(
                ExchangePayment.partnership_id == partnership.id,
                ExchangePayment.end_to_end_id.in_(sorted(wanted)),
            )
            .order_by(ExchangePayment.id)
            .with_for_update()
        )
    }
    orders = [
        Ordered(one.end_to_end_id, one.cents, one.state.value, held_for(session, one.grant_id)[Account.RECOVERED])
        for one in payments.values()
    ]
    settled = bank.settle(lines, orders)
    numbers = {}
    for line, one in zip(lines, settled, strict=True):
        payment = payments.get(line.end_to_end_id or "")
        if payment is not None:
            numbers[one.position] = _apply(session, actor, payment, line, one)
    statement = BankStatement(
        id=str(uuid7()),
        partnership_id=partnership.id,
        sha256=hashlib.sha256(raw).hexdigest(),
        findings={"lines": [_told(line, one, numbers) for line, one in zip(lines, settled, strict=True)]},
        author=actor.name,
        read_at=actor.now,
    )
    session.add(statement)
    session.flush()
    details = {"statement_id": statement.id, "sha256": statement.sha256, "lines": len(lines)}
    record(session, actor.author, "bank_statement.read", ("partnership", partnership.id), details=details)
    return statement


def _told(line: StatementLine, one: Settled, numbers: dict[int, str]) -> dict[str, object]:
    return {
        "line": one.position, "end_to_end_id": line.end_to_end_id, "number": numbers.get(one.position),
        "finding": one.finding.value, "sentence": one.sentence,
    }  # fmt: skip


ENTRIES = {
    "applied_paid": (EntryKind.PAY, PaymentState.PAID, "settle", "exchange.paid"),
    "applied_failed": (EntryKind.FAIL, PaymentState.FAILED, None, "exchange.payment_failed"),
    "applied_returned": (EntryKind.RETURN, PaymentState.RETURNED, "bounce", "exchange.payment_returned"),
}


def _apply(session: Session, actor: Actor, payment: ExchangePayment, line: StatementLine, one: Settled) -> str:
    grant = session.get_one(ExchangeGrant, payment.grant_id)
    if one.finding.value in ENTRIES:
        kind, state, verb, event = ENTRIES[one.finding.value]
        on: date = line.booked_on or actor.today
        move(session, actor, payment.partnership_id, kind, payment.cents, subject_id=grant.id)
        payment.state, payment.settled_on, payment.updated_at = state, on, actor.now
        payment.reason_code = line.reason_code and line.reason_code[:40]
        if verb is not None:
            LIFE.apply(grant, verb)
            grant.paid_on = on if state is PaymentState.PAID else None
        noted(session, actor, grant, event, cents=payment.cents, end_to_end_id=payment.end_to_end_id)
    return grant.number


def recover(session: Session, actor: Actor, partnership: Partnership, given: PaymentRecover) -> ExchangeGrant:
    """Record that a payment, or a part of it, was paid back by who had received it.

    Raises:
        RecoveryNotPossible: the partnership has not paid as much for this exchange.
    """
    number = normalised_number(given.number)
    grant = session.scalar(
        sa.select(ExchangeGrant)
        .where(ExchangeGrant.number == number, ExchangeGrant.visitor_partnership_id == partnership.id)
        .with_for_update()
    )
    paid = 0 if grant is None else held_for(session, grant.id)[Account.PAID]
    if grant is None or given.cents > paid:
        detail = f"{paid} cents are paid for {number} and not recovered."
        raise RecoveryNotPossible(detail, faults=[Fault("/body/cents", "above_paid", detail)])
    move(session, actor, partnership.id, EntryKind.RECOVER, given.cents, subject_id=grant.id)
    noted(session, actor, grant, "exchange.recovered", reason=given.reason, cents=given.cents)
    return grant
