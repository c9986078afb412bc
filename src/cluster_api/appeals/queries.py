"""What one can ask about appeals; who asks decides what there is, inside the statements."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.appeals import rules
from cluster_api.appeals.errors import AppealNotFound
from cluster_api.appeals.models import Appeal
from cluster_api.appeals.schemas import AppealCount, AppealCounts, AppealQuery, AppealRead
from cluster_api.appeals.states import LIFE, AppealState
from cluster_api.decisions.models import Decision
from cluster_api.decisions.queries import is_inside, must_see_some
from cluster_api.decisions.queries import visible as visible_decisions
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.paging import Page, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission

PACKAGE = "cluster_api.appeals"
AS_KEPT = ("id", "number", "decision_id", "grounds", "received_on", "due_on", "decide_by")


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller may know of an appeal: whoever may know of what it is against."""
    return Appeal.decision_id.in_(sa.select(Decision.id).where(visible_decisions(actor)))


def get_appeal(session: Session, actor: Actor, appeal_id: str, *, for_change: bool = False) -> Appeal:
    """Answer an appeal of which the caller may know; ``for_change`` locks it.

    Raises:
        CredentialsRequired, PermissionMissing: the caller sees no appeals at all.
        AppealNotFound: there is none of which the caller may know.
    """
    must_see_some(actor)
    statement = sa.select(Appeal).where(Appeal.id == appeal_id, visible(actor))
    if for_change:
        statement = statement.with_for_update(of=Appeal).execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise AppealNotFound
    return found


def is_appealed(session: Session, decision: Decision) -> bool:
    """Answer whether there is an appeal against a decision."""
    return session.scalar(sa.select(sa.exists().where(Appeal.decision_id == decision.id))) or False


def review_of(session: Session, appeal: Appeal) -> Decision | None:
    """Answer the decision that is made on an appeal."""
    return None if appeal.review_id is None else session.get_one(Decision, appeal.review_id)


def read_appeal(session: Session, actor: Actor, appeal: Appeal) -> AppealRead:
    """Answer an appeal as it is shown to this caller: what became of it, to the applicant once that was told."""
    return _read(actor, appeal, review_of(session, appeal))


def _read(actor: Actor, appeal: Appeal, review: Decision | None) -> AppealRead:
    is_told = is_inside(actor) or review is None or review.notified_on is not None
    moves = [] if not is_inside(actor) else LIFE.moves_from(appeal.state)
    may = {move.verb for move in moves if actor.can(Permission(move.permission))}
    person = actor.caller.person_id
    chairs = review is not None and person is not None and person == review.chair_id
    verbs = {"review"} & may | ({"conclude"} if may & {"uphold", "dismiss"} and chairs else set())
    return AppealRead(
        **{name: getattr(appeal, name) for name in AS_KEPT},
        state=appeal.state if is_told else AppealState.IN_REVIEW,
        review_id=UUID(appeal.review_id) if appeal.review_id is not None and is_told else None,
        closed_on=appeal.closed_on if is_told else None,
        version=appeal.version if is_inside(actor) else None,
        allowed_moves=sorted(verbs),
    )


def appeals_page(session: Session, actor: Actor, query: AppealQuery) -> Page[AppealRead]:
    """Answer a page of appeals, the latest first; raise Invalid for a cursor of another question."""
    must_see_some(actor)
    question = question_of({"of": "appeals", "view": actor.view, **query.model_dump(mode="json")})
    statement = sa.select(Appeal, Decision).outerjoin(Decision, Decision.id == Appeal.review_id).where(visible(actor))
    if query.state is not None:
        # The state as the caller is shown it, or the filter would tell what the list does not.
        told = sa.or_(Decision.notified_on.is_not(None), Decision.id.is_(None))
        state = sa.case((told, Appeal.state), else_=AppealState.IN_REVIEW.value)
        statement = statement.where((Appeal.state if is_inside(actor) else state) == query.state.value)
    if query.decision is not None:
        statement = statement.where(Appeal.decision_id == str(query.decision))
    if query.cursor is not None:
        statement = statement.where(Appeal.id < read_cursor(query.cursor, question, [UUID])[0])
    found = session.execute(statement.order_by(Appeal.id.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    items = [_read(actor, appeal, review) for appeal, review in shown]
    more = len(found) > query.limit
    return Page(items=items, next=write_cursor(question, [shown[-1][0].id]) if more else None)


def counts(session: Session, actor: Actor) -> AppealCounts:
    """Answer how many appeals were received and upheld by year; an upheld one counts once the applicant was told.

    Counts of a few and of none are left out alike, a year with so few that nothing is shown is not named, and of the
    year that runs there is none, so that no two answers show one appeal.
    """
    fewest = int(rules.in_force(data_rows(PACKAGE, "disclosure"), actor.today)["fewest"])
    statement = (
        sa.select(Appeal.received_on, Appeal.state, Decision.notified_on)
        .outerjoin(Decision, Decision.id == Appeal.review_id)
        .where(Appeal.received_on < civil_date(actor.now).replace(month=1, day=1))
    )
    received: dict[int, int] = {}
    upheld: dict[int, int] = {}
    for day, state, told_on in session.execute(statement):
        received[day.year] = received.get(day.year, 0) + 1
        is_upheld = state is AppealState.UPHELD and told_on is not None
        upheld[day.year] = upheld.get(day.year, 0) + is_upheld
    rows = [
        AppealCount(year=year, received=rules.shown(received[year], fewest), upheld=rules.shown(upheld[year], fewest))
        for year in sorted(received, reverse=True)
        if received[year] >= fewest
    ]
    return AppealCounts(fewest_shown=fewest, years=rows)


def facts_of(appeal: Appeal) -> dict[str, object]:
    """Answer what the journal keeps digests of."""
    return {"state": appeal.state.value, "review_id": appeal.review_id, "grounds": appeal.grounds}
