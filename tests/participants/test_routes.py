"""Participants over HTTP: registered, completed, validated rule by rule, seen by whom they concern."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.identifiers import uuid7
from cluster_api.partnerships.states import PartnershipState
from tests.grants.given import FAB_LAB, PARTICIPANTS, SME, World
from tests.partnerships.given import Headers, given_office, given_partnership, kind, post


def registered(world: World, headers: Headers, **body: Any) -> Any:
    return post(world.client, PARTICIPANTS, headers, body, of=PARTICIPANTS)


def changed(world: World, key: str, headers: Headers, body: Any) -> Any:
    path = f"{PARTICIPANTS}/{key}"
    tag = world.client.get(path, headers=headers).headers.get("ETag", "*")
    return world.client.patch(path, json=body, headers={**headers, "If-Match": tag})


def test_registration_is_completed_submitted_and_validated(world: World) -> None:
    made = registered(world, world.vo, **{**SME, "cv_sha256": None, "cluster_id": world.cluster})
    told = made.json()
    assert (made.status_code, told["state"], told["name"], told["country"]) == (201, "draft", "Tide SME", "FR")
    assert {one["outcome"] for one in told["inside"]["eligibility"][0]["rules"]} == {"passed"}
    key = told["id"]
    incomplete = world.move(PARTICIPANTS, key, "submit", world.vo)
    assert kind(incomplete) == (422, "participant-incomplete")
    assert [one["pointer"] for one in incomplete.json()["errors"]] == ["/body/cv_sha256"]
    changed(world, key, world.vo, {"cv_sha256": "a" * 64, "partnership_id": world.partnership})
    assert world.move(PARTICIPANTS, key, "submit", world.vo).json()["state"] == "submitted"
    assert kind(changed(world, key, world.vo, {"headcount": 3})) == (409, "participant-fixed")
    back = world.move(PARTICIPANTS, key, "request-changes", world.vop, {"reason": "More."}).json()
    assert (back["state"], back["inside"]["reason"], back["allowed_moves"]) == ("changes_requested", "More.", [])
    assert changed(world, key, world.vo, {"headcount": 3}).json()["inside"]["headcount"] == 3
    assert world.move(PARTICIPANTS, key, "submit", world.vo).status_code == 200
    done = world.move(PARTICIPANTS, key, "validate", world.vop).json()
    assert (done["state"], done["inside"]["reason"], done["allowed_moves"]) == ("validated", None, ["suspend"])


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({"headcount": 250}, ["visitor_sme"]),
        ({"headcount": None}, ["visitor_sme"]),
        ({"is_national": False, "residence_days": 182, "has_business": True}, ["visitor_representative"]),
        ({"is_in_network": True, "cluster": None}, ["visitor_admitted"]),
        ({"is_host": True, "cluster": None}, ["visitor_admitted", "host_approved"]),
    ],
)
def test_programme_invariants_2_to_5_are_asked_before_the_validation(
    world: World, more: dict[str, Any], codes: list[str]
) -> None:
    body = {**SME, **{name: value for name, value in more.items() if name != "cluster"}}
    cluster = more.get("cluster", world.cluster)
    key = world.register(world.vo, body, world.partnership, cluster).json()["id"]
    refused = world.move(PARTICIPANTS, key, "validate", world.vop)
    assert kind(refused) == (409, "not-eligible")
    assert [one["code"] for one in refused.json()["errors"]] == codes


def test_programme_invariant_3_host_without_membership_needs_a_recorded_approval(world: World) -> None:
    host = {**SME, "is_visitor": False, "is_host": True}
    key = world.register(world.vo, host, world.partnership, None).json()["id"]
    assert kind(world.move(PARTICIPANTS, key, "validate", world.vop)) == (409, "not-eligible")
    reason = {"reason": "Approved on 10 January."}
    assert kind(world.move(PARTICIPANTS, key, "approve", world.vop, reason)) == (403, "permission-missing")
    assert world.move(PARTICIPANTS, key, "approve", world.support, reason).json()["inside"]["is_approved"] is True
    assert world.move(PARTICIPANTS, key, "validate", world.vop).json()["state"] == "validated"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**SME, "region": "PT11"}, "/body/region"),
        ({**SME, "latitude": 48.0}, "/body/latitude"),
        ({**SME, "support_type": "FAB_LAB"}, "/body/support_type"),
        ({**FAB_LAB, "region": None, "support_type": None}, "/body/support_type"),
        ({**SME, "available_from": "2021-05-01", "available_until": "2021-04-30"}, "/body/available_until"),
        ({**SME, "cluster_id": "01767a3e-2f00-7c3a-8d5e-0123456789ab"}, "/body/cluster_id"),
        ({**SME, "kind": "cluster_organisation"}, "/body/cluster_id"),
    ],
)
def test_parts_that_do_not_fit_are_named(world: World, body: dict[str, Any], pointer: str) -> None:
    refused = registered(world, world.vo, **body)
    assert kind(refused) == (422, "participant-incomplete")
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]


def test_organisation_is_once_in_a_round(world: World) -> None:
    key = registered(world, world.vo, **SME).json()["id"]
    assert kind(registered(world, world.vo, **SME)) == (409, "participant-taken")
    assert registered(world, world.vo, **{**SME, "round": "second"}).status_code == 201
    assert kind(registered(world, world.vo, **{**SME, "round": "third"})) == (404, "round-not-found")
    other = {**SME, "organisation_id": str(uuid7())}
    assert kind(registered(world, world.vo, **other)) == (403, "permission-missing")
    assert kind(changed(world, key, world.vo, {"is_visitor": False})) == (422, "participant-incomplete")


def test_partnership_is_assigned_or_must_be_active(world: World) -> None:
    with world.database.transaction() as session:
        office, _ = given_office(session, "Third office")
        fitting = given_partnership(session, office, (world.cluster,), ecosystems=["TEXTILES", "DIGITAL"]).id
        over = given_partnership(session, office, (world.cluster,), PartnershipState.TERMINATED).id
    sent = {**SME, "ecosystems": ["TEXTILES", "DIGITAL"], "cluster_id": world.cluster}
    key = registered(world, world.vo, **sent).json()["id"]
    told = world.move(PARTICIPANTS, key, "submit", world.vo).json()
    assert (told["partnership_id"], told["is_assigned"]) == (fitting, True)
    other = registered(world, world.ho, **{**FAB_LAB, "partnership_id": over}).json()["id"]
    assert kind(world.move(PARTICIPANTS, other, "submit", world.ho)) == (409, "partnership-not-active")


def test_participant_is_seen_by_whom_it_concerns(world: World, client: TestClient) -> None:
    key = world.register(world.vo, SME, world.partnership, world.cluster).json()["id"]
    path = f"{PARTICIPANTS}/{key}"
    assert kind(client.get(path, headers=world.ho)) == (404, "participant-not-found")
    assert kind(client.get(path, headers=world.hop)) == (404, "participant-not-found")
    assert kind(client.get(path)) == (401, "credentials-required")
    assert client.get(path, headers=world.vop).json()["inside"]["headcount"] == 12
    world.move(PARTICIPANTS, key, "validate", world.vop)
    seen = client.get(path, headers=world.ho).json()
    assert (seen["inside"], seen["name"], seen["allowed_moves"]) == (None, "Tide SME", [])
    assert [one["id"] for one in client.get(PARTICIPANTS, headers=world.hop).json()["items"]] == [key]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"country": "PT"}, 1), ({"kind": "sme"}, 1), ({"ecosystem": "TEXTILES"}, 2), ({"ecosystem": "DIGITAL"}, 0),
        ({"is_visitor": "true"}, 1), ({"is_host": "false"}, 1), ({"state": "draft"}, 0), ({"round": "second"}, 0),
        ({"round": "pilot"}, 2),
    ],
)  # fmt: skip
def test_catalogue_is_filtered(world: World, client: TestClient, query: dict[str, str], found: int) -> None:
    world.visitor()
    world.host()
    assert len(client.get(PARTICIPANTS, params=query, headers=world.vo).json()["items"]) == found


def test_open_exchange_keeps_from_withdrawing(world: World) -> None:
    number = world.agreed()
    visitor = world.shown(number)["visitor_id"]
    assert kind(world.move(PARTICIPANTS, visitor, "withdraw", world.vo)) == (409, "exchange-open")
    rejected = world.move(PARTICIPANTS, visitor, "reject", world.vop, {"reason": "Late."})
    assert kind(rejected) == (409, "move-not-allowed")
