"""Those who sit in at an interview over HTTP, below the benchmark it belongs to."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from cluster_api.benchmarks.access import CHANGING, BenchmarkId, Change, Reader
from cluster_api.benchmarks.queries import find_benchmark
from cluster_api.benchmarks.schemas import BenchmarkReason
from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.guests import actions, queries
from cluster_api.guests.access import LISTING, MOVING, READING, GuestChange, GuestId, answered
from cluster_api.guests.errors import GuestNotEligible, GuestTaken
from cluster_api.guests.schemas import GuestAccept, GuestPropose, GuestRead

router = APIRouter(prefix="/v1/benchmarks", tags=["benchmarks"])


def to_change(
    session: DbSession,
    actor: Reader,
    benchmark_id: BenchmarkId,
    guest_id: GuestId,
    response: Response,
    if_match: IfMatch = None,
) -> GuestChange:
    """Give what a change needs: who asks for it, of which guest, as read in which version."""
    return GuestChange(session, actor, benchmark_id, guest_id, if_match, response)


@router.get(
    "/{benchmark_id}/guests",
    operation_id="list_interview_guests",
    summary="List who sits in at the interview",
    responses=problems(*LISTING),
)
def list_interview_guests(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    benchmark_id: BenchmarkId,
    query: Annotated[PageQuery, Query()],
) -> Page[GuestRead]:
    """List the trainees and observers of an interview; the cluster sees who has accepted."""
    benchmark = find_benchmark(session, actor, str(benchmark_id))
    return private_page(request, response, queries.guests_page(session, actor, benchmark, query))


@router.post(
    "/{benchmark_id}/guests",
    operation_id="propose_interview_guest",
    summary="Propose a trainee or observer",
    status_code=201,
    responses=problems(*CHANGING, MoveNotAllowed, GuestNotEligible, GuestTaken),
)
def propose_interview_guest(
    session: DbSession,
    actor: Reader,
    benchmark_id: BenchmarkId,
    given: GuestPropose,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> GuestRead:
    """Propose somebody to sit in at the interview; `If-Match` takes the tag of the benchmark."""
    benchmark = Change(session, actor, benchmark_id, if_match, response).benchmark
    guest = actions.propose(session, actor, benchmark, given)
    response.headers["Location"] = f"{router.prefix}/{benchmark.id}/guests/{guest.id}"
    return answered(session, response, actor, benchmark, guest)


@router.get(
    "/{benchmark_id}/guests/{guest_id}",
    operation_id="get_interview_guest",
    summary="Show a trainee or observer",
    responses=problems(*READING),
)
def get_interview_guest(
    session: DbSession, actor: Reader, benchmark_id: BenchmarkId, guest_id: GuestId, response: Response
) -> GuestRead:
    """Show somebody who sits in at an interview, and what you can do with it."""
    benchmark = find_benchmark(session, actor, str(benchmark_id))
    guest = queries.get_guest(session, actor, benchmark, str(guest_id))
    return answered(session, response, actor, benchmark, guest)


@router.post(
    "/{benchmark_id}/guests/{guest_id}/accept",
    operation_id="accept_interview_guest",
    summary="Accept to sit in",
    responses=problems(*MOVING, GuestNotEligible),
)
def accept_interview_guest(
    change: Annotated[GuestChange, Depends(to_change)],
    _given: GuestAccept,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> GuestRead:
    """Accept to sit in, declaring to be free of conflicts of interest."""
    actions.accept(change.session, change.actor, *change.parts)
    return change.answered()


@router.post(
    "/{benchmark_id}/guests/{guest_id}/decline",
    operation_id="decline_interview_guest",
    summary="Decline to sit in",
    responses=problems(*MOVING),
)
def decline_interview_guest(
    change: Annotated[GuestChange, Depends(to_change)],
    given: BenchmarkReason,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> GuestRead:
    """Decline to sit in, as the guest."""
    actions.decline(change.session, change.actor, *change.parts, reason=given.reason)
    return change.answered()


@router.post(
    "/{benchmark_id}/guests/{guest_id}/agree",
    operation_id="agree_interview_guest",
    summary="Agree to a guest",
    responses=problems(*MOVING),
)
def agree_interview_guest(
    change: Annotated[GuestChange, Depends(to_change)],
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> GuestRead:
    """Agree to somebody who sits in, as the cluster."""
    actions.agree(change.session, change.actor, *change.parts)
    return change.answered()


@router.post(
    "/{benchmark_id}/guests/{guest_id}/object",
    operation_id="object_interview_guest",
    summary="Object to a guest",
    responses=problems(*MOVING),
)
def object_interview_guest(
    change: Annotated[GuestChange, Depends(to_change)],
    given: BenchmarkReason,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> GuestRead:
    """Object to somebody who would sit in, as the cluster."""
    actions.object_to(change.session, change.actor, *change.parts, reason=given.reason)
    return change.answered()


@router.post(
    "/{benchmark_id}/guests/{guest_id}/withdraw",
    operation_id="withdraw_interview_guest",
    summary="Withdraw a guest",
    responses=problems(*MOVING),
)
def withdraw_interview_guest(
    change: Annotated[GuestChange, Depends(to_change)],
    given: BenchmarkReason,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> GuestRead:
    """Withdraw somebody who cannot come to the interview, or did not."""
    actions.withdraw(change.session, change.actor, *change.parts, reason=given.reason)
    return change.answered()


@router.post(
    "/{benchmark_id}/guests/{guest_id}/confirm",
    operation_id="confirm_interview_guest",
    summary="Confirm that a guest sat in",
    responses=problems(*MOVING, GuestNotEligible),
)
def confirm_interview_guest(
    change: Annotated[GuestChange, Depends(to_change)],
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> GuestRead:
    """Confirm, as the expert, that somebody sat in at the interview: it counts for a qualification."""
    actions.confirm(change.session, change.actor, *change.parts)
    return change.answered()
