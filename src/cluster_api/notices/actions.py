"""Making the notices that are due, and sending each to its readers.

A delivery is taken by one process in a transaction of its own, sent outside of any, and settled in another: nobody else
takes what is taken. What was lost in between is not sent again, because it may have arrived.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.clock import Clock, civil_date
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.mail import Fate, Mailer, MailUnreachable, Outcome
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.labels.models import Label
from cluster_api.notices.models import Notice, NoticeDelivery
from cluster_api.notices.queries import change_texts, due, letter_of, notice_kinds, readers_of
from cluster_api.notices.rules import IN_HAND, NoticeKind, next_attempt, windows
from cluster_api.notices.schemas import Letter
from cluster_api.notices.states import DELIVERY, DeliveryState


def remind(session: Session, author: Author, *, most: int) -> int:
    """Make the notices that are due today, at most so many, the nearest ends first; answer how many.

    What is left over is made by the next run. Done again it makes none twice: a label gets each kind of notice once
    for each end; a suspended, withdrawn, renewed or covered label gets none.
    """
    today, count = civil_date(author.at), 0
    for window in windows(notice_kinds(), today):
        rows = due(session, window, today, most - count)
        readers = readers_of(session, {row.cluster_id for row in rows})
        for row in rows:
            notice = _make(session, author, window.kind, row.id, row.valid_until)
            session.add_all(_delivery(notice, person_id) for person_id in readers.get(row.cluster_id, ()))
            count += 1
        session.flush()
        if count >= most:
            break
    return count


def tell_change(session: Session, author: Author, label_id: str, *, kind: str, on: date, ends_on: date) -> None:
    """Put on record that another label takes the place of this one from a day on; once for each kind and day.

    Called by whoever awards labels. ``kind`` is one of the changes in the data of this area.
    """
    text = change_texts(civil_date(author.at))[kind]
    told = sa.select(Notice.id).where(Notice.label_id == label_id, Notice.kind == kind, Notice.due_on == on)
    if session.scalar(told) is not None:
        return  # Two higher levels that begin on one day are one change for this label.
    notice = Notice(
        id=str(uuid7()), label_id=label_id, kind=kind, text=text, due_on=on, ends_on=ends_on, made_at=author.at
    )
    session.add(notice)
    session.flush()
    cluster_id = session.scalars(sa.select(Label.cluster_id).where(Label.id == label_id)).one()
    session.add_all(_delivery(notice, one) for one in readers_of(session, [cluster_id]).get(cluster_id, ()))
    details = {"kind": kind, "text": text, "due_on": on.isoformat(), "ends_on": ends_on.isoformat()}
    record(session, author, "notice.made", ("label", label_id), details=details)


def _make(session: Session, author: Author, kind: NoticeKind, label_id: str, ends_on: date) -> Notice:
    due_on = ends_on - timedelta(days=kind.days)
    notice = Notice(
        id=str(uuid7()),
        label_id=label_id,
        kind=kind.kind,
        text=kind.text,
        due_on=due_on,
        ends_on=ends_on,
        made_at=author.at,
    )
    session.add(notice)
    details = {"kind": kind.kind, "text": kind.text, "due_on": due_on.isoformat(), "ends_on": ends_on.isoformat()}
    record(session, author, "notice.made", ("label", label_id), details=details)
    return notice


def _delivery(notice: Notice, person_id: str) -> NoticeDelivery:
    return NoticeDelivery(
        id=str(uuid7()),
        notice_id=notice.id,
        person_id=person_id,
        state=DeliveryState.QUEUED,
        attempts=0,
        next_at=notice.made_at,
        created_at=notice.made_at,
    )


def deliver(
    database: Database,
    clock: Clock,
    mailer: Mailer,
    *,
    author: Callable[[datetime], Author],
    public_url: str,
    most: int,
) -> Counter[str]:
    """Send what is to be sent now, at most so many messages, and answer how many ended how.

    Two who do it at once share the work. When the mail server is lost, what is left waits for the next run.

    Raises:
        MailUnreachable: the server was lost on the way; what was sent before is on record.
    """
    counts: Counter[str] = Counter()
    with database.transaction() as session:
        counts[DeliveryState.UNCERTAIN.value] += give_up_lost(session, author(clock.now()))
    for _ in range(most):
        with database.transaction() as session:
            letter = take(session, author(clock.now()), public_url=public_url)
        if letter is None:
            break
        if isinstance(letter, DeliveryState):
            counts[letter.value] += 1
            continue
        lost: MailUnreachable | None = None
        try:
            outcome = mailer.send(_message(letter, mailer.server.sender, clock.now()), letter.address)
        except MailUnreachable as error:
            outcome, lost = Outcome(Fate.LATER, "unreachable"), error
        with database.transaction() as session:
            counts[settle(session, author(clock.now()), letter, outcome).value] += 1
        if lost is not None:
            raise lost
    return +counts


def _message(letter: Letter, sender: str, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.address, letter.subject
    message["Date"] = format_datetime(now)
    # The same for every attempt, so that whoever gets it twice can tell.
    message["Message-ID"] = f"<{letter.delivery_id}@{sender.rpartition('@')[2]}>"
    # RFC 3834: no answers of machines to a machine.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message


def give_up_lost(session: Session, author: Author) -> int:
    """Put on record that deliveries were lost with the process that had them in hand; answer how many."""
    before = sa.literal(author.at - IN_HAND, NoticeDelivery.taken_at.type)
    statement = sa.select(NoticeDelivery).where(
        NoticeDelivery.state == DeliveryState.SENDING, NoticeDelivery.taken_at < before
    )
    lost = session.scalars(statement.with_for_update(skip_locked=True)).all()
    for delivery in lost:
        _end(session, author, delivery, "lose", "process_lost")
    return len(lost)


def take(session: Session, author: Author, *, public_url: str) -> Letter | DeliveryState | None:
    """Take the next delivery in hand and answer what to send; its state, if there is nothing to send; or None.

    What is locked by another process is passed over.
    """
    now = sa.literal(author.at, NoticeDelivery.next_at.type)
    statement = (
        sa.select(NoticeDelivery)
        .where(NoticeDelivery.state == DeliveryState.QUEUED, NoticeDelivery.next_at <= now)
        .order_by(NoticeDelivery.next_at, NoticeDelivery.id)
        .limit(1)
    )
    delivery = session.scalar(statement.with_for_update(skip_locked=True))
    if delivery is None:
        return None
    letter = letter_of(session, delivery, civil_date(author.at), public_url)
    if isinstance(letter, str):
        return _end(session, author, delivery, "drop", letter)
    DELIVERY.apply(delivery, "take")
    delivery.address, delivery.taken_at = letter.address, author.at
    delivery.attempts += 1
    session.flush()
    return letter


def settle(session: Session, author: Author, letter: Letter, outcome: Outcome) -> DeliveryState:
    """Put on record what became of a delivery, and answer its state.

    A process that was away for too long finds its delivery given up; that stays so.
    """
    delivery = session.get_one(NoticeDelivery, letter.delivery_id, with_for_update=True, populate_existing=True)
    if delivery.state is not DeliveryState.SENDING:
        return delivery.state
    again = next_attempt(delivery.attempts, author.at)
    match outcome.fate:
        case Fate.TAKEN:
            delivery.sent_at = author.at
            return _end(session, author, delivery, "send", outcome.code)
        case Fate.UNCERTAIN:
            return _end(session, author, delivery, "lose", outcome.code)
        case Fate.LATER if again is not None:
            DELIVERY.apply(delivery, "put_back")
            delivery.next_at, delivery.outcome, delivery.taken_at = again, outcome.code, None
            session.flush()
            return delivery.state
        case _:
            return _end(session, author, delivery, "fail", outcome.code)


def _end(session: Session, author: Author, delivery: NoticeDelivery, verb: str, code: str) -> DeliveryState:
    DELIVERY.apply(delivery, verb)
    delivery.outcome, delivery.taken_at = code, None
    session.flush()
    notice = session.get_one(Notice, delivery.notice_id)
    details = {"kind": notice.kind, "delivery": delivery.id, "attempts": delivery.attempts, "outcome": code}
    record(session, author, f"notice.{delivery.state.value}", ("label", notice.label_id), details=details)
    return delivery.state
