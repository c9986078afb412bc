"""The life of a benchmark, and of the part of somebody who sits in at its interview."""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow


class BenchmarkState(StrEnum):
    """Where a benchmark stands (domain 11.3)."""

    OPEN = "questionnaire_open"
    """The cluster fills in the questionnaire."""
    SUBMITTED = "questionnaire_submitted"
    IN_INTERVIEW = "in_interview"
    """The expert talks the answers through with the cluster and mends them."""
    INTERVIEWED = "interviewed"
    """The answers are frozen."""
    REPORT_READY = "report_ready"
    RELEASED = "released"
    """The cluster has its report, and the figures count among the peers of others."""
    VOID = "void"
    """Taken back with a reason; in no figures any more."""


S = BenchmarkState
RUN, INTERVIEW = "benchmarks:run", "benchmarks:interview"

LIFE = Workflow(
    name="The benchmark",
    column="state",
    moves=(
        Move(S.OPEN, "submit", S.SUBMITTED, "benchmarks:write", "the questionnaire is complete and consistent"),
        Move(S.SUBMITTED, "send_back", S.OPEN, RUN, "reasons are given"),
        Move(S.SUBMITTED, "start_interview", S.IN_INTERVIEW, INTERVIEW, "by the expert assigned, who is qualified"),
        Move(S.IN_INTERVIEW, "send_back", S.OPEN, INTERVIEW, "reasons are given"),
        Move(S.IN_INTERVIEW, "freeze", S.INTERVIEWED, INTERVIEW, "complete and consistent; the interview was held"),
        Move(S.INTERVIEWED, "prepare_report", S.REPORT_READY, INTERVIEW, "the expert's remarks are given"),
        Move(S.REPORT_READY, "release", S.RELEASED, RUN),
        *(Move(state, "void", S.VOID, RUN, "reasons are given") for state in S if state is not S.VOID),
    ),
)

OPEN = (S.OPEN, S.SUBMITTED, S.IN_INTERVIEW, S.INTERVIEWED, S.REPORT_READY)
"""What is not finished: one at a time for each cluster."""
ASSIGNABLE = (S.OPEN, S.SUBMITTED, S.IN_INTERVIEW)
"""While an expert can be assigned, or another one."""
FROZEN = (S.INTERVIEWED, S.REPORT_READY, S.RELEASED)
"""When the answers are frozen and can be corrected by a new version."""


class GuestRole(StrEnum):
    """As what somebody sits in at an interview; neither asks for a score nor gives one (domain invariant 11)."""

    TRAINEE = "trainee"
    """Learns to hold interviews; what was seen counts for the qualification (domain rules 6)."""
    OBSERVER = "observer"


class GuestState(StrEnum):
    """Where the part of a guest stands."""

    PROPOSED = "proposed"
    DECLINED = "declined_by_guest"
    ACCEPTED = "accepted_by_guest"
    REJECTED = "rejected_by_cluster"
    AGREED = "agreed_by_cluster"
    WITHDRAWN = "withdrawn"
    ATTENDED = "attended"
    """Sat in at the interview that was held, as its expert says."""


G = GuestState
GUEST = Workflow(
    name="The guest of an interview",
    column="state",
    moves=(
        Move(G.PROPOSED, "accept", G.ACCEPTED, INTERVIEW, "by the guest, who declares to be free of conflicts"),
        Move(G.ACCEPTED, "agree", G.AGREED, "benchmarks:write", "before the answers are frozen"),
        Move(G.ACCEPTED, "object", G.REJECTED, "benchmarks:write", "reasons are given"),
        *(
            Move(state, "decline", G.DECLINED, INTERVIEW, "by the guest, reasons are given")
            for state in (G.PROPOSED, G.ACCEPTED, G.AGREED)
        ),
        *(
            Move(state, "withdraw", G.WITHDRAWN, RUN, "reasons are given")
            for state in (G.PROPOSED, G.ACCEPTED, G.AGREED)
        ),
        Move(G.AGREED, "confirm", G.ATTENDED, INTERVIEW, "by the expert, the answers are frozen"),
    ),
)
GUESTS_OUT = (G.DECLINED, G.REJECTED, G.WITHDRAWN)
"""Who does not sit in, and sees nothing of the benchmark any more."""
