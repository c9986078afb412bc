"""Small registers made by hand, so that every expected figure can be read off the test."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.models import Cluster
from cluster_api.foundation.identifiers import uuid7
from cluster_api.labels.actions import insert_labels, take_numbers


def noon(day: date) -> datetime:
    """Answer the instant at which tests record what happened on a day."""
    return datetime.combine(day, time(12), UTC)


def given_cluster(session: Session, name: str, country: str = "DE", portfolio: str = "ICT", **fields: Any) -> str:
    """Put a published cluster on record and answer its identifier."""
    row = {
        "id": str(uuid7()), "legal_name": name, "names": {}, "sort_name": name.lower(), "search_text": name.lower(),
        "country": country, "portfolio": portfolio, "ecosystems": [], "emerging_industries": [], "activities": [],
        "participants": 20, "committed_members": 20, "members": {"sme": 20}, "is_social_economy": False,
        "descriptions": {}, "status": "active", "profile_state": "published", "is_synthetic": True, "version": 1,
        "created_at": noon(date(2015, 1, 1)), "updated_at": noon(date(2015, 1, 1)), **fields,
    }  # fmt: skip
    columns = set(Cluster.__table__.c.keys())
    session.execute(sa.insert(Cluster), [{key: value for key, value in row.items() if key in columns}])
    return str(row["id"])


def given_label(
    session: Session,
    cluster: str,
    level: str,
    days: tuple[date, date],
    events: Sequence[tuple[str, date]] = (),
    **fields: Any,
) -> str:
    """Put a label with its events on record and answer its number; each is recorded on the day it counts from."""
    number, key = take_numbers(session, days[0].year, 1)[0], str(uuid7())
    country, portfolio = session.execute(sa.select(Cluster.country, Cluster.portfolio).filter_by(id=cluster)).one()
    row = {
        "id": key, "number": number, "cluster_id": cluster, "level": level, "kind": "first", "rule_set": "2010",
        "previous_label_id": None, "assessed_on": days[0], "awarded_on": days[0], "valid_from": days[0],
        "valid_until": days[1], "country": country, "portfolio": portfolio, "registry_code": None, "external_id": None,
        "source": None, "is_synthetic": True, "recorded_at": noon(days[0]), "version": 1, **fields,
    }  # fmt: skip
    happened = [
        {
            "id": str(uuid7()), "label_id": key, "kind": kind, "effective_on": day, "valid_from": None,
            "valid_until": None, "reason": None, "recorded_at": noon(day), "author": "test",
        }
        for kind, day in events
    ]  # fmt: skip
    insert_labels(session, [row], happened)
    return number
