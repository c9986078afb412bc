"""The life of a decision, the choices of a vote, and what each leads to.

Source: domain rules 11.2 and 11.3. A deferral is taken up again by another decision, an appeal leads to another one.
"""

from collections.abc import Mapping
from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow


class DecisionState(StrEnum):
    """Where a decision stands."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    DEFERRED = "deferred"


class DecisionKind(StrEnum):
    """Why there is a decision."""

    FIRST = "first"
    RESUMED = "resumed"
    """The one before was deferred."""
    APPEAL = "appeal"
    """The applicant appealed against the one before: others decide."""


class Choice(StrEnum):
    """What somebody votes for."""

    GRANT = "grant"
    REFUSE = "refuse"
    DEFER = "defer"
    ABSTAIN = "abstain"
    RECUSED = "recused"
    """Takes no part."""


COUNTING = (Choice.GRANT, Choice.REFUSE, Choice.DEFER)
"""Recused and abstaining votes do not count (domain invariant 19)."""

D = DecisionState
VOTED: Mapping[Choice, DecisionState] = {Choice.GRANT: D.GRANTED, Choice.REFUSE: D.REFUSED, Choice.DEFER: D.DEFERRED}
FINAL = (D.GRANTED, D.REFUSED)

DECIDING: Workflow[DecisionState] = Workflow(
    name="The decision",
    column="state",
    moves=(
        Move(D.OPEN, "grant", D.GRANTED, "assessments:decide", "quorum, majority, the report reaches the level"),
        Move(D.OPEN, "refuse", D.REFUSED, "assessments:decide", "quorum, majority, reasons are given"),
        Move(D.OPEN, "defer", D.DEFERRED, "assessments:decide", "quorum, majority, reasons, conditions and a day"),
    ),
)
"""All three have one route, ``conclude``: which of them is made follows from the votes."""


class ConditionsStanding(StrEnum):
    """Where the conditions of a deferral stand on a day: it follows from dates alone and is not stored."""

    OPEN = "open"
    MET = "met"
    LAPSED = "lapsed"
    """Their day has passed: the case is refused, or deferred anew."""


class Bar(StrEnum):
    """Why somebody takes no part in a decision."""

    ASSIGNED = "assigned"
    """Is or was assigned to the case."""
    INTEREST = "interest"
    """Coached the cluster, or has another interest on record in it or its organisation, at whatever time."""
    MEMBER = "member"
    """Belongs to the organisation of the cluster."""
    EMPLOYED = "employed"
    """Works or worked for it."""
    DECIDED_BEFORE = "decided_before"
    """Took part in the decision that is appealed against."""
    RUNS_THE_PROCESS = "runs_the_process"
    """Who runs the process does not decide."""
    COUNTRY_GROUP = "country_group"
    """Comes from the country of the cluster, or from one of its group."""


class Recusal(StrEnum):
    """Which members of a body are recused besides those who had a hand in the case."""

    ORGANISATION = "organisation"
    """Those of the applicant's own organisation."""
    COUNTRY_GROUP = "country_group"
    """Those of its country or country group, too."""
