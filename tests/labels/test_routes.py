"""The register over HTTP: what a stranger sees, and what is refused."""

from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import numbered
from tests.register import given_cluster, given_label


@pytest.fixture
def numbers(database: Database) -> dict[str, str]:
    """Give a register of four holders; the clock of the client stands at 2021-01-15."""
    with database.transaction() as session:
        alpha = given_cluster(session, "alpha", "DE", "ICT")
        beta = given_cluster(session, "beta", "GR", "FOOD")
        gamma = given_cluster(session, "gamma", "DE", "FOOD")
        given_cluster(session, "without label", "DE")
        days = (date(2019, 3, 1), date(2021, 3, 1))
        return {
            "bronze": given_label(session, alpha, "bronze", days),
            "gold": given_label(session, alpha, "gold", (date(2020, 2, 1), date(2022, 2, 28))),
            "expired": given_label(session, beta, "silver", (date(2015, 5, 1), date(2017, 5, 1))),
            "suspended": given_label(session, gamma, "bronze", days, [("suspended", date(2020, 6, 1))]),
            "alpha": alpha,
            "beta": beta,
        }


def listed(client: TestClient, query: str) -> list[tuple[str, str, str]]:
    answer = client.get(f"/v1/register?{query}")
    assert answer.status_code == 200, answer.text
    return [(item["name"], item["level"], item["state"]) for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [("alpha", "gold", "valid")]),
        ("valid_on=2020-01-01", [("alpha", "bronze", "valid"), ("gamma", "bronze", "valid")]),
        ("valid_on=2020-01-01&sort=-name", [("gamma", "bronze", "valid"), ("alpha", "bronze", "valid")]),
        ("valid_on=2020-01-01&portfolio=FOOD", [("gamma", "bronze", "valid")]),
        ("valid_on=2016-01-01&country=EL", [("beta", "silver", "valid")]),
        ("valid_on=2016-01-01&country=Germany", []),
        (
            "ever_held=true",
            [("alpha", "gold", "valid"), ("beta", "silver", "expired"), ("gamma", "bronze", "suspended")],
        ),
        ("ever_held=true&level=silver", [("beta", "silver", "expired")]),
        ("ever_held=true&q=%C3%84lph", [("alpha", "gold", "valid")]),
        (
            "ever_held=true&sort=valid_until",
            [("beta", "silver", "expired"), ("gamma", "bronze", "suspended"), ("alpha", "gold", "valid")],
        ),
    ],
)
def test_register_answers_exactly_the_question(
    client: TestClient, numbers: dict[str, str], query: str, expected: list[Any]
) -> None:
    assert listed(client, query) == expected


def test_invariant_28_register_shows_what_is_public_and_nothing_else(
    client: TestClient, numbers: dict[str, str]
) -> None:
    shown = {
        "cluster_id", "name", "country", "region", "portfolio", "website", "is_synthetic", "level", "label_number",
        "valid_from", "valid_until", "state",
    }  # fmt: skip
    for query in ("", "valid_on=2020-01-01", "ever_held=true"):
        items = client.get(f"/v1/register?{query}").json()["items"]
        assert [set(item) for item in items] == [shown] * len(items) != []


def test_register_pages_add_up_to_the_whole(client: TestClient, numbers: dict[str, str]) -> None:
    address: str | None = "/v1/register?ever_held=true&limit=1&count=true"
    names = []
    while address:
        answer = client.get(address)
        names += [item["name"] for item in answer.json()["items"]]
        assert answer.json()["total"] == 3
        address = answer.links.get("next", {}).get("url")
    assert names == ["alpha", "beta", "gamma"]


@pytest.mark.parametrize("sort", ["name", "-name", "valid_until", "-valid_until"])
def test_register_pages_keep_every_order(client: TestClient, numbers: dict[str, str], sort: str) -> None:
    whole = [item["name"] for item in client.get(f"/v1/register?ever_held=true&sort={sort}").json()["items"]]
    paged: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(f"/v1/register?ever_held=true&sort={sort}&limit=2{cursor}").json()
        paged += [item["name"] for item in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert paged == whole


def test_cursor_of_another_question_is_refused(client: TestClient, numbers: dict[str, str]) -> None:
    cursor = client.get("/v1/register?ever_held=true&limit=1").json()["next"]
    answer = client.get(f"/v1/register?ever_held=true&limit=1&country=DE&cursor={cursor}")
    assert answer.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [
        ("/query/cursor", "cursor_of_other_question")
    ]


def test_invariant_28_register_refuses_two_questions_at_once(client: TestClient) -> None:
    answer = client.get("/v1/register?ever_held=true&valid_on=2020-01-01")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")


def test_holder_shows_its_history(client: TestClient, numbers: dict[str, str]) -> None:
    body = client.get(f"/v1/register/{numbers['alpha']}?at=2019-06-01").json()
    assert (body["level"], body["highest_held"]) == ("bronze", "bronze")
    assert [(held["level"], held["starts_on"], held["ends_on"]) for held in body["levels"]] == [
        ("bronze", "2019-03-01", "2020-01-31"),
        ("gold", "2020-02-01", "2022-02-28"),
    ]
    assert [(label["number"], label["standing"]) for label in body["labels"]] == [
        (numbers["gold"], "not_yet"),
        (numbers["bronze"], "valid"),
    ]


def test_holder_as_known_before_the_second_label(client: TestClient, numbers: dict[str, str]) -> None:
    body = client.get(f"/v1/register/{numbers['alpha']}?at=2020-06-01&known_at=2020-01-01T00:00:00Z").json()
    assert (body["level"], [label["number"] for label in body["labels"]]) == ("bronze", [numbers["bronze"]])


def test_organisation_without_labels_is_not_in_the_register(client: TestClient) -> None:
    answer = client.get("/v1/register/01767a3e-2f00-7c3a-8d5e-0123456789ab")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/holder-not-found")


@pytest.mark.parametrize(
    ("which", "at", "standing"),
    [
        ("bronze", "2019-02-28", "not_yet"),
        ("bronze", "2019-03-01", "valid"),
        ("bronze", "2020-02-01", "superseded"),
        ("bronze", "2021-03-02", "expired"),
        ("suspended", "2020-05-31", "valid"),
        ("suspended", "2020-06-01", "suspended"),
    ],
)
def test_invariant_30_verification_tells_the_standing(
    client: TestClient, numbers: dict[str, str], which: str, at: str, standing: str
) -> None:
    body = client.get(f"/v1/verifications/{numbers[which]}?at={at}").json()
    assert (body["standing"], body["is_valid"]) == (standing, standing == "valid")
    label = client.get(f"/v1/labels/{numbers[which]}?at={at}").json()
    assert label["standing"] == standing


def test_invariant_30_verification_tells_a_mistyped_number_from_an_unknown_one(client: TestClient) -> None:
    unknown = numbered("LB", 2020, 999999)
    mistyped = unknown.replace("999999", "999989")
    steps = {
        number: [(step["code"], step["passed"]) for step in client.get(f"/v1/verifications/{number}").json()["steps"]]
        for number in (unknown, mistyped)
    }
    assert steps[unknown][:2] == [("number_well_formed", True), ("known", False)]
    assert steps[mistyped][:2] == [("number_well_formed", False), ("known", None)]


def test_label_is_found_however_its_number_is_typed(client: TestClient, numbers: dict[str, str]) -> None:
    typed = numbers["gold"].replace("-", " ").lower()
    body = client.get(f"/v1/labels/{typed}").json()
    assert (body["number"], body["holder"], body["previous"], body["next"]) == (numbers["gold"], "alpha", None, None)


def test_label_tells_an_unknown_number_from_a_mistyped_one(client: TestClient) -> None:
    unknown = numbered("LB", 2020, 999999)
    answers = [client.get(f"/v1/labels/{number}") for number in (unknown, unknown.replace("999999", "999989"))]
    assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [
        (404, "/problems/label-not-found"),
        (404, "/problems/label-number-mistyped"),
    ]


def test_label_unknown_at_that_instant_is_not_found(client: TestClient, numbers: dict[str, str]) -> None:
    answer = client.get(f"/v1/labels/{numbers['gold']}?known_at=2020-01-01T00:00:00Z")
    assert answer.status_code == 404
