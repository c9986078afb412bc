"""A pool with ten years of history, to measure on."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.conflicts.models import Interest, InterestDeclaration
from cluster_api.foundation.bulk import insert_rows
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.schema import Base
from cluster_api.identity.models import Person
from cluster_api.pool.models import Assessor, CodeAcceptance, Employment, Engagement, Qualification
from cluster_api.trainings.models import Attendance
from tests.assessors.given import TODAY, given_training
from tests.callers import LONG_AGO
from tests.register import given_cluster

POOL, YEARS, CASES_A_YEAR, INTERESTS, CLUSTERS, FIRMS = 500, 10, 8, 20, 200, 90
KNOWN: Mapping[str, Any] = {"recorded_at": LONG_AGO, "author": "test"}
DATED: Mapping[str, Any] = {"version": 1, "created_at": LONG_AGO, "updated_at": LONG_AGO}
TABLES: tuple[type[Base], ...] = (
    Person,
    Assessor,
    Employment,
    Qualification,
    CodeAcceptance,
    InterestDeclaration,
    Attendance,
    Interest,
    Engagement,
)


def given_history(session: Session) -> str:
    """Record 500 assessors with ten years of history and answer a cluster with which many have to do."""
    clusters = [given_cluster(session, f"Cluster {place}") for place in range(CLUSTERS)]
    training = given_training(session)
    rows: dict[type[Base], list[dict[str, Any]]] = {kind: [] for kind in TABLES}
    for place in range(POOL):
        for kind, row in _assessor(place, training.id):
            rows[kind].append(row)
        whose = {"assessor_id": rows[Assessor][-1]["id"], "person_id": rows[Person][-1]["id"]}
        for kind, row in _history(place, whose, clusters):
            rows[kind].append(row)
    for kind, made in rows.items():
        insert_rows(session, Base.metadata.tables[kind.__tablename__], made)
    return clusters[0]


def _assessor(place: int, training_id: str) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    person, own = str(uuid7()), str(uuid7())
    yield Person, {"id": person, "name": "Ana", "email": None, "roles": [], "erased_at": None, **DATED}
    yield (
        Assessor,
        {
            "id": own,
            "person_id": person,
            "country": ("DE", "FR", "IE")[place % 3],
            "languages": ["en", "fr"],
            "portfolios": ["ICT"],
            "state": "active",
            "unavailable_until": None,
            **DATED,
        },
    )
    for role in ("benchmarking", "silver", "gold"):
        days = {"granted_on": date(2019, 1, 1), "valid_until": date(2022, 1, 1)}
        left = {"renewed_on": None, "withdrawn_on": None, "waiver": None, "recorded_at": LONG_AGO}
        yield Qualification, {"id": str(uuid7()), "assessor_id": own, "role": role, **days, **left}
    yield CodeAcceptance, {"assessor_id": own, "code_version": "2019", "accepted_on": TODAY, **KNOWN}
    passed = {"result": "passed", "recorded_at": LONG_AGO}
    yield Attendance, {"training_id": training_id, "assessor_id": own, **passed}
    for year in range(YEARS):
        declared_on = TODAY - timedelta(days=365 * year)
        yield InterestDeclaration, {"id": str(uuid7()), "assessor_id": own, "declared_on": declared_on, **KNOWN}


def _history(place: int, whose: dict[str, str], clusters: list[str]) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    for number in range(3):
        firm = f"Firm {(place * 7 + number) % FIRMS}"
        began_on, ended_on = date(2011 + 3 * number, 1, 1), date(2013 + 3 * number, 12, 31)
        facts = {"kind": "employed", "organisation_id": None, "name": firm, "key": firm.lower(), "began_on": began_on}
        end = {"ended_on": None if number == 2 else ended_on}
        yield Employment, {"id": str(uuid7()), **whose, **facts, **end, **KNOWN}
    for number in range(INTERESTS):
        facts = {"cluster_id": clusters[(place * 3 + number) % CLUSTERS], "organisation_id": None, "name": None}
        days = {"began_on": date(2018, 1, 1), "ended_on": None}
        more = {"key": None, "statement": None, "source": "assessor", "withdrawn_at": None, "withdrawal_reason": None}
        yield Interest, {"id": str(uuid7()), **whose, "kind": "coaching", **facts, **days, **more, **KNOWN}
    for number in range(YEARS * CASES_A_YEAR):
        began_on = TODAY - timedelta(days=44 * (number + 1))
        facts = {"case_id": str(uuid7()), "cluster_id": clusters[(place + number) % CLUSTERS], "role": "silver"}
        work = {"began_on": began_on, "ended_on": None, "days": Decimal(1), "fee_cents": 1, "recorded_at": LONG_AGO}
        yield Engagement, {"id": str(uuid7()), "assessor_id": whose["assessor_id"], **facts, **work}
