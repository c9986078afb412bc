"""Rounds over HTTP: anybody reads them, reckons with them, and is told what is wrong and where."""

from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.vocabularies.queries import codes

BASE = "/v1/exchange-rounds"
STAY: dict[str, Any] = {
    "mode": "physical", "visitor": {"country": "FR", "region": "FRK2"}, "host": {"country": "PT", "region": "PT11"},
    "begins_on": "2021-06-14", "ends_on": "2021-06-18",
}  # fmt: skip


def places(answer: Any) -> list[tuple[str, str]]:
    return [(one["pointer"], one["code"]) for one in answer.json()["errors"]]


def test_rounds_are_listed_paged_and_shown(client: TestClient) -> None:
    first = client.get(BASE, params={"limit": 1})
    assert [one["code"] for one in first.json()["items"]] == ["pilot"]
    assert 'rel="next"' in first.headers["Link"]
    second = client.get(BASE, params={"limit": 1, "cursor": first.json()["next"]})
    assert ([one["code"] for one in second.json()["items"]], second.json()["next"]) == (["second"], None)
    shown = client.get(f"{BASE}/pilot")
    assert shown.json() == first.json()["items"][0]
    assert shown.json()["begins"]["value"] == "2020-02-03"
    assert shown.json()["terms"]["fewest_working_days"]["certainty"] == "stated"
    again = client.get(f"{BASE}/pilot", headers={"If-None-Match": shown.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", [f"{BASE}/third", f"{BASE}/third/reckon", f"{BASE}/third/check"])
def test_round_that_does_not_exist(client: TestClient, path: str) -> None:
    if path.endswith("third"):
        answer = client.get(path)
    else:
        facts = {"role": "host", "kind": "sme", "country": "FR", "on": "2021-06-07"}
        answer = client.post(path, json=STAY if path.endswith("reckon") else facts)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/round-not-found")


def test_amount_is_reckoned_with_every_step(client: TestClient) -> None:
    answer = client.post(f"{BASE}/pilot/reckon", json=STAY)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["most_cents"], told["currency"], told["ceiling"]) == (78_000, "EUR", "2020-PT")
    assert (told["distance_method"], told["working_days"], told["refused_by"]) == ("centroids", 5, [])
    assert 1000 < told["distance_km"] < 1400
    assert {one["outcome"] for one in told["rules"]} == {"passed"}
    assert len(told["days"]) == 5


def test_surest_distance_is_taken(client: TestClient) -> None:
    def of(**other: Any) -> tuple[str, float]:
        told = client.post(f"{BASE}/pilot/reckon", json={**STAY, **other}).json()
        return told["distance_method"], told["distance_km"]

    assert of(distance_km=321.04) == ("centroids", 1140.5)
    assert of(distance_km=321.04, visitor={"country": "FR"}) == ("declared", 321.0)
    near = {
        "visitor": {"country": "FR", "latitude": 48.8566, "longitude": 2.3522},
        "host": {"country": "PT", "latitude": 41.15, "longitude": -8.61},
    }
    method, km = of(distance_km=321, **near)
    assert (method, round(km, -1)) == ("addresses", 1210)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"visitor": {"country": "FR"}}, [("/body/distance_km", "missing")]),
        ({"host": {"country": "PT", "region": "ES30"}}, [("/body/host/region", "other_country")]),
        (
            {"host": {"country": "PT", "latitude": 41.0}, "visitor": {"country": "FR", "longitude": 2.0}},
            [("/body/visitor/latitude", "missing"), ("/body/host/longitude", "missing")],
        ),
        (
            {"overrides": [{"day": "2021-06-19", "is_working": True, "reason": "Fair."}]},
            [("/body/overrides/0/day", "out_of_range")],
        ),
        (
            {"overrides": [{"day": "2021-06-17", "is_working": one, "reason": "Fair."} for one in (True, False)]},
            [("/body/overrides/1/day", "repeated")],
        ),
    ],
)
def test_what_cannot_be_reckoned_says_where(client: TestClient, changes: Any, expected: Any) -> None:
    answer = client.post(f"{BASE}/pilot/reckon", json={**STAY, **changes})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/stay-incomplete")
    assert places(answer) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_on": "2021-06-13"},
        {"ends_on": "2022-06-16"},
        {"done_until": "2021-06-13"},
        {"begins_on": "1999-12-31", "ends_on": "2000-01-04"},
        {"begins_on": "2101-01-01", "ends_on": "2101-01-05"},
        {"begins_on": "9999-12-20", "ends_on": "9999-12-28"},
        {"done_until": "2021-06-19"},
        {"mode": "by post"},
        {"host": {"country": "ZZ"}},
        {"distance_km": -1},
        {"unknown": 1},
    ],
)
def test_what_breaks_the_schema_is_refused(client: TestClient, changes: Any) -> None:
    answer = client.post(f"{BASE}/pilot/reckon", json={**STAY, **changes})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")


def test_virtual_stay_needs_no_distance_and_is_paid_nothing(client: TestClient) -> None:
    plan = {**STAY, "mode": "virtual", "visitor": {"country": "FR"}}
    told = client.post(f"{BASE}/pilot/reckon", json=plan).json()
    assert (told["most_cents"], told["distance_km"], told["distance_method"]) == (0, None, None)


def test_participant_is_checked_rule_by_rule(client: TestClient) -> None:
    facts = {"role": "visitor", "kind": "sme", "country": "EL", "on": "2021-06-07", "belonging": "profiled_cluster"}
    told = client.post(f"{BASE}/pilot/check", json=facts).json()
    assert (told["is_eligible"], told["size_class"]) == (None, None)
    assert {one["code"]: one["outcome"] for one in told["rules"]} == {
        "inside_round": "passed", "country": "passed", "admitted": "passed", "sme": "unknown",
        "representative": "unknown",
    }  # fmt: skip
    more = {"headcount": 12, "turnover_cents": 100_000_000, "is_national": True}
    told = client.post(f"{BASE}/pilot/check", json={**facts, **more}).json()
    assert (told["is_eligible"], told["size_class"]) == (True, "small")
    told = client.post(f"{BASE}/pilot/check", json={**facts, **more, "belonging": "none"}).json()
    assert told["is_eligible"] is False


@pytest.mark.parametrize("first", ["2000-01-03", "2100-12-27"])
def test_first_and_last_year_are_reckoned(client: TestClient, first: str) -> None:
    day = date.fromisoformat(first)
    plan = {**STAY, "begins_on": first, "ends_on": str(day + timedelta(days=4))}
    told = client.post(f"{BASE}/pilot/reckon", json=plan).json()
    assert told["refused_by"] == ["inside_round", "ceiling"]


def test_every_country_is_answered(client: TestClient) -> None:
    for country in sorted(codes("countries")):
        plan = {**STAY, "mode": "virtual", "host": {"country": country}}
        assert client.post(f"{BASE}/pilot/reckon", json=plan).status_code == 200, country
