"""Matchings of a round over HTTP: asked for by the support office, checked by anybody who takes part."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.batches import actions, queries
from cluster_api.batches.actions import HANDLERS
from cluster_api.batches.errors import NobodyToPair, RoundOver, RoundPairingNotDone, RoundPairingNotFound
from cluster_api.batches.schemas import (
    RoundCertificate,
    RoundPairingCreate,
    RoundPairingQuery,
    RoundPairingRead,
    RoundPairQuery,
    RoundPairRead,
    RoundPairsPropose,
    RoundProposals,
)
from cluster_api.foundation.errors import Problem
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey, NeededKey
from cluster_api.identity.access import CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.jobs.actions import call_workers
from cluster_api.matches.errors import MatchTaken
from cluster_api.participants.errors import ParticipantNotFound
from cluster_api.rounds.errors import RoundNotFound

__all__ = ["HANDLERS", "router"]

router = APIRouter(prefix="/v1/exchange-pairings", tags=["exchanges"])

PairingId = Annotated[UUID, Path(description="Identifier of the matching.")]
READING: tuple[type[Problem], ...] = (*KEYED, RoundPairingNotFound)


@router.get("", operation_id="list_round_pairings", summary="List matchings of rounds", responses=problems(*KEYED))
def list_round_pairings(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[RoundPairingQuery, Query()],
) -> Page[RoundPairingRead]:
    """List matchings of whole rounds in the order in which they were asked for."""
    return private_page(request, response, queries.pairings_page(session, actor, query))


@router.post(
    "",
    operation_id="create_round_pairing",
    summary="Match a whole round",
    status_code=202,
    responses=problems(*KEYED, RoundNotFound, RoundOver, NobodyToPair),
)
def create_round_pairing(
    session: DbSession,
    actor: CurrentActor,
    given: RoundPairingCreate,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
) -> RoundPairingRead:
    """Match all validated visitors and hosts of a round at once, stable, by lot where equal, in a job.

    No two who are not paired would both rather be. Nothing is proposed to anybody: whoever takes part sees its pairs
    and proposes them, all at once by `POST /v1/exchange-pairings/proposals`.
    """
    pairing = actions.create(session, actor, given)
    call_workers()
    response.headers["Location"] = f"/v1/exchange-pairings/{pairing.id}"
    response.headers["Cache-Control"] = PRIVATE
    return queries.read_pairings(session, [pairing])[0]


@router.post(
    "/proposals",
    operation_id="propose_round_pairs",
    summary="Propose the pairs of a matching",
    responses=problems(*READING, ParticipantNotFound, RoundPairingNotDone, MatchTaken),
)
def propose_round_pairs(
    session: DbSession,
    actor: CurrentActor,
    given: RoundPairsPropose,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> RoundProposals:
    """Propose all pairs of your participant in a matching to their other sides, and see what became of each.

    What was proposed or answered before is left as it is, so that asking again is safe; the other sides accept or
    decline as ever.
    """
    response.headers["Cache-Control"] = PRIVATE
    return RoundProposals(
        pairing_id=given.pairing_id,
        participant_id=given.participant_id,
        pairs=actions.propose_pairs(session, actor, given),
    )


@router.get("/{pairing_id}", operation_id="get_round_pairing", summary="Show a matching", responses=problems(*READING))
def get_round_pairing(
    session: DbSession, actor: CurrentActor, pairing_id: PairingId, response: Response
) -> RoundPairingRead:
    """Show what a matching is made under, how far it is, and what came out."""
    response.headers["Cache-Control"] = PRIVATE
    return queries.read_pairings(session, [queries.get_pairing(session, actor, str(pairing_id))])[0]


@router.get(
    "/{pairing_id}/pairs",
    operation_id="list_round_pairs",
    summary="List pairs of a matching",
    responses=problems(*READING, RoundPairingNotDone),
)
def list_round_pairs(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    pairing_id: PairingId,
    query: Annotated[RoundPairQuery, Query()],
) -> Page[RoundPairRead]:
    """List the pairs that are about you or those you look after; the support office sees all."""
    pairing = queries.get_pairing(session, actor, str(pairing_id))
    return private_page(request, response, queries.pairs_page(session, actor, pairing, query))


@router.get(
    "/{pairing_id}/certificate",
    operation_id="get_round_certificate",
    summary="Get the certificate of a matching",
    responses=problems(*READING, RoundPairingNotDone),
)
def get_round_certificate(
    session: DbSession, actor: CurrentActor, pairing_id: PairingId, response: Response
) -> RoundCertificate:
    """Get all that is needed to check that a matching is stable, which `cluster-api check-pairing FILE` does.

    The check shares nothing with the search but the points of two participants and the lots. Participants are named by
    their identifiers.
    """
    pairing = queries.get_pairing(session, actor, str(pairing_id))
    response.headers["Cache-Control"] = PRIVATE
    return queries.certificate_of(session, pairing)
