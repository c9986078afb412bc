"""Trainings over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.identity.access import Actor
from cluster_api.identity.errors import KEYED
from cluster_api.methodology.errors import MethodologyNotFound
from cluster_api.pool.access import READING as OF_ASSESSOR
from cluster_api.pool.access import AssessorId, Reader, known_assessor
from cluster_api.pool.errors import DatesNotPossible, ReferenceUnknown
from cluster_api.trainings import actions, queries
from cluster_api.trainings.errors import ResultTooEarly, TrainingNotFound, TrainingTookPlace
from cluster_api.trainings.models import Training
from cluster_api.trainings.schemas import (
    AttendanceCreate,
    AttendanceRead,
    TrainingCreate,
    TrainingQuery,
    TrainingRead,
    TrainingUpdate,
)

router = APIRouter(tags=["assessors"])

READING: tuple[type[Problem], ...] = (*KEYED, TrainingNotFound)
CHANGING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale)
SCHEMA_OF_UPDATE = "#/components/schemas/TrainingUpdate"

TrainingId = Annotated[UUID, Path(description="Identifier of the training.")]


def _tagged(response: Response, actor: Actor, training: Training) -> None:
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(training.version, actor.view)


def _to_change(session: Session, actor: Actor, training_id: UUID, if_match: str | None) -> Training:
    training = queries.get_training(session, actor, str(training_id), for_change=True)
    require_match(if_match, tag_of_version(training.version, actor.view))
    return training


@router.get("/v1/trainings", operation_id="list_trainings", summary="List trainings", responses=problems(*KEYED))
def list_trainings(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    query: Annotated[TrainingQuery, Query()],
) -> Page[TrainingRead]:
    """List trainings in the order in which they were recorded."""
    return private_page(request, response, queries.trainings_page(session, actor, query))


@router.post(
    "/v1/trainings",
    operation_id="create_training",
    summary="Record a training",
    status_code=201,
    responses=problems(*KEYED, MethodologyNotFound, DatesNotPossible),
)
def create_training(
    session: DbSession,
    actor: Reader,
    given: TrainingCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> TrainingRead:
    """Record a training on a version of a methodology, to come or past."""
    training = actions.create(session, actor, given)
    _tagged(response, actor, training)
    response.headers["Location"] = f"/v1/trainings/{training.id}"
    return queries.read_training(training)


@router.get(
    "/v1/trainings/{training_id}",
    operation_id="get_training",
    summary="Show a training",
    responses=problems(*READING),
)
def get_training(session: DbSession, actor: Reader, training_id: TrainingId, response: Response) -> TrainingRead:
    """Show a training."""
    training = queries.get_training(session, actor, str(training_id))
    _tagged(response, actor, training)
    return queries.read_training(training)


@router.patch(
    "/v1/trainings/{training_id}",
    operation_id="update_training",
    summary="Change dates or place of a training",
    responses=problems(*CHANGING, DatesNotPossible, TrainingTookPlace),
    openapi_extra={
        "requestBody": {"content": {"application/merge-patch+json": {"schema": {"$ref": SCHEMA_OF_UPDATE}}}}
    },
)
def update_training(
    session: DbSession,
    actor: Reader,
    training_id: TrainingId,
    patch: TrainingUpdate,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> TrainingRead:
    """Change dates or place of a training of which no results are recorded."""
    training = _to_change(session, actor, training_id, if_match)
    actions.update(session, actor, training, patch)
    _tagged(response, actor, training)
    return queries.read_training(training)


@router.get(
    "/v1/trainings/{training_id}/attendances",
    operation_id="list_attendances",
    summary="List who attended a training",
    responses=problems(*READING),
)
def list_attendances(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    training_id: TrainingId,
    query: Annotated[PageQuery, Query()],
) -> Page[AttendanceRead]:
    """List who attended a training with which result; assessors see their own only."""
    training = queries.get_training(session, actor, str(training_id))
    return private_page(request, response, queries.attendances_page(session, actor, training, query))


@router.post(
    "/v1/trainings/{training_id}/attendances",
    operation_id="record_attendance",
    summary="Record what came of attending a training",
    status_code=201,
    responses=problems(*CHANGING, ReferenceUnknown, ResultTooEarly),
)
def record_attendance(
    session: DbSession,
    actor: Reader,
    training_id: TrainingId,
    given: AttendanceCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> AttendanceRead:
    """Record what came of an assessor's attending; `If-Match` takes the tag of the training. The last word counts."""
    training = _to_change(session, actor, training_id, if_match)
    attendance = actions.attend(session, actor, training, given)
    _tagged(response, actor, training)
    return queries.read_attendance(session, attendance)


@router.get(
    "/v1/assessors/{assessor_id}/trainings",
    operation_id="list_assessor_trainings",
    summary="List the trainings of an assessor",
    responses=problems(*OF_ASSESSOR),
)
def list_assessor_trainings(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    assessor_id: AssessorId,
    query: Annotated[PageQuery, Query()],
) -> Page[AttendanceRead]:
    """List the trainings that an assessor attended, with their results."""
    assessor = known_assessor(session, actor, assessor_id)
    return private_page(request, response, queries.trainings_of_assessor(session, assessor, query))
