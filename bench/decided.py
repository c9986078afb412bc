"""Decisions put on record by the thousand, each with its case, its sealed report and a file, and their replay.

Sheets are drawn at random, with four places where the set asks for shares, so that hardly two of them are alike.
"""

import random
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.databases import SQLITE, Databases, Prepared
from bench.measure import Measured, Ratio
from bench.servers import Unmeasured
from bench.workloads import SEED
from cluster_api.assessments.models import Assessment, AssessmentReport, Evidence
from cluster_api.clusters.models import Cluster
from cluster_api.decisions.models import Decision
from cluster_api.decisions.rules import computed, inputs_of
from cluster_api.foundation.bulk import insert_rows
from cluster_api.foundation.canonical import digest
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import numbered, uuid7
from cluster_api.identity.models import Person
from cluster_api.indicators.schemas import IndicatorSet, Measure
from cluster_api.indicators.states import WHOLE_KINDS, MeasureKind
from cluster_api.methodology.queries import form_of, shipped
from cluster_api.scoring.rules import ENGINE, ROUNDING
from cluster_api.upkeep.queries import faulty_decisions

NOW = datetime(2021, 4, 1, 10, tzinfo=UTC)
DATED = {"version": 1, "created_at": NOW, "updated_at": NOW}
ROWS = 1_000
TABLES = (Assessment, Evidence, AssessmentReport, Decision)
EDITIONS = {
    name: shipped(code=code)[0]
    for name, code in (
        ("rule_set", "2020"),
        ("indicator_set", "ECEI-2013"),
        ("eligibility_set", "ELIGIBILITY-2019"),
        ("prices", "ESCA-PRICES"),
    )
}
BINDING = {name: {"code": one.code, "version": one.version, "digest": one.digest} for name, one in EDITIONS.items()}


def drawn_sheet(chance: random.Random) -> dict[str, Any]:
    """A sheet of the set of 2013 that its form accepts."""
    edition = EDITIONS["indicator_set"]
    document: IndicatorSet = edition.document
    sheet: dict[str, Any] = {"methodology": edition.code}
    for one in document.indicators:
        parts = {str(part.name): _drawn(part, chance) for part in one.measures}
        sheet[one.name] = parts if one.is_composed else parts["None"]
    members = chance.randint(0, sheet["committed_participants"])
    sheet["composition_of_participants"] |= {**_shares(chance), "research_members": members}
    persons = chance.randint(1, 30)
    sheet["human_resources"] |= {"persons": persons, "fte": round(chance.uniform(0.1, persons), 1)}
    return form_of(edition).model_validate(sheet).model_dump(mode="json")


def _drawn(measure: Measure, chance: random.Random) -> Any:
    low, high = measure.lowest, min(measure.highest, max(50, measure.lowest))
    if measure.kind is MeasureKind.FLAG:
        return chance.random() < 0.8
    if measure.kind in WHOLE_KINDS:
        return chance.randint(int(low), int(high))
    return round(chance.uniform(low, high), 4)


def _shares(chance: random.Random) -> dict[str, float]:
    cuts = sorted(chance.sample(range(1, 10_000), 3))
    parts = [after - before for before, after in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    return dict(
        zip(("sme", "large_firms", "research_education", "other"), (part / 10_000 for part in parts), strict=True)
    )


def rows(count: int, cluster_id: str, chair_id: str) -> Iterator[Mapping[str, Any]]:
    """For each decision the row of each of its tables."""
    chance = random.Random(SEED)
    for serial in range(1, count + 1):
        yield _row(serial, cluster_id, chair_id, chance)


def _row(serial: int, cluster_id: str, chair_id: str, chance: random.Random) -> dict[str, Any]:
    case, file = str(uuid7()), str(uuid7())
    level = "silver" if serial % 3 == 0 else "gold"
    days = ["2021-03-02", "2021-03-03"]
    document: dict[str, Any] = {
        "number": numbered("AS", 2021, serial), "cluster_id": cluster_id, "level": level, "kind": "first",
        "binding": BINDING, "benchmarks_on": ["2019-01-10", "2020-10-01"], "visit_dates": days,
        "sheet": drawn_sheet(chance), "improvements": {}, "refusals": [],
        "scores": [{"assignment_id": case, "role": role, "digest": "0" * 64} for role in ("lead", "second")],
        "evidence": [{"id": file, "sha256": "ab" * 32, "size": 10, "media_type": "application/pdf"}],
    }  # fmt: skip
    sealed = digest(document)
    inputs = inputs_of(document, sealed)
    result = computed(inputs, EDITIONS["rule_set"].document.terms, EDITIONS["indicator_set"].document)
    about = {"number": document["number"], "cluster_id": cluster_id, "level": level, "kind": "first"}
    empty = dict.fromkeys(
        ("reason", "previous_valid_until", "first_benchmark_on", "second_benchmark_on", "contract_reference",
         "contracted_on", "visit_place")
    )  # fmt: skip
    unsaid = dict.fromkeys(("previous_id", "meeting_on", "conditions", "deferred_until", "label_id", "notified_on"))
    return {
        "assessment": {
            **about, **empty, "id": case, "mode": "on_site", "state": "refused", "state_since": NOW.date(),
            "binding": BINDING, "price_cents": 1, "checklist": {}, "waivers": {}, "visit_dates": days, **DATED,
        },
        "evidence": {
            "id": file, "assessment_id": case, "name": "proof.pdf", "media_type": "application/pdf", "size": 10,
            "sha256": "ab" * 32, "side": "cluster", "state": "released", "findings": [], "checked_at": NOW,
            "version": 1, "created_at": NOW,
        },
        "assessment_report": {"assessment_id": case, "document": document, "digest": sealed, "sealed_at": NOW},
        "decision": {
            **unsaid, "id": str(uuid7()), "number": numbered("DE", 2021, serial), "assessment_id": case, "serial": 1,
            "kind": "first", "state": "refused", "is_final": True, "body": "Board", "chair_id": chair_id,
            "report_digest": sealed, "inputs": inputs, "inputs_digest": digest(inputs), "engine": ENGINE,
            "rounding": ROUNDING, "result": result, "result_digest": digest(result),
            "passes": not result["refusals"], "voting": {}, "reasons": "Because.", "concluded_at": NOW, **DATED,
        },
    }  # fmt: skip


def fill(prepared: Prepared, count: int) -> None:
    """Put so many decisions on record; triggers that keep people from doing that are put aside in this database."""
    database = Database(prepared.address)
    with database.transaction() as session:
        if prepared.kind == SQLITE:
            for name in session.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                session.execute(sa.text(f'DROP TRIGGER "{name}"'))
        cluster_id, chair_id = _given(session)
    made, part = rows(count, cluster_id, chair_id), []
    for row in made:
        part.append(row)
        if len(part) == ROWS:
            _insert(database, prepared.kind, part)
            part = []
    _insert(database, prepared.kind, part)
    database.close()


def _given(session: Session) -> tuple[str, str]:
    cluster_id = session.scalars(sa.select(Cluster.id).limit(1)).one()
    person = Person(id=str(uuid7()), name="Chair", email=None, roles=[], **DATED)
    session.add(person)
    session.flush()
    return cluster_id, person.id


def _insert(database: Database, kind: str, part: list[Mapping[str, Any]]) -> None:
    with database.transaction() as session:
        if kind != SQLITE:
            session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for table in TABLES:
            insert_rows(session, table.__table__, [row[table.__tablename__] for row in part])


def replays(databases: Databases, seeded: Prepared, count: int) -> Measured:
    """Replay so many decisions as `cluster-api verify decisions` does; raise Unmeasured if one differs."""
    target = databases.copy(seeded, "decided")
    fill(target, count)
    database, done = Database(target.address), 0

    def told(now: int) -> None:
        nonlocal done
        done = now

    began, spent = time.perf_counter(), time.process_time()
    faulty = next(faulty_decisions(database, told), None)
    seconds, busy = time.perf_counter() - began, time.process_time() - spent
    database.close()
    if faulty is not None or done != count:
        raise Unmeasured(f"{done} of {count} replayed; first that differs: {faulty and faulty.sentence}")
    scale = 100_000 / count
    remark = (
        f"Replay: {count:,} decisions on random sheets, {count / seconds:,.0f} a second by the clock; the processor "
        f"time of the replaying process alone would be {busy * scale:.0f} s for 100,000."
    )
    value = seconds * scale
    return Measured({"replay": Ratio(value, value, value, busy * scale)}, remarks=[remark])
