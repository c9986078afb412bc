"""Loading the demonstration register into an empty database: all of it in one transaction, part by part."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.actions import insert_clusters
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.states import ProfileState
from cluster_api.demonstration.queries import material
from cluster_api.demonstration.rules import demonstration, size
from cluster_api.demonstration.schemas import ClusterRecord, EventRecord, LabelRecord, Register
from cluster_api.foundation.clock import Clock, SystemClock
from cluster_api.foundation.database import Database
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.labels.actions import insert_labels, take_numbers
from cluster_api.labels.models import NumberSeries

AUTHOR = "demonstration"
NO_REQUEST = "0" * 32
CLUSTER, LABEL, EVENT = (
    tuple(column.name for column in fields(kind)) for kind in (ClusterRecord, LabelRecord, EventRecord)
)


def seed(database: Database, scale: int, progress: Callable[[int, int], None], *, clock: Clock | None = None) -> int:
    """Load the register if the database holds no cluster; answer how many clusters were loaded, 0 if none.

    ``progress`` is told the clusters done and in all. Memory does not grow with the scale. The journal gets one line,
    with the first cluster as its subject.
    """
    found = material()
    total, done = size(found, scale), 0
    with database.transaction() as session:
        if not _is_empty(session):
            return 0
        progress(done, total)
        for part in demonstration(found, scale):
            if not done:
                author = Author(AUTHOR, (clock or SystemClock()).now(), NO_REQUEST)
                subject, details = ("cluster", part.clusters[0].id), {"scale": scale, "clusters": total}
                record(session, author, "register.seeded", subject, details=details)
            _load(session, part)
            done += len(part.clusters)
            progress(done, total)
    return done


def _is_empty(session: Session) -> bool:
    """Answer whether nothing was ever registered here; another process that loads is waited for."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("LOCK TABLE cluster IN SHARE ROW EXCLUSIVE MODE"))
    held = sa.exists().select_from(Cluster), sa.exists().select_from(NumberSeries)
    return not session.scalar(sa.select(sa.or_(*held)))


def _load(session: Session, part: Register) -> None:
    for year, count in sorted(Counter(label.awarded_on.year for label in part.labels).items()):
        # The labels have these numbers already: those of an empty register. Here they are taken, for ever.
        take_numbers(session, year, count)
    insert_clusters(session, [_cluster_row(cluster) for cluster in part.clusters])
    insert_labels(session, [_label_row(label) for label in part.labels], [_event_row(event) for event in part.events])


def _cluster_row(cluster: ClusterRecord) -> dict[str, Any]:
    row = _row(cluster, CLUSTER)
    lists = {name: list(row[name]) for name in ("ecosystems", "emerging_industries", "activities")}
    return row | lists | {"profile_state": ProfileState.PUBLISHED, "published_at": cluster.created_at}


def _label_row(label: LabelRecord) -> dict[str, Any]:
    return _row(label, LABEL) | {"registry_code": None, "external_id": None, "version": 1}


def _event_row(event: EventRecord) -> dict[str, Any]:
    return _row(event, EVENT) | {"author": AUTHOR}


def _row(entry: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in names}
