"""Public reads from kept bytes: the same bytes, never stale after a change, never somebody else's."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, Counter
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.publicreads import PublicReads, Versions
from tests.register import given_cluster, given_label

DAYS = (date(2020, 1, 1), date(2021, 12, 31))


def given_holder(database: Database, name: str) -> None:
    with database.transaction() as session:
        given_label(session, given_cluster(session, name), "gold", DAYS)


def test_kept_answer_equals_the_rendered_one(client: TestClient, database: Database) -> None:
    given_holder(database, "alpha")
    first, second = client.get("/v1/register"), client.get("/v1/register")
    changing = {"traceparent", "ratelimit", "ratelimit-policy"}
    kept = [
        {name: value for name, value in answer.headers.items() if name not in changing} for answer in (first, second)
    ]
    assert (first.content, kept[0]) == (second.content, kept[1])
    assert "ratelimit" in first.headers
    assert "ratelimit" not in second.headers


def test_unchanged_answer_is_304(client: TestClient, database: Database) -> None:
    given_holder(database, "alpha")
    tag = client.get("/v1/register").headers["etag"]
    answers = [client.get("/v1/register", headers={"If-None-Match": value}) for value in (tag, f'"x", W/{tag}', "*")]
    assert [(answer.status_code, answer.content, answer.headers["etag"]) for answer in answers] == [(304, b"", tag)] * 3
    assert client.get("/v1/register", headers={"If-None-Match": '"x"'}).status_code == 200


def test_head_tells_the_headers_of_get(client: TestClient, database: Database) -> None:
    given_holder(database, "alpha")
    answers = [
        client.head("/v1/register?limit=3"),
        client.get("/v1/register?limit=3"),
        client.head("/v1/register?limit=3"),
    ]
    assert [len(answer.content) for answer in answers] == [0, len(answers[1].content), 0]
    told = [(answer.status_code, answer.headers["etag"], answer.headers["content-length"]) for answer in answers]
    assert told == [told[1]] * 3


def test_compressed_answer_has_a_tag_of_its_own(client: TestClient, database: Database) -> None:
    for name in ("alpha", "beta", "gamma", "delta"):
        given_holder(database, name)
    plain = client.get("/v1/register", headers={"Accept-Encoding": "identity"})
    packed = client.get("/v1/register", headers={"Accept-Encoding": "gzip"})
    assert (packed.headers["content-encoding"], packed.content) == ("gzip", plain.content)
    assert packed.headers["etag"] != plain.headers["etag"]
    assert int(packed.headers["content-length"]) < len(plain.content)


def test_change_by_another_process_is_seen(client: TestClient, database: Database) -> None:
    assert client.get("/v1/register").json()["items"] == []
    given_holder(database, "alpha")
    assert [item["name"] for item in client.get("/v1/register").json()["items"]] == ["alpha"]


def test_new_day_is_a_new_answer(client: TestClient, database: Database, clock: FixedClock) -> None:
    given_holder(database, "alpha")
    assert len(client.get("/v1/register").json()["items"]) == 1
    clock.instant += timedelta(days=365)
    assert client.get("/v1/register").json()["items"] == []


def test_answer_to_credentials_is_not_kept(client: TestClient, database: Database, admin: dict[str, str]) -> None:
    answers = [client.get("/v1/register", headers=admin) for _ in range(2)]
    assert ["ratelimit" in answer.headers for answer in answers] == [True, True]


def test_answer_says_how_old_it_may_be(client: TestClient) -> None:
    assert client.get("/v1/register").headers["cache-control"] == "public, max-age=1, must-revalidate"


@pytest.fixture
def layer() -> Callable[[Database, int], tuple[TestClient, list[str]]]:
    """Give the layer around an application that answers its own path and notes that it was asked."""

    def make(database: Database, most_bytes: int) -> tuple[TestClient, list[str]]:
        asked: list[str] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            asked.append(scope["path"])
            body = scope["path"].encode() * 10
            headers = [(b"cache-control", b"public"), (b"content-type", b"text/plain")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

        clock = FixedClock(datetime(2021, 1, 15, tzinfo=UTC))
        counter = Counter("reads", "x", ["result"], registry=CollectorRegistry())
        versions = Versions(database, clock, 60)
        kept = PublicReads(
            app, versions=versions, most_bytes=most_bytes, counter=counter, recognises=lambda _scope, _header: False
        )
        return TestClient(kept), asked

    return make


def test_oldest_answers_make_room(
    database: Database, layer: Callable[[Database, int], tuple[TestClient, list[str]]]
) -> None:
    client, asked = layer(database, 50)
    for path in ("/a", "/b", "/a", "/c", "/a", "/b"):
        client.get(path)
    # Each answer is 20 bytes: two fit, and /c pushed out /a, which then pushed out /b.
    assert asked == ["/a", "/b", "/c", "/a", "/b"]


def test_database_that_is_down_switches_keeping_off(
    layer: Callable[[Database, int], tuple[TestClient, list[str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    missing = Database(f"sqlite:///{tmp_path_factory.mktemp('x') / 'gone.sqlite3'}")
    client, asked = layer(missing, 1000)
    assert [client.get("/a").status_code for _ in range(2)] == [200, 200]
    assert asked == ["/a", "/a"]
