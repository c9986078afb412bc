"""Qualifications granted, renewed and withdrawn; engagements recorded, also by two at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cluster_api.assessors.actions import drop_engagement, grant, record_engagement, renew, withdraw
from cluster_api.assessors.errors import NeedsNotMet, QualificationEnded, QualificationHeld
from cluster_api.assessors.queries import qualifications_of
from cluster_api.assessors.schemas import QualificationGrant, QualificationRenew
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor, service_actor
from cluster_api.identity.errors import CredentialsRequired
from cluster_api.pool.errors import AssessorNotFound, DatesNotPossible
from cluster_api.pool.models import Assessor, Engagement, Qualification
from cluster_api.pool.states import QualificationRole
from cluster_api.trainings.models import Attendance
from cluster_api.trainings.states import AttendanceResult, TrainingKind
from tests.assessors.given import (
    TODAY,
    given_engagement,
    given_pool_member,
    given_qualification,
    given_training,
)
from tests.callers import LONG_AGO
from tests.conftest import NOW
from tests.journal.given import lines
from tests.register import given_cluster

BENCHMARKING, GOLD = QualificationRole.BENCHMARKING, QualificationRole.GOLD
WAIVED = "Certified before this service began."


def passed(session: Session, assessor: Assessor, kind: TrainingKind, ended_on: date = date(2020, 1, 1)) -> None:
    training = given_training(session, kind=kind, ended_on=ended_on)
    result = {"result": AttendanceResult.PASSED, "recorded_at": LONG_AGO}
    session.add(Attendance(training_id=training.id, assessor_id=assessor.id, **result))
    session.flush()


def granted(session: Session, actor: Actor, assessor: Assessor, role: QualificationRole, **given: Any) -> Qualification:
    return grant(session, actor, assessor, QualificationGrant(role=role, **given))


def test_bronze_needs_a_training_and_an_observed_interview(session: Session, administrator: Actor) -> None:
    assessor, expert = given_pool_member(session), given_pool_member(session)
    cluster = given_cluster(session, "Tidal")
    passed(session, assessor, TrainingKind.INITIAL)
    seen = given_engagement(session, assessor, cluster, QualificationRole.TRAINEE)
    with pytest.raises(NeedsNotMet) as refused:
        granted(session, administrator, assessor, BENCHMARKING)
    assert refused.value.members == {"needs": ["observed_interview: 0 of 1"]}
    given_engagement(session, expert, cluster, BENCHMARKING, case_id=seen.case_id)
    made = granted(session, administrator, assessor, BENCHMARKING, waiver="Not needed.")
    assert (made.granted_on, made.valid_until, made.waiver) == (TODAY, date(2024, 1, 15), None)


def test_a_waiver_is_kept_with_its_reason(session: Session, administrator: Actor) -> None:
    assessor = given_pool_member(session)
    made = granted(session, administrator, assessor, GOLD, waiver=WAIVED, granted_on=date(2019, 2, 28))
    assert (made.waiver, made.valid_until, assessor.version) == (WAIVED, date(2022, 2, 28), 2)
    line = lines(session)[-1]
    assert (line.event, line.reason, str(line.subject.id)) == ("qualification.granted", WAIVED, assessor.id)


def test_what_is_held_or_to_come_is_not_granted(session: Session, administrator: Actor, stranger: Actor) -> None:
    assessor = given_pool_member(session)
    given_qualification(session, assessor, GOLD)
    with pytest.raises(QualificationHeld):
        granted(session, administrator, assessor, GOLD, waiver=WAIVED)
    with pytest.raises(QualificationHeld):
        granted(session, administrator, assessor, GOLD, waiver=WAIVED, granted_on=date(2015, 1, 1) + timedelta(2000))
    with pytest.raises(DatesNotPossible):
        granted(session, administrator, assessor, BENCHMARKING, granted_on=TODAY + timedelta(days=1))
    with pytest.raises(CredentialsRequired):
        granted(session, stranger, assessor, BENCHMARKING)
    old = given_qualification(session, assessor, BENCHMARKING, valid_until=TODAY - timedelta(days=1))
    assert granted(session, administrator, assessor, BENCHMARKING, waiver=WAIVED).id != old.id


def test_a_renewal_needs_a_refresher_and_two_assignments_in_the_period(session: Session, administrator: Actor) -> None:
    assessor, cluster = given_pool_member(session), given_cluster(session, "Tidal")
    held = given_qualification(session, assessor, GOLD)
    given_engagement(session, assessor, cluster, GOLD, began_on=date(2019, 1, 1), ended_on=date(2019, 12, 31))
    given_engagement(session, assessor, cluster, GOLD)
    with pytest.raises(NeedsNotMet) as refused:
        renew(session, administrator, assessor, held, QualificationRenew())
    assert refused.value.members == {"needs": ["refresher: 0 of 1; assignment: 1 of 2"]}
    given_engagement(session, assessor, cluster, QualificationRole.SILVER)
    passed(session, assessor, TrainingKind.REFRESHER)
    renew(session, administrator, assessor, held, QualificationRenew())
    assert (held.valid_until, held.renewed_on, held.waiver) == (date(2025, 12, 31), TODAY, None)
    with pytest.raises(NeedsNotMet):
        renew(session, administrator, assessor, held, QualificationRenew())


def test_what_has_ended_is_neither_renewed_nor_withdrawn(session: Session, administrator: Actor) -> None:
    assessor = given_pool_member(session)
    expired = given_qualification(session, assessor, BENCHMARKING, valid_until=TODAY - timedelta(days=1))
    held = given_qualification(session, assessor, GOLD)
    withdraw(session, administrator, assessor, held, reason="Complaint founded.")
    assert held.withdrawn_on == TODAY
    for ended in (expired, held):
        with pytest.raises(QualificationEnded):
            renew(session, administrator, assessor, ended, QualificationRenew(waiver=WAIVED))
        with pytest.raises(QualificationEnded):
            withdraw(session, administrator, assessor, ended, reason="Again.")
    assert granted(session, administrator, assessor, GOLD, waiver=WAIVED).valid_until == date(2024, 1, 15)
    assert len(qualifications_of(session, assessor)) == 3


def test_an_engagement_is_recorded_once_and_mended(session: Session, administrator: Actor) -> None:
    assessor, cluster, case = given_pool_member(session), given_cluster(session, "Tidal"), str(uuid7())
    told: dict[str, Any] = {"assessor_id": assessor.id, "case_id": case, "cluster_id": cluster, "role": GOLD}
    first = record_engagement(session, administrator, began_on=date(2021, 1, 4), **told)
    assert (int(first.days), first.fee_cents, first.ended_on) == (0, 0, None)
    record_engagement(session, administrator, began_on=date(2021, 1, 4), days=Decimal("2.5"), **told)
    ended: dict[str, Any] = {"ended_on": date(2021, 1, 6), "fee_cents": 240_000}
    last = record_engagement(session, administrator, began_on=date(2021, 1, 5), **told, **ended)
    session.refresh(last)
    expected = (first.id, Decimal("2.5"), 240_000, date(2021, 1, 5), date(2021, 1, 6))
    assert (last.id, last.days, last.fee_cents, last.began_on, last.ended_on) == expected
    drop_engagement(session, administrator, assessor_id=assessor.id, case_id=case, reason="The cluster objected.")
    drop_engagement(session, administrator, assessor_id=assessor.id, case_id=case, reason="Again.")
    assert session.scalars(sa.select(Engagement)).all() == []
    events = [line.event for line in lines(session)]
    assert events == ["engagement.recorded"] * 3 + ["engagement.dropped"]


def test_an_engagement_of_nobody_or_below_zero_is_refused(session: Session, administrator: Actor) -> None:
    assessor, cluster = given_pool_member(session), given_cluster(session, "Tidal")
    told: dict[str, Any] = {"case_id": str(uuid7()), "cluster_id": cluster, "role": GOLD, "began_on": TODAY}
    with pytest.raises(AssessorNotFound):
        record_engagement(session, administrator, assessor_id=str(uuid7()), **told)
    with pytest.raises(IntegrityError):
        record_engagement(session, administrator, assessor_id=assessor.id, fee_cents=-1, **told)


def test_two_who_record_the_same_engagement_at_once_make_one(database: Database) -> None:
    with database.transaction() as session:
        assessor, cluster = given_pool_member(session).id, given_cluster(session, "Tidal")
    case, barrier = str(uuid7()), Barrier(2)

    def tell(fee_cents: int) -> None:
        barrier.wait()
        with database.transaction() as session:
            record_engagement(
                session,
                service_actor("administrator", NOW),
                assessor_id=assessor,
                case_id=case,
                cluster_id=cluster,
                role=GOLD,
                began_on=TODAY,
                fee_cents=fee_cents,
            )

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(tell, (100, 200)))
    with database.session() as session:
        made = session.scalars(sa.select(Engagement)).one()
        assert made.fee_cents in {100, 200}
        assert session.get_one(Assessor, assessor).version == 3
