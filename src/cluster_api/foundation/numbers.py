"""Series of serial numbers, from which public numbers are made; a serial is never given twice."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

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
