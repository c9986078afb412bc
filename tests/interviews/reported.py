"""Reported bronze cases put on record without the long way through the process."""

import itertools
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment, AssessmentReport, Assignment, Interview
from cluster_api.benchmarks.models import BenchmarkVersion
from cluster_api.benchmarks.rules import digest_of_answers
from cluster_api.clusters.states import Level
from cluster_api.decisions.rules import computed
from cluster_api.foundation.identifiers import numbered, uuid7
from cluster_api.identity.states import Role
from cluster_api.methodology.queries import Edition, in_force
from cluster_api.methodology.states import MethodologyKind
from cluster_api.reports.queries import digest_of
from tests.assessments.given import CHECKLIST
from tests.benchmarks.given import ANSWERS, CODE, EDITION, given_released
from tests.callers import given_organisation
from tests.decisions.given import given_somebody, instant
from tests.register import given_cluster

SERIALS = itertools.count(1)
BOUND = {
    "rule_set": (MethodologyKind.RULE_SET, None),
    "eligibility_set": (MethodologyKind.ELIGIBILITY_SET, "ELIGIBILITY-2019"),
    "prices": (MethodologyKind.PRICE_LIST, None),
}


def _editions(session: Session, day: date) -> dict[str, Edition]:
    found = {name: in_force(session, kind, day, code=code) for name, (kind, code) in BOUND.items()}
    return {name: edition for name, edition in found.items() if edition is not None}


def given_bronze_reported(
    session: Session,
    *,
    visited_on: date = date(2021, 3, 3),
    checklist: dict[str, Any] = CHECKLIST,
    recommends: bool = True,
    cluster_id: str | None = None,
    **more: Any,
) -> Assessment:
    """Put a bronze case with its sealed report on record, interviewed by an expert of its own."""
    day, dated = visited_on, {"created_at": instant(visited_on), "updated_at": instant(visited_on)}
    owner = given_organisation(session, Role.CLUSTER)
    cluster_id = cluster_id or given_cluster(session, "A cluster", owner_id=owner.id)
    bound = _editions(session, day)
    binding = {key: {"code": one.code, "version": one.version, "digest": one.digest} for key, one in bound.items()}
    case = Assessment(
        id=str(uuid7()), number=numbered("AS", day.year, 500_000 + next(SERIALS)), cluster_id=cluster_id,
        level=Level.BRONZE, mode="video", state="reported", state_since=day, binding=binding, price_cents=165_000,
        checklist=checklist, waivers={}, visit_dates=[str(day)], first_benchmark_on=day, version=1,
        **{"kind": "first", **dated, **more},
    )  # fmt: skip
    session.add(case)
    session.flush()
    expert, number = given_somebody(session, Role.ASSESSOR), f"DEU{next(SERIALS):03d}202101C210001"
    benchmark = given_released(session, cluster_id, day, expert_id=expert, report_number=number)[0]
    session.add(
        BenchmarkVersion(
            benchmark_id=benchmark.id, number=1, answers=ANSWERS, digest=digest_of_answers(ANSWERS), author="test",
            recorded_at=instant(day),
        )
    )  # fmt: skip
    part = Assignment(
        id=str(uuid7()), assessment_id=case.id, person_id=expert, role="benchmarking", state="done", version=1, **dated
    )
    found = Interview(
        assessment_id=case.id, benchmark_id=benchmark.id, checklist=checklist, recommends=recommends, reasons="So.",
        found_on=day, **dated,
    )  # fmt: skip
    session.add_all([part, found])
    session.flush()
    sealed = {
        "id": benchmark.id, "number": benchmark.number, "report_number": benchmark.report_number, "questionnaire": CODE,
        "questionnaire_version": EDITION.version, "questionnaire_digest": EDITION.digest, "interview_on": str(day),
        "interview_mode": "video", "answers_version": 1, "answers_digest": digest_of_answers(ANSWERS),
        "released_on": str(day), "expert_assignment_id": part.id,
    }  # fmt: skip
    document: dict[str, Any] = {
        "number": case.number, "cluster_id": cluster_id, "level": "bronze", "kind": str(case.kind), "binding": binding,
        "benchmark": sealed, "checklist": checklist, "waivers": {}, "recommends": recommends, "evidence": [],
    }  # fmt: skip
    terms, criteria = bound["rule_set"].document.terms, bound["eligibility_set"].document
    document["refusals"] = computed(document, terms, criteria)["refusals"]
    report = {"document": document, "digest": digest_of(document), "sealed_at": instant(day)}
    session.add(AssessmentReport(assessment_id=case.id, **report))
    session.flush()
    session.refresh(case)
    return case
