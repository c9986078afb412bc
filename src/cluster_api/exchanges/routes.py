"""Figures of exchanges over HTTP, for everybody."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from cluster_api.exchanges import queries
from cluster_api.exchanges.schemas import ExchangeFigures, ExchangeFiguresQuery
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.openapi import PUBLIC
from cluster_api.foundation.transactions import DbSession

router = APIRouter(prefix="/v1/statistics/exchanges", tags=["statistics"])


@router.get("", operation_id="get_exchange_figures", summary="Count exchanges")
def get_exchange_figures(
    request: Request, response: Response, session: DbSession, query: Annotated[ExchangeFiguresQuery, Query()]
) -> ExchangeFigures:
    """Count exchanges that were validated, physical and virtual apart; cells that tell of few are suppressed."""
    response.headers["Cache-Control"] = PUBLIC
    return queries.figures(session, query, civil_date(request.app.state.clock.now()))
