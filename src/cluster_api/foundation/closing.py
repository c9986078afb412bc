"""What is done immediately before a commit: the one place of the house that listens to the ORM.

Work that needs a lock which everybody waits for is handed in here while a transaction runs and done in one go at its
very end, so that the lock is held for the moment of the commit only and is always the last one taken: nobody who holds
it waits for anything else, hence no deadlock.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

Closing = Callable[[Session, list[Any]], None]

WAITING = "closing"

sessions: sessionmaker[Session] = sessionmaker(expire_on_commit=False, autoflush=True)
"""Makes every session of the service."""


def at_commit(session: Session, closing: Closing, item: Any) -> None:
    """Call ``closing`` once, with all that was handed in for it, just before the transaction commits.

    After a rollback nothing is called. What fails in ``closing`` makes the commit fail.

    Raises:
        RuntimeError: inside a savepoint, whose rollback could not take back what was handed in; or in a session that
            was not made by ``sessions``, whose commit nobody listens to.
    """
    if not isinstance(session, sessions.class_):
        raise RuntimeError("This session was not made by the database of the service.")  # noqa: TRY004 - not its type
    if session.in_nested_transaction():
        raise RuntimeError("Nothing can be handed in for the commit inside a savepoint.")
    # Without a transaction there would be none whose end forgets what was handed in.
    transaction = session.get_transaction() or session.begin()
    began, waiting = session.info.get(WAITING, (None, {}))
    if began is not transaction:
        waiting = {}
        session.info[WAITING] = (transaction, waiting)
    waiting.setdefault(closing, []).append(item)


@sa.event.listens_for(sessions, "before_commit")
def _close(session: Session) -> None:
    waiting = _taken(session)
    if waiting and session.in_nested_transaction():
        # Locks taken now would be held until the outer end, and an outer savepoint could still undo the work.
        raise RuntimeError("A savepoint cannot be kept while something waits for the commit.")
    while waiting:
        # What was changed is sent first: a closing that locks must find nothing left to wait for.
        session.flush()
        for closing, items in waiting.items():
            closing(session, items)
        waiting = _taken(session)


def _taken(session: Session) -> dict[Closing, list[Any]]:
    """Take what waits for the end of this very transaction; what an earlier one left after a rollback is dropped."""
    transaction, waiting = session.info.pop(WAITING, (None, {}))
    return waiting if transaction is session.get_transaction() else {}
