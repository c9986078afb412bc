"""Comparing servers: the same requests to each in turn, several rounds, medians of the ratios formed within a round.

Neighbours on the machine disturb everybody who runs at the same moment; what ran back to back is compared.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.load import Job, Outcome, send
from bench.servers import Server, Unmeasured


@dataclass(frozen=True, slots=True)
class Effort:
    """How long everything is measured."""

    rounds: int
    seconds: float
    warm_up_seconds: float = 0.5


@dataclass(frozen=True, slots=True)
class Run:
    """One outcome, with the processor time that the server spent for it."""

    outcome: Outcome
    cpu_seconds: float

    @property
    def cpu_micros(self) -> float:
        """Processor time for one answer, in microseconds: of the server and of the database's own processes."""
        return 1e6 * self.cpu_seconds / self.outcome.answers

    @property
    def busy(self) -> float:
        """Cores that server and database kept busy: well below 1 something else was the limit."""
        return self.cpu_seconds / self.outcome.seconds


@dataclass(slots=True)
class Comparison:
    """All runs of one workload: for each server one run a round."""

    workload: str
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def rate(self, name: str) -> float:
        """Requests a second, the median of the rounds."""
        return median(run.outcome.per_second for run in self.runs[name])

    def ratio(self, name: str, other: str) -> "Ratio":
        """How many times as many requests a second the first answers."""
        pairs = zip(self.runs[name], self.runs[other], strict=True)
        ratios = sorted(one.outcome.per_second / two.outcome.per_second for one, two in pairs)
        spent = [median(run.cpu_micros for run in self.runs[who]) for who in (other, name)]
        return Ratio(median(ratios), ratios[0], ratios[-1], spent[0] / spent[1] if min(spent) else None)

    def fastest(self, names: Sequence[str]) -> str:
        """Who of these answers most requests a second; raise Unmeasured if none of them ran."""
        present = [name for name in names if name in self.runs]
        if not present:
            raise Unmeasured(f"none of {', '.join(names)} ran")
        return max(present, key=self.rate)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure with the lowest and the highest that a round gave; `by_cpu` is the ratio of processor times instead.

    Neighbours on the machine take time away from whoever runs, but hardly alter how much work an answer is.
    """

    value: float
    low: float
    high: float
    by_cpu: float | None = None


@dataclass(slots=True)
class Measured:
    """What a section gives: figures by the key of their aim, comparisons for the details, and remarks."""

    figures: dict[str, Ratio] = field(default_factory=dict)
    comparisons: list[Comparison] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server and what it is sent in a round, 0 being the warm-up."""

    server: Server
    requests: Callable[[int], list[str]]


def always(server: Server, request: str) -> Contestant:
    """A server that is sent the same request again and again."""
    return Contestant(server, lambda _round: [request])


def compare(workload: str, contestants: Mapping[str, Contestant], effort: Effort, *, repeat: bool) -> Comparison:
    """Measure these in rounds; with `repeat` the requests of a round are sent again and again until time is up.

    Raises Unmeasured if any answer was not what was asked for.
    """
    comparison = Comparison(workload, {name: [] for name in contestants})
    for contestant in contestants.values():
        _run(contestant, 0, effort.warm_up_seconds, repeat=repeat)
    for number in range(1, effort.rounds + 1):
        # Each round begins with another one, so that nobody always runs after the same neighbour.
        names = list(contestants)
        turn = number % len(names)
        for name in (*names[turn:], *names[:turn]):
            comparison.runs[name].append(_run(contestants[name], number, effort.seconds, repeat=repeat))
    return comparison


def _run(contestant: Contestant, number: int, seconds: float, *, repeat: bool) -> Run:
    server, requests = contestant.server, contestant.requests(number)
    if not requests:
        raise Unmeasured("not enough different requests can be made from this data")
    spent = server.cpu_seconds()
    outcome = send(Job(server.port, requests, seconds, repeat))
    if not outcome.is_clean:
        raise Unmeasured(f"{server.name} answered {outcome.statuses} with {outcome.errors} lost connections")
    return Run(outcome, server.cpu_seconds() - spent)


def enough(effort: Effort) -> int:
    """How many different requests a round can use up at most."""
    return math.ceil(effort.seconds * 8000)


def kept_answers(server: Server) -> int:
    """How many answers the service gave from kept bytes so far, by its own count."""
    for line in server.get("/metrics")[1].decode().splitlines():
        if line.startswith('cluster_api_public_reads_total{result="kept"}'):
            return int(float(line.rsplit(" ", 1)[1]))
    raise Unmeasured("the service does not count kept answers")
