"""What one can ask of trainings: assessors see the trainings, and of results their own."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.paging import Page, PageQuery
from cluster_api.identity.access import Actor
from cluster_api.pool.models import Assessor
from cluster_api.pool.queries import keyed_page, must_see_some, visible
from cluster_api.trainings.errors import TrainingNotFound
from cluster_api.trainings.models import Attendance, Training
from cluster_api.trainings.schemas import AttendanceRead, TrainingQuery, TrainingRead
from cluster_api.trainings.states import AttendanceResult


def get_training(session: Session, actor: Actor, training_id: str, *, for_change: bool = False) -> Training:
    """Answer a training, locked until the transaction ends if to be changed.

    Raises:
        CredentialsRequired, PermissionMissing: the caller has nothing to do with assessors.
        TrainingNotFound: there is none with this identifier.
    """
    must_see_some(actor)
    statement = sa.select(Training).where(Training.id == training_id)
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise TrainingNotFound
    return found


def read_training(training: Training) -> TrainingRead:
    """Answer a training as it is shown."""
    return TrainingRead.model_validate(training, from_attributes=True)


def trainings_page(session: Session, actor: Actor, query: TrainingQuery) -> Page[TrainingRead]:
    """Answer a page of trainings in the order in which they were recorded."""
    must_see_some(actor)
    wanted = query.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
    statement = sa.select(Training).filter_by(**wanted)
    shown, cursor = keyed_page(session, statement, Training.id, query, of="trainings")
    return Page(items=[read_training(one) for one in shown], next=cursor)


def _attendances() -> sa.Select[Any]:
    columns = (getattr(Training, name) for name in ("kind", "methodology_code", "methodology_version"))
    return (
        sa.select(
            Attendance.training_id,
            Attendance.assessor_id,
            Attendance.result,
            Attendance.recorded_at,
            Training.began_on,
            Training.ended_on,
            *columns,
        )
        .join(Training, Training.id == Attendance.training_id)
        .join(Assessor, Assessor.id == Attendance.assessor_id)
    )


def read_attendance(session: Session, attendance: Attendance) -> AttendanceRead:
    """Answer an attendance as it is shown."""
    wanted = _attendances().where(
        Attendance.training_id == attendance.training_id, Attendance.assessor_id == attendance.assessor_id
    )
    return _read(session.execute(wanted).one())


def _read(row: Any) -> AttendanceRead:
    ids = {"training_id": UUID(row.training_id), "assessor_id": UUID(row.assessor_id)}
    return AttendanceRead(**{**row._mapping, **ids})  # noqa: SLF001 - SQLAlchemy's public name for a row by columns


def attendances_page(session: Session, actor: Actor, training: Training, query: PageQuery) -> Page[AttendanceRead]:
    """Answer a page of who attended a training; to an assessor only whether oneself did."""
    statement = _attendances().where(Attendance.training_id == training.id, visible(actor))
    asked = {"of": "attendances", "training": training.id, "view": actor.view}
    shown, cursor = keyed_page(session, statement, Attendance.assessor_id, query, **asked)
    return Page(items=[_read(row) for row in shown], next=cursor)


def trainings_of_assessor(session: Session, assessor: Assessor, query: PageQuery) -> Page[AttendanceRead]:
    """Answer a page of the trainings of an assessor, with their results."""
    statement = _attendances().where(Attendance.assessor_id == assessor.id)
    asked = {"of": "trainings", "assessor": assessor.id}
    shown, cursor = keyed_page(session, statement, Attendance.training_id, query, **asked)
    return Page(items=[_read(row) for row in shown], next=cursor)


def has_results(session: Session, training: Training) -> bool:
    """Answer whether somebody's result is recorded already."""
    statement = sa.select(Attendance.assessor_id).where(
        Attendance.training_id == training.id, Attendance.result != AttendanceResult.REGISTERED
    )
    return session.scalar(statement.limit(1)) is not None
