"""What can go wrong with partnerships."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Invalid, NotFound, Problem


class PartnershipNotFound(NotFound):
    """There is no such partnership."""


class AgreementNotFound(NotFound):
    """There is no such agreement.

    The partnership has none of this version, or you may not read it: its partners do.
    """


class PartnerTaken(Conflict):
    """An organisation is at most once in a partnership, and there is exactly one coordinator."""


class NoSuchPartner(Conflict):
    """This cluster organisation is not a partner at present, so that it cannot sign."""


class SignedAlready(Conflict):
    """This partner has signed this version of the agreement."""


class AgreementChanged(Conflict):
    """The text is not the one that you have read.

    A signature names the digest of the text. Read the agreement again: a new version voids what was signed before.
    """


class AgreementInForce(Conflict):
    """The newest version of the agreement is in force already; nothing is left to sign."""


class TargetNotPossible(Invalid):
    """A target names no indicator of the vocabulary `kpis`, or is not one that can be set."""


class ActivityNotPossible(Invalid):
    """The activity does not fit the partnership.

    It lies in the time of the partnership and not in the future, and names partners of it only.
    """


class KpiNotDeclared(Invalid):
    """This indicator is computed from records, so that it is never declared."""


CONSTRAINTS: Mapping[str, type[Problem]] = {
    "pk_partner": PartnerTaken,
    "partner.partnership_id, partner.cluster_id": PartnerTaken,
    "uq_partner_coordinator": PartnerTaken,
    "UNIQUE constraint failed: partner.partnership_id": PartnerTaken,
    "pk_partnership_signature": SignedAlready,
    "partnership_signature.partnership_id": SignedAlready,
}
