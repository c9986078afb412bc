"""How a route meets a case: as its caller may know it, with its tag, and only by whoever has seen it."""

from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel

from cluster_api.assessments import queries
from cluster_api.assessments.errors import AssessmentNotFound, CaseNotOpen, ClusterNotActive
from cluster_api.assessments.models import Assessment
from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.paging import Page, next_link
from cluster_api.foundation.transactions import DbSession
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import CredentialsRequired, PermissionMissing

PRIVATE = "private, no-cache"
KEYED: tuple[type[Problem], ...] = (CredentialsRequired, PermissionMissing)
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


def _known(session: DbSession, actor: Reader, assessment_id: AssessmentId) -> Assessment:
    return queries.get_assessment(session, actor, str(assessment_id))


def _locked(session: DbSession, actor: Reader, assessment_id: AssessmentId) -> Assessment:
    return queries.get_assessment(session, actor, str(assessment_id), for_change=True)


def _to_change(session: DbSession, actor: Reader, assessment_id: AssessmentId, if_match: IfMatch = None) -> Assessment:
    case = queries.get_assessment(session, actor, str(assessment_id), for_change=True)
    require_match(if_match, tag_of_version(case.version, actor.view))
    return case


Known = Annotated[Assessment, Depends(_known)]
"""A case of which the caller may know."""
Locked = Annotated[Assessment, Depends(_locked)]
"""The same, locked until the end: a part of it is changed, whose own tag is matched."""
ToChange = Annotated[Assessment, Depends(_to_change)]
"""The same, by somebody who has seen its present version."""


def tagged(response: Response, actor: Actor, version: int | str) -> None:
    """Say which version the answer shows; it is meant for its caller only."""
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of(actor, version)


def tag_of(actor: Actor, version: int | str) -> str:
    """Answer the strong tag of a version as this caller sees it."""
    return f'"{version}-{actor.view}"'


def paged(request: Request, response: Response, page: Page[B]) -> Page[B]:
    """Answer a page with the link to the next."""
    response.headers["Cache-Control"] = PRIVATE
    if page.next is not None:
        response.headers["Link"] = next_link(request.url.path, request.query_params.multi_items(), page.next)
    return page
