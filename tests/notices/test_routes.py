"""Labels that expire soon over HTTP: who sees them, and which."""

from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role
from cluster_api.journal.schemas import Author
from cluster_api.notices.actions import remind
from tests.callers import given_key
from tests.conftest import NOW
from tests.register import given_cluster, given_label

PATH = "/v1/labels/expiring"
TODAY = date(2021, 1, 15)
SEEING = {Role.SECRETARIAT, Role.BOARD, Role.AUDITOR}


@pytest.fixture
def register(database: Database) -> None:
    """Give four labels, one of which has expired."""
    with database.transaction() as session:
        for name, country, level, days in (
            ("alpha", "DE", "gold", 10), ("beta", "FR", "bronze", 100), ("gamma", "DE", "silver", 400),
            ("delta", "DE", "gold", -1),
        ):  # fmt: skip
            cluster = given_cluster(session, name, country)
            given_label(session, cluster, level, (date(2019, 6, 1), TODAY + timedelta(days=days)))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_who_sees_what_expires(client: TestClient, database: Database, register: None, role: Role) -> None:
    with database.transaction() as session:
        headers = given_key(session, role)
    assert client.get(PATH, headers=headers).status_code == (200 if role in SEEING else 403)


def test_public_sees_nothing_of_it(client: TestClient, register: None) -> None:
    assert client.get(PATH).status_code == 401


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [("alpha", 10), ("beta", 100)]),
        ("?within_days=400", [("alpha", 10), ("beta", 100), ("gamma", 400)]),
        ("?within_days=10", [("alpha", 10)]),
        ("?within_days=9", []),
        ("?level=bronze", [("beta", 100)]),
        ("?country=FR", [("beta", 100)]),
        ("?renewed=true", []),
        ("?renewed=false", [("alpha", 10), ("beta", 100)]),
    ],
)
def test_list_answers_exactly_the_question(
    client: TestClient, admin: dict[str, str], register: None, query: str, expected: list[tuple[str, int]]
) -> None:
    items = client.get(PATH + query, headers=admin).json()["items"]
    assert [(item["holder"], item["days_left"]) for item in items] == expected


def test_pages_add_up_and_show_notices(
    client: TestClient, admin: dict[str, str], database: Database, register: None
) -> None:
    with database.transaction() as session:
        remind(session, Author("tick", NOW, "1" * 32), most=1)
    address: str | None = f"{PATH}?within_days=400&limit=1"
    found = []
    while address:
        answer = client.get(address, headers=admin)
        found += [(item["holder"], [one["kind"] for one in item["notices"]]) for item in answer.json()["items"]]
        address = answer.links.get("next", {}).get("url")
    assert found == [("alpha", ["last"]), ("beta", []), ("gamma", [])]
