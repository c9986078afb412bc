"""What is written because somebody calls: the day on which an account was last seen."""

from datetime import date

import sqlalchemy as sa

from cluster_api.foundation.database import Database
from cluster_api.identity.models import Account


def see_account(database: Database, account_id: str, today: date) -> None:
    """Note that an account was seen today, in a transaction of its own; once a day, whoever else notes it.

    It is no deed, so the journal has no line of it; retention counts from it.
    """
    statement = sa.update(Account).where(Account.id == account_id, Account.seen_on < today).values(seen_on=today)
    with database.transaction() as session:
        session.execute(statement, execution_options={"synchronize_session": False})
