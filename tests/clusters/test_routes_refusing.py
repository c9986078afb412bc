"""Bad input of every kind is a problem document that names the place, never a failure on our side."""

import base64
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from tests.clusters.given import COMPLETE, posted

Headers = dict[str, str]


@pytest.mark.parametrize(
    ("facts", "pointers"),
    [
        ({"legal_name": None}, ["/body/legal_name"]),
        ({"legal_name": ""}, ["/body/legal_name"]),
        ({"legal_name": "   "}, ["/body/legal_name"]),
        ({"legal_name": "nul\x00"}, ["/body/legal_name"]),
        ({"legal_name": "x" * 301}, ["/body/legal_name"]),
        ({"country": "ZZ"}, ["/body/country"]),
        ({"country": "Germany"}, ["/body/country"]),
        ({"region": "DE99"}, ["/body/region"]),
        ({"founded_year": "2004"}, ["/body/founded_year"]),
        ({"founded_year": True}, ["/body/founded_year"]),
        ({"founded_year": 10**40}, ["/body/founded_year"]),
        ({"founded_year": 2004.5}, ["/body/founded_year"]),
        ({"staff_fte": -0.1}, ["/body/staff_fte"]),
        ({"staff_fte": "4"}, ["/body/staff_fte"]),
        ({"website": "example.org"}, ["/body/website"]),
        ({"website": "javascript:alert(1)"}, ["/body/website"]),
        ({"contact_role": "somebody@example.org"}, ["/body/contact_role"]),
        ({"ecosystems": ["DIGITAL", "NONE"]}, ["/body/ecosystems/1"]),
        ({"ecosystems": ["DIGITAL", "DIGITAL"]}, ["/body/ecosystems"]),
        ({"activities": ["99.99"]}, ["/body/activities/0"]),
        ({"members": {"sme": -1}}, ["/body/members/sme"]),
        ({"members": {"sme": 10**9}}, ["/body/members/sme"]),
        ({"names": {"en": "x\x1f"}}, ["/body/names/en"]),
        ({"identifiers": [{"registry": "other", "value": "1"}]}, ["/body/identifiers/0/registry"]),
        ({"identifiers": [{"registry": "vat"}]}, ["/body/identifiers/0/value"]),
        ({"is_social_economy": "yes"}, ["/body/is_social_economy"]),
        ({"status": "merged"}, ["/body/status"]),
        ({"profile_state": "published"}, ["/body/profile_state"]),
        ({"legal_name": 1, "city": 2}, ["/body/city", "/body/legal_name"]),
    ],
)
def test_facts_that_break_the_schema_name_their_place(
    client: TestClient, admin: Headers, facts: dict[str, Any], pointers: list[str]
) -> None:
    answer = client.post("/v1/clusters", json={**COMPLETE, **facts}, headers=admin)
    assert answer.status_code == 422
    assert sorted(error["pointer"] for error in answer.json()["errors"]) == pointers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"legal_name": "\\ud800", "country": "DE"}', 422),
        (b'{"legal_name": "A", "legal_name"', 400),
        (b"\xff\xfe", 400),
        (b"", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'{"legal_name": "A", "country": "DE", "staff_fte": NaN}', 422),
        (b'{"legal_name": "A", "country": "DE", "staff_fte": 1e999}', 422),
    ],
)
def test_bodies_of_every_kind_are_refused_in_form(client: TestClient, admin: Headers, body: bytes, status: int) -> None:
    answer = client.post("/v1/clusters", content=body, headers={**admin, "Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("limit=0", ["/query/limit"]),
        ("limit=201", ["/query/limit"]),
        ("sort=random", ["/query/sort"]),
        ("country=ZZ", ["/query/country"]),
        ("region=ZZ99", ["/query/region"]),
        ("ecosystem=none", ["/query/ecosystem"]),
        ("activity=99.99", ["/query/activity"]),
        ("level=platinum", ["/query/level"]),
        ("level_on=2021-02-30", ["/query/level_on"]),
        ("founded_from=1e3", ["/query/founded_from"]),
        ("members_to=99999999999999999999", ["/query/members_to"]),
        ("count=1", ["/query/count"]),
        ("q=", ["/query/q"]),
        ("q=%00", ["/query/q"]),
        ("cursor=x", ["/query/cursor"]),
        ("colour=red", ["/query/colour"]),
    ],
)
def test_filters_that_are_not_known_are_refused(client: TestClient, query: str, pointers: list[str]) -> None:
    answer = client.get(f"/v1/clusters?{query}")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers


UUID = "01a20585-e211-7354-a476-81f1d8913a97"


@pytest.mark.parametrize(
    ("sort", "values"),
    [
        ("name", ["\x00", UUID]),
        ("name", ["a", "no identifier"]),
        ("name", ["a"]),
        ("name", [1, UUID]),
        ("founded_year", ["a", UUID]),
        ("founded_year", [10**15, UUID]),
        ("founded_year", [2004.5, UUID]),
        ("committed_members", [-(10**12), UUID]),
        ("updated_at", ["yesterday", UUID]),
        ("updated_at", [None, UUID]),
    ],
)
def test_forged_cursors_never_fail_on_our_side(
    client: TestClient, admin: Headers, sort: str, values: list[Any]
) -> None:
    for name in ("One", "Two"):
        posted(client, admin, legal_name=name)
    path = f"/v1/clusters?limit=1&sort={sort}"
    cursor = client.get(path, headers=admin).json()["next"]
    question = orjson.loads(base64.urlsafe_b64decode(cursor + "==="))[0]
    forged = base64.urlsafe_b64encode(orjson.dumps([question, *values])).decode().rstrip("=")
    assert client.get(f"{path}&cursor={forged}", headers=admin).status_code in {200, 422}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("at=2021-02-30", "/query/at"),
        ("at=1610000000", "/query/at"),
        ("known_at=2021-01-15", "/query/known_at"),
        ("known_at=2021-01-15T10:00:00", "/query/known_at"),
    ],
)
def test_days_and_instants_in_other_forms_are_refused(client: TestClient, query: str, pointer: str) -> None:
    answer = client.get(f"/v1/clusters/{UUID}?{query}")
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


@pytest.mark.parametrize("known_at", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
def test_ends_of_the_calendar_are_instants(client: TestClient, admin: Headers, known_at: str) -> None:
    path = posted(client, admin)
    expected = 404 if known_at.startswith("0001") else 200
    assert client.get(f"{path}?known_at={known_at}", headers=admin).status_code == expected


def test_history_cursor_beyond_every_version_ends_the_list(client: TestClient, admin: Headers) -> None:
    path = posted(client, admin)
    for city in ("Rostock", "Wismar"):
        tag = client.get(path, headers=admin).headers["ETag"]
        client.patch(path, json={"city": city}, headers={**admin, "If-Match": tag})
    cursor = client.get(f"{path}/history?limit=1", headers=admin).json()["next"]
    question = orjson.loads(base64.urlsafe_b64decode(cursor + "==="))[0]
    for number, count in ((10**17, 3), (-5, 0)):
        forged = base64.urlsafe_b64encode(orjson.dumps([question, number])).decode().rstrip("=")
        found = client.get(f"{path}/history?cursor={forged}", headers=admin)
        assert (found.status_code, len(found.json()["items"])) == (200, count)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "vanished", "reason": "x"}, 422),
        ({"kind": "closed"}, 422),
        ({"kind": "merged", "reason": "x", "successors": ["x"]}, 422),
        ({"kind": "merged", "reason": "x", "successors": [UUID]}, 409),
        ({"kind": "merged", "reason": "x", "successors": []}, 409),
        ({"kind": "renamed", "reason": "x"}, 409),
        ({"kind": "closed", "reason": "x", "effective_on": "2021-01-16"}, 409),
    ],
)
def test_impossible_successions_are_refused(
    client: TestClient, admin: Headers, body: dict[str, Any], status: int
) -> None:
    path = posted(client, admin)
    tag = client.get(path, headers=admin).headers["ETag"]
    assert client.post(f"{path}/succession", json=body, headers={**admin, "If-Match": tag}).status_code == status
