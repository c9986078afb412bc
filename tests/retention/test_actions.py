"""Retention: every period applied on its day and not before, once, whoever else does it at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.database import Database
from cluster_api.foundation.idempotency import StoredAnswer
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.turns import take_turn
from cluster_api.identity.models import Account, Invitation, Membership, Person
from cluster_api.identity.states import Role, Standing
from cluster_api.journal.models import JournalEntry
from cluster_api.journal.schemas import Author
from cluster_api.pool.states import AssessorState
from cluster_api.retention.actions import VERBS, apply_retention
from cluster_api.retention.queries import periods
from cluster_api.tokens.models import RevokedToken, UsedAssertion
from tests.assessors.given import given_pool_member
from tests.callers import given_organisation
from tests.conftest import NOW
from tests.journal.given import lines
from tests.people.given import given_person

AUTHOR = Author("tick", NOW, "1" * 32)
DAYS = {period.what: period.days for period in periods()}
NOTHING = dict.fromkeys(VERBS, 0)


def counts(session: Session) -> dict[str, int]:
    return {one.what: one.count for one in apply_retention(session, AUTHOR)}


def before(what: str, *, over: int = 0) -> timedelta:
    return timedelta(days=DAYS[what] + over)


def test_every_period_has_its_verb_and_says_why() -> None:
    assert {period.what for period in periods()} == set(VERBS)
    assert all(period.reason and period.version and period.counted_from for period in periods())


def test_nothing_to_do_leaves_no_line(session: Session) -> None:
    assert counts(session) == NOTHING
    assert session.scalars(sa.select(JournalEntry)).all() == []


@pytest.mark.parametrize("end", ["expires_at", "revoked_at", "accepted_at"])
def test_addresses_of_ended_invitations_are_emptied(session: Session, end: str) -> None:
    own = given_organisation(session, Role.CLUSTER)
    for number, over in enumerate((1, -1)):
        invitation = Invitation(
            id=str(uuid7()),
            organisation_id=own.id,
            standing=Standing.READER,
            roles=[],
            email=f"{number}@example.org",
            public_id=str(number),
            digest="0" * 64,
            author="client:x",
            created_at=NOW - timedelta(days=900),
            expires_at=NOW + timedelta(days=1),
        )
        setattr(invitation, end, NOW - before("invitation_email", over=over))
        session.add(invitation)
    session.flush()
    assert counts(session) == {**NOTHING, "invitation_email": 1}
    session.expire_all()
    assert session.scalars(sa.select(Invitation.email).order_by(Invitation.public_id)).all() == [None, "1@example.org"]
    assert counts(session) == NOTHING


def test_people_who_take_no_part_any_more_are_erased(session: Session) -> None:
    own = given_organisation(session, Role.CLUSTER)
    long_ago, lately = NOW - before("unused_person", over=5), NOW - before("unused_person", over=-5)
    unused = given_person(session, "https://idp.example", "unused", seen_at=long_ago)
    member = given_person(session, "https://idp.example", "member", (own, Standing.READER), seen_at=long_ago)
    seen = given_person(session, "https://idp.example", "seen", seen_at=lately)
    changed = given_person(session, "https://idp.example", "changed", seen_at=long_ago)
    changed.updated_at = lately
    session.flush()
    assert counts(session) == {**NOTHING, "unused_person": 1}
    session.expire_all()
    assert (unused.name, unused.email, unused.erased_at) == (None, None, NOW)
    assert [one.erased_at for one in (member, seen, changed)] == [None, None, None]
    told = lines(session)
    assert [line.event for line in told] == ["person.erased", "retention.applied"]
    assert told[1].details["counts"] == {"unused_person": 1}
    assert counts(session) == NOTHING


def test_assessors_are_kept_until_they_have_long_retired(session: Session) -> None:
    long_ago, lately = NOW - before("unused_person", over=5), NOW - before("unused_person", over=-5)
    states = {
        "active": (AssessorState.ACTIVE, long_ago),
        "suspended": (AssessorState.SUSPENDED, long_ago),
        "retired lately": (AssessorState.RETIRED, lately),
        "retired": (AssessorState.RETIRED, long_ago),
    }
    people = {}
    for name, (state, updated_at) in states.items():
        people[name] = given_person(session, "https://idp.example", name, roles=(Role.ASSESSOR,), seen_at=long_ago)
        assessor = given_pool_member(session, person=people[name])
        assessor.state, assessor.updated_at = state, updated_at
    session.flush()
    assert counts(session) == {**NOTHING, "unused_person": 1}
    session.expire_all()
    assert [name for name, person in people.items() if person.erased_at is not None] == ["retired"]


def test_accounts_nobody_uses_are_deleted(session: Session) -> None:
    own = given_organisation(session, Role.CLUSTER)
    for subject, over in (("old", 1), ("new", -1)):
        seen_at = NOW - before("unseen_account", over=over)
        given_person(session, "https://idp.example", subject, (own, Standing.OWNER), seen_at=seen_at)
    assert counts(session) == {**NOTHING, "unseen_account": 1}
    assert session.scalars(sa.select(Account.subject)).all() == ["new"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Membership)) == 2


def test_stored_answers_and_spent_tokens_are_deleted(session: Session) -> None:
    hour = timedelta(hours=1)
    for key, at in (("old", NOW - before("stored_answer") - hour), ("new", NOW - before("stored_answer") + hour)):
        about = {"fingerprint": "0" * 64, "status": 200, "headers": {}, "body": b"", "created_at": at}
        session.add(StoredAnswer(caller="0" * 64, key=key, **about))
    client_id = str(uuid7())
    for jti, expires_at in (("old", NOW - hour), ("new", NOW + hour)):
        session.add(RevokedToken(jti=jti, client_id=client_id, revoked_at=NOW - hour, expires_at=expires_at))
        session.add(UsedAssertion(jti=jti, client_id=client_id, expires_at=expires_at))
    session.flush()
    assert counts(session) == {**NOTHING, "stored_answer": 1, "spent_token": 2}
    assert session.scalars(sa.select(StoredAnswer.key)).all() == ["new"]
    assert counts(session) == NOTHING


@pytest.mark.parametrize("in_turn", [True, False])
def test_twice_at_once_does_everything_once(database: Database, in_turn: bool) -> None:
    with database.transaction() as session:
        for number in range(8):
            given_person(session, "https://idp.example", f"person{number}")
    start = Barrier(2)

    def work(_: int) -> int:
        start.wait()
        with database.transaction() as session:
            if in_turn:
                take_turn(session, "tick")
            return counts(session)["unused_person"]

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2))) == 8
    with database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Person.erased_at.is_(None))) == 0
        assert session.scalar(sa.select(sa.func.count()).where(JournalEntry.event == "person.erased")) == 8
        assert session.scalars(sa.select(Account.seen_on)).all() == []
