"""Vocabularies over HTTP: shapes, pages, and refusals."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.vocabularies import queries


def test_list_names_every_vocabulary_with_edition_and_source(client: TestClient) -> None:
    body = client.get("/v1/vocabularies").json()

    assert [item["name"] for item in body["items"]] == [vocabulary.name for vocabulary in queries.vocabularies()]
    assert body["next"] is None
    assert body["items"][2] == {
        "name": "economic-activities",
        "title": "Statistical classification of economic activities",
        "edition": "NACE Rev. 2",
        "valid_from": "2008-01-01",
        "licence": "CC-BY-4.0",
        "source": "https://eur-lex.europa.eu/eli/reg/2006/1893/oj",
        "count": 996,
    }


def test_vocabulary_answers_its_edition_and_the_entries_searched_for(client: TestClient) -> None:
    answer = client.get("/v1/vocabularies/regions", params={"q": "ΑΤΤΙΚΗ", "parent": "EL"})  # noqa: RUF001 - Greek
    body = answer.json()

    assert (body["name"], body["edition"], body["count"]) == ("regions", "NUTS 2021", 334)
    assert [(item["code"], item["parent"]) for item in body["items"]] == [("EL30", "GR")]
    assert body["next"] is None
    assert "link" not in answer.headers


def test_pages_are_linked(client: TestClient) -> None:
    first = client.get("/v1/vocabularies/label-levels", params={"limit": 2})
    address = first.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
    second = client.get(address)

    assert [item["code"] for page in (first, second) for item in page.json()["items"]] == ["bronze", "silver", "gold"]
    assert first.json()["next"] in address
    assert second.json()["next"] is None


def test_answers_may_be_kept_by_everyone(client: TestClient) -> None:
    answer = client.get("/v1/vocabularies/kpis")
    again = client.get("/v1/vocabularies/kpis", headers={"If-None-Match": answer.headers["etag"]})

    assert answer.headers["cache-control"].startswith("public")
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["nace", "COUNTRIES", "index", "..%2Findex", "%00"])
def test_unknown_vocabulary_is_not_found(client: TestClient, name: str) -> None:
    answer = client.get(f"/v1/vocabularies/{name}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_unknown_vocabulary_has_its_own_type_of_problem(client: TestClient) -> None:
    body = client.get("/v1/vocabularies/nace").json()

    assert body["type"] == "/problems/vocabulary-not-found"
    assert body["detail"] == "There is no vocabulary 'nace'."


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"limit": 0}, "/query/limit"),
        ({"limit": 201}, "/query/limit"),
        ({"q": "x" * 201}, "/query/q"),
        ({"cursor": "nonsense"}, "/query/cursor"),
        ({"colour": "red"}, "/query/colour"),
    ],
)
def test_wrong_question_is_refused_at_its_place(client: TestClient, parameters: dict[str, Any], pointer: str) -> None:
    answer = client.get("/v1/vocabularies/regions", params=parameters)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("q", ["\x00", "%", "😀", "\u200b", "'; --"])
def test_odd_searches_find_nothing_and_break_nothing(client: TestClient, q: str) -> None:
    answer = client.get("/v1/vocabularies/label-levels", params={"q": q})

    assert (answer.status_code, answer.json()["items"]) == (200, [])
