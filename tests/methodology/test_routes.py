"""Methodologies over HTTP: read by everyone, enforced at once, changed under the rules of every change."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.methodology.schemas import EXAMPLE
from tests.house.test_contract import DOCUMENT
from tests.scoring.given import EXAMPLE as SHEET
from tests.scoring.given import FULL, GOLD, sheet_of

Headers = dict[str, str]
BASE = "/v1/methodologies"
OWN = f"{BASE}/REGIONAL-2021"


@pytest.fixture
def draft(client: TestClient, admin: Headers) -> str:
    """Give the path of a draft."""
    answer = client.post(BASE, json=EXAMPLE, headers=admin)
    assert answer.status_code == 201, answer.text
    return OWN


def move(client: TestClient, admin: Headers, verb: str, **body: Any) -> Any:
    tag = client.get(OWN, headers=admin).headers["ETag"]
    answer = client.post(f"{OWN}/{verb}", json=body or None, headers={**admin, "If-Match": tag})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.fixture
def public(client: TestClient, admin: Headers, draft: str) -> str:
    """Give the path of a published set."""
    move(client, admin, "consult")
    move(client, admin, "publish", applies_from="2021-02-01")
    return draft


def places(answer: Any) -> list[str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return [error["pointer"] for error in answer.json()["errors"]]


def test_list_is_paged_and_filtered(client: TestClient) -> None:
    codes: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = client.get(BASE, params={"limit": 3, **({"cursor": cursor} if cursor else {})})
        codes += [item["code"] for item in answer.json()["items"]]
        cursor = answer.json()["next"]
        assert ("Link" in answer.headers) is (cursor is not None)
    assert codes == [
        "2010", "2020", "2020", "2020", "ECCP-2021", "ECEI-2013", "ECEI-2026-PROPOSAL", "ELIGIBILITY-2019",
        "ESCA-BRONZE-2019", "ESCA-PRICES",
    ]  # fmt: skip
    kinds = client.get(BASE, params={"kind": "indicator_set", "state": "published"}).json()
    assert [item["code"] for item in kinds["items"]] == ["ECEI-2013"]
    assert client.get(BASE, params={"cursor": "AAAA"}).status_code == 422


def test_set_of_2013_is_shown_with_document_and_seal(client: TestClient) -> None:
    answer = client.get(f"{BASE}/ECEI-2013", headers={"Accept-Encoding": "identity"})
    shown = answer.json()
    assert (answer.headers["ETag"], answer.headers["Cache-Control"].split(",")[0]) == ('"1.1-p"', "public")
    assert (shown["version"], shown["state"], shown["applies_from"]) == (1, "published", "2013-01-01")
    assert (len(shown["digest"]), len(shown["document"]["indicators"]), shown["allowed_moves"]) == (64, 31, [])
    assert (
        client.get(f"{BASE}/ECEI-2013", headers={"Accept-Encoding": "identity", "If-None-Match": '"1.1-p"'}).status_code
        == 304
    )
    assert client.get(f"{BASE}/ECEI-2013", params={"version": 2}).status_code == 404
    assert client.get(f"{BASE}/NOTHING").json()["type"] == "/problems/methodology-not-found"


def test_schema_names_every_indicator(client: TestClient) -> None:
    answer = client.get(f"{BASE}/ECEI-2013/schema")
    schema = answer.json()
    assert set(schema["required"]) == {"methodology", *(one.name for one in GOLD.indicators)}
    assert schema["additionalProperties"] is False
    assert schema["properties"]["committed_participants"]["x-code"] == "1.1.2"
    assert client.get(f"{BASE}/ESCA-PRICES/schema").json()["type"] == "/problems/form-not-found"


def test_openapi_names_every_indicator_and_tells_forms_apart_by_their_methodology() -> None:
    body = DOCUMENT["paths"]["/v1/methodologies/{code}/score"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    assert schema["anyOf"][0]["discriminator"] == {
        "propertyName": "methodology",
        "mapping": {
            "ECEI-2013": "#/components/schemas/Ecei2013Sheet",
            "ECEI-2026-PROPOSAL": "#/components/schemas/Ecei2026ProposalSheet",
        },
    }
    sheet = DOCUMENT["components"]["schemas"]["Ecei2013Sheet"]
    assert set(sheet["required"]) == {"methodology", *(one.name for one in GOLD.indicators)}
    assert sheet["properties"]["methodology"]["const"] == "ECEI-2013"


@pytest.mark.parametrize(("points", "passed"), [(150, True), (120, True), (119, False)])
def test_sheet_is_scored_without_being_kept(client: TestClient, points: int, passed: bool) -> None:
    answer = client.post(f"{BASE}/ECEI-2013/score", json={"methodology": "ECEI-2013", **sheet_of(points)})
    found = answer.json()
    assert (answer.status_code, found["points"], found["passed"], found["version"]) == (200, points, passed, 1)
    assert sum(step["points"] for step in found["trace"] if step["rule"] == "points") == points
    assert [one["level"] for one in found["missing"]] == ([] if passed else ["gold"])
    assert found["digest"] == client.get(f"{BASE}/ECEI-2013").json()["digest"]


def test_wrong_sheet_names_out_of_range_unknown_and_missing_all_at_once(client: TestClient) -> None:
    sheet = {**SHEET, "web_presence": 6, "colour": 1, "human_resources": {"fte": 9, "persons": 3}}
    sheet.pop("strategy_review")
    answer = client.post(f"{BASE}/ECEI-2013/score", json=sheet)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/sheet-invalid")
    assert places(answer) == ["/body/strategy_review", "/body/web_presence", "/body/colour"]
    rules = client.post(f"{BASE}/ECEI-2013/score", json={**SHEET, "human_resources": {"fte": 9, "persons": 3}})
    assert places(rules) == ["/body/human_resources/persons"]


def test_only_indicator_sets_are_scored(client: TestClient) -> None:
    for code in ("ESCA-BRONZE-2019", "2020", "ESCA-PRICES"):
        answer = client.post(f"{BASE}/{code}/score", json={"methodology": code})
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/form-not-found")


def test_checklist_tells_which_criteria_are_not_met(client: TestClient) -> None:
    schema = client.get(f"{BASE}/ELIGIBILITY-2019/schema").json()
    form = {**schema["examples"][0], "english_page": False}
    answer = client.post(f"{BASE}/ELIGIBILITY-2019/check", json=form)
    assert (answer.status_code, answer.json()["unmet"]) == (200, ["E9"])
    bronze = client.get(f"{BASE}/ESCA-BRONZE-2019/schema").json()["examples"][0]
    assert client.post(f"{BASE}/ESCA-BRONZE-2019/check", json=bronze).json()["unmet"] == []
    broken = {**bronze, "success_stories": ["One.", "Two."]}
    assert places(client.post(f"{BASE}/ESCA-BRONZE-2019/check", json=broken)) == ["/body/success_stories"]


def test_set_made_over_the_interface_is_enforced_at_once(client: TestClient, admin: Headers, draft: str) -> None:
    def score(body: dict[str, Any]) -> Any:
        return client.post(f"{draft}/score", json={"methodology": "REGIONAL-2021", **body}, headers=admin)

    assert score({"members": 30}).json()["points"] == 5
    assert places(score({"members": 10_001})) == ["/body/members"]
    tag = client.get(draft, headers=admin).headers["ETag"]
    measures = [{"kind": "count", "label": "Members.", "highest": 20000}]
    changed = [{**EXAMPLE["document"]["indicators"][0], "measures": measures}]
    patched = client.patch(draft, json={"document": {"indicators": changed}}, headers={**admin, "If-Match": tag})
    assert (patched.status_code, patched.headers["ETag"][:5]) == (200, '"1.2-')
    assert score({"members": 10_001}).json()["points"] == 5
    assert client.get(f"{draft}/schema", headers=admin).json()["properties"]["members"]["maximum"] == 20000


def test_rehearsed_change_is_not_enforced(client: TestClient, admin: Headers, draft: str) -> None:
    tag = {**admin, "If-Match": client.get(draft, headers=admin).headers["ETag"]}
    for percent in (1, 100):
        body = {"document": {"pass_percent": percent}}
        answer = client.patch(draft, params={"dry_run": "true"}, json=body, headers=tag)
        assert answer.json()["document"]["pass_percent"] == percent
    sheet = {"methodology": "REGIONAL-2021", "members": 30}
    assert client.post(f"{draft}/score", json=sheet, headers=admin).json()["threshold"] == 4


def test_drafts_are_not_for_strangers(client: TestClient, admin: Headers, draft: str) -> None:
    sheet = {"methodology": "REGIONAL-2021", "members": 30}
    for path in ("", "/schema", "/versions", "/crosswalk?to=ECEI-2013"):
        assert client.get(f"{draft}{path}").json()["type"] == "/problems/methodology-not-found"
        assert client.get(f"{draft}{path}", headers=admin).status_code == 200
        assert client.get(f"{draft}{path}", headers=admin).headers["Cache-Control"].startswith("private")
    assert client.post(f"{draft}/score", json=sheet).status_code == 404
    assert "REGIONAL-2021" not in client.get(BASE).text
    move(client, admin, "consult")
    assert client.get(draft).json()["state"] == "in_consultation"
    assert client.post(f"{draft}/score", json=sheet).status_code == 200


def test_published_set_is_sealed(client: TestClient, admin: Headers, public: str) -> None:
    shown = client.get(public).json()
    assert (shown["state"], shown["applies_from"], len(shown["digest"])) == ("published", "2021-02-01", 64)
    tag = {**admin, "If-Match": "*"}
    answer = client.patch(public, json={"document": {"title": "Other"}}, headers=tag)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/methodology-sealed")
    assert client.get(public, headers=admin).json()["allowed_moves"] == ["retire"]
    retired = move(client, admin, "retire", reason="Followed by another.", retired_on="2021-12-31").json()
    assert (retired["state"], retired["retirement_reason"]) == ("retired", "Followed by another.")


def test_versions_stand_side_by_side(client: TestClient, admin: Headers, public: str) -> None:
    body = {**EXAMPLE, "document": {**EXAMPLE["document"], "title": "Corrected"}}
    second = client.post(BASE, json=body, headers=admin)
    assert (second.status_code, second.headers["Location"]) == (201, f"{public}?version=2")
    assert client.post(BASE, json=body, headers=admin).json()["type"] == "/problems/version-open"
    versions = client.get(f"{public}/versions", headers=admin).json()["items"]
    assert [(item["version"], item["state"]) for item in versions] == [(1, "published"), (2, "draft")]
    assert [item["version"] for item in client.get(f"{public}/versions").json()["items"]] == [1]
    assert client.get(public, headers=admin).json()["version"] == 1
    assert client.get(f"{public}?version=2", headers=admin).json()["document"]["title"] == "Corrected"


CHANGES: list[tuple[str, str, Any]] = [
    ("PATCH", "", {"document": {"title": "Other"}}),
    ("POST", "/consult", None),
    ("POST", "/revise", None),
    ("POST", "/publish", {"applies_from": "2021-02-01"}),
    ("POST", "/retire", {"reason": "Because.", "retired_on": "2021-02-01"}),
]


@pytest.mark.parametrize("change", CHANGES)
def test_changes_need_key_and_tag(client: TestClient, admin: Headers, draft: str, change: tuple[str, str, Any]) -> None:
    method, path, body = change

    def status(headers: Headers, at: str = draft) -> tuple[int, str]:
        answer = client.request(method, f"{at}{path}", json=body, headers=headers)
        return answer.status_code, answer.json()["type"]

    assert status({}) == (401, "/problems/credentials-required")
    assert status(admin) == (428, "/problems/precondition-required")
    assert status({**admin, "If-Match": '"9.9-a"'}) == (412, "/problems/stale")
    assert status({**admin, "If-Match": "*"}, f"{BASE}/NOTHING") == (404, "/problems/methodology-not-found")
    assert client.post(BASE, json=EXAMPLE).json()["type"] == "/problems/credentials-required"
    assert client.get(draft, headers=admin).headers["ETag"].startswith('"1.1-')


def test_of_two_changes_at_once_one_wins(client: TestClient, admin: Headers, draft: str) -> None:
    tag = {**admin, "If-Match": client.get(draft, headers=admin).headers["ETag"]}

    def change(title: str) -> int:
        return int(client.patch(draft, json={"document": {"title": title}}, headers=tag).status_code)

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(change, ["One", "Two", "Three", "Four"]))
    assert statuses == [200, 412, 412, 412]
    assert client.get(draft, headers=admin).headers["ETag"].startswith('"1.2-')


def test_of_two_drafts_at_once_one_wins(client: TestClient, admin: Headers) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: client.post(BASE, json=EXAMPLE, headers=admin), range(4)))
    told = sorted((answer.status_code, answer.json().get("type", "")) for answer in found)
    assert told == [(201, ""), *[(409, "/problems/version-open")] * 3]


def test_shipped_set_can_be_retired(client: TestClient, admin: Headers) -> None:
    path = f"{BASE}/ESCA-BRONZE-2019"
    tag = {**admin, "If-Match": client.get(path, headers=admin).headers["ETag"]}
    body = {"reason": "Followed by another.", "retired_on": "2030-12-31"}
    answer = client.post(f"{path}/retire", json=body, headers=tag)
    assert (answer.status_code, answer.headers["ETag"][:5], answer.json()["is_shipped"]) == (200, '"1.2-', True)
    assert client.get(path).json()["state"] == "retired"


def test_crosswalk_tells_coverage(client: TestClient) -> None:
    found = client.get(f"{BASE}/ECEI-2013/crosswalk", params={"to": "ECEI-2026-PROPOSAL"}).json()
    assert (found["carried_over"], found["covered"], found["dropped"]) == (
        0.7419,
        0.871,
        ["1.2", "2.2.4", "4.5", "5.1"],
    )
    other = client.get(f"{BASE}/ECEI-2013/crosswalk", params={"to": "ESCA-BRONZE-2019"})
    assert (other.status_code, other.json()["type"]) == (404, "/problems/form-not-found")
    assert client.get(f"{BASE}/ECEI-2013/crosswalk").status_code == 422


def test_prices_of_a_day(client: TestClient) -> None:
    found = client.get("/v1/prices").json()
    cents = {(one["level"], one["kind"], one["mode"]): one["net_cents"] for one in found["prices"]}
    assert (cents["gold", "first", "on_site"], cents["gold", "renewal", "on_site"]) == (825000, 676500)
    assert (found["methodology"], {one["currency"] for one in found["prices"]}) == ("ESCA-PRICES", {"EUR"})
    assert client.get("/v1/prices?at=2019-11-15").status_code == 200
    assert client.get("/v1/prices?at=2019-11-14").json()["type"] == "/problems/price-not-found"


def test_new_price_list_applies_from_its_day(client: TestClient, admin: Headers) -> None:
    document = client.get(f"{BASE}/ESCA-PRICES").json()["document"]
    document["prices"] = [{**document["prices"][0], "net_cents": 1}]
    path, tag = f"{BASE}/ESCA-PRICES", {**admin, "If-Match": "*"}
    client.post(BASE, json={"code": "ESCA-PRICES", "document": document}, headers=admin)
    client.post(f"{path}/consult?version=2", headers=tag)
    answer = client.post(f"{path}/publish?version=2", json={"applies_from": "2021-06-01"}, headers=tag)
    assert answer.status_code == 200, answer.text
    prices = [client.get(f"/v1/prices?at={day}").json()["prices"] for day in ("2021-05-31", "2021-06-01")]
    assert [len(found) for found in prices] == [8, 1]


def test_same_key_gives_the_same_answer(client: TestClient, admin: Headers) -> None:
    headers = {**admin, "Idempotency-Key": "one-draft"}
    first, again = (client.post(BASE, json=EXAMPLE, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert client.post(BASE, json={**EXAMPLE, "code": "OTHER"}, headers=headers).status_code == 422


def test_strangers_who_try_out_share_no_keys(client: TestClient) -> None:
    headers = {"Idempotency-Key": "1"}
    sheets = [{"methodology": "ECEI-2013", **sheet_of(points)} for points in (119, 120)]
    found = [client.post(f"{BASE}/ECEI-2013/score", json=sheet, headers=headers).json() for sheet in sheets]
    assert [one["points"] for one in found] == [119, 120]


def test_text_that_no_database_keeps_is_refused(client: TestClient, admin: Headers, draft: str) -> None:
    tag = {**admin, "If-Match": "*"}
    answer = client.patch(draft, json={"document": {"title": "a\u0000b"}}, headers=tag)
    assert (answer.status_code, places(answer)) == (422, ["/body/document/title"])


def test_full_marks_are_answered_in_detail(client: TestClient) -> None:
    found = client.post(f"{BASE}/ECEI-2013/score", json={"methodology": "ECEI-2013", **FULL}).json()
    assert [one["points"] for one in found["dimensions"]] == [15, 50, 10, 60, 15]
    assert len([step for step in found["trace"] if step["rule"] == "points"]) == 30
