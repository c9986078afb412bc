"""What one can do with complaints: file, acknowledge, assign, answer, close, erase what is personal in them."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.errors import ClusterNotFound
from cluster_api.clusters.queries import get_cluster
from cluster_api.complaints import rules
from cluster_api.complaints.errors import (
    ComplaintSubjectUnknown,
    ComplaintTooLate,
    HandlerInCase,
    HandlerUnknown,
    NotHappenedYet,
    NothingToErase,
    NotTheHandler,
)
from cluster_api.complaints.models import Complaint
from cluster_api.complaints.queries import may_answer, people_in_case, terms
from cluster_api.complaints.schemas import ComplaintAnswer, ComplaintAssign, ComplaintCreate
from cluster_api.complaints.states import LIFE, ComplaintState, Deadline
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import normalised_number, uuid7
from cluster_api.foundation.numbers import draw_number
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Person
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.labels.models import Label
from cluster_api.tokens.rules import COMPLAINT, new_secret

PREFIX = "CO"


def file(session: Session, actor: Actor, given: ComplaintCreate) -> tuple[Complaint, str]:
    """File a complaint, which anybody may, and answer it with the code that finds it again.

    The journal tells that one was filed and about what kind of thing, never what it says or how to reach anybody.

    Raises:
        ComplaintSubjectUnknown: the label or cluster is none of which the caller may know.
        ComplaintTooLate, NotHappenedYet: about the day of what happened.
    """
    _must_be_in_time(actor, given)
    secret = new_secret(COMPLAINT)
    complaint = Complaint(
        id=str(uuid7()),
        number=draw_number(session, PREFIX, actor.today.year),
        matter=given.matter,
        label_id=_label(session, given.label_number),
        cluster_id=_cluster(session, actor, given.cluster_id),
        assessor_id=None if given.assessor_id is None else str(given.assessor_id),
        happened_on=given.happened_on,
        text=given.text,
        contact=given.contact,
        person_id=actor.caller.person_id,
        public_id=secret.public_id,
        digest=secret.digest,
        state=ComplaintState.RECEIVED,
        received_on=actor.today,
        acknowledge_by=rules.deadline(terms(), Deadline.ACKNOWLEDGE, actor.today),
        answer_by=rules.deadline(terms(), Deadline.ANSWER, actor.today),
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(complaint)
    session.flush()
    details = {"number": complaint.number, "matter": given.matter.value}
    record(session, actor.author, "complaint.filed", ("complaint", complaint.id), details=details)
    return complaint, secret.text


def _must_be_in_time(actor: Actor, given: ComplaintCreate) -> None:
    if given.happened_on is None:
        return
    at = "/body/happened_on"
    if given.happened_on > actor.today:
        detail = f"Today is {actor.today}."
        raise NotHappenedYet(detail, faults=[Fault(at, "in_future", detail)])
    last = rules.file_by(terms(), given.matter, given.happened_on)
    if last is not None and actor.today > last:
        detail = f"The last day was {last}."
        raise ComplaintTooLate(detail, faults=[Fault(at, "too_late", detail)])


def _label(session: Session, number: str | None) -> str | None:
    if number is None:
        return None
    found = session.scalar(sa.select(Label.id).where(Label.number == normalised_number(number)))
    if found is None:
        raise _unknown("label_number")
    return found


def _cluster(session: Session, actor: Actor, cluster_id: UUID | None) -> str | None:
    if cluster_id is None:
        return None
    try:
        return get_cluster(session, actor, str(cluster_id)).id
    except ClusterNotFound as error:
        raise _unknown("cluster_id") from error


def _unknown(member: str) -> ComplaintSubjectUnknown:
    detail = "The register does not know it."
    return ComplaintSubjectUnknown(detail, faults=[Fault(f"/body/{member}", "unknown", detail)])


def acknowledge(session: Session, actor: Actor, complaint: Complaint) -> None:
    """Say that a complaint has arrived; raise MoveNotAllowed if that was said."""
    actor.must(Permission.COMPLAINTS_HANDLE)
    LIFE.apply(complaint, "acknowledge")
    complaint.acknowledged_on = actor.today
    _changed(session, actor, complaint, "complaint.acknowledged")


def assign(session: Session, actor: Actor, complaint: Complaint, given: ComplaintAssign) -> None:
    """Assign a complaint to somebody outside the case.

    Raises:
        MoveNotAllowed: it was not acknowledged, or is answered.
        HandlerUnknown, HandlerInCase: as named.
    """
    actor.must(Permission.COMPLAINTS_HANDLE)
    LIFE.find(complaint.state, "assign")
    handler = session.get(Person, str(given.person_id))
    if handler is None or handler.erased_at is not None:
        raise HandlerUnknown
    if not rules.is_outside(handler.id, people_in_case(session, complaint)):
        raise HandlerInCase
    LIFE.apply(complaint, "assign")
    complaint.handler_id = handler.id
    _changed(session, actor, complaint, "complaint.assigned", reason=given.reason, handler_id=handler.id)


def answer(session: Session, actor: Actor, complaint: Complaint, given: ComplaintAnswer) -> None:
    """Answer a complaint, or record as a machine of the secretariat what its handler answered.

    Raises:
        MoveNotAllowed: it is not in review.
        NotTheHandler: the caller is another person than the one it is assigned to.
        HandlerInCase: the handler has come to belong to the case since.
    """
    if not may_answer(actor, complaint):
        actor.must(Permission.COMPLAINTS_HANDLE)
        raise NotTheHandler
    LIFE.find(complaint.state, "answer")
    if not rules.is_outside(complaint.handler_id or "", people_in_case(session, complaint)):
        raise HandlerInCase
    LIFE.apply(complaint, "answer")
    complaint.answered_on, complaint.outcome, complaint.answer = actor.today, given.outcome, given.answer
    _changed(session, actor, complaint, "complaint.answered", outcome=given.outcome.value)


def close(session: Session, actor: Actor, complaint: Complaint, *, reason: str) -> None:
    """Close an answered complaint; raise MoveNotAllowed before it is answered."""
    actor.must(Permission.COMPLAINTS_HANDLE)
    LIFE.apply(complaint, "close")
    complaint.closed_at = actor.now
    _changed(session, actor, complaint, "complaint.closed", reason=reason)


def erase(session: Session, actor: Actor, complaint: Complaint, *, reason: str) -> None:
    """Erase contact and text of a closed complaint; what was answered and that it was, stay.

    Raises:
        MoveNotAllowed: it is not closed, and without them it could not be answered.
        NothingToErase: they are gone.
    """
    actor.must(Permission.COMPLAINTS_HANDLE)
    if complaint.state is not ComplaintState.CLOSED:
        raise MoveNotAllowed(f"The complaint is {complaint.state.value}: it is erased when it is closed.")
    if complaint.contact is None and complaint.text is None:
        raise NothingToErase
    complaint.contact = complaint.text = None
    _changed(session, actor, complaint, "complaint.erased", reason=reason)


def _changed(
    session: Session, actor: Actor, complaint: Complaint, event: str, *, reason: str | None = None, **details: object
) -> None:
    complaint.version += 1
    complaint.updated_at = actor.now
    session.flush()
    told = {"number": complaint.number, **details}
    record(session, actor.author, event, ("complaint", complaint.id), reason=reason, details=told)
