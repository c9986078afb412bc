"""The life of an assessor in the pool, the roles one can be qualified for, and the kinds of employment."""

from collections.abc import Mapping
from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow


class AssessorState(StrEnum):
    """Whether an assessor is given work."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    RETIRED = "retired"


LIFE = Workflow(
    name="The assessor",
    column="state",
    moves=(
        Move(AssessorState.ACTIVE, "suspend", AssessorState.SUSPENDED, "assessors:write", "reasons are given"),
        Move(AssessorState.SUSPENDED, "reinstate", AssessorState.ACTIVE, "assessors:write", "reasons are given"),
        Move(AssessorState.RETIRED, "reinstate", AssessorState.ACTIVE, "assessors:write", "reasons are given"),
        Move(AssessorState.ACTIVE, "retire", AssessorState.RETIRED, "assessors:write", "reasons are given"),
        Move(AssessorState.SUSPENDED, "retire", AssessorState.RETIRED, "assessors:write", "reasons are given"),
    ),
)


class QualificationRole(StrEnum):
    """In which role somebody takes part in an assessment (labels, 6 and 11.2)."""

    BENCHMARKING = "benchmarking"
    """Interviews for bronze."""
    SILVER = "silver"
    """Audits improvements on site, alone."""
    GOLD = "gold"
    """Is one of the two who score for gold."""
    LEAD = "lead"
    """Leads the two."""
    TRAINEE = "trainee"
    """Sits in before being qualified, and never scores."""
    OBSERVER = "observer"
    """Watches, and never scores."""


SCORING = (
    QualificationRole.BENCHMARKING,
    QualificationRole.SILVER,
    QualificationRole.GOLD,
    QualificationRole.LEAD,
)
"""Roles that score; trainees and observers never do (labels, invariant 11)."""

ALONE = (QualificationRole.BENCHMARKING, QualificationRole.SILVER)
"""Roles in which one assesses without a second scoring expert (labels, 2.1 and 3)."""

COVERED_BY: Mapping[QualificationRole, frozenset[QualificationRole]] = {
    QualificationRole.BENCHMARKING: frozenset({QualificationRole.BENCHMARKING}),
    QualificationRole.SILVER: frozenset({QualificationRole.SILVER}),
    QualificationRole.GOLD: frozenset({QualificationRole.GOLD, QualificationRole.LEAD}),
    QualificationRole.LEAD: frozenset({QualificationRole.LEAD}),
    QualificationRole.TRAINEE: frozenset({QualificationRole.TRAINEE, *SCORING}),
    QualificationRole.OBSERVER: frozenset({QualificationRole.OBSERVER, QualificationRole.TRAINEE, *SCORING}),
}
"""The qualifications of which any one is enough for a role."""


class EmploymentKind(StrEnum):
    """For whom an assessor works. That somebody has no employer is a statement too; no statement is unknown."""

    EMPLOYED = "employed"
    SELF_EMPLOYED = "self_employed"
    NOT_EMPLOYED = "not_employed"
