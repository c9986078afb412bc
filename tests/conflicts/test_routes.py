"""Interests, conflicts, pins and waivers over HTTP: who declares what about whom, and how conflicts are explained."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.conflicts.states import InterestKind
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.states import Role
from tests.assessors.given import given_assessor, given_interest, given_pool_member
from tests.callers import given_key
from tests.conftest import NOW
from tests.issuers import TestIssuer
from tests.people.given import tagged
from tests.register import given_cluster

Headers = dict[str, str]
WRITING = {Role.SECRETARIAT}
SEEING = {*WRITING, Role.BOARD, Role.AUDITOR, Role.ADMIN}
NAMING = SEEING - {Role.BOARD}
LISTS = ("interests", "declarations", "pins", "waivers")
REASON = {"reason": "Recorded in error."}


@pytest.fixture
def cluster(database: Database) -> str:
    """Give the identifier of a published cluster."""
    with database.transaction() as session:
        return given_cluster(session, "Tidal Cluster")


@pytest.fixture
def ana(database: Database, issuer: TestIssuer) -> str:
    """Give the path of an assessor without conflicts who can sign in."""
    with database.transaction() as session:
        return f"/v1/assessors/{given_assessor(session, issuer=issuer.name, employer='Firm').id}"


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def post(client: TestClient, ana: str, path: str, headers: Headers, body: Any = None) -> Any:
    return client.post(f"{ana}/{path}", json=body, headers=tagged(client, ana, headers))


def conflicts(client: TestClient, ana: str, cluster: str, headers: Headers, on: str = "") -> Any:
    asked = {"cluster_id": cluster, **({"on": on} if on else {})}
    answer = client.get(f"{ana}/conflicts", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_who_sees_and_records_what_bears_on_conflicts(
    client: TestClient, database: Database, ana: str, cluster: str, role: Role
) -> None:
    with database.transaction() as session:
        headers = given_key(session, role)
        other = given_pool_member(session).id
    seen, writes = role in SEEING, role in WRITING
    for path in (*LISTS, f"conflicts?cluster_id={cluster}"):
        assert client.get(f"{ana}/{path}", headers=headers).status_code == (200 if seen else 403)
    match = {**headers, "If-Match": "*"}
    for path, body in (
        ("interests", {"kind": "family", "cluster_id": cluster}),
        ("declarations", None),
        ("pins", {"cluster_id": cluster, "effect": "conflict", **REASON}),
        ("waivers", {"other_assessor_id": other, "cluster_id": cluster, "rule": "one_foreigner", **REASON}),
    ):
        answer = client.post(f"{ana}/{path}", json=body, headers=match)
        assert answer.status_code == (201 if writes else 403), (path, answer.text)
        withdrawn = f"{ana}/{path}/{answer.json().get('id', uuid7())}/withdraw"
        if path != "declarations":
            expected = 200 if writes else 404 if seen else 403
            assert client.post(withdrawn, json=REASON, headers=match).status_code == expected


def test_public_is_asked_for_credentials(client: TestClient, ana: str, cluster: str) -> None:
    for path in (*LISTS, f"conflicts?cluster_id={cluster}"):
        assert kind(client.get(f"{ana}/{path}")) == (401, "credentials-required")


@pytest.mark.parametrize("role", sorted(SEEING))
def test_statements_are_told_to_who_sees_people(
    client: TestClient, database: Database, ana: str, cluster: str, issuer: TestIssuer, role: Role
) -> None:
    body = {"kind": "family", "cluster_id": cluster, "statement": "My aunt runs it."}
    declared = post(client, ana, "interests", issuer.headers(NOW), body)
    assert (declared.json()["source"], declared.json()["statement"]) == ("assessor", "My aunt runs it.")
    with database.transaction() as session:
        headers = given_key(session, role)
    read = client.get(f"{ana}/interests", headers=headers).json()["items"][0]
    assert read["statement"] == ("My aunt runs it." if role in NAMING else None)


def test_an_assessor_declares_about_oneself_and_clears_nothing(
    client: TestClient, database: Database, ana: str, cluster: str, issuer: TestIssuer
) -> None:
    own, match = issuer.headers(NOW), {**issuer.headers(NOW), "If-Match": "*"}
    assert conflicts(client, ana, cluster, own)["is_free"]
    made = post(
        client, ana, "interests", own, {"kind": "board", "cluster_id": cluster, "began_on": "2018-01-01"}
    ).json()
    found = conflicts(client, ana, cluster, own)
    assert (found["is_free"], [one["kind"] for one in found["conflicts"]]) == (False, ["board"])
    step = {"fact": "interest", "fact_id": made["id"], "began_on": "2018-01-01", "ended_on": None}
    assert [{name: one[name] for name in step} for one in found["conflicts"][0]["path"]] == [step]
    assert post(client, ana, "declarations", own).status_code == 201
    refused = (403, "permission-missing")
    clear = {"cluster_id": cluster, "effect": "clear", "conflict_key": found["conflicts"][0]["key"], **REASON}
    path = f"{ana}/interests/{made['id']}"
    assert kind(client.post(f"{ana}/pins", json=clear, headers=match)) == refused
    assert kind(client.post(f"{path}/withdraw", json=REASON, headers=match)) == refused
    assert kind(client.post(f"{path}/end", json={"ended_on": "2018-01-02"}, headers=match)) == (
        409,
        "dates-not-possible",
    )
    assert client.post(f"{path}/end", json={"ended_on": "2021-01-15"}, headers=match).status_code == 200
    assert kind(client.post(f"{path}/end", json={"ended_on": "2021-01-15"}, headers=match)) == (
        409,
        "dates-not-possible",
    )
    assert not conflicts(client, ana, cluster, own, "2022-01-01")["is_free"]
    with database.transaction() as session:
        other = f"/v1/assessors/{given_pool_member(session).id}"
    for name in LISTS:
        assert kind(client.get(f"{other}/{name}", headers=own)) == (404, "assessor-not-found")
    assert kind(client.post(f"{other}/declarations", headers=match)) == (404, "assessor-not-found")


def test_what_the_secretariat_withdraws_stays_on_record(
    client: TestClient, ana: str, cluster: str, admin: Headers
) -> None:
    made = post(client, ana, "interests", admin, {"kind": "coaching", "name": "TIDAL cluster"}).json()
    assert made["source"] == "secretariat"
    found = conflicts(client, ana, cluster, admin)["conflicts"]
    assert [(one["kind"], one["certainty"], one["source"]) for one in found] == [
        ("coaching", "possible", "secretariat")
    ]
    path = f"interests/{made['id']}"
    assert post(client, ana, f"{path}/withdraw", admin, REASON).json()["withdrawal_reason"] == REASON["reason"]
    assert conflicts(client, ana, cluster, admin)["is_free"]
    assert kind(post(client, ana, f"{path}/withdraw", admin, REASON)) == (409, "already-withdrawn")
    assert kind(post(client, ana, f"{path}/end", admin, {"ended_on": "2021-01-01"})) == (409, "already-withdrawn")
    read = client.get(f"{ana}/interests", headers=admin).json()["items"]
    assert [(one["id"], one["withdrawn_at"] is not None) for one in read] == [(made["id"], True)]


def test_one_conflict_is_cleared_with_a_reason_until_that_is_withdrawn(
    client: TestClient, ana: str, cluster: str, admin: Headers
) -> None:
    post(client, ana, "interests", admin, {"kind": "board", "cluster_id": cluster})
    key = conflicts(client, ana, cluster, admin)["conflicts"][0]["key"]
    clear = {"cluster_id": cluster, "effect": "clear", "conflict_key": key, "reason": "An honour only."}
    unknown = post(client, ana, "pins", admin, {**clear, "conflict_key": "0" * 32})
    assert kind(unknown) == (409, "conflict-unknown")
    pin = post(client, ana, "pins", admin, clear).json()
    found = conflicts(client, ana, cluster, admin)
    assert (found["is_free"], [one["cleared"] for one in found["conflicts"]]) == (True, ["An honour only."])
    post(client, ana, "interests", admin, {"kind": "family", "cluster_id": cluster})
    assert not conflicts(client, ana, cluster, admin)["is_free"]
    assert post(client, ana, f"pins/{pin['id']}/withdraw", admin, REASON).status_code == 200
    assert [one["cleared"] for one in conflicts(client, ana, cluster, admin)["conflicts"]] == [None, None]
    assert kind(post(client, ana, f"pins/{pin['id']}/withdraw", admin, REASON)) == (409, "already-withdrawn")


def test_a_pinned_conflict_is_told_with_its_reason(client: TestClient, ana: str, cluster: str, admin: Headers) -> None:
    pin = {"cluster_id": cluster, "effect": "conflict", "reason": "The cluster objected.", "ended_on": "2021-06-30"}
    assert post(client, ana, "pins", admin, pin).status_code == 201
    found = conflicts(client, ana, cluster, admin, "2021-06-30")["conflicts"]
    assert [(one["kind"], one["path"][0]["says"]) for one in found] == [("pinned", "The cluster objected.")]
    assert conflicts(client, ana, cluster, admin, "2021-07-01")["is_free"]
    assert [one["reason"] for one in client.get(f"{ana}/pins", headers=admin).json()["items"]] == [pin["reason"]]


def test_what_a_colleague_declared_is_not_named_to_an_assessor(
    client: TestClient, database: Database, ana: str, cluster: str, admin: Headers, issuer: TestIssuer
) -> None:
    with database.transaction() as session:
        interest = given_interest(
            session, given_assessor(session, employer="FIRM"), InterestKind.COACHING, cluster_id=cluster
        ).id
    told = [conflicts(client, ana, cluster, who)["conflicts"][0] for who in (admin, issuer.headers(NOW))]
    assert [one["kind"] for one in told] == ["employers_client"] * 2
    shown, hidden = ([step["fact_id"] for step in one["path"]] for one in told)
    assert (shown[2], hidden[0], hidden[1:]) == (interest, shown[0], [None, None])
    assert told[0]["key"] == told[1]["key"]


def test_without_declarations_everything_is_a_conflict(
    client: TestClient, database: Database, cluster: str, admin: Headers
) -> None:
    with database.transaction() as session:
        bea = f"/v1/assessors/{given_pool_member(session).id}"
    found = conflicts(client, bea, cluster, admin)["conflicts"]
    assert [(one["kind"], one["certainty"], one["path"][0]["fact_id"]) for one in found] == [
        ("undeclared", "unknown", None)
    ] * 2
    post(client, bea, "employments", admin, {"kind": "self_employed"})
    assert len(conflicts(client, bea, cluster, admin)["conflicts"]) == 1
    post(client, bea, "declarations", admin)
    assert conflicts(client, bea, cluster, admin)["is_free"]


def test_a_rule_about_pairs_is_waived_with_a_reason(
    client: TestClient, database: Database, ana: str, cluster: str, admin: Headers
) -> None:
    with database.transaction() as session:
        other = given_pool_member(session).id
    body = {"other_assessor_id": other, "cluster_id": cluster, "rule": "one_foreigner", "reason": "Language."}
    made = post(client, ana, "waivers", admin, body)
    own = ana.rsplit("/", 1)[1]
    assert (made.status_code, made.json()["assessor_ids"]) == (201, sorted([own, other]))
    for path in (ana, f"/v1/assessors/{other}"):
        assert client.get(f"{path}/waivers", headers=admin).json()["items"] == [made.json()]
    withdrawn = post(client, ana, f"waivers/{made.json()['id']}/withdraw", admin, REASON)
    assert withdrawn.json()["withdrawal_reason"] == REASON["reason"]
    for wrong in (own, str(uuid7())):
        refused = post(client, ana, "waivers", admin, {**body, "other_assessor_id": wrong})
        assert kind(refused) == (409, "reference-unknown")


def test_a_cluster_that_is_not_public_is_not_found_by_an_assessor(
    client: TestClient, database: Database, ana: str, issuer: TestIssuer, admin: Headers
) -> None:
    with database.transaction() as session:
        draft = given_cluster(session, "Draft", profile_state="draft")
    own = issuer.headers(NOW)
    for unknown in (draft, str(uuid7())):
        answer = client.get(f"{ana}/conflicts?cluster_id={unknown}", headers=own)
        assert kind(answer) == (404, "cluster-not-found")
        declared = post(client, ana, "interests", own, {"kind": "board", "cluster_id": unknown})
        assert kind(declared) == (409, "reference-unknown")
    assert conflicts(client, ana, draft, admin)["is_free"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "board"},
        {"kind": "board", "name": "A", "organisation_id": str(uuid7())},
        {"kind": "friendship", "name": "A"},
        {"kind": "board", "name": "A", "began_on": "2021-02-30"},
    ],
)
def test_malformed_interests_are_refused(client: TestClient, ana: str, admin: Headers, wrong: dict[str, str]) -> None:
    assert post(client, ana, "interests", admin, wrong).status_code == 422


@pytest.mark.parametrize("wrong", [{"effect": "clear"}, {"effect": "conflict", "conflict_key": "0" * 32}])
def test_who_clears_names_one_conflict_and_who_pins_none(
    client: TestClient, ana: str, cluster: str, admin: Headers, wrong: dict[str, str]
) -> None:
    assert post(client, ana, "pins", admin, {"cluster_id": cluster, **REASON, **wrong}).status_code == 422


def test_impossible_interests_are_refused(client: TestClient, ana: str, admin: Headers) -> None:
    backwards = {"kind": "board", "name": "A", "began_on": "2020-01-02", "ended_on": "2020-01-01"}
    assert kind(post(client, ana, "interests", admin, backwards)) == (409, "dates-not-possible")
    unknown = {"kind": "board", "organisation_id": str(uuid7())}
    assert kind(post(client, ana, "interests", admin, unknown)) == (409, "reference-unknown")
    stale = client.post(f"{ana}/interests", json={"kind": "board", "name": "A"}, headers={**admin, "If-Match": '"0-x"'})
    assert kind(stale) == (412, "stale")
    missing = post(client, ana, f"interests/{uuid7()}/withdraw", admin, REASON)
    assert kind(missing) == (404, "interest-not-found")
