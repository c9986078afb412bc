"""Secrets in the wrong place are refused before anything is looked up, and pages of other origins may only read."""

import pytest
from starlette.testclient import TestClient

from cluster_api.app import create_service
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.guard import SECRET_NAMES, names_a_secret
from cluster_api.foundation.settings import Settings
from tests.house.test_contract import operations, parameters

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjbGllbnQifQ.c2lnbmF0dXJlLW9mLXRlc3Q"
KEY = "cak_0123456789abcdefABCDEF"


@pytest.mark.parametrize(
    "query",
    [
        "access_token=x", "Access-Token=x", "api_key=x", "apikey=x", "client_secret=x", "client_assertion=x",
        "password=x", "secret=x", "token=x", "authorization=Bearer%20x", "key=x", "TOKEN", "limit=1&key=",
        f"q={TOKEN}", f"q={KEY}", f"{KEY}=1", f"q=before%20{KEY}", "q=%63ak_0123456789abcdef", "q=ccs_0123456789abcdef",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/register", "/v1/nothing", "/health/live"])
def test_secret_in_an_address_is_refused(
    client: TestClient, capsys: pytest.CaptureFixture[str], path: str, query: str
) -> None:
    answers = [client.get(f"{path}?{query}") for _ in range(2)]
    assert [answer.json()["type"] for answer in answers] == ["/problems/secret-in-query"] * 2
    told = "".join(answer.text for answer in answers) + capsys.readouterr().out
    assert not any(secret in told for secret in (TOKEN, KEY, "0123456789abcdef"))


@pytest.mark.parametrize(
    "query", ["q=monkey", "q=token", "sort=-name&limit=3", "cursor=WyJhYmMiXQ", "q=eyJ.a", "q=cak_", "country=EL"]
)
def test_harmless_queries_pass(query: str) -> None:
    assert not names_a_secret(query.encode())


def test_no_operation_asks_for_a_secret_in_its_address() -> None:
    names = {
        name for operation in operations() for name, told in parameters(operation).items() if told["in"] == "query"
    }
    assert {name.replace("_", "").lower() for name in names} & SECRET_NAMES == set()


def test_secret_in_an_address_is_told_before_the_database_is_asked(settings: Settings, clock: FixedClock) -> None:
    down = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    client = TestClient(create_service(settings, clock=clock, database=down))
    assert client.post(f"/v1/clusters?token={TOKEN}", json={}).json()["type"] == "/problems/secret-in-query"


@pytest.fixture
def secure(database: Database, clock: FixedClock, settings: Settings) -> TestClient:
    """Give a service that the public reaches over https."""
    public = settings.model_copy(update={"public_url": "https://register.example"})
    return TestClient(create_service(public, clock=clock, database=database), base_url="https://register.example")


def test_credentials_over_plain_http_are_refused(secure: TestClient, admin: dict[str, str]) -> None:
    plain = "http://register.example/v1/clusters"
    answer = secure.get(plain, headers=admin)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/insecure-transport")
    assert "TRUSTED_PROXIES" in secure.get(answer.json()["type"]).json()["explanation"]
    assert secure.post("http://register.example/oauth/token").json()["error"] == "invalid_request"
    assert [secure.get(plain).status_code, secure.get("/v1/clusters", headers=admin).status_code] == [200, 200]


def test_browsers_are_told_to_stay_with_https(secure: TestClient, client: TestClient) -> None:
    for path in ("/v1/nothing", "/v1/register", "/v1/register"):
        assert secure.get(path).headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in client.get("/v1/register").headers


ORIGIN = {"Origin": "https://elsewhere.example"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/v1/register", "/v1/nothing"])
def test_reads_without_credentials_are_open_to_every_origin(client: TestClient, method: str, path: str) -> None:
    for _ in range(2):
        headers = client.request(method, path, headers=ORIGIN).headers
        assert headers["access-control-allow-origin"] == "*"
        assert "ETag" in headers["access-control-expose-headers"]
        assert headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"Authorization": "Bearer test-key-of-the-administrator"}),
        ("GET", {"Authorization": "Bearer wrong"}),
        ("GET", {"Cookie": "a=b"}),
        ("POST", {}),
        ("DELETE", {}),
        ("OPTIONS", {}),
    ],
)
def test_nothing_else_is_open(client: TestClient, method: str, headers: dict[str, str]) -> None:
    client.get("/v1/register")
    told = client.request(method, "/v1/register", headers={**ORIGIN, **headers}).headers
    assert [name for name in told if name.startswith("access-control-")] == []
    assert told["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_preflight_of_a_read_is_answered(client: TestClient, method: str) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "if-none-match"}
    answer = client.options("/v1/register", headers=asked)
    told = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    assert (answer.status_code, answer.content, told) == (204, b"", {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, HEAD",
        "access-control-allow-headers": "Accept, If-None-Match, Traceparent",
        "access-control-max-age": "7200",
    })  # fmt: skip


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "get"])
def test_preflight_of_a_change_allows_nothing(client: TestClient, method: str) -> None:
    answer = client.options("/v1/register", headers={**ORIGIN, "Access-Control-Request-Method": method})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert [name for name in answer.headers if name.startswith("access-control-")] == []


def test_answer_to_credentials_is_not_kept_by_anybody(client: TestClient, admin: dict[str, str]) -> None:
    answers = [client.get(path, headers=admin) for path in ("/v1/clusters", "/health/live", "/v1/nothing")]
    assert [answer.headers["cache-control"] for answer in answers] == ["private, no-cache", "no-store", "no-store"]
    assert client.get("/v1/register", headers=admin).headers["cache-control"].startswith("public")


def test_page_for_people_is_shut_in(client: TestClient) -> None:
    headers = client.get("/docs").headers
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]
    assert "permissions-policy" not in client.get("/v1/register").headers
    assert "server" not in headers


def test_missing_and_wrong_credentials_are_told_where_to_get_right_ones(
    client: TestClient, admin: dict[str, str]
) -> None:
    where = 'resource_metadata="http://127.0.0.1:8000/.well-known/oauth-protected-resource"'
    missing = client.post("/v1/clusters", json={"legal_name": "A", "country": "IE", "portfolio": "OTHER"})
    wrong = client.get("/v1/clusters", headers={"Authorization": "Bearer wrong"})
    assert [answer.headers["www-authenticate"] for answer in (missing, wrong)] == [
        f'Bearer realm="cluster-api", {where}',
        f'Bearer realm="cluster-api", error="invalid_token", {where}',
    ]


def test_security_contact_obeys_its_rfc(client: TestClient, secure: TestClient) -> None:
    lines = dict(line.split(": ", 1) for line in secure.get("/.well-known/security.txt").text.splitlines())
    assert (lines["Expires"], lines["Canonical"]) == (
        "2021-07-14T00:00:00Z", "https://register.example/.well-known/security.txt",
    )  # fmt: skip
    assert lines["Contact"].startswith(("https://", "mailto:"))
    # An address without TLS must not stand there.
    assert "Canonical" not in client.get("/.well-known/security.txt").text
