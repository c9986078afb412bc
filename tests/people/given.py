"""People for tests: recorded without going through the verbs, and signed in by the tests' own issuer."""

from datetime import datetime

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.models import Account, Membership, Organisation, Person
from cluster_api.identity.states import Role, Standing
from tests.callers import LONG_AGO

Headers = dict[str, str]


def given_person(
    session: Session,
    issuer: str,
    subject: str,
    *belonging: tuple[Organisation, Standing],
    roles: tuple[Role, ...] = (),
    seen_at: datetime = LONG_AGO,
) -> Person:
    """Record a person with an account and memberships."""
    person = Person(
        id=str(uuid7()),
        name=f"{subject.title()} Example",
        email=f"{subject}@example.org",
        roles=[role.value for role in roles],
        version=1,
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
    )
    session.add(person)
    session.flush()
    session.add(
        Account(
            id=str(uuid7()),
            person_id=person.id,
            issuer=issuer,
            subject=subject,
            created_at=LONG_AGO,
            seen_on=seen_at.date(),
        )
    )
    for organisation, standing in belonging:
        session.add(
            Membership(organisation_id=organisation.id, person_id=person.id, standing=standing, created_at=LONG_AGO)
        )
    session.flush()
    return person


def tagged(client: TestClient, path: str, headers: Headers) -> Headers:
    """Answer headers that carry the tag of a resource as its caller sees it."""
    return {**headers, "If-Match": client.get(path, headers=headers).headers["ETag"]}
