"""Organisations over HTTP: who sees and changes what, over all roles."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role, Standing
from tests.callers import given_client, given_credential, given_key, given_organisation
from tests.people.given import tagged

Headers = dict[str, str]
UNKNOWN = "/v1/organisations/01a20585-e211-7354-a476-81f1d8913a97"
OVER_ALL = {Role.SECRETARIAT, Role.ADMIN}
SEEING_ALL = {*OVER_ALL, Role.AUDITOR}


@pytest.fixture
def other(database: Database) -> str:
    """Give the path of an organisation of others."""
    with database.transaction() as session:
        return f"/v1/organisations/{given_organisation(session, Role.CLUSTER, name='Wave Cluster').id}"


def key_of(database: Database, role: Role, standing: Standing = Standing.OWNER) -> Headers:
    with database.transaction() as session:
        return given_key(session, role, standing=standing)


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def test_created_organisation_is_answered_with_address_and_tag(client: TestClient, admin: Headers) -> None:
    body = {"name": "Tidal Network", "country": "EL", "roles": ["cluster", "partnership"]}
    answer = client.post("/v1/organisations", json=body, headers=admin)
    made = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/organisations/{made['id']}")
    assert (made["country"], made["roles"], made["state"]) == ("GR", ["cluster", "partnership"], "open")
    assert made["allowed_moves"] == ["update", "invite", "close"]
    read = client.get(answer.headers["Location"], headers=admin)
    assert (read.json(), read.headers["ETag"]) == (made, answer.headers["ETag"])
    assert read.headers["Cache-Control"].startswith("private")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_who_sees_and_writes_organisations_of_others(
    client: TestClient, database: Database, other: str, role: Role
) -> None:
    headers = key_of(database, role)
    seen, writes = role in SEEING_ALL, role in OVER_ALL
    assert client.get(other, headers=headers).status_code == (200 if seen else 404)
    names = [one["name"] for one in client.get("/v1/organisations", headers=headers).json()["items"]]
    assert names == (["Somebody", "Wave Cluster"] if seen else ["Somebody"])
    made = client.post("/v1/organisations", json={"name": "New", "country": "IE"}, headers=headers)
    assert made.status_code == (201 if writes else 403)
    refused = (403, "permission-missing") if seen else (404, "organisation-not-found")
    match = {**headers, "If-Match": "*"}
    expected = (200, "") if writes else refused
    assert kind(client.patch(other, json={"name": "Tide Cluster"}, headers=match)) == expected
    assert kind(client.patch(other, json={"roles": ["assessor"]}, headers=match)) == expected
    assert kind(client.post(f"{other}/close", json={"reason": "Dissolved."}, headers=match)) == expected
    assert kind(client.post(f"{other}/reopen", json={"reason": "Founded again."}, headers=match)) == expected


def test_public_is_asked_for_credentials(client: TestClient, other: str) -> None:
    match = {"If-Match": "*"}
    for answer in (
        client.get("/v1/organisations"),
        client.get(other),
        client.get(UNKNOWN),
        client.get(f"{other}/members"),
        client.get(f"{other}/history"),
        client.post("/v1/organisations", json={"name": "New", "country": "IE"}),
        client.patch(other, json={"name": "New"}, headers=match),
        client.post(f"{other}/close", json={"reason": "Why not."}, headers=match),
    ):
        assert kind(answer) == (401, "credentials-required")


@pytest.mark.parametrize("role", ["admin", "auditor"])
def test_secretariat_gives_no_guarded_role(client: TestClient, database: Database, other: str, role: str) -> None:
    headers, refused = key_of(database, Role.SECRETARIAT), (403, "permission-missing")
    body = {"name": "New", "country": "IE", "roles": [role]}
    assert kind(client.post("/v1/organisations", json=body, headers=headers)) == refused
    match = {**headers, "If-Match": "*"}
    assert kind(client.patch(other, json={"roles": ["cluster", role]}, headers=match)) == refused
    with database.transaction() as session:
        guarded = f"/v1/organisations/{given_organisation(session, Role(role)).id}"
    for path, sent in (
        ("", {"name": "Taken over"}),
        ("", {"roles": []}),
        ("/close", {"reason": "Because."}),
        ("/invitations", {"standing": "owner"}),
    ):
        answer = client.request("POST" if path else "PATCH", f"{guarded}{path}", json=sent, headers=match)
        assert kind(answer) == refused
    administrator = {**key_of(database, Role.ADMIN), "If-Match": "*"}
    assert client.patch(guarded, json={"roles": ["cluster"]}, headers=administrator).json()["roles"] == ["cluster"]


def test_role_public_cannot_be_given(client: TestClient, admin: Headers) -> None:
    body = {"name": "New", "country": "IE", "roles": ["public"]}
    answer = client.post("/v1/organisations", json=body, headers=admin)
    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, ["/body/roles/0"])


@pytest.mark.parametrize("standing", Standing)
def test_owner_changes_the_own_name_but_not_the_roles(
    client: TestClient, database: Database, standing: Standing
) -> None:
    with database.transaction() as session:
        own = given_organisation(session, Role.CLUSTER)
        headers = given_credential(session, given_client(session, own, standing=standing))
    path = f"/v1/organisations/{own.id}"
    owns = standing is Standing.OWNER
    match = tagged(client, path, headers)
    assert client.patch(path, json={"name": "Tide"}, headers=match).status_code == (200 if owns else 403)
    assert client.get(path, headers=headers).json()["allowed_moves"] == (["update", "invite"] if owns else [])
    roles = client.patch(path, json={"roles": ["secretariat"]}, headers={**headers, "If-Match": "*"})
    assert kind(roles) == (403, "permission-missing")
    assert kind(client.patch(path, json={"name": "Tides"}, headers=headers)) == (428, "precondition-required")
    if owns:
        assert kind(client.patch(path, json={"name": "Tides"}, headers=match)) == (412, "stale")


def test_closed_organisation_gives_no_access(client: TestClient, database: Database, admin: Headers) -> None:
    with database.transaction() as session:
        own = given_organisation(session, Role.CLUSTER)
        headers = given_credential(session, given_client(session, own))
    path = f"/v1/organisations/{own.id}"
    closed = client.post(f"{path}/close", json={"reason": "Dissolved."}, headers=tagged(client, path, admin))
    assert (closed.json()["state"], closed.json()["allowed_moves"]) == ("closed", ["update", "reopen"])
    assert kind(client.get(path, headers=headers)) == (401, "credential-expired")
    again = client.post(f"{path}/close", json={"reason": "Again."}, headers={**admin, "If-Match": "*"})
    assert kind(again) == (409, "organisation-closed")
    client.post(f"{path}/reopen", json={"reason": "Founded again."}, headers=tagged(client, path, admin))
    assert client.get(path, headers=headers).status_code == 200
    again = client.post(f"{path}/reopen", json={"reason": "Again."}, headers={**admin, "If-Match": "*"})
    assert kind(again) == (409, "organisation-open")
    events = [one["event"] for one in client.get(f"{path}/history", headers=admin).json()["items"]]
    assert events == ["organisation.reopened", "organisation.closed"]


def test_list_is_filtered_and_paged(client: TestClient, database: Database, admin: Headers) -> None:
    with database.transaction() as session:
        for name, role in (("Éolien Bretagne", Role.CLUSTER), ("Alpha 100%", Role.ASSESSOR), ("Beta", Role.CLUSTER)):
            given_organisation(session, role, name=name)

    def names(query: str) -> list[str]:
        answer = client.get(f"/v1/organisations?{query}", headers=admin)
        return [one["name"] for one in answer.json()["items"]]

    assert names("q=Éolien+bretagne") == ["Éolien Bretagne"]
    assert names("q=100%25") == ["Alpha 100%"]
    assert names("role=cluster&q=beta") == ["Beta"]
    assert names("country=IE") == []
    assert names("state=closed") == []
    found, path = [], "/v1/organisations?limit=1"
    while path:
        answer = client.get(path, headers=admin)
        found += [one["name"] for one in answer.json()["items"]]
        path = answer.headers.get("Link", "").split(">")[0].removeprefix("<")
    assert sorted(found) == ["Alpha 100%", "Beta", "Somebody", "Éolien Bretagne"]
    assert client.get("/v1/organisations?colour=blue", headers=admin).status_code == 422


def test_rehearsal_and_repetition(client: TestClient, admin: Headers) -> None:
    body = {"name": "New", "country": "IE"}
    rehearsed = client.post("/v1/organisations?dry_run=true", json=body, headers=admin)
    assert rehearsed.status_code == 200
    assert client.get(f"/v1/organisations/{rehearsed.json()['id']}", headers=admin).status_code == 404
    first, second = (
        client.post("/v1/organisations", json=body, headers={**admin, "Idempotency-Key": "one"}) for _ in range(2)
    )
    assert first.content == second.content
