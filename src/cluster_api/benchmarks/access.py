"""How a route meets a benchmark: as its caller may know it, with its tag, and only by whoever has seen it as it is."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response
from sqlalchemy.orm import Session

from cluster_api.benchmarks import queries
from cluster_api.benchmarks.errors import BenchmarkNotFound, GuestUndeclared
from cluster_api.benchmarks.models import Benchmark
from cluster_api.benchmarks.schemas import BenchmarkRead
from cluster_api.foundation.conditional import require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED

READING: tuple[type[Problem], ...] = (*KEYED, BenchmarkNotFound, GuestUndeclared)
CHANGING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale)
MOVING: tuple[type[Problem], ...] = (*CHANGING, MoveNotAllowed)

BenchmarkId = Annotated[UUID, Path(description="Identifier of the benchmark.")]


def tagged(response: Response, actor: Actor, benchmark: Benchmark) -> None:
    """Say which version of the benchmark the answer shows; it is meant for its caller only."""
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(benchmark.version, actor.view)


def known_benchmark(session: Session, actor: Actor, benchmark_id: UUID) -> Benchmark:
    """Answer a benchmark of which the caller may know; raise BenchmarkNotFound."""
    return queries.get_benchmark(session, actor, str(benchmark_id))


@dataclass
class Change:
    """A change that somebody asks for. The benchmark is looked up only when the rest of the request is understood."""

    session: Session
    actor: Actor
    benchmark_id: UUID
    if_match: str | None
    response: Response

    @cached_property
    def benchmark(self) -> Benchmark:
        """Answer the benchmark, locked for a change by somebody who has seen its present version.

        Raises:
            BenchmarkNotFound, PreconditionRequired, Stale: as named.
        """
        benchmark = queries.get_benchmark(self.session, self.actor, str(self.benchmark_id), for_change=True)
        require_match(self.if_match, tag_of_version(benchmark.version, self.actor.view))
        return benchmark

    def answered(self) -> BenchmarkRead:
        """Answer the benchmark as it is now, with its new tag."""
        tagged(self.response, self.actor, self.benchmark)
        return queries.read_benchmark(self.session, self.actor, self.benchmark)


def _reader(actor: CurrentActor) -> Actor:
    # Who sees no benchmark at all hears that first, before anything is said about the request.
    queries.must_see_some(actor)
    return actor


Reader = Annotated[Actor, Depends(_reader)]
