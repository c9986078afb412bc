"""Keeping the figures: changes are added in the transaction of what caused them."""

from collections.abc import Mapping
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from cluster_api.tallies.models import Tally
from cluster_api.tallies.rules import Change, rows_of

KEY = ("series", "grain", "span", "starts_on", "level", "country", "portfolio")
TABLE = Tally.metadata.tables[Tally.__tablename__]


def add_changes(session: Session, changes: Mapping[Change, int]) -> None:
    """Add these changes to the kept figures.

    Rows are written in the order of their key, so that two transactions that touch the same rows wait for each other
    instead of blocking each other for ever.
    """
    rows = [{**dict(zip(KEY, key, strict=True)), "change": amount} for key, amount in sorted(rows_of(changes).items())]
    if rows:
        session.connection().execute(_upsert(session.get_bind().dialect.name), rows)


@cache
def _upsert(dialect: str) -> sa.Insert:
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(TABLE)
    return statement.on_conflict_do_update(
        index_elements=list(KEY), set_={"change": TABLE.c.change + statement.excluded.change}
    )


def clear(session: Session) -> None:
    """Forget all figures; only for a recount, which adds them again in the same transaction."""
    session.execute(sa.delete(Tally))
