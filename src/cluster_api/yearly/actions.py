"""What one can do about yearly reports: draft one, release it, discard it."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.canonical import digest
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.yearly.errors import CorrectionUnclear, FiguresHaveMoved, ReportYearNotOver, YearlyDraftExists
from cluster_api.yearly.models import YearlyReport
from cluster_api.yearly.queries import content_of, recount
from cluster_api.yearly.schemas import YearlyDraft
from cluster_api.yearly.states import LIFE, YearlyState

KIND = "yearly_report"


def draft(session: Session, actor: Actor, given: YearlyDraft) -> YearlyReport:
    """Count a year as known now, and keep it as a draft that can be released or discarded.

    Raises:
        PermissionMissing: the caller does not administer labels.
        ReportYearNotOver, YearlyDraftExists, CorrectionUnclear: as named.
    """
    actor.must(Permission.LABELS_ADMINISTER)
    if given.year >= actor.today.year:
        raise ReportYearNotOver(f"{given.year} ends on {given.year}-12-31.")
    states = list(session.scalars(sa.select(YearlyReport.state).where(YearlyReport.year == given.year)))
    if YearlyState.DRAFT in states:
        raise YearlyDraftExists
    if (YearlyState.RELEASED in states) is (given.correction is None):
        raise CorrectionUnclear
    known_at = actor.now.replace(microsecond=0)
    content = content_of(session, given.year, known_at)
    report = YearlyReport(
        id=str(uuid7()),
        year=given.year,
        number=len(states) + 1,
        state=YearlyState.DRAFT,
        known_at=known_at,
        content=content,
        digest=digest(content),
        correction=given.correction,
        author=actor.name,
        created_at=actor.now,
        version=1,
    )
    session.add(report)
    session.flush()
    details = {"year": report.year, "number": report.number, "digest": report.digest}
    record(session, actor.author, "yearly_report.drafted", (KIND, report.id), reason=given.correction, details=details)
    return report


def release(session: Session, actor: Actor, report: YearlyReport) -> None:
    """Make a draft public and seal it for ever; it is counted once more before.

    Raises:
        PermissionMissing, MoveNotAllowed: as named.
        FiguresHaveMoved: what was counted comes out otherwise.
    """
    actor.must(Permission.LABELS_ADMINISTER)
    LIFE.find(report.state, "release")
    again = recount(session, report)
    if not again.is_same:
        raise FiguresHaveMoved(f"Otherwise now: {', '.join(again.differing)}.")
    LIFE.apply(report, "release")
    report.released_at, report.released_by = actor.now, actor.name
    _changed(session, actor, report, "yearly_report.released")


def discard(session: Session, actor: Actor, report: YearlyReport) -> None:
    """Put a draft aside, for good; raise PermissionMissing or MoveNotAllowed."""
    actor.must(Permission.LABELS_ADMINISTER)
    LIFE.apply(report, "discard")
    _changed(session, actor, report, "yearly_report.discarded")


def _changed(session: Session, actor: Actor, report: YearlyReport, event: str) -> None:
    report.version += 1
    session.flush()
    record(session, actor.author, event, (KIND, report.id), details={"year": report.year, "digest": report.digest})
