"""Why somebody may not take part in a case, each reason with its way out. Pure.

Source: domain rules 6 and invariants 17 and 18; the reasons themselves are those of the pool of assessors.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cluster_api.assessments.states import AssignmentRole
from cluster_api.assessors.rules import Candidate, Reason
from cluster_api.assessors.states import ReasonCode
from cluster_api.foundation.errors import Fault
from cluster_api.pool.states import QualificationRole

QUALIFIED_AS: Mapping[AssignmentRole, QualificationRole] = {
    AssignmentRole.BENCHMARKING: QualificationRole.BENCHMARKING,
    AssignmentRole.LEAD: QualificationRole.LEAD,
    AssignmentRole.SECOND: QualificationRole.GOLD,
    AssignmentRole.AUDITOR: QualificationRole.SILVER,
    AssignmentRole.TRAINEE: QualificationRole.TRAINEE,
    AssignmentRole.OBSERVER: QualificationRole.OBSERVER,
}
"""As what the pool has to know whoever does something in a case (domain rules 6)."""

FIXES: Mapping[ReasonCode, str] = {
    ReasonCode.NOT_ACTIVE: "Reinstate the assessor in the pool, or propose another.",
    ReasonCode.UNAVAILABLE: "Choose a later day for the visit, or propose another assessor.",
    ReasonCode.NOT_QUALIFIED: "Grant or renew the qualification, choose another day, or propose another assessor.",
    ReasonCode.NOT_TRAINED: "Record a training passed by the day of the visit, or propose another assessor.",
    ReasonCode.CODE_NOT_ACCEPTED: "The assessor accepts the code of conduct first.",
    ReasonCode.CONFLICT: "Propose another assessor; what is not declared is declared by the assessor first.",
    ReasonCode.SAME_EMPLOYER: "Propose somebody else, or waive the rule with a reason.",
    ReasonCode.NO_FOREIGNER: "Propose somebody from another country, or waive the rule with a reason.",
}
"""What can be done about a reason."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, in a code and in words that end with the way out."""

    code: str
    detail: str

    def of(self, whom: str) -> "Refusal":
        """Answer the same, said of one of several."""
        return Refusal(f"{whom}: {self.code}", f"{whom}: {self.detail}")


UNKNOWN_PERSON = Refusal("unknown_person", "There is no such person. Name somebody of the pool.")
NOT_IN_POOL = Refusal(
    "not_qualified", "The person is not in the pool of assessors. Record the person there, or propose another."
)
NO_ROLE = Reason(ReasonCode.NOT_QUALIFIED, "Does not hold the role of an assessor.")


def refusals_of(reasons: Iterable[Reason]) -> list[Refusal]:
    """Answer the reasons of the pool as refusals, each once."""
    found = (Refusal(one.code.value, f"{one.detail} {FIXES.get(one.code, '')}".strip()) for one in reasons)
    return list(dict.fromkeys(found))


def not_acting(found: Candidate) -> Candidate:
    """Answer a candidate who does not hold the role of an assessor any more, and could not accept."""
    against = [] if found.eligible else found.reasons
    return replace(found, eligible=False, reasons=[NO_ROLE, *against])


def having_a_part(found: Candidate, role: AssignmentRole) -> Candidate:
    """Answer a candidate who has a part in the case already, told as such; nobody makes a pair with oneself."""
    says = Reason(ReasonCode.EXCLUDED, f"Has a part in the case already: {role.value}. Replace it first.")
    left_out = {ReasonCode.EXCLUDED, ReasonCode.SAME_EMPLOYER, ReasonCode.NO_FOREIGNER}
    return replace(found, reasons=[says, *(one for one in found.reasons if one.code not in left_out)])


def codes_of(refusals: Iterable[Refusal]) -> list[str]:
    """Answer the codes of refusals, each once."""
    return list(dict.fromkeys(one.code for one in refusals))


def faults_of(refusals: Iterable[Refusal], pointer: str) -> list[Fault]:
    """Answer refusals as faults of one place of a request."""
    return [Fault(pointer, one.code, one.detail) for one in refusals]
