"""How a route meets a case: as its caller may know it, with its tag, and only by whoever has seen it."""

from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Path, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from cluster_api.assessments import queries
from cluster_api.assessments.errors import AssessmentNotFound, CaseNotOpen, ClusterNotActive, DeclarationMissing
from cluster_api.assessments.models import Assessment
from cluster_api.foundation.conditional import require_match
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED

READING: tuple[type[Problem], ...] = (*KEYED, AssessmentNotFound)
CHANGING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale, CaseNotOpen, ClusterNotActive)
MOVING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale, MoveNotAllowed, ClusterNotActive)

AssessmentId = Annotated[UUID, Path(description="Identifier of the assessment.")]
B = TypeVar("B", bound=BaseModel)


def _reader(actor: CurrentActor) -> Actor:
    # Who sees no case at all hears that first, before anything is said about the request.
    queries.must_see_some(actor)
    return actor


Reader = Annotated[Actor, Depends(_reader)]


def known_case(session: Session, actor: Actor, assessment_id: UUID) -> Assessment:
    """Answer a case of which the caller may know; raise AssessmentNotFound."""
    return queries.get_assessment(session, actor, str(assessment_id))


def declared_case(session: Session, actor: Actor, assessment_id: UUID) -> Assessment:
    """Answer a case whose content the caller may see: who is proposed says first that there is no conflict.

    Raises:
        AssessmentNotFound, DeclarationMissing: as named.
    """
    case = known_case(session, actor, assessment_id)
    if queries.is_undeclared(session, actor, case):
        raise DeclarationMissing
    return case


def locked_case(session: Session, actor: Actor, assessment_id: UUID) -> Assessment:
    """Answer a case locked until the end: a part of it is changed, whose own tag is matched."""
    return queries.get_assessment(session, actor, str(assessment_id), for_change=True)


def case_to_change(session: Session, actor: Actor, assessment_id: UUID, if_match: str | None) -> Assessment:
    """Answer a case locked for a change by somebody who has seen its present version.

    Raises:
        AssessmentNotFound, PreconditionRequired, Stale: as named.
    """
    case = locked_case(session, actor, assessment_id)
    require_match(if_match, tag_of(actor, queries.version_shown(actor, case)))
    return case


def tagged(response: Response, actor: Actor, version: int | str) -> None:
    """Say which version the answer shows; it is meant for its caller only."""
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of(actor, version)


def tag_of(actor: Actor, version: int | str) -> str:
    """Answer the strong tag of a version as this caller sees it."""
    return f'"{version}-{actor.view}"'
