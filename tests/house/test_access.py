"""Who may do what, as one table: every operation of the document by every role, upon what is others' and one's own.

A new operation or a new role fails here until it is entered. Each request is a rehearsal of the document's example, so
that what stands behind a permission (a state, a rule) may still say no; the table is about what comes before that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.settings import Settings
from cluster_api.foundation.vault import vault_of
from cluster_api.identity.models import Credential, Invitation, Organisation
from cluster_api.identity.states import CredentialKind, Role, Standing
from cluster_api.imports.states import ImportMode
from cluster_api.jobs.models import Job
from cluster_api.jobs.states import JobState
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.methodology.models import Methodology
from cluster_api.methodology.schemas import EXAMPLE as METHODOLOGY
from cluster_api.simulations.models import Simulation
from cluster_api.tokens.actions import rotate_keys
from tests.assessments.given import PDF
from tests.assessors.given import given_training
from tests.callers import FOR_EVER, LONG_AGO, given_client, given_credential, given_organisation
from tests.conftest import NOW
from tests.house.access_table import TABLE
from tests.house.given import given_cases, given_complaint, given_yearly_report
from tests.house.test_contract import Operation, operations
from tests.house.test_openapi import request_of
from tests.issuers import TestIssuer
from tests.people.given import given_person
from tests.register import given_cluster, given_label
from tests.worlds.given import put

Headers = dict[str, str]
CALLERS = (
    "public", "account", "person", "reader", "editor", "cluster", "platform", "partnership", "participant",
    "assessor", "secretariat", "board", "commission", "auditor", "admin", "expert", "member",
)  # fmt: skip
"""Nobody; an account of nobody yet; a member of a cluster organisation; machines; each role's owner; two more people.

An expert is an assessor, a member is one of the board: who may do what only people may.
"""
PEOPLE = {"expert": Role.ASSESSOR, "member": Role.BOARD}

PROVEN_OTHERWISE = {"give_token", "introspect_token", "revoke_token"}
"""Operations at which clients prove themselves in the words of OAuth; their own tests ask them."""
GOES_ON = {200, 201, 202, 409, 412, 422}
SIGNS = {401: "?", 403: "-", 404: ".", **dict.fromkeys(GOES_ON, "+")}


def rows() -> dict[str, list[str]]:
    """Answer the cells of each operation."""
    lines = (line.split() for line in TABLE.strip().splitlines() if line and not line.startswith("#"))
    return {line[0]: line[1:] for line in lines}


@dataclass(frozen=True, slots=True)
class Somebody:
    """A caller, with what belongs to the same organisation, or is the same person."""

    headers: Headers
    own: Mapping[str, str]


def belongings(
    session: Session, organisation: Organisation, issuer: str, name: str, *, roles: tuple[Role, ...] = ()
) -> dict[str, str]:
    """Record one thing of each kind that belongs to an organisation, and answer their identifiers by parameter."""
    client = given_client(session, organisation)
    person = given_person(session, issuer, name, (organisation, Standing.READER), roles=roles)
    found = {"invitation_id": str(uuid7()), "job_id": str(uuid7()), "key_id": str(uuid7())}
    about = {"standing": Standing.READER, "roles": [], "author": "client:x", "digest": "0" * 64}
    dates = {"created_at": NOW, "expires_at": NOW.replace(year=2022), "public_id": found["invitation_id"][-12:]}
    put(session, Invitation, id=found["invitation_id"], organisation_id=organisation.id, **about, **dates)
    asked = {"kind": "clusters", "mode": ImportMode.ALL_OR_NOTHING.value, "dry_run": True, "file_format": "csv"}
    asked |= {"bytes": 1, "sha256": "0" * 64, "allow_duplicates": False, "encoding": None, "sheet": None}
    done = {"done": 0, "resume_line": 0, "counts": {}, "version": 1, "author": "client:x", "request_id": "1" * 32}
    state = {"kind": "import", "state": JobState.SUCCEEDED, "request": asked, "requested_at": NOW}
    put(session, Job, id=found["job_id"], organisation_id=organisation.id, **state, **done)
    key = {"kind": CredentialKind.API_KEY, "scopes": [], "created_at": LONG_AGO, "expires_at": FOR_EVER}
    put(session, Credential, id=found["key_id"], client_id=client.id, public_id=found["key_id"][-12:], **key)
    cluster_id = given_cluster(session, f"Cluster of {name}", owner_id=organisation.id, profile_state="draft")
    cases = given_cases(session, cluster_id, organisation.id, person.id, is_done=name in {"other", "cluster"})
    return {
        **found, **cases, "organisation_id": organisation.id, "client_id": client.id, "person_id": person.id,
        "cluster_id": cluster_id,
    }  # fmt: skip


def somebody(session: Session, name: str, issuer: TestIssuer) -> Somebody:
    """Answer a caller of this kind with its belongings."""
    if name in {"public", "account"}:
        return Somebody(issuer.headers(NOW, "nobody") if name == "account" else {}, {})
    role = Role(name) if name in set(map(str, Role)) else PEOPLE.get(name, Role.CLUSTER)
    organisation = given_organisation(session, role, name=f"Organisation of {name}")
    own = belongings(session, organisation, issuer.name, name, roles=(role,) if name in PEOPLE else ())
    if name == "person" or name in PEOPLE:
        return Somebody(issuer.headers(NOW, name), own)
    standing = Standing(name) if name in {"reader", "editor"} else Standing.OWNER
    return Somebody(given_credential(session, given_client(session, organisation, standing=standing)), own)


def everywhere(session: Session) -> dict[str, str]:
    """Record what belongs to nobody in particular, and answer how it is named."""
    about = {"kind": METHODOLOGY["document"]["kind"], "state": "draft", "document": METHODOLOGY["document"]}
    put(
        session, Methodology, id=str(uuid7()), code="DRAFT-2021", version=1, revision=1, created_at=NOW, updated_at=NOW,
        **about,
    )  # fmt: skip
    holder = given_cluster(session, "Holder of a label")
    number = given_label(session, holder, "gold", (date(2020, 5, 1), date(2022, 4, 30)))
    record(session, Author("client:x", NOW, "1" * 32), "thing.changed", ("thing", str(uuid7())))
    simulation = str(uuid7())
    studied = {"document": METHODOLOGY["document"], "digest": "0" * 64, "coverage": {}, "cases": 0}
    put(
        session, Simulation, id=simulation, code="DRAFT-2021", methodology_version=1, until=date(2020, 12, 31),
        is_chosen=False, requested_at=NOW, completed_at=NOW, **studied,
    )  # fmt: skip
    common = {
        "report_id": given_yearly_report(session),
        "simulation_id": simulation,
        "code": "DRAFT-2021",
        "position": "1",
        "number": number,
        "training_id": given_training(session).id,
    }
    return common | given_complaint(session, 1)


def ask(client: TestClient, operation: Operation, things: Mapping[str, str], headers: Headers) -> int:
    """Answer the status of a rehearsal of the example of an operation upon these things."""
    example, query, body, media_type = request_of(operation)
    area = f"{operation[0].split('/')[2]}/" if operation[0].startswith("/v1/") else "/"
    # A name of a parameter can stand for several kinds of thing: for those of its area first.
    things = {**things, **{name.removeprefix(area): thing for name, thing in things.items() if name.startswith(area)}}
    places = {name: f"{{{name}}}" for name in things}
    path = operation[0] if any(place in operation[0] for place in places.values()) else example
    for name, place in places.items():
        path = path.replace(place, things[name])
    # Copied, never written into: an example belongs to the document, which every other test reads too.
    query, body = (
        {**told, "cluster_id": things["cluster_id"]} if isinstance(told, dict) and told.get("cluster_id") else told
        for told in (query, body)
    )
    if operation[1] == "get":
        return client.get(path, params=query, headers=headers).status_code
    sent = {**headers, "If-Match": "*", "Content-Type": media_type or "application/json"}
    sent["Idempotency-Key"] = str(uuid7())
    content: dict[str, Any] = {"json": body} if body is not None else {}
    if media_type == "application/octet-stream":
        content = {"content": PDF if "evidence" in path else b"legal_name,country\nTide,DE\n"}
    return client.request(
        operation[1].upper(), path, params={**query, "dry_run": "true"}, headers=sent, **content
    ).status_code


ASKED = [one for one in operations() if one[2]["operationId"] not in PROVEN_OTHERWISE]


def test_every_operation_and_every_role_is_entered() -> None:
    assert set(rows()) == {one[2]["operationId"] for one in ASKED}
    assert {role.value for role in Role} <= set(CALLERS)
    assert {len(cells) for cells in rows().values()} == {len(CALLERS)}


def test_who_may(client: TestClient, database: Database, issuer: TestIssuer, settings: Settings) -> None:
    with database.transaction() as session:
        # Credentials are signed by the key that is there: reading one makes none.
        rotate_keys(session, vault_of(settings), Author("tick", NOW, "1" * 32), days=30)
        common = everywhere(session)
        others = belongings(session, given_organisation(session, Role.CLUSTER, name="Others"), issuer.name, "other")
        callers = [somebody(session, name, issuer) for name in CALLERS]
    given = {}
    for operation in ASKED:
        found = [
            [ask(client, operation, {**common, **things}, caller.headers) for things in (others, caller.own or others)]
            for caller in callers
        ]
        given[operation[2]["operationId"]] = ["".join(SIGNS.get(one, str(one)) for one in cell) for cell in found]
    assert given == rows()


def test_closed_organisation_is_let_in_nowhere(client: TestClient, database: Database) -> None:
    with database.transaction() as session:
        closed = given_organisation(session, Role.SECRETARIAT, Role.ADMIN, Role.AUDITOR)
        closed.closed_at = LONG_AGO
        headers = given_credential(session, given_client(session, closed))
    # What fails is slowed for its address: this one is used by no other test, and only for what is free.
    stranger = TestClient(client.app, base_url="http://127.0.0.1:8000", client=("192.0.2.9", 1))
    asked = [one for one in ASKED if one[2]["operationId"] in {"list_clusters", "create_cluster", "get_me"}]
    assert [ask(stranger, one, {}, headers) for one in asked] == [401, 401, 401]
