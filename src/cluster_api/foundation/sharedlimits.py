"""Processes tell each other how often they have seen a client, through one small table and no further server.

Each counts by itself and about once a second adds what is new to the table and reads what the others have added. So
the limit holds over all of them, except for what one process lets through in a second and for what it has not told
yet, at most a hundredth of the limit: telling every single request would make every second a change of the data, and
public reads are kept until the data change.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column
from starlette.concurrency import run_in_threadpool

from cluster_api.foundation.database import DOWN, Database
from cluster_api.foundation.limits import Allowance
from cluster_api.foundation.logs import log
from cluster_api.foundation.schema import Base

SECONDS_BETWEEN = 1.0
FAILED: tuple[type[Exception], ...] = (*DOWN, sa.exc.SQLAlchemyError)
Told = Mapping[tuple[int, str], int]


class RequestCount(Base):
    """How many requests of a client all processes have counted in a minute; worthless two minutes later."""

    __tablename__ = "request_count"

    minute: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    client: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    count: Mapped[int] = mapped_column(sa.Integer)


class Exchange:
    """What one process has told of its counts."""

    def __init__(self, database: Database, allowance: Allowance) -> None:
        """Share this allowance through this database."""
        self._database = database
        self._allowance = allowance
        self._worth_telling = max(1, allowance.most // 100)
        self._told: dict[tuple[int, str], int] = {}
        self._cleaned = 0
        self._is_down = False

    async def once(self) -> None:
        """Tell and learn once; when the database cannot be reached, everything goes on with what is known here."""
        own = self._allowance.own
        numbers = (own.present.number, own.before.number)
        news = self._news()
        if not news:
            return
        try:
            totals = await run_in_threadpool(self._swap, news)
        except FAILED as error:
            if not self._is_down:
                log.warning("limits.not_shared", error=type(error).__name__)
            self._is_down = True
            return
        self._is_down = False
        for key, more in news.items():
            self._told[key] = self._told.get(key, 0) + more
        for (number, client), total in totals.items():
            self._allowance.others.put(client, number, total - self._told.get((number, client), 0))
        self._told = {key: count for key, count in self._told.items() if key[0] in numbers}

    def _news(self) -> dict[tuple[int, str], int]:
        """Answer what is worth telling: once of each client, and then each hundredth of its limit."""
        found = {}
        for minute in (self._allowance.own.before, self._allowance.own.present):
            for client, count in minute.counts.items():
                key = (minute.number, client)
                more = count - self._told.get(key, 0)
                if more >= self._worth_telling and len(client) <= 200:
                    found[key] = more
        return found

    def _swap(self, news: Told) -> Told:
        newest = max(number for number, _ in news)
        with self._database.transaction() as session:
            _add(session, news)
            if newest > self._cleaned:
                session.execute(sa.delete(RequestCount).where(RequestCount.minute < newest - 2))
                self._cleaned = newest
            return _totals(session, sorted({client for _, client in news}), newest)

    async def forever(self) -> None:
        """Exchange once a second until cancelled."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN)
            await self.once()


def _add(session: Session, news: Told) -> None:
    kind = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # In one order, so that two processes never wait for each other's rows crosswise.
    rows = [{"minute": number, "client": client, "count": more} for (number, client), more in sorted(news.items())]
    statement = kind(RequestCount)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["minute", "client"],
            set_={"count": RequestCount.__table__.c.count + statement.excluded.count},
        ),
        rows,
    )


def _totals(session: Session, clients: Sequence[str], newest: int) -> Told:
    found = {}
    for at in range(0, len(clients), 500):
        rows = session.execute(
            sa.select(RequestCount.minute, RequestCount.client, RequestCount.count).where(
                RequestCount.minute.in_((newest, newest - 1)), RequestCount.client.in_(clients[at : at + 500])
            )
        )
        found.update({(number, client): count for number, client, count in rows})
    return found


@asynccontextmanager
async def shared(exchange: Exchange) -> AsyncIterator[None]:
    """Exchange in the background while the block runs."""
    task = asyncio.create_task(exchange.forever())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
