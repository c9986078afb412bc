"""Who is a peer, against a naive search through all rows."""

import random
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.comparisons.actions import drop_figures, keep_figures
from cluster_api.comparisons.models import BenchmarkFigures
from cluster_api.comparisons.queries import Span, Subject, compare, peers_of
from cluster_api.foundation.identifiers import uuid7
from tests.benchmarks.given import EDITION
from tests.register import given_cluster

BASIS, UNTIL, SINCE = "ESCA-BRONZE-2019.1", date(2021, 1, 15), date(2018, 1, 15)


@pytest.mark.parametrize("seed", range(5))
def test_invariant_26_peers_are_the_latest_of_each_other_organisation_within_the_months(
    session: Session, seed: int
) -> None:
    chance = random.Random(seed)
    clusters = [given_cluster(session, f"c{number}") for number in range(12)]
    rows: list[dict[str, Any]] = []
    for number in range(60):
        held_on = UNTIL - timedelta(days=chance.choice([0, 1, 400, 1095, 1096, 1097, 1200]) + chance.randint(0, 3))
        rows.append(
            {
                "benchmark_id": str(uuid7()),
                "cluster_id": chance.choice(clusters),
                "basis": chance.choice([BASIS, BASIS, "OTHER.1"]),
                "country": "DE",
                "portfolio": chance.choice(["ICT", "BIOTECHNOLOGY"]),
                "interview_on": held_on,
                "released_on": held_on + timedelta(days=chance.choice([0, 30])),
                "figures": orjson.dumps([number]).decode(),
            }
        )
    session.execute(sa.insert(BenchmarkFigures), rows)
    expected = {}
    for row in sorted(rows, key=lambda row: (str(row["interview_on"]), str(row["benchmark_id"]))):
        fits = row["basis"] == BASIS and row["cluster_id"] != clusters[0]
        if fits and SINCE <= row["interview_on"] <= UNTIL and row["released_on"] <= UNTIL:
            expected[row["cluster_id"]] = (row["portfolio"], orjson.loads(str(row["figures"])))
    found = peers_of(session, Span(BASIS, SINCE, UNTIL), but=clusters[0])
    assert sorted((peer.portfolio, list(peer.figures)) for peer in found) == sorted(expected.values())


def test_comparison_reads_figures_by_one_statement(session: Session) -> None:
    subjects = [Subject(given_cluster(session, f"c{number}"), "ICT", [number] * 56) for number in range(6)]
    for subject in subjects:
        keep_figures(session, str(uuid7()), subject, about=(BASIS, "DE"), days=(UNTIL, UNTIL))
    asked: list[str] = []

    def note(*given: Any) -> None:
        asked.append(given[2])

    sa.event.listen(session.get_bind(), "before_cursor_execute", note)
    found = compare(session, EDITION, subjects[0], on=UNTIL)
    sa.event.remove(session.get_bind(), "before_cursor_execute", note)
    assert sum("benchmark_figures" in text for text in asked) == 1
    assert (found.peers, found.peers_in_portfolio, found.fewest, found.since) == (5, 5, 5, SINCE)
    assert found.rule_set == "2020"


def test_dropped_figures_count_no_longer(session: Session) -> None:
    cluster, key = given_cluster(session, "alpha"), str(uuid7())
    for version in (1, 2):
        subject = Subject(cluster, "ICT", [version])
        keep_figures(session, key, subject, about=(BASIS, "DE"), days=(UNTIL, UNTIL))
    span, nobody = Span(BASIS, SINCE, UNTIL), str(uuid7())
    assert [list(peer.figures) for peer in peers_of(session, span, but=nobody)] == [[2]]
    drop_figures(session, key)
    assert peers_of(session, span, but=nobody) == []
