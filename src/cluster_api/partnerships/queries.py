"""What one can ask about partnerships. Who is funded is public; agreements and activities are for who takes part."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.models import Cluster
from cluster_api.foundation.paging import Page
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.partnerships import rules
from cluster_api.partnerships.errors import AgreementNotFound, PartnershipNotFound
from cluster_api.partnerships.models import (
    ActivityAttendee,
    KpiDeclaration,
    Partner,
    Partnership,
    PartnershipActivity,
    PartnershipAgreement,
    PartnershipSignature,
)
from cluster_api.partnerships.schemas import (
    ActivityQuery,
    ActivityRead,
    AgreementRead,
    PartnerRead,
    PartnershipQuery,
    PartnershipRead,
    SignatureRead,
)
from cluster_api.partnerships.states import LIFE, AttendeeKind, PartnerRole
from cluster_api.pool.queries import keyed_page

BY_SERVICE = frozenset({"activate"})
"""Moves that come by themselves."""
CURRENCY = "EUR"


def get_partnership(session: Session, partnership_id: str, *, for_change: bool = False) -> Partnership:
    """Answer a partnership, locked if it is to be changed; raise PartnershipNotFound."""
    statement = sa.select(Partnership).where(Partnership.id == partnership_id)
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise PartnershipNotFound
    return found


def runs(actor: Actor, partnership: Partnership) -> bool:
    """Answer whether the caller runs the office of a partnership."""
    return actor.can(Permission.PARTNERSHIPS_RUN, within=partnership.organisation_id)


def must_run(actor: Actor, partnership: Partnership) -> None:
    """Raise CredentialsRequired or PermissionMissing unless the caller runs the office of a partnership."""
    actor.must(Permission.PARTNERSHIPS_RUN, within=partnership.organisation_id)


def takes_part(session: Session, actor: Actor, partnership: Partnership) -> bool:
    """Answer whether the caller acts for a partner, for the office, or reads about all partnerships."""
    if actor.can(Permission.PARTNERSHIPS_READ_ALL) or runs(actor, partnership):
        return True
    mine = actor.where(Permission.PARTNERSHIPS_SIGN)
    return bool(mine) and bool(
        session.scalar(
            sa.select(sa.exists().where(Partner.partnership_id == partnership.id, Partner.cluster_id == Cluster.id))
            .where(Cluster.owner_id.in_(mine))
            .limit(1)
        )
    )


def must_take_part(session: Session, actor: Actor, partnership: Partnership) -> None:
    """Raise CredentialsRequired or PermissionMissing to everybody else."""
    if not takes_part(session, actor, partnership):
        actor.refuse(Permission.PARTNERSHIPS_SIGN, Permission.PARTNERSHIPS_RUN, Permission.PARTNERSHIPS_READ_ALL)


def partners_of(session: Session, partnership_id: str) -> list[Partner]:
    """Answer the partners of now."""
    statement = sa.select(Partner).where(Partner.partnership_id == partnership_id, Partner.left_on.is_(None))
    return list(session.scalars(statement.order_by(Partner.joined_on, Partner.cluster_id)))


def allowed_moves(actor: Actor, partnership: Partnership) -> list[str]:
    """Answer what the caller can do with a partnership now."""
    moves = {move.verb for move in LIFE.moves_from(partnership.state)} - BY_SERVICE
    return sorted(moves) if runs(actor, partnership) else []


def read_partnerships(session: Session, actor: Actor, partnerships: Sequence[Partnership]) -> list[PartnershipRead]:
    """Answer partnerships as they are shown, in as many queries as for one."""
    ids = [one.id for one in partnerships]
    rows = session.execute(
        sa.select(Partner, Cluster.legal_name)
        .join(Cluster, Cluster.id == Partner.cluster_id)
        .where(Partner.partnership_id.in_(ids))
        .order_by(Partner.joined_on, Cluster.sort_name, Cluster.id)
    ).all()
    newest = session.execute(
        sa.select(PartnershipAgreement.partnership_id, sa.func.max(PartnershipAgreement.number))
        .where(PartnershipAgreement.partnership_id.in_(ids), PartnershipAgreement.in_force_at.is_not(None))
        .group_by(PartnershipAgreement.partnership_id)
    )
    in_force: dict[str, int] = {row[0]: row[1] for row in newest}
    return [
        _read(actor, one, [row for row in rows if row[0].partnership_id == one.id], in_force) for one in partnerships
    ]


def _read(actor: Actor, one: Partnership, partners: Sequence[Any], in_force: Mapping[str, int]) -> PartnershipRead:
    shown = [
        PartnerRead(
            cluster_id=UUID(partner.cluster_id),
            name=name,
            country=partner.country,
            role=partner.role,
            joined_on=partner.joined_on,
            left_on=partner.left_on,
        )
        for partner, name in partners
    ]
    return PartnershipRead(
        id=UUID(one.id),
        acronym=one.acronym,
        title=one.title,
        call=one.call_code,
        application_number=one.application_number,
        organisation_id=UUID(one.organisation_id),
        state=one.state,
        begins_on=one.begins_on,
        ends_on=one.ends_on,
        terminated_on=one.terminated_on,
        grant_cents=one.grant_cents,
        currency=CURRENCY,
        ecosystems=one.ecosystems,
        targets=one.targets,
        partners=sorted(shown, key=lambda partner: partner.role is not PartnerRole.COORDINATOR),
        agreement_in_force=in_force.get(one.id),
        is_synthetic=one.is_synthetic,
        version=one.version,
        allowed_moves=allowed_moves(actor, one),
    )


def read_partnership(session: Session, actor: Actor, partnership: Partnership) -> PartnershipRead:
    """Answer a partnership as it is shown."""
    return read_partnerships(session, actor, [partnership])[0]


def partnerships_page(session: Session, actor: Actor, query: PartnershipQuery) -> Page[PartnershipRead]:
    """Answer a page of partnerships in the order in which they were made."""
    statement = sa.select(Partnership)
    if query.call is not None:
        statement = statement.where(Partnership.call_code == query.call)
    if query.state is not None:
        statement = statement.where(Partnership.state == query.state)
    if query.country is not None:
        statement = statement.where(_has_partner(Partner.country == query.country))
    if query.cluster_id is not None:
        statement = statement.where(_has_partner(Partner.cluster_id == str(query.cluster_id)))
    shown, cursor = keyed_page(session, statement, Partnership.id, query, of="partnerships")
    return Page(items=read_partnerships(session, actor, shown), next=cursor)


def _has_partner(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return Partnership.id.in_(sa.select(Partner.partnership_id).where(condition))


def newest_agreement(session: Session, partnership: Partnership, number: int | None = None) -> PartnershipAgreement:
    """Answer the newest version of the agreement, or the one of this number; raise AgreementNotFound."""
    statement = sa.select(PartnershipAgreement).where(PartnershipAgreement.partnership_id == partnership.id)
    if number is not None:
        statement = statement.where(PartnershipAgreement.number == number)
    found = session.scalar(statement.order_by(PartnershipAgreement.number.desc()).limit(1))
    if found is None:
        raise AgreementNotFound
    return found


def signatures_of(session: Session, agreement: PartnershipAgreement) -> list[PartnershipSignature]:
    """Answer the signatures under a version, the first first."""
    S = PartnershipSignature  # noqa: N806 - one word for the table
    statement = sa.select(S).where(S.partnership_id == agreement.partnership_id, S.number == agreement.number)
    return list(session.scalars(statement.order_by(S.signed_at, S.cluster_id)))


def read_agreement(session: Session, agreement: PartnershipAgreement) -> AgreementRead:
    """Answer a version of an agreement with its signatures, and the partners of now that have not signed."""
    signed = signatures_of(session, agreement)
    signers = {one.cluster_id for one in signed}
    partners = [one.cluster_id for one in partners_of(session, agreement.partnership_id)]
    return AgreementRead(
        number=agreement.number,
        text=agreement.text,
        digest=agreement.digest,
        reason=agreement.reason,
        in_force_at=agreement.in_force_at,
        signatures=[SignatureRead(cluster_id=UUID(one.cluster_id), signed_at=one.signed_at) for one in signed],
        missing=[UUID(one) for one in partners if one not in signers and agreement.in_force_at is None],
        created_at=agreement.created_at,
    )


def activities_page(session: Session, partnership: Partnership, query: ActivityQuery) -> Page[ActivityRead]:
    """Answer a page of the activities of a partnership, in the order in which they were recorded."""
    statement = sa.select(PartnershipActivity).where(PartnershipActivity.partnership_id == partnership.id)
    if query.kind is not None:
        statement = statement.where(PartnershipActivity.kind == query.kind)
    shown, cursor = keyed_page(
        session, statement, PartnershipActivity.id, query, of="activities", partnership=partnership.id
    )
    return Page(items=read_activities(session, shown), next=cursor)


def read_activities(session: Session, activities: Sequence[PartnershipActivity]) -> list[ActivityRead]:
    """Answer activities with numbers of who took part."""
    counted = session.execute(
        sa.select(ActivityAttendee.activity_id, ActivityAttendee.kind, sa.func.count())
        .where(ActivityAttendee.activity_id.in_([one.id for one in activities]))
        .group_by(ActivityAttendee.activity_id, ActivityAttendee.kind)
    )
    numbers = {(activity, kind): count for activity, kind, count in counted}
    return [
        ActivityRead(
            id=UUID(one.id),
            kind=one.kind,
            title=one.title,
            begins_on=one.begins_on,
            ends_on=one.ends_on,
            place=one.place,
            results=one.results,
            smes=numbers.get((one.id, AttendeeKind.SME), 0),
            organisations=numbers.get((one.id, AttendeeKind.ORGANISATION), 0),
            managers=numbers.get((one.id, AttendeeKind.MANAGER), 0),
            created_at=one.created_at,
        )
        for one in activities
    ]


class Attendance:
    """What partnerships did by a day and who took part, read once, so that many parts of it can be counted."""

    def __init__(self, session: Session, partnership_ids: Sequence[str], at: date) -> None:
        """Read what was over by the day."""
        A = PartnershipActivity  # noqa: N806 - one word for the table
        theirs = (A.partnership_id.in_(partnership_ids), A.ends_on <= at)
        self._activities = session.execute(sa.select(A.id, A.kind, A.partnership_id, A.ends_on).where(*theirs)).all()
        rows = session.execute(
            sa.select(ActivityAttendee.activity_id, ActivityAttendee.kind, ActivityAttendee.key)
            .join(A, A.id == ActivityAttendee.activity_id)
            .where(*theirs)
        )
        self._attended: dict[str, list[tuple[AttendeeKind, str]]] = defaultdict(list)
        for activity_id, kind, key in rows:
            self._attended[activity_id].append((kind, key))

    def observed(self, partnership_ids: Collection[str], at: date) -> dict[str, int]:
        """Answer what these partnerships reached by a day for each indicator; each thing counts once.

        Over several partnerships too: an SME that two of them have reached is one SME.
        """
        theirs = {
            key: kind for key, kind, partnership_id, ends_on in self._activities
            if partnership_id in partnership_ids and ends_on <= at
        }  # fmt: skip
        attended = (
            rules.Attended(key, kind, who, name) for key, kind in theirs.items() for who, name in self._attended[key]
        )
        return rules.observed(theirs, attended)


def declared_of(session: Session, partnership_ids: Sequence[str], at: date) -> dict[tuple[str, str], KpiDeclaration]:
    """Answer the latest declaration up to a day, for each partnership and indicator."""
    statement = (
        sa.select(KpiDeclaration)
        .where(KpiDeclaration.partnership_id.in_(partnership_ids), KpiDeclaration.reached_on <= at)
        .order_by(KpiDeclaration.reached_on, KpiDeclaration.id)
    )
    return {(one.partnership_id, one.kpi): one for one in session.scalars(statement)}
