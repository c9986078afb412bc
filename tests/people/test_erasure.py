"""Erasure empties every column marked personal, everywhere, and leaves the journal as it was."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.schema import Base
from cluster_api.identity.models import Invitation, Organisation
from cluster_api.identity.states import Role, Standing
from cluster_api.journal.models import JournalEntry
from cluster_api.journal.queries import broken_lines
from cluster_api.people.queries import personal_columns, rows_about
from tests.callers import LONG_AGO, given_organisation
from tests.conftest import NOW
from tests.issuers import TestIssuer
from tests.people.given import given_person, tagged

MARK = "zmarkz"
REASON = {"reason": "Asked for."}


@pytest.fixture
def own(database: Database, issuer: TestIssuer) -> Organisation:
    """Give an organisation with two owners."""
    with database.transaction() as session:
        own = given_organisation(session, Role.CLUSTER)
        for subject in (MARK, "bea"):
            given_person(session, issuer.name, subject, (own, Standing.OWNER))
    return own


def given_invitation(session: Session, own: Organisation, public_id: str, **facts: Any) -> str:
    invitation = Invitation(
        id=str(uuid7()),
        organisation_id=own.id,
        standing=Standing.READER,
        roles=[],
        public_id=public_id,
        digest="0" * 64,
        author="person:somebody",
        created_at=LONG_AGO,
        expires_at=NOW.replace(year=2022),
    )
    for name, value in facts.items():
        setattr(invitation, name, value)
    session.add(invitation)
    session.flush()
    return invitation.id


def dump(database: Database) -> str:
    """Answer every row of every table as text."""
    with database.session() as session:
        rows = [session.execute(sa.select(table)).all() for table in Base.metadata.sorted_tables]
    return repr(rows)


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def test_every_personal_column_can_be_traced_to_its_person() -> None:
    assert {f"{table.name}.{column.name}" for table, columns in personal_columns() for column in columns} == {
        "person.name",
        "person.email",
        "account.subject",
        "invitation.email",
        "assessor_employment.name",
        "assessor_employment.key",
        "assessor_interest.name",
        "assessor_interest.key",
        "assessor_interest.statement",
        "complaint.text",
        "complaint.contact",
        "decision_vote.reason",
        "notice_delivery.address",
    }
    for table, _ in personal_columns():
        assert rows_about(table, "x") is not None


def test_nothing_personal_is_left(
    client: TestClient, database: Database, own: Organisation, issuer: TestIssuer, admin: dict[str, str]
) -> None:
    headers = issuer.headers(NOW, MARK)
    me = client.get("/v1/me", headers=headers).json()["person_id"]
    path = f"/v1/people/{me}"
    with database.transaction() as session:
        for table, columns in personal_columns():
            for column in columns:
                filled = sa.update(table).where(rows_about(table, me), column.is_(None)).values({column.name: MARK})
                session.execute(filled)
        taken = given_invitation(session, own, "taken", email=f"{MARK}@a.example", person_id=me, accepted_at=NOW)
        meant = given_invitation(session, own, "meant", email=f"{MARK.upper()}@example.org")
        made = given_invitation(session, own, "made", email="other@example.org", author=f"person:{me}")
    keyed = {**headers, "Idempotency-Key": "a", "If-Match": "*"}
    body = {"standing": "reader", "email": f"{MARK}@example.org"}
    sent = client.post(f"/v1/organisations/{own.id}/invitations", json=body, headers=keyed)
    assert client.post(f"/v1/organisations/{own.id}/invitations", json=body, headers=keyed).json() == sent.json()
    assert sent.json()["code"] not in dump(database)
    client.patch(path, json={"name": f"{MARK} anew"}, headers={**headers, "If-Match": "*"})
    in_order = sa.select(JournalEntry.__table__).order_by(JournalEntry.position)
    with database.session() as session:
        before = session.execute(in_order).all()

    answer = client.post(f"{path}/erase", json=REASON, headers=tagged(client, path, headers))

    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["email"], answer.json()["roles"]) == (None, None, [])
    assert answer.json()["erased_at"] == "2021-01-15T10:00:00Z"
    assert MARK not in dump(database).lower()
    with database.session() as session:
        after = session.execute(in_order).all()
        assert list(broken_lines(session)) == []
        revoked = session.scalars(sa.select(Invitation.id).where(Invitation.revoked_at.is_not(None))).all()
    assert after[: len(before)] == before
    assert [line.event for line in after[len(before) :]] == [
        "invitation.revoked",
        "invitation.revoked",
        "member.removed",
        "journal.notes_erased",
        "person.erased",
    ]
    assert sorted(revoked) == sorted([meant, made, sent.json()["id"]])
    assert taken not in revoked
    assert client.get("/v1/me", headers=headers).json()["kind"] == "account"
    again = client.post(f"{path}/erase", json=REASON, headers=tagged(client, path, admin))
    assert kind(again) == (409, "person-erased")
    assert kind(client.patch(path, json={"name": "A"}, headers=tagged(client, path, admin))) == (409, "person-erased")
    assert client.get(f"{path}/export", headers=admin).json()["accounts"] == []


def test_last_owner_hands_over_first(
    client: TestClient, database: Database, own: Organisation, issuer: TestIssuer, admin: dict[str, str]
) -> None:
    with database.transaction() as session:
        only = given_organisation(session, Role.CLUSTER, name="Only")
        shut = given_organisation(session, Role.CLUSTER, name="Shut")
        shut.closed_at = NOW
        person = given_person(
            session, issuer.name, "cleo", (only, Standing.OWNER), (own, Standing.OWNER), (shut, Standing.OWNER)
        )
    path, headers = f"/v1/people/{person.id}", issuer.headers(NOW, "cleo")
    refused = client.post(f"{path}/erase", json=REASON, headers=tagged(client, path, headers))
    assert (kind(refused), refused.json()["organisations"]) == ((409, "last-owner"), [only.id])
    assert client.get(path, headers=headers).json()["name"] == "Cleo Example"
    closing = f"/v1/organisations/{only.id}"
    client.post(f"{closing}/close", json=REASON, headers=tagged(client, closing, admin))
    assert client.post(f"{path}/erase", json=REASON, headers=tagged(client, path, headers)).status_code == 200


def test_rehearsed_erasure_changes_nothing(client: TestClient, own: Organisation, issuer: TestIssuer) -> None:
    headers = issuer.headers(NOW, MARK)
    path = f"/v1/people/{client.get('/v1/me', headers=headers).json()['person_id']}"
    match = tagged(client, path, headers)
    assert client.post(f"{path}/erase?dry_run=true", json=REASON, headers=match).json()["name"] is None
    assert client.get(path, headers=headers).json()["name"] == f"{MARK.title()} Example"


def test_erasure_needs_a_reason_and_a_tag(client: TestClient, own: Organisation, issuer: TestIssuer) -> None:
    headers = issuer.headers(NOW, MARK)
    path = f"/v1/people/{client.get('/v1/me', headers=headers).json()['person_id']}/erase"
    assert kind(client.post(path, json=REASON, headers=headers)) == (428, "precondition-required")
    assert client.post(path, json={}, headers={**headers, "If-Match": "*"}).status_code == 422


def test_of_two_owners_who_erase_themselves_at_once_one_stays(
    client: TestClient, own: Organisation, issuer: TestIssuer
) -> None:
    def erase(subject: str) -> tuple[int, str]:
        headers = issuer.headers(NOW, subject)
        path = f"/v1/people/{client.get('/v1/me', headers=headers).json()['person_id']}/erase"
        return kind(client.post(path, json=REASON, headers={**headers, "If-Match": "*"}))

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(erase, (MARK, "bea"))) == [(200, ""), (409, "last-owner")]
