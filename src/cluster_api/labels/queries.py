"""What one can ask of labels: the register, one holder with its history, one label, and the facts rules judge by."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.models import Cluster, LevelPeriod
from cluster_api.clusters.states import VISIBLE, Level
from cluster_api.foundation.database import Reader, Shapes, day_of, instant_of
from cluster_api.foundation.listing import Listing, Order
from cluster_api.foundation.schema import Identifier
from cluster_api.labels.models import Label, LabelEvent, LabelHolder
from cluster_api.labels.rules import EventFacts, LabelFacts
from cluster_api.labels.schemas import RegisterQuery
from cluster_api.labels.states import LabelEventKind
from cluster_api.vocabularies.rules import fold

CLUSTER, PERIOD, LABEL = Cluster.__table__.c, LevelPeriod.__table__.c, Label.__table__.c
HOLDER, EVENT = LabelHolder.__table__.c, LabelEvent.__table__.c


def facts_of_holders(session: Session, holders: Sequence[str]) -> Iterator[tuple[Label, LabelFacts]]:
    """Answer every label of these cluster organisations with the facts that rules judge by."""
    for start in range(0, len(holders), 500):
        batch = holders[start : start + 500]
        labels = list(session.scalars(sa.select(Label).where(Label.cluster_id.in_(batch)).order_by(Label.number)))
        events: dict[str, list[EventFacts]] = defaultdict(list)
        statement = sa.select(LabelEvent).join(Label, Label.id == LabelEvent.label_id)
        for event in session.scalars(statement.where(Label.cluster_id.in_(batch)).order_by(LabelEvent.recorded_at)):
            events[event.label_id].append(
                EventFacts(event.kind, event.effective_on, event.recorded_at, event.valid_from, event.valid_until)
            )
        for label in labels:
            yield label, facts_of(label, events[label.id])


def facts_of(label: Label, events: Sequence[EventFacts]) -> LabelFacts:
    """Answer a label with its events as the rules take them."""
    return LabelFacts(label.number, label.level, label.valid_from, label.valid_until, label.recorded_at, tuple(events))


# --- the register as a list

SHOWN = (
    CLUSTER.id, CLUSTER.legal_name, CLUSTER.country, CLUSTER.region, CLUSTER.portfolio, CLUSTER.website,
    CLUSTER.is_synthetic,
)  # fmt: skip
OF_LABEL = (LABEL.number, LABEL.valid_from, LABEL.valid_until)


def _on_day() -> tuple[sa.Select[Any], sa.ColumnElement[Any]]:
    day = sa.bindparam("day", type_=sa.Date)
    shown = (PERIOD.cluster_id == CLUSTER.id) & (PERIOD.starts_on <= day) & (PERIOD.ends_on >= day)
    tables = Cluster.__table__.join(LevelPeriod.__table__, shown).join(
        Label.__table__, LABEL.number == PERIOD.label_number
    )
    columns: tuple[Any, ...] = (PERIOD.level, *OF_LABEL, sa.literal_column("'valid'"))
    return sa.select(*SHOWN, *columns).select_from(tables), PERIOD.level


def _ever() -> tuple[sa.Select[Any], sa.ColumnElement[Any]]:
    day = sa.bindparam("day", type_=sa.Date)
    valid = sa.exists().where(
        PERIOD.cluster_id == HOLDER.cluster_id,
        PERIOD.label_number == LABEL.number,
        PERIOD.starts_on <= day,
        PERIOD.ends_on >= day,
    )
    state = sa.case(
        (valid, "valid"),
        (LABEL.withdrawn_on <= day, "withdrawn"),
        (LABEL.valid_until < day, "expired"),
        (LABEL.valid_from > day, "not_yet"),
        else_="suspended",
    )
    tables = Cluster.__table__.join(LabelHolder.__table__, HOLDER.cluster_id == CLUSTER.id).join(
        Label.__table__, LABEL.id == HOLDER.label_id
    )
    return sa.select(*SHOWN, HOLDER.highest_level, *OF_LABEL, state).select_from(tables), HOLDER.highest_level


def _register(shape: frozenset[str]) -> sa.Select[Any]:
    statement, level = _ever() if "ever_held" in shape else _on_day()
    return statement.where(*_filters(shape, level))


def _filters(shape: frozenset[str], level: sa.ColumnElement[Any]) -> Iterator[sa.ColumnElement[bool]]:
    if "level" in shape:
        yield level == sa.bindparam("level", type_=sa.String)
    if "country" in shape:
        yield CLUSTER.country == sa.bindparam("country", type_=sa.String)
    if "portfolio" in shape:
        yield CLUSTER.portfolio == sa.bindparam("portfolio", type_=sa.String)
    if "q" in shape:
        # Who holds a label is public, what is worked on at the profile is not: a draft is found by the name shown.
        names = sa.case((CLUSTER.profile_state.in_(VISIBLE), CLUSTER.search_text), else_=CLUSTER.sort_name)
        yield names.like(sa.bindparam("q", type_=sa.String), escape="\\")


REGISTER = Listing(
    _register,
    orders={"name": Order(CLUSTER.sort_name, str), "valid_until": Order(LABEL.valid_until, date)},
    key=CLUSTER.id,
)
ITEM = (
    "cluster_id", "name", "country", "region", "portfolio", "website", "is_synthetic",
    "level", "label_number", "valid_from", "valid_until", "state",
)  # fmt: skip


async def register_page(reader: Reader, query: RegisterQuery, today: date) -> dict[str, Any]:
    """Answer a page of the register: who shows a valid label on a day, or who has ever held one."""
    values: dict[str, Any] = {"day": query.valid_on or today}
    if query.level is not None:
        values["level"] = query.level.value
    if query.country is not None:
        values["country"] = query.country
    if query.portfolio is not None:
        values["portfolio"] = query.portfolio
    if query.q is not None:
        values["q"] = like_pattern(query.q)
    shape = frozenset(values.keys() - {"day"} | ({"ever_held"} if query.ever_held else set()))
    found = await REGISTER.page(reader, query, shape, values)
    items = [dict(zip(ITEM, row, strict=False)) for row in found.rows]
    for item in items:
        # SQLite keeps a boolean as a number.
        item["is_synthetic"] = bool(item["is_synthetic"])
    counted = {"total": found.total} if query.count else {}
    return {"items": items, "next": found.next, **counted}


def like_pattern(text: str) -> str:
    """Answer the pattern that finds a text, folded, anywhere in folded names."""
    folded = fold(text)
    for special in ("\\", "%", "_"):
        folded = folded.replace(special, f"\\{special}")
    return f"%{folded}%"


# --- one holder, one label


def _holder(_: frozenset[str]) -> sa.Select[Any]:
    return sa.select(*SHOWN).where(CLUSTER.id == sa.bindparam("cluster_id", type_=Identifier))


LABEL_COLUMNS = (
    LABEL.id, LABEL.number, LABEL.level, LABEL.kind, LABEL.awarded_on, LABEL.valid_from, LABEL.valid_until,
    LABEL.recorded_at, LABEL.cluster_id, LABEL.country, LABEL.portfolio, LABEL.rule_set, LABEL.assessed_on,
    LABEL.previous_label_id, LABEL.source, LABEL.is_synthetic,
)  # fmt: skip


def _labels(shape: frozenset[str]) -> sa.Select[Any]:
    statement = sa.select(*LABEL_COLUMNS).order_by(LABEL.valid_from.desc(), LABEL.number.desc())
    if "number" not in shape:
        return statement.where(LABEL.cluster_id == sa.bindparam("cluster_id", type_=Identifier))
    # A number is asked for its label, but its standing depends on all labels of the holder.
    holder = sa.select(LABEL.cluster_id).where(LABEL.number == sa.bindparam("number", type_=sa.String))
    return statement.where(LABEL.cluster_id == holder.scalar_subquery())


def _events(_: frozenset[str]) -> sa.Select[Any]:
    tables = LabelEvent.__table__.join(Label.__table__, LABEL.id == EVENT.label_id)
    columns = (EVENT.label_id, EVENT.kind, EVENT.effective_on, EVENT.recorded_at, EVENT.valid_from, EVENT.valid_until)
    return (
        sa.select(*columns)
        .select_from(tables)
        .where(LABEL.cluster_id == sa.bindparam("cluster_id", type_=Identifier))
        .order_by(EVENT.recorded_at, EVENT.id)
    )


HOLDERS, LABELS, EVENTS = Shapes(_holder), Shapes(_labels), Shapes(_events)


@dataclass(frozen=True, slots=True)
class KnownLabel:
    """A label as the prepared read path answers it, with the facts that rules judge by."""

    id: str
    facts: LabelFacts
    row: Mapping[str, Any]


async def find_holder(reader: Reader, cluster_id: str) -> dict[str, Any] | None:
    """Answer a cluster organisation as the register shows it, or None."""
    rows = await reader.rows(HOLDERS.for_filters(reader, frozenset()), {"cluster_id": cluster_id})
    return dict(zip(ITEM, rows[0], strict=False)) if rows else None


async def labels_of(reader: Reader, cluster_id: str) -> list[KnownLabel]:
    """Answer every label of a cluster organisation, the latest first."""
    rows = await reader.rows(LABELS.for_filters(reader, frozenset()), {"cluster_id": cluster_id})
    return await _with_events(reader, rows)


async def labels_beside(reader: Reader, number: str) -> list[KnownLabel]:
    """Answer the label with this number and every other of its holder; nothing if the number is unknown."""
    rows = await reader.rows(LABELS.for_filters(reader, frozenset({"number"})), {"number": number})
    return await _with_events(reader, rows)


async def _with_events(reader: Reader, rows: Sequence[tuple[Any, ...]]) -> list[KnownLabel]:
    if not rows:
        return []
    labels = [dict(zip((column.name for column in LABEL_COLUMNS), row, strict=True)) for row in rows]
    values = {"cluster_id": str(labels[0]["cluster_id"])}
    events: dict[str, list[EventFacts]] = defaultdict(list)
    for label_id, kind, effective_on, recorded_at, start, end in await reader.rows(
        EVENTS.for_filters(reader, frozenset()), values
    ):
        events[str(label_id)].append(
            EventFacts(LabelEventKind(kind), day_of(effective_on), instant_of(recorded_at), day_of(start), day_of(end))
        )
    return [KnownLabel(str(row["id"]), _facts(row, events[str(row["id"])]), row) for row in labels]


def _facts(row: Mapping[str, Any], events: Sequence[EventFacts]) -> LabelFacts:
    return LabelFacts(
        number=row["number"],
        level=Level(row["level"]),
        valid_from=day_of(row["valid_from"]),
        valid_until=day_of(row["valid_until"]),
        recorded_at=instant_of(row["recorded_at"]),
        events=tuple(events),
    )
