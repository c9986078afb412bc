"""As what somebody is qualified to sit in at an interview, what a trainee has to know before, and when. Pure.

Sources: domain rules 6 (trainees sit in before they are certified; an expert of benchmarking needs a training and an
observed interview, a proposal) and domain invariants 11, 17 and 18. That whoever is not trained on the version of a
methodology is not assigned to it stands in the issue about assessors; an observer only watches, and needs no training.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from cluster_api.assessors.rules import AttendanceFact, Reason, trained
from cluster_api.assessors.states import ReasonCode
from cluster_api.benchmarks.states import ASSIGNABLE, FROZEN, BenchmarkState, GuestRole
from cluster_api.pool.states import QualificationRole

QUALIFIED_AS: Mapping[GuestRole, QualificationRole] = {
    GuestRole.TRAINEE: QualificationRole.TRAINEE,
    GuestRole.OBSERVER: QualificationRole.OBSERVER,
}
"""As what the pool has to know whoever sits in; who holds the interview is qualified for benchmarking (domain 6)."""

WHILE: Mapping[str, tuple[BenchmarkState, ...]] = {
    "accept": ASSIGNABLE,
    "agree": ASSIGNABLE,
    "confirm": FROZEN,
}
"""In which states of the benchmark a move is possible; the others always are."""


def possible(verb: str, state: BenchmarkState) -> bool:
    """Answer whether a move of a guest is possible while the benchmark is in this state."""
    return state in WHILE.get(verb, tuple(BenchmarkState))


def training_lacks(
    role: GuestRole, attendances: Iterable[AttendanceFact], questionnaire: tuple[str, int], on: date
) -> list[Reason]:
    """Answer why a trainee is not prepared: no training on this version of the questionnaire was passed by the day."""
    if role is not GuestRole.TRAINEE or trained(attendances, questionnaire, on):
        return []
    code, version = questionnaire
    return [Reason(ReasonCode.NOT_TRAINED, f"Has not passed a training on version {version} of {code}.")]
