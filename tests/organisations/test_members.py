"""Members over HTTP: changed and removed by owners; the last owner stays, whatever two of them do at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import Problem
from cluster_api.identity.access import service_actor
from cluster_api.identity.models import Membership
from cluster_api.identity.states import Role, Standing
from cluster_api.organisations import actions, queries
from cluster_api.organisations.schemas import MemberChange
from tests.callers import given_key, given_organisation
from tests.conftest import NOW
from tests.issuers import TestIssuer
from tests.people.given import given_person, tagged

Headers = dict[str, str]
ANY = {"If-Match": "*"}


@dataclass
class House:
    """An organisation with one member of each standing."""

    path: str
    ids: dict[str, str]
    headers: dict[str, Headers]


@pytest.fixture
def house(database: Database, issuer: TestIssuer) -> House:
    """Give an organisation with an owner, an editor, a reader, and somebody who belongs elsewhere."""
    with database.transaction() as session:
        own = given_organisation(session, Role.CLUSTER, name="Wave Cluster")
        other = given_organisation(session, Role.CLUSTER, name="Other Cluster")
        ids = {
            standing.value: given_person(session, issuer.name, standing.value, (own, standing)).id
            for standing in Standing
        }
        ids["stranger"] = given_person(session, issuer.name, "stranger", (other, Standing.OWNER)).id
    headers = {name: issuer.headers(NOW, name) for name in ids}
    return House(f"/v1/organisations/{own.id}", ids, headers)


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def change(client: TestClient, house: House, who: str, whom: str, standing: str) -> tuple[int, str]:
    path, headers = f"{house.path}/members/{house.ids[whom]}/change", {**house.headers[who], **ANY}
    return kind(client.post(path, json={"standing": standing}, headers=headers))


def remove(client: TestClient, house: House, who: str, whom: str) -> tuple[int, str]:
    path, headers = f"{house.path}/members/{house.ids[whom]}/remove", {**house.headers[who], **ANY}
    return kind(client.post(path, json={"reason": "Left."}, headers=headers))


def test_members_are_listed_with_names_to_members(client: TestClient, database: Database, house: House) -> None:
    items = client.get(f"{house.path}/members", headers=house.headers["reader"]).json()["items"]
    assert {one["person_id"]: (one["name"], one["standing"]) for one in items} == {
        house.ids[name]: (f"{name.title()} Example", name) for name in ("owner", "editor", "reader")
    }
    assert [one["allowed_moves"] for one in items if one["person_id"] == house.ids["reader"]] == [["remove"]]
    assert kind(client.get(f"{house.path}/members", headers=house.headers["stranger"])) == (
        404,
        "organisation-not-found",
    )
    with database.transaction() as session:
        narrow = given_key(session, Role.SECRETARIAT)
    names = [one["name"] for one in client.get(f"{house.path}/members", headers=narrow).json()["items"]]
    assert None not in names


def test_members_come_page_by_page(client: TestClient, house: House) -> None:
    found, path = [], f"{house.path}/members?limit=1"
    while path:
        answer = client.get(path, headers=house.headers["owner"])
        found += [one["person_id"] for one in answer.json()["items"]]
        path = answer.headers.get("Link", "").split(">")[0].removeprefix("<")
    assert sorted(found) == sorted(house.ids[name] for name in ("owner", "editor", "reader"))


@pytest.mark.parametrize("who", ["editor", "reader"])
def test_only_owners_change_members(client: TestClient, house: House, who: str) -> None:
    assert change(client, house, who, "reader", "owner") == (403, "permission-missing")
    assert remove(client, house, who, "owner") == (403, "permission-missing")


def test_stranger_finds_nothing(client: TestClient, house: House) -> None:
    assert change(client, house, "stranger", "reader", "owner") == (404, "organisation-not-found")
    assert remove(client, house, "stranger", "reader") == (404, "organisation-not-found")
    assert remove(client, house, "owner", "stranger") == (404, "member-not-found")


def test_owner_changes_and_removes(client: TestClient, house: House) -> None:
    before = client.get(house.path, headers=house.headers["owner"])
    assert change(client, house, "owner", "reader", "editor") == (200, "")
    assert remove(client, house, "owner", "editor") == (200, "")
    after = client.get(house.path, headers=house.headers["owner"])
    assert (after.json()["version"], after.headers["ETag"]) != (before.json()["version"], before.headers["ETag"])
    lines = client.get(f"{house.path}/history", headers=house.headers["owner"]).json()["items"]
    assert [(one["event"], one["details"]) for one in lines] == [
        ("member.removed", {"person_id": house.ids["editor"], "standing": "editor"}),
        ("member.changed", {"person_id": house.ids["reader"], "before": "reader", "standing": "editor"}),
    ]
    assert client.get(house.path, headers=house.headers["editor"]).status_code == 403


@pytest.mark.parametrize("who", ["reader", "editor"])
def test_everybody_may_leave(client: TestClient, house: House, who: str) -> None:
    assert remove(client, house, who, who)[0] == 200
    assert remove(client, house, "owner", who) == (404, "member-not-found")


def test_last_owner_stays(client: TestClient, house: House) -> None:
    path, headers = f"{house.path}/members/{house.ids['owner']}/remove", {**house.headers["owner"], **ANY}
    answer = client.post(path, json={"reason": "I go."}, headers=headers)
    assert kind(answer) == (409, "last-owner")
    assert answer.json()["organisations"] == [house.path.rsplit("/", 1)[1]]
    assert change(client, house, "owner", "owner", "reader") == (409, "last-owner")
    assert change(client, house, "owner", "reader", "owner") == (200, "")
    assert remove(client, house, "owner", "owner")[0] == 200


def test_administrator_keeps_the_last_owner_too(client: TestClient, house: House, admin: Headers) -> None:
    path = f"{house.path}/members/{house.ids['owner']}/remove"
    answer = client.post(path, json={"reason": "Out."}, headers=tagged(client, house.path, admin))
    assert kind(answer) == (409, "last-owner")


@pytest.mark.parametrize("how", ["remove", "demote", "leave"])
def test_of_two_owners_who_end_each_other_at_once_one_stays(database: Database, house: House, how: str) -> None:
    organisation_id, both = house.path.rsplit("/", 1)[1], (house.ids["owner"], house.ids["editor"])
    with database.transaction() as session:
        session.execute(sa.update(Membership).values(standing=Standing.OWNER))
        session.execute(sa.delete(Membership).where(Membership.person_id == house.ids["reader"]))
    start = Barrier(2)

    def end(person_id: str) -> str:
        actor = service_actor("somebody", NOW)
        start.wait()
        try:
            with database.transaction() as session:
                own = queries.get_organisation(session, actor, organisation_id, for_change=True)
                if how == "demote":
                    actions.change_member(session, actor, own, person_id, MemberChange(standing=Standing.READER))
                else:
                    actions.remove_member(session, actor, own, person_id, reason="At once.")
        except Problem as problem:
            return problem.slug()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(end, both)) == ["done", "last-owner"]
    owners = sa.select(sa.func.count()).where(
        Membership.organisation_id == organisation_id, Membership.standing == Standing.OWNER
    )
    with database.session() as session:
        assert session.scalar(owners) == 1


def test_two_owners_remove_each_other_over_http(client: TestClient, database: Database, house: House) -> None:
    with database.transaction() as session:
        raised = sa.update(Membership).where(Membership.person_id == house.ids["editor"])
        session.execute(raised.values(standing=Standing.OWNER))
    deeds: list[Callable[[], tuple[int, str]]] = [
        lambda: remove(client, house, "owner", "editor"),
        lambda: remove(client, house, "editor", "owner"),
    ]
    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(found.result()[0] for found in [pool.submit(deed) for deed in deeds])
    # The slower one is no owner any more, or not even a member: it may not, or sees nothing, or is the last.
    assert statuses[0] == 200
    assert statuses[1] in {403, 404, 409}
