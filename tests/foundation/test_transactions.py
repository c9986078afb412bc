"""One request is one transaction; a POST with a key happens once, however often and at whatever moment it is sent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.clusters.models import Cluster
from cluster_api.foundation.database import Database
from cluster_api.foundation.idempotency import StoredAnswer
from cluster_api.journal.models import JournalEntry

KEYED = {"Idempotency-Key": "k-1"}
BODY = {"legal_name": "Tidal Energy Cluster", "country": "IE", "portfolio": "ENERGY_ENVIRONMENT"}

Post = Callable[..., Any]


@pytest.fixture
def post(client: TestClient, admin: dict[str, str]) -> Post:
    """Give a function that records a cluster over HTTP."""

    def send(name: str = BODY["legal_name"], key: str | None = None, query: str = "") -> Any:
        headers = admin | ({"Idempotency-Key": key} if key else {})
        return client.post(f"/v1/clusters{query}", json={**BODY, "legal_name": name}, headers=headers)

    return send


def counts(database: Database) -> tuple[int, int, int]:
    """Answer how many clusters, lines of the journal, and stored answers there are."""
    with database.session() as session:
        tables = (Cluster, JournalEntry, StoredAnswer)
        clusters, lines, answers = (session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables)
        return clusters or 0, lines or 0, answers or 0


def test_key_gives_the_first_answer_again(post: Post, database: Database) -> None:
    first, second = post(key="k-1"), post(key="k-1")
    assert (first.status_code, second.status_code, second.json()) == (201, 201, first.json())
    assert [answer.headers.get("idempotency-replayed") for answer in (first, second)] == [None, "true"]
    assert second.headers["location"] == first.headers["location"]
    assert counts(database) == (1, 1, 1)


def test_key_of_another_request_is_refused(post: Post, database: Database) -> None:
    post(key="k-1")
    answer = post(name="Another Cluster", key="k-1")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-used-for-other")
    assert counts(database) == (1, 1, 1)


def test_key_of_a_refused_request_can_be_used_again(post: Post, database: Database) -> None:
    assert post(name="", key="k-1").status_code == 422
    assert post(key="k-1").status_code == 201
    assert counts(database) == (1, 1, 1)


def test_keys_of_other_callers_are_others(client: TestClient, post: Post) -> None:
    post(key="k-1")
    answer = client.post("/v1/clusters", json=BODY, headers={"Idempotency-Key": "k-1"})
    assert answer.status_code == 401


def test_keys_without_credentials_are_those_of_an_address(client: TestClient) -> None:
    def filed(text: str, address: str) -> tuple[int, Any, bool]:
        elsewhere = TestClient(client.app, base_url=str(client.base_url), client=(address, 50_000))
        answer = elsewhere.post("/v1/complaints", json={"matter": "process", "text": text}, headers=KEYED)
        return answer.status_code, answer.json().get("code"), "idempotency-replayed" in answer.headers

    first, again = filed("Too slow.", "192.0.2.1"), filed("Too slow.", "192.0.2.1")
    assert (first[0], first[2], again) == (201, False, (*first[:2], True))
    other = filed("Too slow.", "192.0.2.2")
    assert (other[0], other[1] != first[1], other[2]) == (201, True, False)
    # That somebody used the key for another request is told at the same address alone.
    assert filed("Unfair.", "192.0.2.1")[0] == 422
    assert filed("Unfair.", "192.0.2.3")[0] == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel"])
def test_malformed_key_is_refused_with_its_place(
    client: TestClient, admin: dict[str, str], database: Database, key: str
) -> None:
    headers = [(b"Authorization", admin["Authorization"].encode()), (b"Idempotency-Key", key.encode())]
    answer = client.post("/v1/clusters", json=BODY, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/header/Idempotency-Key")
    assert counts(database) == (0, 0, 0)


def test_rehearsal_answers_and_changes_nothing(post: Post, database: Database) -> None:
    answer = post(query="?dry_run=true", key="k-1")
    assert (answer.status_code, answer.json()["legal_name"]) == (200, BODY["legal_name"])
    assert {"location", "etag"}.isdisjoint(answer.headers)
    assert answer.headers["preference-applied"] == "dry-run"
    assert counts(database) == (0, 0, 0)


def test_same_key_at_the_same_moment_happens_once(post: Post, database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(key="k-1"), range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} <= {"/problems/still-running"}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert counts(database) == (1, 1, 1)


def test_writers_wait_for_each_other(post: Post, database: Database) -> None:
    names = [f"{word} Cluster of {word}land" for word in ("Amber", "Birch", "Cobalt", "Delta", "Ember", "Fjord")]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda name: post(name=name), names))
    assert [answer.status_code for answer in answers] == [201] * 6
    assert counts(database) == (6, 6, 0)


def test_two_changes_of_one_version_do_not_both_win(
    client: TestClient, admin: dict[str, str], post: Post, database: Database
) -> None:
    made = post()
    path, headers = made.headers["location"], {**admin, "If-Match": made.headers["etag"]}
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda city: client.patch(path, json={"city": city}, headers=headers), ["Cork", "Sligo", "Ennis"])
        )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    assert client.get(path, headers=admin).json()["version"] == 2
