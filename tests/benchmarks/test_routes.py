"""Benchmarks over HTTP: the way from opening to report, who may what, and what two do at once."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.benchmarks import actions
from cluster_api.clusters.models import Cluster
from cluster_api.foundation import typesetting
from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role, Standing
from tests.benchmarks.given import ANSWERS, Cast, given_cast, given_expert
from tests.callers import given_client, given_credential, given_key, given_organisation
from tests.conftest import NOW
from tests.issuers import TestIssuer
from tests.people.given import tagged
from tests.register import given_cluster

Headers = dict[str, str]
ROLES = [role for role in Role if role is not Role.PUBLIC]
PATH = "/v1/benchmarks"


@dataclass
class Scene:
    """A cluster with its owner's key, the office, an expert with an account, and somebody else's cluster."""

    client: TestClient
    cluster_id: str
    other_id: str
    expert_id: str
    owner: Headers
    narrowed: Headers
    office: Headers
    expert: Headers

    def opened(self) -> str:
        """Open a benchmark as its cluster, fill it in, and answer its path."""
        answer = self.client.post(PATH, json={"cluster_id": self.cluster_id}, headers=self.owner)
        assert answer.status_code == 201, answer.text
        path = str(answer.headers["Location"])
        headers = {**tagged(self.client, path, self.owner), "Content-Type": "application/merge-patch+json"}
        answer = self.client.patch(path, json={"answers": ANSWERS}, headers=headers)
        assert answer.status_code == 200, answer.text
        return path

    def move(self, path: str, verb: str, who: Headers, **body: Any) -> Any:
        """Make a move and answer what comes back."""
        headers = tagged(self.client, path, who)
        return self.client.post(f"{path}/{verb}", json=body or None, headers=headers)

    def released(self) -> str:
        """Bring a benchmark to its report."""
        path = self.opened()
        for verb, who, body in (
            ("submit", self.owner, {}),
            ("assign", self.office, {"expert_id": self.expert_id, "interview_mode": "video"}),
            ("start-interview", self.expert, {}),
            ("freeze", self.expert, {"interview_on": "2021-01-15"}),
            ("prepare-report", self.expert, {"remarks": "Go on."}),
            ("release", self.office, {"contract": "CIP"}),
        ):
            answer = self.move(path, verb, who, **body)
            assert answer.status_code == 200, answer.text
        return path


@pytest.fixture
def scene(client: TestClient, database: Database, issuer: TestIssuer) -> Scene:
    with database.transaction() as session:
        owner = given_organisation(session, Role.CLUSTER)
        cluster_id, other_id = given_cluster(session, "alpha"), given_cluster(session, "beta")
        session.execute(sa.update(Cluster).values(owner_id=owner.id).where(Cluster.id.in_([cluster_id, other_id])))
        machine = given_client(session, owner)
        expert = given_expert(session, issuer=issuer.name, subject="eva")
        return Scene(
            client,
            cluster_id,
            other_id,
            expert.id,
            given_credential(session, machine),
            given_credential(session, machine, cluster_id=other_id),
            given_key(session, Role.SECRETARIAT),
            issuer.headers(NOW, "eva"),
        )


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def test_from_opening_to_report(scene: Scene) -> None:
    path = scene.released()
    shown = scene.client.get(path, headers=scene.owner).json()
    assert (shown["state"], shown["report_number"], shown["answers_version"]) == ("released", "DEU001202101CIP0001", 1)
    assert (shown["allowed_moves"], shown["interview_mode"]) == ([], "video")
    answer = scene.client.get(f"{path}/report", headers=scene.owner)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert (answer.json()["cluster_name"], answer.json()["remarks"]) == ("alpha", "Go on.")
    again = scene.client.get(f"{path}/report", headers={**scene.owner, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_report_as_pages_is_the_same_every_time(scene: Scene) -> None:
    path = scene.released()
    first, second = (scene.client.get(f"{path}/report.pdf", headers=scene.owner) for _ in range(2))
    assert (first.status_code, first.headers["content-type"]) == (200, "application/pdf")
    assert first.content.startswith(b"%PDF-")
    assert (first.content, first.headers["ETag"]) == (second.content, second.headers["ETag"])


def test_names_are_never_read_as_instructions(scene: Scene, database: Database) -> None:
    with database.transaction() as session:
        session.execute(sa.update(Cluster).values(legal_name='#panic("x") $x$ *a* \\ <b> Ἀλφα'))
    assert scene.client.get(f"{scene.released()}/report.pdf", headers=scene.owner).status_code == 200


def test_report_without_the_typesetter_is_a_clear_problem(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    path = scene.released()
    typesetting._typesetter.cache_clear()
    monkeypatch.setitem(sys.modules, "typst", None)
    answer = scene.client.get(f"{path}/report.pdf", headers=scene.owner)
    assert kind(answer) == (503, "reports-not-installed")
    assert scene.client.get(f"{path}/report", headers=scene.owner).status_code == 200


def test_correction_over_http(scene: Scene) -> None:
    path = scene.released()
    body = {"answers": {"participants": 100}, "reason": "Misread."}
    assert scene.move(path, "versions", scene.owner, **body).status_code == 403
    assert scene.move(path, "versions", scene.expert, **body).json()["answers_version"] == 2
    first = scene.client.get(f"{path}/versions?limit=1", headers=scene.owner).json()
    second = scene.client.get(f"{path}/versions?limit=1&cursor={first['next']}", headers=scene.owner).json()
    items = [*first["items"], *second["items"]]
    assert [(one["number"], one["reason"], one["answers"]["participants"]) for one in items] == [
        (2, "Misread.", 100), (1, None, 80),
    ]  # fmt: skip
    assert second["next"] is None
    versions = [
        scene.client.get(f"{path}/report{query}", headers=scene.owner).json()["answers_version"]
        for query in ("", "?version=1", "?version=2")
    ]
    assert versions == [2, 1, 2]
    assert kind(scene.client.get(f"{path}/report?version=3", headers=scene.owner)) == (
        404, "benchmark-version-not-found",
    )  # fmt: skip


def test_wrong_draft_is_refused_place_by_place_and_a_missing_tag_too(scene: Scene) -> None:
    path = scene.opened()
    headers = tagged(scene.client, path, scene.owner)
    answer = scene.client.patch(path, json={"answers": {"participants": "many", "colour": 1}}, headers=headers)
    assert kind(answer) == (422, "sheet-invalid")
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/body/answers/participants", "/body/answers/colour"}
    assert scene.client.patch(path, json={"answers": {}}, headers=scene.owner).status_code == 428
    stale = {**scene.owner, "If-Match": '"1-old"'}
    assert scene.client.patch(path, json={"answers": {}}, headers=stale).status_code == 412


def test_check_tells_everything_and_submit_refuses_with_the_same(scene: Scene) -> None:
    path = scene.opened()
    patch = {"answers": {"success_stories": None, "participants": 1}}
    scene.client.patch(path, json=patch, headers=tagged(scene.client, path, scene.owner))
    told = scene.client.get(f"{path}/check", headers=scene.owner).json()
    refused = scene.move(path, "submit", scene.owner)
    assert kind(refused) == (409, "questionnaire-not-ready")
    assert [one["code"] for one in refused.json()["errors"]] == [one["code"] for one in told["faults"]]
    assert "missing" in [one["code"] for one in told["faults"]]
    assert not told["is_ready"]


READS = ("", "/check", "/versions", "/report", "/report.pdf")
MOVES: dict[str, dict[str, Any]] = {
    "submit": {},
    "assign": {"expert_id": "01767a3e-2f00-7c3a-8d5e-0123456789ab", "interview_mode": "video"},
    "send-back": {"reason": "x"},
    "start-interview": {},
    "freeze": {"interview_on": "2021-01-15"},
    "prepare-report": {},
    "release": {},
    "void": {"reason": "x"},
    "versions": {"answers": {}, "reason": "x"},
}


@pytest.mark.parametrize("role", ROLES)
def test_who_may_see_and_move_the_benchmark_of_somebody_else(scene: Scene, database: Database, role: Role) -> None:
    path = scene.released()
    with database.transaction() as session:
        headers = given_key(session, role)
    seen = {Role.SECRETARIAT: 200, Role.AUDITOR: 200, Role.CLUSTER: 404, Role.ASSESSOR: 404}.get(role, 403)
    assert {scene.client.get(f"{path}{read}", headers=headers).status_code for read in READS} == {seen}
    listed = scene.client.get(PATH, headers=headers)
    assert listed.status_code == (403 if seen == 403 else 200)
    if seen != 403:
        assert len(listed.json()["items"]) == (seen == 200)
    moved = {
        verb: scene.client.post(
            f"{path}/{verb}?dry_run=true", json=body, headers={**headers, "If-Match": "*"}
        ).status_code
        for verb, body in MOVES.items()
    }
    possible = {"void": 200, "versions": 200, "assign": 409, "release": 409, "send-back": 409}
    expected = {200: dict.fromkeys(MOVES, 403), 404: dict.fromkeys(MOVES, 404), 403: dict.fromkeys(MOVES, 403)}[seen]
    assert moved == expected | (possible if role is Role.SECRETARIAT else {})


def test_the_public_is_asked_for_credentials(scene: Scene) -> None:
    path = scene.released()
    assert {scene.client.get(f"{path}{read}").status_code for read in READS} == {401}
    assert scene.client.get(PATH).status_code == 401


@pytest.mark.parametrize("standing", [Standing.READER, Standing.EDITOR])
def test_readers_read_and_editors_write(scene: Scene, database: Database, standing: Standing) -> None:
    with database.transaction() as session:
        owner = given_organisation(session, Role.CLUSTER)
        cluster_id = given_cluster(session, "gamma")
        session.execute(sa.update(Cluster).values(owner_id=owner.id).where(Cluster.id == cluster_id))
        headers = given_credential(session, given_client(session, owner, standing=standing))
    answer = scene.client.post(PATH, json={"cluster_id": cluster_id}, headers=headers)
    assert answer.status_code == (403 if standing is Standing.READER else 201)


def test_key_of_one_cluster_sees_only_that_ones(scene: Scene) -> None:
    path = scene.opened()
    assert scene.client.get(path, headers=scene.narrowed).status_code == 404
    assert scene.client.get(PATH, headers=scene.narrowed).json()["items"] == []
    refused = scene.client.post(PATH, json={"cluster_id": scene.cluster_id}, headers=scene.narrowed)
    assert refused.status_code == 403
    opened = scene.client.post(PATH, json={"cluster_id": scene.other_id}, headers=scene.narrowed)
    assert opened.status_code == 201


def test_lists_are_pages_with_filters(scene: Scene) -> None:
    first = scene.released().rsplit("/", 1)[1]
    second = scene.opened().rsplit("/", 1)[1]
    third = scene.client.post(PATH, json={"cluster_id": scene.other_id}, headers=scene.office).json()["id"]

    def listed(query: str) -> list[str]:
        return [one["id"] for one in scene.client.get(f"{PATH}?{query}", headers=scene.owner).json()["items"]]

    assert listed("") == [third, second, first]
    assert listed(f"cluster_id={scene.cluster_id}") == [second, first]
    assert listed("state=released") == [first]
    assert listed("year=2021") == [third, second, first]
    assert listed("year=2020") == []
    page = scene.client.get(f"{PATH}?limit=2", headers=scene.owner)
    assert page.headers["Link"].endswith('rel="next"')
    assert listed(f"limit=2&cursor={page.json()['next']}") == [first]


def test_of_two_who_open_at_once_one_does(scene: Scene) -> None:
    def open_it(_: int) -> tuple[int, str]:
        return kind(scene.client.post(PATH, json={"cluster_id": scene.cluster_id}, headers=scene.owner))

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(open_it, range(4)))
    assert found == [(201, ""), *[(409, "benchmark-open")] * 3]


def test_of_two_who_release_at_once_one_does_and_one_number_is_taken(scene: Scene, database: Database) -> None:
    scene.released()
    with database.transaction() as session:
        cast: Cast = given_cast(session, "delta")
        frozen = cast.frozen(session)
        actions.prepare_report(session, cast.expert, frozen, remarks=None)
    ready = f"{PATH}/{frozen.id}"
    headers = tagged(scene.client, ready, scene.office)

    def release(_: int) -> int:
        return scene.client.post(f"{ready}/release", json={}, headers=headers).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(release, range(4))) == [200, 412, 412, 412]
    assert scene.client.get(ready, headers=scene.office).json()["report_number"] == "DEU002202101C210002"
