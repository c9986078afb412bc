"""What one can ask about the evidence of a case."""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment, Evidence, Sheet
from cluster_api.assessments.queries import owns, part_of
from cluster_api.assessments.states import (
    ENDED,
    EVIDENCE,
    FROM_REPORT_ON,
    SCORING,
    AssignmentState,
    EvidenceSide,
    EvidenceState,
)
from cluster_api.evidence.errors import EvidenceNotFound
from cluster_api.evidence.schemas import EvidenceRead
from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission


def get_evidence(session: Session, case: Assessment, evidence_id: str) -> Evidence:
    """Answer a file of a case; raise EvidenceNotFound."""
    statement = sa.select(Evidence).where(Evidence.id == evidence_id, Evidence.assessment_id == case.id)
    found = session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise EvidenceNotFound
    return found


def find_same(session: Session, case: Assessment, sha256: str) -> Evidence | None:
    """Answer the file of a case with this content, unless it was refused or removed."""
    kept = (EvidenceState.QUARANTINED, EvidenceState.RELEASED)
    statement = sa.select(Evidence).where(
        Evidence.assessment_id == case.id, Evidence.sha256 == sha256, Evidence.state.in_(kept)
    )
    return session.scalar(statement)


def released(session: Session, case: Assessment) -> dict[str, Evidence]:
    """Answer the released files of a case by their identifiers."""
    statement = sa.select(Evidence).where(Evidence.assessment_id == case.id, Evidence.state == EvidenceState.RELEASED)
    return {one.id: one for one in session.scalars(statement.order_by(Evidence.id))}


def kept(session: Session, case: Assessment) -> frozenset[str]:
    """Answer the identifiers of files that a sheet can name: released, or waiting for their check."""
    states = (EvidenceState.RELEASED, EvidenceState.QUARANTINED)
    statement = sa.select(Evidence.id).where(Evidence.assessment_id == case.id, Evidence.state.in_(states))
    return frozenset(session.scalars(statement))


def is_named(session: Session, case: Assessment, evidence: Evidence) -> bool:
    """Answer whether a sheet of the case names a file."""
    sheets = session.scalars(sa.select(Sheet).where(Sheet.assessment_id == case.id))
    named: Iterable[str] = (one for sheet in sheets for ids in sheet.evidence.values() for one in ids)
    return evidence.id in set(named)


def side_of(session: Session, actor: Actor, case: Assessment) -> EvidenceSide | None:
    """Answer for which side the caller sends and removes evidence, or None.

    It is the cluster, or who scores and declared no conflict; whoever belonged to both would act for the cluster.
    """
    if owns(actor, case, Permission.ASSESSMENTS_WRITE):
        return EvidenceSide.CLUSTER
    part = part_of(session, actor, case)
    scores = part is not None and part.role in SCORING[case.level] and part.state is not AssignmentState.PROPOSED
    return EvidenceSide.ASSESSORS if scores else None


def allowed_moves(session: Session, actor: Actor, case: Assessment, evidence: Evidence) -> list[str]:
    """Answer the verbs this caller can use on a file now; a check releases or refuses it."""
    if case.state in {*FROM_REPORT_ON, *ENDED}:
        return []
    verbs = {move.verb for move in EVIDENCE.moves_from(evidence.state)}
    possible = {
        "check": "release" in verbs and actor.can(Permission.ASSESSMENTS_RUN),
        "remove": "remove" in verbs and side_of(session, actor, case) is evidence.side,
    }
    return [verb for verb, is_possible in possible.items() if is_possible]


def read_evidence(session: Session, actor: Actor, case: Assessment, evidence: Evidence) -> EvidenceRead:
    """Answer a file as it is shown to this caller, without its content."""
    told = {name: getattr(evidence, name) for name in EvidenceRead.model_fields if name != "allowed_moves"}
    return EvidenceRead(allowed_moves=allowed_moves(session, actor, case, evidence), **told)


def evidence_page(session: Session, actor: Actor, case: Assessment, query: PageQuery) -> Page[EvidenceRead]:
    """Answer a page of the files of a case, the first sent first; raise Invalid for a cursor of another question."""
    question = question_of({"of": "evidence", "case": case.id})
    statement = sa.select(Evidence).where(Evidence.assessment_id == case.id)
    if query.cursor is not None:
        statement = statement.where(Evidence.id > read_cursor(query.cursor, question, [UUID])[0])
    found = session.scalars(statement.order_by(Evidence.id).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    is_open = case.state not in {*FROM_REPORT_ON, *ENDED}
    side = side_of(session, actor, case) if is_open else None
    items = [_listed(actor, one, side=side) for one in shown]
    return Page(items=items, next=write_cursor(question, [shown[-1].id]) if len(found) > query.limit else None)


def _listed(actor: Actor, evidence: Evidence, *, side: EvidenceSide | None) -> EvidenceRead:
    told = {name: getattr(evidence, name) for name in EvidenceRead.model_fields if name != "allowed_moves"}
    waits = evidence.state is EvidenceState.QUARANTINED and actor.can(Permission.ASSESSMENTS_RUN)
    removable = side is evidence.side and evidence.state in {EvidenceState.QUARANTINED, EvidenceState.RELEASED}
    moves = [verb for verb, possible in (("check", waits), ("remove", removable)) if possible]
    return EvidenceRead(allowed_moves=moves, **told)
