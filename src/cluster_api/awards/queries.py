"""What one can ask of the record of a label: the label to change, its facts, and how it is shown to the secretariat."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment
from cluster_api.assessments.states import CaseState
from cluster_api.awards.schemas import LabelEventRead, LabelRecordRead
from cluster_api.awards.states import LIFE
from cluster_api.clusters.models import Cluster
from cluster_api.foundation.conditional import tag_of_bytes
from cluster_api.foundation.identifiers import normalised_number
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.labels.errors import LabelNotFound
from cluster_api.labels.models import Label, LabelEvent
from cluster_api.labels.queries import facts_of_holders
from cluster_api.labels.rules import LabelFacts, may_renew, standing
from cluster_api.labels.states import Standing
from cluster_api.methodology.errors import RuleSetNotFound
from cluster_api.methodology.queries import editions
from cluster_api.methodology.rules import rule_set_of
from cluster_api.methodology.schemas import RuleSet, RuleSetDocument
from cluster_api.methodology.states import SEALED, CaseKind, MethodologyKind
from cluster_api.notices.queries import notices_of


def get_label(session: Session, actor: Actor, number: str) -> Label:
    """Answer a label for whoever may see its record.

    Raises:
        CredentialsRequired, PermissionMissing: the caller sees no records of labels.
        LabelNotFound: there is none with this number.
    """
    actor.must_any(Permission.LABELS_READ_ALL, Permission.LABELS_ADMINISTER)
    found = session.scalar(sa.select(Label).where(Label.number == normalised_number(number)))
    if found is None:
        raise LabelNotFound
    return found


def hold(session: Session, cluster_id: str) -> Cluster | None:
    """Answer a holder, locked until the transaction ends: all that changes labels of one holder takes turns on it."""
    return session.get(Cluster, cluster_id, with_for_update=True, populate_existing=True)


def reread(session: Session, label: Label) -> Label:
    """Answer a label as it is now, locked; its holder must be held by the caller before."""
    return session.get_one(Label, label.id, with_for_update=True, populate_existing=True)


def labels_beside(session: Session, cluster_id: str) -> dict[str, LabelFacts]:
    """Answer the facts of all labels of a holder by their identifiers."""
    return {label.id: facts for label, facts in facts_of_holders(session, [cluster_id])}


def successor_of(session: Session, label: Label) -> str | None:
    """Answer the number of the label that renews this one, if any does."""
    return session.scalar(sa.select(Label.number).where(Label.previous_label_id == label.id))


def renewed_by(session: Session, case: Assessment) -> Label | None:
    """Answer the label that a case renews: that of its level whose end the case was opened to continue."""
    if case.kind is not CaseKind.RENEWAL:
        return None
    statement = sa.select(Label).where(
        Label.cluster_id == case.cluster_id,
        Label.level == case.level,
        Label.valid_until == case.previous_valid_until,
    )
    return session.scalars(statement.order_by(Label.id.desc())).first()


def grant_waits(session: Session, label: Label) -> bool:
    """Answer whether a renewal of this level was granted to the holder of a label, and is not told yet."""
    waiting = sa.select(Assessment.id).where(
        Assessment.cluster_id == label.cluster_id,
        Assessment.level == label.level,
        Assessment.kind == CaseKind.RENEWAL,
        Assessment.state == CaseState.GRANTED,
        Assessment.shown_state.is_not(None),
    )
    return session.scalar(waiting.limit(1)) is not None


def rules_of(session: Session, label: Label) -> tuple[RuleSet, int]:
    """Answer the rules of validity under which a label was awarded, and the days of a hearing.

    Raises:
        RuleSetNotFound: no rule set with the code of the label is on record.
    """
    known = editions(session, code=label.rule_set, kind=MethodologyKind.RULE_SET)
    sealed = [one for one in known if one.state in SEALED and one.applies_from is not None]
    # Of several versions the one counts that applied to the assessment; to an older assessment the first.
    applying = [one for one in sealed if one.applies_from is not None and one.applies_from <= label.assessed_on]
    edition = next(iter(applying[-1:] + sealed[:1]), None)
    if edition is None or edition.applies_from is None:
        raise RuleSetNotFound(f"There is no rule set {label.rule_set!r}.")
    document: RuleSetDocument = edition.document
    return rule_set_of(edition.code, edition.applies_from, document), document.terms.hearing_days.value


def own_standing(facts: LabelFacts, day: date) -> Standing:
    """Answer what a label is by itself on a day, whatever else its holder has."""
    return standing(facts, (), day)


def allowed_moves(actor: Actor, facts: LabelFacts) -> list[str]:
    """Answer what the caller can do with a label, with effect from today or the nearest day of its validity."""
    day = min(max(actor.today, facts.valid_from), facts.valid_until)
    moves = LIFE.moves_from(own_standing(facts, day))
    return [move.verb for move in moves if actor.can(Permission(move.permission))]


def read_record(session: Session, actor: Actor, label: Label) -> LabelRecordRead:
    """Answer the record of a label as it is shown to this caller."""
    beside = labels_beside(session, label.cluster_id)
    facts = beside[label.id]
    rules, _ = rules_of(session, label)
    window = may_renew(label.valid_until, actor.today, actor.today, rules)
    previous = None if label.previous_label_id is None else beside.get(label.previous_label_id)
    return LabelRecordRead(
        number=label.number,
        cluster_id=UUID(label.cluster_id),
        level=label.level,
        kind=label.kind,
        rule_set=label.rule_set,
        assessed_on=label.assessed_on,
        awarded_on=label.awarded_on,
        valid_from=label.valid_from,
        valid_until=label.valid_until,
        standing=standing(facts, beside.values(), actor.today),
        previous=None if previous is None else previous.number,
        next=successor_of(session, label),
        renewal_opens_on=window.opens_on,
        renewal_closes_on=window.closes_on,
        version=label.version,
        notices=notices_of(session, label.id),
        events=[LabelEventRead.model_validate(one, from_attributes=True) for one in _events(session, label)],
        allowed_moves=allowed_moves(actor, facts),
    )


def _events(session: Session, label: Label) -> Sequence[LabelEvent]:
    statement = sa.select(LabelEvent).where(LabelEvent.label_id == label.id)
    return session.scalars(statement.order_by(LabelEvent.recorded_at, LabelEvent.id)).all()


def tag_of(record: LabelRecordRead) -> str:
    """Answer the entity tag of a record: it changes by itself with the day."""
    return tag_of_bytes(record.model_dump_json().encode())
