"""Whatever goes wrong is a problem document; limits hold; every answer carries its trace."""

import re

import pytest
from starlette.testclient import TestClient

from cluster_api.app import create_service
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.migration import expected_revision
from cluster_api.foundation.settings import Settings


def test_unknown_path_is_a_problem(client: TestClient) -> None:
    answer = client.get("/v1/nothing")
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["status"], body["instance"], body["errors"]) == (
        "/problems/not-found", 404, "/v1/nothing", [],
    )  # fmt: skip


def test_problem_type_resolves_for_people_and_programs(client: TestClient) -> None:
    kind = client.get("/v1/nothing").json()["type"]
    assert client.get(kind).json()["status"] == 404
    page = client.get(kind, headers={"Accept": "text/html"})
    assert (page.headers["content-type"], "<h1>Nothing stands at this address</h1>" in page.text) == (
        "text/html; charset=utf-8", True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/register", "GET, HEAD"),
        ("PUT", "/v1/clusters", "GET, HEAD, POST"),
        ("POST", "/v1/clusters/01767a3e-2f00-7c3a-8d5e-0123456789ab", "GET, HEAD, PATCH"),
        ("POST", "/health/live", "GET, HEAD"),
        ("OPTIONS", "/v1/register", "GET, HEAD"),
    ],
)
def test_wrong_method_names_every_right_one(client: TestClient, method: str, path: str, allowed: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"], answer.json()["type"]) == (
        405, allowed, "/problems/method-not-allowed",
    )  # fmt: skip


def test_trace_of_the_caller_goes_through(client: TestClient) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    answers = [client.get(path, headers=headers) for path in ("/v1/nothing", "/v1/register", "/v1/register")]
    assert answers[0].json()["trace_id"] == trace
    assert [answer.headers["traceparent"].split("-")[1] for answer in answers] == [trace] * 3


@pytest.mark.parametrize("bad", ["", "00-0-0-0", f"00-{'0' * 32}-00f067aa0ba902b7-01", "x" * 500])
def test_malformed_trace_is_replaced(client: TestClient, bad: str) -> None:
    told = client.get("/v1/register", headers={"traceparent": bad}).headers["traceparent"]
    assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01", told)


@pytest.fixture
def bounded(database: Database, clock: FixedClock, settings: Settings) -> TestClient:
    """Give a service of its own that allows three requests a minute and bodies of one kibibyte."""
    narrow = settings.model_copy(update={"requests_per_minute": 3, "max_body_bytes": 1024})
    return TestClient(create_service(narrow, clock=clock, database=database))


def test_too_many_requests_are_told_when_to_come_back(bounded: TestClient) -> None:
    answers = [bounded.get("/v1/nothing") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert re.fullmatch(r'"default";r=2;t=\d+', answers[0].headers["ratelimit"])
    assert answers[0].headers["ratelimit-policy"] == '"default";q=3;w=60'
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60
    assert answers[3].json()["type"] == "/problems/too-many-requests"


def test_kept_public_reads_cost_nothing(bounded: TestClient) -> None:
    assert [bounded.get("/v1/register").status_code for _ in range(10)] == [200] * 10


@pytest.mark.parametrize("declared", [True, False])
def test_body_over_the_bound_is_413(bounded: TestClient, admin: dict[str, str], declared: bool) -> None:
    body = b'{"legal_name": "' + b"x" * 2000 + b'"}'
    headers = {**admin, "Content-Type": "application/json"}
    answer = bounded.post("/v1/clusters", content=body if declared else iter([body[:900], body[900:]]), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


def test_every_answer_has_the_fixed_headers(client: TestClient) -> None:
    wanted = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "access-control-allow-origin": "*"}
    for path in ("/v1/nothing", "/v1/register", "/v1/register"):
        headers = client.get(path).headers
        assert {name: headers.get(name) for name in wanted} == wanted


def test_metrics_count_requests_by_route(client: TestClient) -> None:
    client.get("/v1/labels/LB-2019-000123-09")
    text = client.get("/metrics").text
    assert 'route="/v1/labels/{number}",status="404"' in text


def test_database_that_is_down_is_503_and_comes_back(settings: Settings, clock: FixedClock) -> None:
    down = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    client = TestClient(create_service(settings, clock=clock, database=down))
    for path in ("/v1/register", "/health/ready"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
        assert int(answer.headers["retry-after"]) > 0
    assert client.get("/health/live").json() == {"status": "ok"}


def test_ready_service_names_its_revision(client: TestClient) -> None:
    body = client.get("/health/ready").json()
    assert (body["status"], body["revision"], body["writable"]) == ("ok", expected_revision(), True)


def test_documentation_asks_no_other_host(client: TestClient) -> None:
    page = client.get("/docs")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert [client.get(address).status_code for address in addresses] == [200] * 3
    assert [address[0] for address in addresses] == ["/"] * 3
