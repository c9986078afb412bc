"""Decisions and appeals over HTTP: who may what over all roles, what an applicant is shown, and two at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.appeals.models import Appeal
from cluster_api.assessments.models import Assessment
from cluster_api.decisions.models import Decision
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.states import Role
from cluster_api.labels.models import Label
from tests.assessments.given import kind
from tests.callers import given_client, given_credential, given_key, given_organisation
from tests.decisions.given import given_reported
from tests.issuers import TestIssuer
from tests.people.given import given_person
from tests.register import given_cluster

Headers = dict[str, str]
PEOPLE = ("berta", "bruno", "bella", "anton", "alma", "arno")
REASONS = {"reasons": "Too few members."}


@dataclass
class Scene:
    """A reported case, everybody by role, six people of the board, and one decision once it is opened."""

    client: TestClient
    clock: FixedClock
    issuer: TestIssuer
    case: str
    keys: dict[str, Headers]
    people: dict[str, str]
    decision: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def as_(self, who: str) -> Headers:
        """Answer the headers of somebody."""
        return self.issuer.headers(self.clock.instant, who) if who in self.people else self.keys[who]

    def get(self, who: str, path: str) -> Any:
        """Read something."""
        return self.client.get(path, headers=self.as_(who))

    def post(self, who: str, path: str, body: Any = None, *, of: str = "", **params: Any) -> Any:
        """Change something, by somebody who has read ``of``, or the decision."""
        tag = self.get(who, of or self.decision).headers.get("ETag", "*")
        named = {"If-Match": tag, "Idempotency-Key": str(uuid7())}
        return self.client.post(path, json=body, params=params, headers={**self.as_(who), **named})

    def open(self, who: str = "secretariat", chair: str = "berta") -> Any:
        """Open the decision."""
        answer = self.post(who, f"{self.case}/decision", {"chair_id": self.people[chair]}, of=self.case)
        self.decision = answer.headers.get("Location", self.decision)
        return answer

    def vote(self, who: str, choice: str, **more: Any) -> Any:
        """Vote."""
        return self.post(who, f"{self.decision}/votes", {"choice": choice, **more})

    def decide(self, choice: str, who: tuple[str, ...] = PEOPLE[:3], **said: Any) -> Any:
        """Vote the same, and conclude."""
        for one in who:
            assert self.vote(one, choice).status_code == 201
        return self.post(who[0], f"{self.decision}/conclude", {**REASONS, **said})

    def tell(self) -> Any:
        """Tell the applicant today."""
        return self.post("secretariat", f"{self.decision}/notify", {"notified_on": str(self.clock.instant.date())})


@pytest.fixture
def scene(client: TestClient, clock: FixedClock, issuer: TestIssuer, database: Database) -> Scene:
    """Give a reported case in April 2021."""
    clock.instant = datetime.fromisoformat("2021-04-01T10:00:00+00:00")
    with database.transaction() as session:
        keys = {role.value: given_key(session, role) for role in Role if role is not Role.PUBLIC}
        owner = given_organisation(session, Role.CLUSTER)
        keys |= {"applicant": given_credential(session, given_client(session, owner)), "public": {}}
        case = given_reported(session, cluster_id=given_cluster(session, "Tidal", owner_id=owner.id))
        people = {name: given_person(session, issuer.name, name, roles=(Role.BOARD,)).id for name in PEOPLE}
        path = f"/v1/assessments/{case.id}"
    return Scene(client, clock, issuer, path, keys, people)


EVERYBODY = [*(role.value for role in Role), "applicant", "berta"]


def allowed(scene: Scene, ask: Any) -> dict[int, set[str]]:
    """Answer by status who gets it."""
    found: dict[int, set[str]] = {}
    for who in EVERYBODY:
        found.setdefault(ask(who).status_code, set()).add(who)
    return found


def without(*who: str) -> set[str]:
    """Answer everybody else."""
    return set(EVERYBODY) - set(who)


OUTSIDE = {"platform", "commission", "partnership", "participant", "admin"}


def test_who_opens_a_decision(scene: Scene) -> None:
    body = {"chair_id": scene.people["berta"]}
    path, rehearse = f"{scene.case}/decision", {"dry_run": "true"}
    found = allowed(scene, lambda who: scene.post(who, path, body, of=scene.case, **rehearse))
    assert found == {
        200: {"secretariat"}, 401: {"public"}, 403: {*OUTSIDE, "board", "auditor", "berta", "applicant", "assessor"},
        404: {"cluster"},
    }  # fmt: skip


def test_who_sees_an_open_decision_and_its_votes(scene: Scene) -> None:
    scene.open()
    inside = {"secretariat", "board", "auditor", "berta"}
    unseeing = {*OUTSIDE, "assessor"}
    for path in ("", "/votes", "/record"):
        found = allowed(scene, lambda who, path=path: scene.get(who, scene.decision + path))
        assert found == {200: inside, 401: {"public"}, 403: unseeing, 404: {"cluster", "applicant"}}, path
    listed = {who: len(scene.get(who, "/v1/decisions").json()["items"]) for who in (*inside, "cluster", "applicant")}
    assert listed == {**dict.fromkeys(inside, 1), "cluster": 0, "applicant": 0}


def test_who_votes(scene: Scene) -> None:
    scene.open()
    body = {"choice": "grant"}
    found = allowed(scene, lambda who: scene.post(who, f"{scene.decision}/votes", body, dry_run="true"))
    assert found == {
        200: {"berta"}, 401: {"public"}, 404: {"cluster", "applicant"},
        403: {*OUTSIDE, "assessor", "secretariat", "auditor", "board"},
    }  # fmt: skip
    assert kind(scene.vote("board", "grant")) == (403, "only-people-vote")


def test_who_replays(scene: Scene) -> None:
    scene.open()
    found = allowed(scene, lambda who: scene.client.post(f"{scene.decision}/replay", headers=scene.as_(who)))
    assert found == {
        200: {"secretariat", "auditor"}, 401: {"public"}, 404: {"cluster", "applicant"},
        403: {*OUTSIDE, "assessor", "board", "berta"},
    }  # fmt: skip
    told = scene.client.post(f"{scene.decision}/replay", headers=scene.as_("auditor")).json()
    assert (told["is_identical"], told["differences"]) == (True, [])


def test_who_concludes_and_who_tells(scene: Scene) -> None:
    scene.open()
    for one in PEOPLE[:3]:
        assert scene.vote(one, "refuse").status_code == 201
    path = f"{scene.decision}/conclude"
    found = allowed(scene, lambda who: scene.post(who, path, REASONS, dry_run="true"))
    assert found[200] == {"berta"}
    assert kind(scene.post("bruno", path, REASONS)) == (409, "not-the-chair")
    assert scene.post("berta", path, REASONS).json()["state"] == "refused"
    body = {"notified_on": "2021-04-01"}
    told = allowed(scene, lambda who: scene.post(who, f"{scene.decision}/notify", body, dry_run="true"))
    assert told == {200: {"secretariat"}, 401: {"public"}, 404: {"cluster", "applicant"}, 403: without(
        "secretariat", "public", "cluster", "applicant"
    )}  # fmt: skip


def test_applicant_sees_outcome_and_reasons_once_told_and_no_person(scene: Scene) -> None:
    scene.open()
    scene.decide("refuse")
    assert scene.get("applicant", scene.decision).status_code == 404
    assert "Too few" not in scene.get("applicant", f"{scene.case}/history").text
    assert "Too few" not in scene.get("applicant", scene.case).text
    scene.tell()
    shown = scene.get("applicant", scene.decision).json()
    assert (shown["state"], shown["reasons"], shown["appealable_until"]) == (
        "refused",
        "Too few members.",
        "2021-05-01",
    )
    assert [shown[name] for name in ("chair_id", "tally", "version", "updated_at")] == [None] * 4
    assert not any(person in str(shown) for person in scene.people.values())
    assert scene.get("applicant", f"{scene.decision}/votes").status_code == 403
    assert scene.get("cluster", scene.decision).status_code == 404


def test_grant_shows_in_the_register_with_its_notice(scene: Scene) -> None:
    scene.open()
    told = scene.decide("grant")
    assert (told.status_code, told.json()["tally"], told.json()["label_id"]) == (200, {"grant": 3}, None)
    assert scene.client.get("/v1/register").json()["items"] == []
    assert scene.tell().json()["label_id"] is not None
    register = scene.client.get("/v1/register").json()["items"]
    assert [(one["name"], one["level"]) for one in register] == [("Tidal", "gold")]


def test_too_few_votes_are_told_how_many_are_wanted(scene: Scene) -> None:
    scene.open()
    for who, choice in (("berta", "grant"), ("bruno", "abstain"), ("bella", "refuse")):
        scene.vote(who, choice)
    scene.vote("anton", "recused", reason="A relative works there.")
    refused = scene.post("berta", f"{scene.decision}/conclude", REASONS)
    assert kind(refused) == (409, "quorum-missing")
    assert refused.json()["detail"] == "Votes that count: 2 of 3 wanted; 5 may vote."


def test_vote_needs_the_present_version(scene: Scene) -> None:
    scene.open()
    headers = {**scene.as_("berta"), "If-Match": '"0-x"'}
    answer = scene.client.post(f"{scene.decision}/votes", json={"choice": "grant"}, headers=headers)
    assert kind(answer) == (412, "stale")
    assert scene.vote("berta", "recused").status_code == 422


def at_once(*asks: Any) -> list[int]:
    """Ask at the same moment, and answer the statuses in order."""
    barrier = threading.Barrier(len(asks))

    def ask(one: Any) -> int:
        barrier.wait()
        return int(one().status_code)

    with ThreadPoolExecutor(len(asks)) as threads:
        return sorted(threads.map(ask, asks))


def test_invariant_20_of_two_who_open_at_once_one_has_a_decision(scene: Scene, database: Database) -> None:
    body, headers = {"chair_id": scene.people["berta"]}, {**scene.as_("secretariat"), "If-Match": "*"}
    found = at_once(*[lambda: scene.client.post(f"{scene.case}/decision", json=body, headers=headers)] * 4)
    assert found == [201, 409, 409, 409]
    with database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Decision)) == 1


def test_invariant_20_two_tabs_that_conclude_at_once_make_one_decision(scene: Scene, database: Database) -> None:
    scene.open()
    for one in PEOPLE[:3]:
        scene.vote(one, "grant")
    headers = {**scene.as_("berta"), "If-Match": "*"}
    path = f"{scene.decision}/conclude"
    assert kind(scene.client.post(path, json={}, headers=headers)) == (422, "invalid")
    keys = [{**headers, "Idempotency-Key": f"tab-{number}"} for number in range(4)]
    found = at_once(*[partial(scene.client.post, path, json={}, headers=one) for one in keys])
    assert found == [200, 409, 409, 409]
    with database.session() as session:
        counts = [session.scalar(sa.select(sa.func.count()).select_from(one)) for one in (Decision, Label)]
        assert (counts, session.scalar(sa.select(Assessment.state))) == ([1, 0], "granted")


def test_two_tabs_that_tell_at_once_award_one_label(scene: Scene, database: Database) -> None:
    scene.open()
    scene.decide("grant")
    headers, path = {**scene.as_("secretariat"), "If-Match": "*"}, f"{scene.decision}/notify"
    body = {"notified_on": str(scene.clock.instant.date())}
    keys = [{**headers, "Idempotency-Key": f"tab-{number}"} for number in range(4)]
    found = at_once(*[partial(scene.client.post, path, json=body, headers=one) for one in keys])
    assert found == [200, 409, 409, 409]
    with database.session() as session:
        (label,) = session.scalars(sa.select(Label))
        assert session.scalars(sa.select(Decision.label_id)).all() == [label.id]


def test_vote_and_conclusion_at_once_leave_no_vote_behind(scene: Scene, database: Database) -> None:
    scene.open()
    for one in PEOPLE[:3]:
        scene.vote(one, "grant")
    conclude = {**scene.as_("berta"), "If-Match": "*", "Idempotency-Key": "conclude"}
    late = {**scene.as_("anton"), "If-Match": "*"}
    statuses = at_once(
        lambda: scene.client.post(f"{scene.decision}/conclude", json={}, headers=conclude),
        lambda: scene.client.post(f"{scene.decision}/votes", json={"choice": "refuse"}, headers=late),
    )
    tally = scene.get("auditor", scene.decision).json()["tally"]
    assert (statuses, tally) in [([200, 201], {"grant": 3, "refuse": 1}), ([200, 409], {"grant": 3})]


def test_appeal_from_filing_to_its_counts(scene: Scene, database: Database) -> None:
    scene.open()
    scene.decide("refuse")
    scene.tell()
    against = scene.decision
    first_told = (scene.get("applicant", against).json(), scene.get("applicant", against).headers["ETag"])
    assert first_told[0]["is_final"]
    path = f"{scene.decision}/appeals"
    found = allowed(scene, lambda who: scene.post(who, path, {"grounds": "Unfair."}, dry_run="true"))
    assert found == {
        200: {"applicant"}, 401: {"public"}, 404: {"cluster"},
        403: {*OUTSIDE, "assessor", "secretariat", "auditor", "board", "berta"},
    }  # fmt: skip
    filed = scene.post("applicant", path, {"grounds": "Unfair."})
    appeal = filed.headers["Location"]
    assert (filed.status_code, filed.json()["state"]) == (201, "admissible")
    assert kind(scene.post("applicant", path, {"grounds": "Unfair."})) == (409, "already-appealed")
    chair = {"chair_id": scene.people["anton"]}
    who = allowed(scene, lambda one: scene.post(one, f"{appeal}/review", chair, of=appeal, dry_run="true"))
    assert who[200] == {"secretariat"}
    first = {"chair_id": scene.people["berta"]}
    assert kind(scene.post("secretariat", f"{appeal}/review", first, of=appeal)) == (409, "voter-barred")
    review = scene.post("secretariat", f"{appeal}/review", chair, of=appeal).json()["review_id"]
    scene.decision = f"/v1/decisions/{review}"
    assert kind(scene.vote("berta", "grant")) == (409, "voter-barred")
    for one in PEOPLE[3:]:
        assert scene.vote(one, "grant").status_code == 201
    assert kind(scene.post("anton", f"{scene.decision}/conclude", {})) == (409, "decided-on-appeal")
    assert scene.post("anton", f"{appeal}/conclude", {}, of=appeal).json()["state"] == "upheld"
    seen = scene.get("applicant", appeal).json()
    assert (seen["state"], seen["version"]) == ("in_review", None)
    assert (scene.get("applicant", against).json(), scene.get("applicant", against).headers["ETag"]) == first_told
    assert not scene.get("auditor", against).json()["is_final"]
    counted = [
        len(scene.get("applicant", f"/v1/appeals?state={one}").json()["items"]) for one in ("upheld", "in_review")
    ]
    assert counted == [0, 1]
    scene.tell()
    assert not scene.get("applicant", against).json()["is_final"]
    assert scene.get("applicant", appeal).json()["state"] == "upheld"
    assert scene.get("applicant", scene.case).json()["state"] == "granted"
    with database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Appeal)) == 1
    scene.clock.instant = datetime.fromisoformat("2022-02-01T10:00:00+00:00")
    counts = scene.client.get("/v1/appeals/counts")
    assert counts.json() == {"fewest_shown": 5, "years": []}
