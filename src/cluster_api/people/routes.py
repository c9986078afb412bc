"""People over HTTP: who one is, who there is, export and erasure."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Problem, Stale
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.identity.access import Actor, CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.identity.models import Person
from cluster_api.journal.queries import history_page
from cluster_api.journal.schemas import HistoryRead
from cluster_api.organisations.access import PersonId
from cluster_api.organisations.errors import LastOwner
from cluster_api.organisations.schemas import WithReason
from cluster_api.people import actions, queries
from cluster_api.people.errors import PersonErased, PersonNotFound
from cluster_api.people.schemas import MeRead, PersonExport, PersonQuery, PersonRead, PersonUpdate

router = APIRouter(tags=["people"])

READING: tuple[type[Problem], ...] = (*KEYED, PersonNotFound)
CHANGING: tuple[type[Problem], ...] = (*READING, PreconditionRequired, Stale, PersonErased)
SCHEMA_OF_UPDATE = "#/components/schemas/PersonUpdate"


def _tagged(response: Response, actor: Actor, person: Person) -> None:
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(person.version, actor.view)


def _to_change(session: Session, actor: Actor, person_id: UUID, if_match: str | None) -> Person:
    person = queries.get_person(session, actor, str(person_id), for_change=True)
    require_match(if_match, tag_of_version(person.version, actor.view))
    return person


@router.get("/v1/me", operation_id="get_me", summary="Ask who one is")
def get_me(session: DbSession, actor: CurrentActor, response: Response) -> MeRead:
    """Ask who one is to this service, with roles and what they allow; without credentials one is the public."""
    response.headers["Cache-Control"] = PRIVATE
    return queries.who_am_i(session, actor)


@router.get("/v1/people", operation_id="list_people", summary="List people", responses=problems(*KEYED))
def list_people(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[PersonQuery, Query()],
) -> Page[PersonRead]:
    """List the people of whom the caller may know: everybody, or oneself."""
    return private_page(request, response, queries.people_page(session, actor, query))


@router.get("/v1/people/{person_id}", operation_id="get_person", summary="Show a person", responses=problems(*READING))
def get_person(session: DbSession, actor: CurrentActor, person_id: PersonId, response: Response) -> PersonRead:
    """Show a person to whom may know of them."""
    person = queries.get_person(session, actor, str(person_id))
    _tagged(response, actor, person)
    return queries.read_person(person)


@router.patch(
    "/v1/people/{person_id}",
    operation_id="update_person",
    summary="Change name or address of a person",
    responses=problems(*CHANGING),
    openapi_extra={
        "requestBody": {"content": {"application/merge-patch+json": {"schema": {"$ref": SCHEMA_OF_UPDATE}}}}
    },
)
def update_person(
    session: DbSession,
    actor: CurrentActor,
    person_id: PersonId,
    patch: PersonUpdate,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> PersonRead:
    """Change name or address by a merge patch: one's own, or whose one is charged with."""
    person = _to_change(session, actor, person_id, if_match)
    actions.update(session, actor, person, patch)
    _tagged(response, actor, person)
    return queries.read_person(person)


@router.get(
    "/v1/people/{person_id}/export",
    operation_id="export_person",
    summary="Export everything recorded about a person",
    responses=problems(*READING),
)
def export_person(session: DbSession, actor: CurrentActor, person_id: PersonId, response: Response) -> PersonExport:
    """Export everything recorded about a person as one document: one's own, or whose one is charged with."""
    person = queries.get_person(session, actor, str(person_id))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Disposition"] = f'attachment; filename="person-{person.id}.json"'
    return queries.export_of(session, actor, person)


@router.post(
    "/v1/people/{person_id}/erase",
    operation_id="erase_person",
    summary="Erase what is personal about somebody",
    responses=problems(*CHANGING, LastOwner),
)
def erase_person(
    session: DbSession,
    actor: CurrentActor,
    person_id: PersonId,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> PersonRead:
    """Erase name, address, accounts and memberships for ever; what the person did stays under the identifier."""
    person = _to_change(session, actor, person_id, if_match)
    actions.erase(session, actor, person, reason=given.reason)
    _tagged(response, actor, person)
    return queries.read_person(person)


@router.get(
    "/v1/people/{person_id}/history",
    operation_id="list_person_history",
    summary="List what happened to a person's record",
    responses=problems(*READING),
)
def list_person_history(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    person_id: PersonId,
    query: Annotated[PageQuery, Query()],
) -> Page[HistoryRead]:
    """List the journal's lines about a person, the last deed first; they tell what was done, nothing personal."""
    person = queries.get_person(session, actor, str(person_id))
    return private_page(request, response, history_page(session, "person", person.id, query))
