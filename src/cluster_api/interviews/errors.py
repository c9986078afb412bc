"""What can go wrong with the interview of a bronze case."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Invalid, NotFound, Problem


class InterviewNotFound(NotFound):
    """There is no interview yet.

    Only bronze has one; it is recorded when the answers of a benchmark are frozen, after the contract.
    """


class BenchmarkNotFitting(Conflict):
    """This benchmark cannot carry the case.

    Each entry of `errors` says why: it is not of this cluster, its answers are not frozen, its interview was not held
    between contract and end, not at the place that was paid for, or nobody has said whether its guests were there.
    """


class BenchmarkTaken(Conflict):
    """Another case rests on this benchmark.

    Each award of bronze has an interview of its own.
    """


class BenchmarkNotReleased(Conflict):
    """The benchmark is not released.

    Release its report first; if it is void, take the interview back and hold another one.
    """


class FindingsMissing(Conflict):
    """The expert has not said yet how the criteria stand, or makes no recommendation."""


class FindingsInvalid(Invalid):
    """The criteria are not filled in as they demand.

    Each entry of `errors` names a field that is missing, unknown or out of range.
    """


# SQLite names the columns of a broken constraint, PostgreSQL its name; triggers speak for themselves.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_interview_benchmark_id": BenchmarkTaken,
    "interview.benchmark_id": BenchmarkTaken,
    "bronze_without_benchmark": BenchmarkNotReleased,
}
