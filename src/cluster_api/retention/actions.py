"""Retention applied: what was kept too long is emptied, deleted or erased, and the journal says how many."""

from collections.abc import Callable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from cluster_api.complaints.models import Complaint
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.idempotency import StoredAnswer
from cluster_api.identity.models import Account, Invitation
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.notices.models import NoticeDelivery
from cluster_api.notices.states import OVER
from cluster_api.people.actions import erase_person
from cluster_api.retention.queries import AT_ONCE, periods, unused_people
from cluster_api.retention.schemas import Applied, Period
from cluster_api.tokens.actions import forget_expired

UNSEEN = {"synchronize_session": False}


def apply_retention(session: Session, author: Author) -> list[Applied]:
    """Look after everything whose period is over, and answer what was done, kind by kind.

    Done again it finds nothing left to do; done twice at once, each row is looked after by one of both. The journal
    gets a line if anything was done.
    """
    done = [
        Applied(period.what, period.action, period.days, VERBS[period.what](session, author, period))
        for period in periods()
    ]
    counts = {one.what: one.count for one in done if one.count}
    if counts:
        versions = {period.what: period.version for period in periods() if period.what in counts}
        details = {"counts": counts, "versions": versions}
        record(session, author, "retention.applied", ("retention", author.request_id), details=details)
        session.flush()
    return done


def _empty_addresses(session: Session, author: Author, period: Period) -> int:
    before = period.ended_before(author.at)
    ended = sa.func.coalesce(Invitation.accepted_at, Invitation.revoked_at, Invitation.expires_at)
    statement = (
        sa.update(Invitation)
        .where(Invitation.email.is_not(None), ended < sa.literal(before, Invitation.expires_at.type))
        .values(email=None)
        .returning(Invitation.id)
    )
    return len(session.scalars(statement, execution_options=UNSEEN).all())


def _erase_people(session: Session, author: Author, period: Period) -> int:
    count = 0
    while people := unused_people(session, period.ended_before(author.at)):
        for person in people:
            erase_person(session, author, person, reason=f"Retention: {period.reason}")
        count += len(people)
        if len(people) < AT_ONCE:
            break
    return count


def _delete_accounts(session: Session, author: Author, period: Period) -> int:
    statement = sa.delete(Account).where(Account.seen_on < civil_date(period.ended_before(author.at)))
    gone = session.execute(statement.returning(Account.id, Account.person_id), execution_options=UNSEEN).all()
    for account_id, person_id in gone:
        record(session, author, "account.deleted", ("person", person_id), details={"account_id": account_id})
    return len(gone)


def _empty_contacts(session: Session, author: Author, period: Period) -> int:
    return _empty_complaints(session, author, period, Complaint.contact)


def _empty_texts(session: Session, author: Author, period: Period) -> int:
    return _empty_complaints(session, author, period, Complaint.text)


def _empty_complaints(
    session: Session, author: Author, period: Period, column: InstrumentedAttribute[str | None]
) -> int:
    before = sa.literal(period.ended_before(author.at), Complaint.closed_at.type)
    statement = sa.update(Complaint).where(column.is_not(None), Complaint.closed_at < before).values({column: None})
    return len(session.scalars(statement.returning(Complaint.id), execution_options=UNSEEN).all())


def _empty_deliveries(session: Session, author: Author, period: Period) -> int:
    before = sa.literal(period.ended_before(author.at), NoticeDelivery.next_at.type)
    is_over = NoticeDelivery.state.in_(OVER) & (
        sa.func.coalesce(NoticeDelivery.sent_at, NoticeDelivery.next_at) < before
    )
    statement = sa.update(NoticeDelivery).where(NoticeDelivery.address.is_not(None), is_over).values(address=None)
    return len(session.scalars(statement.returning(NoticeDelivery.id), execution_options=UNSEEN).all())


def _delete_answers(session: Session, author: Author, period: Period) -> int:
    statement = sa.delete(StoredAnswer).where(StoredAnswer.created_at < period.ended_before(author.at))
    return len(session.scalars(statement.returning(StoredAnswer.key), execution_options=UNSEEN).all())


def _forget_tokens(session: Session, author: Author, period: Period) -> int:
    return forget_expired(session, period.ended_before(author.at))


VERBS: Mapping[str, Callable[[Session, Author, Period], int]] = {
    "invitation_email": _empty_addresses,
    "unused_person": _erase_people,
    "unseen_account": _delete_accounts,
    "complaint_contact": _empty_contacts,
    "complaint_text": _empty_texts,
    "notice_address": _empty_deliveries,
    "stored_answer": _delete_answers,
    "spent_token": _forget_tokens,
}
"""The verb that looks after each kind of thing in the data file."""
