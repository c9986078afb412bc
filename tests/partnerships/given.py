"""Partnerships for tests: on record with their partners, and the requests that change them."""

from datetime import date
from itertools import count
from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.foundation.identifiers import numbered, uuid7
from cluster_api.identity.models import Organisation
from cluster_api.identity.states import Role
from cluster_api.partnerships.models import Partner, Partnership, PartnershipAgreement
from cluster_api.partnerships.rules import text_digest
from cluster_api.partnerships.states import PartnerRole, PartnershipState
from tests.callers import given_client, given_credential, given_organisation
from tests.conftest import NOW
from tests.register import given_cluster
from tests.worlds.given import put

Headers = dict[str, str]
SERIALS = count(1)
TEXT = "The partners agree."


def given_partnership(
    session: Session,
    office: Organisation,
    clusters: tuple[str, ...] = (),
    state: PartnershipState = PartnershipState.ACTIVE,
    **fields: Any,
) -> Partnership:
    """Put a partnership on record; the first cluster coordinates."""
    serial = next(SERIALS)
    values = {
        "acronym": f"TIDES-{serial}", "title": "Tides", "call_code": "COS-CLUSTER-2021-1-01",
        "application_number": numbered("CA", 2020, serial), "grant_cents": 36_000_000,
        "begins_on": date(2020, 9, 1), "ends_on": date(2022, 8, 31), "ecosystems": [], "targets": {},
        "is_synthetic": True, "version": 1, "created_at": NOW, "updated_at": NOW, **fields,
    }  # fmt: skip
    partnership = Partnership(id=str(uuid7()), organisation_id=office.id, state=state, **values)
    session.add(partnership)
    session.flush()
    for position, cluster_id in enumerate(clusters):
        role = PartnerRole.PARTNER if position else PartnerRole.COORDINATOR
        joined = {"country": "DE", "joined_on": date(2020, 9, 1), "left_on": None}
        put(session, Partner, partnership_id=partnership.id, cluster_id=cluster_id, role=role, **joined)
    text = {"number": 1, "text": TEXT, "digest": text_digest(TEXT), "created_at": NOW}
    put(session, PartnershipAgreement, partnership_id=partnership.id, **text)
    return partnership


def given_office(session: Session, name: str = "Office") -> tuple[Organisation, Headers]:
    """Record an organisation that runs partnerships, and answer it with the headers of its machine."""
    office = given_organisation(session, Role.PARTNERSHIP, Role.CLUSTER, name=name)
    return office, given_credential(session, given_client(session, office))


def given_partner(session: Session, name: str, **fields: Any) -> tuple[str, Headers]:
    """Record a cluster with its organisation, and answer it with the headers of its machine."""
    owner = given_organisation(session, Role.CLUSTER, name=name)
    cluster = given_cluster(session, name, owner_id=owner.id, **fields)
    return cluster, given_credential(session, given_client(session, owner))


def post(client: TestClient, path: str, headers: Headers, body: Any = None, *, of: str | None = None) -> Any:
    """Send something with a fresh key, having read the thing it is about (``of``, else the path without its verb)."""
    about = of if of is not None else path.rpartition("/")[0]
    tag = client.get(about, headers=headers).headers.get("ETag", "*")
    sent = {**headers, "If-Match": tag, "Idempotency-Key": str(uuid7())}
    return client.post(path, headers=sent, json=body)


def kind(answer: Any) -> tuple[int, str]:
    """Answer the status and the problem of an answer."""
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")
