"""Loading the demonstration register into an empty database, and lending credentials to try every role with."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clients.actions import create_client, issue_key, revoke_key
from cluster_api.clients.queries import live_keys
from cluster_api.clients.schemas import ClientCreate, KeyCreate
from cluster_api.clusters.actions import insert_clusters
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.states import ProfileState
from cluster_api.demonstration.errors import NotTheDemonstration
from cluster_api.demonstration.queries import material
from cluster_api.demonstration.rules import AS_OF, demonstration, size
from cluster_api.demonstration.schemas import ClusterRecord, EventRecord, LabelRecord, Register
from cluster_api.foundation.clock import Clock, SystemClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.numbers import NumberSeries
from cluster_api.identity.access import Actor, service_actor
from cluster_api.identity.models import Client, Organisation
from cluster_api.identity.states import CredentialKind, Role, Standing
from cluster_api.journal.actions import record
from cluster_api.journal.models import JournalEntry
from cluster_api.journal.schemas import Author
from cluster_api.labels.actions import insert_labels, take_numbers
from cluster_api.projects.actions import AUTHOR, load_projects
from cluster_api.projects.queries import project_plans
from cluster_api.projects.rules import projects
from cluster_api.projects.schemas import Candidate

SEEDED = "register.seeded"
OTHER = "other_cluster"
OFFICE = f"Demonstration {Role.PARTNERSHIP.value}"
"""The organisation that runs every partnership of the demonstration: that to which its role is lent."""
LENT_DAYS = 1
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
                record(session, author, SEEDED, subject, details=details)
            _load(session, part)
            if not done:
                _load_programme(session, part.clusters)
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


def _load_programme(session: Session, clusters: Sequence[ClusterRecord]) -> None:
    candidates = [Candidate(one.id, one.country, one.is_synthetic, one.created_at) for one in clusters]
    found = projects(project_plans(), candidates, AS_OF)
    load_projects(session, found, _new_organisation(session, OFFICE, Role.PARTNERSHIP, found[0].created_at))


def _new_organisation(session: Session, title: str, role: Role, at: datetime) -> Organisation:
    organisation = Organisation(
        id=str(uuid7()),
        name=title,
        country="BE",
        roles=[role.value],
        is_synthetic=True,
        version=1,
        created_at=at,
        updated_at=at,
    )
    session.add(organisation)
    session.flush()
    return organisation


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


@dataclass(frozen=True, slots=True)
class Lent:
    """Credentials lent for a day: for which role, and what proves it."""

    name: str
    organisation_id: str
    client_id: str
    api_key: str
    client_secret: str

    def lines(self) -> list[str]:
        """Answer the lines that set them in a shell."""
        told = {"KEY": self.api_key, "CLIENT_ID": self.client_id, "CLIENT_SECRET": self.client_secret}
        told["ORGANISATION_ID"] = self.organisation_id
        return [f"{self.name.upper()}_{what}={value}" for what, value in told.items()]


def lend_credentials(database: Database, *, clock: Clock | None = None) -> list[Lent]:
    """Lend a client with fresh keys for each role, and for a second cluster organisation; the keys lent before end.

    Raises:
        NotTheDemonstration: the register of this database is not the demonstration.
    """
    actor = service_actor(AUTHOR, (clock or SystemClock()).now())
    with database.transaction() as session:
        if session.scalar(sa.select(JournalEntry.position).where(JournalEntry.event == SEEDED).limit(1)) is None:
            raise NotTheDemonstration
        names = [(role.value, role) for role in Role if role is not Role.PUBLIC]
        return [_lend(session, actor, name, role) for name, role in [*names, (OTHER, Role.CLUSTER)]]


def _lend(session: Session, actor: Actor, name: str, role: Role) -> Lent:
    title = f"Demonstration {name.replace('_', ' ')}"
    owned = sa.select(Client).join(Organisation, Organisation.id == Client.organisation_id)
    client = session.scalar(owned.where(Organisation.name == title, Organisation.is_synthetic, Client.name == title))
    if client is None:
        client = _new_client(session, actor, title, role)
    for kind in (CredentialKind.API_KEY, CredentialKind.SECRET):
        for key in live_keys(session, client.id, kind, actor.now):
            revoke_key(session, actor, client, key, reason="Lent anew.")
    issued = {
        kind: issue_key(session, actor, client, KeyCreate(kind=kind, days=LENT_DAYS))[1] or ""
        for kind in (CredentialKind.API_KEY, CredentialKind.SECRET)
    }
    api_key, secret = issued[CredentialKind.API_KEY], issued[CredentialKind.SECRET]
    return Lent(name, client.organisation_id, client.id, api_key, secret)


def _new_client(session: Session, actor: Actor, title: str, role: Role) -> Client:
    # The register came with the office of its partnerships; every other organisation is made when it is first lent to.
    named = sa.select(Organisation).where(Organisation.name == title, Organisation.is_synthetic)
    organisation = session.scalar(named)
    if organisation is None:
        organisation = _new_organisation(session, title, role, actor.now)
        subject = ("organisation", organisation.id)
        record(session, actor.author, "organisation.created", subject, details={"roles": [role.value]})
    given = ClientCreate(organisation_id=organisation.id, name=title, standing=Standing.OWNER)
    return create_client(session, actor, given)
