"""What one can do about the conditions of a deferral: record that they are met."""

from sqlalchemy.orm import Session

from cluster_api.assessments.states import CaseState
from cluster_api.decisions.actions import subject
from cluster_api.decisions.models import Decision
from cluster_api.decisions.queries import case_of, facts_of, open_conditions
from cluster_api.deferrals.errors import ConditionsDayWrong
from cluster_api.deferrals.schemas import ConditionsMet
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record


def meet_conditions(session: Session, actor: Actor, decision: Decision, given: ConditionsMet) -> None:
    """Record that the conditions of a deferral are met: the board can take its case up again, and grant it.

    They can be recorded later than they were met, and be met no later than the day that the deferral names.

    That is possible of a case that was refused meanwhile, too: an appeal can still lead to its grant.

    Raises:
        MoveNotAllowed: it was not deferred, or this was recorded, or the case was decided since.
        ConditionsDayWrong: before the deferral, after the day it names, or in the future.
    """
    actor.must(Permission.ASSESSMENTS_RUN)
    case = case_of(session, decision, for_change=True)
    waits = open_conditions(session, case)
    if waits is None or waits.id != decision.id or case.state is CaseState.GRANTED or decision.concluded_at is None:
        raise MoveNotAllowed("Conditions are met once, of the deferral for which the case waits.")
    deferred_on = civil_date(decision.concluded_at)
    latest = min(actor.today, decision.deferred_until or actor.today)
    if not deferred_on <= given.met_on <= latest:
        detail = f"Between {deferred_on} and {latest}."
        raise ConditionsDayWrong(detail, faults=[Fault("/body/met_on", "out_of_range", detail)])
    before = facts_of(decision)
    decision.conditions_met_on, decision.conditions_met_how = given.met_on, given.how
    decision.version += 1
    decision.updated_at = actor.now
    session.flush()
    told = {"number": decision.number, "met_on": given.met_on.isoformat()}
    record(
        session, actor.author, "decision.conditions_met", subject(decision), reason=given.how, details=told,
        before=before, after=facts_of(decision),
    )  # fmt: skip
