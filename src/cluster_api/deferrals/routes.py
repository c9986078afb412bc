"""The conditions of a deferral over HTTP."""

from fastapi import APIRouter, Response

from cluster_api.decisions.access import MOVING, DecisionId, Reader, decision_to_change, tagged
from cluster_api.decisions.queries import read_decision
from cluster_api.decisions.schemas import DecisionRead
from cluster_api.deferrals import actions
from cluster_api.deferrals.errors import ConditionsDayWrong
from cluster_api.deferrals.schemas import ConditionsMet
from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])


@router.post(
    "/{decision_id}/meet-conditions",
    operation_id="meet_decision_conditions",
    summary="Record that conditions are met",
    responses=problems(*MOVING, ConditionsDayWrong),
)
def meet_decision_conditions(
    session: DbSession,
    actor: Reader,
    decision_id: DecisionId,
    given: ConditionsMet,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> DecisionRead:
    """Record that what a deferral asked for was done: the case can be taken up again, and granted."""
    decision = decision_to_change(session, actor, decision_id, if_match)
    actions.meet_conditions(session, actor, decision, given)
    tagged(response, actor, decision.version)
    return read_decision(session, actor, decision)
