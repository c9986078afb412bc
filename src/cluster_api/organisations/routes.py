"""Organisations and their members over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from cluster_api.foundation.conditional import IfMatch
from cluster_api.foundation.openapi import problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.identity.errors import KEYED
from cluster_api.journal.queries import history_page
from cluster_api.journal.schemas import HistoryRead
from cluster_api.organisations import actions, queries
from cluster_api.organisations.access import (
    CHANGING,
    READING,
    OrganisationId,
    PersonId,
    Reader,
    known_organisation,
    organisation_to_change,
    tagged,
)
from cluster_api.organisations.errors import LastOwner, MemberNotFound, OrganisationClosed, OrganisationOpen
from cluster_api.organisations.schemas import (
    MemberChange,
    MemberRead,
    OrganisationCreate,
    OrganisationQuery,
    OrganisationRead,
    OrganisationUpdate,
    WithReason,
)

router = APIRouter(prefix="/v1/organisations", tags=["organisations"])

SCHEMA_OF_UPDATE = "#/components/schemas/OrganisationUpdate"


@router.get("", operation_id="list_organisations", summary="List organisations", responses=problems(*KEYED))
def list_organisations(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    query: Annotated[OrganisationQuery, Query()],
) -> Page[OrganisationRead]:
    """List the organisations of which the caller may know, by name."""
    return private_page(request, response, queries.organisations_page(session, actor, query))


@router.post(
    "",
    operation_id="create_organisation",
    summary="Record an organisation",
    status_code=201,
    responses=problems(*KEYED),
)
def create_organisation(
    session: DbSession,
    actor: Reader,
    given: OrganisationCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> OrganisationRead:
    """Record an organisation with its roles; its first owner comes by invitation."""
    organisation = actions.create(session, actor, given)
    tagged(response, actor, organisation)
    response.headers["Location"] = f"{router.prefix}/{organisation.id}"
    return queries.read_organisation(actor, organisation)


@router.get(
    "/{organisation_id}",
    operation_id="get_organisation",
    summary="Show an organisation",
    responses=problems(*READING),
)
def get_organisation(
    session: DbSession, actor: Reader, organisation_id: OrganisationId, response: Response
) -> OrganisationRead:
    """Show an organisation, and what the caller can do with it."""
    organisation = known_organisation(session, actor, organisation_id)
    tagged(response, actor, organisation)
    return queries.read_organisation(actor, organisation)


@router.patch(
    "/{organisation_id}",
    operation_id="update_organisation",
    summary="Change an organisation",
    responses=problems(*CHANGING),
    openapi_extra={
        "requestBody": {"content": {"application/merge-patch+json": {"schema": {"$ref": SCHEMA_OF_UPDATE}}}}
    },
)
def update_organisation(
    session: DbSession,
    actor: Reader,
    organisation_id: OrganisationId,
    patch: OrganisationUpdate,
    response: Response,
    _dry_run: DryRun,
    if_match: IfMatch = None,
) -> OrganisationRead:
    """Change name and country (its owners) or roles (the operator of the scheme) by a merge patch."""
    organisation = organisation_to_change(session, actor, organisation_id, if_match)
    actions.update(session, actor, organisation, patch)
    tagged(response, actor, organisation)
    return queries.read_organisation(actor, organisation)


@router.post(
    "/{organisation_id}/close",
    operation_id="close_organisation",
    summary="Close an organisation",
    responses=problems(*CHANGING, OrganisationClosed),
)
def close_organisation(
    session: DbSession,
    actor: Reader,
    organisation_id: OrganisationId,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> OrganisationRead:
    """Close an organisation: through it its members and machine clients have no access any more."""
    organisation = organisation_to_change(session, actor, organisation_id, if_match)
    actions.close(session, actor, organisation, reason=given.reason)
    tagged(response, actor, organisation)
    return queries.read_organisation(actor, organisation)


@router.post(
    "/{organisation_id}/reopen",
    operation_id="reopen_organisation",
    summary="Reopen an organisation",
    responses=problems(*CHANGING, OrganisationOpen),
)
def reopen_organisation(
    session: DbSession,
    actor: Reader,
    organisation_id: OrganisationId,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> OrganisationRead:
    """Reopen a closed organisation, with the members and machine clients it had."""
    organisation = organisation_to_change(session, actor, organisation_id, if_match)
    actions.reopen(session, actor, organisation, reason=given.reason)
    tagged(response, actor, organisation)
    return queries.read_organisation(actor, organisation)


@router.get(
    "/{organisation_id}/history",
    operation_id="list_organisation_history",
    summary="List what happened to an organisation",
    responses=problems(*READING),
)
def list_organisation_history(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    organisation_id: OrganisationId,
    query: Annotated[PageQuery, Query()],
) -> Page[HistoryRead]:
    """List the journal's lines about an organisation and its members, the last deed first."""
    organisation = known_organisation(session, actor, organisation_id)
    return private_page(request, response, history_page(session, "organisation", organisation.id, query))


@router.get(
    "/{organisation_id}/members",
    operation_id="list_members",
    summary="List the members of an organisation",
    responses=problems(*READING),
)
def list_members(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    organisation_id: OrganisationId,
    query: Annotated[PageQuery, Query()],
) -> Page[MemberRead]:
    """List who belongs to an organisation, the longest-standing member first."""
    organisation = known_organisation(session, actor, organisation_id)
    return private_page(request, response, queries.members_page(session, actor, organisation, query))


@router.post(
    "/{organisation_id}/members/{person_id}/change",
    operation_id="change_member",
    summary="Say what a member shall be",
    responses=problems(*CHANGING, MemberNotFound, OrganisationClosed, LastOwner),
)
def change_member(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    organisation_id: OrganisationId,
    person_id: PersonId,
    given: MemberChange,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> MemberRead:
    """Say what a member shall be; `If-Match` takes the tag of the organisation, and so does the answer's."""
    organisation = organisation_to_change(session, actor, organisation_id, if_match)
    actions.change_member(session, actor, organisation, str(person_id), given)
    tagged(response, actor, organisation)
    return queries.read_member(session, actor, organisation, str(person_id))


@router.post(
    "/{organisation_id}/members/{person_id}/remove",
    operation_id="remove_member",
    summary="Remove a member, or leave",
    responses=problems(*CHANGING, MemberNotFound, OrganisationClosed, LastOwner),
)
def remove_member(  # noqa: PLR0913, PLR0917 - the world of a change: who, what, as read
    session: DbSession,
    actor: Reader,
    organisation_id: OrganisationId,
    person_id: PersonId,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> OrganisationRead:
    """Remove a member, or leave; `If-Match` takes the tag of the organisation. The last owner stays."""
    organisation = organisation_to_change(session, actor, organisation_id, if_match)
    actions.remove_member(session, actor, organisation, str(person_id), reason=given.reason)
    tagged(response, actor, organisation)
    return queries.read_organisation(actor, organisation)
