"""The token endpoint as RFC 6749, 7523, 7662, 7009, 8414 and 9728 want it, and every way to be refused by it."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.app import create_service
from cluster_api.foundation import outbound
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.settings import Settings
from cluster_api.identity.models import Client, Credential
from cluster_api.identity.permissions import allowed
from cluster_api.identity.states import CredentialKind, Role, Standing
from tests.callers import given_client, given_organisation
from tests.oauth.asking import GRANT, ISSUER, ask, assertion, basic, by_assertion, given_public_key, given_secret

KEY = ECKey.generate_key("P-256")


class Known:
    """A client of the tests with a secret and a registered key."""

    def __init__(self, session: Session, *roles: Role, scopes: tuple[str, ...] = ()) -> None:
        self.organisation = given_organisation(session, *roles)
        self.client = given_client(session, self.organisation, standing=Standing.EDITOR, scopes=scopes)
        self.id = self.client.id
        self.secret = given_secret(session, self.client)
        given_public_key(session, self.client, KEY)

    def post(self) -> dict[str, str]:
        return {"client_id": self.id, "client_secret": self.secret}


@pytest.fixture
def known(database: Database) -> Known:
    """Give the client of a cluster organisation."""
    with database.transaction() as session:
        return Known(session, Role.CLUSTER)


def refusal(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"error", "error_description"}
    return answer.status_code, answer.json()["error"]


def test_token_is_given_for_a_secret_in_the_form_or_the_header(client: TestClient, known: Known) -> None:
    for answer in (
        ask(client, **GRANT, **known.post()),
        ask(client, **GRANT, authorization=basic(known.id, known.secret)),
    ):
        body = answer.json()
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert (body["token_type"], body["expires_in"], body["scope"]) == (
            "Bearer",
            600,
            " ".join(sorted(allowed({Role.CLUSTER}, Standing.EDITOR, []))),
        )


def test_token_is_what_rfc_9068_wants_and_the_published_keys_check_it(
    client: TestClient, known: Known, clock: FixedClock
) -> None:
    token = ask(client, **GRANT, **known.post()).json()["access_token"]
    keys = KeySet.import_key_set(client.get("/oauth/jwks").json())
    read = jwt.decode(token, keys, algorithms=["ES256"])
    assert (read.header["typ"], read.header["alg"]) == ("at+jwt", "ES256")
    now = int(clock.now().timestamp())
    told = {name: read.claims[name] for name in ("iss", "aud", "sub", "client_id", "iat", "exp", "organisation_id")}
    assert told == {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": known.id,
        "client_id": known.id,
        "iat": now,
        "exp": now + 600,
        "organisation_id": known.organisation.id,
    }
    assert all("d" not in key for key in client.get("/oauth/jwks").json()["keys"])


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (KEY, "ES256"),
        (RSAKey.generate_key(2048), "RS256"),
        (RSAKey.generate_key(2048), "PS256"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
    ],
    ids=["ES256", "RS256", "PS256", "Ed25519"],
)
def test_token_is_given_for_an_assertion(
    client: TestClient, known: Known, database: Database, clock: FixedClock, key: Any, alg: str
) -> None:
    with database.transaction() as session:
        given_public_key(session, session.get_one(Client, known.id), key)
    answer = ask(client, **GRANT, **by_assertion(assertion(key, known.id, clock.now(), alg=alg)))
    assert answer.status_code == 200, answer.text


def test_narrower_scope_is_granted_and_bounds_the_token(client: TestClient, known: Known) -> None:
    answer = ask(client, **GRANT, **known.post(), scope="clusters:read")
    assert answer.json()["scope"] == "clusters:read"
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    refused = client.post("/v1/clusters", json={"legal_name": "Wave", "country": "IE"}, headers=bearer)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/permission-missing")


WRONG: list[tuple[str, dict[str, str], tuple[int, str]]] = [
    ("no credentials", {**GRANT}, (401, "invalid_client")),
    ("wrong secret", {**GRANT, "client_secret": "wrong"}, (401, "invalid_client")),
    ("secret of nobody", {**GRANT, "client_id": "0190f0f0-0000-7000-8000-000000000000"}, (401, "invalid_client")),
    ("client that is none", {**GRANT, "client_id": "no-such-client"}, (401, "invalid_client")),
    ("other grant", {"grant_type": "password"}, (400, "unsupported_grant_type")),
    ("grant missing", {"grant_type": ""}, (400, "invalid_request")),
    ("more than it has", {**GRANT, "scope": "clusters:read journal:read"}, (400, "invalid_scope")),
    ("unknown scope", {**GRANT, "scope": "everything"}, (400, "invalid_scope")),
    ("other service", {**GRANT, "resource": "https://example.org"}, (400, "invalid_target")),
    (
        "assertion of unknown kind",
        {**GRANT, "client_assertion": "a.b.c", "client_secret": ""},
        (400, "invalid_request"),
    ),
]


@pytest.mark.parametrize(("name", "form", "expected"), WRONG, ids=[one[0] for one in WRONG])
def test_wrong_requests_are_refused_in_the_words_of_rfc_6749(
    client: TestClient, known: Known, name: str, form: dict[str, str], expected: tuple[int, str]
) -> None:
    sent = form if name == "no credentials" else {**known.post(), **form}
    assert refusal(ask(client, **sent)) == expected


def test_repeated_parameters_and_other_forms_are_refused(client: TestClient, known: Known) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    twice = f"grant_type=client_credentials&grant_type=x&client_id={known.id}&client_secret={known.secret}"
    assert refusal(client.post("/oauth/token", content=twice, headers=form)) == (400, "invalid_request")
    assert refusal(client.post("/oauth/token", json={**GRANT, **known.post()})) == (400, "invalid_request")
    assert refusal(client.post("/oauth/token", content=b"\xff\xfe", headers=form)) == (400, "invalid_request")
    both = ask(client, **GRANT, **known.post(), authorization=basic(known.id, known.secret))
    assert refusal(both) == (400, "invalid_request")
    assert ask(client, **GRANT, authorization="Basic !!!").headers["www-authenticate"].startswith("Basic")


def test_expired_secrets_and_disabled_clients_are_refused(
    client: TestClient, known: Known, database: Database, clock: FixedClock
) -> None:
    with database.transaction() as session:
        owner = session.get_one(Client, known.id)
        old = given_secret(session, owner, expires_at=clock.now() - timedelta(seconds=1))
    assert refusal(ask(client, **GRANT, client_id=known.id, client_secret=old)) == (401, "invalid_client")
    with database.transaction() as session:
        session.get_one(Client, known.id).disabled_at = clock.now()
    assert refusal(ask(client, **GRANT, **known.post())) == (401, "invalid_client")


def test_an_assertion_is_accepted_once(client: TestClient, known: Known, clock: FixedClock) -> None:
    sent = {**GRANT, **by_assertion(assertion(KEY, known.id, clock.now()))}
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(lambda _: ask(client, **sent), range(4)))
    assert statuses == [200, 401, 401, 401]


ASSERTIONS: list[tuple[str, dict[str, Any]]] = [
    ("expired", {"exp": -61}),
    ("not yet valid", {"nbf": 61}),
    ("for another service", {"aud": "https://example.org"}),
    ("of somebody else", {"sub": "0190f0f0-0000-7000-8000-000000000000"}),
    ("lives too long", {"exp": 3600}),
    ("without a number", {"jti": None}),
    ("with a number of another kind", {"jti": 7}),
    ("with too long a number", {"jti": "x" * 256}),
]


@pytest.mark.parametrize(("name", "claims"), ASSERTIONS, ids=[one[0] for one in ASSERTIONS])
def test_assertions_not_to_be_believed_are_refused(
    client: TestClient, known: Known, clock: FixedClock, name: str, claims: dict[str, Any]
) -> None:
    now = int(clock.now().timestamp())
    told = {key: now + value if key in {"exp", "nbf"} else value for key, value in claims.items()}
    answer = ask(client, **GRANT, **by_assertion(assertion(KEY, known.id, clock.now(), **told)))
    assert refusal(answer) == (401, "invalid_client"), name


def test_assertions_by_foreign_keys_are_refused(client: TestClient, known: Known, clock: FixedClock) -> None:
    foreign = ECKey.generate_key("P-256")
    assert refusal(ask(client, **GRANT, **by_assertion(assertion(foreign, known.id, clock.now())))) == (
        401,
        "invalid_client",
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "[::1]", "localhost"])
def test_keys_of_a_client_are_not_fetched_from_inside(
    client: TestClient,
    known: Known,
    database: Database,
    clock: FixedClock,
    host: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with database.transaction() as session:
        session.get_one(Client, known.id).jwks_uri = f"https://{host}/keys"
    elsewhere = ECKey.generate_key("P-256")
    answer = ask(client, **GRANT, **by_assertion(assertion(elsewhere, known.id, clock.now())))
    assert refusal(answer) == (401, "invalid_client")
    assert "not in the public internet" in capsys.readouterr().out


@pytest.mark.parametrize("registered", [True, False])
def test_client_with_keys_elsewhere_is_refused_like_one_that_does_not_exist(
    settings: Settings, known: Known, database: Database, clock: FixedClock, registered: bool
) -> None:
    with database.transaction() as session:
        session.get_one(Client, known.id).jwks_uri = "https://127.0.0.1/keys"
        if not registered:
            session.execute(sa.delete(Credential).where(Credential.kind == CredentialKind.PUBLIC_KEY))
    patient = settings.model_copy(update={"refused_assertion_seconds": 0.6})
    foreign, nobody = ECKey.generate_key("P-256"), str(uuid7())
    with TestClient(create_service(patient, clock=clock, database=database), base_url=ISSUER) as client:
        told = []
        for name in (known.id, nobody):
            began = time.monotonic()
            answer = ask(client, **GRANT, **by_assertion(assertion(foreign, name, clock.now())))
            told.append((refusal(answer), answer.json()["error_description"], time.monotonic() - began >= 0.6))
        # What is not refused waits for nothing.
        began = time.monotonic()
        assert ask(client, **GRANT, **known.post()).status_code == 200
    assert told[0] == told[1]
    assert told[0][2]


def test_refusing_takes_longer_than_fetching_keys_may(settings: Settings) -> None:
    assert Settings(_env_file=None).refused_assertion_seconds > outbound.SECONDS


def test_introspection_tells_about_own_tokens_only(client: TestClient, known: Known, database: Database) -> None:
    token = ask(client, **GRANT, **known.post()).json()["access_token"]
    own = ask(client, "/oauth/introspect", token=token, **known.post())
    assert (own.status_code, own.json()["active"], own.json()["client_id"]) == (200, True, known.id)
    with database.transaction() as session:
        other, admin = Known(session, Role.PLATFORM), Known(session, Role.ADMIN)
    assert ask(client, "/oauth/introspect", token=token, **other.post()).json() == {"active": False}
    assert ask(client, "/oauth/introspect", token=token, **admin.post()).json()["active"] is True
    assert ask(client, "/oauth/introspect", token="garbage", **known.post()).json() == {"active": False}
    assert refusal(ask(client, "/oauth/introspect", token=token)) == (401, "invalid_client")


def test_a_revoked_token_is_refused_everywhere(client: TestClient, known: Known, database: Database) -> None:
    token = ask(client, **GRANT, **known.post()).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/v1/clusters", headers=bearer).status_code == 200
    with database.transaction() as session:
        other = Known(session, Role.PLATFORM)
    # Nobody else can take it back, nor learn that it is one.
    assert ask(client, "/oauth/revoke", token=token, **other.post()).status_code == 200
    assert client.get("/v1/clusters", headers=bearer).status_code == 200
    for _ in range(2):
        assert ask(client, "/oauth/revoke", token=token, **known.post()).status_code == 200
    refused = client.get("/v1/clusters", headers=bearer)
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/token-revoked")
    assert ask(client, "/oauth/introspect", token=token, **known.post()).json() == {"active": False}


def test_metadata_name_endpoints_that_stand_there(client: TestClient) -> None:
    server = client.get("/.well-known/oauth-authorization-server").json()
    resource = client.get("/.well-known/oauth-protected-resource").json()
    assert (server["issuer"], resource["resource"], resource["authorization_servers"][0]) == (ISSUER, ISSUER, ISSUER)
    for name in ("token_endpoint", "introspection_endpoint", "revocation_endpoint"):
        assert client.post(server[name].removeprefix(ISSUER)).status_code in {400, 401}
    assert client.get(server["jwks_uri"].removeprefix(ISSUER)).status_code == 200
    assert set(server["token_endpoint_auth_methods_supported"]) == {
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    }


def test_keys_overlap_when_they_rotate(client: TestClient, known: Known, clock: FixedClock) -> None:
    first = ask(client, **GRANT, **known.post()).json()["access_token"]
    (old,) = [key["kid"] for key in client.get("/oauth/jwks").json()["keys"]]
    clock.instant += timedelta(days=29, hours=1)
    ask(client, **GRANT, **known.post())
    shown = [key["kid"] for key in client.get("/oauth/jwks").json()["keys"]]
    assert (len(shown), old in shown) == (2, True)  # the next key is shown a day before it signs
    clock.instant += timedelta(hours=22, minutes=55)
    last = ask(client, **GRANT, **known.post()).json()["access_token"]
    clock.instant += timedelta(minutes=6)
    token = ask(client, **GRANT, **known.post()).json()["access_token"]
    new = next(kid for kid in shown if kid != old)
    assert (jwt_header(first)["kid"], jwt_header(last)["kid"], jwt_header(token)["kid"]) == (old, old, new)
    for bearer in (last, token):
        assert client.get("/v1/clusters", headers={"Authorization": f"Bearer {bearer}"}).status_code == 200
    # Credentials of labels that it signed live as long as these: it is shown for years, and then no more.
    clock.instant += timedelta(days=3 * 366)
    assert old in [key["kid"] for key in client.get("/oauth/jwks").json()["keys"]]
    clock.instant += timedelta(days=366)
    assert old not in [key["kid"] for key in client.get("/oauth/jwks").json()["keys"]]


def jwt_header(token: str) -> dict[str, Any]:
    return dict(jws.extract_compact(token.encode()).headers())


def test_secrets_note_when_they_were_used(
    client: TestClient, known: Known, database: Database, clock: FixedClock
) -> None:
    ask(client, **GRANT, **known.post())
    with database.session() as session:
        used = session.query(Credential.last_used_at).filter(Credential.digest.is_not(None)).all()
    assert used == [(clock.now(),)]
