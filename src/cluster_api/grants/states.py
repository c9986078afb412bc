"""The life of an exchange, its parties and its documents."""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow

TAKE_PART = "exchanges:take_part"
LOOK_AFTER = "exchanges:look_after"
ORDER = "payments:order"


class GrantState(StrEnum):
    """What was decided about an exchange; whether it runs is told by its dates."""

    BUILDING = "building"
    AGREED = "agreed"
    VALIDATED = "validated"
    """Report and evidence are validated; a payment is due or ordered."""
    PAID = "paid"
    CLOSED = "closed"
    """Validated, with nothing to pay."""
    CANCELLED = "cancelled"
    ABORTED = "aborted"


class GrantPhase(StrEnum):
    """Where an exchange stands today (programme, 8.2)."""

    BUILDING = "building"
    AGREED = "agreed"
    ONGOING = "ongoing"
    REPORTING = "reporting"
    VALIDATED = "validated"
    PAID = "paid"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    ABORTED = "aborted"


class Party(StrEnum):
    """Who signs: both organisations and the partnerships that look after them."""

    VO = "vo"
    """Visiting organisation."""
    HO = "ho"
    """Host organisation."""
    VOP = "vop"
    """Partnership of the visiting organisation; it pays."""
    HOP = "hop"
    """Partnership of the host."""


class DocumentKind(StrEnum):
    """What is signed."""

    COMMITMENT = "commitment_to_quality"
    FINANCIAL = "financial_agreement"


class ProofKind(StrEnum):
    """What shows that somebody has travelled and stayed."""

    BOARDING_PASS = "boarding_pass"  # noqa: S105 - a document of travel
    TRAVEL_INVOICE = "travel_invoice"
    ACCOMMODATION_INVOICE = "accommodation_invoice"
    OTHER = "other"


S = GrantState

LIFE = Workflow(
    name="The exchange",
    column="state",
    moves=(
        Move(S.BUILDING, "sign", S.BUILDING, TAKE_PART, "each party once for one text"),
        Move(S.BUILDING, "agree", S.AGREED, LOOK_AFTER, "everything is signed, the rules are met, the budget suffices"),
        Move(S.BUILDING, "cancel", S.CANCELLED, TAKE_PART, "any party"),
        Move(S.AGREED, "revise", S.BUILDING, TAKE_PART, "before it begins; signatures are asked for again"),
        Move(S.AGREED, "cancel", S.CANCELLED, TAKE_PART, "any party, before it begins"),
        Move(S.AGREED, "report", S.AGREED, TAKE_PART, "from its last day on"),
        Move(S.AGREED, "return", S.AGREED, LOOK_AFTER),
        Move(S.AGREED, "abort", S.ABORTED, LOOK_AFTER, "once it has begun"),
        Move(S.AGREED, "validate", S.VALIDATED, LOOK_AFTER, "report, and evidence where something is paid"),
        Move(S.AGREED, "close", S.CLOSED, LOOK_AFTER, "by the validation, where nothing is paid"),
        Move(S.VALIDATED, "settle", S.PAID, ORDER, "by the bank"),
        Move(S.PAID, "bounce", S.VALIDATED, ORDER, "by the bank"),
    ),
)
SIGNERS = {
    DocumentKind.COMMITMENT: frozenset(Party),
    DocumentKind.FINANCIAL: frozenset({Party.VO, Party.VOP}),
}
"""Who signs what (programme, 1.5)."""
COUNTED = frozenset({S.VALIDATED, S.PAID, S.CLOSED})
"""From validation on an exchange counts, once, for the partnership of the visitor (invariant 20)."""
