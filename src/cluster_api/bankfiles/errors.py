"""What can go wrong with accounts and files of banks."""

from cluster_api.foundation.errors import Invalid


class AccountNotValid(Invalid):
    """The IBAN or the BIC is not valid.

    `errors` names which of them and why; most often a digit is mistyped.
    """


class StatementUnreadable(Invalid):
    """This is no statement of a bank that can be read.

    Wanted is a well-formed camt.053 or camt.054 file (ISO 20022) without a document type; `errors` names the place.
    """
