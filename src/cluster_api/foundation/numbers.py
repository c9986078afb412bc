"""Serial numbers, from which public numbers are made; a serial is never given twice.

Some run in sequence: of labels, whose total is public, and of invoices, which the law wants without gaps. Others are
drawn: a number, or a rehearsal that shows one, tells nobody how many complaints or applications there are.
"""

import secrets

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from cluster_api.foundation.identifiers import numbered
from cluster_api.foundation.schema import Base


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


DRAWN_BELOW = 10**6
"""Serials are drawn below this, as many as a number has room for; a fuller series draws from ten times as many."""
TRIES = 20


class NumberTaken(Base):
    """A serial that was drawn; the key keeps two from drawing the same."""

    __tablename__ = "number_taken"

    prefix: Mapped[str] = mapped_column(sa.String(4), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    serial: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


def draw_number(session: Session, prefix: str, year: int, *, below: int = DRAWN_BELOW) -> str:
    """Answer a new public number of a year whose serial says nothing of how many there are.

    Two transactions that draw the same serial wait for each other, and one of them draws again; what a failed one drew
    may be drawn anew.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    while True:
        for _ in range(TRIES):
            serial = 1 + secrets.randbelow(below - 1)
            statement = insert(NumberTaken).values(prefix=prefix, year=year, serial=serial).on_conflict_do_nothing()
            if session.execute(statement.returning(NumberTaken.serial)).one_or_none() is not None:
                return numbered(prefix, year, serial)
        below *= 10
