"""What one can ask about complaints; who asks decides what there is."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.models import Cluster
from cluster_api.complaints import rules
from cluster_api.complaints.errors import ComplaintNotFound
from cluster_api.complaints.models import Complaint
from cluster_api.complaints.rules import Term
from cluster_api.complaints.schemas import ComplaintCount, ComplaintCounts, ComplaintQuery, ComplaintRead
from cluster_api.complaints.states import LIFE, ComplaintState, Deadline, Matter
from cluster_api.foundation.conditional import tag_of_bytes
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.identifiers import normalised_number
from cluster_api.foundation.paging import Page, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Membership
from cluster_api.identity.permissions import Permission
from cluster_api.journal.models import JournalEntry
from cluster_api.labels.models import Label
from cluster_api.tokens.rules import COMPLAINT, is_same, read_secret

PACKAGE = "cluster_api.complaints"
UNKNOWN_DIGEST = "0" * 64


@cache
def terms() -> Sequence[Term]:
    """Answer every term there is or was."""
    return [
        Term(Deadline(row["what"]), int(row["days"]), row["unit"] == "working_days", date.fromisoformat(row["since"]))
        for row in data_rows(PACKAGE, "deadlines")
    ]


def fewest_shown(today: date) -> int:
    """Answer the least count that is shown."""
    rows = [row for row in data_rows(PACKAGE, "disclosure") if date.fromisoformat(row["since"]) <= today]
    return int(max(rows, key=lambda row: row["since"])["fewest"])


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller may know of a complaint: who handles, has filed, or answers it.

    Nobody sees a complaint about themselves among all of them: who is its subject is heard by who handles it.
    """
    person_id = actor.caller.person_id
    own = [] if person_id is None else [Complaint.handler_id == person_id, Complaint.person_id == person_id]
    if actor.can(Permission.COMPLAINTS_READ_ALL):
        about_me = sa.false() if person_id is None else sa.func.coalesce(Complaint.assessor_id == person_id, sa.false())
        return sa.or_(~about_me, *own)
    return sa.or_(sa.false(), *own)


def must_see_some(actor: Actor) -> None:
    """Raise CredentialsRequired or PermissionMissing to a caller for whom there can be no complaints."""
    if actor.caller.person_id is None:
        actor.must(Permission.COMPLAINTS_READ_ALL)


def get_complaint(session: Session, actor: Actor, number: str, *, for_change: bool = False) -> Complaint:
    """Answer a complaint of which the caller may know, locked if it is to be changed; raise ComplaintNotFound."""
    must_see_some(actor)
    statement = sa.select(Complaint).where(Complaint.number == normalised_number(number), visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise ComplaintNotFound
    return found


def look_up(session: Session, number: str, code: str) -> Complaint:
    """Answer the complaint with this number and code; raise ComplaintNotFound, which of both is wrong is not told.

    The digest is compared also where there is nothing to compare with, so that the time tells nothing.
    """
    secret = read_secret(code, COMPLAINT)
    found = None
    if secret is not None:
        found = session.scalar(sa.select(Complaint).where(Complaint.public_id == secret.public_id))
    digest = secret.digest if secret is not None else ""
    fits = is_same(digest, found.digest if found is not None else UNKNOWN_DIGEST)
    if found is None or not fits or found.number != normalised_number(number):
        raise ComplaintNotFound
    return found


def people_in_case(session: Session, complaint: Complaint) -> set[str | None]:
    """Answer who may not answer a complaint, as far as this service knows.

    Who filed it, whom it is about, who belongs to the organisation of the cluster concerned, and everybody who had a
    hand in the record of that label or cluster.
    """
    found: set[str | None] = {complaint.person_id, complaint.assessor_id}
    cluster_id = complaint.cluster_id
    subjects = [("cluster", cluster_id)]
    if complaint.label_id is not None:
        cluster_id = session.scalar(sa.select(Label.cluster_id).where(Label.id == complaint.label_id))
        subjects = [("label", complaint.label_id), ("cluster", cluster_id)]
    if cluster_id is not None:
        owner = sa.select(Cluster.owner_id).where(Cluster.id == cluster_id).scalar_subquery()
        found |= set(session.scalars(sa.select(Membership.person_id).where(Membership.organisation_id == owner)))
        about = sa.or_(
            *((JournalEntry.subject_kind == kind) & (JournalEntry.subject_id == key) for kind, key in subjects)
        )
        deeds = sa.select(JournalEntry.person_id).where(about, JournalEntry.person_id.is_not(None)).distinct()
        found |= set(session.scalars(deeds))
    return found


def late_with(complaint: Complaint, today: date) -> list[Deadline]:
    """Answer what was or is done too late."""
    done = (
        (Deadline.ACKNOWLEDGE, complaint.acknowledged_on, complaint.acknowledge_by),
        (Deadline.ANSWER, complaint.answered_on, complaint.answer_by),
    )
    return [what for what, done_on, by in done if rules.is_late(done_on, by, today)]


def may_handle(actor: Actor) -> bool:
    """Answer whether the caller handles complaints."""
    return actor.can(Permission.COMPLAINTS_HANDLE)


def is_handler(actor: Actor, complaint: Complaint) -> bool:
    """Answer whether the caller is the person to whom the complaint is assigned."""
    return actor.caller.person_id is not None and actor.caller.person_id == complaint.handler_id


def may_answer(actor: Actor, complaint: Complaint) -> bool:
    """Answer whether the caller answers the complaint: its handler, or a machine that records what was answered."""
    is_machine = actor.caller.person_id is None
    return is_handler(actor, complaint) or (is_machine and may_handle(actor))


def allowed_moves(actor: Actor, complaint: Complaint) -> list[str]:
    """Answer what the caller can do with a complaint now."""
    moves = [move.verb for move in LIFE.moves_from(complaint.state)]
    may = {verb: may_answer(actor, complaint) if verb == "answer" else may_handle(actor) for verb in moves}
    has_personal = complaint.contact is not None or complaint.text is not None
    erase = ["erase"] if may_handle(actor) and complaint.state is ComplaintState.CLOSED and has_personal else []
    return [verb for verb in moves if may[verb]] + erase


def read_complaint(session: Session, actor: Actor, complaint: Complaint) -> ComplaintRead:
    """Answer a complaint as it is shown to this caller."""
    return _read(actor, complaint, _label_numbers(session, [complaint]))


def _read(actor: Actor, complaint: Complaint, numbers: dict[str, str]) -> ComplaintRead:
    inside = may_handle(actor) or actor.can(Permission.COMPLAINTS_READ_ALL) or is_handler(actor, complaint)
    return ComplaintRead(
        number=complaint.number,
        matter=complaint.matter,
        label_number=numbers.get(complaint.label_id or ""),
        cluster_id=_identifier(complaint.cluster_id),
        assessor_id=_identifier(complaint.assessor_id),
        happened_on=complaint.happened_on,
        text=complaint.text,
        contact=complaint.contact if may_handle(actor) else None,
        state=complaint.state,
        received_on=complaint.received_on,
        acknowledge_by=complaint.acknowledge_by,
        answer_by=complaint.answer_by,
        acknowledged_on=complaint.acknowledged_on,
        answered_on=complaint.answered_on,
        closed_at=complaint.closed_at,
        late=late_with(complaint, actor.today),
        handler_id=_identifier(complaint.handler_id) if inside else None,
        outcome=complaint.outcome,
        answer=complaint.answer,
        version=complaint.version,
        allowed_moves=allowed_moves(actor, complaint),
    )


def _identifier(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _label_numbers(session: Session, complaints: Sequence[Complaint]) -> dict[str, str]:
    ids = [one.label_id for one in complaints if one.label_id is not None]
    rows = session.execute(sa.select(Label.id, Label.number).where(Label.id.in_(ids)))
    return {key: number for key, number in rows}  # noqa: C416 - rows are not pairs to the type checker


def tag_of(shown: ComplaintRead) -> str:
    """Answer the entity tag of a complaint: it changes by itself when a deadline passes."""
    return tag_of_bytes(shown.model_dump_json().encode())


def complaints_page(session: Session, actor: Actor, query: ComplaintQuery) -> Page[ComplaintRead]:
    """Answer a page of complaints, the latest first; raise Invalid for a cursor of another question."""
    must_see_some(actor)
    question = question_of({"of": "complaints", "view": actor.view, **query.model_dump(mode="json")})
    statement = sa.select(Complaint).where(visible(actor))
    if query.state is not None:
        statement = statement.where(Complaint.state == query.state)
    if query.matter is not None:
        statement = statement.where(Complaint.matter == query.matter)
    if query.late is not None:
        late = sa.or_(
            sa.func.coalesce(Complaint.acknowledged_on, actor.today) > Complaint.acknowledge_by,
            sa.func.coalesce(Complaint.answered_on, actor.today) > Complaint.answer_by,
        )
        statement = statement.where(late if query.late else ~late)
    if query.cursor is not None:
        statement = statement.where(Complaint.id < read_cursor(query.cursor, question, [UUID])[0])
    found = session.scalars(statement.order_by(Complaint.id.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    numbers = _label_numbers(session, shown)
    return Page(
        items=[_read(actor, complaint, numbers) for complaint in shown],
        next=write_cursor(question, [shown[-1].id]) if len(found) > query.limit else None,
    )


def counts(session: Session, today: date) -> ComplaintCounts:
    """Answer how many complaints there were by year and matter, small counts left out."""
    year = sa.extract("year", Complaint.received_on)
    rows = session.execute(sa.select(year, Complaint.matter, sa.func.count()).group_by(year, Complaint.matter))
    found = {(int(when), matter.value): count for when, matter, count in rows}
    fewest = fewest_shown(today)
    shown = rules.shown_counts(found, [matter.value for matter in Matter], fewest)
    return ComplaintCounts(
        fewest=fewest, counts=[ComplaintCount(year=when, matter=Matter(kind), count=n) for when, kind, n in shown]
    )
