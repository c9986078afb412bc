"""Matches over HTTP: proposed by one side, answered by the other, in time."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.matches.rules import faults, state_on
from cluster_api.matches.states import MatchState as M
from cluster_api.participants.states import ParticipantState as P
from tests.grants.given import MATCHES, PARTICIPANTS, SME, World
from tests.partnerships.given import kind, post


def proposed(world: World, headers: dict[str, str], visitor: str, host: str) -> Any:
    return post(world.client, MATCHES, headers, {"visitor_id": visitor, "host_id": host}, of=MATCHES)


GOOD: dict[str, Any] = {
    "visitor": ("pilot", "FR", "a"), "host": ("pilot", "PT", "b"), "visits": True, "hosts": True,
    "visitor_state": P.VALIDATED, "host_state": P.VALIDATED,
}  # fmt: skip


@pytest.mark.parametrize(
    ("other", "count"),
    [
        ({}, 0), ({"visits": False}, 1), ({"hosts": False}, 1), ({"visitor_state": P.SUBMITTED}, 1),
        ({"host_state": P.SUSPENDED}, 1), ({"host": ("second", "PT", "b")}, 1), ({"host": ("pilot", "FR", "b")}, 1),
        ({"host": ("pilot", "PT", "a")}, 1), ({"host": ("second", "FR", "a")}, 3),
    ],
)  # fmt: skip
def test_programme_invariant_1_two_sides_fit_each_other(other: dict[str, Any], count: int) -> None:
    assert len(faults(**{**GOOD, **other})) == count


def test_proposal_expires_after_its_last_day(world: World) -> None:
    today = world.clock.instant.date()
    assert state_on(M.PROPOSED, today, today) is M.PROPOSED
    assert state_on(M.PROPOSED, today, today.replace(day=today.day + 1)) is M.EXPIRED
    assert state_on(M.CONFIRMED, today, today.replace(day=today.day + 1)) is M.CONFIRMED


def test_match_is_confirmed_by_the_other_side(world: World, client: TestClient) -> None:
    visitor, host = world.visitor(), world.host()
    made = post(client, MATCHES, world.ho, {"visitor_id": visitor, "host_id": host}, of=MATCHES)
    told = made.json()
    assert (told["proposed_by"], told["answer_by"], told["allowed_moves"]) == ("host", "2021-02-14", ["decline"])
    key = told["id"]
    assert client.get(f"{MATCHES}/{key}", headers=world.vo).json()["allowed_moves"] == ["accept", "decline"]
    assert kind(world.move(MATCHES, key, "accept", world.ho)) == (409, "other-side-answers")
    assert kind(world.move(MATCHES, key, "accept", world.vop)) == (403, "permission-missing")
    assert world.move(MATCHES, key, "accept", world.vo).json()["state"] == "confirmed"
    assert kind(proposed(world, world.vo, visitor, host)) == (409, "match-taken")
    stranger = world.organisation("DE", "Stranger")
    assert kind(client.get(f"{MATCHES}/{key}", headers=stranger)) == (404, "match-not-found")
    assert client.get(MATCHES, headers=stranger).json()["items"] == []


def test_unanswered_proposal_expires_and_can_be_made_again(world: World, client: TestClient) -> None:
    visitor, host = world.visitor(), world.host()
    key = proposed(world, world.vo, visitor, host).json()["id"]
    world.on("2021-02-15")
    assert kind(world.move(MATCHES, key, "accept", world.ho)) == (409, "match-expired")
    listed = client.get(MATCHES, params={"state": "expired"}, headers=world.vo).json()["items"]
    assert [(one["id"], one["state"], one["allowed_moves"]) for one in listed] == [(key, "expired", [])]
    assert client.get(MATCHES, params={"state": "proposed"}, headers=world.vo).json()["items"] == []
    assert proposed(world, world.vo, visitor, host).status_code == 201
    listed = client.get(MATCHES, params={"state": "expired"}, headers=world.vo).json()["items"]
    assert [(one["id"], one["state"], one["allowed_moves"]) for one in listed] == [(key, "expired", [])]


def test_declined_match_is_over(world: World, client: TestClient) -> None:
    visitor, host = world.visitor(), world.host()
    key = proposed(world, world.vo, visitor, host).json()["id"]
    declined = world.move(MATCHES, key, "decline", world.ho, {"reason": "No time."}).json()
    assert (declined["state"], declined["reason"], declined["allowed_moves"]) == ("declined", "No time.", [])
    assert kind(world.move(MATCHES, key, "accept", world.ho)) == (409, "move-not-allowed")
    found = client.get(MATCHES, params={"participant_id": host}, headers=world.hop).json()["items"]
    assert [one["id"] for one in found] == [key]


def test_match_is_proposed_by_a_side_and_between_validated_ones(world: World) -> None:
    visitor, host = world.visitor(), world.host()
    assert kind(proposed(world, world.vop, visitor, host)) == (403, "permission-missing")
    second = world.organisation("DE", "Second")
    draft = world.register(second, {**SME, "region": "DE30"}, world.partnership, world.cluster).json()["id"]
    assert kind(proposed(world, world.vo, draft, host)) == (404, "participant-not-found")
    assert kind(proposed(world, second, draft, host)) == (409, "match-not-possible")
    world.move(PARTICIPANTS, draft, "validate", world.vop)
    assert kind(proposed(world, second, host, draft)) == (409, "match-not-possible")


def test_best_are_suggested_first_with_the_reasons(world: World, client: TestClient) -> None:
    visitor = world.visitor(wanted_countries=["PT", "IT"])
    near = world.host()
    other = world.host(
        world.organisation("DE", "Second host"), region="DE30", aims=["learn"], available_until="2021-01-31"
    )
    path = f"{PARTICIPANTS}/{visitor}/suggestions"
    told = client.get(path, headers=world.vo).json()
    assert [(one["participant_id"], one["name"], one["points"]) for one in told["suggestions"]] == [
        (near, "Fab lab", 10_000), (other, "Second host", 6_500),
    ]  # fmt: skip
    assert (told["role"], told["candidates"], told["weights_version"]) == ("visitor", 2, 1)
    assert [(one["criterion"], one["weight"], one["points"]) for one in told["suggestions"][1]["parts"]] == [
        ("ecosystems", 40, 4_000), ("aims", 25, 0), ("activities", 15, 1_500), ("wanted_countries", 10, 0),
        ("dates", 10, 1_000),
    ]  # fmt: skip
    assert len(client.get(path, params={"count": 1}, headers=world.vop).json()["suggestions"]) == 1
    guests = client.get(f"{PARTICIPANTS}/{near}/suggestions", headers=world.ho).json()
    assert [one["participant_id"] for one in guests["suggestions"]] == [visitor]
    assert kind(client.get(path, headers=world.ho)) == (403, "permission-missing")
