"""Rounds of ClusterXchange over HTTP: public, the same for everyone; nothing that is asked here is kept."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.foundation.openapi import PUBLIC, problems
from cluster_api.foundation.paging import Page, PageQuery, public_page
from cluster_api.foundation.transactions import DryRun, IdempotencyKey
from cluster_api.rounds import queries
from cluster_api.rounds.errors import RoundNotFound, StayIncomplete
from cluster_api.rounds.schemas import AdmissibilityRead, AmountRead, ParticipantFacts, RoundRead, StayPlan

router = APIRouter(prefix="/v1/exchange-rounds", tags=["exchanges"])

RoundCode = Annotated[
    str,
    Path(
        min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9-]*$", description="Code of the round.",
        examples=["pilot"],
    ),
]  # fmt: skip


@router.get("", operation_id="list_exchange_rounds", summary="List the rounds of ClusterXchange")
def list_exchange_rounds(request: Request, response: Response, query: Annotated[PageQuery, Query()]) -> Page[RoundRead]:
    """List the rounds of ClusterXchange with their rules, the earliest first."""
    return public_page(request, response, queries.rounds_page(query))


@router.get(
    "/{code}",
    operation_id="get_exchange_round",
    summary="Show a round of ClusterXchange",
    responses=problems(RoundNotFound),
)
def get_exchange_round(response: Response, code: RoundCode) -> RoundRead:
    """Show a round: who may visit and host, how long, and each number of its rules with its source."""
    response.headers["Cache-Control"] = PUBLIC
    return queries.get_round(code)


@router.post(
    "/{code}/reckon",
    operation_id="reckon_exchange_amount",
    summary="Reckon the most that is paid for a stay",
    responses=problems(RoundNotFound, StayIncomplete),
)
def reckon_exchange_amount(
    response: Response, code: RoundCode, plan: StayPlan, _dry_run: DryRun, _key: IdempotencyKey
) -> AmountRead:
    """Reckon the most that is paid for a stay, with its working days, distance and every rule; nothing is stored."""
    response.headers["Cache-Control"] = "no-store"
    return queries.reckon(queries.get_round(code), plan)


@router.post(
    "/{code}/check",
    operation_id="check_exchange_participant",
    summary="Check whether one may take part",
    responses=problems(RoundNotFound),
)
def check_exchange_participant(
    response: Response, code: RoundCode, facts: ParticipantFacts, _dry_run: DryRun, _key: IdempotencyKey
) -> AdmissibilityRead:
    """Check whether one may visit or host in a round, rule by rule; nothing is stored."""
    response.headers["Cache-Control"] = "no-store"
    return queries.check(queries.get_round(code), facts)
