"""Books that nobody changes, and what happens when two want to write the same into them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.billing.actions import credit, issue, record_payment, refund
from cluster_api.billing.errors import (
    CONSTRAINTS,
    InvoiceCredited,
    NotCreditable,
    PaymentReferenceUsed,
    RefundNotPossible,
    SellerUnknown,
)
from cluster_api.billing.models import Invoice, InvoicePayment
from cluster_api.billing.queries import accounts_of, get_invoice
from cluster_api.billing.schemas import InvoiceCreate, PaymentCreate
from cluster_api.foundation.database import Database
from cluster_api.foundation.problems import as_problem
from cluster_api.foundation.settings import Settings
from cluster_api.identity.access import Actor
from tests.billing.given import GROSS, asked
from tests.journal.given import lines
from tests.register import given_cluster

TODAY = date(2021, 1, 15)


def body(cluster: str) -> InvoiceCreate:
    return InvoiceCreate.model_validate({**asked(cluster), "cluster_id": UUID(cluster)})


def paid(reference: str, cents: int = GROSS) -> PaymentCreate:
    return PaymentCreate(reference=reference, amount_cents=cents, paid_on=TODAY)


@pytest.fixture
def number(database: Database, administrator: Actor, settings: Settings) -> str:
    """Give the number of an open invoice."""
    with database.transaction() as session:
        return issue(session, administrator, body(given_cluster(session, "A")), settings.seller).number


def raced(database: Database, *works: Callable[[Session], object]) -> list[str]:
    start = Barrier(len(works))

    def once(work: Callable[[Session], object]) -> str:
        start.wait()
        try:
            with database.transaction() as session:
                work(session)
        except (InvoiceCredited, NotCreditable, PaymentReferenceUsed, RefundNotPossible) as refused:
            return type(refused).__name__
        except sa.exc.IntegrityError as refused:
            # On PostgreSQL neither may have seen the other: then the database says it.
            return type(as_problem(refused, CONSTRAINTS)).__name__
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return sorted(pool.map(once, works))


Verb = Callable[[Session, Actor, Invoice, PaymentCreate], InvoicePayment]


def pay(
    actor: Actor, number: str, reference: str, cents: int = GROSS, verb: Verb = record_payment
) -> Callable[[Session], object]:
    def work(session: Session) -> object:
        return verb(session, actor, get_invoice(session, actor, number, for_change=True), paid(reference, cents))

    return work


def account(database: Database, actor: Actor, number: str) -> tuple[int, int]:
    """Answer what was paid, and the balance."""
    with database.session() as session:
        invoice = get_invoice(session, actor, number)
        found = accounts_of(session, [invoice])[invoice.id]
        return found.paid_cents, found.balance_cents


def count(database: Database, table: type[Invoice] | type[InvoicePayment]) -> int:
    with database.session() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_nobody_issues_invoices_in_nobodys_name(session: Session, administrator: Actor) -> None:
    with pytest.raises(SellerUnknown):
        issue(session, administrator, body(given_cluster(session, "A")), None)


def test_two_parts_paid_at_once_settle_the_invoice_once(database: Database, administrator: Actor, number: str) -> None:
    works = [pay(administrator, number, reference, GROSS // 2) for reference in ("BK-1", "BK-2")]
    assert raced(database, *works) == ["done", "done"]
    assert account(database, administrator, number) == (GROSS, 0)
    with database.session() as session:
        assert [line.event for line in lines(session)] == ["invoice.issued", "invoice.partly_paid", "invoice.paid"]


def test_one_reference_told_of_two_invoices_at_once_is_one(
    database: Database, administrator: Actor, number: str, settings: Settings
) -> None:
    with database.transaction() as session:
        other = issue(session, administrator, body(given_cluster(session, "B")), settings.seller).number
    works = [pay(administrator, one, "BK-1") for one in (number, other)]
    assert raced(database, *works) == ["PaymentReferenceUsed", "done"]
    assert count(database, InvoicePayment) == 1


def test_of_two_refunds_at_once_no_more_goes_back_than_is_owed(
    database: Database, administrator: Actor, number: str
) -> None:
    with database.transaction() as session:
        pay(administrator, number, "BK-1", GROSS + 100)(session)
    works = [pay(administrator, number, reference, 60, refund) for reference in ("RF-1", "RF-2")]
    assert raced(database, *works) == ["RefundNotPossible", "done"]
    assert account(database, administrator, number) == (GROSS + 40, -40)


def test_one_payment_told_twice_at_once_is_one(database: Database, administrator: Actor, number: str) -> None:
    assert raced(database, *[pay(administrator, number, "BK-1")] * 2) == ["done", "done"]
    assert count(database, InvoicePayment) == 1
    with database.session() as session:
        assert [line.event for line in lines(session)] == ["invoice.issued", "invoice.paid"]


def test_of_two_credit_notes_at_once_one_is_made(database: Database, administrator: Actor, number: str) -> None:
    def work(session: Session) -> object:
        invoice = get_invoice(session, administrator, number, for_change=True)
        return credit(session, administrator, invoice, reason="Wrong.")

    assert raced(database, work, work) == ["NotCreditable", "done"]
    assert count(database, Invoice) == 2


def test_invoices_issued_at_once_have_numbers_without_gaps(
    database: Database, administrator: Actor, settings: Settings
) -> None:
    with database.transaction() as session:
        cluster = given_cluster(session, "A")
    works = [lambda session: issue(session, administrator, body(cluster), settings.seller)] * 6
    assert raced(database, *works) == ["done"] * 6
    with database.session() as session:
        numbers = session.scalars(sa.select(Invoice.number).order_by(Invoice.number)).all()
    assert [number[:14] for number in numbers] == [f"IN-2021-00000{serial}" for serial in range(1, 7)]


@pytest.mark.parametrize("table", [Invoice, InvoicePayment])
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_database_refuses_every_change_of_the_books(
    database: Database, administrator: Actor, number: str, table: type[Invoice] | type[InvoicePayment], verb: str
) -> None:
    with database.transaction() as session:
        pay(administrator, number, "BK-1")(session)
    column = "net_cents" if table is Invoice else "amount_cents"
    statement = sa.delete(table) if verb == "delete" else sa.update(table).values({column: 1})
    with pytest.raises(sa.exc.IntegrityError, match="invoice_immutable"), database.transaction() as session:
        session.execute(statement, execution_options={"synchronize_session": False})
    assert count(database, table) == 1
