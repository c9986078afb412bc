"""Worlds for tests of confidentiality: the same rows, identifiers, keys and clock, but for one fact.

A world is put into the tables directly, because verbs make identifiers and instants of their own.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.actions import insert_clusters
from cluster_api.clusters.models import Cluster
from cluster_api.foundation.schema import Base
from cluster_api.identity.models import Account, Client, Credential, Organisation, Person
from cluster_api.identity.states import CredentialKind, Role, Standing
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.labels.actions import insert_labels
from cluster_api.tokens.rules import API_KEY, CLIENT_SECRET, INVITATION, new_secret
from tests.callers import FOR_EVER, LONG_AGO
from tests.clusters.given import COMPLETE
from tests.conftest import NOW

Headers = dict[str, str]


def fixed(number: int) -> str:
    """Answer the identifier of this number: the same in every world."""
    return f"01767a3e-2f00-7c3a-8d5e-{number:012x}"


HOME, PLATFORM, COMMISSION, KEEPER, OFFICE = (fixed(number) for number in range(1, 6))
HOME_PUBLIC, HOME_DRAFT, OPEN, HELD, ENDED = (fixed(number) for number in range(11, 16))
CHAIR, VOTER, EXPERT, MEMBER = (fixed(number) for number in range(71, 75))
HIDDEN, OTHER, THIRD = fixed(101), fixed(102), fixed(103)
"""What differs between two worlds."""
OUTSIDERS: Mapping[str, tuple[str, Role]] = {
    "cluster": (HOME, Role.CLUSTER),
    "platform": (PLATFORM, Role.PLATFORM),
    "commission": (COMMISSION, Role.COMMISSION),
}
INSIDERS: Mapping[str, tuple[str, Role]] = {"keeper": (KEEPER, Role.CLUSTER), "board": (fixed(6), Role.BOARD)}
"""Whose cluster what is hidden is about, and who decides: each may know of some of it."""
KEYS = {name: new_secret(API_KEY) for name in (*OUTSIDERS, *INSIDERS, "narrowed")}
SECRET, HIDDEN_SECRET, CODE = new_secret(CLIENT_SECRET), new_secret(CLIENT_SECRET), new_secret(INVITATION)
HOME_CLIENT = fixed(31)


def given_base(session: Session, issuer: str) -> None:
    """Record what is in every world: the callers with what is theirs, and what everybody may know of."""
    callers = {**OUTSIDERS, **INSIDERS}
    for at, (organisation_id, role) in enumerate(callers.values()):
        given_organisation(session, organisation_id, role)
        given_client(session, fixed(31 + at), organisation_id)
    given_organisation(session, OFFICE, Role.SECRETARIAT)
    for key, role in ((CHAIR, Role.BOARD), (VOTER, Role.BOARD), (EXPERT, Role.ASSESSOR), (MEMBER, Role.BOARD)):
        given_person(session, key, f"Person {key[-2:]}", f"{key[-2:]}@example.org", role)
    for subject, key in (("expert", EXPERT), ("member", MEMBER)):
        account = {"issuer": issuer, "subject": subject, "created_at": LONG_AGO, "seen_on": NOW.date()}
        put(session, Account, id=key, person_id=key, **account)
    for at, name in enumerate(callers):
        given_credential(session, fixed(41 + at), fixed(31 + at), KEYS[name].public_id, digest=KEYS[name].digest)
    narrowed = {"digest": KEYS["narrowed"].digest, "cluster_id": HOME_PUBLIC}
    given_credential(session, fixed(51), HOME_CLIENT, KEYS["narrowed"].public_id, **narrowed)
    secret = {"digest": SECRET.digest, "kind": CredentialKind.SECRET}
    given_credential(session, fixed(52), HOME_CLIENT, SECRET.public_id, **secret)
    given_cluster(session, HOME_PUBLIC, "Harbour Logistics Cluster", owner_id=HOME, profile_state="published")
    given_cluster(session, HOME_DRAFT, "Lighthouse Optics Cluster", owner_id=HOME)
    given_cluster(session, OPEN, "Alpine Timber Cluster", owner_id=KEEPER, profile_state="published")
    given_cluster(session, ENDED, "Moorland Peat Cluster", profile_state="archived", status="split")
    about = Author("client:x", NOW, "1" * 32)
    record(session, about, "organisation.created", ("organisation", HOME), details={"name": "Home"})


def given_organisation(session: Session, organisation_id: str, *roles: Role, **other: Any) -> None:
    """Record an organisation."""
    about = {"name": f"Organisation {organisation_id[-3:]}", "country": "BE", "closed_at": None, **other}
    row = {"id": organisation_id, "roles": [role.value for role in roles], "is_synthetic": True, **_dated(), **about}
    put(session, Organisation, **row)


def given_client(session: Session, client_id: str, organisation_id: str) -> None:
    """Record a machine client."""
    about = {"name": "A client", "standing": Standing.OWNER, "scopes": []}
    put(session, Client, id=client_id, organisation_id=organisation_id, **about, **_dated())


def given_credential(session: Session, key_id: str, client_id: str, public_id: str, **other: Any) -> None:
    """Record a credential, used just now, so that nothing is noted when it is used again."""
    about = {"kind": CredentialKind.API_KEY, "scopes": [], "created_at": LONG_AGO, "expires_at": FOR_EVER, **other}
    put(session, Credential, id=key_id, client_id=client_id, public_id=public_id, last_used_at=NOW, **about)


def given_person(session: Session, person_id: str, name: str, email: str, *roles: Role) -> None:
    """Record a person."""
    row = {"name": name, "email": email, "roles": [role.value for role in roles]}
    put(session, Person, id=person_id, **row, **_dated())


def given_cluster(session: Session, cluster_id: str, name: str, **facts: Any) -> None:
    """Record a cluster, a draft of nobody's unless it is said otherwise; ``columns`` are set on the row afterwards."""
    columns = facts.pop("columns", {})
    pages = {"website": f"https://{name.split(maxsplit=1)[0].lower()}.example.org", "names": {}}
    row = {**COMPLETE, **pages, "id": cluster_id, "legal_name": name, "created_at": LONG_AGO, **facts}
    insert_clusters(session, [row])
    if columns:
        session.execute(sa.update(Cluster).where(Cluster.id == cluster_id).values(**columns))


def given_label(session: Session, cluster_id: str) -> None:
    """Record a label of a cluster."""
    row = {
        "id": fixed(61), "number": "ECL-2020-000001-86", "cluster_id": cluster_id, "level": "gold", "kind": "first",
        "rule_set": "2010", "previous_label_id": None, "assessed_on": date(2020, 5, 1), "awarded_on": date(2020, 5, 1),
        "valid_from": date(2020, 5, 1), "valid_until": date(2022, 4, 30), "country": "DE",
        "portfolio": "NEW_MATERIALS_CHEMISTRY", "registry_code": None, "external_id": None, "source": None,
        "is_synthetic": True, "recorded_at": LONG_AGO, "version": 1,
    }  # fmt: skip
    insert_labels(session, [row], [])


def put(session: Session, model: type[Base], **values: Any) -> None:
    """Insert a row."""
    session.execute(sa.insert(model), [values])


def _dated() -> dict[str, Any]:
    return {"version": 1, "created_at": LONG_AGO, "updated_at": LONG_AGO}
