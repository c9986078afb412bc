"""What can go wrong with participants of exchanges."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Invalid, NotFound, Problem


class ParticipantNotFound(NotFound):
    """There is no such participant.

    Either it does not exist, or you may not know that it does: validated ones are seen by who takes part.
    """


class ParticipantTaken(Conflict):
    """The organisation takes part in this round already.

    An organisation is once in a round, as visitor, host or both.
    """


class ParticipantIncomplete(Invalid):
    """Something is missing, or does not fit together, without which the registration cannot be submitted."""


class ParticipantFixed(Conflict):
    """What was submitted is not changed.

    Ask the partnership to request changes.
    """


class PartnershipNotActive(Conflict):
    """No active partnership takes this participant.

    The one that was chosen is not active, or there is none to be assigned to.
    """


class NotEligible(Conflict):
    """The participant is not eligible.

    `errors` names each rule that is not met, or of which something is not known.
    """


class ExchangeOpen(Conflict):
    """An exchange of this participant is open: it is ended or cancelled first."""


CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_exchange_participant_organisation": ParticipantTaken,
    "exchange_participant.round, exchange_participant.organisation_id": ParticipantTaken,
}
