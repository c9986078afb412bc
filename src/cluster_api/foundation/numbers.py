"""Numbers for people: in series, where there must be no gap, or drawn by lot, where nobody is to count along.

A serial is never given twice. Labels and invoices are in series; of what is confidential a number in series would tell
everybody who gets one how many others there are.
"""

import secrets
from collections.abc import Callable
from itertools import chain, repeat

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from cluster_api.foundation.identifiers import numbered
from cluster_api.foundation.schema import Base

TRIES = 10
"""How often a number of six digits is drawn before one of nine is, because hardly any are left."""


class NumberSeries(Base):
    """The last serial of each prefix and year; numbers are never used again."""

    __tablename__ = "number_series"

    prefix: Mapped[str] = mapped_column(sa.String(4), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


def take_serials(session: Session, prefix: str, year: int, count: int = 1) -> range:
    """Answer this many new serials of a series; a series that does not begin anew each year has the year 0.

    Two transactions that take from one series wait for each other; what a failed one took is given to the next.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(NumberSeries).values(prefix=prefix, year=year, last=count)
    upsert = statement.on_conflict_do_update(
        index_elements=["prefix", "year"], set_={"last": NumberSeries.last + count}
    ).returning(NumberSeries.last)
    last = int(session.execute(upsert).scalar_one())
    return range(last - count + 1, last + 1)


def draw_number(
    session: Session,
    column: InstrumentedAttribute[str],
    prefix: str,
    year: int,
    draw: Callable[[int], int] = secrets.randbelow,
) -> str:
    """Answer a number of a year, drawn by lot among those that the column does not hold.

    The column is unique: of two transactions that draw the same number at one moment the database refuses the second.
    """
    for among in chain(repeat(10**6 - 1, TRIES), repeat(10**9 - 1)):
        number = numbered(prefix, year, 1 + draw(among))
        if not session.scalar(sa.select(sa.exists().where(column == number))):
            return number
    raise AssertionError("the numbers to draw from do not end")
