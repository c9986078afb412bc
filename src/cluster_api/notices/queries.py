"""What one can ask about ends that come near: the labels, and those for which a notice is due."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
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
from cluster_api.identity.models import Membership, Organisation, Person
from cluster_api.identity.permissions import Permission
from cluster_api.identity.states import Standing
from cluster_api.labels.models import Label
from cluster_api.notices.models import Notice, NoticeDelivery
from cluster_api.notices.rules import NoticeKind, Told, Window, Wording, is_address, wording_on
from cluster_api.notices.schemas import DeliveriesRead, ExpiringLabel, ExpiringQuery, Letter, NoticeRead
from cluster_api.notices.states import DeliveryState

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
    notices = session.scalars(statement).all()
    deliveries = _deliveries(session, notices)
    return [_read(one, deliveries[one.id]) for one in notices]


@cache
def wordings() -> Sequence[Wording]:
    """Answer every wording of the texts of notices there is or was."""
    return [
        Wording(row["text"], date.fromisoformat(row["since"]), row["subject"], row["body"])
        for row in data_rows("cluster_api.notices", "wordings")
    ]


READING = (Standing.OWNER, Standing.EDITOR)
"""Who is told: those who run the record of the holder."""


def readers_of(session: Session, clusters: Iterable[str]) -> dict[str, list[str]]:
    """Answer by cluster the people who are told about its labels: of its organisation, with an address."""
    found: dict[str, list[str]] = defaultdict(list)
    statement = (
        sa.select(Cluster.id, Person.id)
        .join(Organisation, Organisation.id == Cluster.owner_id)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .join(Person, Person.id == Membership.person_id)
        .where(Cluster.id.in_(list(clusters)), Membership.standing.in_(READING))
        .where(Organisation.closed_at.is_(None), Person.erased_at.is_(None), Person.email.is_not(None))
        .order_by(Cluster.id, Person.id)
    )
    for cluster_id, person_id in session.execute(statement):
        found[cluster_id].append(person_id)
    return found


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
    return _labels().join(LevelPeriod, shown)


def _labels() -> sa.Select[str, str, Level, date, str, str, str, bool]:
    columns = (Label.id, Label.number, Label.level, Label.valid_until, Label.cluster_id)
    return sa.select(*columns, Cluster.legal_name, Cluster.country, _is_renewed().label("is_renewed")).join(
        Cluster, Cluster.id == Label.cluster_id
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
    notices = session.scalars(statement).all()
    deliveries = _deliveries(session, notices)
    for notice in notices:
        found[notice.label_id, notice.ends_on].append(_read(notice, deliveries[notice.id]))
    return found


def _read(notice: Notice, deliveries: DeliveriesRead) -> NoticeRead:
    told = {name: getattr(notice, name) for name in ("kind", "text", "due_on", "made_at")}
    return NoticeRead(deliveries=deliveries, **told)


def letter_of(session: Session, delivery: NoticeDelivery, today: date, public_url: str) -> Letter | str:
    """Answer what is sent to the reader of a delivery today, or as a code why there is nothing to send.

    What was true when the notice was made is asked again: a label is renewed, people leave, addresses change.
    """
    notice = session.get_one(Notice, delivery.notice_id)
    # That another label took its place stays true; that an end comes near does not.
    is_change = notice.kind in change_texts(today)
    labels = _labels() if is_change else _shown_on(today)
    shown = session.execute(labels.where(Label.id == notice.label_id)).one_or_none()
    if shown is None or (not is_change and (shown.is_renewed or shown.valid_until != notice.ends_on)):
        return "nothing_to_tell"
    if delivery.person_id not in readers_of(session, [shown.cluster_id])[shown.cluster_id]:
        return "no_reader"
    address = session.scalars(sa.select(Person.email).where(Person.id == delivery.person_id)).one() or ""
    if not is_address(address):
        return "address_malformed"
    link = f"{public_url}/v1/labels/{shown.number}"
    told = Told(shown.number, shown.level.value, shown.legal_name, shown.valid_until, link)
    subject, body = wording_on(wordings(), notice.text, today).of(told)
    return Letter(delivery.id, address, subject, body)


WAITING = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING})
LOST = frozenset({DeliveryState.FAILED, DeliveryState.UNCERTAIN})


def _deliveries(session: Session, notices: Sequence[Notice]) -> dict[str, DeliveriesRead]:
    counts: dict[str, dict[DeliveryState, int]] = {notice.id: {} for notice in notices}
    statement = (
        sa.select(NoticeDelivery.notice_id, NoticeDelivery.state, sa.func.count())
        .where(NoticeDelivery.notice_id.in_(list(counts)))
        .group_by(NoticeDelivery.notice_id, NoticeDelivery.state)
    )
    for notice_id, state, count in session.execute(statement):
        counts[notice_id][state] = count
    return {
        key: DeliveriesRead(
            readers=sum(found.values()),
            sent=found.get(DeliveryState.SENT, 0),
            waiting=sum(found.get(state, 0) for state in WAITING),
            lost=sum(found.get(state, 0) for state in LOST),
        )
        for key, found in counts.items()
    }


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
