"""Reservations of money by 32 clients at once, against what the database itself can write and commit.

Each client is a thread with a connection of its own, in two processes; each reservation is a transaction that locks the
book, asks what it holds, writes an entry and a new version. The limit is the same two statements, bare, through the
driver, over the same connections. Clients make one reservation that is not counted, wait for each other at a barrier,
and begin; what counts is the time from there to the last answer.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from multiprocessing.synchronize import Barrier
from statistics import median

import psycopg
import sqlalchemy as sa

from bench.databases import POSTGRESQL, Databases, Prepared
from bench.measure import Effort, Measured, Ratio
from bench.servers import Unmeasured
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import numbered, uuid7
from cluster_api.identity.access import Actor, service_actor
from cluster_api.identity.models import Organisation
from cluster_api.ledger.actions import move, set_budget
from cluster_api.ledger.schemas import BudgetSet
from cluster_api.ledger.states import EntryKind
from cluster_api.partnerships.models import Partnership

CLIENTS, PROCESSES = 32, 2
CENTS, BUDGET = 45_000, 10**12
NOW = datetime(2021, 1, 15, 10, tzinfo=UTC)
DATED = {"created_at": NOW, "updated_at": NOW}
PAID_OUT = (EntryKind.RESERVE, EntryKind.BECOME_DUE, EntryKind.ORDER, EntryKind.PAY)
"""What becomes of the money of an exchange that goes well: four entries."""
TOGETHER = 40
"""Moves of a transaction that lengthens a book."""


@dataclass(frozen=True, slots=True)
class Task:
    """What the clients of one process do, and for how long."""

    address: str
    budgets: Sequence[str]
    seconds: float
    is_bare: bool
    clients: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """How many reservations were made from when to when, by the clock that all processes share."""

    done: int
    began: float
    ended: float


def given_budgets(database: Database, count: int) -> list[str]:
    """Put so many partnerships with large budgets on record."""
    actor, found = service_actor("bench", NOW), []
    with database.transaction() as session:
        office = Organisation(
            id=str(uuid7()), name="Office", country="BE", roles=[], is_synthetic=True, version=1, **DATED
        )
        session.add(office)
        session.flush()
        keeper = Actor(actor.name, NOW, actor.request_id, {office.id: actor.mandates[""]})
        for serial in range(count):
            partnership = Partnership(
                id=str(uuid7()),
                acronym=f"BENCH-{serial}",
                title="Bench",
                call_code="BENCH",
                organisation_id=office.id,
                application_number=numbered("CA", 1999, serial + 1),
                grant_cents=BUDGET,
                ecosystems=[],
                targets={},
                begins_on=date(2020, 9, 1),
                ends_on=date(2022, 8, 31),
                state="active",
                is_synthetic=True,
                version=1,
                **DATED,
            )
            session.add(partnership)
            session.flush()
            set_budget(session, keeper, partnership, BudgetSet(budget_cents=BUDGET, reason="Bench."))
            found.append(partnership.id)
    return found


def lengthen(database: Database, budget: str, moves: int) -> None:
    """Let so many moves be in a book, exchange after exchange from its reservation to its payment."""
    actor, lives = service_actor("bench", NOW), islice(_lives(), moves)
    # PostgreSQL clears away old versions of a row only once their transaction is over.
    while part := list(islice(lives, TOGETHER)):
        with database.transaction() as session:
            for kind, exchange in part:
                move(session, actor, budget, kind, CENTS, subject_id=exchange)


def _lives() -> Iterator[tuple[EntryKind, str]]:
    while True:
        exchange = str(uuid7())
        yield from ((kind, exchange) for kind in PAID_OUT)


_gates: list[Barrier] = []
"""Where the clients of this process wait for everybody: a barrier can be given to a process only when it begins."""


def _stand(gate: Barrier) -> None:
    _gates.append(gate)


def clients(task: Task) -> Stretch:
    """Do what the clients of one process do, once everybody is there."""
    [gate] = _gates
    work = _bare(task) if task.is_bare else _reserving(task)

    def client(place: int) -> Stretch:
        done, budget = 0, task.budgets[place % len(task.budgets)]
        work(place, budget)
        gate.wait(timeout=60)
        began = time.monotonic()
        while time.monotonic() < began + task.seconds:
            work(place, budget)
            done += 1
        return Stretch(done, began, time.monotonic())

    with ThreadPoolExecutor(task.clients) as threads:
        return _together(threads.map(client, range(task.clients)))


def _together(stretches: Iterator[Stretch]) -> Stretch:
    found = list(stretches)
    return Stretch(sum(one.done for one in found), min(one.began for one in found), max(one.ended for one in found))


def _reserving(task: Task) -> Callable[[int, str], None]:
    database, actor = Database(task.address, pool_size=task.clients), service_actor("bench", NOW)

    def work(_place: int, budget: str) -> None:
        with database.transaction() as session:
            move(session, actor, budget, EntryKind.RESERVE, CENTS, subject_id=str(uuid7()))

    return work


def _bare(task: Task) -> Callable[[int, str], None]:
    url = sa.make_url(task.address).set(drivername="postgresql").render_as_string(hide_password=False)
    connections = [psycopg.connect(url) for _ in range(task.clients)]

    def work(place: int, budget: str) -> None:
        with connections[place].transaction(), connections[place].cursor() as cursor:
            cursor.execute("UPDATE bench_book SET version = version + 1 WHERE id = %s RETURNING version", (budget,))
            row = cursor.fetchone()
            cursor.execute("INSERT INTO bench_entry VALUES (%s, %s, %s)", (budget, row and row[0], CENTS))

    return work


@contextmanager
def _opened(prepared: Prepared) -> Iterator[Database]:
    database = Database(prepared.address)
    try:
        yield database
    finally:
        database.close()


def reservations(databases: Databases, seeded: Prepared, effort: Effort) -> Measured:
    """Reservations a second on one book and on as many as there are clients, and the same against bare statements."""
    if databases.kind != POSTGRESQL:
        raise Unmeasured("SQLite has one writer; the aim is of PostgreSQL")
    target = databases.copy(seeded, "reserved")
    with _opened(target) as database:
        budgets = given_budgets(database, CLIENTS)
        with database.transaction() as session:
            session.execute(sa.text("CREATE TABLE bench_book (id text PRIMARY KEY, version int NOT NULL)"))
            session.execute(sa.text("CREATE TABLE bench_entry (book text, number int, cents bigint)"))
            session.execute(sa.text("INSERT INTO bench_book VALUES (:id, 0)"), [{"id": one} for one in budgets])
    figures, remarks = {}, []
    for name, some in (("reserve_one", budgets[:1]), ("reserve_many", budgets)):
        rates: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(effort.rounds):
            for is_bare in (True, False):
                rates[is_bare].append(_rate(target, some, 2 * effort.seconds, is_bare=is_bare))
        ours, bare = rates[False], median(rates[True])
        figures[name] = Ratio(median(ours), min(ours), max(ours))
        remarks.append(
            f"Reservations on {len(some)} of {CLIENTS} books: {median(ours):,.0f} a second; "
            f"bare statements {bare:,.0f} a second, a ratio of {median(ours) / bare:.2f}."
        )
    return Measured(figures, remarks=remarks)


def long_books(databases: Databases, seeded: Prepared, effort: Effort, moves: int) -> Measured:
    """The time of a reservation in a book that holds so many moves against one in a short book.

    On PostgreSQL 32 clients want money of the same book; on SQLite, which has one writer, one client does. Every round
    has books of its own, the long ones with so many moves at its beginning.
    """
    target = databases.copy(seeded, "long")
    with _opened(target) as database:
        budgets = given_budgets(database, 2 * effort.rounds)
        pairs = list(zip(budgets[::2], budgets[1::2], strict=True))
        for _, long in pairs:
            lengthen(database, long, moves)
    databases.settle(target)
    parties, processes = (CLIENTS, PROCESSES) if databases.kind == POSTGRESQL else (1, 1)
    rates: list[list[float]] = [[], []]
    for short, long in pairs:
        for place, book in enumerate((short, long)):
            rates[place].append(_rate(target, [book], 2 * effort.seconds, parties=parties, processes=processes))
    times = [short / long for short, long in zip(*rates, strict=True)]
    told = [f"{median(some):,.0f} ({min(some):,.0f}-{max(some):,.0f})" for some in rates]
    remark = (
        f"Reservations by {parties} clients on one book: {told[0]} a second if it is short, "
        f"{told[1]} a second if it holds {moves:,} moves."
    )
    return Measured({"reserve_long": Ratio(median(times), min(times), max(times))}, remarks=[remark])


def _rate(
    target: Prepared,
    budgets: Sequence[str],
    seconds: float,
    *,
    is_bare: bool = False,
    parties: int = CLIENTS,
    processes: int = PROCESSES,
) -> float:
    """Answer how many reservations a second were made, from when all began to when the last was answered."""
    share = max(1, len(budgets) // processes)
    tasks = [
        Task(target.address, budgets[share * part : share * part + share] or budgets, seconds, is_bare, each)
        for part, each in enumerate([parties // processes] * processes)
    ]
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(parties)
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_stand, initargs=(gate,)) as pool:
        made = _together(pool.map(clients, tasks))
    return made.done / (made.ended - made.began)
