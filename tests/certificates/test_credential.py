"""The credential of a label: what it says is what the register says, and whoever has the public keys can check it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError
from joserfc.jwk import KeySet
from starlette.testclient import TestClient

from cluster_api.certificates.rules import JSON, VC, VC_JWT, Statement, media_type_for, validity_of
from cluster_api.clusters.states import Level
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.settings import Settings
from cluster_api.foundation.vault import vault_of
from cluster_api.journal.schemas import Author
from cluster_api.labels.models import Label
from cluster_api.tokens.actions import rotate_keys
from tests.billing.given import kind
from tests.conftest import NOW
from tests.decisions.given import DAY, decided, given_board, given_reported, told
from tests.register import given_cluster, given_label

DAYS = (date(2019, 3, 1), date(2021, 3, 1))
UNKNOWN, WRONG = "LB-2019-999999-09", "LB-2019-000123-08"
REGISTERED = {"iss", "jti", "sub", "iat", "nbf", "exp"}


@pytest.fixture
def number(database: Database) -> str:
    """Give the number of a label that was taken into the register."""
    with database.transaction() as session:
        return given_label(session, given_cluster(session, "Énergie du Nord"), "gold", DAYS)


@pytest.fixture
def _key(database: Database, settings: Settings) -> None:
    rotate(database, settings, NOW)


def rotate(database: Database, settings: Settings, now: datetime) -> None:
    with database.transaction() as session:
        rotate_keys(session, vault_of(settings), Author("tick", now, "r"), days=30)


def credential(client: TestClient, number: str, accept: str = "*/*", **headers: str) -> Any:
    return client.get(f"/v1/labels/{number}/credential", headers={"Accept": accept, **headers})


def published(client: TestClient) -> KeySet:
    return KeySet.import_key_set(client.get("/oauth/jwks").json())


@pytest.mark.usefixtures("_key")
def test_credential_is_signed_by_a_published_key(client: TestClient, number: str) -> None:
    answer = credential(client, number)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, VC_JWT)
    keys = published(client)
    token = jwt.decode(answer.text, keys, algorithms=["ES256"])
    assert token.header == {"alg": "ES256", "typ": "vc+jwt", "kid": keys.keys[0].kid}
    claims = dict(token.claims)
    # What the judges ask of the signed form: the issuer of the token is that of the credential.
    assert claims["iss"] == claims["issuer"]["id"]
    assert (claims["jti"], claims["sub"]) == (claims["id"], claims["credentialSubject"]["id"])
    stamps = {"nbf": "validFrom", "exp": "validUntil"}
    told = {name: datetime.fromisoformat(claims[member]).timestamp() for name, member in stamps.items()}
    assert {name: claims[name] for name in stamps} == told
    assert claims["iat"] == datetime(2019, 3, 1, 12, tzinfo=UTC).timestamp()
    unsigned = credential(client, number, "application/vc").json()
    assert {name: value for name, value in claims.items() if name not in REGISTERED} == unsigned


@pytest.mark.usefixtures("_key")
def test_tampered_credential_is_refused(client: TestClient, number: str) -> None:
    head, body, signature = credential(client, number).text.split(".")
    other = credential(client, number).text.split(".")[1]
    forged = ("A" if body[40] != "A" else "B").join((body[:40], body[41:]))
    assert other == body
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(f"{head}.{forged}.{signature}", published(client), algorithms=["ES256"])


def test_credential_says_what_the_register_says(client: TestClient, number: str) -> None:
    said, label = credential(client, number, JSON).json(), client.get(f"/v1/labels/{number}").json()
    base = said["issuer"]["id"]
    subject = said["credentialSubject"]
    assert said["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    assert said["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert said["id"] == f"{base}/v1/labels/{number}/credential"
    assert subject["licenseNumber"] == label["number"]
    assert subject["identifier"][0]["identityHash"] == label["holder"]
    assert subject["id"] == f"{base}/v1/register/{label['cluster_id']}"
    assert subject["achievement"]["tag"] == [label["level"]]
    assert subject["achievement"]["version"] == label["rule_set"]
    # The last day is included, and ends at midnight in Brussels.
    assert (said["awardedDate"], said["validFrom"]) == ("2019-02-28T23:00:00Z", "2019-02-28T23:00:00Z")
    assert (label["valid_until"], said["validUntil"]) == ("2021-03-01", "2021-03-01T22:59:59Z")
    # The register of the test is made up, and the credential says so.
    assert said["description"] == "Synthetic: nobody holds this label."
    for address in (said["evidence"][0]["id"], said["refreshService"]["id"], subject["id"]):
        assert client.get(address.removeprefix(base), headers={"Accept": JSON}).status_code == 200


@pytest.mark.usefixtures("_key")
def test_credential_is_the_same_bytes_each_time(client: TestClient, database: Database, number: str) -> None:
    first = credential(client, number)
    with database.transaction() as session:
        # Something else changes, and everything that was kept is made anew.
        given_cluster(session, "Other")
    second = credential(client, number.lower().replace("-", " "))
    assert (second.content, second.headers["ETag"]) == (first.content, first.headers["ETag"])
    assert first.headers["Cache-Control"] == client.get(f"/v1/labels/{number}").headers["Cache-Control"]
    again = credential(client, number, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    unsigned = credential(client, number, VC)
    assert unsigned.headers["ETag"] not in {first.headers["ETag"], ""}
    assert not unsigned.headers["ETag"].startswith("W/")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(UNKNOWN, "label-not-found"), (WRONG, "label-number-mistyped"), ("X", "label-number-mistyped")],
)
def test_no_credential_of_what_is_not_in_the_register(
    client: TestClient, number: str, asked: str, expected: str
) -> None:
    assert kind(credential(client, asked)) == (404, expected)


@pytest.mark.usefixtures("_key")
@pytest.mark.parametrize("event", ["suspended", "withdrawn"])
@pytest.mark.parametrize("accept", [VC_JWT, VC])
def test_no_credential_of_what_is_suspended_or_withdrawn(
    client: TestClient, database: Database, clock: FixedClock, event: str, accept: str
) -> None:
    with database.transaction() as session:
        number = given_label(session, given_cluster(session, "A"), "gold", DAYS, [(event, date(2021, 1, 16))])
    assert credential(client, number, accept).status_code == 200
    clock.instant = datetime(2021, 1, 16, 9, tzinfo=UTC)
    assert kind(credential(client, number, accept)) == (409, "label-not-shown")


def test_credential_of_what_has_expired_says_so(
    client: TestClient, database: Database, settings: Settings, number: str, clock: FixedClock
) -> None:
    clock.instant = datetime(2021, 3, 1, 23, tzinfo=UTC)
    rotate(database, settings, clock.instant)
    answer = credential(client, number)
    claims = jwt.decode(answer.text, published(client), algorithms=["ES256"]).claims
    assert (answer.status_code, claims["validUntil"]) == (200, "2021-03-01T22:59:59Z")
    with pytest.raises(ExpiredTokenError):
        jwt.JWTClaimsRegistry(now=int(clock.instant.timestamp())).validate(claims)


@pytest.mark.usefixtures("_key")
def test_credential_can_be_checked_when_its_key_signs_no_more(
    client: TestClient, database: Database, settings: Settings, number: str, clock: FixedClock
) -> None:
    old = credential(client, number).text
    clock.instant = NOW + timedelta(days=40)
    rotate(database, settings, clock.instant)
    new = credential(client, number).text
    assert new != old
    decoded = [jwt.decode(text, published(client), algorithms=["ES256"]).claims for text in (old, new)]
    assert decoded[0] == decoded[1]


def test_no_credential_before_the_certificate_is_issued(
    client: TestClient, database: Database, clock: FixedClock
) -> None:
    with database.transaction() as session:
        decision = told(session, decided(session, given_reported(session), given_board(session)))
        number = session.scalars(sa.select(Label.number).where(Label.id == decision.label_id)).one()
    clock.instant = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)
    assert kind(credential(client, number, VC)) == (409, "certificate-not-issued")


def test_reading_a_credential_makes_no_key(client: TestClient, number: str) -> None:
    assert kind(credential(client, number)) == (503, "signing-key-missing")
    assert credential(client, number, VC).status_code == 200
    assert client.get("/oauth/jwks").json() == {"keys": []}


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", VC_JWT),
        ("*/*", VC_JWT),
        ("text/html, application/*", VC_JWT),
        ("application/vc+jwt", VC_JWT),
        ("application/vc", VC),
        ("application/vc, application/json", VC),
        ("Application/JSON;q=0.9, application/vc", JSON),
    ],
)
def test_form_is_the_one_named_first(accept: str, expected: str) -> None:
    assert media_type_for(accept) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((date(2019, 7, 1), date(2021, 7, 31)), ("2019-06-30T22:00:00", "2021-07-31T21:59:59")),
        ((date(2021, 3, 28), date(2021, 3, 28)), ("2021-03-27T23:00:00", "2021-03-28T21:59:59")),
        ((date(2021, 1, 1), date.max), ("2020-12-31T23:00:00", "9999-12-31T23:59:59")),
    ],
)
def test_days_are_those_of_brussels(days: tuple[date, date], expected: tuple[str, str]) -> None:
    statement = Statement("LB-2019-000123-09", Level.GOLD, "A", "DE", days[0], *days)
    assert tuple(found.replace(tzinfo=None).isoformat() for found in validity_of(statement)) == expected
