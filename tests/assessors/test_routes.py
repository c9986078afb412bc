"""Qualifications and load over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role
from cluster_api.pool.states import QualificationRole
from tests.assessors.given import given_engagement, given_pool_member
from tests.callers import given_key
from tests.conftest import NOW
from tests.issuers import TestIssuer
from tests.people.given import tagged
from tests.register import given_cluster

Headers = dict[str, str]
WRITING = {Role.SECRETARIAT}
SEEING = {*WRITING, Role.BOARD, Role.AUDITOR, Role.ADMIN}
WAIVED = {"role": "gold", "waiver": "Certified before this service began."}


@pytest.fixture
def ana(database: Database, issuer: TestIssuer) -> str:
    """Give the path of an assessor who did one case."""
    with database.transaction() as session:
        assessor = given_pool_member(session, issuer=issuer.name)
        given_engagement(session, assessor, given_cluster(session, "Tidal"), QualificationRole.GOLD)
        return f"/v1/assessors/{assessor.id}"


@pytest.fixture
def key_of(database: Database) -> Callable[[Role], Headers]:
    """Give a maker of keys of organisations with one role."""

    def make(role: Role) -> Headers:
        with database.transaction() as session:
            return given_key(session, role)

    return make


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_who_sees_and_grants_qualifications(
    client: TestClient, ana: str, key_of: Callable[[Role], Headers], role: Role
) -> None:
    headers = key_of(role)
    status = 200 if role in SEEING else 403
    for path in ("qualifications", "load", "engagements"):
        assert client.get(f"{ana}/{path}", headers=headers).status_code == status
    match = {**headers, "If-Match": "*"}
    made = client.post(f"{ana}/qualifications", json=WAIVED, headers=match)
    assert made.status_code == (201 if role in WRITING else 403)


def test_public_is_asked_for_credentials(client: TestClient, ana: str) -> None:
    for path in ("qualifications", "load"):
        assert kind(client.get(f"{ana}/{path}")) == (401, "credentials-required")


def test_an_assessor_sees_the_own_qualifications_and_grants_none(
    client: TestClient, ana: str, admin: Headers, issuer: TestIssuer
) -> None:
    made = client.post(f"{ana}/qualifications", json=WAIVED, headers=tagged(client, ana, admin)).json()
    own = issuer.headers(NOW)
    assert client.get(f"{ana}/qualifications", headers=own).json()["items"] == [made]
    assert client.get(f"{ana}/load", headers=own).json()["years"][0]["fee_cents"] == 100_000
    (engagement,) = client.get(f"{ana}/engagements", headers=own).json()["items"]
    assert (engagement["fee_cents"], engagement["currency"], engagement["case_id"] is None) == (100_000, "EUR", False)
    assert client.get(f"{ana}/engagements", headers=admin).json()["items"] == [engagement]
    match = {**own, "If-Match": "*"}
    refused = (403, "permission-missing")
    assert kind(client.post(f"{ana}/qualifications", json=WAIVED, headers=match)) == refused
    path = f"{ana}/qualifications/{made['id']}"
    assert kind(client.post(f"{path}/renew", json={"waiver": "Please."}, headers=match)) == refused


def test_the_life_of_a_qualification(client: TestClient, ana: str, admin: Headers) -> None:
    tag = tagged(client, ana, admin)
    refused = client.post(f"{ana}/qualifications", json={"role": "gold"}, headers=tag)
    assert (kind(refused), len(refused.json()["needs"])) == ((409, "needs-not-met"), 2)
    made = client.post(f"{ana}/qualifications", json=WAIVED, headers=tag)
    assert (made.status_code, made.json()["state"], made.json()["valid_until"]) == (201, "valid", "2024-01-15")
    assert made.json()["renewal_lacks"] == ["refresher: 0 of 1; assignment: 0 of 2"]
    assert kind(client.post(f"{ana}/qualifications", json=WAIVED, headers=tag)) == (412, "stale")
    tag = tagged(client, ana, admin)
    assert made.headers["ETag"] == tag["If-Match"]
    assert kind(client.post(f"{ana}/qualifications", json=WAIVED, headers=tag)) == (409, "qualification-held")
    path = f"{ana}/qualifications/{made.json()['id']}"
    assert kind(client.post(f"{path}/renew", json={}, headers=tag)) == (409, "needs-not-met")
    renewed = client.post(f"{path}/renew", json={"waiver": "Too few cases."}, headers=tag)
    assert (renewed.json()["valid_until"], renewed.json()["renewed_on"]) == ("2027-01-15", "2021-01-15")
    tag = tagged(client, ana, admin)
    withdrawn = client.post(f"{path}/withdraw", json={"reason": "Complaint founded."}, headers=tag)
    assert withdrawn.json()["state"] == "withdrawn"
    again = client.post(f"{path}/withdraw", json={"reason": "Again."}, headers=tagged(client, ana, admin))
    assert kind(again) == (409, "qualification-ended")
    assert client.get(ana, headers=admin).json()["qualifications"] == []
    unknown = client.post(
        f"{ana}/qualifications/{ana.rsplit('/', 1)[1]}/renew", json={}, headers={**admin, "If-Match": "*"}
    )
    assert kind(unknown) == (404, "qualification-not-found")


def test_qualifications_are_paged(client: TestClient, ana: str, admin: Headers) -> None:
    for role in ("gold", "silver", "observer"):
        body = {**WAIVED, "role": role}
        assert client.post(f"{ana}/qualifications", json=body, headers=tagged(client, ana, admin)).status_code == 201
    found, path = [], f"{ana}/qualifications?limit=1"
    while path:
        answer = client.get(path, headers=admin)
        found += [one["role"] for one in answer.json()["items"]]
        path = answer.headers.get("Link", "").split(">")[0].removeprefix("<")
    assert found == ["gold", "silver", "observer"]
    assert [one["role"] for one in client.get(ana, headers=admin).json()["qualifications"]] == sorted(found)
