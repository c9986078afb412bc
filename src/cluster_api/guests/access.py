"""How a route meets a guest: below a benchmark that the caller may know, with a tag of its own."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from cluster_api.benchmarks.errors import BenchmarkNotFound
from cluster_api.benchmarks.models import Benchmark, InterviewGuest
from cluster_api.benchmarks.queries import find_benchmark
from cluster_api.foundation.conditional import require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE
from cluster_api.foundation.transactions import DbSession
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.guests import queries
from cluster_api.guests.errors import GuestNotFound
from cluster_api.guests.schemas import GuestRead
from cluster_api.identity.access import Actor
from cluster_api.identity.errors import KEYED

LISTING: tuple[type[Problem], ...] = (*KEYED, BenchmarkNotFound)
READING: tuple[type[Problem], ...] = (*LISTING, GuestNotFound)
MOVING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale, MoveNotAllowed)

GuestId = Annotated[UUID, Path(description="Identifier of the guest.")]


def answered(
    session: DbSession, response: Response, actor: Actor, benchmark: Benchmark, guest: InterviewGuest
) -> GuestRead:
    """Answer a guest as shown to this caller, with its tag."""
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(guest.version, actor.view)
    return queries.read_guest(session, actor, benchmark, guest)


@dataclass
class GuestChange:
    """A change that somebody asks for. The guest is looked up only when the rest of the request is understood."""

    session: DbSession
    actor: Actor
    benchmark_id: UUID
    guest_id: UUID
    if_match: str | None
    response: Response

    @cached_property
    def parts(self) -> tuple[Benchmark, InterviewGuest]:
        """Answer the benchmark, locked, and the guest, for a change by somebody who has seen its present version.

        Raises:
            BenchmarkNotFound, GuestNotFound, PreconditionRequired, Stale: as named.
        """
        benchmark = find_benchmark(self.session, self.actor, str(self.benchmark_id), for_change=True)
        guest = queries.get_guest(self.session, self.actor, benchmark, str(self.guest_id))
        require_match(self.if_match, tag_of_version(guest.version, self.actor.view))
        return benchmark, guest

    def answered(self) -> GuestRead:
        """Answer the guest as it is now, with its new tag."""
        return answered(self.session, self.response, self.actor, *self.parts)
