"""Many rows into one table: COPY on PostgreSQL, one prepared statement on SQLite, the same constraints on both."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session


def insert_rows(session: Session, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns, in the transaction of the session.

    Raises:
        IntegrityError: a constraint is broken; the transaction can only be rolled back.
    """
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        session.execute(sa.insert(table), rows)
        return
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("COPY needs psycopg.")
    names = list(rows[0])
    written = [_written(table.c[name].type, connection.dialect) for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    try:
        with driver.cursor().copy(f'COPY "{table.name}" ({columns}) FROM STDIN'.encode()) as copy:
            for row in rows:
                copy.write_row([write(row[name]) for name, write in zip(names, written, strict=True)])
    except psycopg.IntegrityError as error:
        # The same as the engine would raise: who catches it need not know how rows were sent.
        raise sa.exc.IntegrityError(f"COPY {table.name}", None, error) from error


def _written(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Callable[[Any], Any]:
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    return _same if process is None else process


def _same(value: Any) -> Any:
    return value
