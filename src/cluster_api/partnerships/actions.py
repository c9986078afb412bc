"""What one can do with partnerships: made by an award, amended, signed by every partner, ended; what they did."""

from collections.abc import Iterable
from datetime import date
from itertools import combinations
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.errors import ClusterNotFound
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.queries import get_cluster
from cluster_api.conflicts.actions import record_tie
from cluster_api.conflicts.schemas import Tie
from cluster_api.conflicts.states import TieKind
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Organisation
from cluster_api.identity.permissions import Permission
from cluster_api.identity.states import Role
from cluster_api.journal.actions import record
from cluster_api.partnerships import rules
from cluster_api.partnerships.errors import (
    ActivityNotPossible,
    AgreementChanged,
    AgreementInForce,
    KpiNotDeclared,
    NoSuchPartner,
    PartnerTaken,
    SignedAlready,
)
from cluster_api.partnerships.models import (
    ActivityAttendee,
    KpiDeclaration,
    Partner,
    Partnership,
    PartnershipActivity,
    PartnershipAgreement,
    PartnershipSignature,
)
from cluster_api.partnerships.queries import must_run, newest_agreement, partners_of, signatures_of
from cluster_api.partnerships.schemas import ActivityCreate, AgreementAmend, AgreementSign, KpiDeclare, PartnershipAward
from cluster_api.partnerships.states import LIFE, AttendeeKind, PartnerRole, PartnershipState


def award(session: Session, actor: Actor, given: PartnershipAward) -> Partnership:
    """Make a partnership out of an application that the board funds; its office is given the role for it.

    Who may award is asked by the call. The first text of the agreement waits for the signatures of all partners.
    """
    partnership = Partnership(
        id=str(uuid7()),
        acronym=given.acronym,
        title=given.title,
        call_code=given.call_code,
        application_number=given.application_number,
        organisation_id=given.organisation_id,
        grant_cents=given.grant_cents,
        begins_on=given.begins_on,
        ends_on=given.ends_on,
        ecosystems=given.ecosystems,
        targets=given.targets,
        state=PartnershipState.PREPARING,
        is_synthetic=given.is_synthetic,
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(partnership)
    session.flush()
    for cluster_id, role, country in given.partners:
        joined = {"partnership_id": partnership.id, "cluster_id": cluster_id, "role": role, "country": country}
        session.add(Partner(**joined, joined_on=given.begins_on))
    _new_text(session, actor, partnership, given.agreement, 1, reason=None)
    _make_office(session, given.organisation_id)
    session.flush()
    _tie(session, actor, partnership)
    details = {"acronym": given.acronym, "call": given.call_code, "grant_cents": given.grant_cents}
    record(session, actor.author, "partnership.awarded", _subject(partnership), details=details)
    return partnership


def _make_office(session: Session, organisation_id: str) -> None:
    organisation = session.get_one(Organisation, organisation_id)
    if Role.PARTNERSHIP.value not in organisation.roles:
        organisation.roles = [*organisation.roles, Role.PARTNERSHIP.value]
        organisation.version += 1


def _tie(session: Session, actor: Actor, partnership: Partnership) -> None:
    """Record who does something together from when to when: who works for one does not assess another (labels, 4)."""
    partners = session.scalars(sa.select(Partner).where(Partner.partnership_id == partnership.id)).all()
    last = min(partnership.ends_on, partnership.terminated_on or partnership.ends_on)
    for one, other in combinations(partners, 2):
        began_on = max(one.joined_on, other.joined_on)
        ended_on = min(one.left_on or last, other.left_on or last)
        if began_on <= ended_on:
            tie = {"cluster_id": one.cluster_id, "other_id": other.cluster_id, "source_id": partnership.id}
            record_tie(session, actor, Tie(kind=TieKind.PARTNERSHIP, began_on=began_on, ended_on=ended_on, **tie))


def amend(session: Session, actor: Actor, partnership: Partnership, given: AgreementAmend) -> PartnershipAgreement:
    """Put a new text to the partners, with who joins and leaves; what was signed of an older text does not count.

    The text in force stays in force until every partner has signed the new one.

    Raises:
        PermissionMissing, MoveNotAllowed: the caller does not run the office, or the partnership has ended.
        ClusterNotFound, PartnerTaken, NoSuchPartner: about who joins and leaves; the coordinator does not leave.
        ActivityNotPossible: the new last day comes before the first.
    """
    must_run(actor, partnership)
    LIFE.apply(partnership, "amend")
    _leave(session, actor.today, partnership, given.leaving)
    _join(session, actor, partnership, given.joining)
    if given.ends_on is not None:
        if given.ends_on < partnership.begins_on:
            detail = f"The partnership begins on {partnership.begins_on}."
            raise ActivityNotPossible(detail, faults=[Fault("/body/ends_on", "too_early", detail)])
        partnership.ends_on = given.ends_on
    number = newest_agreement(session, partnership).number + 1
    agreement = _new_text(session, actor, partnership, given.text, number, reason=given.reason)
    _tie(session, actor, partnership)
    moved = {"joining": [str(one) for one in given.joining], "leaving": [str(one) for one in given.leaving]}
    told = {"number": number, "digest": agreement.digest, **moved}
    _changed(session, actor, partnership, "partnership.amended", reason=given.reason, **told)
    return agreement


def _leave(session: Session, today: date, partnership: Partnership, leaving: Iterable[UUID]) -> None:
    partners = {one.cluster_id: one for one in partners_of(session, partnership.id)}
    for position, cluster_id in enumerate(leaving):
        partner = partners.get(str(cluster_id))
        if partner is None or partner.role is PartnerRole.COORDINATOR:
            detail = "Only partners leave, and the coordinator does not: end the partnership instead."
            raise NoSuchPartner(detail, faults=[Fault(f"/body/leaving/{position}", "not_a_partner", detail)])
        partner.left_on = max(today, partner.joined_on)
    session.flush()


def _join(session: Session, actor: Actor, partnership: Partnership, joining: Iterable[UUID]) -> None:
    for position, cluster_id in enumerate(joining):
        at = f"/body/joining/{position}"
        try:
            cluster = get_cluster(session, actor, str(cluster_id))
        except ClusterNotFound as error:
            raise ClusterNotFound(faults=[Fault(at, "unknown", "The register does not know it.")]) from error
        if session.get(Partner, (partnership.id, cluster.id)) is not None:
            detail = "It is or was a partner; an organisation is once in a partnership."
            raise PartnerTaken(detail, faults=[Fault(at, "taken", detail)])
        session.add(
            Partner(
                partnership_id=partnership.id,
                cluster_id=cluster.id,
                role=PartnerRole.PARTNER,
                country=cluster.country,
                joined_on=max(actor.today, partnership.begins_on),
            )
        )
    session.flush()


def _new_text(
    session: Session, actor: Actor, partnership: Partnership, text: str, number: int, *, reason: str | None
) -> PartnershipAgreement:
    agreement = PartnershipAgreement(
        partnership_id=partnership.id,
        number=number,
        text=text,
        digest=rules.text_digest(text),
        reason=reason,
        created_at=actor.now,
    )
    session.add(agreement)
    session.flush()
    return agreement


def sign(session: Session, actor: Actor, partnership: Partnership, given: AgreementSign) -> PartnershipAgreement:
    """Sign the newest text for a partner; with the last signature it is in force, and the partnership active.

    Raises:
        PermissionMissing: the caller does not act for the organisation of that cluster.
        NoSuchPartner, AgreementChanged, AgreementInForce, SignedAlready, MoveNotAllowed: as named.
    """
    cluster_id = str(given.cluster_id)
    partners = {one.cluster_id for one in partners_of(session, partnership.id)}
    cluster = session.get(Cluster, cluster_id) if cluster_id in partners else None
    if cluster is None:
        raise NoSuchPartner(faults=[Fault("/body/cluster_id", "not_a_partner", "It is no partner at present.")])
    actor.must(Permission.PARTNERSHIPS_SIGN, within=cluster.owner_id or "nobody")
    agreement = newest_agreement(session, partnership)
    if agreement.digest != given.digest:
        detail = f"The newest text is version {agreement.number} with the digest {agreement.digest}."
        raise AgreementChanged(detail, faults=[Fault("/body/digest", "other_text", detail)])
    if agreement.in_force_at is not None:
        raise AgreementInForce
    LIFE.find(partnership.state, "amend")
    signed = {one.cluster_id for one in signatures_of(session, agreement)}
    if cluster_id in signed:
        raise SignedAlready
    by = {"cluster_id": cluster_id, "digest": given.digest, "author": actor.name, "signed_at": actor.now}
    session.add(PartnershipSignature(partnership_id=partnership.id, number=agreement.number, **by))
    if rules.is_in_force(partners, {*signed, cluster_id}):
        agreement.in_force_at = actor.now
        if partnership.state is PartnershipState.PREPARING:
            LIFE.apply(partnership, "activate")
    told = {"cluster_id": cluster_id, "number": agreement.number, "digest": given.digest}
    _changed(session, actor, partnership, "partnership.signed", reason=None, **told)
    return agreement


def terminate(session: Session, actor: Actor, partnership: Partnership, *, reason: str) -> None:
    """End a partnership early; raise MoveNotAllowed if it has ended."""
    must_run(actor, partnership)
    LIFE.apply(partnership, "terminate")
    partnership.terminated_on, partnership.ended_because = actor.today, reason
    _tie(session, actor, partnership)
    _changed(session, actor, partnership, "partnership.terminated", reason=reason)


def record_activity(
    session: Session, actor: Actor, partnership: Partnership, given: ActivityCreate
) -> PartnershipActivity:
    """Record something that a partnership did; raise ActivityNotPossible if it does not fit its time."""
    must_run(actor, partnership)
    last = min(partnership.ends_on, actor.today, partnership.terminated_on or actor.today)
    if not partnership.begins_on <= given.begins_on <= given.ends_on <= last:
        detail = f"An activity lies between {partnership.begins_on} and {last}."
        raise ActivityNotPossible(detail, faults=[Fault("/body/begins_on", "out_of_range", detail)])
    activity = PartnershipActivity(
        id=str(uuid7()),
        partnership_id=partnership.id,
        kind=given.kind,
        title=given.title,
        begins_on=given.begins_on,
        ends_on=given.ends_on,
        place=given.place,
        results=given.results,
        author=actor.name,
        created_at=actor.now,
    )
    session.add(activity)
    session.flush()
    for kind, keys in (
        (AttendeeKind.SME, given.smes),
        (AttendeeKind.ORGANISATION, given.organisations),
        (AttendeeKind.MANAGER, given.managers),
    ):
        alike = sorted({rules.attendee_key(key) for key in keys})
        session.add_all(ActivityAttendee(activity_id=activity.id, kind=kind, key=key) for key in alike)
    details = {"activity_id": activity.id, "kind": given.kind.value}
    _changed(session, actor, partnership, "partnership.activity_recorded", **details)
    return activity


def declare_kpi(session: Session, actor: Actor, partnership: Partnership, given: KpiDeclare) -> KpiDeclaration:
    """Declare what an indicator has reached, with evidence; the latest day counts.

    Raises:
        KpiNotDeclared: it is computed from records.
        ActivityNotPossible: the day lies in the future or before the partnership.
    """
    must_run(actor, partnership)
    if given.kpi in rules.COMPUTED:
        detail = f"{given.kpi} is computed from what is recorded here."
        raise KpiNotDeclared(detail, faults=[Fault("/body/kpi", "computed", detail)])
    if not partnership.begins_on <= given.reached_on <= actor.today:
        detail = f"A day between {partnership.begins_on} and {actor.today}."
        raise ActivityNotPossible(detail, faults=[Fault("/body/reached_on", "out_of_range", detail)])
    declared = KpiDeclaration(
        id=str(uuid7()),
        partnership_id=partnership.id,
        kpi=given.kpi,
        value=given.value,
        reached_on=given.reached_on,
        evidence=given.evidence,
        author=actor.name,
        created_at=actor.now,
    )
    session.add(declared)
    _changed(session, actor, partnership, "partnership.kpi_declared", kpi=given.kpi, value=given.value)
    return declared


def _changed(
    session: Session,
    actor: Actor,
    partnership: Partnership,
    event: str,
    *,
    reason: str | None = None,
    **details: object,
) -> None:
    partnership.version += 1
    partnership.updated_at = actor.now
    session.flush()
    record(session, actor.author, event, _subject(partnership), reason=reason, details=details)


def _subject(partnership: Partnership) -> tuple[str, str]:
    return "partnership", partnership.id
