"""Assessors for tests: recorded without going through the verbs, complete enough to be assigned unless a test says."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.conflicts.models import Interest, InterestDeclaration
from cluster_api.conflicts.states import InterestKind, Source
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.models import Account, Person
from cluster_api.identity.states import Role
from cluster_api.pool.models import Assessor, CodeAcceptance, Employment, Engagement, Qualification
from cluster_api.pool.rules import employer_key
from cluster_api.pool.states import AssessorState, EmploymentKind, QualificationRole
from cluster_api.trainings.models import Attendance, Training
from cluster_api.trainings.states import AttendanceResult, TrainingKind
from tests.callers import LONG_AGO
from tests.conftest import NOW

METHODOLOGY = ("ECEI-2013", 1)
TODAY = NOW.date()
VISIT = date(2021, 3, 1)
SINCE = date(2020, 1, 1)


def given_training(
    session: Session,
    *,
    ended_on: date = SINCE,
    kind: TrainingKind = TrainingKind.INITIAL,
    methodology: tuple[str, int] = METHODOLOGY,
) -> Training:
    """Record a training on the methodology of the tests, or on another one."""
    training = Training(
        id=str(uuid7()),
        kind=kind,
        methodology_code=methodology[0],
        methodology_version=methodology[1],
        began_on=ended_on,
        ended_on=ended_on,
        place="Berlin",
        version=1,
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
    )
    session.add(training)
    session.flush()
    return training


def given_pool_member(
    session: Session, *, issuer: str | None = None, subject: str = "ana", person: Person | None = None, **facts: Any
) -> Assessor:
    """Record an assessor of whom nothing else is known; with an issuer the person can sign in as the subject.

    The assessor is a new person, unless one is given who is on record already.
    """
    if person is None:
        person = Person(
            id=str(uuid7()),
            name=f"{subject.title()} Example",
            roles=[Role.ASSESSOR.value],
            version=1,
            created_at=LONG_AGO,
            updated_at=LONG_AGO,
        )
        session.add(person)
        session.flush()
    if issuer is not None:
        account = {"issuer": issuer, "subject": subject, "created_at": LONG_AGO, "seen_on": LONG_AGO.date()}
        session.add(Account(id=str(uuid7()), person_id=person.id, **account))
    wanted = {"country": "IE", "languages": ["en", "fr"], "portfolios": ["ICT"], "state": AssessorState.ACTIVE, **facts}
    assessor = Assessor(
        id=str(uuid7()), person_id=person.id, version=1, created_at=LONG_AGO, updated_at=LONG_AGO, **wanted
    )
    session.add(assessor)
    session.flush()
    return assessor


def given_assessor(
    session: Session,
    *roles: QualificationRole,
    employer: str | None = None,
    training: Training | None = None,
    **facts: Any,
) -> Assessor:
    """Record an assessor who can be assigned in these roles (all that score if none is named); else self-employed."""
    assessor = given_pool_member(session, **facts)
    given_employment(session, assessor, employer)
    known = {"recorded_at": LONG_AGO, "author": "test"}
    session.add(InterestDeclaration(id=str(uuid7()), assessor_id=assessor.id, declared_on=TODAY, **known))
    session.add(CodeAcceptance(assessor_id=assessor.id, code_version="2019", accepted_on=SINCE, **known))
    for role in roles or tuple(QualificationRole)[:4]:
        given_qualification(session, assessor, role)
    training = training or given_training(session)
    passed = {"result": AttendanceResult.PASSED, "recorded_at": LONG_AGO}
    session.add(Attendance(training_id=training.id, assessor_id=assessor.id, **passed))
    session.flush()
    return assessor


def given_employment(session: Session, assessor: Assessor, employer: str | None, **facts: Any) -> Employment:
    """Record for whom an assessor works: somebody by name, or nobody."""
    employment = Employment(
        id=str(uuid7()),
        assessor_id=assessor.id,
        person_id=assessor.person_id,
        kind=EmploymentKind.SELF_EMPLOYED if employer is None and not facts else EmploymentKind.EMPLOYED,
        name=employer,
        key=employer and employer_key(employer),
        recorded_at=LONG_AGO,
        author="test",
        **{"began_on": SINCE, **facts},
    )
    session.add(employment)
    session.flush()
    return employment


def given_qualification(session: Session, assessor: Assessor, role: QualificationRole, **facts: Any) -> Qualification:
    """Record a qualification valid from 2020 to 2022."""
    days = {"granted_on": SINCE, "valid_until": date(2022, 12, 31), **facts}
    made = Qualification(id=str(uuid7()), assessor_id=assessor.id, role=role, recorded_at=LONG_AGO, **days)
    session.add(made)
    session.flush()
    return made


def given_interest(session: Session, assessor: Assessor, kind: InterestKind, **facts: Any) -> Interest:
    """Record an interest that goes on."""
    interest = Interest(
        id=str(uuid7()),
        assessor_id=assessor.id,
        person_id=assessor.person_id,
        kind=kind,
        recorded_at=LONG_AGO,
        author="test",
        **{"began_on": SINCE, "source": Source.ASSESSOR, **facts},
    )
    session.add(interest)
    session.flush()
    return interest


def given_engagement(
    session: Session, assessor: Assessor, cluster_id: str, role: QualificationRole, **facts: Any
) -> Engagement:
    """Record that an assessor did one case of a cluster, for two days and 1,000 euros."""
    wanted = {"case_id": str(uuid7()), "began_on": SINCE, "ended_on": SINCE, **facts}
    done = Engagement(
        id=str(uuid7()),
        assessor_id=assessor.id,
        cluster_id=cluster_id,
        role=role,
        days=Decimal(2),
        fee_cents=100_000,
        recorded_at=LONG_AGO,
        **wanted,
    )
    session.add(done)
    session.flush()
    return done
