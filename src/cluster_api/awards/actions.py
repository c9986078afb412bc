"""Awarding labels, and recording what was decided about them. Whoever decides stands above and calls these verbs.

Two times are kept apart: an event counts from ``effective_on``, also a day in the past, and is known from the instant
of its record on. Nothing on record is changed by it, so that what could be known before can be told for ever.
"""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment
from cluster_api.assessments.queries import edition_of
from cluster_api.awards import rules
from cluster_api.awards.errors import AwardNotPossible, DayOutsideValidity, GrantUntold, HearingOpen
from cluster_api.awards.queries import (
    grant_waits,
    hold,
    labels_beside,
    own_standing,
    renewed_by,
    reread,
    rules_of,
    successor_of,
)
from cluster_api.awards.rules import Award, Renewed
from cluster_api.awards.schemas import LabelReinstatement, LabelSanction
from cluster_api.awards.states import LIFE
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.states import ClusterStatus, Level
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.labels.actions import add_event, insert_labels, take_numbers
from cluster_api.labels.models import Label, LabelEvent
from cluster_api.labels.rules import LabelFacts, Validity
from cluster_api.labels.states import LabelEventKind, LabelKind
from cluster_api.methodology.rules import rule_set_of
from cluster_api.methodology.schemas import RuleSet
from cluster_api.methodology.states import CaseKind
from cluster_api.notices.actions import tell_change


def award(  # noqa: PLR0913 - the facts of an award, each told by its name
    session: Session,
    actor: Actor,
    *,
    cluster_id: str,
    level: Level,
    kind: LabelKind,
    assessed_on: date,
    awarded_on: date,
    rule_set: RuleSet,
    previous: Label | None = None,
    source: str | None = None,
) -> Label:
    """Make the label that was decided, and write anew what follows from the labels of its holder.

    Whether the actor may decide is asked by whoever calls: nothing else reaches this over HTTP. The holder is locked,
    so that of two awards at once the second sees the first; the database refuses a second successor, and a renewal
    that does not continue its predecessor, on its own. Sources: domain invariants 1 to 6 and 32.

    Raises:
        AwardNotPossible: naming everything that does not fit.
    """
    given = Award(cluster_id, level, kind, assessed_on, awarded_on, rule_set)
    cluster, before, renewed, beside = _judged(session, given, previous)
    validity = rules.validity_of(given, renewed)
    label = _insert(session, actor, given, cluster, validity, before, source)
    details = {"number": label.number, "level": level.value, "kind": kind.value, "cluster_id": cluster_id}
    record(session, actor.author, "label.awarded", ("label", label.id), details=details, after=_facts(label))
    if before is not None:
        _give_way(session, actor, before.id, before.valid_until, label, "renewed")
    lower = rules.superseded_by(given, validity.valid_from, beside.values())
    for label_id, facts in beside.items():
        if facts.number in lower:
            _give_way(session, actor, label_id, facts.valid_until, label, "superseded")
    return label


def award_for(session: Session, actor: Actor, case: Assessment, *, source: str) -> Label:
    """Award the label of a case that was granted, today, and answer it; raise AwardNotPossible."""
    return award(session, actor, source=source, **_asked(session, actor, case))


def must_be_able_to_award(session: Session, actor: Actor, case: Assessment) -> None:
    """Raise AwardNotPossible if the label of a case could not be awarded today; asked when the case is granted."""
    asked = _asked(session, actor, case)
    previous = asked.pop("previous")
    _judged(session, Award(**asked), previous)


def _asked(session: Session, actor: Actor, case: Assessment) -> dict[str, Any]:
    """Answer what the award of a case is to be, under the rules to which the case is bound."""
    edition = edition_of(session, case, "rule_set")
    return {
        "cluster_id": case.cluster_id,
        "level": case.level,
        "kind": LabelKind.RENEWAL if case.kind is CaseKind.RENEWAL else LabelKind.FIRST,
        "assessed_on": max(case.dates),
        "awarded_on": actor.today,
        "rule_set": rule_set_of(edition.code, edition.applies_from or actor.today, edition.document),
        "previous": renewed_by(session, case),
    }


def _judged(
    session: Session, given: Award, previous: Label | None
) -> tuple[Cluster, Label | None, Renewed | None, dict[str, LabelFacts]]:
    """Answer the holder, locked, with the label that is renewed and all beside; raise AwardNotPossible."""
    cluster = hold(session, given.cluster_id)
    before = None if previous is None else reread(session, previous)
    beside = labels_beside(session, given.cluster_id)
    renewed = None if before is None else _renewed(session, before, given.awarded_on)
    faults = [*_holder_faults(cluster), *rules.award_faults(given, renewed, beside.values())]
    if cluster is None or faults:
        raise AwardNotPossible(" ".join(fault.detail for fault in faults), faults=faults)
    return cluster, before, renewed, beside


def _give_way(session: Session, actor: Actor, label_id: str, ends_on: date, by: Label, kind: str) -> None:
    """Tell why another label takes the place of this one, and make the notice of it."""
    reason = rules.reason_of_change(kind, by.number, by.level, by.valid_from)
    details = {"by": by.number, "from": by.valid_from.isoformat()}
    record(session, actor.author, f"label.{kind}", ("label", label_id), reason=reason, details=details)
    tell_change(session, actor.author, label_id, kind=kind, on=by.valid_from, ends_on=ends_on)


def _holder_faults(cluster: Cluster | None) -> list[Fault]:
    if cluster is None:
        return [Fault("/cluster_id", "unknown", "There is no such cluster organisation.")]
    if cluster.status is not ClusterStatus.ACTIVE:
        return [Fault("/cluster_id", "not_active", f"The cluster organisation is {cluster.status}.")]
    return []


def _renewed(session: Session, label: Label, day: date) -> Renewed:
    facts = labels_beside(session, label.cluster_id)[label.id]
    has_successor = successor_of(session, label) is not None
    return Renewed(facts, label.cluster_id, own_standing(facts, day), has_successor)


def _insert(  # noqa: PLR0913, PLR0917 - the row is made of all of these
    session: Session,
    actor: Actor,
    given: Award,
    cluster: Cluster,
    validity: Validity,
    previous: Label | None,
    source: str | None,
) -> Label:
    label_id = str(uuid7())
    row = {
        "id": label_id,
        "number": take_numbers(session, given.awarded_on.year, 1)[0],
        "cluster_id": given.cluster_id,
        "level": given.level,
        "kind": given.kind,
        "rule_set": given.rule_set.code,
        "previous_label_id": None if previous is None else previous.id,
        "assessed_on": given.assessed_on,
        "awarded_on": given.awarded_on,
        "valid_from": validity.valid_from,
        "valid_until": validity.valid_until,
        "country": cluster.country,
        "portfolio": cluster.portfolio or "",
        "registry_code": None,
        "external_id": None,
        "source": source,
        "is_synthetic": cluster.is_synthetic,
        "recorded_at": actor.now,
        "version": 1,
    }
    event = {
        "id": str(uuid7()),
        "label_id": label_id,
        "kind": LabelEventKind.AWARDED,
        "effective_on": validity.valid_from,
        "valid_from": validity.valid_from,
        "valid_until": validity.valid_until,
        "reason": None,
        "recorded_at": actor.now,
        "author": actor.name,
    }
    insert_labels(session, [row], [event])
    return session.get_one(Label, label_id)


def suspend(session: Session, actor: Actor, label: Label, given: LabelSanction) -> Label:
    """Record that a label was suspended. Raise what ``_sanction`` raises."""
    return _sanction(session, actor, label, "suspend", given)


def withdraw(session: Session, actor: Actor, label: Label, given: LabelSanction) -> Label:
    """Record that a label was withdrawn, for ever. Raise what ``_sanction`` raises."""
    return _sanction(session, actor, label, "withdraw", given)


def reinstate(session: Session, actor: Actor, label: Label, given: LabelReinstatement) -> Label:
    """Record that the suspension of a label has ended.

    Raises:
        MoveNotAllowed: the label is not suspended on the day from which it counts.
        DayOutsideValidity: as named.
    """
    actor.must(Permission.LABELS_ADMINISTER)
    hold(session, label.cluster_id)
    label = reread(session, label)
    return _happen(session, actor, label, "reinstate", given)


def _sanction(session: Session, actor: Actor, label: Label, verb: str, given: LabelSanction) -> Label:
    """Record a suspension or withdrawal after the holder was heard.

    Raises:
        MoveNotAllowed: the label is not what the move needs on the day from which it counts.
        DayOutsideValidity, HearingOpen: as named.
        GrantUntold: a renewal that was granted could not be awarded any more.
    """
    actor.must(Permission.LABELS_ADMINISTER)
    hold(session, label.cluster_id)
    label = reread(session, label)
    if grant_waits(session, label):
        raise GrantUntold
    _, days = rules_of(session, label)
    ends_on = rules.hearing_ends_on(given.noticed_on, days)
    if actor.today <= ends_on:
        detail = f"The holder can answer until {ends_on}."
        raise HearingOpen(detail, faults=[Fault("/body/noticed_on", "hearing_open", detail)])
    return _happen(session, actor, label, verb, given)


HAPPENS = {
    "suspend": (LabelEventKind.SUSPENDED, "label.suspended"),
    "reinstate": (LabelEventKind.REINSTATED, "label.reinstated"),
    "withdraw": (LabelEventKind.WITHDRAWN, "label.withdrawn"),
}


def _happen(
    session: Session, actor: Actor, label: Label, verb: str, given: LabelSanction | LabelReinstatement
) -> Label:
    if not label.valid_from <= given.effective_on <= label.valid_until:
        detail = f"It is valid from {label.valid_from} to {label.valid_until}."
        raise DayOutsideValidity(detail, faults=[Fault("/body/effective_on", "outside_validity", detail)])
    facts: LabelFacts = labels_beside(session, label.cluster_id)[label.id]
    LIFE.find(own_standing(facts, given.effective_on), verb)
    kind, told = HAPPENS[verb]
    before = _facts(label)
    ground = given.ground if isinstance(given, LabelSanction) else None
    event = LabelEvent(
        id=str(uuid7()),
        label_id=label.id,
        kind=kind,
        effective_on=given.effective_on,
        noticed_on=given.noticed_on,
        ground=ground,
        reason=given.reason,
        recorded_at=actor.now,
        author=actor.name,
    )
    add_event(session, label, event)
    details = {"number": label.number, "ground": ground, "effective_on": given.effective_on.isoformat()}
    record(
        session,
        actor.author,
        told,
        ("label", label.id),
        reason=given.reason,
        details={**details, "noticed_on": given.noticed_on.isoformat()},
        before=before,
        after=_facts(label),
    )
    return label


def _facts(label: Label) -> dict[str, object]:
    return {
        "version": label.version,
        "valid_from": label.valid_from.isoformat(),
        "valid_until": label.valid_until.isoformat(),
        "withdrawn_on": None if label.withdrawn_on is None else label.withdrawn_on.isoformat(),
    }
