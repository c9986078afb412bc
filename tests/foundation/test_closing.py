"""What is handed in for the commit is done once, at its very end, and never after a rollback."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.closing import at_commit
from cluster_api.foundation.database import Database

Done = list[list[Any]]


def closing(done: Done) -> Any:
    """Answer a closing that notes what it was given."""
    return lambda _session, items: done.append(items)


def test_items_are_closed_together_before_the_commit(database: Database) -> None:
    done: Done = []
    close = closing(done)
    with database.transaction() as session:
        at_commit(session, close, 1)
        at_commit(session, close, 2)
        session.flush()
        assert done == []
    assert done == [[1, 2]]


def test_each_transaction_closes_its_own_items(session: Session) -> None:
    done: Done = []
    close = closing(done)
    for item in (1, 2, 3):
        at_commit(session, close, item)
        if item == 2:
            session.rollback()
        else:
            session.commit()
    session.commit()
    assert done == [[1], [3]]


def test_closing_may_hand_in_more(session: Session) -> None:
    done: Done = []
    last = closing(done)
    at_commit(session, lambda inside, items: at_commit(inside, last, [*items, "more"]), 1)
    session.commit()
    assert done == [[[1, "more"]]]


def test_session_that_nobody_listens_to_is_refused(database: Database) -> None:
    with Session(database.engine) as session, pytest.raises(RuntimeError, match="not made by"):
        at_commit(session, closing([]), 1)


def test_failure_while_closing_undoes_the_transaction(database: Database) -> None:
    def fail(session: Session, _items: list[Any]) -> None:
        session.execute(sa.text("SELECT no_such_column"))

    with database.session(writing=True) as session:
        session.execute(sa.text("CREATE TABLE made (id INTEGER)"))
        at_commit(session, fail, 1)
        with pytest.raises(sa.exc.DBAPIError):
            session.commit()
    assert "made" not in sa.inspect(database.engine).get_table_names()
