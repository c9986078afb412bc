"""The day on which an account was last seen is noted once a day, beside the request, and never in its way."""

import time
from datetime import date, timedelta

import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.models import Account
from cluster_api.identity.states import Role, Standing
from tests.callers import given_organisation
from tests.conftest import NOW
from tests.issuers import TestIssuer
from tests.people.given import given_person


def seen_on(database: Database) -> date | None:
    with database.session() as session:
        return session.scalar(sa.select(Account.seen_on))


def seen_soon(database: Database, day: date) -> bool:
    for _ in range(300):
        if seen_on(database) == day:
            return True
        time.sleep(0.01)
    return False


def test_account_is_seen_once_a_day(
    client: TestClient, database: Database, issuer: TestIssuer, clock: FixedClock
) -> None:
    with database.transaction() as session:
        given_person(session, issuer.name, "ana", (given_organisation(session, Role.CLUSTER), Standing.READER))
    assert client.get("/v1/me", headers=issuer.headers(NOW)).json()["kind"] == "person"
    assert seen_soon(database, NOW.date())
    clock.instant = NOW + timedelta(days=1)
    client.get("/v1/me", headers=issuer.headers(clock.instant))
    assert seen_soon(database, NOW.date() + timedelta(days=1))


def test_read_does_not_wait_for_a_writer(client: TestClient, database: Database, issuer: TestIssuer) -> None:
    with database.transaction() as session:
        given_person(session, issuer.name, "ana", (given_organisation(session, Role.CLUSTER), Standing.READER))
    headers = issuer.headers(NOW)
    with database.session(writing=True) as writer:
        writer.execute(sa.select(Account).with_for_update()).all()
        began = time.monotonic()
        assert client.get("/v1/me", headers=headers).status_code == 200
        assert client.get("/v1/me", headers=headers).status_code == 200
        assert time.monotonic() - began < 3
        writer.rollback()
    assert seen_soon(database, NOW.date())
