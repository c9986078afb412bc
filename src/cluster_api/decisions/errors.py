"""What can go wrong with decisions."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Forbidden, Invalid, NotFound, Problem


class DecisionNotFound(NotFound):
    """There is no such decision.

    Either it does not exist or you may not know of it; an applicant is shown a decision with its notice.
    """


class ReportBroken(Conflict):
    """The sealed report is not what it was, or is not what its inputs give.

    Nothing is decided on it. Ask whoever runs the service.
    """


class DecisionOpen(Conflict):
    """There is an open decision about this case.

    One at a time; conclude it first.
    """


class DecisionFinal(Conflict):
    """There is a final decision about this case.

    A case is decided once; only an appeal leads to another decision, which then takes the place of the first.
    """


class DecisionSealed(Conflict):
    """What a decision is based on never changes, and nothing of a concluded decision does."""


class DecisionMissing(Conflict):
    """A case is granted or refused by a final decision only."""


class CaseNotReported(Conflict):
    """There is no sealed report to decide on."""


class OutcomeWithoutVotes(Conflict):
    """The outcome of a decision follows its votes."""


class OnlyPeopleVote(Forbidden):
    """Only people vote: a machine client never does."""


class VoterBarred(Conflict):
    """This person takes no part in this decision.

    Nobody decides who is or was assigned to the case, has an interest in the cluster, belongs to or works for its
    organisation, runs the process, or decided before what is appealed against.
    """


class NotOnTheBoard(Conflict):
    """This person is not a member of the board."""


class AlreadyVoted(Conflict):
    """This person has voted on this decision.

    A vote is cast once; whoever voted can still be recused.
    """


class ReasonMissing(Invalid):
    """A reason is wanted.

    A recusal, a refusal and a deferral have reasons; a deferral has conditions and a day besides.
    """


class RequirementsNotMet(Conflict):
    """The level cannot be granted: the sealed report does not reach its requirements.

    `refusals` names what is missing.
    """


class NotTheChair(Conflict):
    """Only the chair of a decision concludes it."""


class QuorumMissing(Conflict):
    """Too few votes count.

    Recused and abstaining votes do not.
    """


class MajorityMissing(Conflict):
    """No outcome has the majority of the votes cast."""


class DecidedOnAppeal(Conflict):
    """This decision is made on an appeal.

    Conclude the appeal instead.
    """


class ConditionsOpen(Conflict):
    """The conditions of the deferral are not met.

    The secretariat records that they are, if they were by their day; the case waits until then, and afterwards it can
    be refused or deferred again, and not granted.
    """


class NoticeDayWrong(Conflict):
    """A notice goes out after the decision, and not in the future."""


# SQLite names the columns of a broken constraint, PostgreSQL its name; triggers speak for themselves.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_decision_open": DecisionOpen,
    "uq_decision_final": DecisionFinal,
    # The longer one first: the shorter is part of it.
    "decision.assessment_id, decision.is_final": DecisionFinal,
    "decision.assessment_id": DecisionOpen,
    "pk_decision_vote": AlreadyVoted,
    "decision_vote.decision_id, decision_vote.person_id": AlreadyVoted,
    "decision_sealed": DecisionSealed,
    "decision_missing": DecisionMissing,
    "decision_without_report": CaseNotReported,
    "decision_without_votes": OutcomeWithoutVotes,
    "voter_barred": VoterBarred,
    "ck_decision_granted_passes": RequirementsNotMet,
    "granted_passes": RequirementsNotMet,
}
