"""Processes that share a database share the limit, and go on alone when it is gone."""

import asyncio

import sqlalchemy as sa

from cluster_api.foundation.database import Database
from cluster_api.foundation.limits import Allowance
from cluster_api.foundation.sharedlimits import Exchange, RequestCount, shared


def pair(database: Database, most: int) -> tuple[list[Allowance], list[Exchange]]:
    allowances = [Allowance(most) for _ in range(2)]
    return allowances, [Exchange(database, allowance) for allowance in allowances]


def passed(allowance: Allowance, requests: int, now: float = 60.0, client: str = "a") -> int:
    return sum(allowance.take(client, now)[0] for _ in range(requests))


def rows(database: Database) -> list[tuple[int, str, int]]:
    with database.session() as session:
        found = session.execute(sa.select(RequestCount.minute, RequestCount.client, RequestCount.count))
        return sorted((minute, client, count) for minute, client, count in found)


def test_what_one_process_let_through_counts_in_the_other(database: Database) -> None:
    (one, two), exchanges = pair(database, 10)
    assert [passed(one, 8), passed(two, 1)] == [8, 1]
    for exchange in exchanges:
        asyncio.run(exchange.once())
    assert rows(database) == [(1, "a", 9)]
    assert passed(two, 10) == 1
    asyncio.run(exchanges[0].once())
    assert passed(two, 10, client="b") == 10


def test_no_more_than_one_exchange_is_missed(database: Database) -> None:
    allowances, exchanges = pair(database, 50)
    let_through = 0
    for _ in range(40):
        let_through += sum(passed(allowance, 5) for allowance in allowances)
        for exchange in exchanges:
            asyncio.run(exchange.once())
    assert 50 <= let_through <= 60


def test_minute_before_is_learnt_too(database: Database) -> None:
    (one, two), exchanges = pair(database, 10)
    passed(one, 10, now=119.0)
    asyncio.run(exchanges[0].once())
    passed(two, 1, now=120.0)
    asyncio.run(exchanges[1].once())
    assert passed(two, 10, now=120.0) == 0


def test_few_requests_of_a_large_limit_are_not_told(database: Database) -> None:
    (one, _), exchanges = pair(database, 6000)
    passed(one, 59)
    asyncio.run(exchanges[0].once())
    assert rows(database) == []
    passed(one, 1)
    asyncio.run(exchanges[0].once())
    assert rows(database) == [(1, "a", 60)]


def test_old_minutes_are_removed(database: Database) -> None:
    (one, _), exchanges = pair(database, 10)
    for minute in range(1, 6):
        passed(one, 1, now=minute * 60.0)
        asyncio.run(exchanges[0].once())
    assert rows(database) == [(3, "a", 1), (4, "a", 1), (5, "a", 1)]


def test_everything_goes_on_when_the_database_is_down(database: Database) -> None:
    down = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    allowance = Allowance(10)
    exchange = Exchange(down, allowance)
    assert passed(allowance, 4) == 4
    asyncio.run(exchange.once())
    assert passed(allowance, 10) == 6
    exchange._database = database
    asyncio.run(exchange.once())
    assert rows(database) == [(1, "a", 10)]


def test_exchange_runs_in_the_background_and_ends(database: Database) -> None:
    async def scene() -> None:
        (one, _), (exchange, _) = pair(database, 10)
        passed(one, 3)
        async with shared(exchange):
            await asyncio.sleep(1.5)

    asyncio.run(scene())
    assert rows(database) == [(1, "a", 3)]
