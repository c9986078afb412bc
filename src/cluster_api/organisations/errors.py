"""What can go wrong with organisations and their members."""

from cluster_api.foundation.errors import Conflict, NotFound


class OrganisationNotFound(NotFound):
    """There is no such organisation.

    Either it does not exist or you do not belong to it.
    """


class MemberNotFound(NotFound):
    """There is no such member.

    The person is not, or no longer, a member of this organisation. `…/members` lists who is.
    """


class OrganisationClosed(Conflict):
    """The organisation is closed.

    Nobody becomes a member of it or changes in it before it is reopened.
    """


class OrganisationOpen(Conflict):
    """The organisation is open.

    Only a closed organisation can be reopened.
    """


class LastOwner(Conflict):
    """An organisation would be left without an owner.

    Make another member an owner first; `organisations` names the organisations concerned.
    """
