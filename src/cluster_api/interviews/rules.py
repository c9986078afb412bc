"""Whether a benchmark can carry a bronze case. Pure.

Sources: domain rules 2.1 (an interview on site or by video, its expert, the form of eligibility with a recommendation),
2.5 and 4.4 (what is paid for), 11.3 (contract, then interview), and domain invariants 3, 7 and 22.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cluster_api.benchmarks.states import FROZEN, BenchmarkState
from cluster_api.foundation.errors import Fault
from cluster_api.methodology.states import VisitMode

AT = "/body/benchmark_id"


@dataclass(frozen=True, slots=True)
class Held:
    """What is looked at of a benchmark."""

    cluster_id: str
    state: BenchmarkState
    held_on: date | None
    mode: VisitMode | None
    has_expert: bool
    guests_waiting: int = 0  # whom the cluster expected, and of whom the expert has not said that they were there


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a case asks of its interview: whose, where, and between which days, both included."""

    cluster_id: str
    mode: VisitMode
    earliest: date
    latest: date


def interview_faults(held: Held, wanted: Wanted) -> Iterator[Fault]:
    """Answer why a benchmark cannot carry a case; nothing if it can."""
    if held.cluster_id != wanted.cluster_id:
        yield Fault(AT, "unknown", "The cluster has no such benchmark.")
        return
    if held.state not in FROZEN or held.held_on is None or held.mode is None or not held.has_expert:
        yield Fault(AT, "not_frozen", f"The benchmark is {held.state.value}: its answers are not frozen.")
        return
    if not wanted.earliest <= held.held_on <= wanted.latest:
        detail = f"It was held on {held.held_on}, and counts from {wanted.earliest} to {wanted.latest}."
        yield Fault(AT, "out_of_range", detail)
    if not place_fits(wanted.mode, held.mode):
        yield Fault(AT, "other_place", "An interview on site was contracted, it was held by video.")
    if held.guests_waiting:
        detail = f"{held.guests_waiting} guest(s) are to be confirmed by the expert, or withdrawn."
        yield Fault(AT, "guests_waiting", detail)


def place_fits(contracted: VisitMode, held: VisitMode) -> bool:
    """Answer whether an interview was held as it was paid for.

    The lower price covers video and a meeting near the expert; the higher one is for an expert who travels (domain
    rules 2.5). So only an interview by video at the price on site does not fit.
    """
    return not (contracted is VisitMode.ON_SITE and held is VisitMode.VIDEO)


NOTHING = Held("", BenchmarkState.OPEN, None, None, has_expert=False)
"""A benchmark that is not there: no cluster has it."""
