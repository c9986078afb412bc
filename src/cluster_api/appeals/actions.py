"""What one can do with appeals: file one, have another panel decide, conclude."""

from typing import Any

from sqlalchemy.orm import Session

from cluster_api.appeals import rules
from cluster_api.appeals.errors import AppealNotPossible
from cluster_api.appeals.models import Appeal
from cluster_api.appeals.queries import PACKAGE, facts_of
from cluster_api.appeals.schemas import AppealCreate
from cluster_api.appeals.states import EVENTS, LIFE, AppealState
from cluster_api.assessments.queries import must, terms_of
from cluster_api.decisions.actions import add_decision, settle
from cluster_api.decisions.models import Decision
from cluster_api.decisions.queries import case_of, get_decision
from cluster_api.decisions.rules import appealable_until
from cluster_api.decisions.schemas import Conclusion, DecisionOpening
from cluster_api.decisions.states import Choice, DecisionKind, DecisionState
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.numbers import draw_number
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record

PREFIX = "AP"


def file(session: Session, actor: Actor, decision: Decision, given: AppealCreate) -> Appeal:
    """File an appeal as the applicant: in time it is admissible, later it is on record as rejected (invariant 21).

    The decision stays in force meanwhile (domain rules 4.3, proposed).

    Raises:
        PermissionMissing: the caller does not act for the applicant.
        AppealNotPossible: it is no refusal that holds and was told, or was made on an appeal.
        AlreadyAppealed: there is one (said by the database).
    """
    case = case_of(session, decision)
    must(session, actor, case, Permission.ASSESSMENTS_WRITE)
    is_refusal = decision.state is DecisionState.REFUSED and decision.is_final
    if not is_refusal or decision.previous_id is not None or decision.notified_on is None:
        raise AppealNotPossible
    due_on = appealable_until(decision.notified_on, terms_of(session, case).appeal_days.value)
    in_time = rules.is_in_time(actor.today, due_on)
    appeal = Appeal(
        id=str(uuid7()),
        number=draw_number(session, PREFIX, actor.today.year),
        decision_id=decision.id,
        state=AppealState.RECEIVED,
        grounds=given.grounds,
        received_on=actor.today,
        due_on=due_on,
        decide_by=rules.decide_by(data_rows(PACKAGE, "deadlines"), actor.today),
        closed_on=None if in_time else actor.today,
        version=0,
        created_at=actor.now,
        updated_at=actor.now,
    )
    received = facts_of(appeal)
    record(session, actor.author, "appeal.received", subject(appeal), details=_told(appeal), after=received)
    _move(session, actor, appeal, "admit" if in_time else "reject", is_new=True)
    return appeal


def review(session: Session, actor: Actor, appeal: Appeal, given: DecisionOpening) -> Decision:
    """Have another panel decide, under a chair who did not decide before, and answer its decision.

    Raises:
        PermissionMissing, MoveNotAllowed: the appeal waits for no panel.
        NotOnTheBoard, VoterBarred: about the chair.
        AppealNotPossible: the refusal does not hold any more.
    """
    actor.must(Permission.ASSESSMENTS_RUN)
    LIFE.find(appeal.state, "review")
    against = get_decision(session, actor, appeal.decision_id)
    if not against.is_final:
        raise AppealNotPossible
    case = case_of(session, against, for_change=True)
    decision = add_decision(session, actor, case, given, kind=DecisionKind.APPEAL, previous_id=against.id)
    appeal.review_id = decision.id
    _move(session, actor, appeal, "review")
    return decision


def conclude(session: Session, actor: Actor, appeal: Appeal, given: Conclusion) -> None:
    """Conclude the decision of the other panel, and with it the appeal: dismissed if it refuses again, else upheld.

    Raises:
        MoveNotAllowed: no panel decides about it now.
        what ``decisions.actions.settle`` raises.
    """
    actor.must(Permission.ASSESSMENTS_DECIDE)
    if appeal.state is not AppealState.IN_REVIEW or appeal.review_id is None:
        raise MoveNotAllowed(f"The appeal is {appeal.state.value}: no panel decides about it.")
    decision = get_decision(session, actor, appeal.review_id, for_change=True)
    outcome = settle(session, actor, decision, given)
    appeal.closed_on = actor.today
    _move(session, actor, appeal, "dismiss" if outcome is Choice.REFUSE else "uphold")


def _move(session: Session, actor: Actor, appeal: Appeal, verb: str, *, is_new: bool = False) -> None:
    before = facts_of(appeal)
    LIFE.apply(appeal, verb)
    appeal.version += 1
    appeal.updated_at = actor.now
    if is_new:
        session.add(appeal)
    session.flush()
    record(
        session, actor.author, EVENTS[verb], subject(appeal), details=_told(appeal), before=before,
        after=facts_of(appeal),
    )  # fmt: skip


def _told(appeal: Appeal) -> dict[str, Any]:
    return {"number": appeal.number, "decision_id": appeal.decision_id, "due_on": appeal.due_on.isoformat()}


def subject(appeal: Appeal) -> tuple[str, str]:
    """Answer how the journal names an appeal."""
    return "appeal", appeal.id
