"""What one can do about reports: seal one. It closes the assessment for ever and decides nothing."""

from sqlalchemy.orm import Session

from cluster_api.assessments.actions import move, must_be_able
from cluster_api.assessments.models import Assessment, AssessmentReport, Sheet
from cluster_api.assessments.queries import benchmarks_of, criteria_of, edition_of, indicators_of
from cluster_api.assignments.actions import finish
from cluster_api.assignments.queries import all_in, submitted
from cluster_api.clusters.states import Level
from cluster_api.evidence.queries import released
from cluster_api.identity.access import Actor
from cluster_api.interviews.errors import FindingsMissing
from cluster_api.interviews.queries import get_interview, sealed_benchmark
from cluster_api.methodology.queries import score_of
from cluster_api.methodology.rules import bronze_lacks
from cluster_api.reports.errors import ConsensusMissing
from cluster_api.reports.queries import baseline_of, digest_of, refusals_of, sheet_digest
from cluster_api.reports.schemas import (
    BronzeReportDocument,
    ReportDocument,
    ReportScore,
    ReportWrite,
    SealedDocument,
    SealedEvidence,
    SealedScore,
)
from cluster_api.scoresheets import rules
from cluster_api.scoresheets.errors import ScoresOutstanding
from cluster_api.scoresheets.queries import consensus_of


def seal(session: Session, actor: Actor, case: Assessment, given: ReportWrite) -> AssessmentReport:
    """Seal the report of a case: scores, digests of evidence and total do not change any more (invariant 16).

    Raises:
        ScoresOutstanding, ConsensusMissing: what it is made of is not there.
        InterviewNotFound, FindingsMissing, BenchmarkNotReleased: the same at bronze.
    """
    must_be_able(session, actor, case, "report")
    if case.level is Level.BRONZE:
        return _keep(session, actor, case, _bronze_document(session, actor, case, given))
    if not all_in(session, case):
        raise ScoresOutstanding
    sheet = consensus_of(session, case)
    if sheet is None:
        raise ConsensusMissing
    _must_still_fit(session, case, sheet)
    return _keep(session, actor, case, _document(session, actor, case, sheet, given))


def _keep(session: Session, actor: Actor, case: Assessment, said: SealedDocument) -> AssessmentReport:
    document = said.model_dump(mode="json")
    report = AssessmentReport(assessment_id=case.id, document=document, digest=digest_of(document), sealed_at=actor.now)
    # While the seal is not there yet: afterwards the database refuses every change of what it is made of.
    finish(session, actor, case)
    session.add(report)
    session.flush()
    move(session, actor, case, "report", details={"digest": report.digest})
    return report


def _must_still_fit(session: Session, case: Assessment, sheet: Sheet) -> None:
    """Raise ConsensusMissing if a file that the consensus names was taken out of the case since."""
    kept = released(session, case)
    evidence = {name: [one for one in ids if one in kept] for name, ids in sheet.evidence.items()}
    scores = [one.answers for one, _ in submitted(session, case)]
    methodology = indicators_of(session, case)
    faults = list(rules.consensus_faults(methodology, sheet.answers, scores, sheet.comments, evidence))
    if faults:
        raise ConsensusMissing(f"{len(faults)} place(s) do not fit any more.", faults=faults)


def _evidence(session: Session, case: Assessment) -> list[SealedEvidence]:
    return [
        SealedEvidence(id=one.id, sha256=one.sha256, size=one.size, media_type=one.media_type)
        for one in released(session, case).values()
    ]


def _bronze_document(session: Session, actor: Actor, case: Assessment, given: ReportWrite) -> BronzeReportDocument:
    interview = get_interview(session, case)
    if interview.recommends is None or interview.reasons is None:
        raise FindingsMissing
    sealed = sealed_benchmark(session, case)
    return BronzeReportDocument(
        number=case.number,
        cluster_id=case.cluster_id,
        level=Level.BRONZE,
        kind=case.kind,
        binding=case.binding,
        price_cents=case.price_cents,
        benchmark=sealed,
        checklist=interview.checklist,
        waivers=case.waivers,
        recommends=interview.recommends,
        reasons=interview.reasons,
        refusals=bronze_lacks(
            criteria_of(session, case),
            interview.checklist,
            case.waivers,
            released_on=sealed.released_on.isoformat(),
            recommends=interview.recommends,
        ),
        evidence=_evidence(session, case),
        summary=given.summary,
        strengths=given.strengths,
        recommendations=given.recommendations,
        sealed_on=actor.today,
    )


def _document(session: Session, actor: Actor, case: Assessment, sheet: Sheet, given: ReportWrite) -> ReportDocument:
    score = score_of(edition_of(session, case, "indicator_set"), sheet.answers)
    return ReportDocument(
        number=case.number,
        cluster_id=case.cluster_id,
        level=case.level,
        kind=case.kind,
        binding=case.binding,
        price_cents=case.price_cents,
        benchmarks_on=benchmarks_of(session, case).days,
        visit_dates=case.dates,
        sheet=sheet.answers,
        points=sheet.points,
        comments=sheet.comments,
        named_evidence=sheet.evidence,
        score=ReportScore(**{name: getattr(score, name) for name in ReportScore.model_fields}),
        baseline=baseline_of(session, case, sheet.answers),
        improvements={name: said["confirmed"] for name, said in sheet.improvements.items()},
        refusals=refusals_of(session, case, sheet),
        scores=[
            SealedScore(assignment_id=one.id, role=one.role, digest=sheet_digest(own))
            for own, one in submitted(session, case)
        ],
        evidence=_evidence(session, case),
        summary=given.summary,
        strengths=given.strengths,
        recommendations=given.recommendations,
        sealed_on=actor.today,
    )
