"""Trainings over HTTP: who records them, and when results can be told."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.states import Role
from tests.assessors.given import given_pool_member
from tests.callers import given_key
from tests.conftest import NOW
from tests.issuers import TestIssuer
from tests.people.given import tagged

Headers = dict[str, str]
WRITING = {Role.SECRETARIAT}
SEEING = {*WRITING, Role.BOARD, Role.AUDITOR, Role.ADMIN}
PAST: dict[str, Any] = {
    "methodology_code": "ECEI-2013",
    "methodology_version": 1,
    "began_on": "2021-01-14",
    "ended_on": "2021-01-15",
    "place": "Berlin",
}


@pytest.fixture
def pool(database: Database, issuer: TestIssuer) -> tuple[str, str]:
    """Give the identifiers of two assessors who can sign in."""
    with database.transaction() as session:
        ana, bea = (given_pool_member(session, issuer=issuer.name, subject=name) for name in ("ana", "bea"))
        return ana.id, bea.id


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def posted(client: TestClient, admin: Headers, **facts: Any) -> str:
    answer = client.post("/v1/trainings", json={**PAST, **facts}, headers=admin)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


def attended(client: TestClient, admin: Headers, training: str, assessor_id: str, result: str) -> Any:
    body = {"assessor_id": assessor_id, "result": result}
    return client.post(f"{training}/attendances", json=body, headers=tagged(client, training, admin))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_who_sees_and_records_trainings(
    client: TestClient, database: Database, admin: Headers, pool: tuple[str, str], role: Role
) -> None:
    training = posted(client, admin)
    with database.transaction() as session:
        headers = given_key(session, role)
    for path in ("/v1/trainings", training, f"{training}/attendances", f"/v1/assessors/{pool[0]}/trainings"):
        assert client.get(path, headers=headers).status_code == (200 if role in SEEING else 403)
    writes = role in WRITING
    assert client.post("/v1/trainings", json=PAST, headers=headers).status_code == (201 if writes else 403)
    match = {**headers, "If-Match": "*"}
    assert client.patch(training, json={"place": "Paris"}, headers=match).status_code == (200 if writes else 403)
    body = {"assessor_id": pool[0], "result": "passed"}
    answer = client.post(f"{training}/attendances", json=body, headers=match)
    assert answer.status_code == (201 if writes else 403)


def test_public_is_asked_for_credentials(client: TestClient) -> None:
    assert kind(client.get("/v1/trainings")) == (401, "credentials-required")


def test_an_assessor_sees_trainings_and_the_own_results(
    client: TestClient, admin: Headers, pool: tuple[str, str], issuer: TestIssuer
) -> None:
    training = posted(client, admin)
    results = [attended(client, admin, training, one, "passed").json() for one in pool]
    own = issuer.headers(NOW)
    assert client.get(training, headers=own).status_code == 200
    assert client.get(f"{training}/attendances", headers=own).json()["items"] == results[:1]
    assert client.get(f"/v1/assessors/{pool[0]}/trainings", headers=own).json()["items"] == results[:1]
    assert client.get(f"/v1/assessors/{pool[1]}/trainings", headers=own).status_code == 404
    assert sorted(
        one["assessor_id"] for one in client.get(f"{training}/attendances", headers=admin).json()["items"]
    ) == [*pool]
    assert kind(client.post("/v1/trainings", json=PAST, headers=own)) == (403, "permission-missing")


def test_results_are_told_when_the_training_has_ended(
    client: TestClient, admin: Headers, pool: tuple[str, str]
) -> None:
    coming = posted(client, admin, ended_on="2021-01-16")
    assert attended(client, admin, coming, pool[0], "registered").status_code == 201
    for result in ("passed", "failed", "absent"):
        assert kind(attended(client, admin, coming, pool[0], result)) == (409, "result-too-early")
    assert (
        client.patch(coming, json={"ended_on": "2021-01-15"}, headers=tagged(client, coming, admin)).status_code == 200
    )
    assert attended(client, admin, coming, pool[0], "failed").status_code == 201
    assert attended(client, admin, coming, pool[0], "passed").json()["result"] == "passed"
    fixed = client.patch(coming, json={"place": "Paris"}, headers=tagged(client, coming, admin))
    assert kind(fixed) == (409, "training-took-place")
    history = client.get(f"/v1/assessors/{pool[0]}/history", headers=admin).json()["items"]
    assert [one["event"] for one in history] == ["attendance.recorded"] * 3


def test_what_is_unknown_or_impossible_is_refused(client: TestClient, admin: Headers) -> None:
    unknown = client.post("/v1/trainings", json={**PAST, "methodology_version": 77}, headers=admin)
    assert kind(unknown) == (404, "methodology-not-found")
    backwards = client.post("/v1/trainings", json={**PAST, "began_on": "2021-01-16"}, headers=admin)
    assert kind(backwards) == (409, "dates-not-possible")
    training = posted(client, admin)
    assert kind(attended(client, admin, training, str(uuid7()), "passed")) == (409, "reference-unknown")
    assert kind(client.get(f"/v1/trainings/{uuid7()}", headers=admin)) == (404, "training-not-found")
    late = client.patch(training, json={"began_on": "2021-02-01"}, headers=tagged(client, training, admin))
    assert kind(late) == (409, "dates-not-possible")
    assert kind(client.patch(training, json={"place": "Rome"}, headers=admin)) == (428, "precondition-required")


def test_list_is_filtered_and_paged(client: TestClient, admin: Headers) -> None:
    for code, how in (("ECEI-2013", "initial"), ("ECEI-2013", "refresher"), ("ECEI-2020", "initial")):
        client.post("/v1/trainings", json={**PAST, "methodology_code": code, "kind": how}, headers=admin)
    total = len(client.get("/v1/trainings", headers=admin).json()["items"])
    found = client.get("/v1/trainings?methodology_code=ECEI-2013&methodology_version=1", headers=admin).json()["items"]
    assert [one["kind"] for one in found] == ["initial", "refresher"]
    refreshers = client.get("/v1/trainings?kind=refresher", headers=admin).json()["items"]
    assert [one["kind"] for one in refreshers] == ["refresher"]
    paged, path = 0, "/v1/trainings?limit=1"
    while path:
        answer = client.get(path, headers=admin)
        paged += len(answer.json()["items"])
        path = answer.headers.get("Link", "").split(">")[0].removeprefix("<")
    assert paged == total
