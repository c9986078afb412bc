"""What a case needs on its way, measured inside this process: comparison, candidates, figures after awards.

No server stands between: these are questions of people at work, asked one at a time, and their answer is a computation.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.databases import Databases, Prepared
from bench.measure import Measured, Ratio
from bench.workloads import SEED
from cluster_api.assessors.queries import candidates
from cluster_api.awards.actions import award
from cluster_api.clusters.states import Level
from cluster_api.comparisons.models import BenchmarkFigures
from cluster_api.comparisons.queries import Subject, basis_of, compare, indicators_of
from cluster_api.comparisons.rules import Indicator
from cluster_api.comparisons.states import Shape
from cluster_api.foundation.bulk import insert_rows
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.schema import Base
from cluster_api.identity.access import service_actor
from cluster_api.indicators.schemas import UNITS
from cluster_api.labels.states import LabelKind
from cluster_api.methodology.queries import rule_set_on, shipped
from cluster_api.pool.states import QualificationRole
from cluster_api.statistics.queries import label_figures
from cluster_api.statistics.schemas import LabelFiguresQuery
from tests.assessors.given import METHODOLOGY, VISIT
from tests.assessors.history import POOL, given_history
from tests.register import given_cluster

NOW = datetime(2021, 1, 15, 10, tzinfo=UTC)
TODAY = NOW.date()
BENCHMARKS, TIMES, WARM = 5_000, 15, 3
COUNTED_ON = [date(2020, 12, 31) - timedelta(days=7 * back) for back in range(120)]


def milliseconds(work: Callable[[int], object], times: int = TIMES) -> Ratio:
    """How long this takes: the median of so many times, the fastest and the slowest, and its processor time here."""
    taken, spent = [], []
    for number in range(WARM + times):
        began, busy = time.perf_counter(), time.process_time()
        work(number)
        taken.append(1000 * (time.perf_counter() - began))
        spent.append(1000 * (time.process_time() - busy))
    taken = taken[WARM:]
    return Ratio(median(taken), min(taken), max(taken), median(spent[WARM:]))


def compared(databases: Databases, seeded: Prepared) -> Measured:
    """A whole comparison report, as plain values, among 5,000 benchmarks of as many clusters."""
    database = Database(databases.copy(seeded, "compared").address)
    edition = shipped(code="ESCA-BRONZE-2019")[0]
    indicators = indicators_of(edition)
    with database.transaction() as session:
        made = _figures(session, basis_of(edition), indicators)
    own = Subject(str(made[0]["cluster_id"]), str(made[0]["portfolio"]), orjson.loads(str(made[0]["figures"])))

    def ask(_number: int) -> object:
        with database.session() as session:
            return compare(session, edition, own, on=TODAY).model_dump(mode="json")

    with database.session() as session:
        peers = compare(session, edition, own, on=TODAY).peers
    found = milliseconds(ask)
    database.close()
    return Measured({"comparison": found}, remarks=[f"Comparison: {len(indicators)} indicators of {peers:,} peers."])


def _figures(session: Session, basis: str, indicators: Sequence[Indicator]) -> list[dict[str, Any]]:
    chance = random.Random(SEED + 2)
    rows = []
    for number in range(BENCHMARKS):
        held_on = TODAY - timedelta(days=chance.randint(1, 1_000))
        portfolio = chance.choice(("ICT", "BIOTECHNOLOGY", "ENERGY_ENVIRONMENT", "FOOD_INDUSTRY"))
        rows.append({
            "benchmark_id": str(uuid7()),
            "cluster_id": given_cluster(session, f"Compared {number}", portfolio=portfolio),
            "basis": basis,
            "country": "DE",
            "portfolio": portfolio,
            "interview_on": held_on,
            "released_on": held_on,
            "figures": orjson.dumps([_figure(one, chance) for one in indicators]).decode(),
        })  # fmt: skip
    insert_rows(session, Base.metadata.tables[BenchmarkFigures.__tablename__], rows)
    return rows


def _figure(indicator: Indicator, chance: random.Random) -> int:
    if indicator.shape is Shape.FLAG:
        return chance.choice((0, UNITS))
    return chance.randint(0, UNITS if indicator.shape is Shape.RATIO else 1_000 * UNITS)


def assigned(databases: Databases, seeded: Prepared) -> Measured:
    """All candidates for a gold case, ranked, among 500 assessors with ten years of history each."""
    database = Database(databases.copy(seeded, "assigned").address)
    with database.transaction() as session:
        cluster_id = given_history(session)
    wanted: dict[str, Any] = {"role": QualificationRole.GOLD, "methodology": METHODOLOGY, "cluster_id": cluster_id}

    def ask(_number: int) -> object:
        with database.session() as session:
            found = candidates(session, visit_on=VISIT, languages=("en",), **wanted)
            if len(found) != POOL:
                raise ValueError(f"{len(found)} candidates instead of {POOL}")
            return found

    found = milliseconds(ask)
    database.close()
    return Measured({"candidates": found})


def awarded(databases: Databases, seeded: Prepared, labels: int) -> Measured:
    """Figures before and after labels were awarded by decisions, one after the other, with all that follows kept."""
    database = Database(databases.copy(seeded, "awarded").address)
    before = _aggregates(database)
    present = _labels(database)
    days = [date(2020, 1, 1) + timedelta(days=number % 360) for number in range(labels)]
    with database.transaction() as session:
        clusters = [given_cluster(session, f"Awarded {number}", "DE") for number in range(labels)]
    for start in range(0, labels, 100):
        _award(database, clusters[start : start + 100], days[start : start + 100])
    after = _aggregates(database)
    remark = f"Aggregates of {present:,} labels, and of {_labels(database):,} after {labels:,} were awarded."
    database.close()
    ratio = after.value / before.value
    return Measured({"figures_awarded": Ratio(ratio, ratio, ratio, _by_cpu(after, before))}, remarks=[remark])


def _by_cpu(after: Ratio, before: Ratio) -> float | None:
    return after.by_cpu / before.by_cpu if after.by_cpu and before.by_cpu else None


def _award(database: Database, clusters: Sequence[str], days: Sequence[date]) -> None:
    with database.transaction() as session:
        for cluster_id, day in zip(clusters, days, strict=True):
            award(
                session,
                service_actor("bench", NOW),
                cluster_id=cluster_id,
                level=Level.GOLD,
                kind=LabelKind.FIRST,
                assessed_on=day,
                awarded_on=day,
                rule_set=rule_set_on(day),
            )


def _labels(database: Database) -> int:
    with database.session() as session:
        return int(session.execute(sa.text("SELECT count(*) FROM label")).scalar_one())


def _aggregates(database: Database) -> Ratio:
    query = LabelFiguresQuery(by="level,country")
    days = iter(COUNTED_ON)
    return milliseconds(lambda _number: asyncio.run(label_figures(database.reader, query, next(days))), 60)
