"""Labels whose end comes near, over HTTP, for whoever runs the scheme."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from cluster_api.foundation.openapi import problems
from cluster_api.foundation.paging import Page, private_page
from cluster_api.foundation.transactions import DbSession
from cluster_api.identity.access import CurrentActor
from cluster_api.identity.errors import CredentialsRequired, PermissionMissing
from cluster_api.notices import queries
from cluster_api.notices.schemas import ExpiringLabel, ExpiringQuery

router = APIRouter(tags=["labels"])


@router.get(
    "/v1/labels/expiring",
    operation_id="list_expiring_labels",
    summary="List labels that expire soon",
    responses=problems(CredentialsRequired, PermissionMissing),
)
def list_expiring_labels(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[ExpiringQuery, Query()],
) -> Page[ExpiringLabel]:
    """List labels that the register shows today and that expire soon, the nearest end first, with notices made."""
    return private_page(request, response, queries.expiring_page(session, actor, query))
