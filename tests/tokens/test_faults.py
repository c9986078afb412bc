"""Every fault of a person's token has its own type of problem, and an identity provider may fail without harm."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from cluster_api.app import create_app
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.settings import Settings
from cluster_api.tokens.queries import RETRY_SECONDS, SERVE_STALE_SECONDS, IssuerKeys
from tests.conftest import NOW
from tests.issuers import AUDIENCE, TestIssuer, new_key, signed

SECOND = timedelta(seconds=1)
ME = "/v1/me"


@pytest.fixture
def database(migrated: Callable[[str, str], Database]) -> Database:
    """Give one kind of database: what is wrong with a token is known before any is asked."""
    return migrated("sqlite", "")


@pytest.fixture(params=["ES256", "RS256"])
def provider(request: pytest.FixtureRequest) -> Iterator[TestIssuer]:
    """Give an identity provider of this test alone, for each of the two usual algorithms."""
    with TestIssuer(request.param).running() as provider:
        yield provider


@contextmanager
def believing(
    provider: TestIssuer, database: Database, clock: FixedClock, settings: Settings
) -> Iterator[tuple[TestClient, IssuerKeys]]:
    """Give a client of a service that believes this provider, and the keeper of its keys."""
    app = create_app(settings.model_copy(update={"issuers": (provider.settings,)}), clock=clock, database=database)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client, app.state.issuers[provider.name]


@pytest.fixture
def service(
    provider: TestIssuer, database: Database, clock: FixedClock, settings: Settings
) -> Iterator[tuple[TestClient, IssuerKeys]]:
    """Give such a service for the provider of the test."""
    with believing(provider, database, clock, settings) as pair:
        yield pair


Service = tuple[TestClient, IssuerKeys]


def told(service: Service, token: str) -> tuple[int, str]:
    answer = service[0].get(ME, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def good(provider: TestIssuer, **other: Any) -> str:
    return provider.token(NOW, **other)


def age(keeper: IssuerKeys, seconds: float) -> None:
    """Let time pass for a keeper of keys."""
    keeper._tried -= seconds
    keeper._fetched -= seconds


def unsigned(claims: dict[str, Any], **header: str) -> str:
    parts = [orjson.dumps({"typ": "JWT", **header}), orjson.dumps(claims), b""]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_good_token_is_accepted_and_keys_are_fetched_once(service: Service, provider: TestIssuer) -> None:
    assert [told(service, good(provider, subject=name)) for name in ("ana", "bea")] == [(200, ""), (200, "")]
    assert provider.asked["/jwks"] == 1


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"exp": int((NOW - 59 * SECOND).timestamp())}, (200, "")),
        ({"exp": int((NOW - 61 * SECOND).timestamp())}, (401, "token-expired")),
        ({"nbf": int((NOW + 59 * SECOND).timestamp())}, (200, "")),
        ({"nbf": int((NOW + 61 * SECOND).timestamp())}, (401, "token-not-yet-valid")),
        ({"iat": int((NOW + 59 * SECOND).timestamp())}, (200, "")),
        ({"iat": int((NOW + 61 * SECOND).timestamp())}, (401, "token-not-yet-valid")),
        ({"aud": "another-service"}, (401, "token-for-others")),
        ({"aud": ["another-service", AUDIENCE]}, (200, "")),
        ({"aud": None}, (401, "token-for-others")),
        ({"exp": None}, (401, "token-incomplete")),
        ({"exp": "soon"}, (401, "token-incomplete")),
        ({"exp": True}, (401, "token-incomplete")),
        ({"exp": 2**60}, (401, "token-incomplete")),
        ({"sub": None}, (401, "token-incomplete")),
        ({"sub": 17}, (401, "token-incomplete")),
        ({"sub": "x" * 256}, (401, "token-incomplete")),
        ({"iss": "http://127.0.0.1:1"}, (401, "issuer-unknown")),
        ({"iss": None}, (401, "token-incomplete")),
    ],
)
def test_what_a_token_says(
    service: Service, provider: TestIssuer, claims: dict[str, Any], expected: tuple[int, str]
) -> None:
    token = signed(provider.keys[0], provider.claims(NOW, **claims), provider.algorithm)
    assert told(service, token) == expected


def test_unsigned_token_is_refused(service: Service, provider: TestIssuer) -> None:
    for name in ("none", "None", "NONE"):
        assert told(service, unsigned(provider.claims(NOW), alg=name)) == (401, "algorithm-not-accepted")
    assert told(service, unsigned(provider.claims(NOW))) == (401, "algorithm-not-accepted")


def test_public_key_is_no_secret(service: Service, provider: TestIssuer) -> None:
    key = provider.keys[0]
    for secret in (key.as_pem(private=False), orjson.dumps(key.as_dict(private=False))):
        parts = unsigned(provider.claims(NOW), alg="HS256", kid=str(key.kid)).rstrip(".")
        made = hmac.new(secret, parts.encode(), hashlib.sha256).digest()
        forged = f"{parts}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"
        assert told(service, forged) == (401, "algorithm-not-accepted")


def test_algorithm_of_another_kind_of_key_does_not_fit(service: Service, provider: TestIssuer) -> None:
    other = "RS256" if provider.algorithm == "ES256" else "ES256"
    forged = signed(new_key(other, "first"), provider.claims(NOW), other)
    assert told(service, forged) == (401, "signature-wrong")


def test_signature_of_a_foreign_key_is_wrong(service: Service, provider: TestIssuer) -> None:
    for kid in ("first", "foreign"):
        forged = signed(new_key(provider.algorithm, kid), provider.claims(NOW), provider.algorithm)
        assert told(service, forged) == (401, "signature-wrong")
    header, _, signature = good(provider).split(".")
    said = orjson.dumps(provider.claims(NOW, subject="somebody-else"))
    changed = base64.urlsafe_b64encode(said).rstrip(b"=").decode()
    assert told(service, f"{header}.{changed}.{signature}") == (401, "signature-wrong")


def test_keys_carried_by_the_token_are_not_believed(service: Service, provider: TestIssuer) -> None:
    foreign = new_key(provider.algorithm, "first")
    carried = {"jwk": foreign.as_dict(private=False)}
    forged = signed(foreign, provider.claims(NOW), provider.algorithm, **carried)
    assert told(service, forged) == (401, "signature-wrong")


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b",
        "a.b.c.d.e",
        "....",
        "é.é.é",
        "e30.e30",
        "WzFd.WzFd.x",
        "bnVsbA.bnVsbA.x",
        "x" * 8193,
        "." * 8000,
        "eyJhbGciOiJFUzI1NiJ9." + "A" * 9000 + ".x",
    ],
)
def test_garbled_and_oversized_tokens_are_unreadable(service: Service, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode()}
    answer = service[0].get(ME, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/token-unreadable")


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic YTpi", "Negotiate x", ""])
def test_other_ways_to_sign_in_are_not_understood(service: Service, header: str) -> None:
    answer = service[0].get(ME, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/credentials-not-accepted")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_accepted_algorithms_are_the_operators_choice(
    provider: TestIssuer, database: Database, clock: FixedClock, settings: Settings
) -> None:
    narrow = provider.settings.model_copy(update={"algorithms": ("Ed25519",)})
    app = create_app(settings.model_copy(update={"issuers": (narrow,)}), clock=clock, database=database)
    with TestClient(app) as client:
        answer = client.get(ME, headers=provider.headers(NOW))
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/algorithm-not-accepted")


def ready(service: Service) -> dict[str, Any]:
    (found,) = service[0].get("/health/ready").json()["issuers"]
    kept: dict[str, Any] = found
    return kept


def test_provider_down_before_its_first_keys(service: Service, provider: TestIssuer) -> None:
    client, keeper = service
    provider.status = 500
    answer = client.get(ME, headers=provider.headers(NOW))
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/issuer-unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert ready(service) == {"issuer": provider.name, "state": "unknown", "keys": 0, "seconds_since_fetched": None}
    assert told(service, good(provider, subject="bea")) == (503, "issuer-unavailable")
    assert provider.asked["/jwks"] == 1  # asked again only after a while
    provider.status = 200
    age(keeper, RETRY_SECONDS)
    assert told(service, good(provider)) == (200, "")
    assert client.get("/v1/register").status_code == 200


def test_provider_down_afterwards(service: Service, provider: TestIssuer) -> None:
    _, keeper = service
    assert told(service, good(provider)) == (200, "")
    fresh = ready(service)
    assert fresh.pop("seconds_since_fetched") < 60
    assert fresh == {"issuer": provider.name, "state": "fresh", "keys": 1}
    provider.status = 503
    age(keeper, 700)
    assert told(service, good(provider)) == (200, "")
    for _ in range(200):
        if ready(service)["state"] == "stale":
            break
        time.sleep(0.01)
    found = ready(service)
    assert (found["state"], found["keys"], found["seconds_since_fetched"] >= 700) == ("stale", 1, True)
    assert told(service, good(provider, subject="bea")) == (200, "")
    age(keeper, SERVE_STALE_SECONDS)
    assert told(service, good(provider)) == (503, "issuer-unavailable")


def test_rotated_key_is_fetched_once(service: Service, provider: TestIssuer) -> None:
    _, keeper = service
    old = good(provider)
    assert told(service, old) == (200, "")
    provider.rotate("second")
    age(keeper, RETRY_SECONDS)
    assert [told(service, good(provider, subject=name)) for name in ("ana", "bea")] == [(200, ""), (200, "")]
    assert provider.asked["/jwks"] == 2
    assert told(service, old) == (401, "signature-wrong")


def test_invented_key_names_do_not_drive_the_service(service: Service, provider: TestIssuer) -> None:
    assert told(service, good(provider)) == (200, "")
    for number in range(5):
        forged = signed(new_key(provider.algorithm, f"invented{number}"), provider.claims(NOW), provider.algorithm)
        assert told(service, forged) == (401, "signature-wrong")
    assert provider.asked["/jwks"] == 1


@pytest.mark.parametrize(
    "garbage", [b"", b"<html>", b"[]", b'{"keys": 7}', b'{"keys": []}', b'{"keys": [{"kty": "oct", "k": "YQ"}, 1]}']
)
def test_garbage_instead_of_keys(service: Service, provider: TestIssuer, garbage: bytes) -> None:
    provider.garbage = garbage
    assert told(service, good(provider)) == (503, "issuer-unavailable")
    assert ready(service)["state"] == "unknown"


def test_garbage_after_keys_does_not_replace_them(service: Service, provider: TestIssuer) -> None:
    _, keeper = service
    assert told(service, good(provider)) == (200, "")
    provider.garbage = b'{"keys": []}'
    age(keeper, RETRY_SECONDS)
    assert told(service, signed(new_key(provider.algorithm, "new"), provider.claims(NOW), provider.algorithm)) == (
        401,
        "signature-wrong",
    )
    assert told(service, good(provider)) == (200, "")


@pytest.mark.parametrize("provider", ["ES256"], indirect=True)
def test_slow_provider_is_given_up(service: Service, provider: TestIssuer) -> None:
    provider.delay = 8
    began = time.monotonic()
    assert told(service, good(provider)) == (503, "issuer-unavailable")
    assert time.monotonic() - began < 6


def test_tokens_are_never_logged(service: Service, provider: TestIssuer, capsys: pytest.CaptureFixture[str]) -> None:
    token = provider.token(NOW, name="Ana Ferreira", email="ana@example.org")
    provider.status = 500
    told(service, token)
    provider.status = 200
    age(service[1], RETRY_SECONDS)
    told(service, token)
    told(service, token[:-4])
    written = capsys.readouterr()
    assert not [secret for secret in (token, token[:-4], "Ana Ferreira", "ana@") if secret in written.out + written.err]
