"""Who calls is established before anything else, known again for a moment, and no longer than that."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.app import create_service
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.settings import Settings
from cluster_api.identity.models import Client, Credential, Organisation
from cluster_api.identity.states import Role, Standing
from cluster_api.tokens.rules import API_KEY, checksum, new_secret
from tests.callers import given_client, given_credential, given_key, given_organisation

Headers = dict[str, str]
Service = Callable[..., TestClient]


@pytest.fixture
def service(database: Database, clock: FixedClock, settings: Settings) -> Iterator[Service]:
    """Give a function that starts a service of its own on the database of the test, with other settings."""
    with ExitStack() as stack:

        def start(**changed: object) -> TestClient:
            own = Database(database.url.render_as_string(hide_password=False))
            stack.callback(own.close)
            service = create_service(settings.model_copy(update=changed), clock=clock, database=own)
            return stack.enter_context(TestClient(service))

        yield start


def kind(answer: object) -> tuple[int, str]:
    told = answer.json() if hasattr(answer, "json") else {}
    return getattr(answer, "status_code", 0), str(told.get("type", "")).removeprefix("/problems/")


@pytest.mark.parametrize(
    ("header", "slug"),
    [
        ("Bearer", "credentials-not-accepted"),
        ("Basic YTpi", "credentials-not-accepted"),
        ("Bearer x", "token-unreadable"),
        ("Bearer " + "x" * 8193, "token-unreadable"),
        ("Bearer a.b.c", "token-unreadable"),
        ("Bearer e30.e30.e30", "token-incomplete"),
    ],
)
def test_wrong_headers_are_refused_on_every_path(client: TestClient, header: str, slug: str) -> None:
    for path in ("/v1/register", "/v1/clusters", "/health/live", "/v1/nothing"):
        answer = client.get(path, headers={"Authorization": header})
        assert kind(answer) == (401, slug)
        challenge = answer.headers["WWW-Authenticate"]
        assert 'error="invalid_token"' in challenge
        assert 'resource_metadata="http://127.0.0.1:8000/.well-known/oauth-protected-resource"' in challenge


def test_mistyped_and_unknown_keys_are_told_apart_by_the_checksum_only(client: TestClient, admin: Headers) -> None:
    known = admin["Authorization"].removeprefix("Bearer ")
    mistyped = known[:-1] + ("0" if known[-1] != "0" else "1")
    unknown = new_secret(API_KEY).text
    body = known[:20] + ("A" if known[20] != "A" else "B") + known[21:-6]
    guessed = body + checksum(body)
    for wrong in (mistyped, unknown, guessed):
        assert kind(client.get("/v1/me", headers={"Authorization": f"Bearer {wrong}"})) == (
            401,
            "credentials-not-accepted",
        )


@pytest.mark.parametrize("what", ["revoked key", "disabled client", "closed organisation"])
def test_revocation_is_seen_within_the_stated_time_on_every_process(
    service: Service, database: Database, clock: FixedClock, what: str
) -> None:
    with database.transaction() as session:
        organisation = given_organisation(session, Role.CLUSTER)
        headers = given_credential(session, given_client(session, organisation))
    processes = [service(credential_fresh_seconds=0.5) for _ in range(2)]
    assert [one.get("/v1/me", headers=headers).status_code for one in processes] == [200, 200]
    with database.transaction() as session:
        table, values = {
            "revoked key": (Credential, {"revoked_at": clock.now()}),
            "disabled client": (Client, {"disabled_at": clock.now()}),
            "closed organisation": (Organisation, {"closed_at": clock.now()}),
        }[what]
        session.execute(sa.update(table).values(**values))
    time.sleep(0.6)
    assert [kind(one.get("/v1/me", headers=headers)) for one in processes] == [(401, "credential-expired")] * 2


def test_who_was_let_in_is_known_for_a_moment(service: Service, database: Database) -> None:
    with database.transaction() as session:
        headers = given_key(session, Role.PLATFORM)
    client = service(credential_fresh_seconds=5.0)
    first = client.get("/v1/me", headers=headers).json()
    with database.transaction() as session:
        session.execute(sa.delete(Credential))
    assert client.get("/v1/me", headers=headers).json() == first


def test_key_that_expires_is_not_known_a_moment_longer(service: Service, database: Database, clock: FixedClock) -> None:
    with database.transaction() as session:
        client = given_client(session, given_organisation(session, Role.CLUSTER))
        headers = given_credential(session, client, expires_at=clock.now() + timedelta(seconds=1))
    service_client = service(credential_fresh_seconds=5.0)
    assert service_client.get("/v1/me", headers=headers).status_code == 200
    clock.instant += timedelta(seconds=1)
    assert kind(service_client.get("/v1/me", headers=headers)) == (401, "credential-expired")


def test_kept_answers_are_given_to_callers_too_and_to_no_stranger(service: Service, database: Database) -> None:
    with database.transaction() as session:
        headers = given_key(session, Role.PLATFORM)
    client = service(credential_fresh_seconds=5.0, version_poll_seconds=1.0)
    public = client.get("/v1/statistics/labels?by=level")
    known = [client.get("/v1/statistics/labels?by=level", headers=headers) for _ in range(2)]
    assert [one.content for one in known] == [public.content] * 2
    assert [one.headers.get("access-control-allow-origin") for one in (public, *known)] == ["*", None, None]
    assert ["ratelimit" in one.headers for one in known] == [True, False]
    wrong = client.get("/v1/statistics/labels?by=level", headers={"Authorization": "Bearer wrong"})
    assert wrong.status_code == 401


def test_answers_that_ask_who_calls_are_given_to_nobody_else(service: Service, database: Database) -> None:
    with database.transaction() as session:
        headers = given_key(session, Role.CLUSTER)
    client = service(credential_fresh_seconds=5.0, version_poll_seconds=1.0)
    client.post("/v1/clusters", json={"legal_name": "Wave", "country": "IE"}, headers=headers)
    assert client.get("/v1/clusters").json()["items"] == []
    assert [one["legal_name"] for one in client.get("/v1/clusters", headers=headers).json()["items"]] == ["Wave"]
    assert client.get("/v1/clusters").json()["items"] == []


def test_use_of_a_key_is_noted_every_ten_minutes(client: TestClient, database: Database, clock: FixedClock) -> None:
    with database.transaction() as session:
        headers = given_key(session, Role.CLUSTER)
    noted: list[datetime | None] = []
    for minutes in (0, 5, 11):
        clock.instant += timedelta(minutes=minutes)
        client.get("/v1/me", headers=headers)
        time.sleep(0.2)  # the note is written beside the request
        with database.session() as session:
            noted.append(session.scalar(sa.select(Credential.last_used_at)))
    start = noted[0]
    assert start is not None
    assert noted == [start, start, start + timedelta(minutes=16)]


def test_address_that_guesses_is_not_listened_to(service: Service, database: Database) -> None:
    with database.transaction() as session:
        headers = given_key(session, Role.CLUSTER)
    client = service()
    for _ in range(3):
        assert client.get("/v1/me", headers={"Authorization": "Bearer wrong"}).status_code == 401
    began = time.monotonic()
    assert client.get("/v1/me", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert time.monotonic() - began > 0.1
    assert client.get("/v1/me", headers=headers).status_code == 200


@pytest.mark.parametrize("standing", list(Standing))
def test_standing_bounds_what_a_role_gives(client: TestClient, database: Database, standing: Standing) -> None:
    with database.transaction() as session:
        headers = given_key(session, Role.CLUSTER, standing=standing)
    answer = client.post("/v1/clusters", json={"legal_name": "Wave", "country": "IE"}, headers=headers)
    assert kind(answer) == ((403, "permission-missing") if standing is Standing.READER else (201, ""))
