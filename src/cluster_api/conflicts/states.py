"""Kinds of interests, of conflicts and of the facts behind them."""

from enum import StrEnum


class InterestKind(StrEnum):
    """What an assessor can have to do with a cluster (labels, 6: conflict rules)."""

    EMPLOYMENT = "employment"
    BOARD = "board"
    MEMBERSHIP = "membership"
    FAMILY = "family"
    PAID_ADVICE = "paid_advice"
    COACHING = "coaching"
    EMPLOYERS_CLIENT = "employers_client"
    """The employer of the assessor works for it (invariant 18)."""
    OTHER = "other"


SPEAKS_FOR = (InterestKind.EMPLOYMENT, InterestKind.BOARD, InterestKind.MEMBERSHIP)
"""Interests with which one belongs to an organisation, so that its partners are concerned too."""

PAID = (InterestKind.PAID_ADVICE, InterestKind.COACHING)
"""Interests of a colleague that make the cluster a client of the common employer."""


class TieKind(StrEnum):
    """What two clusters do together."""

    PARTNERSHIP = "partnership"
    EXCHANGE = "exchange"


class ConflictKind(StrEnum):
    """Why somebody does not assess a cluster."""

    EMPLOYMENT = "employment"
    BOARD = "board"
    MEMBERSHIP = "membership"
    FAMILY = "family"
    PAID_ADVICE = "paid_advice"
    COACHING = "coaching"
    EMPLOYERS_CLIENT = "employers_client"
    OTHER = "other"
    PARTNERSHIP = "partnership"
    EXCHANGE = "exchange"
    EARLIER_ASSESSMENT = "earlier_assessment"
    PINNED = "pinned"
    UNDECLARED = "undeclared"
    """What is unknown counts as a conflict until declared."""


class FactKind(StrEnum):
    """What kind of record a step of the path of a conflict stands on."""

    EMPLOYMENT = "employment"
    COLLEAGUE = "colleague"
    """The employment of another assessor with the same employer."""
    MEMBERSHIP = "membership"
    INTEREST = "interest"
    OWNER = "owner"
    """The organisation that runs a cluster."""
    NAME = "name"
    """A cluster bears the name given."""
    TIE = "tie"
    ENGAGEMENT = "engagement"
    PIN = "pin"
    NOTHING = "nothing"
    """A declaration that does not exist."""


class Source(StrEnum):
    """From whom a conflict is known."""

    RECORDS = "records"
    """What this service records anyway."""
    ASSESSOR = "assessor"
    """Declared by the assessor."""
    SECRETARIAT = "secretariat"
    """Recorded or pinned by the secretariat."""


class ConflictCertainty(StrEnum):
    """How sure a conflict is; all of them count alike."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    """Names agree, identifiers are not known."""
    UNKNOWN = "unknown"
    """Nothing is declared."""


class PinEffect(StrEnum):
    """What a pin does."""

    CONFLICT = "conflict"
    CLEAR = "clear"


class PairRule(StrEnum):
    """A rule about two assessors of one case (invariant 18)."""

    EMPLOYERS_DIFFER = "employers_differ"
    ONE_FOREIGNER = "one_foreigner"
