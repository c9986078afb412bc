"""What can go wrong with assignments and visits."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, NotFound, Problem


class AssignmentNotFound(NotFound):
    """There is no such assignment in this assessment."""


class RoleNotFitting(Conflict):
    """This role does not exist at this level.

    The expert of bronze is assigned in its benchmark; silver has one `auditor`, gold a `lead` and a `second`; `trainee`
    and `observer` sit in and never score.
    """


class AssessorNotEligible(Conflict):
    """This person may not assess this case.

    `reasons` names why: not in the pool, not qualified on every day of the visit, not trained, or too near to the
    cluster; `errors` say what can be done about each.
    """


class PairNotPossible(Conflict):
    """These two may not score one case together.

    `reasons` names why: one employer, or nobody from abroad; the secretariat can waive it with a recorded reason
    (`waiver`).
    """


class AssignmentTaken(Conflict):
    """This person is assigned already, or somebody else has this role.

    Replace who has it first.
    """


class ObjectionUsed(Conflict):
    """The cluster has objected as often as it may."""


class AssessorsNotReady(Conflict):
    """The assessors are not ready.

    `missing` names what: too few, not agreed, not qualified on the day of the visit, a pair that may not be. Replace
    who cannot come, or choose another day.
    """


class VisitNotPossible(Conflict):
    """The visit cannot be so.

    Too few days, a day outside the life of the case, or after the window in which the label is renewed.
    """


class VisitNotOver(Conflict):
    """The visit is not over yet."""


class EverybodyScored(Conflict):
    """Everybody has submitted scores: there is no visit to repeat.

    Differences are settled in the consensus.
    """


class SelfAssessmentMissing(Conflict):
    """The self-assessment is not handed in.

    It signals readiness: without it there is no visit.
    """


# SQLite names the columns of a broken constraint, PostgreSQL its name.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_assignment_person": AssignmentTaken,
    "uq_assignment_role": AssignmentTaken,
    "assignment.assessment_id, assignment.person_id": AssignmentTaken,
    "assignment.assessment_id, assignment.role": AssignmentTaken,
}
