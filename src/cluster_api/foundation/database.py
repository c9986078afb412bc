"""The database: one engine for everything that decides, and one prepared read path for hot reads.

SQLite waits for the writer before it (``BEGIN IMMEDIATE``, a busy timeout) instead of failing; PostgreSQL runs at
READ COMMITTED and actions lock the rows they decide about.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol

import psycopg
import sqlalchemy as sa
from psycopg_pool import ConnectionPool, PoolTimeout
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from cluster_api.foundation.schema import instant_text

BUSY_SECONDS = 10
CONNECT_SECONDS = 3

type_of_failure = (sa.exc.OperationalError, sa.exc.InterfaceError, sqlite3.OperationalError, psycopg.OperationalError)
DOWN: tuple[type[Exception], ...] = (*type_of_failure, PoolTimeout)


class Database:
    """Connections to one database; opened by the application, by the command line, or by a test."""

    def __init__(self, address: str, *, pool_size: int = 8) -> None:
        """Prepare the engine; nothing connects before it is used."""
        self.url = sa.make_url(address)
        self.dialect_name = self.url.get_backend_name()
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url, pool_size)
        self._reader: Reader | None = None
        self._pool_size = pool_size

    @property
    def is_sqlite(self) -> bool:
        """Answer whether this is the embedded database."""
        return self.dialect_name == "sqlite"

    @property
    def reader(self) -> "Reader":
        """Answer the prepared read path, opened on first use."""
        if self._reader is None:
            self._reader = SqliteReader(self.url) if self.is_sqlite else PostgresReader(self.url, self._pool_size)
        return self._reader

    def session(self, *, writing: bool = False) -> Session:
        """Answer a session; a writing one takes SQLite's write lock at its first statement."""
        return Session(self.engine.execution_options(writing=writing), expire_on_commit=False, autoflush=True)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a writing session that commits when the block ends and rolls back when it raises."""
        with self.session(writing=True) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close every connection."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self.engine.dispose()


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, hide_parameters=True
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver must not begin transactions by itself: it would begin them deferred, and a deferred writer that
        # meets another writer fails at once instead of waiting.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL", "cache_size=-16000"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgres_engine(url: sa.URL, pool_size: int) -> sa.Engine:
    return sa.create_engine(
        url,
        # What is bound to a statement may be personal; errors end in the log.
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": "-c timezone=UTC -c lock_timeout=10s",
            # Poolers in transaction mode lose prepared statements between transactions.
            "prepare_threshold": None,
        },
    )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement compiled once for one database: the text the driver takes and its constants."""

    text: str
    names: tuple[str, ...] | None
    constants: Mapping[str, Any]

    def arguments(self, values: Mapping[str, Any]) -> Any:
        """Answer the parameters in the form the driver takes; SQLite keeps days and instants as text."""
        merged = {**self.constants, **values}
        return merged if self.names is None else [_plain(merged[name]) for name in self.names]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant_text(value)
    return value.isoformat() if isinstance(value, date) else value


def day_of(value: Any) -> date:
    """Answer a day as a row of the prepared read path holds it: text on SQLite, a date on PostgreSQL."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def instant_of(value: Any) -> datetime:
    """Answer an instant as a row of the prepared read path holds it."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


class Reader(Protocol):
    """Runs prepared statements for hot reads and answers plain rows."""

    dialect_name: ClassVar[str]

    def prepare(self, statement: sa.Select[Any] | sa.CompoundSelect[Any]) -> Prepared:
        """Compile a statement once."""

    def fetch(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Answer all rows, blocking."""

    async def rows(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Answer all rows without blocking the event loop for long."""

    def version(self) -> str:
        """Answer a token that differs when committed data may differ."""

    def close(self) -> None:
        """Close the connections."""


class SqliteReader:
    """Reads inside the event loop: a query of a fraction of a millisecond costs less than a thread."""

    dialect_name: ClassVar[str] = "sqlite"

    def __init__(self, url: sa.URL) -> None:
        """Remember where the database is; the connection is opened at the first read."""
        self._path = url.database or ":memory:"
        self._connections = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._dialect = sa.create_engine("sqlite://").dialect

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._connections, "open", None)
        if connection is None:
            connection = sqlite3.connect(
                f"file:{self._path}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=BUSY_SECONDS,
                cached_statements=512,
            )
            connection.execute("PRAGMA cache_size=-32000")
            self._connections.open = connection
            self._opened.append(connection)
        return connection

    def prepare(self, statement: sa.Select[Any] | sa.CompoundSelect[Any]) -> Prepared:
        """Compile to the driver's positional form."""
        compiled = statement.compile(dialect=self._dialect, compile_kwargs={"render_postcompile": True})
        return Prepared(str(compiled), tuple(compiled.positiontup or ()), dict(compiled.params))

    def fetch(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Answer all rows."""
        return self._connection().execute(statement.text, statement.arguments(values)).fetchall()

    async def rows(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Answer all rows, read in place."""
        return self.fetch(statement, values)

    def version(self) -> str:
        """Answer SQLite's own counter of commits made by other connections; this one never writes."""
        row = self._connection().execute("PRAGMA data_version").fetchone()
        return str(row[0])

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._opened:
            connection.close()
        self._opened.clear()
        self._connections = threading.local()


class PostgresReader:
    """Reads through a small pool of autocommitting connections, off the event loop."""

    dialect_name: ClassVar[str] = "postgresql"

    def __init__(self, url: sa.URL, size: int) -> None:
        """Prepare the pool; it opens at the first read and reconnects by itself."""
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._dialect = sa.create_engine(url).dialect
        self._pool: ConnectionPool[psycopg.Connection[tuple[Any, ...]]] = ConnectionPool(
            address,
            min_size=1,
            max_size=size,
            timeout=CONNECT_SECONDS,
            reconnect_timeout=CONNECT_SECONDS,
            check=ConnectionPool.check_connection,
            open=False,
            kwargs={
                "autocommit": True,
                "options": "-c timezone=UTC -c default_transaction_read_only=on",
                "connect_timeout": CONNECT_SECONDS,
            },
        )
        self._opening = threading.Lock()

    def prepare(self, statement: sa.Select[Any] | sa.CompoundSelect[Any]) -> Prepared:
        """Compile to the driver's named form."""
        compiled = statement.compile(dialect=self._dialect, compile_kwargs={"render_postcompile": True})
        return Prepared(str(compiled), None, dict(compiled.params))

    def _connected(self) -> ConnectionPool[psycopg.Connection[tuple[Any, ...]]]:
        if self._pool.closed:
            with self._opening:
                if self._pool.closed:
                    self._pool.open()
        return self._pool

    def fetch(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Answer all rows."""
        with self._connected().connection() as connection:
            return connection.execute(statement.text.encode(), statement.arguments(values)).fetchall()

    async def rows(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Answer all rows from a worker thread."""
        return await run_in_threadpool(self.fetch, statement, values)

    def version(self) -> str:
        """Answer the snapshot: it differs after every commit that wrote, whatever the order of sequence numbers."""
        with self._connected().connection() as connection:
            row = connection.execute("SELECT pg_current_snapshot()::text").fetchone()
        return str(row[0]) if row else ""

    def close(self) -> None:
        """Close the pool."""
        self._pool.close()


class Shapes:
    """Statements of one question, compiled once for each combination of filters that is asked."""

    def __init__(self, build: Callable[[frozenset[str]], sa.Select[Any]], *, most: int = 512) -> None:
        """Build a statement from the names of the filters in use."""
        self._build = build
        self._most = most
        self._prepared: dict[tuple[str, frozenset[str]], Prepared] = {}

    def for_filters(self, reader: Reader, filters: frozenset[str]) -> Prepared:
        """Answer the compiled statement for these filters."""
        key = (reader.dialect_name, filters)
        found = self._prepared.get(key)
        if found is None:
            if len(self._prepared) >= self._most:
                self._prepared.clear()
            found = self._prepared[key] = reader.prepare(self._build(filters))
        return found
