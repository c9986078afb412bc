"""The table of kept figures."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.clusters.states import Level
from cluster_api.foundation.schema import Base, Choice, one_of
from cluster_api.tallies.states import Grain, Series, Span


class Tally(Base):
    """How much a count changed in a year, in a month, or on a day.

    The count on a day is the sum over the years before, the months before in its year, and the days up to it in its
    month. The coarse grain serves the usual questions with fourteen times fewer rows.
    """

    __tablename__ = "tally"
    __table_args__ = (
        one_of("series", Series),
        one_of("grain", Grain),
        one_of("span", Span),
        one_of("level", Level),
        # Without it, SQLite would keep each row twice: once in the table, once in the index of its key.
        {"sqlite_with_rowid": False},
    )

    series: Mapped[Series] = mapped_column(Choice(Series), primary_key=True)
    grain: Mapped[Grain] = mapped_column(Choice(Grain), primary_key=True)
    span: Mapped[Span] = mapped_column(Choice(Span), primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    level: Mapped[Level] = mapped_column(Choice(Level), primary_key=True)
    country: Mapped[str] = mapped_column(sa.String(2), primary_key=True)
    portfolio: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    change: Mapped[int]
