"""How a silver case ends before its report, what it keeps, and how labels of silver and gold are renewed over HTTP."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.states import Role
from cluster_api.labels.models import Label
from tests.assessments.given import STEPS, World, given_world, kind
from tests.assessments.test_actions import given_rule_set
from tests.issuers import TestIssuer
from tests.people.given import given_person
from tests.register import given_label

REASON = {"reason": "Because."}
BOARD = ("berta", "bruno", "bella")


def test_silver_application_is_returned_and_submitted_again(silver: World) -> None:
    silver.to("submitted")
    assert silver.done("secretariat", "return", REASON)["state"] == "incomplete"
    assert silver.done("cluster", "submit")["state"] == "submitted"


@pytest.mark.parametrize("state", ["draft", "contracted", "scheduled"])
def test_silver_applicant_withdraws_until_the_visit(silver: World, state: str) -> None:
    silver.to(state)
    assert silver.done("cluster", "withdraw", REASON)["state"] == "withdrawn"


@pytest.mark.parametrize(("state", "verb"), [("submitted", "admit"), ("assessed", "report")])
def test_silver_cluster_that_closes_in_mid_case_leaves_only_its_end(silver: World, state: str, verb: str) -> None:
    silver.to(state).close_cluster()
    body = {"summary": "Well.", "recommendations": ["Go on."]} if verb == "report" else None
    who = silver.first_expert() if verb == "report" else "secretariat"
    assert kind(silver.do(who, verb, body)) == (409, "cluster-not-active")
    assert silver.done("secretariat", "abandon", REASON)["state"] == "withdrawn"


def test_silver_case_that_stands_still_expires(silver: World) -> None:
    silver.to("in_preparation").on("2022-01-15")
    assert kind(silver.do("secretariat", "expire")) == (409, "case-not-stalled")
    assert silver.on("2022-01-16").done("secretariat", "expire")["state"] == "expired"


def test_invariant_13_silver_case_keeps_its_rule_set(silver: World) -> None:
    silver.to("contracted")
    given_rule_set(silver.database, silver_improvements=4, silver_confirmed=4)
    silver.on("2021-02-10")
    silver.done("secretariat", "prepare")
    for _, step in STEPS[5:]:
        step(silver)
    assert silver.ask("secretariat", "/report").json()["document"]["refusals"] == []


@pytest.mark.parametrize("verb", ["interview", "interview/take-back"])
def test_only_bronze_has_an_interview(silver: World, verb: str) -> None:
    silver.to("contracted")
    body = REASON if "/" in verb else {"benchmark_id": silver.cluster_id}
    assert kind(silver.do("secretariat", verb, body)) == (409, "move-not-allowed")
    assert kind(silver.ask("cluster", "/interview")) == (404, "interview-not-found")


def renewed(world: World, until: str) -> tuple[Any, list[Label]]:
    """Have a label of the level renewed through a decision, and answer the decision and both labels."""
    given_held(world, until)
    with world.database.transaction() as session:
        for name in BOARD:
            world.people[name] = given_person(session, world.issuer.name, name, roles=(Role.BOARD,)).id
    world.opened(kind="renewal")
    for _, step in STEPS[1:]:
        step(world)
    world.on("2021-04-01")
    opened = world.do("secretariat", "decision", {"chair_id": world.people["berta"]})
    path = opened.headers["Location"]
    for who in BOARD:
        assert world.client.post(f"{path}/votes", json={"choice": "grant"}, headers=met(world, who, path)).is_success
    decided = world.client.post(f"{path}/conclude", json={}, headers=met(world, "berta", path))
    assert decided.status_code == 200, decided.text
    day = {"notified_on": str(world.clock.instant.date())}
    decided = world.client.post(f"{path}/notify", json=day, headers=met(world, "secretariat", path))
    assert decided.status_code == 200, decided.text
    with world.database.session() as session:
        return decided.json(), list(session.scalars(sa.select(Label).order_by(Label.valid_from)))


def met(world: World, who: str, path: str) -> dict[str, str]:
    """Answer the headers of somebody who has read a path."""
    tag = world.client.get(path, headers=world.as_(who)).headers["ETag"]
    return {**world.as_(who), "If-Match": tag, "Idempotency-Key": str(uuid7())}


def given_held(world: World, until: str) -> str:
    """Put a label of the level on record that ends on a day."""
    days = (date(2019, 1, 3), date.fromisoformat(until))
    with world.database.transaction() as session:
        return given_label(session, world.cluster_id, world.level, days, rule_set="2020")


@pytest.fixture(params=["silver", "gold"])
def world(
    request: pytest.FixtureRequest, client: TestClient, clock: FixedClock, issuer: TestIssuer, database: Database
) -> World:
    """Give a world in which a cluster can apply for silver or gold."""
    return given_world(client, clock, issuer, database, str(request.param))


@pytest.mark.parametrize(
    ("until", "start", "end"),
    [("2021-06-30", "2021-07-01", "2024-06-30"), ("2020-06-30", "2020-07-01", "2023-06-30")],
    ids=["before the end", "in the late window"],
)
def test_invariants_3_and_4_renewal_through_a_decision_is_seamless(
    world: World, until: str, start: str, end: str
) -> None:
    decision, (first, second) = renewed(world, until)
    assert (second.kind, second.level, second.previous_label_id) == ("renewal", world.level, first.id)
    assert (str(second.valid_from), str(second.valid_until)) == (start, end)
    assert (decision["label_id"], decision["is_final"]) == (second.id, True)
    path = f"/v1/decisions/{decision['id']}"
    replayed = world.client.post(f"{path}/replay", headers=world.as_("auditor"))
    assert replayed.json()["is_identical"] is True
    record = world.client.get(f"/v1/labels/{first.number}/record", headers=world.as_("secretariat")).json()
    assert (record["next"], [one["text"] for one in record["notices"]]) == (second.number, ["label_renewed"])


@pytest.mark.parametrize(
    ("until", "kind_of_case", "expected"),
    [
        ("2021-07-16", "renewal", (409, "renewal-not-possible")),
        ("2020-01-14", "renewal", (409, "renewal-not-possible")),
        ("2021-01-15", "first", (409, "label-held")),
        ("2021-01-14", "first", (201, "")),
    ],
    ids=["too early", "too late", "still held", "ended yesterday"],
)
def test_invariant_3_kind_of_case_follows_from_the_window(
    world: World, until: str, kind_of_case: str, expected: tuple[int, str]
) -> None:
    given_held(world, until)
    assert kind(world.apply(kind=kind_of_case)) == expected
