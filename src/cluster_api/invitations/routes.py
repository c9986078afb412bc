"""Invitations over HTTP. The code is in one answer only, and that answer is kept by nobody."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.foundation.conditional import IfMatch, require_match
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, IdempotencyKey
from cluster_api.identity.access import CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.invitations import actions, queries
from cluster_api.invitations.errors import (
    AccountPairedMeanwhile,
    InvitationNotFound,
    InvitationNotUsable,
    InvitationSettled,
    PersonRequired,
)
from cluster_api.invitations.schemas import (
    InvitationAccept,
    InvitationCreate,
    InvitationMade,
    InvitationQuery,
    InvitationRead,
    JoinedRead,
)
from cluster_api.organisations.access import (
    CHANGING,
    READING,
    OrganisationId,
    Reader,
    known_organisation,
    organisation_to_change,
)
from cluster_api.organisations.errors import OrganisationClosed
from cluster_api.organisations.schemas import WithReason

router = APIRouter(tags=["organisations"])

NOT_KEPT = "no-store"
OF_ONE = "/v1/organisations/{organisation_id}/invitations"
InvitationId = Annotated[UUID, Path(description="Identifier of the invitation.")]


@router.get(OF_ONE, operation_id="list_invitations", summary="List invitations", responses=problems(*READING))
def list_invitations(
    request: Request,
    response: Response,
    session: DbSession,
    actor: Reader,
    organisation_id: OrganisationId,
    query: Annotated[InvitationQuery, Query()],
) -> Page[InvitationRead]:
    """List the invitations of an organisation, the latest first, without their codes."""
    organisation = known_organisation(session, actor, organisation_id)
    page = queries.invitations_page(session, actor, organisation, query)
    return private_page(request, response, page)


@router.post(
    OF_ONE,
    operation_id="invite_member",
    summary="Invite somebody into an organisation",
    status_code=201,
    responses=problems(*CHANGING, OrganisationClosed),
)
def invite_member(
    session: DbSession,
    actor: Reader,
    organisation_id: OrganisationId,
    given: InvitationCreate,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> InvitationMade:
    """Offer a membership; `If-Match` takes the tag of the organisation. The code is shown this once."""
    organisation = organisation_to_change(session, actor, organisation_id, if_match)
    invitation, code = actions.invite(session, actor, organisation, given)
    response.headers["Cache-Control"] = NOT_KEPT
    response.headers["Location"] = f"/v1/organisations/{organisation.id}/invitations/{invitation.id}"
    shown = queries.read_invitation(actor, organisation, invitation)
    return InvitationMade(**shown.model_dump(), code=code)


@router.get(
    OF_ONE + "/{invitation_id}",
    operation_id="get_invitation",
    summary="Show an invitation",
    responses=problems(*READING, InvitationNotFound),
)
def get_invitation(
    session: DbSession,
    actor: Reader,
    organisation_id: OrganisationId,
    invitation_id: InvitationId,
    response: Response,
) -> InvitationRead:
    """Show what became of an invitation, without its code."""
    organisation = known_organisation(session, actor, organisation_id)
    queries.must_see(actor, organisation)
    invitation = queries.get_invitation(session, organisation, str(invitation_id))
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = queries.tag_of(actor, organisation, invitation)
    return queries.read_invitation(actor, organisation, invitation)


@router.post(
    OF_ONE + "/{invitation_id}/revoke",
    operation_id="revoke_invitation",
    summary="Take an invitation back",
    responses=problems(*CHANGING, InvitationNotFound, InvitationSettled),
)
def revoke_invitation(  # noqa: PLR0913, PLR0917 - the world of a change: who, what of whom, as read
    session: DbSession,
    actor: Reader,
    organisation_id: OrganisationId,
    invitation_id: InvitationId,
    given: WithReason,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
    if_match: IfMatch = None,
) -> InvitationRead:
    """Take an open invitation back; its code is worth nothing from then on."""
    organisation = known_organisation(session, actor, organisation_id)
    queries.must_see(actor, organisation)
    invitation = queries.get_invitation(session, organisation, str(invitation_id), for_change=True)
    require_match(if_match, queries.tag_of(actor, organisation, invitation))
    actions.revoke(session, actor, organisation, invitation, reason=given.reason)
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = queries.tag_of(actor, organisation, invitation)
    return queries.read_invitation(actor, organisation, invitation)


@router.post(
    "/v1/invitations/accept",
    operation_id="accept_invitation",
    summary="Take up an invitation",
    responses=problems(*KEYED, InvitationNotUsable, PersonRequired, AccountPairedMeanwhile),
)
def accept_invitation(
    session: DbSession,
    actor: CurrentActor,
    given: InvitationAccept,
    response: Response,
    _dry_run: DryRun,
    _key: IdempotencyKey,
) -> JoinedRead:
    """Take up an invitation with the token of an identity provider: the account becomes a person, and a member."""
    invitation, membership = actions.accept(session, actor, given.code)
    response.headers["Cache-Control"] = NOT_KEPT
    return JoinedRead(
        person_id=UUID(membership.person_id),
        organisation_id=UUID(membership.organisation_id),
        standing=membership.standing,
        roles=invitation.roles,
    )
