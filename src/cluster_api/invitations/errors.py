"""What can go wrong with invitations."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, NotFound, Problem


class InvitationNotFound(NotFound):
    """There is no such invitation.

    Either it does not exist or you may not say who belongs to its organisation.
    """


class InvitationSettled(Conflict):
    """The invitation is not open any more.

    It was taken up, revoked, or has expired. Invite anew if need be.
    """


class InvitationNotUsable(Conflict):
    """This code cannot be used.

    It is mistyped, was used, has expired or was revoked, or its organisation takes nobody in; which of these is not
    told. Ask whoever invited you for a new one.
    """


class PersonRequired(Conflict):
    """Only a person takes up an invitation.

    Send a token of an identity provider that this service accepts; keys and tokens of machine clients stand for no
    person.
    """


class AccountPairedMeanwhile(Conflict):
    """The account was paired with a person at the same moment.

    Repeat the request: it is then made as that person.
    """


# SQLite names the columns of a broken constraint, PostgreSQL its name.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_account_subject": AccountPairedMeanwhile,
    "account.issuer, account.subject": AccountPairedMeanwhile,
}
