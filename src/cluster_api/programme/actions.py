"""What one can do with reports of progress: send one, and answer it."""

from sqlalchemy.orm import Session

from cluster_api.foundation.canonical import digest
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.partnerships.models import Partnership
from cluster_api.partnerships.queries import must_run
from cluster_api.programme import rules
from cluster_api.programme.errors import PeriodNotPossible, ReportAwaitsAnswer
from cluster_api.programme.models import ProgressReport
from cluster_api.programme.queries import kpis_of, last_accepted, newest_reports
from cluster_api.programme.schemas import ProgressSubmit
from cluster_api.programme.states import PROGRESS, ProgressState


def submit(session: Session, actor: Actor, partnership: Partnership, given: ProgressSubmit) -> ProgressReport:
    """Report a period up to a day; the indicators of that day are frozen with the report, under one digest.

    The partnership is locked for the change: of two reports at one moment the second sees the first.

    Raises:
        PermissionMissing: the caller does not run the office.
        ReportAwaitsAnswer: the report before was neither accepted nor returned.
        PeriodNotPossible: the last day is to come, or lies before the first or after the partnership.
    """
    must_run(actor, partnership)
    reports = newest_reports(session, partnership)
    if reports and reports[0].state is ProgressState.SUBMITTED:
        raise ReportAwaitsAnswer(f"Report {reports[0].number} waits for an answer.")
    since = rules.first_unreported(partnership.begins_on, last_accepted(reports))
    ends_on = min(partnership.ends_on, partnership.terminated_on or partnership.ends_on)
    if fault := rules.period_fault(since, given.until, ends_on, actor.today):
        raise PeriodNotPossible(fault, faults=[Fault("/body/until", "out_of_range", fault)])
    indicators = [one.model_dump(mode="json") for one in kpis_of(session, partnership, given.until).indicators]
    told = {
        "partnership_id": partnership.id,
        "since": since.isoformat(),
        "until": given.until.isoformat(),
        "summary": given.summary,
        "deviations": given.deviations,
        "indicators": indicators,
    }
    report = ProgressReport(
        id=str(uuid7()),
        partnership_id=partnership.id,
        number=len(reports) + 1,
        since=since,
        until=given.until,
        summary=given.summary,
        deviations=given.deviations,
        indicators={"items": indicators},
        digest=digest(told),
        author=actor.name,
        submitted_at=actor.now,
        state=ProgressState.SUBMITTED,
        version=1,
    )
    session.add(report)
    partnership.version += 1
    partnership.updated_at = actor.now
    session.flush()
    details = {"number": report.number, "since": told["since"], "until": told["until"], "digest": report.digest}
    record(session, actor.author, "partnership.reported", ("partnership", partnership.id), details=details)
    return report


def answer_report(session: Session, actor: Actor, report: ProgressReport, verb: str, *, answer: str) -> None:
    """Accept a report or return it, with an answer; raise PermissionMissing or MoveNotAllowed."""
    actor.must(Permission.CALLS_RUN)
    PROGRESS.apply(report, verb)
    report.answer, report.answered_by, report.answered_at = answer, actor.name, actor.now
    report.version += 1
    session.flush()
    event = f"partnership.report_{report.state.value}"
    subject = ("partnership", report.partnership_id)
    record(session, actor.author, event, subject, reason=answer, details={"number": report.number})
