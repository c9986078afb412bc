"""The pool over HTTP: who sees and changes what, over all roles; names are told to few."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.states import Role, Standing
from cluster_api.pool.states import QualificationRole
from tests.assessors.given import given_assessor, given_pool_member
from tests.callers import given_client, given_credential, given_key, given_organisation
from tests.conftest import NOW
from tests.issuers import TestIssuer
from tests.people.given import given_person, tagged

Headers = dict[str, str]
WRITING = {Role.SECRETARIAT}
SEEING = {*WRITING, Role.BOARD, Role.AUDITOR, Role.ADMIN}
NAMING = SEEING - {Role.BOARD}
REASON = {"reason": "Asked for."}
LISTS = ("history", "employments", "code-acceptances")


@pytest.fixture
def ana(database: Database, issuer: TestIssuer) -> str:
    """Give the path of an assessor who can sign in; another one stands in the pool."""
    with database.transaction() as session:
        given_pool_member(session, issuer=issuer.name, subject="bea", country="FR", languages=["de"], portfolios=[])
        return f"/v1/assessors/{given_pool_member(session, issuer=issuer.name).id}"


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def person_of(database: Database, issuer: TestIssuer, subject: str) -> str:
    with database.transaction() as session:
        return given_person(session, issuer.name, subject).id


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_who_sees_and_writes_the_pool(
    client: TestClient, database: Database, ana: str, issuer: TestIssuer, role: Role
) -> None:
    with database.transaction() as session:
        headers = given_key(session, role)
    seen, writes = role in SEEING, role in WRITING
    listed = client.get("/v1/assessors", headers=headers)
    read = client.get(ana, headers=headers)
    assert (listed.status_code, read.status_code) == ((200, 200) if seen else (403, 403))
    for path in LISTS:
        assert client.get(f"{ana}/{path}", headers=headers).status_code == (200 if seen else 403)
    if seen:
        names = {one["name"] for one in listed.json()["items"]}
        assert names == ({"Ana Example", "Bea Example"} if role in NAMING else {None})
        assert (read.json()["name"] is not None) == (role in NAMING)
    person_id = person_of(database, issuer, "cleo")
    body = {"person_id": person_id, "country": "EL", "languages": ["el"]}
    made = client.post("/v1/assessors", json=body, headers=headers)
    assert made.status_code == (201 if writes else 403)
    match = {**headers, "If-Match": "*"}
    for verb, path, sent in (
        ("PATCH", "", {"portfolios": ["ICT"]}),
        ("POST", "/suspend", REASON),
        ("POST", "/reinstate", REASON),
        ("POST", "/retire", REASON),
        ("POST", "/employments", {"name": "Firm"}),
        ("POST", "/code-acceptances", {"version": "2019"}),
    ):
        answer = client.request(verb, f"{ana}{path}", json=sent, headers=match)
        assert answer.status_code in ((200, 201) if writes else (403,)), (path, answer.text)


def test_reader_of_the_secretariat_writes_nothing(client: TestClient, database: Database, ana: str) -> None:
    with database.transaction() as session:
        headers = given_key(session, Role.SECRETARIAT, standing=Standing.READER)
    assert client.get(ana, headers=headers).status_code == 200
    answer = client.post(f"{ana}/suspend", json=REASON, headers={**headers, "If-Match": "*"})
    assert kind(answer) == (403, "permission-missing")


def test_public_is_asked_for_credentials(client: TestClient, ana: str) -> None:
    for path in ("/v1/assessors", ana, *(f"{ana}/{one}" for one in LISTS)):
        assert kind(client.get(path)) == (401, "credentials-required")


def test_an_assessor_sees_oneself_and_nobody_else(client: TestClient, ana: str, issuer: TestIssuer) -> None:
    own, bea = issuer.headers(NOW), issuer.headers(NOW, "bea")
    assert client.get(ana, headers=own).json()["name"] == "Ana Example"
    assert client.get(ana, headers=own).json()["allowed_moves"] == ["update", "declare"]
    assert [one["name"] for one in client.get("/v1/assessors", headers=own).json()["items"]] == ["Ana Example"]
    for path in ("", *(f"/{one}" for one in LISTS)):
        assert kind(client.get(f"{ana}{path}", headers=bea)) == (404, "assessor-not-found")
    match = {**bea, "If-Match": "*"}
    assert kind(client.patch(ana, json={"languages": ["en"]}, headers=match)) == (404, "assessor-not-found")


def test_a_machine_of_a_firm_of_assessors_sees_nobody(client: TestClient, database: Database, ana: str) -> None:
    with database.transaction() as session:
        headers = given_credential(session, given_client(session, given_organisation(session, Role.ASSESSOR)))
    assert kind(client.get("/v1/assessors", headers=headers)) == (403, "permission-missing")


def test_an_assessor_changes_the_own_languages_and_absences_only(
    client: TestClient, ana: str, issuer: TestIssuer
) -> None:
    own = issuer.headers(NOW)
    body = {"languages": ["en", "it"], "unavailable_until": "2021-02-01"}
    changed = client.patch(ana, json=body, headers=tagged(client, ana, own))
    assert {name: changed.json()[name] for name in body} == body
    assert changed.json()["version"] == 2
    others: list[dict[str, Any]] = [{"country": "FR"}, {"portfolios": []}, {"languages": ["fr"], "country": "FR"}]
    for refused in others:
        assert kind(client.patch(ana, json=refused, headers={**own, "If-Match": "*"})) == (403, "permission-missing")
    same = client.patch(ana, json=body, headers=tagged(client, ana, own))
    assert same.json()["version"] == 2
    assert kind(client.post(f"{ana}/suspend", json=REASON, headers={**own, "If-Match": "*"}))[0] == 403


def test_a_person_comes_into_the_pool_once(
    client: TestClient, database: Database, issuer: TestIssuer, admin: Headers
) -> None:
    person_id = person_of(database, issuer, "cleo")
    body: dict[str, Any] = {"person_id": person_id, "country": "EL", "languages": ["el"], "portfolios": ["ICT"]}
    body["employment"] = {"name": "Αθήνα Consulting", "began_on": "2018-01-01"}
    rehearsed = client.post("/v1/assessors?dry_run=true", json=body, headers=admin)
    made = client.post("/v1/assessors", json=body, headers={**admin, "Idempotency-Key": "one"})
    assert (rehearsed.status_code, made.status_code, made.json()["country"]) == (200, 201, "GR")
    assert [one["name"] for one in made.json()["employments"]] == ["Αθήνα Consulting"]
    assert client.post("/v1/assessors", json=body, headers={**admin, "Idempotency-Key": "one"}).content == made.content
    assert kind(client.post("/v1/assessors", json=body, headers=admin)) == (409, "person-in-pool")
    read = client.get(made.headers["Location"], headers=admin)
    assert (read.json(), read.headers["ETag"]) == (made.json(), made.headers["ETag"])
    unknown = client.post("/v1/assessors", json={**body, "person_id": str(uuid7())}, headers=admin)
    assert (kind(unknown), unknown.json()["errors"][0]["pointer"]) == ((409, "reference-unknown"), "/body/person_id")


def test_the_life_of_an_assessor(client: TestClient, ana: str, admin: Headers) -> None:
    states = []
    for verb in ("suspend", "reinstate", "retire", "reinstate", "suspend", "retire"):
        answer = client.post(f"{ana}/{verb}", json=REASON, headers=tagged(client, ana, admin))
        states.append(answer.json()["state"])
    assert states == ["suspended", "active", "retired", "active", "suspended", "retired"]
    refused = client.post(f"{ana}/suspend", json=REASON, headers=tagged(client, ana, admin))
    assert kind(refused) == (409, "move-not-allowed")
    assert kind(client.post(f"{ana}/reinstate", json=REASON, headers=admin)) == (428, "precondition-required")
    events = [one["event"] for one in client.get(f"{ana}/history", headers=admin).json()["items"]]
    assert events[:2] == ["assessor.retired", "assessor.suspended"]


def test_list_is_filtered_and_paged(client: TestClient, database: Database, ana: str, admin: Headers) -> None:
    with database.transaction() as session:
        cleo = given_assessor(session, QualificationRole.LEAD, subject="cleo", country="PT", languages=["pt"])

    def names(query: str) -> list[str]:
        answer = client.get(f"/v1/assessors?{query}", headers=admin)
        return [one["name"].split()[0] for one in answer.json()["items"]]

    assert names("language=de") == ["Bea"]
    assert names("language=en&country=FR") == []
    assert names("portfolio=ICT") == ["Ana", "Cleo"]
    assert names("country=PT") == ["Cleo"]
    assert names("qualified_for=gold") == ["Cleo"]
    assert names("qualified_for=silver") == []
    assert names("state=retired") == []
    client.patch(ana, json={"unavailable_until": "2021-02-01"}, headers=tagged(client, ana, admin))
    assert [names("available_on=2021-02-01"), names("available_on=2021-02-02")] == [
        ["Bea", "Cleo"],
        ["Bea", "Ana", "Cleo"],
    ]
    found, path = [], "/v1/assessors?limit=1"
    while path:
        answer = client.get(path, headers=admin)
        found += [one["id"] for one in answer.json()["items"]]
        path = answer.headers.get("Link", "").split(">")[0].removeprefix("<")
    assert (len(found), found[-1]) == (3, cleo.id)


def test_employers_are_declared_and_end(
    client: TestClient, database: Database, ana: str, issuer: TestIssuer, admin: Headers
) -> None:
    with database.transaction() as session:
        firm = given_organisation(session, Role.ASSESSOR, name="Firm Ltd").id
    own = issuer.headers(NOW)
    body = {"organisation_id": firm, "began_on": "2018-01-01"}
    declared = client.post(f"{ana}/employments", json=body, headers=tagged(client, ana, own))
    employment = declared.json()["employments"][0]
    assert (declared.status_code, employment["organisation_id"], employment["name"]) == (201, firm, "Firm Ltd")
    path, tag = f"{ana}/employments/{employment['id']}/end", {**own, "If-Match": "*"}
    for day in ("2017-12-31", "2021-01-14", "2021-01-16"):
        assert kind(client.post(path, json={"ended_on": day}, headers=tag)) == (409, "dates-not-possible")
    assert client.post(path, json={"ended_on": "2021-01-15"}, headers=tag).status_code == 200
    assert kind(client.post(path, json={"ended_on": "2021-01-15"}, headers=tag)) == (409, "dates-not-possible")
    match = {**admin, "If-Match": "*"}
    assert client.post(path, json={"ended_on": "2020-12-31"}, headers=match).json()["employments"] == []
    history = client.get(f"{ana}/employments", headers=own).json()["items"]
    assert [one["ended_on"] for one in history] == ["2020-12-31"]
    for wrong in ({}, {"name": "A", "organisation_id": firm}, {"kind": "self_employed", "name": "A"}):
        assert client.post(f"{ana}/employments", json=wrong, headers=match).status_code == 422
    unknown = client.post(f"{ana}/employments", json={"organisation_id": str(uuid7())}, headers=match)
    assert kind(unknown) == (409, "reference-unknown")
    elsewhere = f"{ana}/employments/{uuid7()}/end"
    assert kind(client.post(elsewhere, json={"ended_on": "2020-12-31"}, headers=match))[0] == 404


def test_the_code_of_conduct_is_accepted_once_a_version(client: TestClient, ana: str, issuer: TestIssuer) -> None:
    own = issuer.headers(NOW)
    path = f"{ana}/code-acceptances"
    assert client.post(path, json={"version": "2019"}, headers=tagged(client, ana, own)).status_code == 201
    again = client.post(path, json={"version": "2019"}, headers=tagged(client, ana, own))
    assert kind(again) == (409, "code-accepted")
    assert client.post(path, json={"version": "1066"}, headers={**own, "If-Match": "*"}).status_code == 422
    assert client.get(path, headers=own).json()["items"] == [
        {"version": "2019", "accepted_on": "2021-01-15", "is_current": True}
    ]


def test_erasure_takes_names_and_statements_along(
    client: TestClient, ana: str, issuer: TestIssuer, admin: Headers
) -> None:
    own = issuer.headers(NOW)
    client.post(f"{ana}/employments", json={"name": "Firm of Ana"}, headers=tagged(client, ana, own))
    interest = {"kind": "family", "name": "My aunt's cluster", "statement": "My aunt runs it."}
    client.post(f"{ana}/interests", json=interest, headers=tagged(client, ana, own))
    person = f"/v1/people/{client.get(ana, headers=admin).json()['person_id']}"
    assert client.post(f"{person}/erase", json=REASON, headers=tagged(client, person, admin)).status_code == 200
    for path in ("", "/employments", "/interests", "/history"):
        text = client.get(f"{ana}{path}", headers=admin).text
        assert not any(word in text for word in ("Ana", "Firm", "aunt")), path
