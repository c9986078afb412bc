"""How the databases would find what is asked of them: statements as they are sent, and their plans."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.database import Database


@contextmanager
def asked(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """Give what is asked of the database while the block runs: statements with their values."""
    told: list[tuple[str, Any]] = []

    def tell(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        told.append((statement, values))

    bind = session.get_bind()
    sa.event.listen(bind, "before_cursor_execute", tell)
    try:
        yield told
    finally:
        sa.event.remove(bind, "before_cursor_execute", tell)


def plan_of(session: Session, statement: str, values: Any) -> str:
    """Answer how the database would find what a statement asks for, given an index where there can be one."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # Of a few rows it would read all; with this it reads all only if it must.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explained = connection.exec_driver_sql(f"EXPLAIN {statement}", values)
    else:
        explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    return "\n".join(str(row[-1]) for row in explained)


def analyse(database: Database) -> None:
    """Let PostgreSQL sweep and count, as it does by itself; SQLite is never told to, here as in service.

    What other tests have left behind would lie between the rows, and a plan would be one for a table of gaps.
    """
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def full_scans(session: Session, table: str, ask: Callable[[], object]) -> list[str]:
    """Answer the plans by which a question reads all of a table, with their statements; none is as it should be.

    A walk along a whole index counts as well: what has no bounds reads as much as the table has.

    Raises:
        AssertionError: the question asks nothing of the table.
    """
    with asked(session) as told:
        ask()
    about = [(statement, values) for statement, values in told if re.search(rf"(FROM|JOIN) {table}\b", statement)]
    assert about, f"nothing is asked of {table}"
    plans = [(statement, plan_of(session, statement, values)) for statement, values in about]
    unbound = _unbound if session.get_bind().dialect.name == "postgresql" else _scanned
    return [f"{statement}\n{plan}" for statement, plan in plans if unbound(plan, table)]


def _scanned(plan: str, table: str) -> bool:
    return bool(re.search(rf"^SCAN {table}(_\d+)?\b", plan, re.MULTILINE))


def _unbound(plan: str, table: str) -> bool:
    steps = re.split(r"^(?=.*->)", plan, flags=re.MULTILINE)
    reads = [one for one in steps if re.search(rf"(Seq|Index|Index Only) Scan .*\bon {table}\b", one)]
    parts = [one for one in steps if "Bitmap Index Scan" in one]
    return any("Seq Scan" in one or "Index Cond:" not in one for one in (*reads, *parts))
