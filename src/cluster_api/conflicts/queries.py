"""What one can ask of conflicts: the facts that bear on a cluster, for one assessor or the whole pool, and the lists.

The facts are loaded in the same handful of statements however many assessors there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.errors import ClusterNotFound
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.queries import get_cluster
from cluster_api.conflicts.errors import InterestNotFound, PinNotFound, WaiverNotFound
from cluster_api.conflicts.models import ClusterTie, ConflictPin, Interest, InterestDeclaration, PairWaiver
from cluster_api.conflicts.rules import (
    AssessorFacts,
    CaseFact,
    ClusterFacts,
    ColleagueFact,
    Conflict,
    InterestFact,
    MembershipFact,
    PinFact,
    TieFact,
    conflicts,
    open_conflicts,
)
from cluster_api.conflicts.schemas import (
    ConflictRead,
    ConflictsRead,
    DeclarationRead,
    InterestRead,
    PinRead,
    StepRead,
    WaiverRead,
)
from cluster_api.conflicts.states import PAID, PairRule
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.paging import Page, PageQuery
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Membership, Organisation
from cluster_api.pool.models import Assessor, Engagement
from cluster_api.pool.queries import employment_facts, keyed_page, sees_all, sees_personal
from cluster_api.pool.rules import EmploymentFact, employer_key
from cluster_api.pool.states import SCORING

NAMES = (Cluster.legal_name, Cluster.short_name, Cluster.host_organisation, Cluster.names)
OWNER = sa.select(Cluster.id, Cluster.country, Cluster.owner_id, Organisation.name.label("owner"), *NAMES).outerjoin(
    Organisation, Organisation.id == Cluster.owner_id
)


def _keys(row: Any) -> frozenset[str]:
    names = {row.owner, row.legal_name, row.short_name, row.host_organisation, *row.names.values()} - {None}
    return frozenset(key for key in map(employer_key, names) if key is not None)


def cluster_facts(
    session: Session, cluster_id: str, *, is_alone: bool = True, case_id: str | None = None
) -> ClusterFacts:
    """Answer what is known about a cluster that can bear on its assessors; raise ClusterNotFound.

    ``case_id`` is the case asked about, which is not an earlier one.
    """
    row = session.execute(OWNER.where(Cluster.id == cluster_id)).one_or_none()
    if row is None:
        raise ClusterNotFound
    return ClusterFacts(
        cluster_id=cluster_id,
        owner_id=row.owner_id,
        keys=_keys(row),
        ties=tuple(_ties(session, cluster_id)),
        cases=tuple(_cases(session, cluster_id, case_id)),
        country=row.country,
        is_alone=is_alone,
    )


def _ties(session: Session, cluster_id: str) -> list[TieFact]:
    columns = ClusterTie.__table__.c
    is_first = columns.cluster_id == cluster_id
    other = sa.case((is_first, columns.other_id), else_=columns.cluster_id)
    tied = sa.or_(is_first, columns.other_id == cluster_id)
    named = sa.select(columns.id, columns.kind, columns.began_on, columns.ended_on, other.label("other")).where(tied)
    found = session.execute(named).all()
    clusters = OWNER.where(Cluster.id.in_({row.other for row in found}))
    others = {row.id: row for row in session.execute(clusters)} if found else {}
    return [
        TieFact(
            row.id,
            row.began_on,
            row.ended_on,
            kind=row.kind,
            cluster_id=row.other,
            owner_id=others[row.other].owner_id,
            keys=_keys(others[row.other]),
        )
        for row in found
    ]


def _cases(session: Session, cluster_id: str, case_id: str | None) -> list[CaseFact]:
    columns = Engagement.__table__.c
    statement = sa.select(columns.id, columns.case_id, columns.assessor_id, columns.began_on, columns.ended_on).where(
        columns.cluster_id == cluster_id, columns.role.in_(SCORING)
    )
    found: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(statement):
        if row.case_id != case_id:
            found[row.case_id].append(row)
    return [
        CaseFact(
            case,
            min(one.began_on for one in rows),
            None if any(one.ended_on is None for one in rows) else max(one.ended_on for one in rows),
            scoring={one.assessor_id: one.id for one in rows},
        )
        for case, rows in found.items()
    ]


@dataclass(frozen=True, slots=True)
class _About:
    """Everything found for a cluster, by assessor."""

    interests: dict[str, list[InterestFact]]
    employments: dict[str, list[EmploymentFact]]
    memberships: dict[str, list[MembershipFact]]
    pins: dict[str, list[PinFact]]
    declared: dict[str, date]


def assessors_facts(
    session: Session, cluster: ClusterFacts, on: date, assessor_ids: Sequence[str] | None = None
) -> dict[str, AssessorFacts]:
    """Answer what is known about assessors, these or the whole pool, that can bear on a cluster on a day."""
    wanted = list(session.scalars(sa.select(Assessor.id))) if assessor_ids is None else list(assessor_ids)
    interests = _interests(session, cluster)
    # Who did paid work for the cluster counts for every colleague, so their employments are read as well.
    read = None if assessor_ids is None else {*wanted, *interests}
    about = _About(
        interests,
        employment_facts(session, read),
        _memberships(session, cluster),
        _pins(session, cluster),
        _declared(session, on, assessor_ids),
    )
    paid = _paid(interests, about.employments)
    return {
        one: AssessorFacts(
            one,
            employments=tuple(about.employments.get(one, ())),
            memberships=tuple(about.memberships.get(one, ())),
            interests=tuple(interests.get(one, ())),
            colleagues=tuple(_colleagues(one, about.employments.get(one, ()), paid)),
            pins=tuple(about.pins.get(one, ())),
            declared_on=about.declared.get(one),
        )
        for one in wanted
    }


def _paid(
    interests: Mapping[str, Sequence[InterestFact]], employments: Mapping[str, Sequence[EmploymentFact]]
) -> dict[str, list[ColleagueFact]]:
    """Answer who did paid work for the cluster, by every name of the employer: so few are compared with each other."""
    found: dict[str, list[ColleagueFact]] = defaultdict(list)
    for who, held in interests.items():
        for interest in held:
            for employment in employments.get(who, ()) if interest.kind in PAID else ():
                for name in employment.names:
                    found[name].append(ColleagueFact(employment, interest))
    return found


def _colleagues(
    assessor_id: str, employments: Iterable[EmploymentFact], paid: Mapping[str, Sequence[ColleagueFact]]
) -> Iterable[ColleagueFact]:
    names = frozenset[str]().union(*(one.names for one in employments))
    found = {colleague: None for name in sorted(names) for colleague in paid.get(name, ())}
    return (one for one in found if one.employment.assessor_id != assessor_id)


def _interests(session: Session, cluster: ClusterFacts) -> dict[str, list[InterestFact]]:
    sides: tuple[ClusterFacts | TieFact, ...] = (cluster, *cluster.ties)
    columns = Interest.__table__.c
    clusters, keys = {side.cluster_id for side in sides}, frozenset[str]().union(*(side.keys for side in sides))
    owners = {side.owner_id for side in sides if side.owner_id is not None}
    concerned = sa.or_(columns.cluster_id.in_(clusters), columns.organisation_id.in_(owners), columns.key.in_(keys))
    statement = sa.select(*columns).where(columns.withdrawn_at.is_(None), concerned).order_by(columns.id)
    found: dict[str, list[InterestFact]] = defaultdict(list)
    for row in session.execute(statement):
        fact = InterestFact(
            row.id,
            row.began_on,
            row.ended_on,
            kind=row.kind,
            source=row.source,
            cluster_id=row.cluster_id,
            organisation_id=row.organisation_id,
            key=row.key,
        )
        found[row.assessor_id].append(fact)
    return found


def _memberships(session: Session, cluster: ClusterFacts) -> dict[str, list[MembershipFact]]:
    owners = {one for one in (cluster.owner_id, *(tie.owner_id for tie in cluster.ties)) if one is not None}
    statement = (
        sa.select(Assessor.id, Membership.organisation_id, Membership.created_at)
        .join(Membership, Membership.person_id == Assessor.person_id)
        .where(Membership.organisation_id.in_(owners))
    )
    found: dict[str, list[MembershipFact]] = defaultdict(list)
    for row in session.execute(statement) if owners else ():
        found[row.id].append(MembershipFact(row.organisation_id, civil_date(row.created_at), None))
    return found


def _pins(session: Session, cluster: ClusterFacts) -> dict[str, list[PinFact]]:
    columns = ConflictPin.__table__.c
    statement = sa.select(*columns).where(columns.cluster_id == cluster.cluster_id, columns.withdrawn_at.is_(None))
    found: dict[str, list[PinFact]] = defaultdict(list)
    for row in session.execute(statement.order_by(columns.id)):
        fact = PinFact(
            row.id,
            row.began_on,
            row.ended_on,
            effect=row.effect,
            reason=row.reason,
            conflict_key=row.conflict_key,
        )
        found[row.assessor_id].append(fact)
    return found


def _declared(session: Session, on: date, assessor_ids: Sequence[str] | None) -> dict[str, date]:
    columns = InterestDeclaration.__table__.c
    last = sa.func.max(columns.declared_on)
    statement = sa.select(columns.assessor_id, last).where(columns.declared_on <= on).group_by(columns.assessor_id)
    if assessor_ids is not None:
        statement = statement.where(columns.assessor_id.in_(assessor_ids))
    return {row[0]: row[1] for row in session.execute(statement)}


def conflicts_of(session: Session, assessor: Assessor, cluster_id: str, on: date) -> list[Conflict]:
    """Answer every conflict of an assessor with a cluster on a day, as for the only one who scores."""
    cluster = cluster_facts(session, cluster_id)
    return conflicts(assessors_facts(session, cluster, on, [assessor.id])[assessor.id], cluster, on)


def read_conflicts(
    session: Session, actor: Actor, assessor: Assessor, cluster_id: str, on: date | None
) -> ConflictsRead:
    """Answer the conflicts of an assessor with a cluster, today if no day is asked for; raise ClusterNotFound."""
    get_cluster(session, actor, cluster_id)
    day = on or actor.today
    found = conflicts_of(session, assessor, cluster_id, day)
    return ConflictsRead(
        assessor_id=UUID(assessor.id),
        cluster_id=UUID(cluster_id),
        on=day,
        is_free=not open_conflicts(found),
        conflicts=[read_conflict(one, sees_others=sees_all(actor)) for one in found],
    )


def read_conflict(conflict: Conflict, *, sees_others: bool) -> ConflictRead:
    """Answer a conflict as shown; what is recorded about somebody else is not named to an assessor."""
    return ConflictRead(
        key=conflict.key,
        kind=conflict.kind,
        source=conflict.source,
        certainty=conflict.certainty,
        path=[
            StepRead(
                fact=step.fact,
                fact_id=None if "/" in step.fact_id or (step.is_of_other and not sees_others) else step.fact_id,
                says=step.says,
                began_on=step.began_on if sees_others or not step.is_of_other else None,
                ended_on=step.ended_on if sees_others or not step.is_of_other else None,
            )
            for step in conflict.path
        ],
        cleared=conflict.cleared,
    )


def get_interest(session: Session, assessor: Assessor, interest_id: str) -> Interest:
    """Answer an interest of an assessor; raise InterestNotFound."""
    found = session.get(Interest, interest_id)
    if found is None or found.assessor_id != assessor.id:
        raise InterestNotFound
    return found


def get_pin(session: Session, assessor: Assessor, pin_id: str) -> ConflictPin:
    """Answer a pin of an assessor; raise PinNotFound."""
    found = session.get(ConflictPin, pin_id)
    if found is None or found.assessor_id != assessor.id:
        raise PinNotFound
    return found


def get_waiver(session: Session, assessor: Assessor, waiver_id: str) -> PairWaiver:
    """Answer a waiver about an assessor; raise WaiverNotFound."""
    found = session.get(PairWaiver, waiver_id)
    if found is None or assessor.id not in {found.first_id, found.second_id}:
        raise WaiverNotFound
    return found


def read_interest(actor: Actor, assessor: Assessor, interest: Interest) -> InterestRead:
    """Answer an interest as shown to this caller."""
    found = InterestRead.model_validate(interest, from_attributes=True)
    return found if sees_personal(actor, assessor) else found.model_copy(update={"statement": None})


def read_pin(pin: ConflictPin) -> PinRead:
    """Answer a pin as shown."""
    return PinRead.model_validate(pin, from_attributes=True)


def read_waiver(waiver: PairWaiver) -> WaiverRead:
    """Answer a waiver as shown."""
    facts = {name: getattr(waiver, name) for name in WaiverRead.model_fields if name != "assessor_ids"}
    return WaiverRead(assessor_ids=[UUID(waiver.first_id), UUID(waiver.second_id)], **facts)


def interests_page(session: Session, actor: Actor, assessor: Assessor, query: PageQuery) -> Page[InterestRead]:
    """Answer a page of the interests of an assessor, withdrawn ones too, as declared one after the other."""
    statement = sa.select(Interest).where(Interest.assessor_id == assessor.id)
    shown, cursor = keyed_page(session, statement, Interest.id, query, of="interests", assessor=assessor.id)
    return Page(items=[read_interest(actor, assessor, one) for one in shown], next=cursor)


def declarations_page(session: Session, assessor: Assessor, query: PageQuery) -> Page[DeclarationRead]:
    """Answer a page of the declarations of an assessor that every interest is on record."""
    statement = sa.select(InterestDeclaration).where(InterestDeclaration.assessor_id == assessor.id)
    key = InterestDeclaration.id
    shown, cursor = keyed_page(session, statement, key, query, of="declarations", assessor=assessor.id)
    return Page(items=[DeclarationRead.model_validate(one, from_attributes=True) for one in shown], next=cursor)


def pins_page(session: Session, assessor: Assessor, query: PageQuery) -> Page[PinRead]:
    """Answer a page of the pins of an assessor, withdrawn ones too."""
    statement = sa.select(ConflictPin).where(ConflictPin.assessor_id == assessor.id)
    shown, cursor = keyed_page(session, statement, ConflictPin.id, query, of="pins", assessor=assessor.id)
    return Page(items=[read_pin(one) for one in shown], next=cursor)


def waivers_page(session: Session, assessor: Assessor, query: PageQuery) -> Page[WaiverRead]:
    """Answer a page of the waivers about an assessor and another one, withdrawn ones too."""
    concerned = sa.or_(PairWaiver.first_id == assessor.id, PairWaiver.second_id == assessor.id)
    statement = sa.select(PairWaiver).where(concerned)
    shown, cursor = keyed_page(session, statement, PairWaiver.id, query, of="waivers", assessor=assessor.id)
    return Page(items=[read_waiver(one) for one in shown], next=cursor)


def waived_rules(
    session: Session, pairs: Iterable[tuple[str, str]], cluster_id: str, on: date
) -> dict[tuple[str, str], dict[PairRule, str]]:
    """Answer the rules waived for pairs of assessors on a cluster and a day, with the reasons, by the pair in order."""
    wanted = {tuple(sorted(pair)) for pair in pairs}
    statement = sa.select(PairWaiver).where(
        PairWaiver.cluster_id == cluster_id,
        PairWaiver.withdrawn_at.is_(None),
        PairWaiver.began_on <= on,
        sa.or_(PairWaiver.ended_on.is_(None), PairWaiver.ended_on >= on),
    )
    found: dict[tuple[str, str], dict[PairRule, str]] = defaultdict(dict)
    for one in session.scalars(statement):
        if (one.first_id, one.second_id) in wanted:
            found[one.first_id, one.second_id][one.rule] = one.reason
    return found
