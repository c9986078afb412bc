"""Many sealed reports from one, and a draft by which they are scored again."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment, AssessmentReport
from cluster_api.foundation.bulk import insert_rows
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.schema import Base
from cluster_api.jobs.actions import Work
from cluster_api.jobs.models import Job
from cluster_api.jobs.states import JobState
from cluster_api.methodology.models import Methodology
from cluster_api.methodology.queries import shipped
from cluster_api.simulations.models import Simulation
from tests.conftest import NOW
from tests.decisions.given import given_reported
from tests.register import given_cluster
from tests.worlds.given import put

SEALED_ON = date(2020, 3, 3)
GOLD = shipped(code="ECEI-2013")[0].document.model_dump(mode="json")


def given_draft(session: Session, *, code: str = "DRAFT-2026", state: str = "draft", **changes: Any) -> None:
    """Put a version of the set of 2013 on record, changed in these members."""
    about = {"kind": "indicator_set", "state": state, "document": {**GOLD, **changes}}
    dates = {"created_at": NOW, "updated_at": NOW}
    put(session, Methodology, id=str(uuid7()), code=code, version=1, revision=1, **dates, **about)


def given_sealed(
    session: Session, points: int, *, country: str = "DE", copies: int = 1, visited_on: date = SEALED_ON, **more: Any
) -> list[str]:
    """Put so many cases of a country on record, each with the same sealed report, and answer their identifiers."""
    cluster = given_cluster(session, f"Cluster of {country}", country=country)
    case = given_reported(session, points=points, cluster_id=cluster, visited_on=visited_on, **more)
    made = [case.id]
    rows = [_copy(session, case.id, number) for number in range(1, copies)]
    for table in (Assessment, AssessmentReport):
        insert_rows(session, Base.metadata.tables[table.__tablename__], [row[table.__tablename__] for row in rows])
    return made + [str(row["assessment"]["id"]) for row in rows]


def _copy(session: Session, case_id: str, number: int) -> Mapping[str, Mapping[str, Any]]:
    own = str(uuid7())
    case, report = (
        dict(session.execute(sa.select(table).where(key == case_id)).mappings().one())
        for table, key in (
            (Base.metadata.tables["assessment"], Assessment.id),
            (Base.metadata.tables["assessment_report"], AssessmentReport.assessment_id),
        )
    )
    name = f"{case['number']}-{number}"
    return {
        "assessment": {**case, "id": own, "number": name, "state": "refused"},
        "assessment_report": {**report, "assessment_id": own},
    }


def taken_over(database: Database, simulation_id: str) -> Work:
    """Answer the job of a simulation that somebody had begun, in the hands of the next worker."""
    worker, job = str(uuid7()), str(uuid7())
    asked = {"kind": "simulation", "state": JobState.RUNNING, "request": {"simulation": simulation_id}}
    about = {"author": "client:x", "request_id": "1" * 32, "requested_at": NOW, "worker": worker, "heartbeat_at": NOW}
    with database.transaction() as session:
        put(session, Job, id=job, done=0, resume_line=0, counts={}, version=1, **asked, **about)
        session.execute(
            sa.update(Simulation).where(Simulation.id == simulation_id).values(job_id=job, completed_at=None)
        )
    return Work(database, FixedClock(NOW), job, worker)
