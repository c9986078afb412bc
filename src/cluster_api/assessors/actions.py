"""What one can do with qualifications and engagements: grant, renew, withdraw; record what was done in a case."""

from datetime import date
from decimal import Decimal
from typing import Unpack

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessors import rules
from cluster_api.assessors.errors import NeedsNotMet, QualificationEnded, QualificationHeld
from cluster_api.assessors.queries import fact_of, history_of, qualifications_of
from cluster_api.assessors.schemas import QualificationGrant, QualificationRenew, Work
from cluster_api.assessors.states import QualificationMove, QualificationState
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.pool.actions import impossible, subject_of, touch
from cluster_api.pool.errors import AssessorNotFound
from cluster_api.pool.models import Assessor, Engagement, Qualification
from cluster_api.pool.states import QualificationRole

STANDING = (QualificationState.VALID, QualificationState.COMING)


def grant(session: Session, actor: Actor, assessor: Assessor, given: QualificationGrant) -> Qualification:
    """Qualify an assessor, locked by the caller, for a role, and answer the qualification.

    Raises:
        PermissionMissing: the caller is not the secretariat.
        DatesNotPossible: from a day to come.
        QualificationHeld: one for this role is valid on the first day or today.
        NeedsNotMet: what it needs is not on record, and no waiver says why that is no matter.
    """
    actor.must(Permission.ASSESSORS_WRITE)
    day = given.granted_on or actor.today
    if day > actor.today:
        raise impossible("/body/granted_on", "A qualification is granted when its day has come.")
    for held in map(fact_of, qualifications_of(session, assessor)):
        if held.role is given.role and {held.state_on(day), held.state_on(actor.today)} & {*STANDING}:
            raise QualificationHeld
    lacks = history_of(session, assessor).lacks(QualificationMove.GRANT, given.role, date.min, day)
    _must_be_met(lacks, given.waiver)
    made = Qualification(
        id=str(uuid7()),
        assessor_id=assessor.id,
        role=given.role,
        granted_on=day,
        valid_until=rules.valid_until(given.role, day),
        waiver=given.waiver if lacks else None,
        recorded_at=actor.now,
    )
    session.add(made)
    touch(session, actor, assessor)
    _record(session, actor, assessor, made, "qualification.granted", reason=made.waiver, before=None)
    return made


def renew(
    session: Session, actor: Actor, assessor: Assessor, qualification: Qualification, given: QualificationRenew
) -> Qualification:
    """Renew a valid qualification of an assessor locked by the caller: its last day moves on by the period.

    Raises:
        PermissionMissing, QualificationEnded: as named.
        NeedsNotMet: what was done since it was granted or last renewed is not enough, and no waiver says why.
    """
    actor.must(Permission.ASSESSORS_WRITE)
    _must_be_valid(actor, qualification)
    before, since = _facts(qualification), qualification.renewed_on or qualification.granted_on
    lacks = history_of(session, assessor).lacks(QualificationMove.RENEW, qualification.role, since, actor.today)
    _must_be_met(lacks, given.waiver)
    qualification.valid_until = rules.valid_until(qualification.role, qualification.valid_until)
    qualification.renewed_on = actor.today
    qualification.waiver = given.waiver if lacks else None
    touch(session, actor, assessor)
    reason = qualification.waiver
    _record(session, actor, assessor, qualification, "qualification.renewed", reason=reason, before=before)
    return qualification


def withdraw(
    session: Session, actor: Actor, assessor: Assessor, qualification: Qualification, *, reason: str
) -> Qualification:
    """Withdraw a valid qualification from today on; raise QualificationEnded if it is not valid."""
    actor.must(Permission.ASSESSORS_WRITE)
    _must_be_valid(actor, qualification)
    before = _facts(qualification)
    qualification.withdrawn_on = actor.today
    touch(session, actor, assessor)
    _record(session, actor, assessor, qualification, "qualification.withdrawn", reason=reason, before=before)
    return qualification


def record_engagement(  # noqa: PLR0913 - what is told of one engagement
    session: Session,
    actor: Actor,
    *,
    assessor_id: str,
    case_id: str,
    cluster_id: str,
    role: QualificationRole,
    began_on: date,
    **work: Unpack[Work],
) -> Engagement:
    """Record what an assessor does in a case, or what has become of it; answer the engagement.

    Called by areas that run cases and have checked who asks. A second call for the same case and assessor mends the
    first; of last day, days and fee what is not told stays as it was.

    Raises:
        AssessorNotFound: as named.
        IntegrityError: a fee or days below zero, or a last day before the first.
    """
    assessor = _locked(session, assessor_id)
    made = _engagement(session, assessor_id, case_id)
    if made is None:
        nothing = {"days": Decimal(0), "fee_cents": 0}
        made = Engagement(id=str(uuid7()), assessor_id=assessor_id, case_id=case_id, **nothing)
        session.add(made)
    made.cluster_id, made.role, made.began_on, made.recorded_at = cluster_id, role, began_on, actor.now
    for name, value in work.items():
        setattr(made, name, value)
    touch(session, actor, assessor)
    details = {"case_id": case_id, "cluster_id": cluster_id, "role": role.value, "began_on": began_on.isoformat()}
    record(session, actor.author, "engagement.recorded", subject_of(assessor), details=details)
    return made


def drop_engagement(session: Session, actor: Actor, *, assessor_id: str, case_id: str, reason: str) -> None:
    """Take back an engagement that came to nothing, if there is one; called by areas that have checked who asks."""
    assessor = _locked(session, assessor_id)
    made = _engagement(session, assessor_id, case_id)
    if made is None:
        return
    session.delete(made)
    touch(session, actor, assessor)
    details = {"case_id": case_id}
    record(session, actor.author, "engagement.dropped", subject_of(assessor), reason=reason, details=details)


def _locked(session: Session, assessor_id: str) -> Assessor:
    found = session.get(Assessor, assessor_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise AssessorNotFound
    return found


def _engagement(session: Session, assessor_id: str, case_id: str) -> Engagement | None:
    return session.scalar(sa.select(Engagement).filter_by(assessor_id=assessor_id, case_id=case_id))


def _must_be_valid(actor: Actor, qualification: Qualification) -> None:
    if fact_of(qualification).state_on(actor.today) is not QualificationState.VALID:
        raise QualificationEnded


def _must_be_met(lacks: list[str], waiver: str | None) -> None:
    if lacks and waiver is None:
        raise NeedsNotMet(f"Missing: {' — or '.join(lacks)}.", members={"needs": lacks})


def _record(  # noqa: PLR0913 - one line of the journal
    session: Session,
    actor: Actor,
    assessor: Assessor,
    qualification: Qualification,
    event: str,
    *,
    reason: str | None,
    before: dict[str, str | None] | None,
) -> None:
    after = _facts(qualification)
    details = {"qualification_id": qualification.id, **after}
    subject = subject_of(assessor)
    record(session, actor.author, event, subject, reason=reason, details=details, before=before, after=after)


def _facts(qualification: Qualification) -> dict[str, str | None]:
    days = ("granted_on", "renewed_on", "valid_until", "withdrawn_on")
    told = {name: getattr(qualification, name) for name in days}
    return {"role": qualification.role.value, **{name: day and day.isoformat() for name, day in told.items()}}
