"""Impact studies over HTTP: asked for by those who may, read by everybody who may read the version studied."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from cluster_api.foundation.conditional import IfMatch, require_match
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.identity.access import CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.identity.permissions import Permission
from cluster_api.jobs.actions import call_workers
from cluster_api.methodology.errors import FormNotFound, MethodologyNotFound
from cluster_api.methodology.schemas import CODE_PATTERN
from cluster_api.simulations import actions, queries
from cluster_api.simulations.actions import HANDLERS
from cluster_api.simulations.errors import DaysNotPossible, SimulationNotDone, SimulationNotFound
from cluster_api.simulations.models import Simulation
from cluster_api.simulations.schemas import (
    SimulatedCase,
    SimulatedCaseQuery,
    SimulationCreate,
    SimulationRead,
    SimulationSummary,
)

__all__ = ["HANDLERS", "router"]

router = APIRouter(prefix="/v1/methodologies/{code}/simulations", tags=["methodologies"])

Studied = Annotated[
    str,
    Path(
        min_length=1,
        max_length=40,
        pattern=CODE_PATTERN,
        description="Code of the set of indicators.",
        examples=["ECEI-2026-PROPOSAL"],
    ),
]
SimulationId = Annotated[UUID, Path(description="Identifier of the simulation.")]
READING: tuple[type[Problem], ...] = (MethodologyNotFound, SimulationNotFound)


def to_look_into(session: DbSession, actor: CurrentActor, code: Studied, simulation_id: SimulationId) -> Simulation:
    """Give a simulation to somebody who may know what became of each case."""
    actor.must_any(*queries.SEEING_CASES)
    return queries.get_simulation(session, actor, code, str(simulation_id))


@router.post(
    "",
    operation_id="create_simulation",
    summary="Study the impact of a draft",
    status_code=201,
    responses={
        202: {"model": SimulationRead, "description": "Accepted: there are many; `job_id` names the job that does it."},
        **problems(*KEYED, MethodologyNotFound, FormNotFound, DaysNotPossible, PreconditionRequired, Stale),
    },
)
def create_simulation(
    session: DbSession,
    actor: CurrentActor,
    code: Studied,
    given: SimulationCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> SimulationRead:
    """Score past assessments again under a version: who gains, keeps, loses, by level, country, size and portfolio.

    Scored are the sealed consensus sheets, as far as the crosswalk carries their values; what the version asks anew is
    taken for nothing and for full marks, and an assessment that these decide is `open`. More than five hundred
    assessments are scored in a job (202).
    """
    actor.must(Permission.METHODOLOGIES_SIMULATE)
    # Who asks has read the version that is studied: a draft may have changed since.
    require_match(if_match, f'"{queries.studied(session, actor, code, given.version).key}-{actor.view}"')
    simulation = actions.create(session, actor, code, given)
    if simulation.job_id is not None:
        response.status_code = 202
        call_workers()
    response.headers["Location"] = f"/v1/methodologies/{code}/simulations/{simulation.id}"
    response.headers["Cache-Control"] = PRIVATE
    return queries.read_simulation(session, actor, simulation)


@router.get(
    "",
    operation_id="list_simulations",
    summary="List impact studies",
    responses=problems(MethodologyNotFound),
)
def list_simulations(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    code: Studied,
    query: Annotated[PageQuery, Query()],
) -> Page[SimulationSummary]:
    """List the simulations of a methodology in the order in which they were asked for."""
    return private_page(request, response, queries.simulations_page(session, actor, code, query))


@router.get(
    "/{simulation_id}",
    operation_id="get_simulation",
    summary="Show an impact study",
    responses=problems(*READING),
)
def get_simulation(
    session: DbSession, actor: CurrentActor, code: Studied, simulation_id: SimulationId, response: Response
) -> SimulationRead:
    """Show what would become of past assessments; who does not see cases is told no small counts.

    Groups too small to be told are put together under `null`, so that groups always add up to the total.
    """
    response.headers["Cache-Control"] = PRIVATE
    return queries.read_simulation(session, actor, queries.get_simulation(session, actor, code, str(simulation_id)))


@router.get(
    "/{simulation_id}/cases",
    operation_id="list_simulated_cases",
    summary="List what becomes of each assessment",
    responses=problems(*KEYED, *READING, SimulationNotDone),
)
def list_simulated_cases(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    simulation: Annotated[Simulation, Depends(to_look_into)],
    query: Annotated[SimulatedCaseQuery, Query()],
) -> Page[SimulatedCase]:
    """List the assessments with both scores side by side, for those who see cases."""
    return private_page(request, response, queries.cases_page(session, actor, simulation, query))
