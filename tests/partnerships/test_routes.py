"""Partnerships over HTTP: signed by all on one text, amended, ended; what they did and what it counts for."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.partnerships.models import Partner
from cluster_api.partnerships.states import PartnerRole, PartnershipState
from tests.partnerships.given import Headers, given_office, given_partner, given_partnership, kind, post

BASE = "/v1/partnerships"


class World:
    """A partnership of two partners that have not signed, and a cluster that is none."""

    def __init__(self, database: Database) -> None:
        with database.transaction() as session:
            self.organisation, self.office = given_office(session)
            self.first, self.first_headers = given_partner(session, "First")
            self.second, self.second_headers = given_partner(session, "Second", country="FR")
            self.other, self.other_headers = given_partner(session, "Other")
            made = given_partnership(
                session, self.organisation, (self.first, self.second), PartnershipState.PREPARING,
                targets={"NEW_SERVICES": 14},
            )  # fmt: skip
            self.path = f"{BASE}/{made.id}"
            self.id = made.id

    def sign(self, client: TestClient, cluster: str, headers: Headers, digest: str | None = None) -> Any:
        """Sign the newest text, or another, for a cluster."""
        newest = client.get(f"{self.path}/agreement", headers=headers).json().get("digest")
        return post(client, f"{self.path}/sign", headers, {"cluster_id": cluster, "digest": digest or newest})


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_who_is_funded_is_public(client: TestClient, world: World) -> None:
    shown = client.get(world.path)
    assert shown.status_code == 200
    told = shown.json()
    assert [(one["name"], one["role"]) for one in told["partners"]] == [("First", "coordinator"), ("Second", "partner")]
    assert (told["grant_cents"], told["currency"], told["state"]) == (36_000_000, "EUR", "preparing")
    assert (told["agreement_in_force"], told["allowed_moves"]) == (None, [])
    assert client.get(world.path, headers=world.office).json()["allowed_moves"] == ["amend", "terminate"]
    assert kind(client.get(f"{BASE}/{uuid7()}")) == (404, "partnership-not-found")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 2),
        ({"state": "preparing"}, 1),
        ({"country": "FR"}, 0),
        ({"call": "OTHER"}, 0),
        ({"state": "terminated"}, 0),
    ],
)
def test_list_is_filtered(
    client: TestClient, world: World, database: Database, query: dict[str, str], found: int
) -> None:
    with database.transaction() as session:
        given_partnership(session, world.organisation, (world.other,))
    assert len(client.get(BASE, params=query).json()["items"]) == found
    of_first = client.get(BASE, params={"cluster_id": world.first}).json()["items"]
    assert [one["id"] for one in of_first] == [world.id]


def test_agreement_is_read_by_who_takes_part(client: TestClient, world: World, admin: Headers) -> None:
    path = f"{world.path}/agreement"
    assert kind(client.get(path)) == (401, "credentials-required")
    assert kind(client.get(path, headers=world.other_headers)) == (403, "permission-missing")
    for headers in (world.office, world.first_headers, admin):
        assert client.get(path, headers=headers).status_code == 200
    assert kind(client.get(path, params={"number": 2}, headers=admin)) == (404, "agreement-not-found")


def test_agreement_is_in_force_with_the_last_signature(client: TestClient, world: World) -> None:
    first = world.sign(client, world.first, world.first_headers)
    assert first.status_code == 200
    assert (first.json()["in_force_at"], first.json()["missing"]) == (None, [world.second])
    assert client.get(world.path).json()["state"] == "preparing"
    assert kind(world.sign(client, world.first, world.first_headers)) == (409, "signed-already")
    last = world.sign(client, world.second, world.second_headers)
    assert (last.json()["in_force_at"], last.json()["missing"]) == ("2021-01-15T10:00:00Z", [])
    told = client.get(world.path).json()
    assert (told["state"], told["agreement_in_force"]) == ("active", 1)
    assert kind(world.sign(client, world.first, world.first_headers)) == (409, "agreement-in-force")


def test_only_the_organisation_of_a_partner_signs_for_it(client: TestClient, world: World) -> None:
    assert kind(world.sign(client, world.second, world.first_headers)) == (403, "permission-missing")
    assert kind(world.sign(client, world.first, world.office)) == (403, "permission-missing")
    assert kind(world.sign(client, world.other, world.first_headers)) == (409, "no-such-partner")
    assert kind(world.sign(client, world.first, world.first_headers, "0" * 64)) == (409, "agreement-changed")


def test_new_text_voids_what_was_signed_of_the_old_one(client: TestClient, world: World) -> None:
    world.sign(client, world.first, world.first_headers)
    amended = post(client, f"{world.path}/amend", world.office, {"text": "Other.", "reason": "A mistake."})
    assert (amended.json()["number"], amended.json()["signatures"]) == (2, [])
    assert amended.json()["missing"] == sorted([world.first, world.second])
    world.sign(client, world.second, world.second_headers)
    assert client.get(world.path).json()["state"] == "preparing"
    world.sign(client, world.first, world.first_headers)
    assert client.get(world.path).json()["agreement_in_force"] == 2


def test_partners_join_and_leave_with_the_text(client: TestClient, world: World) -> None:
    body = {"text": "Third.", "reason": "Joins.", "joining": [world.other], "leaving": [world.second]}
    amended = post(client, f"{world.path}/amend", world.office, {**body, "ends_on": "2023-01-31"})
    assert amended.json()["missing"] == sorted([world.first, world.other])
    told = client.get(world.path).json()
    days = {one["name"]: (one["joined_on"], one["left_on"]) for one in told["partners"]}
    assert days == {
        "First": ("2020-09-01", None), "Second": ("2020-09-01", "2021-01-15"), "Other": ("2021-01-15", None),
    }  # fmt: skip
    assert told["ends_on"] == "2023-01-31"
    assert kind(world.sign(client, world.second, world.second_headers)) == (409, "no-such-partner")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (lambda world: {"leaving": [world.first]}, (409, "no-such-partner")),
        (lambda world: {"leaving": [world.other]}, (409, "no-such-partner")),
        (lambda world: {"joining": [world.second]}, (409, "partner-taken")),
        (lambda _: {"joining": [str(uuid7())]}, (404, "cluster-not-found")),
        (lambda _: {"ends_on": "2020-08-31"}, (422, "activity-not-possible")),
    ],
)
def test_amendment_that_does_not_fit_changes_nothing(
    client: TestClient, world: World, more: Any, problem: tuple[int, str]
) -> None:
    before = client.get(world.path).json()
    assert before["version"] == 1
    body = {"text": "Other.", "reason": "Why.", **more(world)}
    assert kind(post(client, f"{world.path}/amend", world.office, body)) == problem
    assert client.get(world.path).json() == before


def test_ended_partnership_is_neither_amended_nor_signed(client: TestClient, world: World) -> None:
    ended = post(client, f"{world.path}/terminate", world.office, {"reason": "Dissolved."})
    assert (ended.json()["state"], ended.json()["terminated_on"]) == ("terminated", "2021-01-15")
    again = post(client, f"{world.path}/amend", world.office, {"text": "Other.", "reason": "Why."})
    assert kind(again) == (409, "move-not-allowed")
    assert kind(world.sign(client, world.first, world.first_headers)) == (409, "move-not-allowed")


TRAINING: dict[str, Any] = {
    "kind": "training", "title": "Workshop", "begins_on": "2021-01-11", "ends_on": "2021-01-12",
    "smes": ["BE 0123.456.749", "BE0123456749", "FR1"], "managers": ["M-1"],
}  # fmt: skip


def test_activity_is_recorded_with_numbers_of_who_took_part(client: TestClient, world: World) -> None:
    path = f"{world.path}/activities"
    body = {**TRAINING, "smes": ["be0123.456-749", "BE0123456749", "FR1"]}
    made = post(client, path, world.office, body)
    assert made.status_code == 201, made.text
    assert (made.json()["smes"], made.json()["managers"], made.json()["organisations"]) == (2, 1, 0)
    listed = client.get(path, headers=world.first_headers).json()["items"]
    assert listed == [made.json()]
    assert client.get(path, params={"kind": "mentoring"}, headers=world.office).json()["items"] == []
    assert kind(client.get(path, headers=world.other_headers)) == (403, "permission-missing")


@pytest.mark.parametrize("days", [("2020-08-31", "2020-09-01"), ("2021-01-15", "2021-01-16")])
def test_activity_lies_in_the_time_of_the_partnership(client: TestClient, world: World, days: tuple[str, str]) -> None:
    body = {**TRAINING, "smes": [], "begins_on": days[0], "ends_on": days[1]}
    assert kind(post(client, f"{world.path}/activities", world.office, body)) == (422, "activity-not-possible")


def test_computed_indicator_is_not_declared(client: TestClient, world: World) -> None:
    body = {"kpi": "SMES_REACHED", "value": 3, "reached_on": "2021-01-15", "evidence": "A list."}
    path = f"{world.path}/declare"
    assert kind(post(client, path, world.office, body)) == (422, "kpi-not-declared")
    assert post(client, path, world.office, {**body, "kpi": "NEW_SERVICES"}).status_code == 200
    late = {**body, "kpi": "NEW_SERVICES", "reached_on": "2021-01-16"}
    assert kind(post(client, path, world.office, late)) == (422, "activity-not-possible")
    assert kind(post(client, path, world.first_headers, {**body, "kpi": "NEW_SERVICES"})) == (403, "permission-missing")


def test_programme_invariant_24_database_keeps_one_coordinator(world: World, database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as session:
        session.add(
            Partner(
                partnership_id=world.id, cluster_id=world.other, role=PartnerRole.COORDINATOR, country="DE",
                joined_on=date(2021, 1, 1),
            )
        )  # fmt: skip


@pytest.mark.parametrize("statement", ["UPDATE kpi_declaration SET value = 9", "DELETE FROM kpi_declaration"])
def test_what_was_declared_stays(client: TestClient, world: World, database: Database, statement: str) -> None:
    body = {"kpi": "NEW_SERVICES", "value": 3, "reached_on": "2021-01-15", "evidence": "A list."}
    post(client, f"{world.path}/declare", world.office, body)
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as session:
        session.execute(sa.text(statement))
