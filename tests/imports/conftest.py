"""Databases that no service of the other tests looks at: its worker would take the jobs these tests hold back."""

import os
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from cluster_api.foundation.database import Database
from cluster_api.foundation.migration import migrate
from tests.conftest import DATABASES, empty


@pytest.fixture(scope="session")
def unwatched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Database]]:
    """Give migrated databases by address, made on first use."""
    made: dict[str, Database] = {}

    def give(address: str) -> Database:
        if address not in made:
            made[address] = Database(address or f"sqlite:///{tmp_path_factory.mktemp('own') / 'own.sqlite3'}")
            migrate(made[address])
        return made[address]

    yield give
    for database in made.values():
        database.close()


@pytest.fixture(scope="session")
def unwatched_postgres(postgres_address: str) -> Iterator[str]:
    """Answer the address of another fresh database on the server."""
    name = f"own_{os.getpid()}"
    server = sa.create_engine(postgres_address, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield sa.make_url(postgres_address).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(params=DATABASES)
def own(request: pytest.FixtureRequest, unwatched: Callable[[str], Database]) -> Iterator[Database]:
    """Give an empty, migrated database in which only the test itself works on jobs."""
    address = str(request.getfixturevalue("unwatched_postgres")) if request.param == "postgresql" else ""
    database = unwatched(address)
    yield database
    empty(database)
