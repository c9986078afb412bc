"""Labels over HTTP for whoever runs the scheme: their record, and what was decided about them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from sqlalchemy.orm import Session

from cluster_api.awards import actions, queries
from cluster_api.awards.errors import DayOutsideValidity, GrantUntold, HearingOpen
from cluster_api.awards.schemas import LabelRecordRead, LabelReinstatement, LabelSanction
from cluster_api.foundation.conditional import IfMatch, require_match
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import CredentialsRequired, PermissionMissing
from cluster_api.identity.permissions import Permission
from cluster_api.labels.errors import LabelNotFound
from cluster_api.labels.models import Label

router = APIRouter(prefix="/v1/labels", tags=["labels"])

READING: tuple[type[Problem], ...] = (CredentialsRequired, PermissionMissing, LabelNotFound)
MOVING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale, MoveNotAllowed, DayOutsideValidity)

Number = Annotated[
    str,
    Path(
        min_length=1,
        max_length=60,
        pattern=r"^[0-9A-Za-z \-]+$",
        description="Number of a label; case, spaces and dashes do not matter.",
        examples=["LB-2019-000123-09"],
    ),
]


def _reader(actor: CurrentActor) -> Actor:
    actor.must_any(Permission.LABELS_READ_ALL, Permission.LABELS_ADMINISTER)
    return actor


Reader = Annotated[Actor, Depends(_reader)]


def _shown(session: Session, actor: Actor, label: Label, response: Response) -> LabelRecordRead:
    shown = queries.read_record(session, actor, label)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["ETag"] = queries.tag_of(shown)
    return shown


def _to_change(session: Session, actor: Actor, number: str, if_match: str | None) -> Label:
    label = queries.get_label(session, actor, number)
    queries.hold(session, label.cluster_id)
    label = queries.reread(session, label)
    require_match(if_match, queries.tag_of(queries.read_record(session, actor, label)))
    return label


@router.get(
    "/{number}/record",
    operation_id="get_label_record",
    summary="Show the record of a label",
    responses=problems(*READING),
)
def get_label_record(session: DbSession, actor: Reader, number: Number, response: Response) -> LabelRecordRead:
    """Show a label with the reasons of what happened to it, its chain, and what the caller can do."""
    return _shown(session, actor, queries.get_label(session, actor, number), response)


@router.post(
    "/{number}/suspend",
    operation_id="suspend_label",
    summary="Record that a label was suspended",
    responses=problems(*MOVING, HearingOpen, GrantUntold),
)
def suspend_label(
    session: DbSession,
    actor: Reader,
    number: Number,
    given: LabelSanction,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> LabelRecordRead:
    """Record that a label was suspended, after its holder was heard; `If-Match` takes the tag of the record."""
    label = _to_change(session, actor, number, if_match)
    return _shown(session, actor, actions.suspend(session, actor, label, given), response)


@router.post(
    "/{number}/reinstate",
    operation_id="reinstate_label",
    summary="Record that a suspension has ended",
    responses=problems(*MOVING),
)
def reinstate_label(
    session: DbSession,
    actor: Reader,
    number: Number,
    given: LabelReinstatement,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> LabelRecordRead:
    """Record that the suspension of a label has ended; `If-Match` takes the tag of the record."""
    label = _to_change(session, actor, number, if_match)
    return _shown(session, actor, actions.reinstate(session, actor, label, given), response)


@router.post(
    "/{number}/withdraw",
    operation_id="withdraw_label",
    summary="Record that a label was withdrawn",
    responses=problems(*MOVING, HearingOpen, GrantUntold),
)
def withdraw_label(
    session: DbSession,
    actor: Reader,
    number: Number,
    given: LabelSanction,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> LabelRecordRead:
    """Record that a label was withdrawn for ever, also with effect in the past; what was known before stays told."""
    label = _to_change(session, actor, number, if_match)
    return _shown(session, actor, actions.withdraw(session, actor, label, given), response)
