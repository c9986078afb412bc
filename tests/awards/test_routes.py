"""Records of labels over HTTP: who sees and writes them, over all roles, and what the public sees of it."""

from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role, Standing
from tests.callers import given_key
from tests.people.given import tagged
from tests.register import given_cluster, given_label

Headers = dict[str, str]
SEEING, WRITING = {Role.SECRETARIAT, Role.BOARD, Role.AUDITOR}, {Role.SECRETARIAT}
SANCTION = {
    "ground": "false_data",
    "reason": "Not true.",
    "effective_on": "2020-10-01",
    "noticed_on": "2020-11-30",
}


@pytest.fixture
def number(database: Database) -> str:
    """Give the number of a valid label; the clock of the client stands at 2021-01-15."""
    with database.transaction() as session:
        cluster = given_cluster(session, "alpha")
        given_label(session, given_cluster(session, "beta"), "bronze", (date(2020, 1, 1), date(2021, 12, 31)))
        return given_label(session, cluster, "gold", (date(2020, 2, 1), date(2022, 2, 28)), rule_set="2020")


def key_of(database: Database, role: Role, standing: Standing = Standing.OWNER) -> Headers:
    with database.transaction() as session:
        return given_key(session, role, standing=standing)


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_who_sees_and_writes_records(client: TestClient, database: Database, number: str, role: Role) -> None:
    headers = key_of(database, role)
    seen = client.get(f"/v1/labels/{number}/record", headers=headers)
    assert seen.status_code == (200 if role in SEEING else 403)
    for verb in ("suspend", "withdraw"):
        answer = client.post(
            f"/v1/labels/{number}/{verb}?dry_run=true", json=SANCTION, headers={**headers, "If-Match": "*"}
        )
        assert answer.status_code == (200 if role in WRITING else 403)
    moves = ["suspend", "withdraw"] if role in WRITING else []
    if role in SEEING:
        assert seen.json()["allowed_moves"] == moves


def test_public_and_readers_do_not_write(client: TestClient, database: Database, number: str) -> None:
    reader = key_of(database, Role.SECRETARIAT, Standing.READER)
    assert kind(client.get(f"/v1/labels/{number}/record")) == (401, "credentials-required")
    answer = client.post(f"/v1/labels/{number}/withdraw", json=SANCTION, headers={**reader, "If-Match": "*"})
    assert kind(answer) == (403, "permission-missing")


def test_invariants_28_and_30_withdrawal_shows_at_once_and_keeps_what_was_known(
    client: TestClient, database: Database, number: str
) -> None:
    """Everybody can ask, and nobody is told reasons or persons."""
    headers, path = key_of(database, Role.SECRETARIAT), f"/v1/labels/{number}/record"
    match = tagged(client, path, headers)
    answer = client.post(f"/v1/labels/{number}/withdraw", json=SANCTION, headers=match)
    assert (answer.status_code, answer.json()["standing"], answer.json()["allowed_moves"]) == (200, "withdrawn", [])
    event = answer.json()["events"][0]
    assert (event["kind"], event["ground"], event["reason"]) == ("withdrawn", "false_data", "Not true.")
    asked = f"/v1/verifications/{number}?at=2020-12-01"
    assert client.get(asked).json()["standing"] == "withdrawn"
    assert client.get(f"{asked}&known_at=2021-01-15T09:59:59Z").json()["standing"] == "valid"
    public = client.get(f"/v1/labels/{number}").json()
    assert public["events"] == [
        {"kind": "withdrawn", "effective_on": "2020-10-01", "recorded_at": "2021-01-15T10:00:00Z"}
    ]
    assert "Not true." not in str(public) + client.get(f"/v1/register/{public['cluster_id']}").text
    listed = [item["name"] for item in client.get("/v1/register").json()["items"]]
    assert listed == ["beta"]
    again = client.post(f"/v1/labels/{number}/suspend", json=SANCTION, headers=match)
    assert kind(again) == (412, "stale")
    retry = client.post(f"/v1/labels/{number}/suspend", json=SANCTION, headers=tagged(client, path, headers))
    assert kind(retry) == (409, "move-not-allowed")


def test_change_needs_the_tag_and_a_heard_holder(client: TestClient, database: Database, number: str) -> None:
    headers = key_of(database, Role.SECRETARIAT)
    assert kind(client.post(f"/v1/labels/{number}/suspend", json=SANCTION, headers=headers))[0] == 428
    late = {**SANCTION, "noticed_on": "2020-12-16"}
    answer = client.post(f"/v1/labels/{number}/suspend", json=late, headers={**headers, "If-Match": "*"})
    assert kind(answer) == (409, "hearing-open")


def test_unknown_number_has_no_record(client: TestClient, database: Database) -> None:
    answer = client.get("/v1/labels/LB-2019-000123-09/record", headers=key_of(database, Role.AUDITOR))
    assert kind(answer) == (404, "label-not-found")
