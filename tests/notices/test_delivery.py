"""Notices on their way: to whom, once, also with two processes at once; tried again, given up, lost, forgotten."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.clusters.models import Cluster
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.mail import Fate, Mailer, MailUnreachable, Outcome
from cluster_api.foundation.settings import MailServer, Settings
from cluster_api.identity.models import Membership, Organisation, Person
from cluster_api.identity.states import Role, Standing
from cluster_api.journal.schemas import Author
from cluster_api.labels.models import Label
from cluster_api.notices.actions import deliver, give_up_lost, remind, settle, take
from cluster_api.notices.models import NoticeDelivery
from cluster_api.notices.queries import notice_kinds, wordings
from cluster_api.notices.rules import IN_HAND, WAITS, is_address, next_attempt, wording_on
from cluster_api.notices.schemas import Letter
from cluster_api.notices.states import DeliveryState
from cluster_api.people.actions import erase_person
from cluster_api.retention.actions import apply_retention
from cluster_api.upkeep.actions import deliver_notices
from tests.callers import LONG_AGO, given_organisation
from tests.conftest import NOW
from tests.journal.given import lines
from tests.mailservers import Postbox, free_port, running
from tests.register import given_cluster, given_label

TODAY = NOW.date()
ENDS = TODAY + timedelta(days=20)
PUBLIC = "https://register.example"


def author(now: Any = NOW) -> Author:
    return Author("deliver", now, "3" * 32)


@pytest.fixture
def postbox() -> Postbox:
    """Give a postbox that takes everything."""
    return Postbox()


@pytest.fixture
def server(postbox: Postbox) -> Iterator[MailServer]:
    """Give the server of the postbox."""
    with running(postbox) as server:
        yield server


def given_member(
    session: Session, organisation: Organisation, address: str | None, standing: Standing = Standing.OWNER
) -> str:
    person = Person(
        id=str(uuid7()), name="Ana", email=address, roles=[], version=1, created_at=LONG_AGO, updated_at=LONG_AGO
    )
    session.add(person)
    session.flush()
    session.add(
        Membership(organisation_id=organisation.id, person_id=person.id, standing=standing, created_at=LONG_AGO)
    )
    session.flush()
    return person.id


def given_holder(session: Session, name: str, *addresses: str) -> str:
    """Record a holder whose label ends soon, run by people with these addresses; answer the number of the label."""
    organisation = given_organisation(session, Role.CLUSTER, name=name)
    for address in addresses:
        given_member(session, organisation, address)
    cluster = given_cluster(session, name, owner_id=organisation.id)
    return given_label(session, cluster, "gold", (date(2019, 1, 20), ENDS))


def made(session: Session) -> int:
    return remind(session, author(), most=200)


def sent(database: Database, server: MailServer, clock: FixedClock, most: int = 100) -> dict[str, int]:
    with Mailer(server) as mailer:
        return dict(deliver(database, clock, mailer, author=author, public_url=PUBLIC, most=most))


def states(database: Database) -> list[tuple[str, int, str | None]]:
    with database.session() as session:
        found = session.execute(
            sa.select(NoticeDelivery.state, NoticeDelivery.attempts, NoticeDelivery.outcome).order_by(NoticeDelivery.id)
        )
        return [(state.value, attempts, outcome) for state, attempts, outcome in found]


def test_those_who_run_the_record_of_the_holder_are_told(
    database: Database, server: MailServer, postbox: Postbox, clock: FixedClock
) -> None:
    with database.transaction() as session:
        number = given_holder(session, "Énergie", "ana@one.example", "ben@one.example")
        organisation = session.scalars(sa.select(Organisation)).one()
        given_member(session, organisation, "editor@one.example", Standing.EDITOR)
        given_member(session, organisation, "reader@one.example", Standing.READER)
        given_member(session, organisation, None)
        given_member(session, given_organisation(session, Role.CLUSTER), "other@two.example")
        given_label(session, given_cluster(session, "of nobody"), "gold", (date(2019, 1, 20), ENDS))
        assert made(session) == 2
    assert sent(database, server, clock) == {"sent": 3}
    assert sorted(postbox.given()) == [([f"{who}@one.example"], number) for who in ("ana", "ben", "editor")]
    text = postbox.letters[0][1].get_content()
    assert "Énergie holds the gold label" in text
    assert f"Its last day is {ENDS}." in text
    assert f"{PUBLIC}/v1/labels/{number}" in text
    assert sent(database, server, clock) == {}
    with database.session() as session:
        told = [line for line in lines(session) if line.event == "notice.sent"]
    assert len(told) == 3
    assert not any("example" in orjson.dumps(line.details).decode() for line in told)


def test_batch_is_limited(database: Database, server: MailServer, postbox: Postbox, clock: FixedClock) -> None:
    with database.transaction() as session:
        given_holder(session, "A", *(f"p{serial}@one.example" for serial in range(5)))
        made(session)
    assert [sent(database, server, clock, most=2) for _ in range(4)] == [{"sent": 2}, {"sent": 2}, {"sent": 1}, {}]
    assert len(postbox.letters) == 5


def test_two_who_deliver_at_once_send_each_once(
    database: Database, server: MailServer, postbox: Postbox, clock: FixedClock
) -> None:
    with database.transaction() as session:
        given_holder(session, "A", *(f"p{serial}@one.example" for serial in range(12)))
        made(session)
    start = Barrier(3)

    def once(_: int) -> dict[str, int]:
        start.wait()
        return sent(database, server, clock)

    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(once, range(3)))
    assert sum(count.get("sent", 0) for count in counts) == 12
    assert sorted(readers for (readers, _) in postbox.given()) == sorted(
        [f"p{serial}@one.example"] for serial in range(12)
    )


def test_two_processes_at_once_send_each_once(
    database: Database, server: MailServer, postbox: Postbox, tmp_path: Any
) -> None:
    with database.transaction() as session:
        organisation = given_organisation(session, Role.CLUSTER)
        for serial in range(8):
            given_member(session, organisation, f"p{serial}@one.example")
        ends = date.today() + timedelta(days=20)  # noqa: DTZ011 - processes of their own look at the real day
        cluster = given_cluster(session, "A", owner_id=organisation.id)
        given_label(session, cluster, "gold", (ends - timedelta(days=700), ends))
        remind(session, author(datetime.now(UTC) - timedelta(minutes=1)), most=10)
    environment = {
        **os.environ,
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "DATA_DIR": str(tmp_path),
        "MAIL": server.model_dump_json(),
    }
    command = [sys.executable, "-c", "from cluster_api.cli import main; main()", "deliver"]
    with ThreadPoolExecutor(2) as pool:
        run = partial(subprocess.run, env=environment, capture_output=True, check=True, timeout=300)
        counts = [orjson.loads(done.stdout)["delivered"] for done in pool.map(run, [command] * 2)]
    assert sum(count.get("sent", 0) for count in counts) == 8
    assert sorted(readers for (readers, _) in postbox.given()) == sorted(
        [f"p{serial}@one.example"] for serial in range(8)
    )


def test_refused_for_now_is_tried_again_ever_later_and_given_up(
    database: Database, server: MailServer, postbox: Postbox, clock: FixedClock
) -> None:
    with database.transaction() as session:
        given_holder(session, "A", "ana@one.example", "ben@one.example")
        made(session)
    postbox.readers["ana@one.example"] = "451 ana@one.example is busy"
    assert sent(database, server, clock) == {"queued": 1, "sent": 1}
    for attempt, wait in enumerate(WAITS, start=1):
        assert sorted(states(database)) == [("queued", attempt, "451"), ("sent", 1, "250")]
        clock.instant += wait - timedelta(seconds=1)
        assert sent(database, server, clock) == {}
        clock.instant += timedelta(seconds=1)
        last = attempt == len(WAITS)
        assert sent(database, server, clock) == ({"failed": 1} if last else {"queued": 1})
    assert sorted(states(database)) == [("failed", len(WAITS) + 1, "451"), ("sent", 1, "250")]
    assert [readers for readers, _ in postbox.given()] == [["ben@one.example"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ana@one.example", True), ("zoë@énergie.example", True), ("a.b+c@one.example", True), ("ana", False),
     ("ana@one.example\nBcc: x@y.example", False), ("a@b@c", False), ("Ana <ana@one.example>", False), ("", False)],
)  # fmt: skip
def test_address_is_one_and_nothing_else(text: str, expected: bool) -> None:
    assert is_address(text) is expected


def test_waits_grow_and_end() -> None:
    found = [next_attempt(attempts, NOW) for attempts in range(1, 7)]
    assert [None if one is None else (one - NOW).total_seconds() // 60 for one in found] == [5, 20, 80, 320, 1280, None]


def test_reader_whom_the_server_refuses_is_given_up_at_once(
    database: Database, server: MailServer, postbox: Postbox, clock: FixedClock, settings: Settings
) -> None:
    with database.transaction() as session:
        given_holder(session, "A", "ana@one.example")
        made(session)
    postbox.readers["ana@one.example"] = "550 unknown"
    assert deliver_notices(database, settings.model_copy(update={"mail": server}), clock) == {"failed": 1}
    assert states(database) == [("failed", 1, "550")]


def test_server_lost_with_a_message_in_hand_is_not_asked_again(
    database: Database, server: MailServer, postbox: Postbox, clock: FixedClock
) -> None:
    with database.transaction() as session:
        given_holder(session, "A", "ana@one.example")
        made(session)
    postbox.broken = True
    assert sent(database, server, clock) == {"uncertain": 1}
    postbox.broken = False
    clock.instant += timedelta(days=1)
    assert sent(database, server, clock) == {}
    assert postbox.letters == []


def test_process_lost_with_a_message_in_hand_is_found_out(
    database: Database, server: MailServer, postbox: Postbox, clock: FixedClock
) -> None:
    with database.transaction() as session:
        given_holder(session, "A", "ana@one.example")
        made(session)
    with database.transaction() as session:
        letter = take(session, author(), public_url=PUBLIC)
    assert isinstance(letter, Letter)
    clock.instant += IN_HAND
    assert sent(database, server, clock) == {}
    clock.instant += timedelta(seconds=1)
    assert sent(database, server, clock) == {"uncertain": 1}
    with database.transaction() as session:
        assert give_up_lost(session, author(clock.instant)) == 0
        late = settle(session, author(clock.instant), letter, Outcome(Fate.TAKEN, "250"))
    assert late is DeliveryState.UNCERTAIN
    assert (states(database), postbox.letters) == ([("uncertain", 1, "process_lost")], [])


def test_nothing_is_touched_when_the_server_cannot_be_reached(
    database: Database, settings: Settings, clock: FixedClock
) -> None:
    with database.transaction() as session:
        given_holder(session, "A", "ana@one.example")
        made(session)
    nowhere = MailServer(host="127.0.0.1", port=free_port(), security="none", sender="a@b.example")
    for mail in (nowhere, None):
        with pytest.raises(MailUnreachable):
            deliver_notices(database, settings.model_copy(update={"mail": mail}), clock)
    assert states(database) == [("queued", 0, None)]


@pytest.mark.parametrize(
    ("event", "outcome"),
    [("left", "no_reader"), ("renewed", "nothing_to_tell"), ("closed", "no_reader"), ("moved", "nothing_to_tell"),
     ("erased", "no_reader"), ("mistyped", "address_malformed")],
)  # fmt: skip
def test_what_is_not_true_any_more_is_not_sent(
    database: Database, server: MailServer, postbox: Postbox, clock: FixedClock, event: str, outcome: str
) -> None:
    with database.transaction() as session:
        number = given_holder(session, "A", "ana@one.example")
        made(session)
        label = session.scalars(sa.select(Label).where(Label.number == number)).one()
        match event:
            case "left":
                session.execute(sa.delete(Membership))
            case "closed":
                session.execute(sa.update(Organisation).values(closed_at=NOW))
            case "moved":
                session.execute(sa.update(Label).values(valid_until=ENDS + timedelta(days=1)))
            case "mistyped":
                session.execute(sa.update(Person).values(email="ana@one.example,ben@two.example"))
            case "erased":
                session.execute(sa.update(Person).values(email=None, erased_at=NOW))
            case _:
                days = (ENDS + timedelta(days=1), ENDS + timedelta(days=700))
                given_label(session, label.cluster_id, "gold", days, kind="renewal", previous_label_id=label.id)
    assert sent(database, server, clock) == {"dropped": 1}
    assert (states(database), postbox.letters) == ([("dropped", 0, outcome)], [])


def test_changed_address_is_the_one_written_to(
    database: Database, server: MailServer, postbox: Postbox, clock: FixedClock
) -> None:
    with database.transaction() as session:
        given_holder(session, "A", "ana@one.example")
        made(session)
        session.execute(sa.update(Person).values(email="ana@new.example"))
    sent(database, server, clock)
    assert [readers for readers, _ in postbox.given()] == [["ana@new.example"]]


def address(database: Database) -> str | None:
    with database.session() as session:
        return session.scalars(sa.select(NoticeDelivery.address)).one()


def test_address_goes_with_the_person(database: Database, server: MailServer, clock: FixedClock) -> None:
    with database.transaction() as session:
        given_holder(session, "A", "ana@one.example")
        given_member(session, session.scalars(sa.select(Organisation)).one(), None)
        made(session)
    sent(database, server, clock)
    assert address(database) == "ana@one.example"
    with database.transaction() as session:
        person = session.scalars(sa.select(Person).where(Person.email.is_not(None))).one()
        erase_person(session, author(), person, reason="Asked for.")
    assert (address(database), states(database)) == (None, [("sent", 1, "250")])


@pytest.mark.parametrize(("days", "expected"), [(180, "ana@one.example"), (181, None)])
def test_address_is_forgotten_after_its_time(
    database: Database, server: MailServer, clock: FixedClock, days: int, expected: str | None
) -> None:
    with database.transaction() as session:
        given_holder(session, "A", "ana@one.example")
        made(session)
    sent(database, server, clock)
    with database.transaction() as session:
        apply_retention(session, author(NOW + timedelta(days=days)))
    assert address(database) == expected


def test_list_of_what_expires_says_how_notices_fared(
    client: TestClient,
    admin: dict[str, str],
    database: Database,
    server: MailServer,
    postbox: Postbox,
    clock: FixedClock,
) -> None:
    with database.transaction() as session:
        given_holder(session, "A", "ana@one.example", "ben@one.example", "cem@one.example")
        given_label(session, given_cluster(session, "of nobody"), "gold", (date(2019, 1, 20), ENDS))
        made(session)
    postbox.readers |= {"ben@one.example": "550 unknown", "cem@one.example": "450 busy"}
    sent(database, server, clock)
    items = client.get("/v1/labels/expiring", headers=admin).json()["items"]
    assert {item["holder"]: [one["deliveries"] for one in item["notices"]] for item in items} == {
        "A": [{"readers": 3, "sent": 1, "waiting": 1, "lost": 1}],
        "of nobody": [{"readers": 0, "sent": 0, "waiting": 0, "lost": 0}],
    }


def test_every_kind_of_notice_has_a_wording() -> None:
    for kind in notice_kinds():
        wording = wording_on(wordings(), kind.text, kind.since)
        assert "{number}" in wording.subject
        assert "{ends_on}" in wording.body


def test_clusters_without_an_owner_have_no_readers(session: Session) -> None:
    given_label(session, given_cluster(session, "A"), "gold", (date(2019, 1, 20), ENDS))
    assert made(session) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(NoticeDelivery)) == 0
    assert session.scalars(sa.select(Cluster.owner_id)).all() == [None]
