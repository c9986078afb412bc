"""People over HTTP: who one is in each role, who sees whom, and what is exported."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.identity.permissions import EVERY_ORGANISATION, GRANTS, Permission, allowed
from cluster_api.identity.states import Role, Standing
from tests.callers import given_client, given_credential, given_key, given_organisation
from tests.conftest import NOW
from tests.issuers import TestIssuer
from tests.people.given import given_person, tagged

Headers = dict[str, str]
ROLES = [role for role in Role if role is not Role.PUBLIC]
READING_ALL = {Role.SECRETARIAT, Role.AUDITOR, Role.ADMIN}
PERSONAL = ("Ana Example", "ana@example.org")


@pytest.fixture
def ana(database: Database, issuer: TestIssuer) -> str:
    """Give the path of a person who is a reader of a cluster; another one is always there."""
    with database.transaction() as session:
        own = given_organisation(session, Role.CLUSTER, name="Wave Cluster")
        given_person(session, issuer.name, "bea", (own, Standing.OWNER))
        return f"/v1/people/{given_person(session, issuer.name, 'ana', (own, Standing.READER)).id}"


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def test_public_is_somebody_too(client: TestClient) -> None:
    answer = client.get("/v1/me")
    assert answer.headers["Cache-Control"].startswith("private")
    assert answer.json() == {
        "kind": "public", "name": "public", "client_id": None, "person_id": None, "organisations": [], "roles": [],
        "permissions": [], "scopes": None, "cluster_id": None, "expires_at": None,
    }  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_client_is_told_what_its_role_allows(client: TestClient, database: Database, role: Role) -> None:
    with database.transaction() as session:
        own = given_organisation(session, role, name="Own")
        machine = given_client(session, own)
        headers = given_credential(session, machine)
    me = client.get("/v1/me", headers=headers).json()
    expected = sorted({*GRANTS[role], *EVERY_ORGANISATION})
    assert (me["kind"], me["name"], me["client_id"]) == ("client", f"client:{machine.id}", machine.id)
    assert me["permissions"] == expected
    assert me["organisations"] == [
        {"organisation_id": own.id, "name": "Own", "roles": [role], "standing": "owner", "permissions": expected}
    ]


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("role", [Role.CLUSTER, Role.SECRETARIAT])
def test_person_is_told_what_the_standing_allows(
    client: TestClient, database: Database, issuer: TestIssuer, role: Role, standing: Standing
) -> None:
    with database.transaction() as session:
        own = given_organisation(session, role)
        person = given_person(session, issuer.name, "ana", (own, standing), roles=(Role.ASSESSOR,))
    me = client.get("/v1/me", headers=issuer.headers(NOW)).json()
    assert (me["kind"], me["person_id"], me["roles"]) == ("person", person.id, ["assessor"])
    assert [one["permissions"] for one in me["organisations"]] == [sorted(allowed({role}, standing, ()))]
    assert me["expires_at"] == "2021-01-15T10:05:00Z"


def test_narrowed_key_is_told_its_bounds(client: TestClient, database: Database) -> None:
    with database.transaction() as session:
        narrow = given_client(session, given_organisation(session, Role.CLUSTER), scopes=("clusters:read",))
        headers = given_credential(session, narrow, cluster_id="01767a3e-2f00-7c3a-8d5e-0123456789ab")
    me = client.get("/v1/me", headers=headers).json()
    assert (me["permissions"], me["scopes"]) == (["clusters:read"], ["clusters:read"])
    assert me["cluster_id"] == "01767a3e-2f00-7c3a-8d5e-0123456789ab"


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_people(client: TestClient, database: Database, ana: str, role: Role) -> None:
    with database.transaction() as session:
        headers = given_key(session, role)
    reads, erases = Permission.PEOPLE_READ_ALL in GRANTS[role], Permission.PEOPLE_ERASE in GRANTS[role]
    assert reads == (role in READING_ALL)
    for path in ("/v1/people", ana, f"{ana}/history"):
        answer = client.get(path, headers=headers)
        assert answer.status_code == (200 if reads else 403)
        assert not [text for text in PERSONAL if not reads and text in answer.text]
    assert client.get(f"{ana}/export", headers=headers).status_code == (200 if erases else 403)
    match = {**headers, "If-Match": "*"}
    assert client.patch(ana, json={"name": "Ana Ferreira"}, headers=match).status_code == (200 if erases else 403)
    answer = client.post(f"{ana}/erase", json={"reason": "Asked for."}, headers=match)
    assert answer.status_code == (200 if erases else 403)


def test_person_sees_oneself_and_nobody_else(client: TestClient, ana: str, issuer: TestIssuer) -> None:
    own, bea = issuer.headers(NOW, "ana"), issuer.headers(NOW, "bea")
    assert [one["name"] for one in client.get("/v1/people", headers=own).json()["items"]] == ["Ana Example"]
    for path in (ana, f"{ana}/export", f"{ana}/history"):
        assert client.get(path, headers=own).status_code == 200
        assert kind(client.get(path, headers=bea)) == (404, "person-not-found")
        assert kind(client.get(path)) == (401, "credentials-required")
    assert kind(client.get("/v1/people", headers=issuer.headers(NOW, "cleo"))) == (403, "permission-missing")


def test_person_mends_oneself(client: TestClient, ana: str, issuer: TestIssuer) -> None:
    own = issuer.headers(NOW, "ana")
    match = tagged(client, ana, own)
    assert kind(client.patch(ana, json={"name": "Ana F."}, headers=own)) == (428, "precondition-required")
    changed = client.patch(ana, json={"name": "Ana Ferreira", "email": None}, headers=match)
    assert (changed.json()["name"], changed.json()["email"], changed.json()["version"]) == ("Ana Ferreira", None, 2)
    assert kind(client.patch(ana, json={"name": "Ana F."}, headers=match)) == (412, "stale")
    (line,) = client.get(f"{ana}/history", headers=own).json()["items"]
    assert (line["event"], line["details"]) == ("person.updated", {"changed": ["email", "name"]})


def test_people_are_found_and_paged(client: TestClient, admin: Headers, ana: str) -> None:
    def names(query: str) -> list[str]:
        return [one["name"] for one in client.get(f"/v1/people?{query}", headers=admin).json()["items"]]

    assert names("q=ANA+EX") == names("q=Ana@example.org") == ["Ana Example"]
    first = client.get("/v1/people?limit=1", headers=admin)
    second = client.get(first.headers["Link"].split(">")[0].removeprefix("<"), headers=admin)
    assert [one["name"] for one in (first.json()["items"] + second.json()["items"])] == ["Bea Example", "Ana Example"]


def test_export_holds_everything(client: TestClient, ana: str, issuer: TestIssuer) -> None:
    own, bea = issuer.headers(NOW, "ana"), issuer.headers(NOW, "bea")
    me = client.get("/v1/me", headers=own).json()
    organisation_id = me["organisations"][0]["organisation_id"]
    path = f"/v1/organisations/{organisation_id}/invitations"
    body = {"standing": "editor", "email": "ana@example.org"}
    code = client.post(path, json=body, headers={**bea, "If-Match": "*"}).json()["code"]
    assert client.post("/v1/invitations/accept", json={"code": code}, headers=own).json()["standing"] == "editor"
    answer = client.get(f"{ana}/export", headers=own)
    found = answer.json()
    assert (answer.headers["Cache-Control"], found["format"], found["format_version"]) == (
        "no-store",
        "cluster-api/person",
        1,
    )
    assert (found["person"]["name"], found["person"]["email"]) == PERSONAL
    assert [(one["issuer"], one["subject"]) for one in found["accounts"]] == [(issuer.name, "ana")]
    assert [(one["organisation_id"], one["standing"]) for one in found["memberships"]] == [(organisation_id, "editor")]
    assert [one["email"] for one in found["invitations_accepted"]] == ["ana@example.org"]
    assert (found["journal_lines"], [one["event"] for one in found["journal"]]) == (1, ["member.joined"])
    made = client.get(f"/v1/people/{client.get('/v1/me', headers=bea).json()['person_id']}/export", headers=bea).json()
    assert [one["email"] for one in made["invitations_made"]] == [None]
