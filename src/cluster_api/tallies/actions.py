"""Keeping the figures: changes are added in the transaction of what caused them."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from cluster_api.tallies.models import Tally
from cluster_api.tallies.rules import Change, rows_of

ROWS_A_STATEMENT = 500


def add_changes(session: Session, changes: Mapping[Change, int]) -> None:
    """Add these changes to the kept figures.

    Rows are written in the order of their key, so that two transactions that touch the same rows wait for each other
    instead of blocking each other for ever.
    """
    names = ("series", "grain", "span", "starts_on", "level", "country", "portfolio")
    rows = iter(sorted(rows_of(changes).items()))
    while batch := list(islice(rows, ROWS_A_STATEMENT)):
        values = [{**dict(zip(names, key, strict=True)), "change": amount} for key, amount in batch]
        session.execute(_upsert(session, values))


def _upsert(session: Session, values: list[dict[str, Any]]) -> sa.Executable:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Tally).values(values)
    return statement.on_conflict_do_update(
        index_elements=["series", "grain", "span", "starts_on", "level", "country", "portfolio"],
        set_={"change": Tally.change + statement.excluded.change},
    )


def clear(session: Session) -> None:
    """Forget all figures; only for a recount, which adds them again in the same transaction."""
    session.execute(sa.delete(Tally))
