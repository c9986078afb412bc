"""What one can ask about the sheets of a case: whose they are decides who sees them, and when."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment, Assignment, Sheet
from cluster_api.assessments.queries import edition_of, owns, part_of
from cluster_api.assessments.states import FROM_REPORT_ON, SCORING, SheetKind
from cluster_api.assignments.queries import all_in, submitted
from cluster_api.foundation.errors import Fault
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.methodology.errors import SheetInvalid
from cluster_api.methodology.queries import checked_form
from cluster_api.scoresheets.errors import SheetNotFound
from cluster_api.scoresheets.rules import MISSING
from cluster_api.scoresheets.schemas import ImprovementRead, ScoresRead, SheetRead


def find_sheet(session: Session, case: Assessment, slot: str) -> Sheet | None:
    """Answer the sheet in a slot of a case, as it is now."""
    statement = sa.select(Sheet).where(Sheet.assessment_id == case.id, Sheet.slot == slot)
    return session.scalar(statement.execution_options(populate_existing=True))


def self_assessment_of(session: Session, case: Assessment) -> Sheet | None:
    """Answer the self-assessment of a case, handed in or not."""
    return find_sheet(session, case, SheetKind.SELF_ASSESSMENT.value)


def consensus_of(session: Session, case: Assessment) -> Sheet | None:
    """Answer the consensus of a case."""
    return find_sheet(session, case, SheetKind.CONSENSUS.value)


def scoring_part(session: Session, actor: Actor, case: Assessment) -> Assignment | None:
    """Answer the caller's own part in a case if it is one that scores."""
    part = part_of(session, actor, case)
    return part if part is not None and part.role in SCORING[case.level] else None


def checked(
    session: Session, case: Assessment, given: Mapping[str, Any], at: str
) -> tuple[dict[str, Any], list[Fault]]:
    """Answer the values of a sheet as the bound set keeps them, and every place that is wrong, at once."""
    edition = edition_of(session, case, "indicator_set")
    try:
        return checked_form(edition, given).model_dump(mode="json"), []
    except SheetInvalid as error:
        return {}, [replace(one, pointer=one.pointer.replace("/body", at, 1)) for one in error.faults]


def wrong_so_far(session: Session, case: Assessment, given: Mapping[str, Any], at: str) -> list[Fault]:
    """Answer what is wrong with a sheet that may still be incomplete."""
    code = case.binding["indicator_set"]["code"]
    return [one for one in checked(session, case, {"methodology": code, **given}, at)[1] if one.code != MISSING]


def read_sheet(sheet: Sheet | None, kind: SheetKind, assignment: Assignment | None = None) -> SheetRead:
    """Answer a sheet as it is shown; version 0 stands for one that is not begun."""
    if sheet is None:
        return SheetRead(
            kind=kind, assignment_id=None if assignment is None else assignment.id,
            role=None if assignment is None else assignment.role, sheet={}, comments={}, evidence={}, improvements=[],
            points={}, total=None, handed_in_at=None, version=0,
        )  # fmt: skip
    improvements = [
        ImprovementRead(
            indicator=name,
            before=said.get("before"),
            after=said.get("after"),
            effect=said.get("effect"),
            evidence=said.get("evidence", []),
            confirmed=said.get("confirmed"),
        )
        for name, said in sheet.improvements.items()
    ]
    return SheetRead(
        kind=sheet.kind,
        assignment_id=sheet.assignment_id,
        role=None if assignment is None else assignment.role,
        sheet=sheet.answers,
        comments=sheet.comments,
        evidence=sheet.evidence,
        improvements=improvements,
        points=sheet.points,
        total=sheet.total,
        handed_in_at=sheet.handed_in_at,
        version=sheet.version,
    )


def read_self_assessment(session: Session, actor: Actor, case: Assessment) -> SheetRead:
    """Answer the self-assessment: to the cluster as it is, to others once it is handed in; raise SheetNotFound."""
    sheet = self_assessment_of(session, case)
    if not owns(actor, case) and (sheet is None or sheet.handed_in_at is None):
        raise SheetNotFound
    return read_sheet(sheet, SheetKind.SELF_ASSESSMENT)


def _sees_all_scores(actor: Actor, case: Assessment) -> bool:
    if actor.can(Permission.ASSESSMENTS_READ_ALL):
        return True
    return actor.can(Permission.ASSESSMENTS_READ_REPORTED) and case.state in FROM_REPORT_ON


def read_scores(session: Session, actor: Actor, case: Assessment) -> ScoresRead:
    """Answer the own scores, and those of others once all are in (domain invariant 15).

    Raises:
        SheetNotFound: to the cluster and to guests, who never see them.
    """
    part = scoring_part(session, actor, case)
    if part is None and not _sees_all_scores(actor, case):
        raise SheetNotFound
    complete = all_in(session, case)
    shown = submitted(session, case) if complete else []
    others = [read_sheet(sheet, sheet.kind, one) for sheet, one in shown if part is None or one.id != part.id]
    own = None if part is None else read_sheet(find_sheet(session, case, part.id), SheetKind.SCORES, part)
    return ScoresRead(own=own, others=others, all_in=complete)


def tag_of_scores(found: ScoresRead) -> str:
    """Answer what the entity tag of scores is made of; while one drafts, nothing that others do changes it."""
    return f"{found.own.version if found.own else 0}.{len(found.others)}"


def read_consensus(session: Session, actor: Actor, case: Assessment) -> SheetRead:
    """Answer the consensus: to those who score and those who see all, to the cluster from the report on.

    Raises:
        SheetNotFound: there is none, or not yet for this caller.
    """
    is_reported = case.state in FROM_REPORT_ON
    scores = scoring_part(session, actor, case) is not None
    if not (is_reported or scores or _sees_all_scores(actor, case)):
        raise SheetNotFound
    sheet = consensus_of(session, case)
    if sheet is None and not scores:
        raise SheetNotFound
    return read_sheet(sheet, SheetKind.CONSENSUS)
