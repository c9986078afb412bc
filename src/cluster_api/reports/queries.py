"""What one can ask about reports: the sealed one, what it would say, and how its score comes about."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment, AssessmentReport, Sheet
from cluster_api.assessments.queries import (
    benchmarks_of,
    criteria_of,
    edition_of,
    indicators_of,
    owns,
    scorers_of,
    terms_of,
)
from cluster_api.assessments.states import FROM_REPORT_ON
from cluster_api.benchmarks.states import BenchmarkState
from cluster_api.clusters.states import Level
from cluster_api.foundation.canonical import digest
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.interviews.queries import benchmark_of, find_interview, read_interview
from cluster_api.methodology.queries import score_of
from cluster_api.methodology.rules import (
    ImprovementArea,
    bronze_lacks,
    bronze_trace,
    gold_refusals,
    silver_refusals,
)
from cluster_api.reports.errors import NothingToExplain, ReportNotFound
from cluster_api.reports.schemas import AssessmentReportRead, ExplanationBasis, ExplanationRead, RuleRead
from cluster_api.scoresheets.queries import consensus_of, scoring_part, self_assessment_of
from cluster_api.scoring.rules import silver_misses


def digest_of(document: Mapping[str, Any]) -> str:
    """Answer the SHA-256 of the canonical form (RFC 8785) of plain values."""
    return digest(dict(document))


def sheet_digest(sheet: Sheet) -> str:
    """Answer the digest of everything a sheet says."""
    said = ("answers", "comments", "evidence", "improvements", "points", "total")
    return digest_of({name: getattr(sheet, name) for name in said})


def find_report(session: Session, case: Assessment) -> AssessmentReport | None:
    """Answer the sealed report of a case."""
    return session.get(AssessmentReport, case.id)


def read_report(session: Session, case: Assessment) -> AssessmentReportRead:
    """Answer the sealed report of a case, and whether it still is what was sealed; raise ReportNotFound."""
    report = find_report(session, case)
    if report is None:
        raise ReportNotFound
    return AssessmentReportRead(
        assessment_id=report.assessment_id,
        document=report.document,
        digest=report.digest,
        is_intact=digest_of(report.document) == report.digest,
        sealed_at=report.sealed_at,
    )


def baseline_of(session: Session, case: Assessment, answers: Mapping[str, Any]) -> dict[str, bool]:
    """Answer for each indicator in silver's scope, by code, whether its minimum is reached (domain invariant 8)."""
    methodology = indicators_of(session, case)
    missed = {one.code for one in silver_misses(methodology, answers)}
    return {one.code: one.code not in missed for one in methodology.indicators if one.silver_scope}


def refusals_of(session: Session, case: Assessment, sheet: Sheet) -> list[str]:
    """Answer what the level applied for still lacks by the rules to which the case is bound.

    Source: domain invariants 8 to 11. A self-assessment has no verdicts: its improvements count as confirmed.
    """
    terms, methodology = terms_of(session, case), indicators_of(session, case)
    if case.level is Level.GOLD:
        experts, days = len(scorers_of(session, case)), len(case.dates)
        return gold_refusals(terms, methodology, sheet.answers, experts=experts, days=days, kind=case.kind)
    shown = benchmarks_of(session, case)
    areas = [ImprovementArea(name, bool(said.get("confirmed", True))) for name, said in sheet.improvements.items()]
    if shown.first is None or shown.second is None:
        return ["the two benchmarks are not to be had"]
    missing = [f"the register shows no released benchmark of {day}" for day in shown.unproven]
    return [*missing, *silver_refusals(terms, methodology, sheet.answers, areas, (shown.first, shown.second))]


def read_explanation(session: Session, actor: Actor, case: Assessment) -> ExplanationRead:
    """Answer how the score comes about that this caller may see: of the consensus, else of the self-assessment.

    Raises:
        NothingToExplain: there is no whole sheet yet that the caller may see.
    """
    if case.level is Level.BRONZE:
        return _read_interview(session, actor, case)
    sheet = _explained(session, actor, case)
    if sheet is None or sheet.total is None:
        raise NothingToExplain
    score = score_of(edition_of(session, case, "indicator_set"), sheet.answers)
    basis = ExplanationBasis(sheet.kind.value)
    return ExplanationRead(basis=basis, score=score, refusals=refusals_of(session, case, sheet))


def _read_interview(session: Session, actor: Actor, case: Assessment) -> ExplanationRead:
    interview = find_interview(session, case)
    found = None if interview is None else read_interview(session, actor, case)
    if interview is None or found is None or found.checklist is None:
        raise NothingToExplain
    benchmark = benchmark_of(session, interview)
    is_released = benchmark.state is BenchmarkState.RELEASED and benchmark.released_on is not None
    released = str(benchmark.released_on) if is_released else None
    criteria, recommends = criteria_of(session, case), found.recommends
    trace = bronze_trace(criteria, found.checklist, case.waivers, released_on=released, recommends=recommends)
    return ExplanationRead(
        basis=ExplanationBasis.INTERVIEW,
        rules=[RuleRead.model_validate(one) for one in trace],
        score=None,
        refusals=bronze_lacks(criteria, found.checklist, case.waivers, released_on=released, recommends=recommends),
    )


def _explained(session: Session, actor: Actor, case: Assessment) -> Sheet | None:
    own = owns(actor, case)
    if case.state in FROM_REPORT_ON or not own:
        agreed = consensus_of(session, case)
        sees = case.state in FROM_REPORT_ON or scoring_part(session, actor, case) is not None or _sees_all(actor)
        if agreed is not None and sees:
            return agreed
    sheet = self_assessment_of(session, case)
    return sheet if sheet is not None and (own or sheet.handed_in_at is not None) else None


def _sees_all(actor: Actor) -> bool:
    return actor.can(Permission.ASSESSMENTS_READ_ALL)
