"""The journal over HTTP, for those who audit."""

from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from cluster_api.changes.queries import audit_checkpoints, audit_line, audit_page
from cluster_api.foundation.conditional import tag_of_bytes
from cluster_api.foundation.fields import DIGITS
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession
from cluster_api.identity.access import CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.journal.errors import JournalLineNotFound
from cluster_api.journal.schemas import LAST_POSITION, CheckpointRead, EntryRead, JournalQuery

router = APIRouter(tags=["journal"])
P = TypeVar("P", bound=BaseModel)


@router.get(
    "/v1/journal",
    operation_id="list_journal_lines",
    summary="List what was done",
    responses=problems(*KEYED),
)
def list_journal_lines(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[JournalQuery, Query()],
) -> Page[EntryRead]:
    """List the lines of the journal, the latest first: who did what to which thing, when, in which request, and why."""
    return private_page(request, response, audit_page(session, actor, query))


@router.get(
    "/v1/journal/checkpoints",
    operation_id="list_journal_checkpoints",
    summary="List the signed checkpoints",
    responses=problems(*KEYED),
)
def list_journal_checkpoints(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    query: Annotated[PageQuery, Query()],
) -> Page[CheckpointRead]:
    """List the checkpoints that seal the days of the journal, the latest first.

    An item kept in a file proves later, with `cluster-api verify journal --checkpoint FILE`, that nothing was changed.
    """
    return private_page(request, response, audit_checkpoints(session, actor, query))


@router.get(
    "/v1/journal/{position}",
    operation_id="get_journal_line",
    summary="Show a line of the journal",
    responses=problems(*KEYED, JournalLineNotFound),
)
def get_journal_line(
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    position: Annotated[
        int, Path(ge=1, le=LAST_POSITION, description="Position in the journal.", examples=[1]), DIGITS
    ],
) -> EntryRead:
    """Show one line with its digest and that of the line before."""
    line = audit_line(session, actor, position)
    response.headers["Cache-Control"] = PRIVATE
    # A line never changes, but its note can be erased.
    response.headers["ETag"] = tag_of_bytes(line.model_dump_json().encode())
    return line
