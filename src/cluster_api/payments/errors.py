"""What can go wrong with payments of exchanges."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Invalid, NotFound, Problem


class PaymentFileNotFound(NotFound):
    """There is no such file of payments, or you may not see it."""


class NothingDue(Conflict):
    """Nothing is due that could be ordered.

    `errors` names each exchange that was asked for and is not due, or ordered already.
    """


class PaymentOrdered(Conflict):
    """This exchange is paid once: a payment is ordered or done."""


class StatementKnown(Conflict):
    """This statement was read already; what it says is applied once."""


class RecoveryNotPossible(Invalid):
    """More is to be recovered than was paid, or nothing was paid."""


CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_exchange_payment_live": PaymentOrdered,
    "UNIQUE constraint failed: exchange_payment.grant_id": PaymentOrdered,
    "uq_bank_statement_sha256": StatementKnown,
    "UNIQUE constraint failed: bank_statement.partnership_id, bank_statement.sha256": StatementKnown,
}
