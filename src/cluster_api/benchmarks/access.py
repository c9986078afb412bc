"""How a route meets a benchmark: as its caller may know it, with its tag, and only by whoever has seen it as it is."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response
from sqlalchemy.orm import Session

from cluster_api.benchmarks import queries
from cluster_api.benchmarks.errors import BenchmarkNotFound
from cluster_api.benchmarks.models import Benchmark
from cluster_api.foundation.conditional import require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import CredentialsRequired, PermissionMissing

PRIVATE = "private, no-cache"
KEYED: tuple[type[Problem], ...] = (CredentialsRequired, PermissionMissing)
READING: tuple[type[Problem], ...] = (*KEYED, BenchmarkNotFound)
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


def benchmark_to_change(session: Session, actor: Actor, benchmark_id: UUID, if_match: str | None) -> Benchmark:
    """Answer a benchmark locked for a change by somebody who has seen its present version.

    Raises:
        BenchmarkNotFound, PreconditionRequired, Stale: as named.
    """
    benchmark = queries.get_benchmark(session, actor, str(benchmark_id), for_change=True)
    require_match(if_match, tag_of_version(benchmark.version, actor.view))
    return benchmark


def _reader(actor: CurrentActor) -> Actor:
    # Who sees no benchmark at all hears that first, before anything is said about the request.
    queries.must_see_some(actor)
    return actor


Reader = Annotated[Actor, Depends(_reader)]
