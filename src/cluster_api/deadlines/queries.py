"""What one can ask about what is due in a case."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment
from cluster_api.assessments.queries import data, facts_shown, state_shown, terms_of
from cluster_api.assessments.rules import deadlines_of
from cluster_api.assessments.schemas import DeadlinesRead
from cluster_api.assessments.states import CaseState
from cluster_api.decisions.models import Decision
from cluster_api.decisions.queries import decisions_of
from cluster_api.identity.access import Actor


def read_deadlines(session: Session, actor: Actor, case: Assessment) -> DeadlinesRead:
    """Answer what is due in the state in which the caller sees a case, the next first, with days on which to remind."""
    dates, state = case.dates, state_shown(actor, case)
    starts: Mapping[str, date | None] = {
        "state_since": facts_shown(actor, case)["state_since"],
        "contracted_on": case.contracted_on,
        "visit": dates[0] if dates else None,
        "last_visit": dates[-1] if dates else None,
        # Whoever sees a case as deferred was told of its last decision.
        **(_of_deferral(decisions_of(session, case.id)[-1]) if state is CaseState.DEFERRED else {}),
    }
    return DeadlinesRead(deadlines=deadlines_of(data("deadlines"), state, starts, terms_of(session, case), actor.today))


def _of_deferral(deferral: Decision) -> dict[str, date | None]:
    """Answer the days of a deferral from which periods count: once conditions are met, nothing is due of them."""
    met_on, until = deferral.conditions_met_on, deferral.deferred_until
    return {"conditions_until": None if met_on else until, "conditions_over": met_on or until}
