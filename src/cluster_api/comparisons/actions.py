"""Keeping the figures of released benchmarks; called by benchmarks, in the transaction of the release."""

from datetime import date

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.comparisons.models import BenchmarkFigures
from cluster_api.comparisons.queries import Subject


def keep_figures(
    session: Session, benchmark_id: str, subject: Subject, *, about: tuple[str, str], days: tuple[date, date]
) -> None:
    """Keep the figures of a released benchmark, in place of those it had; ``about`` is basis and country.

    ``days`` are those of the interview and of the release.
    """
    drop_figures(session, benchmark_id)
    session.add(
        BenchmarkFigures(
            benchmark_id=benchmark_id,
            cluster_id=subject.cluster_id,
            basis=about[0],
            country=about[1],
            portfolio=subject.portfolio,
            interview_on=days[0],
            released_on=days[1],
            figures=orjson.dumps(list(subject.figures)).decode(),
        )
    )
    session.flush()


def drop_figures(session: Session, benchmark_id: str) -> None:
    """Keep the figures of a benchmark no longer: it is in no comparison from now on."""
    statement = sa.delete(BenchmarkFigures).where(BenchmarkFigures.benchmark_id == benchmark_id)
    session.execute(statement)
    session.flush()
