"""Litestar with SQLAlchemy's ORM and a session for each request, as its documentation shows them together.

The sessions are synchronous, in worker threads. The asynchronous ones (aiosqlite, psycopg) were measured too and gave
the same figures for a page and for a cluster with its labels, on both databases.
"""

import os
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import Litestar, get
from litestar.concurrency import sync_to_thread
from litestar.exceptions import NotFoundException
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, contains_eager, mapped_column, relationship, selectinload

Key = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")


class Base(DeclarativeBase):
    pass


class Cluster(Base):
    __tablename__ = "cluster"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    legal_name: Mapped[str]
    sort_name: Mapped[str]
    country: Mapped[str]
    region: Mapped[str | None]
    portfolio: Mapped[str | None]
    website: Mapped[str | None]
    is_synthetic: Mapped[bool]
    labels: Mapped[list["Label"]] = relationship(
        order_by="(Label.valid_from.desc(), Label.number.desc())", viewonly=True
    )


class Label(Base):
    __tablename__ = "label"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    number: Mapped[str]
    cluster_id: Mapped[str] = mapped_column(Key, sa.ForeignKey("cluster.id"))
    level: Mapped[str]
    kind: Mapped[str]
    awarded_on: Mapped[date]
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    withdrawn_on: Mapped[date | None]
    country: Mapped[str]


class LevelPeriod(Base):
    __tablename__ = "level_period"

    cluster_id: Mapped[str] = mapped_column(Key, sa.ForeignKey("cluster.id"), primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    ends_on: Mapped[date]
    level: Mapped[str]
    label_number: Mapped[str] = mapped_column(sa.ForeignKey("label.number"))
    cluster: Mapped[Cluster] = relationship(viewonly=True)
    label: Mapped[Label] = relationship(viewonly=True)


class RegisterItem(msgspec.Struct):
    cluster_id: str
    name: str
    country: str
    region: str | None
    portfolio: str | None
    website: str | None
    is_synthetic: bool
    level: str
    label_number: str
    valid_from: date
    valid_until: date
    state: str = "valid"


class Page(msgspec.Struct):
    items: list[RegisterItem]


class HeldLabel(msgspec.Struct):
    number: str
    level: str
    kind: str
    awarded_on: date
    valid_from: date
    valid_until: date


class ClusterWithLabels(msgspec.Struct):
    cluster_id: str
    name: str
    country: str
    region: str | None
    portfolio: str | None
    website: str | None
    is_synthetic: bool
    labels: list[HeldLabel]


class Count(msgspec.Struct):
    level: str
    country: str
    labels: int


class Counts(msgspec.Struct):
    counts: list[Count]


engine = sa.create_engine(os.environ["DATABASE_URL"], pool_size=20)


def in_session(statement: sa.Executable) -> Sequence[Any]:
    with Session(engine) as session:
        return session.execute(statement).all()


async def rows(statement: sa.Executable) -> Sequence[Any]:
    return await sync_to_thread(in_session, statement)


@get("/v1/register")
async def page(country: str, level: str, valid_on: date, limit: int = 50) -> Page:
    statement = (
        sa.select(LevelPeriod)
        .join(LevelPeriod.cluster)
        .join(LevelPeriod.label)
        .options(contains_eager(LevelPeriod.cluster), contains_eager(LevelPeriod.label))
        .where(Cluster.country == country, LevelPeriod.level == level)
        .where(LevelPeriod.starts_on <= valid_on, LevelPeriod.ends_on >= valid_on)
        .order_by(Cluster.sort_name, Cluster.id)
        .limit(limit)
    )
    return Page([_item(period) for (period,) in await rows(statement)])


def _item(period: LevelPeriod) -> RegisterItem:
    cluster, label = period.cluster, period.label
    return RegisterItem(
        cluster_id=cluster.id,
        name=cluster.legal_name,
        country=cluster.country,
        region=cluster.region,
        portfolio=cluster.portfolio,
        website=cluster.website,
        is_synthetic=cluster.is_synthetic,
        level=period.level,
        label_number=label.number,
        valid_from=label.valid_from,
        valid_until=label.valid_until,
    )


@get("/v1/register/{cluster_id:str}")
async def cluster_with_labels(cluster_id: str) -> ClusterWithLabels:
    found = await rows(sa.select(Cluster).options(selectinload(Cluster.labels)).where(Cluster.id == cluster_id))
    if not found:
        raise NotFoundException
    cluster: Cluster = found[0][0]
    return ClusterWithLabels(
        cluster_id=cluster.id,
        name=cluster.legal_name,
        country=cluster.country,
        region=cluster.region,
        portfolio=cluster.portfolio,
        website=cluster.website,
        is_synthetic=cluster.is_synthetic,
        labels=[
            HeldLabel(label.number, label.level, label.kind, label.awarded_on, label.valid_from, label.valid_until)
            for label in cluster.labels
        ],
    )


@get("/v1/statistics/labels")
async def counts(at: date) -> Counts:
    statement = (
        sa.select(Label.level, Label.country, sa.func.count())
        .where(Label.valid_from <= at, Label.valid_until >= at)
        .where(sa.or_(Label.withdrawn_on.is_(None), Label.withdrawn_on > at))
        .group_by(Label.level, Label.country)
    )
    return Counts([Count(*row) for row in await rows(statement)])


app = Litestar([page, cluster_with_labels, counts], openapi_config=None)
