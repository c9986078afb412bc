"""Machine clients over HTTP: who makes and sees them, what nobody can give, how keys replace each other and end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from joserfc.jwk import ECKey, OctKey
from starlette.testclient import TestClient

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.models import Credential
from cluster_api.identity.permissions import allowed
from cluster_api.identity.states import Role, Standing
from cluster_api.journal.models import JournalEntry
from tests.callers import given_client, given_credential, given_key, given_organisation

Headers = dict[str, str]
REASON = {"reason": "The machine was replaced."}


@pytest.fixture
def owner(database: Database) -> Headers:
    """Give the headers of an owner of a cluster organisation."""
    with database.transaction() as session:
        return given_key(session, Role.CLUSTER)


def made(client: TestClient, headers: Headers, **given: Any) -> str:
    answer = client.post("/v1/clients", json={"name": "Nightly", **given}, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


def post(client: TestClient, path: str, headers: Headers, body: dict[str, Any]) -> Any:
    """Post to a client or to what is below it, with its present tag."""
    resource = "/".join(path.split("/")[:4])
    tag = client.get(resource, headers=headers).headers.get("ETag", "*")
    return client.post(path, json=body, headers={**headers, "If-Match": tag})


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def test_owner_makes_a_client_and_a_key_that_works_and_is_shown_once(client: TestClient, owner: Headers) -> None:
    path = made(client, owner)
    told = client.get(path, headers=owner).json()
    assert (told["state"], told["standing"], told["scopes"]) == ("enabled", "editor", [])
    assert told["permissions"] == sorted(allowed({Role.CLUSTER}, Standing.EDITOR, []))
    assert "clusters:write" in told["permissions"]
    assert "clients:manage" not in told["permissions"]
    issued = post(client, f"{path}/keys", owner, {"kind": "api_key"})
    assert (issued.status_code, issued.headers["Cache-Control"]) == (201, "no-store")
    secret = issued.json()["secret"]
    assert secret.startswith("cak_")
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {secret}"}).json()["client_id"] == told["id"]
    listed = client.get(f"{path}/keys", headers=owner)
    assert [one["hint"] for one in listed.json()["items"]] == [secret[: len("cak_") + 12]]
    assert secret not in listed.text


def test_secrets_are_stored_as_digests_only(client: TestClient, owner: Headers, database: Database) -> None:
    path = made(client, owner)
    kinds = ("api_key", "client_secret")
    secrets = [post(client, f"{path}/keys", owner, {"kind": one}).json()["secret"] for one in kinds]
    with database.session() as session:
        rows = str(session.execute(sa.select(Credential.__table__)).all())
        lines = str(session.execute(sa.select(JournalEntry.__table__)).all())
    assert [secret in rows + lines for secret in secrets] == [False, False]


def test_a_retried_request_gives_the_same_key_and_the_stored_answer_is_sealed(
    client: TestClient, owner: Headers, database: Database
) -> None:
    path = made(client, owner)
    headers = {**owner, "If-Match": "*", "Idempotency-Key": "one"}
    answers = [client.post(f"{path}/keys", json={"kind": "api_key"}, headers=headers).json() for _ in range(2)]
    assert answers[0] == answers[1]
    with database.session() as session:
        stored = session.execute(sa.text("SELECT body FROM stored_answer")).scalar_one()
    assert answers[0]["secret"].encode() not in bytes(stored)


def test_two_keys_are_valid_while_one_replaces_the_other(client: TestClient, owner: Headers) -> None:
    path = made(client, owner)
    keys = [post(client, f"{path}/keys", owner, {"kind": "api_key"}).json() for _ in range(2)]
    bearers = [{"Authorization": f"Bearer {key['secret']}"} for key in keys]
    assert [client.get("/v1/me", headers=one).status_code for one in bearers] == [200, 200]
    assert kind(post(client, f"{path}/keys", owner, {"kind": "api_key"})) == (409, "keys-enough")
    assert post(client, f"{path}/keys", owner, {"kind": "client_secret"}).status_code == 201
    assert post(client, f"{path}/keys/{keys[0]['id']}/revoke", owner, REASON).status_code == 200
    assert [client.get("/v1/me", headers=one).status_code for one in bearers] == [401, 200]
    assert post(client, f"{path}/keys", owner, {"kind": "api_key"}).status_code == 201


def test_of_three_keys_asked_for_at_once_two_are_made(client: TestClient, owner: Headers) -> None:
    path = made(client, owner)

    def issue(_: int) -> int:
        headers = {**owner, "If-Match": "*"}
        return int(client.post(f"{path}/keys", json={"kind": "api_key"}, headers=headers).status_code)

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(issue, range(3))) == [201, 201, 409]


def test_keys_expire(client: TestClient, owner: Headers, clock: FixedClock) -> None:
    path = made(client, owner)
    key = post(client, f"{path}/keys", owner, {"kind": "api_key", "days": 1}).json()
    bearer = {"Authorization": f"Bearer {key['secret']}"}
    clock.instant += timedelta(days=1, seconds=-1)
    assert client.get("/v1/me", headers=bearer).status_code == 200
    clock.instant += timedelta(seconds=1)
    assert kind(client.get("/v1/me", headers=bearer)) == (401, "credential-expired")
    longest = post(client, f"{path}/keys", owner, {"kind": "api_key", "days": 1096}).json()
    assert longest["expires_at"] == (clock.now() + timedelta(days=366)).isoformat().replace("+00:00", "Z")


def test_disabled_clients_are_refused_and_enabled_again(client: TestClient, owner: Headers) -> None:
    path = made(client, owner)
    key = post(client, f"{path}/keys", owner, {"kind": "api_key"}).json()["secret"]
    bearer = {"Authorization": f"Bearer {key}"}
    assert post(client, f"{path}/disable", owner, REASON).json()["state"] == "disabled"
    assert kind(client.get("/v1/register", headers=bearer)) == (401, "credential-expired")
    assert kind(post(client, f"{path}/keys", owner, {"kind": "api_key"})) == (409, "client-disabled")
    assert post(client, f"{path}/enable", owner, REASON).json()["state"] == "enabled"
    assert client.get("/v1/register", headers=bearer).status_code == 200


def test_key_narrowed_to_one_cluster_reaches_no_other(client: TestClient, owner: Headers) -> None:
    first, second = (
        client.post(
            "/v1/clusters?allow_duplicate=true", json={"legal_name": name, "country": "IE"}, headers=owner
        ).json()["id"]
        for name in ("Wave", "Tide")
    )
    path = made(client, owner)
    body = {"kind": "api_key", "cluster_id": first, "scopes": ["clusters:read", "clusters:write"]}
    narrow = {"Authorization": f"Bearer {post(client, f'{path}/keys', owner, body).json()['secret']}"}
    assert [client.get(f"/v1/clusters/{one}", headers=narrow).status_code for one in (first, second)] == [200, 404]
    assert [one["id"] for one in client.get("/v1/clusters", headers=narrow).json()["items"]] == [first]
    another = client.post("/v1/clusters", json={"legal_name": "Surf", "country": "IE"}, headers=narrow)
    assert kind(another) == (403, "permission-missing")
    changed = client.patch(f"/v1/clusters/{first}", json={"city": "Cork"}, headers={**narrow, "If-Match": "*"})
    assert (changed.status_code, changed.json()["city"]) == (200, "Cork")


def test_nobody_gives_more_than_they_have(client: TestClient, owner: Headers, database: Database) -> None:
    with database.transaction() as session:
        own = given_organisation(session, Role.CLUSTER)
        narrow = given_credential(session, given_client(session, own, scopes=("clients:manage", "organisations:read")))
    assert kind(client.post("/v1/clients", json={"name": "Wide"}, headers=narrow)) == (409, "more-than-own")
    scopes = {"name": "Narrow", "scopes": ["organisations:read"]}
    assert client.post("/v1/clients", json=scopes, headers=narrow).status_code == 201
    path = made(client, owner, scopes=["clusters:read"])
    wider = post(client, f"{path}/keys", owner, {"kind": "api_key", "scopes": ["clusters:write"]})
    assert kind(wider) == (409, "more-than-own")
    assert kind(client.patch(path, json={"name": "Other"}, headers={**narrow, "If-Match": "*"})) == (
        404,
        "client-not-found",
    )


@pytest.mark.parametrize("standing", [Standing.EDITOR, Standing.READER])
def test_only_owners_manage_clients(client: TestClient, database: Database, standing: Standing) -> None:
    with database.transaction() as session:
        headers = given_key(session, Role.CLUSTER, standing=standing)
    assert len(client.get("/v1/clients", headers=headers).json()["items"]) == 1
    assert kind(client.post("/v1/clients", json={"name": "Mine"}, headers=headers)) == (403, "permission-missing")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_clients_of_others_are_seen_by_those_who_see_all(
    client: TestClient, owner: Headers, database: Database, role: Role
) -> None:
    path = made(client, owner)
    with database.transaction() as session:
        headers = given_key(session, role)
    sees = role in {Role.SECRETARIAT, Role.AUDITOR, Role.ADMIN}
    assert (client.get(path, headers=headers).status_code == 200) is sees
    listed = [one["id"] for one in client.get("/v1/clients", headers=headers).json()["items"]]
    assert (path.rsplit("/", 1)[1] in listed) is sees
    refused = post(client, f"{path}/disable", {**headers}, REASON).status_code
    assert refused == {Role.ADMIN: 200}.get(role, 403 if sees else 404)


def test_public_keys_are_registered_without_their_private_part(client: TestClient, owner: Headers) -> None:
    path, key = made(client, owner), ECKey.generate_key("P-256")

    def register(jwk: dict[str, Any]) -> Any:
        return post(client, f"{path}/keys", owner, {"kind": "public_key", "jwk": jwk})

    public = {name: str(value) for name, value in key.as_dict(private=False).items()}
    issued = register(public)
    assert (issued.status_code, issued.json()["secret"]) == (201, None)
    assert kind(register(public)) == (409, "key-known")
    private = {name: str(value) for name, value in key.as_dict(private=True).items()}
    # Libraries warn of keys as short as this one: it is written down as the test wants it.
    short = {"kty": "RSA", "e": "AQAB", "n": "w" * 171}
    curve = {name: str(value) for name, value in ECKey.generate_key("P-384").as_dict(private=False).items()}
    secret = {name: str(value) for name, value in OctKey.generate_key(256).as_dict().items()}
    for wrong in (private, short, curve, secret, {"kty": "EC"}, {}):
        assert kind(register(wrong)) == (422, "key-not-usable")


def test_lists_are_paged_and_filtered(client: TestClient, owner: Headers) -> None:
    paths = [made(client, owner, name=f"Client {number}") for number in range(3)]
    post(client, f"{paths[0]}/disable", owner, REASON)
    first = client.get("/v1/clients?limit=2", headers=owner)
    second = client.get(first.links["next"]["url"], headers=owner).json()
    found = [*first.json()["items"], *second["items"]]
    assert [one["name"] for one in found] == ["Client 2", "Client 1", "Client 0", "A client"]
    disabled = client.get("/v1/clients?state=disabled", headers=owner).json()["items"]
    assert [one["name"] for one in disabled] == ["Client 0"]


def test_every_deed_is_in_the_journal(client: TestClient, owner: Headers, database: Database) -> None:
    path = made(client, owner)
    key = post(client, f"{path}/keys", owner, {"kind": "api_key"}).json()
    client.patch(path, json={"name": "Other"}, headers={**owner, "If-Match": "*"})
    post(client, f"{path}/keys/{key['id']}/revoke", owner, REASON)
    post(client, f"{path}/disable", owner, REASON)
    with database.session() as session:
        events = session.scalars(sa.select(JournalEntry.event).order_by(JournalEntry.position)).all()
    assert events == ["client.created", "key.issued", "client.updated", "key.revoked", "client.disabled"]
    told = client.get(f"{path}/history?limit=3", headers=owner)
    more = client.get(told.links["next"]["url"], headers=owner).json()["items"]
    assert [one["event"] for one in [*told.json()["items"], *more]] == events[::-1]
