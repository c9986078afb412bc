"""The life of a case as one table per level, of an assignment and of a file of evidence.

Source: domain rules 11.3; the steps are those of 4.1 (gold), 3 (silver) and 2.1 (bronze, where the interview of a
benchmark stands for preparation, visit and scores).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from cluster_api.clusters.states import Level
from cluster_api.foundation.workflow import Move, Workflow


class CaseState(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    INCOMPLETE = "incomplete"
    """Returned to the applicant, who changes what is named and submits again."""
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    CONTRACTED = "contracted"
    IN_PREPARATION = "in_preparation"
    """The self-assessment is open, assessors are found, the visit is planned."""
    SCHEDULED = "scheduled"
    INTERVIEWED = "interviewed"
    """Of bronze: the interview of a benchmark was held; its expert writes down what was found."""
    ASSESSED = "assessed"
    """The visit has taken place; assessors score."""
    REPORTED = "reported"
    """The report is sealed; nothing of what was assessed changes any more."""
    IN_DECISION = "in_decision"
    GRANTED = "granted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


S = CaseState
BEFORE_CONTRACT = (S.DRAFT, S.SUBMITTED, S.INCOMPLETE, S.ELIGIBLE)
STALLING = (S.CONTRACTED, S.IN_PREPARATION, S.SCHEDULED)
"""In these a case expires that has no visit in the months after its contract."""
ENDED = (S.INELIGIBLE, S.GRANTED, S.REFUSED, S.WITHDRAWN, S.EXPIRED)
FROM_REPORT_ON = (S.REPORTED, S.IN_DECISION, S.GRANTED, S.REFUSED, S.DEFERRED)
APPLYING = (S.DRAFT, S.INCOMPLETE)
"""In these the applicant writes the application."""
PLANNING = (S.CONTRACTED, S.IN_PREPARATION)
"""In these assessors are found and the visit is planned."""

APPLICATION: tuple[Move[CaseState], ...] = (
    Move(S.DRAFT, "submit", S.SUBMITTED, "assessments:write", "every criterion of eligibility is answered"),
    Move(S.INCOMPLETE, "submit", S.SUBMITTED, "assessments:write", "every criterion of eligibility is answered"),
    Move(S.SUBMITTED, "return", S.INCOMPLETE, "assessments:run", "reasons are given"),
    Move(S.SUBMITTED, "admit", S.ELIGIBLE, "assessments:run", "criteria met or waived, no check fails that must not"),
    Move(S.SUBMITTED, "reject", S.INELIGIBLE, "assessments:run", "a criterion is not met, reasons are given"),
    Move(S.ELIGIBLE, "contract", S.CONTRACTED, "assessments:run", "price as bound"),
)
PREPARATION = (Move(S.CONTRACTED, "prepare", S.IN_PREPARATION, "assessments:run"),)
DECISION: tuple[Move[CaseState], ...] = (
    Move(S.REPORTED, "take_up", S.IN_DECISION, "assessments:run"),
    Move(S.IN_DECISION, "grant", S.GRANTED, "assessments:decide", "the level's requirements are met"),
    Move(S.IN_DECISION, "refuse", S.REFUSED, "assessments:decide", "reasons are given"),
    Move(S.IN_DECISION, "defer", S.DEFERRED, "assessments:decide", "reasons are given"),
    Move(S.DEFERRED, "take_up", S.IN_DECISION, "assessments:run", "the conditions are met, or their day is past"),
    Move(S.REFUSED, "reopen", S.IN_DECISION, "assessments:decide", "an appeal is upheld"),
)


def _ending(stalling: Iterable[CaseState], visited: CaseState) -> tuple[Move[CaseState], ...]:
    """Answer how a case ends before it is reported: by its applicant, with its cluster, or by standing still."""
    open_until_visit = (*BEFORE_CONTRACT, *stalling)
    return (
        *(Move(state, "withdraw", S.WITHDRAWN, "assessments:write", "reasons are given") for state in open_until_visit),
        *(
            Move(state, "abandon", S.WITHDRAWN, "assessments:run", "the cluster is closed, merged or split")
            for state in (*open_until_visit, visited)
        ),
        *(
            Move(state, "expire", S.EXPIRED, "assessments:run", "no visit in the months after the contract")
            for state in stalling
        ),
    )


AGAIN = (
    Move(S.SCHEDULED, "reschedule", S.IN_PREPARATION, "assessments:run", "reasons are given"),
    # Somebody who visited and falls ill before scoring must not hold the case for ever.
    Move(S.ASSESSED, "reschedule", S.IN_PREPARATION, "assessments:run", "not everybody has scored, reasons are given"),
)

BRONZE: Workflow[CaseState] = Workflow(
    name="The bronze case",
    column="state",
    moves=(
        *APPLICATION,
        Move(
            S.CONTRACTED,
            "interview",
            S.INTERVIEWED,
            "assessments:run",
            "a benchmark of the cluster was frozen at its interview, held since the contract and in time",
        ),
        Move(S.INTERVIEWED, "take_back", S.CONTRACTED, "assessments:run", "reasons are given"),
        Move(
            S.INTERVIEWED,
            "report",
            S.REPORTED,
            "assessments:score",
            "the benchmark is released, its expert filled in the criteria and recommends",
        ),
        *DECISION,
        *_ending((S.CONTRACTED,), S.INTERVIEWED),
    ),
)
SILVER: Workflow[CaseState] = Workflow(
    name="The silver case",
    column="state",
    moves=(
        *APPLICATION,
        *PREPARATION,
        Move(
            S.IN_PREPARATION,
            "schedule",
            S.SCHEDULED,
            "assessments:run",
            "three improvements named, one auditor agreed and qualified on the day",
        ),
        *AGAIN,
        Move(S.SCHEDULED, "assess", S.ASSESSED, "assessments:run", "the visit is over, the auditor is still qualified"),
        Move(S.ASSESSED, "report", S.REPORTED, "assessments:score", "every improvement has its verdict"),
        *DECISION,
        *_ending(STALLING, S.ASSESSED),
    ),
)
GOLD: Workflow[CaseState] = Workflow(
    name="The gold case",
    column="state",
    moves=(
        *APPLICATION,
        *PREPARATION,
        Move(
            S.IN_PREPARATION,
            "schedule",
            S.SCHEDULED,
            "assessments:run",
            "self-assessment handed in, two experts of different employers, two days or one for a renewal",
        ),
        *AGAIN,
        Move(S.SCHEDULED, "assess", S.ASSESSED, "assessments:run", "the visit is over, both are still qualified"),
        Move(S.ASSESSED, "report", S.REPORTED, "assessments:score", "both scored apart, consensus on every indicator"),
        *DECISION,
        *_ending(STALLING, S.ASSESSED),
    ),
)
CASES: Mapping[Level, Workflow[CaseState]] = {Level.BRONZE: BRONZE, Level.SILVER: SILVER, Level.GOLD: GOLD}

PERMISSION_OF: Mapping[str, str] = {move.verb: move.permission for table in CASES.values() for move in table.moves}
"""What each verb needs, at whichever level it exists; a test says that it is the same at all."""

TOLD_BY_NOTICE = frozenset({"grant", "refuse", "defer", "reopen"})
"""Moves that say what was decided: the applicant is told by a notice, and sees the case as before until then."""
DECIDED_ABOVE = frozenset(move.verb for move in DECISION)
"""Verbs of those who decide about labels; their routes are not here."""
WITHOUT_CLUSTER = frozenset({"withdraw", "abandon", "expire", "take_up", "refuse"})
"""What is still possible when the cluster does not stand by itself any more."""

EVENTS: Mapping[str, str] = {
    "submit": "assessment.submitted",
    "return": "assessment.returned",
    "admit": "assessment.admitted",
    "reject": "assessment.found_ineligible",
    "contract": "assessment.contracted",
    "prepare": "assessment.opened_for_answers",
    "schedule": "assessment.scheduled",
    "reschedule": "assessment.rescheduled",
    "interview": "assessment.interviewed",
    "take_back": "assessment.interview_taken_back",
    "assess": "assessment.visited",
    "report": "assessment.reported",
    "take_up": "assessment.taken_up",
    "grant": "assessment.granted",
    "refuse": "assessment.refused",
    "defer": "assessment.deferred",
    "reopen": "assessment.reopened",
    "withdraw": "assessment.withdrawn",
    "abandon": "assessment.abandoned",
    "expire": "assessment.expired",
}


class AssignmentRole(StrEnum):
    """What somebody does in a case."""

    BENCHMARKING = "benchmarking"
    """Held the interview of the benchmark on which a bronze case rests."""
    LEAD = "lead"
    SECOND = "second"
    AUDITOR = "auditor"
    TRAINEE = "trainee"
    OBSERVER = "observer"


SCORING: Mapping[Level, tuple[AssignmentRole, ...]] = {
    Level.BRONZE: (),
    Level.SILVER: (AssignmentRole.AUDITOR,),
    Level.GOLD: (AssignmentRole.LEAD, AssignmentRole.SECOND),
}
"""Who scores; trainees and observers never do (domain invariant 11), and at bronze there are no points."""
GUESTS = (AssignmentRole.TRAINEE, AssignmentRole.OBSERVER)
"""Who sits in; what was seen counts for a qualification (domain rules 6)."""
REPORTING = (AssignmentRole.LEAD, AssignmentRole.AUDITOR, AssignmentRole.BENCHMARKING)
"""Who seals the report."""


class AssignmentState(StrEnum):
    """Where an assignment stands."""

    PROPOSED = "proposed"
    DECLINED_BY_EXPERT = "declined_by_expert"
    CONFLICT = "conflict"
    ACCEPTED_BY_EXPERT = "accepted_by_expert"
    REJECTED_BY_CLUSTER = "rejected_by_cluster"
    AGREED_BY_CLUSTER = "agreed_by_cluster"
    ACTIVE = "active"
    DONE = "done"
    REPLACED = "replaced"


A = AssignmentState
ASSIGNMENT: Workflow[AssignmentState] = Workflow(
    name="The assignment",
    column="state",
    moves=(
        Move(A.PROPOSED, "accept", A.ACCEPTED_BY_EXPERT, "assessments:score", "declares to be free of conflicts"),
        Move(A.PROPOSED, "decline", A.DECLINED_BY_EXPERT, "assessments:score"),
        Move(A.PROPOSED, "declare", A.CONFLICT, "assessments:score", "declares a conflict"),
        Move(A.ACCEPTED_BY_EXPERT, "declare", A.CONFLICT, "assessments:score", "declares a conflict"),
        Move(A.AGREED_BY_CLUSTER, "declare", A.CONFLICT, "assessments:score", "declares a conflict"),
        Move(A.ACCEPTED_BY_EXPERT, "agree", A.AGREED_BY_CLUSTER, "assessments:write"),
        Move(A.ACCEPTED_BY_EXPERT, "object", A.REJECTED_BY_CLUSTER, "assessments:write", "once a case, with reasons"),
        *(
            Move(state, "replace", A.REPLACED, "assessments:run", "reasons are given")
            for state in (A.PROPOSED, A.ACCEPTED_BY_EXPERT, A.AGREED_BY_CLUSTER)
        ),
        Move(A.AGREED_BY_CLUSTER, "activate", A.ACTIVE, "assessments:run", "the case is scheduled"),
        Move(A.ACTIVE, "stand_down", A.AGREED_BY_CLUSTER, "assessments:run", "the case is rescheduled"),
        Move(A.ACTIVE, "finish", A.DONE, "assessments:score", "the report is sealed"),
    ),
)
OUT = (A.DECLINED_BY_EXPERT, A.CONFLICT, A.REJECTED_BY_CLUSTER, A.REPLACED)
"""Who is out of the case and sees nothing of it any more."""
WITH_THE_CASE = frozenset({"activate", "stand_down", "finish"})
"""Moves that a move of the case brings with it; they have no route of their own."""


class EvidenceState(StrEnum):
    """Where a file of evidence stands."""

    QUARANTINED = "quarantined"
    RELEASED = "released"
    REFUSED = "refused"
    REMOVED = "removed"


class EvidenceSide(StrEnum):
    """Which side sent a file of evidence: it alone can take the file back."""

    CLUSTER = "cluster"
    ASSESSORS = "assessors"


EVIDENCE: Workflow[EvidenceState] = Workflow(
    name="The evidence",
    column="state",
    moves=(
        Move(EvidenceState.QUARANTINED, "release", EvidenceState.RELEASED, "assessments:run", "nothing was found"),
        Move(
            EvidenceState.QUARANTINED, "refuse", EvidenceState.REFUSED, "assessments:run", "the check found something"
        ),
        Move(EvidenceState.QUARANTINED, "remove", EvidenceState.REMOVED, "assessments:write", "no sheet names it"),
        Move(EvidenceState.RELEASED, "remove", EvidenceState.REMOVED, "assessments:write", "no sheet names it"),
    ),
)


class SheetKind(StrEnum):
    """Whose a filled sheet is."""

    SELF_ASSESSMENT = "self_assessment"
    SCORES = "scores"
    CONSENSUS = "consensus"
