"""What one can do with trainings: announce, change, and record who attended with which result."""

from sqlalchemy.orm import Session

from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.methodology.queries import get_edition
from cluster_api.pool.actions import must_follow, unknown
from cluster_api.pool.models import Assessor
from cluster_api.trainings.errors import ResultTooEarly, TrainingTookPlace
from cluster_api.trainings.models import Attendance, Training
from cluster_api.trainings.queries import has_results
from cluster_api.trainings.schemas import AttendanceCreate, TrainingCreate, TrainingUpdate
from cluster_api.trainings.states import AttendanceResult


def create(session: Session, actor: Actor, given: TrainingCreate) -> Training:
    """Record a training on a version of a methodology and answer it.

    Raises:
        PermissionMissing: the caller is not the secretariat.
        MethodologyNotFound, DatesNotPossible: as named.
    """
    actor.must(Permission.ASSESSORS_WRITE)
    must_follow(given.began_on, given.ended_on)
    get_edition(session, actor, given.methodology_code, given.methodology_version)
    training = Training(id=str(uuid7()), **given.model_dump(), version=1, created_at=actor.now, updated_at=actor.now)
    session.add(training)
    session.flush()
    record(session, actor.author, "training.created", ("training", training.id), details=_facts(training))
    return training


def update(session: Session, actor: Actor, training: Training, patch: TrainingUpdate) -> Training:
    """Change dates or place; raise TrainingTookPlace once results are recorded. No difference, no version."""
    actor.must(Permission.ASSESSORS_WRITE)
    wanted = patch.model_dump(exclude_unset=True)
    changes = {name: value for name, value in wanted.items() if value != getattr(training, name)}
    if not changes:
        return training
    if has_results(session, training):
        raise TrainingTookPlace
    must_follow(changes.get("began_on", training.began_on), changes.get("ended_on", training.ended_on))
    before = _facts(training)
    for name, value in changes.items():
        setattr(training, name, value)
    _touch(session, actor, training)
    after = _facts(training)
    record(session, actor.author, "training.updated", ("training", training.id), before=before, after=after)
    return training


def attend(session: Session, actor: Actor, training: Training, given: AttendanceCreate) -> Attendance:
    """Record what came of an assessor's attending a training locked by the caller; the last word counts.

    Raises:
        PermissionMissing, ReferenceUnknown: as named.
        ResultTooEarly: a result before the training has ended.
    """
    actor.must(Permission.ASSESSORS_WRITE)
    if given.result is not AttendanceResult.REGISTERED and actor.today < training.ended_on:
        raise ResultTooEarly
    key = {"training_id": training.id, "assessor_id": str(given.assessor_id)}
    if session.get(Assessor, key["assessor_id"]) is None:
        raise unknown("/body/assessor_id", "There is no such assessor.")
    attendance = session.get(Attendance, key)
    before = None if attendance is None else {"result": attendance.result.value}
    if attendance is None:
        attendance = Attendance(**key)
        session.add(attendance)
    attendance.result, attendance.recorded_at = given.result, actor.now
    _touch(session, actor, training)
    subject, told = ("assessor", attendance.assessor_id), {"training_id": training.id, "result": given.result.value}
    after = {"result": given.result.value}
    record(session, actor.author, "attendance.recorded", subject, details=told, before=before, after=after)
    return attendance


def _touch(session: Session, actor: Actor, training: Training) -> None:
    training.version += 1
    training.updated_at = actor.now
    session.flush()


def _facts(training: Training) -> dict[str, object]:
    return {
        "kind": training.kind.value,
        "methodology": [training.methodology_code, training.methodology_version],
        "began_on": training.began_on.isoformat(),
        "ended_on": training.ended_on.isoformat(),
        "place": training.place,
    }
