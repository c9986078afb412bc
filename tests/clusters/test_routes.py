"""The registry over HTTP: who sees and changes what, what is refused and where, and what two at once can do."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role
from tests.callers import given_key
from tests.clusters.given import COMPLETE, moved, posted

Headers = dict[str, str]
UNKNOWN = "/v1/clusters/01a20585-e211-7354-a476-81f1d8913a97"


@pytest.fixture
def draft(client: TestClient, admin: Headers) -> str:
    """Give the path of a complete draft."""
    return posted(client, admin)


@pytest.fixture
def public(client: TestClient, admin: Headers) -> str:
    """Give the path of a published cluster."""
    path = posted(client, admin)
    moved(client, admin, path, "submit")
    moved(client, admin, path, "publish")
    return path


def tag_of(client: TestClient, admin: Headers, path: str) -> Headers:
    return {**admin, "If-Match": client.get(path, headers=admin).headers["ETag"]}


def places(answer: Any) -> list[str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return [error["pointer"] for error in answer.json()["errors"]]


def test_create_answers_the_cluster_with_its_address_and_tag(client: TestClient, admin: Headers) -> None:
    answer = client.post("/v1/clusters", json=COMPLETE, headers=admin)
    created = answer.json()
    assert (answer.status_code, answer.headers["ETag"][:3]) == (201, '"1-')
    assert answer.headers["Location"] == f"/v1/clusters/{created['id']}"
    assert {name: created[name] for name in COMPLETE} == COMPLETE
    assert (created["committed_members"], created["participants"], created["completeness"]) == (39, 39, 0.8125)
    assert (created["profile_state"], created["allowed_moves"]) == ("draft", ["submit"])
    assert client.get(answer.headers["Location"], headers=admin).json() == created


def test_stranger_sees_only_what_is_public(client: TestClient, draft: str, public: str) -> None:
    below = ["", "/members", "/history", "/profile", "/succession"]
    assert [client.get(f"{draft}{path}").status_code for path in below] == [404] * 5
    assert [client.get(f"{public}{path}").status_code for path in below] == [200] * 5
    assert client.get(public).json()["allowed_moves"] == []
    listed = client.get("/v1/clusters?count=true").json()
    assert ([item["id"] for item in listed["items"]], listed["total"]) == ([public.rsplit("/", 1)[1]], 1)


def test_archived_cluster_stays_readable(client: TestClient, admin: Headers, public: str) -> None:
    moved(client, admin, public, "archive", reason="Asked by the owner.")
    assert client.get(public).json()["profile_state"] == "archived"
    told = [client.get(f"{public}/profile", headers=headers).json()["reason"] for headers in (admin, {})]
    assert told == ["Asked by the owner.", None]
    assert "Asked by the owner." not in client.get(f"{public}/history").text


def test_public_reads_are_public_and_others_private(client: TestClient, admin: Headers, public: str) -> None:
    for path in (public, f"{public}/members", "/v1/clusters"):
        assert client.get(path).headers["Cache-Control"].startswith("public")
        assert client.get(path, headers=admin).headers["Cache-Control"].startswith("private")


def test_tags_of_callers_differ_and_answer_304(client: TestClient, admin: Headers, public: str) -> None:
    tag, own = client.get(public).headers["ETag"], client.get(public, headers=admin).headers["ETag"]
    assert tag != own
    assert client.get(public, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(public, headers={**admin, "If-None-Match": own}).status_code == 304
    assert client.get(public, headers={**admin, "If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json"])
def test_patch_merges(client: TestClient, admin: Headers, draft: str, media_type: str) -> None:
    headers = {**tag_of(client, admin, draft), "Content-Type": media_type}
    body = '{"city": null, "names": {"en": null, "fr": "Pôle Plasma"}, "members": {"sme": 32.0}, "country": "DE"}'
    answer = client.patch(draft, content=body, headers=headers)
    changed = answer.json()
    assert (answer.status_code, answer.headers["ETag"][:3], changed["version"]) == (200, '"2-', 2)
    assert (changed["city"], changed["names"]) == (None, {"fr": "Pôle Plasma"})
    assert changed["members"] == {"sme": 32, "university": 6, "government_agency": 2}
    assert (changed["committed_members"], changed["participants"]) == (40, 40)


@pytest.mark.parametrize("members", [{"sme": 14}, {"university": None, "sme": 0}, {"other": 900, "sme": 1}])
def test_programme_invariant_22_committed_members_are_the_sum_of_their_kinds(
    client: TestClient, admin: Headers, draft: str, members: dict[str, int | None]
) -> None:
    body = {"members": members, "participants": 1000}
    changed = client.patch(draft, json=body, headers=tag_of(client, admin, draft))
    assert changed.status_code == 200, changed.text
    for told in (changed.json(), client.get(draft, headers=admin).json()):
        assert told["committed_members"] == sum(told["members"].values()) <= told["participants"]


def test_patch_below_committed_members_is_refused(client: TestClient, admin: Headers, draft: str) -> None:
    body = {"participants": 50, "members": {"sme": 50}}
    answer = client.patch(draft, json=body, headers=tag_of(client, admin, draft))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/facts-not-possible")
    assert places(answer) == ["/body/participants"]


CHANGES: list[tuple[str, str, Any]] = [
    ("PATCH", "", {"city": "Rostock"}),
    ("POST", "/profile/submit", None),
    ("POST", "/profile/publish", {}),
    ("POST", "/profile/reject", {"reason": "Because."}),
    ("POST", "/profile/archive", {"reason": "Because."}),
    ("POST", "/profile/revise", None),
    ("POST", "/succession", {"kind": "closed", "reason": "Because."}),
]


@pytest.mark.parametrize("change", CHANGES)
def test_changes_need_key_and_tag(
    client: TestClient, admin: Headers, draft: str, public: str, change: tuple[str, str, Any]
) -> None:
    method, path, body = change

    def status(at: str, headers: Headers) -> tuple[int, str]:
        answer = client.request(method, f"{at}{path}", json=body, headers=headers)
        return answer.status_code, answer.json()["type"]

    assert status(draft, {}) == (401, "/problems/credentials-required")
    assert status(public, {}) == (401, "/problems/credentials-required")
    assert status(draft, {"Authorization": "Bearer wrong"}) == (401, "/problems/token-unreadable")
    assert status(draft, admin) == (428, "/problems/precondition-required")
    tag = client.get(draft, headers=admin).headers["ETag"]
    assert status(draft, {**admin, "If-Match": tag.replace('"1-', '"9-')}) == (412, "/problems/stale")
    assert status(draft, {**admin, "If-Match": f"W/{tag}"}) == (412, "/problems/stale")
    assert status(UNKNOWN, {**admin, "If-Match": "*"}) == (404, "/problems/cluster-not-found")
    assert client.get(draft, headers=admin).headers["ETag"] == tag


def test_of_two_changes_at_once_one_wins(client: TestClient, admin: Headers, draft: str) -> None:
    headers = tag_of(client, admin, draft)

    def change(city: str) -> int:
        return int(client.patch(draft, json={"city": city}, headers=headers).status_code)

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(change, ["Rostock", "Wismar", "Anklam", "Bergen"]))
    assert statuses == [200, 412, 412, 412]
    assert client.get(draft, headers=admin).json()["version"] == 2


def test_one_number_stands_in_drafts_of_several_and_in_one_published_profile(
    client: TestClient, admin: Headers, database: Database
) -> None:
    number = {"identifiers": [{"registry": "vat", "value": "DE136695976"}]}
    drafts = []
    for name in ("Holz", "Stein", "Wasser", "Metall"):
        with database.transaction() as session:
            owner = given_key(session, Role.CLUSTER)
        # Nobody is told of a number that stands in somebody else's draft.
        drafts.append(posted(client, owner, legal_name=name, **number))
        moved(client, owner, drafts[-1], "submit")

    def published(draft: str) -> tuple[int, str]:
        answer = client.post(f"{draft}/profile/publish", json={}, headers={**admin, "If-Match": "*"})
        return answer.status_code, answer.json().get("type", "")

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(published, drafts))
    assert answers == [(200, ""), *[(409, "/problems/identifier-taken")] * 3]
    with database.transaction() as session:
        stranger = given_key(session, Role.CLUSTER)
    refused = client.post("/v1/clusters", json={**COMPLETE, "legal_name": "Glas", **number}, headers=stranger)
    assert refused.json()["type"] in {"/problems/possible-duplicate", "/problems/identifier-taken"}


def test_likely_duplicate_is_created_only_when_told(client: TestClient, admin: Headers, draft: str) -> None:
    body = {"legal_name": "OSTSEE CLUSTER PLASMATECHNIK", "country": "DE"}
    refused = client.post("/v1/clusters", json=body, headers=admin)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/possible-duplicate")
    assert [one["id"] for one in refused.json()["candidates"]] == [draft.rsplit("/", 1)[1]]
    assert client.post("/v1/clusters?allow_duplicate=true", json=body, headers=admin).status_code == 201


def test_rehearsal_changes_nothing(client: TestClient, admin: Headers, draft: str) -> None:
    answer = client.post("/v1/clusters?dry_run=true&allow_duplicate=true", json=COMPLETE, headers=admin)
    assert (answer.status_code, "Location" in answer.headers) == (200, False)
    assert client.get(f"/v1/clusters/{answer.json()['id']}", headers=admin).status_code == 404
    headers = tag_of(client, admin, draft)
    assert client.patch(f"{draft}?dry_run=true", json={"city": "Rostock"}, headers=headers).json()["city"] == "Rostock"
    assert client.post(f"{draft}/profile/submit?dry_run=true", headers=headers).json()["state"] == "needs_review"
    assert client.get(draft, headers=admin).json()["version"] == 1


def test_repeated_post_is_answered_once(client: TestClient, admin: Headers) -> None:
    headers = {**admin, "Idempotency-Key": "one"}
    first, second = (client.post("/v1/clusters", json=COMPLETE, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code, first.content) == (201, 201, second.content)
    assert second.headers["ETag"] == first.headers["ETag"]
    assert client.get("/v1/clusters?count=true", headers=admin).json()["total"] == 1


def test_profile_tells_criterion_by_criterion(client: TestClient, admin: Headers) -> None:
    path = posted(client, admin, members={"sme": 14}, english_page=None)
    moved(client, admin, path, "submit")
    profile = client.get(f"{path}/profile", headers=admin).json()
    assert [(one["code"], one["met"], one["missing"]) for one in profile["criteria"]] == [
        ("management_fte", True, None),
        ("english_page", False, "No page is given."),
        ("committed_members", False, "14 of 15."),
        ("kinds_of_member", False, "1 of 2."),
    ]
    assert (profile["criteria_met"], profile["may_be_waived"]) == (False, False)
    assert profile["allowed_moves"] == ["publish", "reject"]
    refused = client.post(f"{path}/profile/publish", json={}, headers=tag_of(client, admin, path))
    assert (refused.status_code, refused.json()["criteria"]) == (409, profile["criteria"])


def test_time_travel_over_http(client: TestClient, admin: Headers, public: str) -> None:
    client.patch(public, json={"city": "Rostock"}, headers=tag_of(client, admin, public))
    assert client.get(f"{public}?at=2021-01-15&known_at=2021-01-15T10:00:00Z").json()["city"] == "Rostock"
    assert client.get(f"{public}?at=2021-01-14").status_code == 404
    assert client.get(f"{public}?known_at=2021-01-15T09:59:59Z").status_code == 404


def test_succession_is_told_on_both_sides(client: TestClient, admin: Headers, public: str) -> None:
    hidden, successor = posted(client, admin), posted(client, admin)
    moved(client, admin, successor, "submit")
    moved(client, admin, successor, "publish")
    ids = [path.rsplit("/", 1)[1] for path in (hidden, successor)]
    body = {"kind": "split", "successors": ids, "reason": "Both assemblies."}
    answer = client.post(f"{public}/succession", json=body, headers=tag_of(client, admin, public))
    assert (answer.status_code, answer.json()["successors"]) == (201, ids)
    told = client.get(f"{public}/succession").json()
    assert (told["status"], [one["successors"] for one in told["became"]]) == ("split", [[ids[1]]])
    back = client.get(f"{successor}/succession").json()
    assert (back["status"], [f"/v1/clusters/{one['cluster_id']}" for one in back["came_from"]]) == ("active", [public])


def test_list_links_to_its_next_page(client: TestClient, admin: Headers, draft: str) -> None:
    posted(client, admin, legal_name="Zweites Cluster")
    first = client.get("/v1/clusters?limit=1&country=DE", headers=admin)
    assert first.headers["Link"].endswith('rel="next"')
    path = first.headers["Link"].split(">")[0].removeprefix("<")
    second = client.get(path, headers=admin)
    assert [item["legal_name"] for item in second.json()["items"]] == ["Zweites Cluster"]
    assert second.json()["next"] is None
    assert "Link" not in second.headers
