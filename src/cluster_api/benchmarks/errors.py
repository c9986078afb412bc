"""What can go wrong with benchmarks."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, NotFound, Problem


class BenchmarkNotFound(NotFound):
    """There is no such benchmark.

    Either it does not exist or you may not know of it.
    """


class GuestUndeclared(Conflict):
    """You have not said yet whether you have a conflict of interest with this cluster.

    Accept to sit in at its interview, with the declaration, or decline; what the cluster answers is for whoever has no
    conflict.
    """


class BenchmarkVersionNotFound(NotFound):
    """The benchmark has no such version.

    Answers have versions from the interview on; `…/versions` lists them.
    """


class ReportNotFound(NotFound):
    """There is no report.

    A report is there for the cluster once it is released, for the expert and the operator of the scheme from the
    interview on, and for nobody after the benchmark was declared void before its release.
    """


class BenchmarkOpen(Conflict):
    """Another benchmark of this cluster is not finished.

    One at a time: the open one is released or declared void first.
    """


class BenchmarkNotPossible(Conflict):
    """The cluster cannot be benchmarked.

    Each entry of `errors` says why: it has no comparative portfolio, it is not active, or no such questionnaire is in
    force today.
    """


class AnswersClosed(Conflict):
    """The answers cannot be changed now.

    The cluster changes them until it submits, the expert during the interview. After that they are frozen: a correction
    makes a new version, with its reason.
    """


class QuestionnaireNotReady(Conflict):
    """The questionnaire is not filled in well enough.

    Each entry of `errors` names an answer that is missing or contradicts another. `…/check` tells the same at any time.
    """


class ExpertMissing(Conflict):
    """No expert is assigned.

    The operator of the scheme assigns one with `…/assign`.
    """


class ExpertNotQualified(Conflict):
    """This person cannot hold the interview on that day.

    Interviews are held by people who are qualified as experts of the scheme.
    """


class ExpertNotImpartial(Conflict):
    """This person is not impartial.

    Nobody talks through the benchmark of an organisation to which they belong, or with which they have a conflict; what
    is not declared counts as one. The detail names each: have it declared or cleared, or assign somebody else.
    """


class InterviewDayNotPossible(Conflict):
    """The interview cannot have been on that day.

    It is held today or was before, not before the benchmark was opened, and not before the interview of the last one.
    """


# SQLite names the columns of a broken constraint, PostgreSQL its name; triggers speak for themselves.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_benchmark_open": BenchmarkOpen,
    "benchmark.cluster_id": BenchmarkOpen,
    "benchmark_frozen": AnswersClosed,
}
