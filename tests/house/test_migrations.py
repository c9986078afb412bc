"""Migrations lead up and down again, to exactly the tables of the models, on both databases."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from cluster_api.foundation.database import Database
from cluster_api.foundation.migration import alembic_config, expected_revision, migrate, present_revision
from cluster_api.foundation.schema import Base


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """Give a database without a single table."""
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path / 'fresh.sqlite3'}")
    address = sa.make_url(str(request.getfixturevalue("own_postgres_database")))
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS fresh WITH (FORCE)")
        connection.exec_driver_sql("CREATE DATABASE fresh")
    engine.dispose()
    return Database(address.set(database="fresh").render_as_string(hide_password=False))


def tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_migrations_make_the_tables_of_the_models(fresh: Database) -> None:
    migrate(fresh)
    assert tables(fresh) == set(Base.metadata.tables)
    with fresh.engine.connect() as connection:
        command.check(alembic_config(connection))
    fresh.close()


def test_migrations_lead_down_and_up_again(fresh: Database) -> None:
    migrate(fresh)
    with fresh.engine.execution_options(writing=True).begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert tables(fresh) == set()
    migrate(fresh)
    assert tables(fresh) == set(Base.metadata.tables)
    fresh.close()


def test_the_head_is_one_and_pinned(fresh: Database) -> None:
    migrate(fresh)
    with fresh.session() as session:
        heads = ScriptDirectory.from_config(alembic_config(session.connection())).get_heads()
        assert [*heads, present_revision(session)] == [expected_revision()] * 2
    fresh.close()


def test_a_migration_that_fails_leaves_nothing(fresh: Database) -> None:
    with fresh.engine.execution_options(writing=True).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stored_answer (unexpected INTEGER)")
    with pytest.raises(sa.exc.DBAPIError):
        migrate(fresh)
    assert tables(fresh) == {"stored_answer"}
    fresh.close()
