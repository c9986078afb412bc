"""What one can do about conflicts: declare interests, end and withdraw them, pin and clear, waive; tie clusters."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.models import Cluster
from cluster_api.clusters.queries import visible
from cluster_api.conflicts.errors import AlreadyWithdrawn, ConflictUnknown
from cluster_api.conflicts.models import ClusterTie, ConflictPin, Interest, InterestDeclaration, PairWaiver
from cluster_api.conflicts.queries import conflicts_of
from cluster_api.conflicts.schemas import InterestCreate, PinCreate, Tie, WaiverCreate
from cluster_api.conflicts.states import PinEffect, Source
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.pool.actions import (
    must_be_organisation,
    must_declare,
    must_end_honestly,
    must_follow,
    subject_of,
    touch,
    unknown,
)
from cluster_api.pool.models import Assessor
from cluster_api.pool.queries import is_self
from cluster_api.pool.rules import employer_key


def declare(session: Session, actor: Actor, assessor: Assessor, given: InterestCreate) -> Interest:
    """Record an interest of an assessor, as declared by the assessor or the secretariat, and answer it.

    Raises:
        PermissionMissing, ReferenceUnknown: as named.
        DatesNotPossible: it ends before it begins.
    """
    must_declare(actor, assessor)
    must_follow(given.began_on, given.ended_on)
    facts = given.model_dump(mode="python")
    facts |= {name: None if facts[name] is None else str(facts[name]) for name in ("cluster_id", "organisation_id")}
    must_be_organisation(session, facts["organisation_id"])
    _must_be_cluster(session, actor, facts["cluster_id"])
    interest = Interest(
        id=str(uuid7()),
        assessor_id=assessor.id,
        person_id=assessor.person_id,
        key=None if given.name is None else employer_key(given.name),
        source=Source.ASSESSOR if is_self(actor, assessor) else Source.SECRETARIAT,
        recorded_at=actor.now,
        author=actor.name,
        **facts,
    )
    session.add(interest)
    touch(session, actor, assessor)
    # With what and how somebody is bound up is personal and erased with the person: the journal names the row only.
    details = {"interest_id": interest.id}
    record(session, actor.author, "interest.declared", subject_of(assessor), details=details)
    return interest


def end(session: Session, actor: Actor, assessor: Assessor, interest: Interest, *, ended_on: date) -> Interest:
    """Say when an interest ended; it goes on to count for its period.

    Raises:
        PermissionMissing, AlreadyWithdrawn: as named.
        DatesNotPossible: before it began, on a day to come, or, by the assessor, before it was declared.
    """
    must_declare(actor, assessor)
    _must_stand(interest)
    must_follow(interest.began_on, ended_on)
    must_end_honestly(actor, interest, ended_on)
    interest.ended_on = ended_on
    touch(session, actor, assessor)
    details = {"interest_id": interest.id, "ended_on": ended_on.isoformat()}
    record(session, actor.author, "interest.ended", subject_of(assessor), details=details)
    return interest


def withdraw(session: Session, actor: Actor, assessor: Assessor, interest: Interest, *, reason: str) -> Interest:
    """Withdraw an interest that was recorded in error; the secretariat only, since nobody clears oneself."""
    _withdraw(session, actor, assessor, interest, reason)
    details = {"interest_id": interest.id}
    record(session, actor.author, "interest.withdrawn", subject_of(assessor), reason=reason, details=details)
    return interest


def declare_complete(session: Session, actor: Actor, assessor: Assessor) -> InterestDeclaration:
    """Record that, as the assessor declares today, every interest is on record."""
    must_declare(actor, assessor)
    declaration = InterestDeclaration(
        id=str(uuid7()),
        assessor_id=assessor.id,
        declared_on=actor.today,
        recorded_at=actor.now,
        author=actor.name,
    )
    session.add(declaration)
    touch(session, actor, assessor)
    record(session, actor.author, "interests.confirmed", subject_of(assessor))
    return declaration


def pin(session: Session, actor: Actor, assessor: Assessor, given: PinCreate) -> ConflictPin:
    """Pin a conflict of an assessor with a cluster, or clear one that was found, and answer the pin.

    Raises:
        PermissionMissing, ReferenceUnknown, DatesNotPossible: as named.
        ConflictUnknown: there is no conflict with this key on the first day.
    """
    actor.must(Permission.ASSESSORS_WRITE)
    began_on, cluster_id = given.began_on or actor.today, str(given.cluster_id)
    must_follow(began_on, given.ended_on)
    _must_be_cluster(session, actor, cluster_id)
    if given.effect is PinEffect.CLEAR:
        found = {one.key for one in conflicts_of(session, assessor, cluster_id, began_on)}
        if given.conflict_key not in found:
            raise ConflictUnknown
    made = ConflictPin(
        id=str(uuid7()),
        assessor_id=assessor.id,
        cluster_id=cluster_id,
        effect=given.effect,
        conflict_key=given.conflict_key,
        reason=given.reason,
        began_on=began_on,
        ended_on=given.ended_on,
        recorded_at=actor.now,
        author=actor.name,
    )
    session.add(made)
    touch(session, actor, assessor)
    details = {"pin_id": made.id, "cluster_id": cluster_id, "effect": given.effect.value, "key": given.conflict_key}
    record(session, actor.author, "conflict.pinned", subject_of(assessor), reason=given.reason, details=details)
    return made


def withdraw_pin(session: Session, actor: Actor, assessor: Assessor, made: ConflictPin, *, reason: str) -> ConflictPin:
    """Withdraw a pin; raise AlreadyWithdrawn the second time."""
    _withdraw(session, actor, assessor, made, reason)
    details = {"pin_id": made.id}
    record(session, actor.author, "pin.withdrawn", subject_of(assessor), reason=reason, details=details)
    return made


def waive(session: Session, actor: Actor, assessor: Assessor, given: WaiverCreate) -> PairWaiver:
    """Let two assessors work together on a cluster although a rule about pairs speaks against it.

    Raises:
        PermissionMissing, DatesNotPossible: as named.
        ReferenceUnknown: there is no other such assessor or no such cluster.
    """
    actor.must(Permission.ASSESSORS_WRITE)
    other_id, cluster_id = str(given.other_assessor_id), str(given.cluster_id)
    began_on = given.began_on or actor.today
    must_follow(began_on, given.ended_on)
    if other_id == assessor.id or session.get(Assessor, other_id) is None:
        raise unknown("/body/other_assessor_id", "There is no other such assessor.")
    _must_be_cluster(session, actor, cluster_id)
    first_id, second_id = sorted((assessor.id, other_id))
    waiver = PairWaiver(
        id=str(uuid7()),
        first_id=first_id,
        second_id=second_id,
        rule=given.rule,
        cluster_id=cluster_id,
        reason=given.reason,
        began_on=began_on,
        ended_on=given.ended_on,
        recorded_at=actor.now,
        author=actor.name,
    )
    session.add(waiver)
    touch(session, actor, assessor)
    details = {"waiver_id": waiver.id, "other_id": other_id, "cluster_id": cluster_id, "rule": given.rule.value}
    record(session, actor.author, "pair_rule.waived", subject_of(assessor), reason=given.reason, details=details)
    return waiver


def withdraw_waiver(
    session: Session, actor: Actor, assessor: Assessor, waiver: PairWaiver, *, reason: str
) -> PairWaiver:
    """Withdraw a waiver; raise AlreadyWithdrawn the second time."""
    _withdraw(session, actor, assessor, waiver, reason)
    details = {"waiver_id": waiver.id}
    record(session, actor.author, "waiver.withdrawn", subject_of(assessor), reason=reason, details=details)
    return waiver


def record_tie(session: Session, actor: Actor, given: Tie) -> ClusterTie:
    """Record that two clusters do something together, or mend its days; by areas that have checked who asks."""
    first_id, second_id = sorted((given.cluster_id, given.other_id))
    places = {"source_id": given.source_id, "cluster_id": first_id, "other_id": second_id}
    tie = session.scalar(sa.select(ClusterTie).filter_by(**places).with_for_update())
    if tie is None:
        tie = ClusterTie(id=str(uuid7()), kind=given.kind, began_on=given.began_on, **places)
        session.add(tie)
    tie.began_on, tie.ended_on, tie.recorded_at = given.began_on, given.ended_on, actor.now
    session.flush()
    details = {"cluster_ids": [first_id, second_id], "source_id": given.source_id}
    record(session, actor.author, "cluster_tie.recorded", ("cluster_tie", tie.id), details=details)
    return tie


def _withdraw(
    session: Session, actor: Actor, assessor: Assessor, one: Interest | ConflictPin | PairWaiver, reason: str
) -> None:
    actor.must(Permission.ASSESSORS_WRITE)
    _must_stand(one)
    one.withdrawn_at, one.withdrawal_reason = actor.now, reason
    touch(session, actor, assessor)


def _must_stand(one: Interest | ConflictPin | PairWaiver) -> None:
    if one.withdrawn_at is not None:
        raise AlreadyWithdrawn


def _must_be_cluster(session: Session, actor: Actor, cluster_id: str | None) -> None:
    wanted = sa.select(Cluster.id).where(Cluster.id == cluster_id, visible(actor))
    if cluster_id is not None and session.scalar(wanted) is None:
        raise unknown("/body/cluster_id", "There is no such cluster.")
