"""Migrations: where they are, which one the code needs, which one the database has, and how to run them."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy.orm import Session

from cluster_api.foundation.database import Database

HERE = Path(__file__).resolve()
MIGRATION_LOCK = 0x6C757374


def migrations_folder() -> Path:
    """Answer the folder of the migrations: beside the package when installed, at the top of a checkout otherwise."""
    packaged = HERE.parents[1] / "migrations"
    return packaged if packaged.is_dir() else HERE.parents[3] / "migrations"


@cache
def expected_revision() -> str:
    """Answer the revision this code needs, pinned in ``migrations/HEAD``."""
    return (migrations_folder() / "HEAD").read_text(encoding="utf-8").strip()


def present_revision(session: Session) -> str:
    """Answer the revision of the database, or an empty text if it was never migrated."""
    return MigrationContext.configure(session.connection()).get_current_revision() or ""


def alembic_config(connection: sa.Connection) -> Config:
    """Answer Alembic's configuration for a connection that the caller holds."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = connection
    return config


def migrate(database: Database, target: str = "head") -> None:
    """Bring the database to a revision in one transaction: killed half-way, it is as before.

    Two processes that migrate at the same moment wait for each other.
    """
    with database.engine.execution_options(writing=True).begin() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        command.upgrade(alembic_config(connection), target)
