"""Making the notices that are due. They are put on record here; nothing is sent: delivery is not built."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.identifiers import uuid7
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.notices.models import Notice
from cluster_api.notices.queries import change_texts, due, notice_kinds
from cluster_api.notices.rules import NoticeKind, windows


def remind(session: Session, author: Author, *, most: int) -> int:
    """Make the notices that are due today, at most so many, the nearest ends first; answer how many.

    What is left over is made by the next run. Done again it makes none twice: a label gets each kind of notice once
    for each end; a suspended, withdrawn, renewed or covered label gets none.
    """
    today, count = civil_date(author.at), 0
    for window in windows(notice_kinds(), today):
        for row in due(session, window, today, most - count):
            _make(session, author, window.kind, row.id, row.valid_until)
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
    details = {"kind": kind, "text": text, "due_on": on.isoformat(), "ends_on": ends_on.isoformat()}
    record(session, author, "notice.made", ("label", label_id), details=details)


def _make(session: Session, author: Author, kind: NoticeKind, label_id: str, ends_on: date) -> None:
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
