"""What one can ask about ends that come near: the labels, and those for which a notice is due."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from cluster_api.clusters.models import Cluster, LevelPeriod
from cluster_api.clusters.states import Level
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.paging import Page, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.labels.models import Label
from cluster_api.notices.models import Notice
from cluster_api.notices.rules import NoticeKind, Window
from cluster_api.notices.schemas import ExpiringLabel, ExpiringQuery, NoticeRead

SUCCESSOR = aliased(Label)


@cache
def notice_kinds() -> Sequence[NoticeKind]:
    """Answer every kind of notice there is or was."""
    return [
        NoticeKind(row["kind"], int(row["days_before_end"]), row["text"], date.fromisoformat(row["since"]))
        for row in data_rows("cluster_api.notices", "notices")
    ]


def change_texts(day: date) -> dict[str, str]:
    """Answer the key of the text of each notice of a change, as of a day."""
    rows = data_rows("cluster_api.notices", "changes")
    return {row["kind"]: row["text"] for row in rows if date.fromisoformat(row["since"]) <= day}


def notices_of(session: Session, label_id: str) -> list[NoticeRead]:
    """Answer the notices made about a label, the first one first."""
    statement = sa.select(Notice).where(Notice.label_id == label_id).order_by(Notice.due_on, Notice.id)
    return [NoticeRead.model_validate(one, from_attributes=True) for one in session.scalars(statement)]


def _is_renewed() -> sa.Exists:
    return sa.exists().where(SUCCESSOR.previous_label_id == Label.id)


def _shown_on(today: date) -> sa.Select[str, str, Level, date, str, str, str, bool]:
    # What the register shows today: neither suspended nor withdrawn nor covered by a higher label.
    shown = (
        (LevelPeriod.label_number == Label.number)
        & (LevelPeriod.cluster_id == Label.cluster_id)
        & (LevelPeriod.starts_on <= today)
        & (LevelPeriod.ends_on >= today)
    )
    columns = (Label.id, Label.number, Label.level, Label.valid_until, Label.cluster_id)
    return (
        sa.select(*columns, Cluster.legal_name, Cluster.country, _is_renewed().label("is_renewed"))
        .join(LevelPeriod, shown)
        .join(Cluster, Cluster.id == Label.cluster_id)
    )


def due(session: Session, window: Window, today: date, most: int) -> Sequence[Any]:
    """Answer labels without a successor for which this notice is to be made, the nearest end first."""
    made = sa.exists().where(
        Notice.label_id == Label.id, Notice.kind == window.kind.kind, Notice.ends_on == Label.valid_until
    )
    statement = _shown_on(today).where(Label.valid_until.between(window.first, window.last), ~_is_renewed(), ~made)
    return session.execute(statement.order_by(Label.valid_until, Label.id).limit(most)).all()


def expiring_page(session: Session, actor: Actor, query: ExpiringQuery) -> Page[ExpiringLabel]:
    """Answer a page of labels whose end comes near, the nearest first.

    Raises:
        CredentialsRequired, PermissionMissing: the caller sees no records of labels.
        Invalid: the cursor is of another question.
    """
    actor.must_any(Permission.LABELS_READ_ALL, Permission.LABELS_ADMINISTER)
    question = question_of({"of": "expiring", "today": actor.today, **query.model_dump(mode="json")})
    last = actor.today + timedelta(days=query.within_days)
    statement = _shown_on(actor.today).where(Label.valid_until.between(actor.today, last))
    if query.level is not None:
        statement = statement.where(Label.level == query.level)
    if query.country is not None:
        statement = statement.where(Cluster.country == query.country)
    if query.renewed is not None:
        statement = statement.where(_is_renewed() if query.renewed else ~_is_renewed())
    if query.cursor is not None:
        end, key = read_cursor(query.cursor, question, [date, UUID])
        after = sa.tuple_(sa.literal(end, Label.valid_until.type), sa.literal(key, Label.id.type))
        statement = statement.where(sa.tuple_(Label.valid_until, Label.id) > after)
    found = session.execute(statement.order_by(Label.valid_until, Label.id).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    notices = _notices(session, shown)
    return Page(
        items=[_item(row, notices[row.id, row.valid_until], actor.today) for row in shown],
        next=write_cursor(question, [shown[-1].valid_until, shown[-1].id]) if len(found) > query.limit else None,
    )


def _notices(session: Session, rows: Sequence[Any]) -> dict[tuple[str, date], list[NoticeRead]]:
    found: dict[tuple[str, date], list[NoticeRead]] = defaultdict(list)
    statement = sa.select(Notice).where(Notice.label_id.in_([row.id for row in rows])).order_by(Notice.due_on)
    for notice in session.scalars(statement):
        read = NoticeRead.model_validate(notice, from_attributes=True)
        found[notice.label_id, notice.ends_on].append(read)
    return found


def _item(row: Any, notices: list[NoticeRead], today: date) -> ExpiringLabel:
    return ExpiringLabel(
        number=row.number,
        cluster_id=UUID(row.cluster_id),
        holder=row.legal_name,
        country=row.country,
        level=row.level,
        valid_until=row.valid_until,
        days_left=(row.valid_until - today).days,
        is_renewed=row.is_renewed,
        notices=notices,
    )
