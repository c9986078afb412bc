"""The journal over HTTP: who may read it, what can be asked, and what a line shows."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.journal.actions import erase_notes, make_checkpoints, record
from cluster_api.journal.rules import NO_DIGEST, digest_of_facts
from tests.conftest import NOW
from tests.journal.given import THING, author, given_days, given_lines

DAY = timedelta(days=1)
PATHS = ["/v1/journal", "/v1/journal/checkpoints", "/v1/journal/1"]
PERSON, CLIENT, ORGANISATION = (str(uuid7()) for _ in range(3))


def positions(client: TestClient, admin: dict[str, str], **asked: Any) -> list[int]:
    answer = client.get("/v1/journal", params=asked, headers=admin)
    assert answer.status_code == 200, answer.text
    return [item["position"] for item in answer.json()["items"]]


@pytest.mark.parametrize("path", PATHS)
def test_journal_is_not_for_strangers(client: TestClient, database: Database, path: str) -> None:
    given_lines(database, 1)
    answer = client.get(path)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/credentials-required")


def test_line_shows_who_did_what_and_why(client: TestClient, admin: dict[str, str], database: Database) -> None:
    who = author(name=f"person:{PERSON}", person_id=PERSON, organisation_id=ORGANISATION)
    with database.transaction() as session:
        record(session, who, "thing.made", ("thing", THING), reason="new", details={"a": [1, None]}, after={"b": 2})
    answer = client.get("/v1/journal/1", headers=admin)
    line = answer.json()
    told = {name: line.pop(name) for name in ("id", "note_digest", "digest")}
    assert line == {
        "position": 1,
        "occurred_at": "2021-01-15T10:00:00Z",
        "day": "2021-01-15",
        "author": f"person:{PERSON}",
        "client_id": None,
        "person_id": PERSON,
        "organisation_id": ORGANISATION,
        "event": "thing.made",
        "subject": {"kind": "thing", "id": THING},
        "before_digest": None,
        "after_digest": digest_of_facts({"b": 2}),
        "request_id": "1" * 32,
        "reason": "new",
        "details": {"a": [1, None]},
        "note_erased": False,
        "previous": NO_DIGEST,
    }
    assert [len(told["note_digest"]), len(told["digest"])] == [64, 64]
    assert answer.headers["cache-control"] == "private, no-cache"
    again = client.get("/v1/journal/1", headers=admin | {"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_erased_note_is_shown_as_erased(client: TestClient, admin: dict[str, str], database: Database) -> None:
    given_lines(database, 2)
    before = client.get("/v1/journal/2", headers=admin)
    with database.transaction() as session:
        erase_notes(session, author(), [2], "asked for")
    after = client.get("/v1/journal/2", headers=admin | {"If-None-Match": before.headers["etag"]})
    wanted = before.json() | {"reason": None, "details": {}, "note_erased": True}
    assert (after.status_code, after.json()) == (200, wanted)


def test_unknown_line_is_not_found(client: TestClient, admin: dict[str, str]) -> None:
    answer = client.get("/v1/journal/1", headers=admin)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/journal-line-not-found")


@pytest.mark.parametrize("position", ["0", "-1", "1e3", "x", str(2**53)])
def test_absurd_position_is_refused(client: TestClient, admin: dict[str, str], position: str) -> None:
    answer = client.get(f"/v1/journal/{position}", headers=admin)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/path/position")


def test_filters_select_lines(client: TestClient, admin: dict[str, str], database: Database) -> None:
    other = str(uuid7())
    with database.transaction() as session:
        record(session, author(), "thing.made", ("thing", THING))
        record(session, author(name="client:x", client_id=CLIENT), "thing.changed", ("thing", THING))
        record(session, author(person_id=PERSON, organisation_id=ORGANISATION), "thing.made", ("thing", other))
        record(session, author(NOW + DAY), "case.opened", ("case", THING))
    asked: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [4, 3, 2, 1]),
        ({"author": "client:x"}, [2]),
        ({"client_id": CLIENT}, [2]),
        ({"person_id": PERSON}, [3]),
        ({"organisation_id": ORGANISATION}, [3]),
        ({"event": "thing.made"}, [3, 1]),
        ({"subject_kind": "case"}, [4]),
        ({"subject_kind": "thing", "subject_id": THING}, [2, 1]),
        ({"occurred_from": "2021-01-16T10:00:00Z"}, [4]),
        ({"occurred_before": "2021-01-16T11:00:00+01:00"}, [3, 2, 1]),
        ({"request": "1" * 32, "event": "case.opened"}, [4]),
        ({"request": "2" * 32}, []),
    ]
    assert [positions(client, admin, **question) for question, _ in asked] == [wanted for _, wanted in asked]


@pytest.mark.parametrize(
    "query", ["event=made", "subject_id=x", "request=1", "occurred_from=2021-01-15", "person_id=", "cursor=AAAA"]
)
def test_wrong_filter_is_named(client: TestClient, admin: dict[str, str], query: str) -> None:
    answer = client.get(f"/v1/journal?{query}", headers=admin)
    wanted = (422, f"/query/{query.split('=', maxsplit=1)[0]}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == wanted


def test_pages_follow_each_other_whatever_is_written(
    client: TestClient, admin: dict[str, str], database: Database
) -> None:
    given_lines(database, 5)
    seen: list[int] = []
    path = "/v1/journal?limit=2"
    while path:
        answer = client.get(path, headers=admin)
        seen += [item["position"] for item in answer.json()["items"]]
        given_lines(database, 1)
        path = answer.links["next"]["url"] if answer.json()["next"] else ""
    assert seen == [5, 4, 3, 2, 1]


def test_checkpoints_are_listed_as_they_were_signed(
    client: TestClient, admin: dict[str, str], database: Database
) -> None:
    given_days(database, [2, 1])
    with database.transaction() as session:
        make_checkpoints(session, NOW + 2 * DAY, lambda payload: (payload.decode(), "key-1"))
    first = client.get("/v1/journal/checkpoints?limit=1", headers=admin)
    digest = client.get("/v1/journal/3", headers=admin).json()["digest"]
    assert first.json()["items"] == [
        {
            "payload": {"day": "2021-01-16", "last_position": 3, "lines": 1, "digest": digest},
            "signature": f'{{"day":"2021-01-16","digest":"{digest}","last_position":3,"lines":1}}',
            "key_id": "key-1",
            "created_at": "2021-01-17T10:00:00Z",
        }
    ]
    second = client.get(first.links["next"]["url"], headers=admin).json()
    assert ([item["payload"]["day"] for item in second["items"]], second["next"]) == (["2021-01-15"], None)


def test_deed_over_http_is_in_the_journal_under_its_trace(client: TestClient, admin: dict[str, str]) -> None:
    made = client.post("/v1/clusters", json={"legal_name": "Tidal Cluster", "country": "IE"}, headers=admin)
    trace = made.headers["traceparent"].split("-")[1]
    (line,) = client.get("/v1/journal", params={"request": trace}, headers=admin).json()["items"]
    assert (line["event"], line["subject"]["id"], line["author"]) == (
        "cluster.created", made.json()["id"], f"client:{line['client_id']}",
    )  # fmt: skip
