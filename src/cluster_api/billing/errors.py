"""What can go wrong with quotes, invoices and payments."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Invalid, NotFound, Problem


class InvoiceNotFound(NotFound):
    """There is no such invoice.

    Either it does not exist or it is for others.
    """


class ProcessNotOffered(NotFound):
    """The price list does not offer this process.

    `/v1/prices` lists what is offered on a day.
    """


class SellerUnknown(Conflict):
    """Nobody has said yet who issues invoices.

    The operator of the service sets `SELLER` to the name, address, identifiers and account of the issuing association.
    """


class PayerNotPossible(Invalid):
    """The payer cannot be so.

    The VAT identifier must be well formed and belong to the country; the organisation must be known.
    """


class RenewalPriceNotPossible(Conflict):
    """The price of a renewal does not apply.

    It applies to a visit between the opening of renewal before the end of the renewed label and the last day of grace.
    """


class InvoiceCredited(Conflict):
    """The invoice has been taken back by a credit note."""


class NotCreditable(Conflict):
    """Only an invoice can be taken back, and only once."""


class PaymentNotFitting(Conflict):
    """The payment does not fit the invoice.

    Money moves not before the day of issue and not in the future, and nothing is paid on a credit note.
    """


class RefundNotPossible(Conflict):
    """So much is not owed back.

    What can be refunded was paid on an invoice that was taken back, or beyond the amount of one: `balance_cents` below
    zero.
    """


class PaymentReferenceUsed(Conflict):
    """This reference belongs to another payment.

    A reference names one movement in the accounts: of one invoice, with one amount on one day.
    """


class InvoiceImmutable(Conflict):
    """An issued invoice never changes.

    Take it back by a credit note and issue another.
    """


# SQLite names the columns of a broken constraint, PostgreSQL its name.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_invoice_credits_id": NotCreditable,
    "invoice.credits_id": NotCreditable,
    "uq_invoice_payment_reference": PaymentReferenceUsed,
    "invoice_payment.reference": PaymentReferenceUsed,
    "invoice_immutable": InvoiceImmutable,
}
