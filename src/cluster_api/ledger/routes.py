"""Budgets over HTTP: set by the office of a partnership, seen by it and by whoever sees all."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.foundation.conditional import IfMatch, require_match, tag_of_version
from cluster_api.foundation.errors import PreconditionRequired, Stale
from cluster_api.foundation.openapi import PRIVATE, problems
from cluster_api.foundation.paging import Page, PageQuery, private_page
from cluster_api.foundation.transactions import DbSession, DryRun, NeededKey
from cluster_api.identity.access import CurrentActor
from cluster_api.identity.errors import KEYED
from cluster_api.identity.permissions import Permission
from cluster_api.ledger import actions, queries
from cluster_api.ledger.errors import BudgetNotFound, BudgetNotPossible
from cluster_api.ledger.schemas import BookQuery, BudgetRead, BudgetSet, LedgerEntryRead, LedgerQuery, TrialBalance

router = APIRouter(prefix="/v1/budgets", tags=["programme"])

CSV = "text/csv"
PartnershipId = Annotated[UUID, Path(description="Identifier of the partnership.")]


@router.get("", operation_id="list_budgets", summary="List budgets", responses=problems(*KEYED))
def list_budgets(
    request: Request, response: Response, session: DbSession, actor: CurrentActor, query: Annotated[PageQuery, Query()]
) -> Page[BudgetRead]:
    """List budgets of partnerships for exchanges, with every account."""
    return private_page(request, response, queries.budgets_page(session, actor, query))


@router.get(
    "/{partnership_id}",
    operation_id="get_budget",
    summary="Show a budget",
    responses=problems(*KEYED, BudgetNotFound),
)
def get_budget(
    session: DbSession, actor: CurrentActor, partnership_id: PartnershipId, response: Response
) -> BudgetRead:
    """Show what a partnership may spend on exchanges, and where that money stands."""
    partnership = queries.get_partnership_of_budget(session, actor, str(partnership_id))
    budget = queries.read_budget(session, partnership)
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(budget.version, actor.view)
    return budget


@router.get(
    "/{partnership_id}/entries",
    operation_id="list_budget_entries",
    summary="List the entries of a budget",
    responses=problems(*KEYED, BudgetNotFound),
)
def list_budget_entries(
    request: Request,
    response: Response,
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    query: Annotated[LedgerQuery, Query()],
) -> Page[LedgerEntryRead]:
    """List the book of a partnership, entry by entry."""
    partnership = queries.get_partnership_of_budget(session, actor, str(partnership_id))
    return private_page(request, response, queries.entries_page(session, partnership, query))


@router.get(
    "/{partnership_id}/trial-balance",
    operation_id="get_trial_balance",
    summary="Show the trial balance of a budget",
    responses=problems(*KEYED, BudgetNotFound),
)
def get_trial_balance(
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    response: Response,
    query: Annotated[BookQuery, Query()],
) -> TrialBalance:
    """Show what came into every account and went out of it by a day; in total both are the same."""
    partnership = queries.get_partnership_of_budget(session, actor, str(partnership_id))
    response.headers["Cache-Control"] = PRIVATE
    return queries.read_trial_balance(session, partnership, query.at or actor.today)


@router.get(
    "/{partnership_id}/journal.csv",
    operation_id="get_budget_journal",
    summary="Get the book of a budget as a file",
    response_class=Response,
    responses={
        200: {"description": "The book.", "content": {CSV: {"schema": {"type": "string"}}}},
        **problems(*KEYED, BudgetNotFound),
    },
)
def get_budget_journal(
    session: DbSession, actor: CurrentActor, partnership_id: PartnershipId, query: Annotated[BookQuery, Query()]
) -> Response:
    """Get every entry by a day as CSV (RFC 4180) for the accounts: debit, credit and amount of each."""
    partnership = queries.get_partnership_of_budget(session, actor, str(partnership_id))
    at = query.at or actor.today
    body = queries.journal_file(session, partnership, at)
    named = f'attachment; filename="journal-{partnership.id}-{at}.csv"'
    return Response(body, media_type=CSV, headers={"Cache-Control": PRIVATE, "Content-Disposition": named})


@router.post(
    "/{partnership_id}/set",
    operation_id="set_budget",
    summary="Set a budget",
    responses=problems(*KEYED, BudgetNotFound, BudgetNotPossible, PreconditionRequired, Stale),
)
def set_budget(
    session: DbSession,
    actor: CurrentActor,
    partnership_id: PartnershipId,
    given: BudgetSet,
    response: Response,
    _dry_run: DryRun,
    _key: NeededKey,
    if_match: IfMatch = None,
) -> BudgetRead:
    """Set what a partnership spends on exchanges, within its grant; the first time with `If-Match: *`."""
    partnership = queries.get_partnership_of_budget(session, actor, str(partnership_id))
    actor.must(Permission.BUDGETS_KEEP, within=partnership.organisation_id)
    held = queries.held_budget(session, partnership.id)
    require_match(if_match, tag_of_version(0 if held is None else held.version, actor.view))
    actions.set_budget(session, actor, partnership, given)
    budget = queries.read_budget(session, partnership)
    response.headers["Cache-Control"] = PRIVATE
    response.headers["ETag"] = tag_of_version(budget.version, actor.view)
    return budget
