"""Migrations lead up and down again, to exactly the tables of the models, on both databases."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.migration import alembic_config, expected_revision, migrate, present_revision
from cluster_api.foundation.schema import Base
from cluster_api.journal.queries import broken_lines, journal_page
from cluster_api.journal.schemas import JournalQuery


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


def insertion(*names: str) -> sa.TextClause:
    values = ", ".join(f":{name}" for name in names)
    return sa.text(f"INSERT INTO journal_entry ({', '.join(names)}) VALUES ({values})")  # noqa: S608 - names of ours


def old_lines() -> list[dict[str, Any]]:
    """Answer lines as they were before the chain: with gaps, and the second begun a day before the first."""
    values = {"author": "administrator", "event": "thing.made", "subject_kind": "thing", "request_id": "1" * 32}
    return [
        values
        | {"position": position, "id": str(uuid7()), "subject_id": str(uuid7())}
        | {"occurred_at": f"2021-01-{day}T10:00:00.000001Z", "reason": reason, "details": details}
        for position, day, reason, details in [
            (2, "02", "why", '{"a": [1.5, "\u00e9"]}'),
            (4, "01", None, '{"b": null}'),
            (7, "03", None, "{}"),
        ]
    ]


def test_journal_on_record_is_carried_into_the_chain_and_back(fresh: Database) -> None:
    migrate(fresh, "0001")
    old = old_lines()
    with fresh.transaction() as session:
        session.execute(insertion(*old[0]), old)
    migrate(fresh)
    with fresh.session() as session:
        lines = journal_page(session, JournalQuery()).items[::-1]
        assert list(broken_lines(session)) == []
    assert [(line.position, line.day.day, line.reason, line.details) for line in lines] == [
        (1, 2, "why", {"a": [1.5, "\u00e9"]}), (2, 2, None, {"b": None}), (3, 3, None, {}),
    ]  # fmt: skip
    another = {name: value for name, value in old[0].items() if name != "position"} | {"id": str(uuid7())}
    with fresh.engine.execution_options(writing=True).begin() as connection:
        command.downgrade(alembic_config(connection), "0001")
        back = connection.execute(sa.text("SELECT position, id, reason FROM journal_entry ORDER BY position")).all()
        connection.execute(insertion(*another), another)
        assert connection.scalar(sa.text("SELECT max(position) FROM journal_entry")) == 4
    assert [(at, str(line), reason) for at, line, reason in back] == [
        (at, row["id"], row["reason"]) for at, row in enumerate(old, start=1)
    ]
    fresh.close()


def test_a_migration_that_fails_leaves_nothing(fresh: Database) -> None:
    with fresh.engine.execution_options(writing=True).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stored_answer (unexpected INTEGER)")
    with pytest.raises(sa.exc.DBAPIError):
        migrate(fresh)
    assert tables(fresh) == {"stored_answer"}
    fresh.close()
