"""What can go wrong with exchange grants."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Forbidden, Invalid, NotFound, Problem


class ExchangeNotFound(NotFound):
    """There is no such exchange.

    Either it does not exist, or you are no party to it.
    """


class MatchNotConfirmed(Conflict):
    """An exchange is built of a match that both sides have confirmed, and once."""


class VisitTaken(Conflict):
    """The organisation visits once.

    An organisation makes at most one physical visit in the whole scheme, across partnerships, rounds and calls; those
    that were cancelled or broken off do not count, nor do virtual exchanges.
    """


class PlanFixed(Conflict):
    """The plan is not changed any more.

    Before the exchange begins, a change of an agreed plan opens it again, and everybody signs anew.
    """


class PlanNotAllowed(Forbidden):
    """This part of the plan is not yours.

    The account is named by the visiting organisation, the sum by its partnership, the rest by both sides.
    """


class PlanNotPossible(Invalid):
    """The plan cannot be agreed.

    `errors` names each rule that is not met and each part that is missing.
    """


class NoParty(Forbidden):
    """You do not act for this party of the exchange."""


class DocumentChanged(Conflict):
    """The document is not the one that you have read.

    A signature names the digest of the document; any change of the plan is another document, and voids signatures.
    """


class DocumentSigned(Conflict):
    """This party has signed this document."""


class SignaturesMissing(Conflict):
    """Signatures are missing; `errors` names who has not signed what."""


class ProofUsed(Conflict):
    """This file is evidence of an exchange already: nothing is paid for twice."""


class NotYet(Conflict):
    """It is too early or too late for this, by the dates of the exchange."""


CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_exchange_grant_visit": VisitTaken,
    "UNIQUE constraint failed: exchange_grant.visitor_organisation_id": VisitTaken,
    "uq_exchange_grant_match_id": MatchNotConfirmed,
    "UNIQUE constraint failed: exchange_grant.match_id": MatchNotConfirmed,
    "uq_exchange_proof_sha256": ProofUsed,
    "UNIQUE constraint failed: exchange_proof.sha256": ProofUsed,
    "pk_exchange_signature": DocumentSigned,
    "exchange_signature.grant_id": DocumentSigned,
}
