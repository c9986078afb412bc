"""A call over HTTP from its plan to its award, with a refusal at every step where the rules say no."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.clusters.models import Cluster
from cluster_api.conflicts.models import ClusterTie
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role, Standing
from tests.assessors.given import given_assessor, given_employment
from tests.callers import given_key, given_organisation
from tests.calls.given import CODE, PATH, PLAN, asked
from tests.conftest import NOW
from tests.issuers import TestIssuer
from tests.partnerships.given import Headers, given_partner, kind, post
from tests.people.given import given_person
from tests.register import given_label

AFTER = datetime(2021, 2, 16, 10, tzinfo=UTC)
GRANT = {"grant_cents": 30_000_000, "begins_on": "2021-09-01"}


def owner_of(session: Session, cluster_id: str) -> str | None:
    """Answer whose cluster it is."""
    return session.get_one(Cluster, cluster_id).owner_id


class World:
    """A secretariat, a board, three clusters of three countries, and two experts."""

    def __init__(self, database: Database, client: TestClient, clock: FixedClock, issuer: TestIssuer) -> None:
        self.client, self.clock = client, clock
        with database.transaction() as session:
            self.office = given_key(session, Role.SECRETARIAT)
            self.board = given_key(session, Role.BOARD)
            partners = [given_partner(session, name, country=name) for name in ("DE", "FR", "PT")]
            self.clusters = tuple(cluster for cluster, _ in partners)
            self.coordinator, self.partner = partners[0][1], partners[1][1]
            given_label(session, self.clusters[1], "silver", (date(2020, 3, 1), date(2022, 2, 28)))
            for name in ("ana", "ben", "eve"):
                person = given_person(
                    session, issuer.name, name, (given_organisation(session, Role.ASSESSOR), Standing.EDITOR),
                    roles=(Role.ASSESSOR,),
                )  # fmt: skip
                is_tied = name == "eve"
                assessor = given_assessor(session, employer=None if is_tied else f"Employer of {name}", person=person)
                if is_tied:
                    given_employment(session, assessor, "DE", organisation_id=owner_of(session, self.clusters[0]))
            self.names = ("ana", "ben", "eve")
        self.issuer = issuer

    def expert(self, position: int) -> Headers:
        """Answer the headers of an expert, signed in now."""
        return self.issuer.headers(self.clock.instant, self.names[position])

    def open(self, **more: Any) -> None:
        """Plan and publish the call."""
        made = post(self.client, "/v1/calls", self.office, {**PLAN, **more}, of="/v1/calls")
        assert made.status_code == 201, made.text
        assert post(self.client, f"{PATH}/publish", self.office).status_code == 200

    def apply(self, headers: Headers | None = None, **more: Any) -> Any:
        """Apply for the three clusters."""
        return post(self.client, f"{PATH}/applications", headers or self.coordinator, asked(self.clusters, **more))

    def evaluate(self, number: str, position: int, points: int = 80) -> Any:
        """Evaluate an application as an expert."""
        body = {"points": points, "reasons": "Clear."}
        return post(self.client, f"{PATH}/applications/{number}/evaluate", self.expert(position), body)

    def evaluated(self, *numbers: str) -> None:
        """Close the call after its deadline, with two evaluations each."""
        self.clock.instant = AFTER
        assert post(self.client, f"{PATH}/close", self.office).status_code == 200
        for number in numbers:
            for position in (0, 1):
                answer = self.evaluate(number, position, 60 + 20 * position)
                assert answer.status_code == 200, answer.text
        assert post(self.client, f"{PATH}/evaluate", self.office).status_code == 200

    def award(self, *grants: dict[str, Any], headers: Headers | None = None) -> Any:
        """Award the call."""
        return post(self.client, f"{PATH}/award", headers or self.board, {"grants": grants, "reason": "The best."})


@pytest.fixture
def world(database: Database, client: TestClient, clock: FixedClock, issuer: TestIssuer) -> World:
    return World(database, client, clock, issuer)


def test_planned_call_is_seen_inside_only(client: TestClient, world: World) -> None:
    made = post(client, "/v1/calls", world.office, PLAN, of="/v1/calls")
    assert (made.status_code, made.headers["Location"]) == (201, PATH)
    assert kind(client.get(PATH)) == (404, "call-not-found")
    assert client.get("/v1/calls").json()["items"] == []
    assert client.get(PATH, headers=world.board).json()["state"] == "planned"
    assert kind(post(client, "/v1/calls", world.office, PLAN, of="/v1/calls")) == (409, "call-code-taken")
    assert kind(post(client, "/v1/calls", world.board, PLAN, of="/v1/calls")) == (403, "permission-missing")
    post(client, f"{PATH}/publish", world.office)
    shown = client.get(PATH).json()
    assert (shown["state"], shown["is_open"], shown["applications"], shown["allowed_moves"]) == ("open", True, None, [])
    assert [one["code"] for one in client.get("/v1/calls", params={"state": "open"}).json()["items"]] == [CODE]
    assert client.get("/v1/calls", params={"state": "closed"}).json()["items"] == []
    assert kind(post(client, f"{PATH}/publish", world.office)) == (409, "move-not-allowed")


@pytest.mark.parametrize(
    "more",
    [{"deadline_on": "2021-01-14"}, {"max_grant_cents": 60_000_001}, {"most_months": 19}, {"fewest_entities": 0}],
)
def test_plan_that_does_not_fit_is_refused(client: TestClient, world: World, more: dict[str, Any]) -> None:
    assert kind(post(client, "/v1/calls", world.office, {**PLAN, **more}, of="/v1/calls")) == (422, "invalid")


def test_application_is_explained_rule_by_rule_and_frozen(client: TestClient, world: World) -> None:
    world.open(label_level="silver", label_on="2020-12-31")
    made = world.apply()
    assert made.status_code == 201, made.text
    told = made.json()
    assert told["is_eligible"] is True
    assert {one["outcome"] for one in told["rules"]} == {"passed"}
    assert told["rules"][-1]["sentence"].startswith("1 partners held silver or higher on 2020-12-31")
    again = client.get(made.headers["Location"], headers=world.coordinator).json()
    assert (again["proof_digest"], again["rules"]) == (told["proof_digest"], told["rules"])
    assert again["allowed_moves"] == ["withdraw"]


def test_application_that_does_not_meet_the_call_is_taken_in_and_never_funded(client: TestClient, world: World) -> None:
    world.open()
    told = world.apply(months=30).json()
    assert told["is_eligible"] is False
    assert [one["code"] for one in told["rules"] if one["outcome"] == "failed"] == ["months"]
    world.evaluated()
    refused = world.award({"number": told["number"], **GRANT})
    assert kind(refused) == (409, "award-not-within-call")
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/body/grants/0/number"]


def test_only_the_organisation_of_the_coordinator_applies(client: TestClient, world: World) -> None:
    world.open()
    assert kind(world.apply(world.partner)) == (403, "permission-missing")
    assert kind(world.apply(world.office)) == (403, "permission-missing")
    twice = [{"cluster_id": one, "role": "coordinator"} for one in world.clusters]
    unknown = [{"cluster_id": "01767a3e-2f00-7c3a-8d5e-0123456789ab", "role": "coordinator"}]
    assert kind(world.apply(partners=twice)) == (422, "consortium-not-possible")
    refused = world.apply(partners=unknown)
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/body/partners/0/cluster_id"]


@pytest.mark.parametrize("day", ["2021-01-14", "2021-02-16"])
def test_one_applies_and_withdraws_between_the_days_of_the_call(client: TestClient, world: World, day: str) -> None:
    world.open()
    number = world.apply().json()["number"]
    world.clock.instant = datetime.fromisoformat(f"{day}T10:00:00+00:00")
    assert kind(world.apply()) == (409, "call-not-open")
    path = f"{PATH}/applications/{number}/withdraw"
    assert kind(post(client, path, world.coordinator)) == (409, "call-not-open")
    world.clock.instant = NOW
    assert post(client, path, world.coordinator).json()["state"] == "withdrawn"
    assert kind(post(client, path, world.coordinator)) == (409, "move-not-allowed")


def test_application_is_not_told_to_others(client: TestClient, world: World) -> None:
    world.open()
    number = world.apply().json()["number"]
    path = f"{PATH}/applications"
    assert kind(client.get(f"{path}/{number}", headers=world.partner)) == (404, "call-application-not-found")
    assert client.get(path, headers=world.partner).json()["items"] == []
    assert kind(client.get(path)) == (401, "credentials-required")
    assert client.get(path, headers=world.expert(0)).json()["items"] == []
    inside = client.get(f"{path}/{number}", headers=world.office).json()
    assert (inside["evaluations"], inside["mean_points"]) == (0, None)
    assert client.get(f"{path}/{number}", headers=world.coordinator).json()["evaluations"] is None


def test_evaluation_is_by_people_without_conflict_after_the_deadline(client: TestClient, world: World) -> None:
    world.open()
    number = world.apply().json()["number"]
    assert kind(post(client, f"{PATH}/close", world.office)) == (409, "deadline-not-passed")
    world.clock.instant = AFTER
    post(client, f"{PATH}/close", world.office)
    assert kind(world.evaluate(number, 2)) == (409, "evaluator-in-conflict")
    assert world.evaluate(number, 0).status_code == 200
    assert kind(world.evaluate(number, 0)) == (409, "evaluated-already")
    missing = post(client, f"{PATH}/evaluate", world.office)
    assert kind(missing) == (409, "evaluations-missing")
    assert missing.json()["errors"][0]["detail"] == f"{number} has 1 of 2."
    assert kind(world.award()) == (409, "move-not-allowed")
    world.evaluate(number, 1)
    assert post(client, f"{PATH}/evaluate", world.office).json()["state"] == "evaluated"
    assert kind(world.evaluate(number, 1)) == (409, "not-to-evaluate")


def test_award_makes_partnerships_within_the_budget_and_refuses_the_rest(
    client: TestClient, world: World, database: Database
) -> None:
    world.open()
    first, second, third = (world.apply(acronym=name).json()["number"] for name in ("ONE", "TWO", "THREE"))
    withdrawn = post(client, f"{PATH}/applications/{third}/withdraw", world.coordinator)
    assert withdrawn.status_code == 200
    world.evaluated(first, second)
    grants = [{"number": number, **GRANT, "grant_cents": 30_000_001} for number in (first, second)]
    assert kind(world.award(*grants)) == (409, "award-not-within-call")
    assert kind(world.award(headers=world.office)) == (403, "permission-missing")
    awarded = world.award({"number": first, **GRANT})
    assert awarded.status_code == 200, awarded.text
    assert (awarded.json()["granted_cents"], awarded.json()["applications"]) == (30_000_000, 2)
    states = {
        number: client.get(f"{PATH}/applications/{number}", headers=world.coordinator).json()
        for number in (first, second, third)
    }
    assert {one["state"] for one in states.values()} == {"funded", "refused", "withdrawn"}
    assert (states[first]["grant_cents"], states[first]["mean_points"]) == (30_000_000, 70.0)
    made = client.get("/v1/partnerships", params={"call": CODE}).json()["items"]
    assert [(one["acronym"], one["state"], one["begins_on"], one["ends_on"]) for one in made] == [
        ("ONE", "preparing", "2021-09-01", "2023-08-31")
    ]
    assert made[0]["targets"] == {"CXC_EXCHANGES": 50}
    with database.transaction() as session:
        ties = session.scalars(sa.select(ClusterTie).where(ClusterTie.source_id == made[0]["id"])).all()
    assert {(one.began_on, one.ended_on) for one in ties} == {(date(2021, 9, 1), date(2023, 8, 31))}
    assert len(ties) == 3
    moves = client.get(f"/v1/partnerships/{made[0]['id']}", headers=world.coordinator).json()["allowed_moves"]
    assert moves == ["amend", "terminate"]
    assert kind(world.award()) == (409, "move-not-allowed")
