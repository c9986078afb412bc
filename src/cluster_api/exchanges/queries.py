"""What one can ask about exchanges that count."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from cluster_api.exchanges import rules
from cluster_api.exchanges.schemas import ExchangeFigures, ExchangeFiguresQuery, ExchangesBy
from cluster_api.foundation.datafiles import data_rows
from cluster_api.grants.models import ExchangeGrant
from cluster_api.grants.states import COUNTED
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.partnerships.models import Partnership

PACKAGE = "cluster_api.exchanges"
G = ExchangeGrant
VISITOR, HOST = aliased(ExchangeParticipant), aliased(ExchangeParticipant)


def fewest_shown(day: date) -> int:
    """Answer over how many organisations a cell has to be."""
    known = [row for row in data_rows(PACKAGE, "disclosure") if date.fromisoformat(row["since"]) <= day]
    return int(max(known, key=lambda row: row["since"])["fewest"])


def _counted(at: date, columns: Sequence[Any]) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .select_from(G)
        .join(VISITOR, VISITOR.id == G.visitor_id)
        .join(HOST, HOST.id == G.host_id)
        .join(Partnership, Partnership.id == G.visitor_partnership_id)
        .where(G.state.in_(COUNTED), G.validated_on <= at)
    )


def figures(session: Session, query: ExchangeFiguresQuery, today: date) -> ExchangeFigures:
    """Answer how many exchanges were validated by a day, with small cells suppressed."""
    at = min(query.at or today, today)
    keys: dict[ExchangesBy, Any] = {
        ExchangesBy.PARTNERSHIP: Partnership.acronym,
        ExchangesBy.YEAR: G.validated_on,
        ExchangesBy.HOST_COUNTRY: HOST.country,
        ExchangesBy.VISITOR_COUNTRY: VISITOR.country,
        ExchangesBy.VISITOR_KIND: VISITOR.kind,
    }
    statement = _counted(at, [keys[query.by], G.mode, G.visitor_organisation_id])
    if query.round is not None:
        statement = statement.where(G.round == query.round)
    counted = (
        rules.Counted(str(row[0].year) if isinstance(row[0], date) else str(row[0]), row[1], row[2])
        for row in session.execute(statement)
    )
    fewest = fewest_shown(today)
    cells, everything = rules.figures(counted, fewest)
    return ExchangeFigures(by=query.by, round=query.round, at=at, fewest=fewest, cells=cells, all=everything)


def counts_of(session: Session, partnership_ids: Sequence[str], at: date) -> dict[str, int]:
    """Answer how many exchanges these partnerships have paid for or organised, for each indicator; each counts once."""
    statement = _counted(at, [VISITOR.kind, VISITOR.support_type]).where(G.visitor_partnership_id.in_(partnership_ids))
    found: dict[str, int] = {}
    for kind, support_type in session.execute(statement):
        for kpi in rules.indicators_of(kind, support_type):
            found[kpi] = found.get(kpi, 0) + 1
    return found
