"""What one can ask about payments: seen by the partnership that pays and by who sees all."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.identifiers import normalised_number
from cluster_api.foundation.paging import Page
from cluster_api.grants.models import ExchangeGrant
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.partnerships.errors import PartnershipNotFound
from cluster_api.partnerships.models import Partnership
from cluster_api.partnerships.queries import CURRENCY
from cluster_api.payments.errors import PaymentFileNotFound
from cluster_api.payments.models import ExchangePayment, PaymentFile
from cluster_api.payments.schemas import ExchangePaymentRead, PaymentFileRead, PaymentQuery
from cluster_api.pool.queries import keyed_page

X = ExchangePayment


def must_see_some(actor: Actor) -> None:
    """Raise CredentialsRequired or PermissionMissing to a caller for whom there can be no payments."""
    actor.must_any(Permission.PAYMENTS_ORDER, Permission.EXCHANGES_READ_ALL)


def _payers(actor: Actor) -> sa.Select[str]:
    statement = sa.select(Partnership.id)
    if actor.can(Permission.EXCHANGES_READ_ALL):
        return statement
    return statement.where(Partnership.organisation_id.in_(actor.where(Permission.PAYMENTS_ORDER)))


def payer(session: Session, actor: Actor, partnership_id: str) -> Partnership:
    """Answer the own partnership that pays, locked; raise PartnershipNotFound, or PermissionMissing to others."""
    actor.must(Permission.PAYMENTS_ORDER)
    statement = sa.select(Partnership).where(
        Partnership.id == partnership_id, Partnership.organisation_id.in_(actor.where(Permission.PAYMENTS_ORDER))
    )
    found = session.scalar(statement.with_for_update())
    if found is None:
        raise PartnershipNotFound
    return found


def get_file(session: Session, actor: Actor, key: str) -> PaymentFile:
    """Answer a file of payments that the caller may see; raise PaymentFileNotFound."""
    must_see_some(actor)
    statement = sa.select(PaymentFile).where(PaymentFile.id == key, PaymentFile.partnership_id.in_(_payers(actor)))
    found = session.scalar(statement)
    if found is None:
        raise PaymentFileNotFound
    return found


def payments_of(session: Session, file: PaymentFile) -> list[ExchangePayment]:
    """Answer the orders of a file, in their order."""
    return list(session.scalars(sa.select(X).where(X.file_id == file.id).order_by(X.id)))


def read_payments(session: Session, payments: Sequence[ExchangePayment]) -> list[ExchangePaymentRead]:
    """Answer orders as they are shown."""
    wanted = [one.grant_id for one in payments]
    rows = session.execute(sa.select(ExchangeGrant.id, ExchangeGrant.number).where(ExchangeGrant.id.in_(wanted)))
    numbers = {row.id: row.number for row in rows}
    return [
        ExchangePaymentRead(
            id=UUID(one.id),
            number=numbers[one.grant_id],
            partnership_id=UUID(one.partnership_id),
            file_id=UUID(one.file_id),
            end_to_end_id=one.end_to_end_id,
            cents=one.cents,
            currency=CURRENCY,
            state=one.state,
            settled_on=one.settled_on,
            reason_code=one.reason_code,
            created_at=one.created_at,
        )
        for one in payments
    ]


def read_file(session: Session, file: PaymentFile) -> PaymentFileRead:
    """Answer a file and what it orders."""
    payments = payments_of(session, file)
    return PaymentFileRead(
        id=UUID(file.id),
        partnership_id=UUID(file.partnership_id),
        message_id=file.message_id,
        execution_on=file.execution_on,
        sha256=file.sha256,
        sum_cents=sum(one.cents for one in payments),
        payments=read_payments(session, payments),
    )


def payments_page(session: Session, actor: Actor, query: PaymentQuery) -> Page[ExchangePaymentRead]:
    """Answer a page of payments that the caller may see, in the order in which they were ordered."""
    must_see_some(actor)
    statement = sa.select(X).where(X.partnership_id.in_(_payers(actor)))
    if query.partnership_id is not None:
        statement = statement.where(X.partnership_id == str(query.partnership_id))
    if query.state is not None:
        statement = statement.where(X.state == query.state)
    if query.number is not None:
        number = normalised_number(query.number)
        statement = statement.where(X.grant_id.in_(sa.select(ExchangeGrant.id).where(ExchangeGrant.number == number)))
    shown, cursor = keyed_page(session, statement, X.id, query, of="exchange-payments", view=actor.view)
    return Page(items=read_payments(session, shown), next=cursor)
