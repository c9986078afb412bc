"""The short way of hot reads gives the bytes of the long way, and leaves to it whatever is unusual."""

from datetime import date

import pytest
from starlette.testclient import TestClient

from cluster_api.app import TWINS
from cluster_api.foundation.database import Database
from tests.house.test_contract import DOCUMENT
from tests.register import given_cluster, given_label

ID = "{id}"


@pytest.fixture
def holder(database: Database) -> str:
    """Give the identifier of one of two holders."""
    holder = ""
    with database.transaction() as session:
        for name in ("alpha", "beta"):
            holder = given_cluster(session, name, "GR")
            given_label(session, holder, "gold", (date(2020, 1, 1), date(2021, 12, 31)))
    return holder


@pytest.mark.parametrize(
    "address",
    [
        "/v1/register",
        "/v1/register?limit=1&count=true&country=EL&sort=-name&ever_held=true",
        "/v1/register?q=b%C3%AAta&valid_on=2020-12-31&level=gold",
        f"/v1/register/{ID}",
        f"/v1/register/{ID}?at=2020-06-01&known_at=2020-06-01T00:00:00%2B02:00",
        "/v1/statistics/labels?by=level,country&basis=ever_held",
        "/v1/statistics/labels?by=year&basis=awarded&since=2020-01-01&format=csv",
        # What follows is refused or not found, by the route, whichever way it came.
        "/v1/register?limit=0",
        "/v1/register?limit=1&limit=2",
        "/v1/register?colour=blue",
        "/v1/register?level=",
        "/v1/register?valid_on=2020-12-31&ever_held=true",
        "/v1/register?cursor=nonsense",
        "/v1/register/01767a3e-2f00-7c3a-8d5e-0123456789ab",
        "/v1/register/not-an-id",
        "/v1/statistics/labels?by=nothing",
        "/v1/statistics/labels?at=2020-02-30",
    ],
)
def test_both_ways_answer_alike(client: TestClient, admin: dict[str, str], holder: str, address: str) -> None:
    path = address.replace(ID, holder)
    trace = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
    short, long = client.get(path, headers=trace), client.get(path, headers={**trace, **admin})
    # Who has credentials is counted apart, and pages of other origins may not read with them.
    apart = ("traceparent", "ratelimit", "access-control-", "cross-origin-")
    kept = [
        {name: value for name, value in answer.headers.items() if not name.startswith(apart)}
        for answer in (short, long)
    ]
    assert (short.status_code, short.content, kept[0]) == (long.status_code, long.content, kept[1])


@pytest.mark.parametrize("path", [twin.path for twin in TWINS])
def test_every_twin_has_its_route(path: str) -> None:
    assert "get" in DOCUMENT["paths"][path]
