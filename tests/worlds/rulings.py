"""Worlds that differ in what was decided about a case: votes, recusals, outcomes, appeals and what came of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.appeals.models import Appeal
from cluster_api.appeals.states import AppealState
from cluster_api.assessments.models import Assessment, AssessmentReport
from cluster_api.assessments.states import CaseState
from cluster_api.decisions.models import Decision, DecisionVote
from cluster_api.decisions.states import Choice, DecisionKind, DecisionState
from cluster_api.foundation.identifiers import numbered
from tests.conftest import NOW
from tests.decisions.given import open_values, sealed_document
from tests.house.given import least_of
from tests.worlds import cases
from tests.worlds.given import CHAIR, EXPERT, HIDDEN, MEMBER, OPEN, OTHER, THIRD, VOTER, put

Votes = Mapping[str, Choice]
NUMBER = numbered("AS", 2021, 1)
TOLD = {"notified_on": NOW.date()}
LAST_YEAR = date(2020, 12, 1)


def reported(session: Session) -> None:
    """Record the sealed report of a case that waits for its decision, assessed by two people."""
    cases.case(
        session, CaseState.IN_DECISION, total=10, consensus=10, experts=((HIDDEN, EXPERT), (OTHER, THIRD))
    )  # fmt: skip
    sealed = least_of({"$ref": "#/components/schemas/ReportDocument"})
    put(session, AssessmentReport, assessment_id=HIDDEN, document=sealed, digest="0" * 64, sealed_at=NOW)


def decision(
    session: Session, *, chair: str = CHAIR, votes: Votes | None = None, reason: str = "Zephyr.", **end: Any
) -> None:
    """Record a decision about somebody else's case with its votes; with a state it is concluded."""
    reported(session)
    _decision(session, HIDDEN, 1, chair, votes or {}, reason)
    if end:
        _concluded(session, HIDDEN, end)


def refused(session: Session, *, votes: Votes | None = None, reason: str = "Zephyr.", **end: Any) -> None:
    """Record a refusal of which the applicant was told."""
    cast = votes or {CHAIR: Choice.REFUSE}
    state = {"state": DecisionState.REFUSED, "is_final": True, **TOLD, **end}
    decision(session, votes=cast, reason=reason, **state)


def appeal(session: Session, *, grounds: str = "Zephyr.", received_on: date = LAST_YEAR) -> None:
    """Record an appeal against it, received last year."""
    refused(session)
    dates = {"received_on": received_on, "due_on": date(2021, 2, 14), "decide_by": date(2021, 4, 15)}
    put(
        session, Appeal, id=HIDDEN, number=numbered("AP", 2021, 1), decision_id=HIDDEN, state=AppealState.ADMISSIBLE,
        grounds=grounds, **dates, **cases.DATED,
    )  # fmt: skip


def review(session: Session, *, votes: Votes | None = None, is_dismissed: bool = False) -> None:
    """Record that another panel decides about it, or has refused again without having told so."""
    appeal(session)
    _decision(session, OTHER, 2, MEMBER, votes or {}, "Zephyr.", kind=DecisionKind.APPEAL, previous_id=HIDDEN)
    state = {"state": AppealState.DISMISSED, "closed_on": NOW.date(), "version": 9} if is_dismissed else {}
    if is_dismissed:
        gives_way = {"is_final": False, "version": 9, "updated_at": NOW.replace(hour=23)}
        session.execute(sa.update(Decision).where(Decision.id == HIDDEN).values(**gives_way))
        _concluded(session, OTHER, {"state": DecisionState.REFUSED, "is_final": True})
    moved = {"state": AppealState.IN_REVIEW, "review_id": OTHER, **state}
    session.execute(sa.update(Appeal).where(Appeal.id == HIDDEN).values(**moved))


def _decision(session: Session, key: str, serial: int, chair: str, votes: Votes, reason: str, **more: Any) -> None:
    opened = {**open_values(sealed_document(OPEN, NUMBER), HIDDEN), "serial": serial, **more}
    dated = {**cases.DATED, "version": 1 + len(votes)}
    put(session, Decision, id=key, number=numbered("DE", 2021, serial), chair_id=chair, **opened, **dated)
    for person, choice in votes.items():
        said = reason if choice is Choice.RECUSED else None
        put(session, DecisionVote, decision_id=key, person_id=person, choice=choice, reason=said, cast_at=NOW)


def _concluded(session: Session, key: str, end: Mapping[str, Any]) -> None:
    said = {"reasons": "Too few members.", "concluded_at": NOW, **end}
    session.execute(sa.update(Decision).where(Decision.id == key).values(**said))
    moved = {"state": CaseState(str(end["state"].value))}
    session.execute(sa.update(Assessment).where(Assessment.id == HIDDEN).values(**moved))


SPLIT = {CHAIR: Choice.REFUSE, VOTER: Choice.REFUSE, MEMBER: Choice.GRANT}
AGAIN = {MEMBER: Choice.REFUSE}
RECUSED = {CHAIR: Choice.REFUSE, VOTER: Choice.RECUSED}
