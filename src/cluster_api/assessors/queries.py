"""What one can ask of assessors: may this one, who could, may these two, what did they do.

The pool is read in the same handful of statements for one assessor and for all of them. Nothing here names a person;
whoever calls these from above has checked who asks.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from cluster_api.assessors import rules
from cluster_api.assessors.errors import QualificationNotFound
from cluster_api.assessors.rules import (
    AttendanceFact,
    Candidate,
    EngagementFact,
    PoolFacts,
    QualificationFact,
    Reason,
    Wanted,
)
from cluster_api.assessors.schemas import (
    Asked,
    CandidateRead,
    EngagementRead,
    LoadOfYear,
    LoadRead,
    QualificationRead,
    ReasonRead,
)
from cluster_api.assessors.states import QualificationMove
from cluster_api.clusters.models import Cluster
from cluster_api.conflicts.queries import assessors_facts, cluster_facts, read_conflict, waived_rules
from cluster_api.conflicts.rules import AssessorFacts, Conflict, PairFact, conflicts, open_conflicts
from cluster_api.foundation.paging import Page, PageQuery
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Person
from cluster_api.identity.permissions import Permission
from cluster_api.methodology.rules import add_months
from cluster_api.pool.errors import AssessorNotFound
from cluster_api.pool.models import Assessor, CodeAcceptance, Engagement, Qualification
from cluster_api.pool.queries import employment_facts, is_self, keyed_page
from cluster_api.pool.rules import code_of_conduct_on
from cluster_api.pool.states import ALONE, COVERED_BY, SCORING, AssessorState, QualificationRole
from cluster_api.trainings.models import Attendance, Training

GOES_ON = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an assessor can be assigned, why not, and the conflicts; those cleared stand apart."""

    eligible: bool
    reasons: list[Reason]
    conflicts: list[Conflict]
    cleared: list[Conflict]


def standing_of(  # noqa: PLR0913 - one question with its circumstances
    session: Session,
    assessor_id: str,
    *,
    role: QualificationRole,
    methodology: tuple[str, int],
    cluster_id: str,
    visit_on: date,
    case_id: str | None = None,
) -> Standing:
    """Answer whether an assessor can be assigned in a role to a cluster visited on a day (invariants 17 and 18).

    ``case_id`` names the case asked about, so that what is recorded of it does not count as an earlier one.

    Raises:
        AssessorNotFound, ClusterNotFound: as named.
    """
    asked = Asked(role, methodology, cluster_id, visit_on, case_id)
    wanted, judged = _judged(session, asked, only=[assessor_id])
    if not judged:
        raise AssessorNotFound
    facts, found = judged[0]
    against = rules.eligibility(facts, wanted, found)
    cleared = [one for one in found if one.cleared is not None]
    return Standing(not against, against, open_conflicts(found), cleared)


def candidates(  # noqa: PLR0913 - one question with its circumstances
    session: Session,
    *,
    role: QualificationRole,
    methodology: tuple[str, int],
    cluster_id: str,
    visit_on: date,
    languages: Sequence[str] = (),
    with_employer_other_than: Sequence[str] = (),
    exclude: Iterable[str] = (),
    case_id: str | None = None,
) -> list[Candidate]:
    """Answer the whole pool as candidates: the eligible ranked with reasons, then the others with why not.

    ``languages`` are BCP 47 codes of which one at least must be spoken. ``with_employer_other_than`` are the assessors
    assigned already: the rules about pairs are asked of each. Who is excluded is told as such.

    Raises:
        ClusterNotFound: as named.
    """
    asked = Asked(role, methodology, cluster_id, visit_on, case_id)
    wanted, judged = _judged(session, asked)
    known = {facts.assessor_id: facts.pair for facts, _ in judged}
    beside = {one: known[one] for one in with_employer_other_than if one in known}
    pairs = [(one, other) for one in known for other in beside]
    wanted = replace(
        wanted,
        languages=tuple(languages),
        beside=beside,
        waived=waived_rules(session, pairs, cluster_id, visit_on) if beside else {},
        excluded=frozenset(exclude) | frozenset(beside),
    )
    return rules.ranked(rules.candidate(facts, wanted, found) for facts, found in judged)


def pair_faults(
    session: Session,
    a_id: str,
    b_id: str,
    cluster_country: str,
    *,
    cluster_id: str | None = None,
    on: date | None = None,
) -> list[Reason]:
    """Answer why two assessors do not assess together: the same employer, or no foreigner (invariant 18).

    Rules waived for the two on the cluster are left out. Without a day employments that go on are compared.

    Raises:
        AssessorNotFound: one of them is not in the pool.
    """
    day, pair = on or GOES_ON, (a_id, b_id)
    rows = session.execute(sa.select(Assessor.id, Assessor.country).where(Assessor.id.in_(pair)))
    countries = {row.id: row.country for row in rows}
    if countries.keys() != set(pair):
        raise AssessorNotFound
    worked = employment_facts(session, pair)
    facts = [PairFact(countries[one], tuple(worked.get(one, ()))) for one in pair]
    waived = {} if cluster_id is None else waived_rules(session, [pair], cluster_id, day)
    return rules.pair_reasons(facts[0], facts[1], cluster_country, day, waived.get((min(pair), max(pair)), ()))


def _judged(
    session: Session, asked: Asked, *, only: Sequence[str] | None = None
) -> tuple[Wanted, list[tuple[PoolFacts, list[Conflict]]]]:
    """Answer what is wanted, and every assessor, or these, with their conflicts."""
    cluster = cluster_facts(session, asked.cluster_id, is_alone=asked.role in ALONE, case_id=asked.case_id)
    known = assessors_facts(session, cluster, asked.on, only)
    portfolio = session.scalar(sa.select(Cluster.portfolio).where(Cluster.id == asked.cluster_id))
    wanted = Wanted(
        role=asked.role,
        methodology=asked.methodology,
        on=asked.on,
        country=cluster.country,
        portfolio=portfolio,
        code=code_of_conduct_on(asked.on),
    )
    pool = _pool(session, wanted, known, only)
    return wanted, [(facts, conflicts(known[facts.assessor_id], cluster, asked.on)) for facts in pool]


def _pool(
    session: Session, wanted: Wanted, known: dict[str, AssessorFacts], only: Sequence[str] | None
) -> list[PoolFacts]:
    assessors = Assessor.__table__.c
    statement = sa.select(*assessors, Person.erased_at).join(Person, Person.id == assessors.person_id)
    if only is not None:
        statement = statement.where(assessors.id.in_(only))
    qualifications, attendances = _qualifications(session, wanted, only), _attendances(session, wanted, only)
    codes, recent = _accepted(session, wanted, only), _recent_cases(session, wanted, only)
    return [
        PoolFacts(
            assessor_id=row.id,
            state=row.state if row.erased_at is None else AssessorState.RETIRED,
            country=row.country,
            unavailable_until=row.unavailable_until,
            languages=tuple(row.languages),
            portfolios=tuple(row.portfolios),
            qualifications=tuple(qualifications.get(row.id, ())),
            attendances=tuple(attendances.get(row.id, ())),
            codes=codes.get(row.id, frozenset()),
            employments=known[row.id].employments,
            recent_cases=recent.get(row.id, 0),
        )
        for row in session.execute(statement)
        if row.id in known
    ]


def _only(statement: sa.Select[Any], column: sa.ColumnElement[Any], only: Sequence[str] | None) -> sa.Select[Any]:
    return statement if only is None else statement.where(column.in_(only))


def _qualifications(session: Session, wanted: Wanted, only: Sequence[str] | None) -> dict[str, list[QualificationFact]]:
    columns = Qualification.__table__.c
    read = (columns.assessor_id, columns.role, columns.granted_on, columns.valid_until, columns.withdrawn_on)
    statement = sa.select(*read).where(columns.role.in_(COVERED_BY[wanted.role]), columns.valid_until >= wanted.on)
    found: dict[str, list[QualificationFact]] = defaultdict(list)
    for row in session.execute(_only(statement, columns.assessor_id, only)):
        found[row.assessor_id].append(QualificationFact(row.role, row.granted_on, row.valid_until, row.withdrawn_on))
    return found


def _attended() -> sa.Select[Any]:
    held, given = Attendance.__table__.c, Training.__table__.c
    read = (given.methodology_code, given.methodology_version, given.kind, held.result, given.ended_on)
    return sa.select(held.assessor_id, *read).join(Training.__table__, given.id == held.training_id)


def _attendance(row: Any) -> AttendanceFact:
    return AttendanceFact((row.methodology_code, row.methodology_version), row.kind, row.result, row.ended_on)


def _attendances(session: Session, wanted: Wanted, only: Sequence[str] | None) -> dict[str, list[AttendanceFact]]:
    code, version = wanted.methodology
    given = Training.__table__.c
    statement = _attended().where(given.methodology_code == code, given.methodology_version == version)
    found: dict[str, list[AttendanceFact]] = defaultdict(list)
    for row in session.execute(_only(statement, Attendance.__table__.c.assessor_id, only)):
        found[row.assessor_id].append(_attendance(row))
    return found


def _accepted(session: Session, wanted: Wanted, only: Sequence[str] | None) -> dict[str, frozenset[str]]:
    if wanted.code is None:
        return {}
    columns = CodeAcceptance.__table__.c
    statement = sa.select(columns.assessor_id).where(columns.code_version == wanted.code)
    kept = frozenset({wanted.code})
    return dict.fromkeys(session.scalars(_only(statement, columns.assessor_id, only)), kept)


def _recent_cases(session: Session, wanted: Wanted, only: Sequence[str] | None) -> dict[str, int]:
    columns = Engagement.__table__.c
    since = add_months(wanted.on, -12)
    statement = sa.select(columns.assessor_id, sa.func.count()).where(columns.began_on.between(since, wanted.on))
    counted = _only(statement, columns.assessor_id, only).group_by(columns.assessor_id)
    return {row[0]: row[1] for row in session.execute(counted)}


def read_candidate(found: Candidate, *, sees_others: bool) -> CandidateRead:
    """Answer a candidate as shown; records about other assessors are named only to who sees all of them."""
    return CandidateRead(
        assessor_id=UUID(found.assessor_id),
        is_eligible=found.eligible,
        score=found.score,
        reasons=[ReasonRead.model_validate(one, from_attributes=True) for one in found.reasons],
        conflicts=[read_conflict(one, sees_others=sees_others) for one in found.conflicts],
    )


def get_qualification(session: Session, assessor: Assessor, qualification_id: str) -> Qualification:
    """Answer a qualification of an assessor; raise QualificationNotFound."""
    found = session.get(Qualification, qualification_id)
    if found is None or found.assessor_id != assessor.id:
        raise QualificationNotFound
    return found


def fact_of(qualification: Qualification) -> QualificationFact:
    """Answer a qualification as the rules know it."""
    one = qualification
    return QualificationFact(one.role, one.granted_on, one.valid_until, one.withdrawn_on)


def qualifications_of(session: Session, assessor: Assessor) -> Sequence[Qualification]:
    """Answer every qualification of an assessor, ended ones too."""
    statement = sa.select(Qualification).where(Qualification.assessor_id == assessor.id)
    return session.scalars(statement.order_by(Qualification.id)).all()


@dataclass(frozen=True, slots=True)
class History:
    """What an assessor did and attended: what qualifications are granted and renewed for."""

    engagements: list[EngagementFact]
    attendances: list[AttendanceFact]

    def lacks(self, move: QualificationMove, role: QualificationRole, since: date, until: date) -> list[str]:
        """Answer what is missing for a qualification if what was done between two days counts."""
        done = rules.experience(self.engagements, self.attendances, since, until)
        return rules.lacking(move, role, done, until)


def history_of(session: Session, assessor: Assessor) -> History:
    """Answer what an assessor did and attended, with two statements."""
    own, other = aliased(Engagement), aliased(Engagement)
    is_seen = sa.and_(other.case_id == own.case_id, other.id != own.id, other.role.in_(SCORING))
    statement = (
        sa.select(own.id, own.role, own.ended_on, other.role.label("seen"))
        .outerjoin(other, is_seen)
        .where(own.assessor_id == assessor.id)
    )
    found: dict[str, EngagementFact] = {}
    for row in session.execute(statement):
        before = found.get(row.id) or EngagementFact(row.role, row.ended_on)
        found[row.id] = before if row.seen is None else replace(before, seen=before.seen | {row.seen})
    attended = _attended().where(Attendance.__table__.c.assessor_id == assessor.id)
    return History(list(found.values()), [_attendance(row) for row in session.execute(attended)])


def read_qualification(actor: Actor, qualification: Qualification, history: History) -> QualificationRead:
    """Answer a qualification as shown, with what a renewal still needs."""
    since = qualification.renewed_on or qualification.granted_on
    facts = {name: getattr(qualification, name) for name in QualificationRead.model_fields.keys() - COMPUTED}
    return QualificationRead(
        state=fact_of(qualification).state_on(actor.today),
        renewal_lacks=history.lacks(QualificationMove.RENEW, qualification.role, since, actor.today),
        **facts,
    )


COMPUTED = {"state", "renewal_lacks"}


def qualifications_page(
    session: Session, actor: Actor, assessor: Assessor, query: PageQuery
) -> Page[QualificationRead]:
    """Answer a page of the qualifications of an assessor, ended ones too, as granted one after the other."""
    statement = sa.select(Qualification).where(Qualification.assessor_id == assessor.id)
    asked = {"of": "qualifications", "assessor": assessor.id}
    shown, cursor = keyed_page(session, statement, Qualification.id, query, **asked)
    history = history_of(session, assessor)
    return Page(items=[read_qualification(actor, one, history) for one in shown], next=cursor)


def engagements_page(session: Session, actor: Actor, assessor: Assessor, query: PageQuery) -> Page[EngagementRead]:
    """Answer a page of what an assessor did in cases, in the order of record, with days and fees.

    Which cases these were is told to oneself and to who sees every case: others know of none by it.
    """
    statement = sa.select(Engagement).where(Engagement.assessor_id == assessor.id)
    names = is_self(actor, assessor) or (
        actor.can(Permission.ASSESSMENTS_READ_ALL) and actor.can(Permission.BENCHMARKS_READ_ALL)
    )
    asked = {"of": "engagements", "assessor": assessor.id}
    shown, cursor = keyed_page(session, statement, Engagement.id, query, **asked)
    items = [EngagementRead.model_validate(one, from_attributes=True) for one in shown]
    return Page(items=items if names else [one.model_copy(update={"case_id": None}) for one in items], next=cursor)


def load_of(session: Session, assessor: Assessor) -> LoadRead:
    """Answer cases, days and fees of an assessor by the year in which a case began for the assessor."""
    years: dict[int, list[Engagement]] = defaultdict(list)
    for one in session.scalars(sa.select(Engagement).where(Engagement.assessor_id == assessor.id)):
        years[one.began_on.year].append(one)
    return LoadRead(
        assessor_id=UUID(assessor.id),
        years=[
            LoadOfYear(
                year=year,
                cases=len(done),
                scoring_cases=sum(one.role in SCORING for one in done),
                open_cases=sum(one.ended_on is None for one in done),
                days=float(sum((one.days for one in done), Decimal(0))),
                fee_cents=sum(one.fee_cents for one in done),
            )
            for year, done in sorted(years.items())
        ],
    )
