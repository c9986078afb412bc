"""Two worlds that differ in one confidential fact only: outsiders hear the same in both, byte by byte.

Everything the document offers is asked, at every place an outsider can guess; what is compared is status, headers and
body, and the statements that were run, which is what an outsider could measure.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.oauth.rules import ASSERTION_TYPE
from cluster_api.tokens.rules import CLIENT_SECRET, INVITATION, checksum, new_secret
from tests.clusters.given import COMPLETE
from tests.conftest import NOW, empty
from tests.issuers import TestIssuer
from tests.worlds import given
from tests.worlds.asking import Ask, Curious, Heard, Statements, hear, reads, writes
from tests.worlds.facts import ALL_AT_ONCE, EVERYTHING, FACTS, NUMBERS, Fact, World, credential, nothing
from tests.worlds.given import CODE, HIDDEN, HOME, HOME_PUBLIC, KEYS

FOREMOST = {"public", "cluster"}
"""Who is asked in for each single fact; the others hear the same of all facts at once."""
UNHEARD, UNUSED = new_secret(INVITATION), new_secret(CLIENT_SECRET)
FAR = int((NOW + timedelta(minutes=5)).timestamp())


def special(curious: Curious) -> Iterator[Ask]:
    """Answer the writes that could tell of what is hidden, beyond the examples of the document."""
    dry = (("dry_run", "true"),)
    for name in ("Zephyr Sailcloth Cluster", "Boreas Foundry Cluster", "Sundial Precision"):
        told: dict[str, Any] = {
            "legal_name": name,
            "country": "LU",
            "names": {},
            "website": "https://zephyr.example.org",
        }
        alike = {"legal_name": name, "country": "LU", "website": told["website"]}
        yield Ask("POST", "/v1/clusters", dry, {**COMPLETE, **told, "region": "LU00", "city": "Zephyrville"})
        yield Ask("POST", "/v1/clusters", (*dry, ("allow_duplicate", "true")), alike)
    numbers = [{"registry": registry, "value": value} for registry, value in NUMBERS]
    yield Ask("POST", "/v1/clusters", dry, {**COMPLETE, "legal_name": "Quite Another", "identifiers": numbers})
    home = f"/v1/clusters/{HOME_PUBLIC}"
    yield Ask("PATCH", home, dry, {"identifiers": numbers}, "application/merge-patch+json")
    codes = [_wrong(CODE.text), UNHEARD.text]
    yield from (Ask("POST", "/v1/invitations/accept", dry, {"code": code}) for code in codes)
    about = {
        "matter": "assessor",
        "happened_on": "2021-01-10",
        "text": "Zephyr was late for the visit of our cluster, and rude.",
    }
    for key in curious.ids:
        yield Ask("POST", "/v1/assessments", dry, {"cluster_id": key, "level": "gold"})
        yield Ask("POST", "/v1/benchmarks", dry, {"cluster_id": key})
        yield Ask("POST", "/v1/complaints", dry, {**about, "assessor_id": key})
        merged = {"kind": "merged", "successors": [key], "effective_on": "2021-01-15", "reason": "Merged."}
        yield Ask("POST", f"{home}/succession", dry, merged)
        yield Ask("POST", f"{home}/assign", dry, {"organisation_id": key, "reason": "Theirs."})
        yield Ask("POST", "/v1/clusters", (*dry, ("organisation_id", key)), {"legal_name": "New", "country": "LU"})
        yield Ask("POST", "/v1/clients", dry, {"organisation_id": key, "name": "Mine"})
        narrowed = {"kind": "api_key", "cluster_id": key}
        yield Ask("POST", f"/v1/clients/{given.HOME_CLIENT}/keys", dry, narrowed)
        yield Ask("POST", f"/v1/organisations/{HOME}/members/{key}/change", dry, {"standing": "reader"})
        yield Ask("POST", f"/v1/organisations/{HOME}/members/{key}/remove", dry, {"reason": "Gone."})
        yield Ask("POST", f"/v1/organisations/{HOME}/invitations/{key}/revoke", dry, {"reason": "Gone."})


def _wrong(text: str) -> str:
    """Answer a secret with the public part of a true one, and a checksum that fits."""
    body = text[:-8] + ("AB" if text[-8:-6] != "AB" else "BA")
    return body + checksum(body)


def callers(issuer: TestIssuer) -> dict[str, dict[str, str]]:
    """Answer the headers of every kind of outsider."""
    keyed = {name: {"Authorization": f"Bearer {key.text}"} for name, key in KEYS.items()}
    return {"public": {}, "account": issuer.headers(NOW, "nobody"), **keyed}


def heard_in(
    client: TestClient, database: Database, statements: Statements, world: World, fact: Fact, issuer: TestIssuer
) -> dict[tuple[str, Ask], Heard]:
    """Put a world on record and answer all that outsiders hear in it."""
    put_on_record(database, world)
    heard: dict[tuple[str, Ask], Heard] = {}
    for name, headers in callers(issuer).items():
        if fact.curious is not EVERYTHING and name not in FOREMOST:
            continue
        for plain, ways in reads(fact.curious):
            answer = heard[name, plain] = hear(client, plain, headers, statements)
            # Who is refused at the door is refused whatever is asked.
            for ask in ways if answer.status not in {401, 403} else ():
                for at, page in enumerate(pages(client, ask, headers, statements)):
                    heard[f"{name}, page {at}", ask] = page
        for ask in (*writes(fact.curious), *special(fact.curious)):
            heard[name, ask._replace(body=str(ask.body))] = hear(client, ask, headers, statements)
    return heard


def pages(client: TestClient, ask: Ask, headers: dict[str, str], statements: Statements) -> Iterator[Heard]:
    """Answer what is heard on every page of a list, and what its cursor says."""
    answer = hear(client, ask, headers, statements)
    yield answer
    if dict(ask.query).get("limit") == "1":
        path = ask.path
        for _ in range(20):
            raw = client.get(path, params=ask.query if path == ask.path else None, headers=headers)
            path = raw.headers.get("Link", "").split(">")[0].removeprefix("<")
            if not path:
                return
            yield hear(client, Ask("GET", path), headers, statements)


def compare(client: TestClient, database: Database, issuer: TestIssuer, fact: Fact, statements: Statements) -> None:
    """Ask in both worlds and compare what is heard."""
    one, other = (heard_in(client, database, statements, world, fact, issuer) for world in (fact.one, fact.other))
    assert one.keys() == other.keys()
    # Two equal failures would tell nothing of what they hide.
    statuses = {heard.status for heard in (*one.values(), *other.values())}
    assert {200, 401, 404} <= statuses
    assert max(statuses) < 429, [asked for asked, heard in one.items() if heard.status >= 429]
    told = [difference(asked, one[asked], other[asked]) for asked in one if one[asked] != other[asked]]
    assert not told, f"{len(told)} of {len(one)} answers tell:\n" + "\n".join(told[:5])


# What is a condition on one database is one on the other: each fact by itself is asked for on the faster one.
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_outsiders_hear_the_same_whatever_is_true(
    client: TestClient, database: Database, issuer: TestIssuer, monkeypatch: pytest.MonkeyPatch, fact: Fact
) -> None:
    with Statements().of(database, monkeypatch) as statements:
        compare(client, database, issuer, fact, statements)


def test_all_outsiders_hear_the_same_with_and_without_all_secrets(
    client: TestClient, database: Database, issuer: TestIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Statements().of(database, monkeypatch) as statements:
        compare(client, database, issuer, ALL_AT_ONCE, statements)


def test_token_endpoint_tells_no_client_from_one_that_does_not_exist(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What fails is slowed for its address and client: these are used by no other test.
    stranger = TestClient(client.app, base_url="http://127.0.0.1:8000", client=("192.0.2.7", 1))
    forms = {
        "secret": {"client_id": HIDDEN, "client_secret": UNUSED.text},
        "secret of another": {"client_id": HIDDEN, "client_secret": given.SECRET.text},
        "assertion": asserted(HIDDEN, ECKey.generate_key("P-256")),
    }
    heard: dict[str, list[Heard]] = {name: [] for name in forms}
    with Statements().of(database, monkeypatch) as statements:
        for world in (nothing, credential):
            put_on_record(database, world)
            for name, form in forms.items():
                body = {**form, "grant_type": "client_credentials"}
                ask = Ask("POST", "/oauth/token", (), body, "application/x-www-form-urlencoded")
                heard[name].append(hear(stranger, ask, {}, statements))
    assert [one.status for one, _ in heard.values()] == [401] * 3
    told = [difference((name, Ask("POST", "/oauth")), *pair) for name, pair in heard.items() if pair[0] != pair[1]]
    assert not told, "\n".join(told)


def put_on_record(database: Database, world: World) -> None:
    """Put a world on record in place of whatever there is."""
    empty(database)
    with database.transaction() as session:
        given.given_base(session)
        world(session)


def asserted(client_id: str, key: ECKey) -> dict[str, str]:
    """Answer a form that carries an assertion of a client, signed by a key that nobody registered."""
    claims = {"iss": client_id, "sub": client_id, "aud": "http://127.0.0.1:8000", "jti": "1", "exp": FAR}
    token = jwt.encode({"alg": "ES256"}, claims, key)
    return {"client_assertion": token, "client_assertion_type": ASSERTION_TYPE}


def difference(asked: tuple[str, Ask], one: Heard, other: Heard) -> str:
    """Answer what tells one world from the other."""
    pairs = ((part, getattr(one, part), getattr(other, part)) for part in Heard._fields)
    return f"{asked}" + "".join(f"\n  {part}: {a!r:.700}\n  {part}: {b!r:.700}" for part, a, b in pairs if a != b)
